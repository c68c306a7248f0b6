// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/model/lora.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Bottlenecks of an adapter as one safetensors file of our own: float32 tensors layers.N.bottleneck.{down [width, model width],
// down_bias [width], up [model width, width], up_bias [model width]}, and in the metadata "roundhouse": "bottlenecks" and
// "activation": "relu", "gelu", "gelu_tanh" or "silu", one for all.
Status write_bottlenecks(const std::string& path, const LoraAdapter& adapter, const TextModel& model);
// Checked against the model; the name is the file's. Whatever else is in the file refuses it, by name.
Result<LoraAdapter> read_bottlenecks(const std::string& path, const TextModel& model);

}  // namespace roundhouse
