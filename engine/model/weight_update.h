// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/lora.h"

namespace roundhouse {

// What becomes of one weight when a fine-tune is put into it, whatever the method: a function of the base's rows. Rows are
// in the order of the model's own file. Functions may be called from several threads at once.
struct WeightUpdate {
  std::string weight;                         // canonical name, see Weights
  std::function<bool(std::int64_t expert)> touches;  // false: that expert's matrix stays the file's own bytes. Empty: all are touched
  // `values`: [cols] f32, the base's row of that expert; becomes the new one.
  std::function<void(std::int64_t expert, std::int64_t row, float* values)> apply;
};

// W + scale * B A, summed in the order of rank places, and then magnitudes. An expert whose B is zero is not touched (with
// magnitudes, one that was not trained). The adapter must fit its
// model (check_adapter) and outlive what is returned.
std::vector<WeightUpdate> lora_updates(const LoraAdapter& adapter);

// One update a weight: several of one become one that applies them in their order (whole weights first, then what is added).
std::vector<WeightUpdate> chained(std::vector<WeightUpdate> updates);

// The model with these updates in memory, each weight's chained: updated weights become float32, the others are shared with `base`, which the
// result keeps alive. `not_found` for a weight that the model has not.
Result<std::shared_ptr<const TextModel>> update_weights(const std::shared_ptr<const TextModel>& base, const std::vector<WeightUpdate>& updates);

}  // namespace roundhouse
