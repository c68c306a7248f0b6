// SPDX-License-Identifier: Apache-2.0
#include "engine/train/sample_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

namespace roundhouse {

const std::vector<std::int64_t>& SampleOrder::epoch(std::int64_t number) {
  if (number == shuffled_) return order_;
  order_.resize(static_cast<std::size_t>(samples_));
  std::iota(order_.begin(), order_.end(), 0);
  const auto part = [](std::uint64_t value, int shift) { return static_cast<std::uint32_t>(value >> shift); };
  const auto epoch = static_cast<std::uint64_t>(number);
  std::seed_seq seeds{part(seed_, 0), part(seed_, 32), part(epoch, 0), part(epoch, 32)};
  std::mt19937_64 random(seeds);
  // Fisher and Yates; the standard library's shuffle is free to differ.
  for (std::size_t last = order_.size(); last > 1; --last) {
    std::swap(order_[last - 1], order_[static_cast<std::size_t>(random() % last)]);
  }
  shuffled_ = number;
  return order_;
}

std::vector<std::int64_t> SampleOrder::step(std::int64_t number) {
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < per_step_; ++i) {
    const std::int64_t at = number * per_step_ + i;
    chosen.push_back(epoch(at / samples_)[static_cast<std::size_t>(at % samples_)]);
  }
  return chosen;
}

std::int64_t SampleOrder::steps_of(double epochs) const {
  const double steps = epochs * static_cast<double>(samples_) / static_cast<double>(per_step_);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(steps - 1e-9)));
}

}  // namespace roundhouse
