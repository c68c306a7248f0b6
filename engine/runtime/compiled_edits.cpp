// SPDX-License-Identifier: Apache-2.0
#include "engine/runtime/compiled_edits.h"

#include <algorithm>

namespace roundhouse {

CompiledEdits::CompiledEdits(const RoutingEdits& edits, const RoutingLayout& layout) {
  const auto stride = static_cast<std::size_t>(layout.max_experts());
  const std::size_t layers = layout.layers.size();
  boost_.assign(layers * stride, 0.0f);
  flags_.assign(layers * stride, EditTable::none);
  top_k_.assign(layers, 0);
  for (std::size_t l = 0; l < layers; ++l) {
    const std::int32_t layer = layout.layers[l].layer;
    for (const bool own : {false, true}) {
      for (const ExpertEdit& edit : edits.experts) {
        if (own ? edit.layer != layer : edit.layer >= 0) continue;
        const std::size_t at = l * stride + static_cast<std::size_t>(edit.expert);
        flags_[at] = EditTable::none;
        boost_[at] = 0.0f;
        switch (edit.action) {
          case ExpertAction::disable: flags_[at] = EditTable::disable; break;
          case ExpertAction::force: flags_[at] = EditTable::force; break;
          case ExpertAction::boost: boost_[at] = edit.amount; break;
        }
      }
      for (const TopKEdit& edit : edits.top_k) {
        if (own ? edit.layer == layer : edit.layer < 0) top_k_[l] = edit.top_k;
      }
    }
  }
}

std::int32_t CompiledEdits::max_top_k(const RoutingLayout& layout) const {
  std::int32_t most = 0;
  for (std::size_t l = 0; l < layout.layers.size(); ++l) {
    most = std::max(most, top_k_[l] > 0 ? top_k_[l] : layout.layers[l].top_k);
  }
  return most;
}

}  // namespace roundhouse
