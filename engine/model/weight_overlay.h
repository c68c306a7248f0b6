// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/model/text_model.h"
#include "engine/model/weight_update.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Weights in float32 that stand in place of a model's own, whole or of some experts of a stack: what is trained as it is,
// without a low-rank form. Of these: layers.N.router (+ .bias), layers.N.selection_bias, layers.N.experts.{gate, up, down}.
// A value.
struct WeightOverlay {
  struct Entry {
    std::string weight;                // canonical name, see Weights
    std::vector<std::int32_t> experts; // ascending: of a stack, these; empty: the whole weight
    std::vector<float> values;         // [experts.size(), or all of the weight's, rows, cols]
  };
  std::vector<Entry> entries;

  std::int64_t parameters() const;
};

// A copy of what the model has there.
Result<WeightOverlay::Entry> copy_weight(const TextModel& model, const std::string& weight, std::vector<std::int32_t> experts = {});

// Whether each entry fits the model: a weight of those above, once, of its shape, experts ascending and of one choice within
// a layer, numbers finite. The error names the weight.
Status check_overlay(const TextModel& model, const WeightOverlay& overlay);

// For update_weights() and write_model(). The overlay must fit, and outlive what is returned.
std::vector<WeightUpdate> overlay_updates(const TextModel& model, const WeightOverlay& overlay);

// One safetensors file, float32: the canonical names, of single experts with their number behind a dot ("layers.3.experts.up.17").
// Reading checks against the model.
Status write_overlay(const std::string& path, const WeightOverlay& overlay, const TextModel& model);
Result<WeightOverlay> read_overlay(const std::string& path, const TextModel& model);

// An overlay's numbers as weights for the forward pass. They are read where they lie: the overlay's entries must outlive this
// and keep their places, and may change their numbers (what a backend keeps is then to be prepared anew).
class OverlayWeights {
 public:
  OverlayWeights() = default;
  // The overlay must fit. Ids begin at `first_id`.
  OverlayWeights(const TextModel& model, const WeightOverlay& overlay, std::uint32_t first_id);
  OverlayWeights(OverlayWeights&&) = default;
  OverlayWeights& operator=(OverlayWeights&&) = default;

  void put_into(std::vector<LayerWeights>& layers) const;
  const std::deque<Weight>& weights() const { return weights_; }  // of each entry, in order

 private:
  struct Tables {  // of a layer with own experts
    std::vector<std::int32_t> own, stacked;
  };
  std::deque<Weight> weights_;
  std::vector<Tables> tables_;  // of each entry; empty: a whole weight
};

}  // namespace roundhouse
