// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/model/lora.h"

namespace roundhouse {

// A LoRA adapter as llama.cpp keeps it: a GGUF file of general.type "adapter" and adapter.type "lora" for a base of
// `architecture`; beside each base tensor TENSOR, TENSOR.lora_a [(experts,) rank, in] and TENSOR.lora_b [(experts,) out, rank].
// Its one alpha gives each pair the scale alpha / rank (0: 1). Names and the order of rotary pairs are those that GGUF has for
// this architecture, whichever format the model itself is in: see gguf_architecture().
Result<LoraAdapter> read_gguf_adapter(const std::string& path, const TextModel& model, const std::string& architecture);
// float32, one rank, alpha equal to it: an exact rewriting.
Status write_gguf_adapter(const std::string& path, const LoraAdapter& adapter, const TextModel& model, const std::string& architecture);

}  // namespace roundhouse
