// SPDX-License-Identifier: Apache-2.0
#include "engine/model/model_builder.h"

#include <cmath>
#include <cstring>
#include <map>

#include "engine/model/families.h"

namespace roundhouse {

namespace {

// Looks keys up through the format's alternatives.
class Keys {
 public:
  explicit Keys(const ModelSource& source) : source_(source) {}

  template <class T, class Get>
  std::optional<T> first(const char* names, Get get) const {
    std::string rest = names;
    while (!rest.empty()) {
      const std::size_t bar = rest.find('|');
      std::string key = rest.substr(0, bar);
      rest = bar == std::string::npos ? "" : rest.substr(bar + 1);
      if (key.compare(0, 6, "{arch}") == 0) key.replace(0, 6, source_.architecture);
      if (const auto value = get(*source_.metadata, key)) return value;
    }
    return std::nullopt;
  }
  std::optional<std::int64_t> integer(const char* names) const {
    return first<std::int64_t>(names, [](const MetadataLookup& m, const std::string& k) { return m.integer(k); });
  }
  std::optional<double> number(const char* names) const {
    return first<double>(names, [](const MetadataLookup& m, const std::string& k) { return m.number(k); });
  }
  std::optional<bool> flag(const char* names) const {
    return first<bool>(names, [](const MetadataLookup& m, const std::string& k) { return m.flag(k); });
  }
  std::optional<std::string> text(const char* names) const {
    return first<std::string>(names, [](const MetadataLookup& m, const std::string& k) { return m.text(k); });
  }
  Result<std::int32_t> required(const char* names, std::int64_t low, std::int64_t high) const {
    const auto value = integer(names);
    const std::string range = "an integer from " + std::to_string(low) + " to " + std::to_string(high);
    if (!value) return Error{ErrorCode::malformed, "read model", where(names), range, "no such key"};
    if (*value < low || *value > high) {
      return Error{ErrorCode::malformed, "read model", where(names), range, std::to_string(*value)};
    }
    return static_cast<std::int32_t>(*value);
  }
  std::string where(const char* names) const { return std::string("key ") + names + " in " + source_.path; }

 private:
  const ModelSource& source_;
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

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

// Collects the file's tensors under canonical names, stacking experts and splitting fused ones.
class Collector {
 public:
  Collector(const ModelSource& source, bool copy, std::int32_t layers) : source_(source), copy_(copy), layers_(layers) {}

  Status collect(Weights& weights) {
    std::map<std::string, std::map<std::int32_t, const SourceTensor*>> stacks;
    for (const SourceTensor& tensor : source_.tensors) {
      const TensorName name = canonical_tensor_name(source_.format, tensor.name);
      // Layers beyond the model's own predict further tokens (MTP); the decoder does not use them.
      if (name.ignored || name.layer >= layers_ || beyond_last_layer(tensor.name)) continue;
      if (name.canonical.empty()) {
        return fail(ErrorCode::unsupported, tensor.name, "a tensor that this family has", "one of unknown meaning");
      }
      if (!tensor.type_known || !dtype_info(tensor.type).supported) {
        return fail(ErrorCode::unsupported, tensor.name, "a type this build computes with",
                    tensor.type_known ? std::string(dtype_info(tensor.type).name) : "an unknown type");
      }
      if (tensor.shape.size() > 3) return fail(ErrorCode::malformed, tensor.name, "at most 3 dimensions", shape_text(tensor.shape));
      if (name.expert >= 0) {
        stacks[name.canonical][name.expert] = &tensor;
      } else if (name.fused_gate_up) {
        RH_TRY(split(weights, tensor, name.canonical));
      } else if (weights.find(name.canonical)) {
        return fail(ErrorCode::malformed, tensor.name, "one tensor of its meaning", "a second one");
      } else {
        weights.add(as_weight(tensor, name.canonical));
      }
    }
    for (const auto& [canonical, experts] : stacks) RH_TRY(stack(weights, canonical, experts));
    return Ok{};
  }

