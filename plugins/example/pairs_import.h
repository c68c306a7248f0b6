// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "plugins/api/core/plugin.h"

namespace example {

// A text file with a question, a tab and an answer on each line becomes one conversation a line. Empty lines are passed
// over; lines that are something else are told and left out.
class PairsImport final : public roundhouse::plugin::DataImport {
 public:
  std::string name() const override { return "example-pairs"; }
  int version() const override { return 1; }
  roundhouse::Status run(const std::string& path, roundhouse::plugin::ImportSink& sink, const roundhouse::CancelToken& cancel) override;
};

}  // namespace example
