// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/lora.h"
#include "engine/runtime/model_runtime.h"
#include "roundhouse/model.h"
#include "roundhouse/result.h"

namespace roundhouse {

struct SampleAnswer {
  std::string prompt, answer;
};

// What the model with `adapter` (one without modules, or null: alone) answers to each prompt as a user's message, greedily, at most `tokens` long: run as
// in a chat, with a cache, on `backend`, which has the model's weights unless `own_weights`. `id`: what it has not is
// prepared under it meanwhile. Blocks.
Result<std::vector<SampleAnswer>> sample_answers(const std::vector<std::string>& prompts, std::int32_t tokens,
                                                 const std::shared_ptr<const TextModel>& model, bool own_weights, const LoraAdapter* adapter,
                                                 const std::shared_ptr<SharedBackend>& backend, std::uint64_t id, const ModelText& text);

}  // namespace roundhouse