 private:
  Error fail(ErrorCode code, const std::string& tensor, std::string expected, std::string received) const {
    return {code, "read model", "tensor " + tensor + " in " + source_.path, std::move(expected), std::move(received)};
  }

  bool beyond_last_layer(const std::string& name) const {
    for (const char* prefix : {"blk.", "model.layers."}) {
      if (name.compare(0, std::strlen(prefix), prefix) == 0) {
        return std::atoi(name.c_str() + std::strlen(prefix)) >= layers_;
      }
    }
    return false;
  }

  Result<std::shared_ptr<std::byte>> buffer(Weights& weights, std::uint64_t bytes) const {
    std::shared_ptr<std::byte> memory(new (std::align_val_t(64), std::nothrow) std::byte[bytes],
                                      [](std::byte* p) { ::operator delete[](p, std::align_val_t(64)); });
    if (!memory) {
      return Error{ErrorCode::out_of_memory, "stack experts", source_.path, std::to_string(bytes) + " bytes", "none free"};
    }
    weights.keep(memory);
    return memory;
  }

  Status stack(Weights& weights, const std::string& canonical, const std::map<std::int32_t, const SourceTensor*>& experts) {
    const SourceTensor& first = *experts.begin()->second;
    Weight w = as_weight(first, canonical);
    w.experts = static_cast<std::int64_t>(experts.size());
    if (experts.rbegin()->first != w.experts - 1) {
      return fail(ErrorCode::malformed, first.name, "experts 0 to " + std::to_string(w.experts - 1),
                  "expert " + std::to_string(experts.rbegin()->first));
    }
    for (const auto& [expert, tensor] : experts) {
      if (tensor->shape != first.shape || tensor->type != first.type) {
        return fail(ErrorCode::malformed, tensor->name, "the shape and type of expert 0, " + shape_text(first.shape),
                    shape_text(tensor->shape));
      }
    }
    w.bytes = first.bytes * experts.size();
    w.data = nullptr;
    w.residency = Residency::host;
    if (copy_) {
      RH_ASSIGN(const auto memory, buffer(weights, w.bytes));
      for (const auto& [expert, tensor] : experts) {
        std::memcpy(memory.get() + static_cast<std::uint64_t>(expert) * first.bytes, tensor->data, first.bytes);
      }
      w.data = memory.get();
    }
    weights.add(std::move(w));
    return Ok{};
  }

  Status split(Weights& weights, const SourceTensor& tensor, const std::string& gate_name) {
    Weight both = as_weight(tensor, gate_name);
    if (both.rows % 2 != 0) return fail(ErrorCode::malformed, tensor.name, "an even number of rows", shape_text(tensor.shape));
    const std::uint64_t half = both.row_bytes() * static_cast<std::uint64_t>(both.rows / 2);
    const std::string up_name = gate_name.substr(0, gate_name.size() - 4) + "up";
    for (int part = 0; part < 2; ++part) {
      Weight w = both;
      w.name = part == 0 ? gate_name : up_name;
      w.rows /= 2;
      w.bytes /= 2;
      w.data = nullptr;
      w.residency = Residency::host;
      if (copy_) {
        RH_ASSIGN(const auto memory, buffer(weights, w.bytes));
        for (std::uint64_t e = 0; e < static_cast<std::uint64_t>(both.experts); ++e) {
          std::memcpy(memory.get() + e * half, both.data + (2 * e + static_cast<std::uint64_t>(part)) * half, half);
        }
        w.data = memory.get();
      }
      weights.add(std::move(w));
    }
    return Ok{};
  }

