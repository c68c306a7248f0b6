// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/conformance/reference_file.h"
#include "tests/conformance/report.h"

namespace roundhouse::conformance {

struct Gradients {
  float loss = 0;                       // mean cross-entropy of ids[1:]
  std::map<std::string, double> norms;  // Frobenius norm by module name (transformers 5: experts fused)
};

// Of every parameter, through the Tape, over one sequence of two tokens or more.
Result<Gradients> gradients_of(LoadedModel& loaded, const std::vector<std::int32_t>& ids);

// `loss_b` (relative 1e-4) and every `gradnorm.*` (relative 1e-3) of a reference folder.
Status check_gradients(Report& report, const ReferenceFile& reference, LoadedModel& loaded);

}  // namespace roundhouse::conformance
