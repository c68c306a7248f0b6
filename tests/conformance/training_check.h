// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/conformance/report.h"
#include "roundhouse/isa.h"

namespace roundhouse::conformance {

// A Hugging Face folder against its reference.safetensors: loss and gradient norms of all parameters, and six steps of
// LoRA on the attention projections (r 4, alpha 8, AdamW 1e-2) from the recorded start.
void check_training(Report& report, const std::string& folder, Isa isa, int threads);

// A PEFT adapter folder over its base model's folder: logits beside and merged, gradient norms, six steps of training.
void check_peft(Report& report, const std::string& base, const std::string& adapter, Isa isa, int threads);

}  // namespace roundhouse::conformance