  const ModelSource& source_;
  bool copy_;
  std::int32_t layers_;
};

// Checks bound weights against the specification, naming the tensor.
class ShapeCheck {
 public:
  ShapeCheck(const ModelSource& source) : source_(source) {}
  void matrix(WeightRef w, const std::string& name, std::int64_t experts, std::int64_t rows, std::int64_t cols) {
    if (failure_) return;
    const std::string expected = shape_text({experts, rows, cols});
    if (!w) {
      failure_ = Error{ErrorCode::malformed, "read model", name + " in " + source_.path, "a tensor of shape " + expected, "none"};
    } else if (w->experts != experts || w->rows != rows || w->cols != cols) {
      failure_ = Error{ErrorCode::malformed, "read model", "tensor " + w->source_name + " in " + source_.path,
                       "shape " + expected + " (experts, rows, columns)", shape_text({w->experts, w->rows, w->cols})};
    }
  }
  void vector(WeightRef w, const std::string& name, std::int64_t cols) {
    matrix(w, name, 1, 1, cols);
    if (!failure_ && w->type != DType::f32) {
      failure_ = Error{ErrorCode::unsupported, "read model", "tensor " + w->source_name + " in " + source_.path, "type F32",
                       std::string(dtype_info(w->type).name)};
    }
  }
  void optional_vector(WeightRef w, const std::string& name, std::int64_t cols) {
    if (w) vector(w, name, cols);
  }
  void ffn(const FfnWeights& w, const std::string& name, std::int64_t experts, std::int64_t hidden, std::int64_t width) {
    matrix(w.gate, name + ".gate", experts, hidden, width);
    matrix(w.up, name + ".up", experts, hidden, width);
    matrix(w.down, name + ".down", experts, width, hidden);
  }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  const ModelSource& source_;
  std::optional<Error> failure_;
};

Result<ModelSpec> make_spec(const ModelSource& source, const FamilyRow& row, const Weights& weights, std::int32_t layers) {
  const Keys keys(source);
  const KeyNames& names = key_names(source.format);
  ModelSpec spec;
  RH_ASSIGN(spec.width, keys.required(names.width, 1, 1 << 20));
  RH_ASSIGN(spec.context_tokens, keys.required(names.context, 1, std::int64_t{1} << 30));
  if (!weights.embedding) {
    return Error{ErrorCode::malformed, "read model", source.path, "a token embedding", "none"};
  }
  spec.vocabulary = static_cast<std::int32_t>(weights.embedding->rows);
  spec.norm_epsilon = static_cast<float>(keys.number(names.epsilon).value_or(1e-5));

  LayerSpec layer;
  AttentionSpec& attention = layer.attention;
  RH_ASSIGN(attention.heads, keys.required(names.heads, 1, 65536));
  attention.kv_heads = static_cast<std::int32_t>(keys.integer(names.kv_heads).value_or(attention.heads));
  if (attention.kv_heads < 1 || attention.heads % attention.kv_heads != 0) {
    return Error{ErrorCode::malformed, "read model", keys.where(names.kv_heads),
                 "a divisor of " + std::to_string(attention.heads) + " heads", std::to_string(attention.kv_heads)};
  }
  const std::int64_t derived = spec.width / attention.heads;
  const auto dim = [&](const char* key, std::int64_t fallback) -> Result<std::int32_t> {
    const std::int64_t value = keys.integer(key).value_or(fallback);
    if (value < 1 || value > 4096) return Error{ErrorCode::malformed, "read model", keys.where(key), "1 to 4096", std::to_string(value)};
    return static_cast<std::int32_t>(value);
  };
  RH_ASSIGN(attention.key_dim, dim(names.key_dim, derived));
  RH_ASSIGN(attention.value_dim, dim(names.value_dim, attention.key_dim));
  attention.scale = 1.0f / std::sqrt(static_cast<float>(attention.key_dim));
  const auto window_tokens = static_cast<std::int32_t>(std::clamp<std::int64_t>(keys.integer(names.window).value_or(0), 0, 1 << 30));
  const std::optional<bool> window_used = keys.flag(names.window_used);  // Qwen names a window that it does not use
  const std::int64_t window_from = window_used ? keys.integer(names.window_from_layer).value_or(0) : 0;
  const std::string activation = keys.text(names.activation).value_or("silu");
  if (activation != "silu" && activation != "swish") {
    return Error{ErrorCode::unsupported, "read model", keys.where(names.activation), "silu", activation};
  }

  const std::string scaling = keys.text(names.rope_scaling).value_or("default");
  if (scaling != "default" && scaling != "none") {
    return Error{ErrorCode::unsupported, "read model", keys.where(names.rope_scaling), "no rotary scaling", scaling};
  }
  const double base = keys.number(names.rope_base).value_or(10000.0);
  std::int64_t rotated = keys.integer(names.rope_dims).value_or(attention.key_dim);
  if (const auto fraction = keys.number(names.rope_fraction)) rotated = static_cast<std::int64_t>(*fraction * attention.key_dim);
  if (rotated < 0 || rotated > attention.key_dim || rotated % 2 != 0 || !(base > 0)) {
    return Error{ErrorCode::malformed, "read model", "rotary dimensions in " + source.path,
                 "an even number up to " + std::to_string(attention.key_dim) + " and a positive base", std::to_string(rotated)};
  }
  layer.rope.order = row.rope_order;
  for (std::int64_t i = 0; i < rotated / 2; ++i) {
    layer.rope.inv_freq.push_back(static_cast<float>(std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(rotated))));
  }

