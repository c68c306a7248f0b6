// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugins/api/core/plugin.h"

namespace example {

// Adds two numbers below 10, with the right sum and wrong ones next to it as labels: the share of sums for which the
// right one is the likeliest. Shows an eval task; says little about a model.
class SumsTask final : public roundhouse::plugin::EvalTask {
 public:
  explicit SumsTask(roundhouse::plugin::Host& host) : host_(host) {}
  std::string name() const override { return "example-sums"; }
  roundhouse::Result<roundhouse::plugin::EvalReport> run(const roundhouse::plugin::EvalCall& call) override;

 private:
  roundhouse::plugin::Host& host_;
};

}  // namespace example
