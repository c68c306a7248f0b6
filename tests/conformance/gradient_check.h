// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/conformance/reference_file.h"
#include "tests/conformance/report.h"

namespace roundhouse::conformance {

// `loss_b` (relative 1e-4) and every `gradnorm.*` (relative 1e-3) of a reference folder, through the Tape.
void check_gradients(Report& report, const ReferenceFile& reference, LoadedModel& loaded);

}  // namespace roundhouse::conformance