  RouterSpec router;
  router.score = row.score;
  switch (keys.integer(names.gating).value_or(0)) {
    case 0: break;
    case 1: router.score = RouterScore::softmax; break;
    case 2: router.score = RouterScore::sigmoid; break;
    case 3: router.score = RouterScore::softmax_after_top_k; break;
    case 4: router.score = RouterScore::sqrt_softplus; break;
    default:
      return Error{ErrorCode::unsupported, "read model", keys.where(names.gating), "a gating function from 1 to 4",
                   std::to_string(*keys.integer(names.gating))};
  }
  router.top_k = static_cast<std::int32_t>(keys.integer(names.experts_used).value_or(0));
  router.normalise = keys.flag(names.normalise).value_or(row.normalise);
  router.normalise_epsilon = row.normalise_epsilon;
  router.scale = static_cast<float>(keys.number(names.scale).value_or(1.0));
  if (router.scale == 0.0f) router.scale = 1.0f;
  router.groups = static_cast<std::int32_t>(keys.integer(names.groups).value_or(1));
  router.groups_used = static_cast<std::int32_t>(keys.integer(names.groups_used).value_or(router.groups));
  if (router.groups > 1 && router.groups_used < router.groups) {
    router.group_score = router.score == RouterScore::sigmoid ? GroupScore::top2_sum : GroupScore::max;
    router.dropped_groups_zero = true;
  }

