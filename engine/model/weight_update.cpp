// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_update.h"

#include <algorithm>
#include <unordered_map>

#include "engine/quant/dequantize.h"

namespace roundhouse {

std::vector<WeightUpdate> lora_updates(const LoraAdapter& adapter) {
  std::vector<WeightUpdate> updates;
  for (const LoraModule& module : adapter.modules) {
    for (const LoraModule::Target& target : module.targets) {
      const LoraModule* const m = &module;
      const LoraModule::Target* const t = &target;
      const auto each = static_cast<std::size_t>(target.rows * module.rank);
      std::vector<bool> touched;
      for (std::size_t e = 0; e < static_cast<std::size_t>(module.experts); ++e) {
        const auto begin = target.b.begin() + static_cast<std::ptrdiff_t>(e * each);
        bool any = std::any_of(begin, begin + static_cast<std::ptrdiff_t>(each), [](float v) { return v != 0.0f; });
        // Magnitudes may have moved alone, but for experts that were not trained.
        const std::vector<std::int32_t>& trained = module.trained_experts;
        if (!target.magnitude.empty()) any = any || trained.empty() || std::binary_search(trained.begin(), trained.end(), static_cast<std::int32_t>(e));
        touched.push_back(any);
      }
      updates.push_back({target.weight, [touched = std::move(touched)](std::int64_t expert) { return touched[static_cast<std::size_t>(expert)]; },
                         [m, t](std::int64_t expert, std::int64_t row, float* values) {
                           const auto e = static_cast<std::size_t>(expert), r = static_cast<std::size_t>(row);
                           const float norm = add_low_rank(*m, *t, e, r, values);
                           if (t->magnitude.empty()) return;
                           const float scale = t->magnitude[e * static_cast<std::size_t>(t->rows) + r] / norm;
                           for (std::int64_t c = 0; c < m->cols; ++c) values[c] *= scale;
                         }});
    }
  }
  return updates;
}

std::vector<WeightUpdate> chained(std::vector<WeightUpdate> updates) {
  std::vector<WeightUpdate> out;
  std::unordered_map<std::string, std::size_t> place;
  for (WeightUpdate& update : updates) {
    const auto [found, fresh] = place.emplace(update.weight, out.size());
    if (fresh) {
      out.push_back(std::move(update));
      continue;
    }
    WeightUpdate& before = out[found->second];
    const auto touches = [](const WeightUpdate& one, std::int64_t expert) { return !one.touches || one.touches(expert); };
    const auto both = std::make_shared<const std::pair<WeightUpdate, WeightUpdate>>(std::move(before), std::move(update));
    before = {both->first.weight, [both, touches](std::int64_t expert) { return touches(both->first, expert) || touches(both->second, expert); },
              [both, touches](std::int64_t expert, std::int64_t row, float* values) {
                if (touches(both->first, expert)) both->first.apply(expert, row, values);
                if (touches(both->second, expert)) both->second.apply(expert, row, values);
              }};
  }
  return out;
}

namespace {

Result<std::shared_ptr<std::vector<float>>> updated(const Weight& weight, const WeightUpdate& update) {
  const auto cols = static_cast<std::size_t>(weight.cols);
  auto values = std::make_shared<std::vector<float>>(static_cast<std::size_t>(weight.experts * weight.rows) * cols);
  for (std::int64_t expert = 0; expert < weight.experts; ++expert) {
    const bool touched = !update.touches || update.touches(expert);
    for (std::int64_t r = 0; r < weight.rows; ++r) {
      const auto row = static_cast<std::size_t>(expert * weight.rows + r);
      float* const out = values->data() + row * cols;
      RH_TRY(dequantize_row(weight.type, weight.data + row * weight.row_bytes(), weight.cols, out));
      if (touched) update.apply(expert, r, out);
    }
  }
  return values;
}

}  // namespace

Result<std::shared_ptr<const TextModel>> update_weights(const std::shared_ptr<const TextModel>& base, const std::vector<WeightUpdate>& updates) {
  const std::vector<WeightUpdate> each = chained(updates);
  std::unordered_map<std::string, const WeightUpdate*> by_weight;
  for (const WeightUpdate& update : each) {
    if (!base->weights().find(update.weight)) return Error{ErrorCode::not_found, "update weights", update.weight, "a weight of the model", "none"};
    by_weight[update.weight] = &update;
  }
  Weights weights;
  weights.keep(base);
  for (Weight weight : base->weights().all()) {
    if (const auto found = by_weight.find(weight.name); found != by_weight.end()) {
      RH_ASSIGN(const auto values, updated(weight, *found->second));
      weight.type = DType::f32;
      weight.residency = Residency::host;
      weight.data = reinterpret_cast<const std::byte*>(values->data());
      weight.bytes = values->size() * sizeof(float);
      weights.keep(values);
    }
    weights.add(std::move(weight));
  }
  weights.bind(base->spec().layers.size());
  return std::shared_ptr<const TextModel>(std::make_shared<const TextModel>(base->spec(), std::move(weights)));
}

}  // namespace roundhouse
