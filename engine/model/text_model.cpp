// SPDX-License-Identifier: Apache-2.0
#include "engine/model/text_model.h"

namespace roundhouse {

Tensor TextModel::layer(Ops& ops, Tensor x, const LayerWeights& w, const Batch& batch, std::int32_t index,
                        std::int32_t routed_index) const {
  const LayerSpec& spec = spec_.layers[static_cast<std::size_t>(index)];
  const AttentionSpec& attention = spec.attention;
  const float epsilon = spec_.norm_epsilon;
  const std::int64_t rows = batch.rows;

  const bool adapted = batch.adapter && (w.q.adapters.a || w.k.adapters.a || w.v.adapters.a || w.output.adapters.a);
  const Routing adapters = adapted ? ops.adapter_places(batch) : Routing{};
  const LinearWeights projections[3] = {w.q, w.k, w.v};
  const Tensor input = ops.rms_norm(x, w.attention_norm, epsilon);
  auto qkv = ops.linears(input, projections);
  for (int i = 0; i < 3; ++i) qkv[i] = ops.adapt(qkv[i], input, projections[i].adapters, adapters);
  const auto rotate = [&](Tensor t, WeightRef norm, std::int32_t heads) {
    if (spec.qk_norm == QkNorm::full_width) t = ops.rms_norm(t, norm, epsilon);
    return ops.norm_rope(t.reshaped({rows, heads, attention.key_dim}), spec.qk_norm == QkNorm::per_head ? norm : nullptr,
                         epsilon, spec.rope, batch);
  };
  const Tensor q = rotate(qkv[0], w.q_norm, attention.heads);
  const Tensor k = rotate(qkv[1], w.k_norm, attention.kv_heads);
  const Tensor v = qkv[2].reshaped({rows, attention.kv_heads, attention.value_dim});
  const Tensor mixed = ops.attention(q, k, v, attention, batch, index);
  const Tensor heads = mixed.reshaped({rows, static_cast<std::int64_t>(attention.heads) * attention.value_dim});
  Tensor update = ops.adapt(ops.linear(heads, w.output), heads, w.output.adapters, adapters);
  if (spec_.residual_scale != 1.0f) update = ops.scale(update, spec_.residual_scale);

  const auto [sum, normed] = ops.residual_add_norm(x, update, w.ffn_norm, epsilon);
  Tensor ffn = spec.routed ? ops.moe(normed, w.moe, spec.router, spec.activation, batch, routed_index)
                           : ops.dense_ffn(normed, w.dense, spec.activation, batch);
  ffn = ops.bottleneck(ffn, w.bottleneck, batch);
  if (spec_.residual_scale != 1.0f) ffn = ops.scale(ffn, spec_.residual_scale);
  return ops.residual_add(sum, ffn);
}

Tensor TextModel::embed(Ops& ops, const Batch& batch) const {
  const Tensor x = ops.embed(weights_.embedding, batch);
  return spec_.embedding_scale == 1.0f ? x : ops.scale(x, spec_.embedding_scale);
}

Tensor TextModel::head(Ops& ops, const Tensor& x, const Batch& batch) const {
  const Tensor last = ops.rms_norm(ops.output_rows(x, batch), weights_.output_norm, spec_.norm_epsilon);
  const Tensor logits = ops.linear(last, weights_.output);
  return spec_.logit_scale == 1.0f ? logits : ops.scale(logits, spec_.logit_scale);
}

Tensor TextModel::forward(Ops& ops, const Batch& batch, const std::atomic<bool>* cancel, const std::vector<LayerWeights>* layers) const {
  Tensor x = embed(ops, batch);
  std::int32_t routed_index = 0;
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(spec_.layers.size()); ++i) {
    if (cancel && cancel->load(std::memory_order_relaxed)) return {};
    const Ops::Mark mark = ops.mark();
    x = layer(ops, x, (layers ? *layers : weights_.layers)[static_cast<std::size_t>(i)], batch, i, routed_index);
    ops.release(mark);
    if (spec_.layers[static_cast<std::size_t>(i)].routed) ++routed_index;
  }
  return batch.outputs == 0 ? x : head(ops, x, batch);
}

}  // namespace roundhouse
