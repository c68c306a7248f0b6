// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "roundhouse/result.h"

namespace roundhouse {

enum class ScheduleKind : std::uint8_t {
  constant,
  cosine,                // half a cosine from 1 to `floor`
  warmup_stable_decay,   // 1 until the last `decay_steps`, then in a straight line to `floor` (arXiv 2404.06395)
};

// What the learning rate is multiplied with at each step: a straight line up to 1 over the warm-up, whose last step has 1,
// then as the kind says; the last step has `floor`.
struct Schedule {
  ScheduleKind kind = ScheduleKind::constant;
  std::int64_t steps = 1;         // of the whole training
  std::int64_t warmup_steps = 0;
  std::int64_t decay_steps = 0;   // of warmup_stable_decay
  double floor = 0.0;             // 0..1

  Status check() const;
  // 0 <= step; steps beyond the last keep its rate.
  double rate(std::int64_t step) const;
};

}  // namespace roundhouse
