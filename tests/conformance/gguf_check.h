// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "roundhouse/isa.h"
#include "tests/conformance/report.h"

namespace roundhouse::conformance {

// A GGUF file against DIR/reference.safetensors on one arithmetic path. Bounds are the issue's: reference path exact
// routes (margins under 1e-4 excepted), tokens (margins over 0.01), logits 0.02, NLL 1e-4; fast paths 97 % of the
// tokens, NLL 0.02.
void check_gguf(Report& report, const std::string& file, const std::string& folder, Isa isa, int threads);

// A folder in Hugging Face layout against its own reference.safetensors; on the reference path also loss and gradients.
void check_model(Report& report, const std::string& folder, Isa isa, int threads);

}  // namespace roundhouse::conformance
