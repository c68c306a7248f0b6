// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/model/lora.h"

namespace roundhouse {

// A LoRA adapter as PEFT saves it: a folder with adapter_config.json and adapter_model.safetensors, for a model in Hugging
// Face layout or in GGUF (whose order of rotary pairs is followed). Fused routed experts are packed as PEFT 0.19 and later
// have it: of A [experts * rank, in] row e * rank + j, of B [out, rank * experts] column j * experts + e belong to expert e
// and rank place j. Adapters of single experts (`experts.7.gate_proj`) are stacked; experts without one get zeros.
//
// Refused by name: kinds other than LoRA, DoRA, biases, saved modules, and whatever else would change the arithmetic.
Result<LoraAdapter> read_peft_adapter(const std::string& folder, const TextModel& model);

// Writes `adapter` as PEFT reads it, into a folder that is made where it is missing: one rank, alpha equal to it, gate and up of
// routed experts fused, names of transformers 5 whatever the model's own format. `base`: what the configuration names as
// the base model. An exact rewriting; the files replace those that are there, each whole, the configuration last.
Status write_peft_adapter(const std::string& folder, const LoraAdapter& adapter, const TextModel& model, const std::string& base);

}  // namespace roundhouse
