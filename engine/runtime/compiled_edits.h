// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/ops/batch.h"
#include "roundhouse/routing.h"

namespace roundhouse {

// RoutingEdits as the router's dense tables over a model's routed layers. Owns the memory that table() points to.
class CompiledEdits {
 public:
  // `edits` must be valid for `layout`. `stride`: experts per layer in the tables (the layout's largest).
  CompiledEdits(const RoutingEdits& edits, const RoutingLayout& layout);
  EditTable table() const { return {boost_.data(), flags_.data(), top_k_.data()}; }
  // Largest top-k of any layer under these edits.
  std::int32_t max_top_k(const RoutingLayout& layout) const;

 private:
  std::vector<float> boost_;
  std::vector<std::uint8_t> flags_;
  std::vector<std::int32_t> top_k_;
};

}  // namespace roundhouse
