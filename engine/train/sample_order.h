// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace roundhouse {

// Which samples each step takes: epoch after epoch, each in an order of its own that follows from seed and epoch alone. So a
// step's number is all there is to keep to go on. The same on every machine. One thread at a time.
class SampleOrder {
 public:
  // samples >= 1, per_step >= 1.
  SampleOrder(std::int64_t samples, std::int64_t per_step, std::uint64_t seed) : samples_(samples), per_step_(per_step), seed_(seed) {}

  // Of step 0, 1, ...: per_step indices. The last ones of an epoch and the first of the next may be in one step.
  std::vector<std::int64_t> step(std::int64_t number);
  // How many steps see each sample `epochs` times, rounded up.
  std::int64_t steps_of(double epochs) const;

 private:
  const std::vector<std::int64_t>& epoch(std::int64_t number);

  std::int64_t samples_, per_step_;
  std::uint64_t seed_;
  std::int64_t shuffled_ = -1;  // the epoch that order_ is of
  std::vector<std::int64_t> order_;
};

}  // namespace roundhouse
