// SPDX-License-Identifier: Apache-2.0
#include "engine/model/shape_check.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roundhouse {

namespace {

class ShapeCheck {
 public:
  ShapeCheck(const ModelSource& source, const Weights& weights) : source_(source), weights_(weights), used_(weights.all().size(), false) {}

  void matrix(WeightRef w, const std::string& name, std::int64_t experts, std::int64_t rows, std::int64_t cols) {
    if (failure_) return;
    const std::string expected = shape_text({experts, rows, cols});
    if (!w) return fail(ErrorCode::malformed, name, "a tensor of shape " + expected, "none");
    used_[w->id] = true;
    if (w->experts != experts || w->rows != rows || w->cols != cols) {
      fail(ErrorCode::malformed, "tensor " + w->source_name, "shape " + expected + " (experts, rows, columns)",
           shape_text({w->experts, w->rows, w->cols}));
    }
  }
  // Norms, biases: backends read 16-bit ones as f32.
  void vector(WeightRef w, const std::string& name, std::int64_t cols) {
    matrix(w, name, 1, 1, cols);
    if (!failure_ && w->type != DType::f32 && w->type != DType::f16 && w->type != DType::bf16) {
      fail(ErrorCode::unsupported, "tensor " + w->source_name, "type F32, F16 or BF16", std::string(dtype_info(w->type).name));
    }
  }
  void ffn(const FfnWeights& w, const std::string& name, std::int64_t experts, std::int64_t hidden, std::int64_t width) {
    matrix(w.gate, name + ".gate", experts, hidden, width);
    matrix(w.up, name + ".up", experts, hidden, width);
    matrix(w.down, name + ".down", experts, width, hidden);
  }
  void fail(ErrorCode code, const std::string& object, std::string expected, std::string received) {
    if (!failure_) failure_ = Error{code, "read model", object + " in " + source_.path, std::move(expected), std::move(received)};
  }
  bool failed() const { return failure_.has_value(); }

  Status finish() {
    for (const Weight& w : weights_.all()) {
      if (!used_[w.id]) fail(ErrorCode::unsupported, "tensor " + w.source_name, "a tensor that its layer computes with", "one that it has no use for");
    }
    if (failure_) return std::move(*failure_);
    return Ok{};
  }

 private:
  const ModelSource& source_;
  const Weights& weights_;
  std::vector<bool> used_;  // by id
  std::optional<Error> failure_;
};

}  // namespace

Status check_shapes(const ModelSource& source, const ModelSpec& spec, const Weights& weights) {
  ShapeCheck check(source, weights);
  const auto any = [&](auto tensor) { return std::any_of(weights.layers.begin(), weights.layers.end(), tensor); };
  const bool q_bias = any([](const LayerWeights& w) { return w.q.bias; }), k_bias = any([](const LayerWeights& w) { return w.k.bias; });
  const bool v_bias = any([](const LayerWeights& w) { return w.v.bias; }), o_bias = any([](const LayerWeights& w) { return w.output.bias; });
  const bool router_bias = any([](const LayerWeights& w) { return w.moe.router_bias; });
  const bool selection_bias = any([](const LayerWeights& w) { return w.moe.selection_bias; });
  const bool shared_gate = any([](const LayerWeights& w) { return w.moe.shared_gate; });

  check.matrix(weights.embedding, "token embedding", 1, spec.vocabulary, spec.width);
  check.vector(weights.output_norm, "output norm", spec.width);
  if (const WeightRef divisors = weights.find("rope_freqs")) {
    check.vector(divisors, "rope_freqs", static_cast<std::int64_t>(spec.layers.front().rope.inv_freq.size()));
  }
  check.matrix(weights.output.weight, "output", 1, spec.vocabulary, spec.width);
  for (std::size_t i = 0; i < spec.layers.size() && !check.failed(); ++i) {
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
    if (q_bias) check.vector(w.q.bias, name + "q.bias", q);
    if (k_bias) check.vector(w.k.bias, name + "k.bias", k);
    if (v_bias) check.vector(w.v.bias, name + "v.bias", v);
    if (o_bias) check.vector(w.output.bias, name + "output.bias", spec.width);
    if (layer.qk_norm != QkNorm::none) {
      check.vector(w.q_norm, name + "q_norm", layer.qk_norm == QkNorm::per_head ? a.key_dim : q);
      check.vector(w.k_norm, name + "k_norm", layer.qk_norm == QkNorm::per_head ? a.key_dim : k);
    }
    if (!layer.routed) {
      check.ffn(w.dense, name + "dense", 1, layer.ffn_width, spec.width);
      continue;
    }
    check.matrix(w.moe.router, name + "router", 1, layer.router.experts, spec.width);
    if (router_bias) check.vector(w.moe.router_bias, name + "router.bias", layer.router.experts);
    if (selection_bias) check.vector(w.moe.selection_bias, name + "selection_bias", layer.router.experts);
    check.ffn(w.moe.experts, name + "experts", layer.router.experts, layer.ffn_width, spec.width);
    if (layer.shared_experts == 0) continue;
    if (!w.moe.shared.down) check.fail(ErrorCode::malformed, name + "shared.down", "the matrices of a shared expert", "none");
    else check.ffn(w.moe.shared, name + "shared", 1, w.moe.shared.down->cols, spec.width);
    if (shared_gate) check.matrix(w.moe.shared_gate, name + "shared_gate", 1, 1, spec.width);
  }
  return check.finish();
}

}  // namespace roundhouse
