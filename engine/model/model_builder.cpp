// SPDX-License-Identifier: Apache-2.0
#include "engine/model/model_builder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "engine/model/families.h"
#include "engine/model/keys.h"
#include "engine/model/rope_scaling.h"
#include "engine/model/shape_check.h"

namespace roundhouse {

namespace {

constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t most_experts = 65534;

struct Reader {
  const ModelSource& source;
  const FamilyRow& row;
  const Keys keys;
  const KeyNames& names;
  const std::int32_t all_layers;  // that arrays by layer count
  const std::int32_t layers;

  Error refuse(ErrorCode code, const std::string& object, std::string expected, std::string received) const {
    return {code, "read model", object + " in " + source.path, std::move(expected), std::move(received)};
  }
};

Result<AttentionSpec> make_attention(const Reader& r, const ModelSpec& spec, const LayerWeights& first) {
  AttentionSpec attention;
  RH_ASSIGN(attention.heads, r.keys.integer_of_layers(r.names.heads, r.all_layers, r.layers, 1, 65536));
  // Where no key gives them, widths and key-value heads follow from the matrices.
  const std::int64_t query_rows = first.q.weight ? first.q.weight->rows : spec.width;
  const auto derived = static_cast<std::int32_t>(query_rows / attention.heads);
  RH_ASSIGN(attention.key_dim, r.keys.integer(r.names.key_dim, 1, 4096, derived));
  RH_ASSIGN(attention.value_dim, r.keys.integer(r.names.value_dim, 1, 4096, attention.key_dim));
  if (attention.key_dim < 1 || attention.key_dim > 4096) {
    return r.keys.refuse(ErrorCode::malformed, r.names.key_dim, "1 to 4096", std::to_string(attention.key_dim) + " from the shape of the query matrix");
  }
  const auto derived_kv = static_cast<std::int32_t>(first.k.weight ? first.k.weight->rows / attention.key_dim : attention.heads);
  RH_ASSIGN(attention.kv_heads, r.keys.integer_of_layers(r.names.kv_heads, r.all_layers, r.layers, 1, attention.heads, derived_kv));
  if (attention.kv_heads < 1 || attention.heads % attention.kv_heads != 0) {
    return r.keys.refuse(ErrorCode::malformed, r.names.kv_heads, "a divisor of " + std::to_string(attention.heads) + " heads",
                         std::to_string(attention.kv_heads));
  }
  attention.scale = 1.0f / std::sqrt(static_cast<float>(attention.key_dim));
  return attention;
}

Result<RopeScaling> make_scaling(const Reader& r, std::int32_t context_tokens) {
  const Keys& keys = r.keys;
  RopeScaling scaling;
  RH_ASSIGN(const auto stated, keys.text(r.names.rope_scaling));
  RH_ASSIGN(const auto factor, keys.number(r.names.rope_factor));
  const bool divides = factor && *factor != 0.0 && *factor != 1.0;
  const std::string kind = stated.value_or(divides ? r.row.defaults.rope_scaling : "none");
  if (kind == "default" || kind == "none") return scaling;
  if (kind == "linear") scaling.kind = RopeScalingKind::linear;
  else if (kind == "llama3") scaling.kind = RopeScalingKind::llama3;
  else if (kind == "yarn") scaling.kind = RopeScalingKind::yarn;
  else return keys.refuse(ErrorCode::unsupported, r.names.rope_scaling, "linear, llama3, yarn or no rotary scaling", kind);
  if (scaling.kind == RopeScalingKind::linear && !divides) return RopeScaling{};  // GGUF writes 0 or 1 for none
  RH_ASSIGN(const auto original, keys.integer(r.names.rope_original_context, 1, 1 << 30, context_tokens));
  scaling.original_context_tokens = original;
  RH_ASSIGN(scaling.factor, keys.number(r.names.rope_factor, 1e-3, 1e6, static_cast<double>(context_tokens) / original));
  if (scaling.kind == RopeScalingKind::llama3) {
    RH_ASSIGN(scaling.low_factor, keys.number(r.names.rope_low_factor, 1e-6, 1e6));
    RH_ASSIGN(scaling.high_factor, keys.number(r.names.rope_high_factor, scaling.low_factor, 1e6));
    if (scaling.high_factor == scaling.low_factor) {
      return keys.refuse(ErrorCode::malformed, r.names.rope_high_factor, "more than the low factor", std::to_string(scaling.high_factor));
    }
  }
  if (scaling.kind == RopeScalingKind::yarn) {
    RH_ASSIGN(scaling.beta_fast, keys.number(r.names.rope_beta_fast, 1e-6, 1e6, scaling.beta_fast));
    RH_ASSIGN(scaling.beta_slow, keys.number(r.names.rope_beta_slow, 1e-6, 1e6, scaling.beta_slow));
    RH_ASSIGN(const auto truncate, keys.flag(r.names.rope_truncate));
    scaling.truncate = truncate.value_or(true);
    RH_ASSIGN(scaling.attention_factor, keys.number(r.names.rope_attention_factor));
    RH_ASSIGN(scaling.mscale, keys.number(r.names.rope_mscale, 0.0, 1e6, 0.0));
    RH_ASSIGN(scaling.mscale_all_dim, keys.number(r.names.rope_mscale_all_dim, 0.0, 1e6, 0.0));
  }
  return scaling;
}

Result<RopeSpec> make_rope(const Reader& r, const Weights& weights, std::int32_t key_dim, std::int32_t context_tokens) {
  RH_ASSIGN(const RopeScaling scaling, make_scaling(r, context_tokens));
  RH_ASSIGN(const double base, r.keys.number(r.names.rope_base, 1.0, 1e30, r.row.defaults.rope_base));
  RH_ASSIGN(const double fraction, r.keys.number(r.names.rope_fraction, 0.0, 1.0, r.row.defaults.rope_fraction));
  RH_ASSIGN(const std::int32_t rotated, r.keys.integer(r.names.rope_dims, 0, key_dim, static_cast<std::int32_t>(fraction * key_dim)));
  if (rotated % 2 != 0) {
    return r.refuse(ErrorCode::malformed, "rotary dimensions", "an even number", std::to_string(rotated));
  }
  if (scaling.kind == RopeScalingKind::yarn && base <= 1.0) {
    return r.keys.refuse(ErrorCode::malformed, r.names.rope_base, "more than 1", std::to_string(base));
  }
  RopeSpec rope;
  rope.order = r.row.rope_order;
  rope.inv_freq = rope_frequencies(rotated, base, scaling);
  rope.magnitude = rope_magnitude(scaling);
  // GGUF's way to write scaled frequencies: a divisor of each.
  if (const WeightRef divisors = weights.find("rope_freqs")) {
    if (divisors->type != DType::f32 || divisors->cols != rotated / 2 || divisors->rows != 1 || divisors->experts != 1) {
      return r.refuse(ErrorCode::malformed, divisors->source_name, std::to_string(rotated / 2) + " numbers of type F32",
                      std::to_string(divisors->rows * divisors->cols) + " of type " + std::string(dtype_info(divisors->type).name));
    }
    for (std::size_t i = 0; i < rope.inv_freq.size(); ++i) {
      float divisor = 0.0f;
      std::memcpy(&divisor, divisors->data + i * sizeof divisor, sizeof divisor);
      if (!(divisor > 0.0f) || !std::isfinite(divisor)) {
        return r.refuse(ErrorCode::malformed, divisors->source_name, "finite numbers above 0", std::to_string(divisor));
      }
      rope.inv_freq[i] /= divisor;
    }
  }
  return rope;
}

Result<RouterSpec> make_router(const Reader& r) {
  const Keys& keys = r.keys;
  RouterSpec router;
  router.score = r.row.score;
  RH_ASSIGN(const std::int32_t gating, keys.integer(r.names.gating, 0, most, 0));
  switch (gating) {
    case 0: break;
    case 1: router.score = RouterScore::softmax; break;
    case 2: router.score = RouterScore::sigmoid; break;
    case 3: router.score = RouterScore::softmax_after_top_k; break;
    case 4: router.score = RouterScore::sqrt_softplus; break;
    default: return keys.refuse(ErrorCode::unsupported, r.names.gating, "a gating function from 1 to 4", std::to_string(gating));
  }
  RH_ASSIGN(router.top_k, keys.integer(r.names.experts_used, 1, most_experts, r.row.defaults.experts_used));
  RH_ASSIGN(const auto normalise, keys.flag(r.names.normalise));
  router.normalise = normalise.value_or(r.row.normalise);
  router.normalise_epsilon = r.row.normalise_epsilon;
  // GGUF writes 0 for a family that does not scale.
  const bool zero_is_one = r.source.format == ModelFormat::gguf;
  RH_ASSIGN(const double scale, keys.number(r.names.scale, zero_is_one ? 0.0 : 1e-6, 1e6, 1.0));
  router.scale = scale == 0.0 ? 1.0f : static_cast<float>(scale);
  RH_ASSIGN(router.groups, keys.integer(r.names.groups, 1, most_experts, 1));
  RH_ASSIGN(router.groups_used, keys.integer(r.names.groups_used, 1, router.groups, router.groups));
  if (router.groups > 1 && router.groups_used < router.groups) {
    router.group_score = router.score == RouterScore::sigmoid ? GroupScore::top2_sum : GroupScore::max;
  }
  return router;
}

// Tokens of each layer's window; 0: it sees all.
Result<std::vector<std::int32_t>> window_of_layers(const Reader& r) {
  const WindowRule rule = r.row.window;
  std::vector<std::int32_t> windows(static_cast<std::size_t>(r.layers), 0);
  RH_ASSIGN(const auto used, r.keys.flag(r.names.window_used));
  const bool by_layer = rule == WindowRule::when_used_from_layer, must = by_layer || rule == WindowRule::when_used;
  std::int32_t tokens = 0;
  if (rule == WindowRule::stated || (must && used.value_or(false))) {
    RH_ASSIGN(tokens, r.keys.integer(r.names.window, must ? 1 : 0, most, must ? std::nullopt : std::optional(0)));
    tokens = std::min(tokens, 1 << 30);
    std::int32_t from = 0;
    if (by_layer) {
      RH_ASSIGN(from, r.keys.integer(r.names.window_from_layer, 0, most, r.row.defaults.window_from_layer));
    }
    std::fill(windows.begin() + std::min(from, r.layers), windows.end(), tokens);
  }
  RH_ASSIGN(const auto kinds, r.keys.texts(r.names.layer_kinds));
  if (!kinds) return windows;
  if (kinds->size() != windows.size()) {
    return r.keys.refuse(ErrorCode::malformed, r.names.layer_kinds, std::to_string(r.layers) + " texts", std::to_string(kinds->size()));
  }
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const bool slides = (*kinds)[i] == "sliding_attention";
    if (by_layer && tokens > 0 && (slides || (*kinds)[i] == "full_attention")) windows[i] = slides ? tokens : 0;
    const std::string expected = windows[i] > 0 ? "sliding_attention" : "full_attention";
    if ((*kinds)[i] != expected) {
      return r.keys.refuse(ErrorCode::unsupported, r.names.layer_kinds, expected + " for layer " + std::to_string(i), (*kinds)[i]);
    }
  }
  return windows;
}

// Keys without which the values above would mean something else.
Status check_the_rest(const Reader& r, const Weights& weights) {
  RH_ASSIGN(const auto stated_activation, r.keys.text(r.names.activation));
  const std::string activation = stated_activation.value_or("silu");
  if (activation != "silu" && activation != "swish") {
    return r.keys.refuse(ErrorCode::unsupported, r.names.activation, "silu", activation);
  }
  for (const NeutralKey& neutral : neutral_keys(r.source.format)) {
    RH_ASSIGN(const auto value, r.keys.number(neutral.key));
    if (!value || *value == neutral.value || *value == neutral.or_value) continue;
    return r.keys.refuse(ErrorCode::unsupported, neutral.key, "a model without it", std::to_string(*value));
  }
  RH_ASSIGN(const auto tied, r.keys.flag(r.names.tied));
  if (!weights.find("output") && !tied.value_or(r.row.defaults.tied)) {
    return r.keys.refuse(ErrorCode::malformed, r.names.tied, "true, as there is no output matrix (lm_head.weight)", "false");
  }
  RH_ASSIGN(const auto biased, r.keys.flag(r.names.attention_bias));
  for (std::size_t i = 0; biased && i < weights.layers.size(); ++i) {
    const LayerWeights& w = weights.layers[i];
    for (const LinearWeights& projection : {w.q, w.k, w.v}) {
      if ((projection.bias != nullptr) == *biased) continue;
      return r.keys.refuse(ErrorCode::malformed, r.names.attention_bias,
                           std::string(*biased ? "a bias" : "no bias") + " of each query, key and value matrix",
                           std::string(*biased ? "none" : "one") + " in layer " + std::to_string(i));
    }
  }
  return Ok{};
}

template <class Has>
bool any_layer(const Weights& weights, Has has) {
  return std::any_of(weights.layers.begin(), weights.layers.end(), has);
}

Result<QkNorm> norm_of_q_and_k(const Reader& r, const Weights& weights) {
  if (!r.row.qk_norm_may_be_absent) return r.row.qk_norm;
  RH_ASSIGN(const auto stated, r.keys.flag(r.names.qk_norm));
  const bool there = stated.value_or(any_layer(weights, [](const LayerWeights& w) { return w.q_norm || w.k_norm; }));
  return there ? r.row.qk_norm : QkNorm::none;
}

Result<std::int32_t> count_shared_experts(const Reader& r, const Weights& weights) {
  const bool there = any_layer(weights, [](const LayerWeights& w) {
    return w.moe.shared.gate || w.moe.shared.up || w.moe.shared.down || w.moe.shared_gate;
  });
  return r.keys.integer(r.names.shared_count, 0, most_experts, there ? 1 : 0);
}

Result<ModelSpec> make_spec(const Reader& r, const Weights& weights) {
  const Keys& keys = r.keys;
  ModelSpec spec;
  RH_ASSIGN(spec.width, keys.integer(r.names.width, 1, 1 << 20));
  RH_ASSIGN(spec.context_tokens, keys.integer(r.names.context, 1, 1 << 30));
  if (!weights.embedding) return r.refuse(ErrorCode::malformed, "token embedding", "a tensor", "none");
  spec.vocabulary = static_cast<std::int32_t>(weights.embedding->rows);
  RH_ASSIGN(spec.padding_token, keys.integer(r.names.padding_token, -1, most, -1));
  RH_ASSIGN(const double epsilon, keys.number(r.names.epsilon, 0.0, 1.0, r.row.defaults.norm_epsilon));
  spec.norm_epsilon = static_cast<float>(epsilon);

  LayerSpec layer;
  RH_ASSIGN(layer.attention, make_attention(r, spec, weights.layers.front()));
  RH_ASSIGN(layer.rope, make_rope(r, weights, layer.attention.key_dim, spec.context_tokens));
  RH_ASSIGN(layer.qk_norm, norm_of_q_and_k(r, weights));
  RH_ASSIGN(const std::vector<std::int32_t> windows, window_of_layers(r));
  RH_TRY(check_the_rest(r, weights));
  const auto routes = [](const LayerWeights& w) { return w.moe.router || w.moe.experts.gate || w.moe.experts.up || w.moe.experts.down; };
  RouterSpec router;
  std::int32_t shared_experts = 0;
  if (any_layer(weights, routes)) {
    RH_ASSIGN(router, make_router(r));
    RH_ASSIGN(shared_experts, count_shared_experts(r, weights));
  }

  for (std::int32_t i = 0; i < r.layers; ++i) {
    const LayerWeights& w = weights.layers[static_cast<std::size_t>(i)];
    LayerSpec own = layer;
    own.attention.window_tokens = windows[static_cast<std::size_t>(i)];
    own.routed = routes(w);
    const WeightRef down = own.routed ? w.moe.experts.down : w.dense.down;
    own.ffn_width = down ? static_cast<std::int32_t>(down->cols) : 0;
    if (own.routed) {
      if (!w.moe.router) return r.refuse(ErrorCode::malformed, "layers." + std::to_string(i) + ".router", "a tensor, as the layer has experts", "none");
      own.router = router;
      own.router.experts = static_cast<std::int32_t>(w.moe.router->rows);
      own.shared_experts = shared_experts;
      if (router.top_k > own.router.experts || own.router.experts > most_experts || own.router.experts % router.groups != 0) {
        return keys.refuse(ErrorCode::malformed, r.names.experts_used,
                           "1 to " + std::to_string(own.router.experts) + " experts used, groups that divide them",
                           std::to_string(router.top_k) + " used, " + std::to_string(router.groups) + " groups");
      }
    }
    spec.layers.push_back(std::move(own));
  }
  return spec;
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
  RH_ASSIGN(const std::int32_t all_layers, keys.integer(names.layers, 1, 4096));
  RH_ASSIGN(const std::int32_t skipped, keys.integer(names.hidden_layers_to_skip, 0, all_layers - 1, 0));
  RH_ASSIGN(const std::int32_t beyond, keys.integer(names.layers_beyond, 0, 4096, 0));
  const std::int32_t layers = all_layers - skipped;
  BuiltModel built;
  built.weights.keep(source->owner);
  RH_ASSIGN(built.stacked, collect_weights(*source, {layers, all_layers + beyond}, built.weights));
  built.weights.bind(static_cast<std::size_t>(layers));
  RH_ASSIGN(built.spec, make_spec(Reader{*source, *row, keys, names, all_layers, layers}, built.weights));
  RH_TRY(check_shapes(*source, built.spec, built.weights));
  if (copy_stacked) RH_TRY(stack_weights(built));
  return built;
}

Status stack_weights(BuiltModel& built, const CancelToken& cancel, const std::function<void(std::uint64_t)>& progress) {
  for (const StackedWeight& stacked : built.stacked) {
    const WeightRef weight = stacked.weight;
    constexpr auto alignment = std::align_val_t(64);
    std::shared_ptr<std::byte> memory(new (alignment, std::nothrow) std::byte[weight->bytes],
                                      [](std::byte* p) { ::operator delete[](p, alignment); });
    if (!memory) {
      return Error{ErrorCode::out_of_memory, "stack experts", "tensor " + weight->source_name, std::to_string(weight->bytes) + " bytes", "none free"};
    }
    std::byte* to = memory.get();
    for (const std::byte* piece : stacked.pieces) {
      if (cancel.cancelled()) return Error{ErrorCode::cancelled, "stack experts", "tensor " + weight->source_name, "", "a cancel"};
      std::memcpy(to, piece, stacked.piece_bytes);
      to += stacked.piece_bytes;
      if (progress) progress(stacked.piece_bytes);
    }
    built.weights.place(weight, std::move(memory));
  }
  built.stacked.clear();
  return Ok{};
}

}  // namespace roundhouse
