// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/model/text_model.h"
#include "roundhouse/result.h"

namespace roundhouse {

// One low-rank update (Hu et al. 2021, arXiv 2106.09685): W' = W + scale * B A. Of one weight, or of several whose rows follow
// each other under one A (gate and up, where a file has them fused). With magnitudes (DoRA, Liu et al. 2024, arXiv 2402.09353)
// each row of W' has its own length: magnitude * W' / |W'|, where the divisor counts as a constant in training, as in PEFT.
struct LoraModule {
  struct Target {
    std::string weight;        // canonical name, see Weights
    std::int64_t rows = 0;     // outputs
    std::vector<float> b;      // [experts, rows, rank], without the scale
    std::vector<float> magnitude = {};  // [experts, rows]; empty: rows have the length that comes out
  };
  std::string name;            // as the file it came from calls it, for reports
  std::vector<Target> targets;
  std::int64_t experts = 1, rank = 0, cols = 0;
  float scale = 1.0f;          // alpha / rank, rsLoRA: alpha / sqrt(rank) (Kalajdzievski 2023, arXiv 2312.03732)
  std::vector<float> a;        // [experts, rank, cols]
  std::vector<std::int32_t> trained_experts = {};  // ascending: those that training may change; empty: all

  std::int64_t parameters() const;
};

// A bottleneck behind a layer's feed-forward block (Houlsby et al. 2019, arXiv 1902.00751, where Pfeiffer et al. 2021, arXiv
// 2005.00247, put it): y + up activation(down y + down_bias) + up_bias, before the block's sum with its input. It cannot be
// merged into the model's weights.
struct BottleneckModule {
  std::int32_t layer = 0;
  std::int64_t width = 0;                   // of the bottleneck
  Activation activation = {ActivationKind::relu};
  std::vector<float> down, down_bias;       // [width, model width], [width]
  std::vector<float> up, up_bias;           // [model width, width], [model width]

  std::int64_t parameters() const { return static_cast<std::int64_t>(down.size() + down_bias.size() + up.size() + up_bias.size()); }
};

// An adapter of one model, in float32. A value.
struct LoraAdapter {
  std::string name;
  std::vector<LoraModule> modules;
  std::string sha256;          // hex, of the file it was read from; of several: of sha256sum's lines. Empty: from none
  std::vector<BottleneckModule> bottlenecks = {};

  bool empty() const { return modules.empty() && bottlenecks.empty(); }
  std::int64_t parameters() const;
};

// Whether any weight has magnitudes.
bool has_magnitudes(const LoraAdapter& adapter);

// What of a model an adapter may be beside: attention's projections and the matrices of feed-forward networks, dense,
// shared and routed. Null: the model has no such weight, or it is none of these (by its name alone: adaptable_name).
bool adaptable_name(const std::string& canonical);
WeightRef adaptable_weight(const Weights& weights, const std::string& canonical);

// The layer of such a weight, by its name; -1: it names none.
std::int32_t adaptable_layer(const std::string& canonical);

// Whether each module fits the model: its weights are there and may be adapted, shapes agree, no weight and no layer's bottleneck
// twice, numbers are finite. The error names module and shape.
Status check_adapter(const TextModel& model, const LoraAdapter& adapter);

// Lengths of the rows of W + scale * B A, [experts, rows]: what DoRA divides by. A row of zeros has 1. `target`: of `module`.
Result<std::vector<float>> row_norms(const Weight& weight, const LoraModule& module, const LoraModule::Target& target);

// values [cols] += scale * B A of one row; returns the sum's length (a row of zeros: 1).
float add_low_rank(const LoraModule& module, const LoraModule::Target& target, std::size_t expert, std::size_t row, float* values);

// The same adapter with one rank in all modules, scale 1 (multiplied into B) and one weight a module, but for the gates and
// ups of routed experts: those of a layer are one module, gate first, whose A holds both where they have not one already.
// What is missing is zeros: an exact rewriting. `split` true: gate and up apart as well. For formats that know no more.
LoraAdapter uniform_adapter(const TextModel& model, const LoraAdapter& adapter, bool split);

// One adapter that does what several do together, each times its factor: of each weight that any of them adapts one module,
// whose rank is the sum of theirs, scale 1. All must fit the model. Its digest is empty. `unsupported`: one has magnitudes, which
// do not add up.
struct WeighedAdapter {
  const LoraAdapter* adapter = nullptr;
  float factor = 1.0f;
};
Result<LoraAdapter> combine_adapters(const TextModel& model, std::span<const WeighedAdapter> parts, std::string name);

// The model with scale * B A added to the adapted weights, which become float32; the others are shared with `base`, which
// the result keeps alive. The adapter must fit.
Result<std::shared_ptr<const TextModel>> merge_adapter(const std::shared_ptr<const TextModel>& base, const LoraAdapter& adapter);

}  // namespace roundhouse