  for (std::int32_t i = 0; i < layers; ++i) {
    const LayerWeights& w = weights.layers[static_cast<std::size_t>(i)];
    LayerSpec own = layer;
    if (window_used.value_or(true) && i >= window_from) own.attention.window_tokens = window_tokens;
    if (w.q_norm) {
      own.qk_norm = w.q_norm->cols == attention.key_dim ? QkNorm::per_head : QkNorm::full_width;
    }
    own.routed = w.moe.router != nullptr;
    const WeightRef gate = own.routed ? w.moe.experts.gate : w.dense.gate;
    own.ffn_width = gate ? static_cast<std::int32_t>(gate->rows) : 0;
    if (own.routed) {
      own.router = router;
      own.router.experts = static_cast<std::int32_t>(w.moe.router->rows);
      if (w.moe.shared.gate) own.shared_experts = std::max<std::int32_t>(1, static_cast<std::int32_t>(keys.integer(names.shared_count).value_or(1)));
      if (router.top_k < 1 || router.top_k > own.router.experts || own.router.experts > 65534 ||
          router.groups < 1 || own.router.experts % router.groups != 0) {
        return Error{ErrorCode::malformed, "read model", keys.where(names.experts_used),
                     "1 to " + std::to_string(own.router.experts) + " experts used, groups that divide them",
                     std::to_string(router.top_k) + " used, " + std::to_string(router.groups) + " groups"};
      }
    }
    spec.layers.push_back(std::move(own));
  }
  return spec;
}

Status check_shapes(const ModelSource& source, const ModelSpec& spec, const Weights& weights) {
  ShapeCheck check(source);
  check.matrix(weights.embedding, "token embedding", 1, spec.vocabulary, spec.width);
  check.vector(weights.output_norm, "output norm", spec.width);
  check.matrix(weights.output.weight, "output", 1, spec.vocabulary, spec.width);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const LayerWeights& w = weights.layers[i];
    const AttentionSpec& a = layer.attention;
    const std::string name = "layers." + std::to_string(i) + ".";
    const std::int64_t q = static_cast<std::int64_t>(a.heads) * a.key_dim, k = static_cast<std::int64_t>(a.kv_heads) * a.key_dim;
    const std::int64_t v = static_cast<std::int64_t>(a.kv_heads) * a.value_dim, o = static_cast<std::int64_t>(a.heads) * a.value_dim;
    check.vector(w.attention_norm, name + "attention_norm", spec.width);
    check.vector(w.ffn_norm, name + "ffn_norm", spec.width);
    check.matrix(w.q.weight, name + "q", 1, q, spec.width);
    check.matrix(w.k.weight, name + "k", 1, k, spec.width);
    check.matrix(w.v.weight, name + "v", 1, v, spec.width);
    check.matrix(w.output.weight, name + "output", 1, spec.width, o);
    check.optional_vector(w.q.bias, name + "q.bias", q);
    check.optional_vector(w.k.bias, name + "k.bias", k);
    check.optional_vector(w.v.bias, name + "v.bias", v);
    check.optional_vector(w.output.bias, name + "output.bias", spec.width);
    if (layer.qk_norm != QkNorm::none) {
      check.vector(w.q_norm, name + "q_norm", layer.qk_norm == QkNorm::per_head ? a.key_dim : q);
      check.vector(w.k_norm, name + "k_norm", layer.qk_norm == QkNorm::per_head ? a.key_dim : k);
    }
    if (layer.routed) {
      check.matrix(w.moe.router, name + "router", 1, layer.router.experts, spec.width);
      check.optional_vector(w.moe.router_bias, name + "router.bias", layer.router.experts);
      check.optional_vector(w.moe.selection_bias, name + "selection_bias", layer.router.experts);
      check.ffn(w.moe.experts, name + "experts", layer.router.experts, layer.ffn_width, spec.width);
      if (w.moe.shared.gate) check.ffn(w.moe.shared, name + "shared", 1, w.moe.shared.gate->rows, spec.width);
      if (w.moe.shared_gate) check.matrix(w.moe.shared_gate, name + "shared_gate", 1, 1, spec.width);
    } else {
      check.ffn(w.dense, name + "dense", 1, layer.ffn_width, spec.width);
    }
    if (check.failure()) return *check.failure();
  }
  if (check.failure()) return *check.failure();
  return Ok{};
}

}  // namespace

Result<BuiltModel> build_model(const std::shared_ptr<const ModelSource>& source, bool copy_stacked) {
  const FamilyRow* row = find_family(source->format, source->architecture);
  if (!row) {
    return Error{ErrorCode::unsupported, "read model", source->path,
                 "an architecture among " + supported_families(source->format), source->architecture};
  }
  const Keys keys(*source);
  const KeyNames& names = key_names(source->format);
  RH_ASSIGN(const std::int32_t all_layers, keys.required(names.layers, 1, 4096));
  const auto skipped = keys.integer(names.hidden_layers_to_skip).value_or(0);
  if (skipped < 0 || skipped >= all_layers) {
    return Error{ErrorCode::malformed, "read model", keys.where(names.hidden_layers_to_skip),
                 "less than " + std::to_string(all_layers), std::to_string(skipped)};
  }
  const auto layers = static_cast<std::int32_t>(all_layers - skipped);
  BuiltModel built;
  built.weights.keep(source->owner);
  RH_TRY(Collector(*source, copy_stacked, layers).collect(built.weights));
  built.weights.bind(static_cast<std::size_t>(layers));
  RH_ASSIGN(built.spec, make_spec(*source, *row, built.weights, layers));
  RH_TRY(check_shapes(*source, built.spec, built.weights));
  return built;
}

}  // namespace roundhouse
