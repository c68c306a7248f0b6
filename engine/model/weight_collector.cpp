// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_collector.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "engine/model/families.h"

namespace roundhouse {

namespace {

constexpr std::int64_t largest_dimension = std::numeric_limits<std::int32_t>::max();

Weight as_weight(const SourceTensor& tensor, const std::string& canonical) {
  Weight w;
  w.name = canonical;
  w.source_name = tensor.name;
  w.type = tensor.type;
  w.cols = tensor.shape.empty() ? 1 : tensor.shape.back();
  w.rows = tensor.shape.size() >= 2 ? tensor.shape[tensor.shape.size() - 2] : 1;
  w.experts = tensor.shape.size() >= 3 ? tensor.shape[tensor.shape.size() - 3] : 1;
  w.data = tensor.data;
  w.bytes = tensor.bytes;
  return w;
}

// The layer that a name begins with, whatever follows; -1: none.
std::int32_t layer_of(std::string_view name) {
  for (const std::string_view prefix : {"blk.", "model.layers."}) {
    if (!name.starts_with(prefix)) continue;
    std::int32_t layer = -1;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), layer);
    return layer;
  }
  return -1;
}

class Collector {
 public:
  Collector(const ModelSource& source, LayerCounts layers, Weights& weights) : source_(source), layers_(layers), weights_(weights) {}

  Result<std::vector<StackedWeight>> collect() {
    std::map<std::string, std::map<std::int32_t, const SourceTensor*>> stacks;
    for (const SourceTensor& tensor : source_.tensors) {
      const std::int32_t layer = layer_of(tensor.name);
      if (layer >= layers_.named) {
        return fail(ErrorCode::malformed, tensor.name, "a layer below " + std::to_string(layers_.named), std::to_string(layer));
      }
      const TensorName name = canonical_tensor_name(source_.format, tensor.name);
      if (name.ignored || layer >= layers_.used) continue;
      if (!name.unsupported.empty()) {
        return fail(ErrorCode::unsupported, tensor.name, "a model without " + name.unsupported, "a tensor for it");
      }
      if (name.canonical.empty()) {
        return fail(ErrorCode::unsupported, tensor.name, "a tensor that this family has", "one of unknown meaning");
      }
      if (!tensor.type_known || !dtype_info(tensor.type).supported) {
        return fail(ErrorCode::unsupported, tensor.name, "a type this build computes with",
                    tensor.type_known ? std::string(dtype_info(tensor.type).name) : "an unknown type");
      }
      if (tensor.shape.size() > 3 || std::any_of(tensor.shape.begin(), tensor.shape.end(),
                                                 [](std::int64_t n) { return n < 1 || n > largest_dimension; })) {
        return fail(ErrorCode::malformed, tensor.name, "at most 3 dimensions, each from 1 to " + std::to_string(largest_dimension),
                    shape_text(tensor.shape));
      }
      if (name.expert >= 0) {
        if (!stacks[name.canonical].emplace(name.expert, &tensor).second) return twice(tensor.name);
      } else if (name.fused_gate_up) {
        RH_TRY(split(tensor, name.canonical));
      } else {
        RH_TRY(add(as_weight(tensor, name.canonical)));
      }
    }
    for (const auto& [canonical, experts] : stacks) RH_TRY(stack(canonical, experts));
    return std::move(stacked_);
  }

 private:
  Error fail(ErrorCode code, const std::string& tensor, std::string expected, std::string received) const {
    return {code, "read model", "tensor " + tensor + " in " + source_.path, std::move(expected), std::move(received)};
  }
  Error twice(const std::string& tensor) const { return fail(ErrorCode::malformed, tensor, "one tensor of its meaning", "a second one"); }

  Result<WeightRef> add(Weight weight) {
    if (weights_.find(weight.name)) return twice(weight.source_name);
    return weights_.add(std::move(weight));
  }

  Status add_stacked(Weight weight, std::vector<const std::byte*> pieces, std::uint64_t piece_bytes) {
    weight.bytes = piece_bytes * pieces.size();
    weight.data = nullptr;
    weight.residency = Residency::host;
    RH_ASSIGN(const WeightRef added, add(std::move(weight)));
    stacked_.push_back({added, std::move(pieces), piece_bytes});
    return Ok{};
  }

  Status stack(const std::string& canonical, const std::map<std::int32_t, const SourceTensor*>& experts) {
    const SourceTensor& first = *experts.begin()->second;
    Weight w = as_weight(first, canonical);
    if (first.shape.size() > 2) return fail(ErrorCode::malformed, first.name, "one expert's matrix", shape_text(first.shape));
    w.experts = static_cast<std::int64_t>(experts.size());
    if (experts.rbegin()->first != w.experts - 1) {
      return fail(ErrorCode::malformed, first.name, "experts 0 to " + std::to_string(w.experts - 1),
                  "expert " + std::to_string(experts.rbegin()->first));
    }
    std::vector<const std::byte*> pieces;
    for (const auto& [expert, tensor] : experts) {
      if (tensor->shape != first.shape || tensor->type != first.type) {
        return fail(ErrorCode::malformed, tensor->name, "the shape and type of expert 0, " + shape_text(first.shape),
                    shape_text(tensor->shape));
      }
      pieces.push_back(tensor->data);
    }
    return add_stacked(std::move(w), std::move(pieces), first.bytes);
  }

  // Rows of gate, then rows of up, in each expert.
  Status split(const SourceTensor& tensor, const std::string& gate_name) {
    const Weight both = as_weight(tensor, gate_name);
    if (both.rows % 2 != 0) return fail(ErrorCode::malformed, tensor.name, "an even number of rows", shape_text(tensor.shape));
    const std::uint64_t half = both.row_bytes() * static_cast<std::uint64_t>(both.rows / 2);
    const std::string up_name = gate_name.substr(0, gate_name.size() - 4) + "up";
    for (std::uint64_t part = 0; part < 2; ++part) {
      Weight w = both;
      w.name = part == 0 ? gate_name : up_name;
      w.rows /= 2;
      std::vector<const std::byte*> pieces;
      for (std::uint64_t e = 0; e < static_cast<std::uint64_t>(both.experts); ++e) pieces.push_back(both.data + (2 * e + part) * half);
      RH_TRY(add_stacked(std::move(w), std::move(pieces), half));
    }
    return Ok{};
  }

  const ModelSource& source_;
  LayerCounts layers_;
  Weights& weights_;
  std::vector<StackedWeight> stacked_;
};

}  // namespace

Result<std::vector<StackedWeight>> collect_weights(const ModelSource& source, LayerCounts layers, Weights& weights) {
  return Collector(source, layers, weights).collect();
}

}  // namespace roundhouse
