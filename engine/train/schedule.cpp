// SPDX-License-Identifier: Apache-2.0
#include "engine/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace roundhouse {

Status Schedule::check() const {
  const auto refuse = [](const char* what, std::string expected, std::string received) {
    return Error{ErrorCode::invalid_argument, "plan training", what, std::move(expected), std::move(received)};
  };
  if (steps < 1) return refuse("steps", "1 or more", std::to_string(steps));
  if (warmup_steps < 0 || warmup_steps > steps) return refuse("warm-up steps", "0 to " + std::to_string(steps), std::to_string(warmup_steps));
  const std::int64_t rest = steps - warmup_steps;
  if (kind == ScheduleKind::warmup_stable_decay && (decay_steps < 0 || decay_steps > rest)) {
    return refuse("decay steps", "0 to " + std::to_string(rest), std::to_string(decay_steps));
  }
  if (!(floor >= 0.0 && floor <= 1.0)) return refuse("last learning rate", "0 to 1 of the highest", std::to_string(floor));
  return Ok{};
}

double Schedule::rate(std::int64_t step) const {
  if (step < warmup_steps) return static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  if (kind == ScheduleKind::constant) return 1.0;
  const std::int64_t first = kind == ScheduleKind::cosine ? warmup_steps : steps - decay_steps;  // of the way down
  const std::int64_t down = steps - first;
  if (step < first || down == 0) return 1.0;
  // Of `down` steps the last has the floor; a way of one step is there at once.
  const double done = down == 1 ? 1.0 : std::min(1.0, static_cast<double>(step - first) / static_cast<double>(down - 1));
  if (kind == ScheduleKind::cosine) return floor + (1.0 - floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  return 1.0 - (1.0 - floor) * done;
}

}  // namespace roundhouse
