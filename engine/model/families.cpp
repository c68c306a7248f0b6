// SPDX-License-Identifier: Apache-2.0
#include "engine/model/families.h"

#include <array>
#include <cctype>
#include <limits>

namespace roundhouse {

namespace {

constexpr auto gguf = ModelFormat::gguf;
constexpr auto hf = ModelFormat::hugging_face;
constexpr auto halves = RopeOrder::halves;
constexpr auto pairs = RopeOrder::pairs;

constexpr auto no_norm = QkNorm::none;
constexpr auto per_head = QkNorm::per_head;
constexpr auto full_width = QkNorm::full_width;
constexpr auto never = WindowRule::never;
constexpr auto stated = WindowRule::stated;
constexpr auto when_used = WindowRule::when_used;
constexpr auto when_used_from_layer = WindowRule::when_used_from_layer;

constexpr KeyDefaults gguf_defaults = {.tied = true, .rope_scaling = "linear"};
// Those of transformers' configuration classes.
constexpr KeyDefaults glm4_moe_defaults = {.norm_epsilon = 1e-5, .rope_fraction = 0.5, .experts_used = 8};
constexpr KeyDefaults llama_defaults = {.norm_epsilon = 1e-6};
constexpr KeyDefaults mixtral_defaults = {.norm_epsilon = 1e-5, .rope_base = 1e6, .experts_used = 2};
constexpr KeyDefaults qwen3_moe_defaults = {.norm_epsilon = 1e-6, .experts_used = 8};
constexpr KeyDefaults qwen3_defaults = {.norm_epsilon = 1e-6, .window_from_layer = 28};
constexpr KeyDefaults olmoe_defaults = {.norm_epsilon = 1e-5, .experts_used = 8};

// A new family is a row here (and, at most, a line among the names below).
constexpr std::array families = {
    FamilyRow{gguf, "glm4moe", "GLM-4 MoE", halves, RouterScore::sigmoid, true, 1e-20f, per_head, true, stated, gguf_defaults},
    FamilyRow{gguf, "llama", "Llama / Mixtral", pairs, RouterScore::softmax, true, 0.0f, no_norm, false, stated, gguf_defaults},
    FamilyRow{gguf, "qwen3moe", "Qwen3 MoE", halves, RouterScore::softmax, true, 0.0f, per_head, false, stated, gguf_defaults},
    FamilyRow{gguf, "qwen3", "Qwen3", halves, RouterScore::softmax, true, 0.0f, per_head, false, stated, gguf_defaults},
    FamilyRow{gguf, "olmoe", "OLMoE", halves, RouterScore::softmax, false, 0.0f, full_width, false, stated, gguf_defaults},
    FamilyRow{hf, "glm4_moe", "GLM-4 MoE", halves, RouterScore::sigmoid, true, 1e-20f, per_head, true, never, glm4_moe_defaults, "glm4moe"},
    FamilyRow{hf, "llama", "Llama", halves, RouterScore::softmax, true, 0.0f, no_norm, false, never, llama_defaults, "llama"},
    FamilyRow{hf, "mixtral", "Mixtral", halves, RouterScore::softmax, true, 0.0f, no_norm, false, stated, mixtral_defaults, "llama"},
    FamilyRow{hf, "qwen3_moe", "Qwen3 MoE", halves, RouterScore::softmax, false, 0.0f, per_head, false, when_used, qwen3_moe_defaults, "qwen3moe"},
    FamilyRow{hf, "qwen3", "Qwen3", halves, RouterScore::softmax, true, 0.0f, per_head, false, when_used_from_layer, qwen3_defaults, "qwen3"},
    FamilyRow{hf, "olmoe", "OLMoE", halves, RouterScore::softmax, false, 0.0f, full_width, false, never, olmoe_defaults, "olmoe"},
};

constexpr KeyNames gguf_keys = {
    .layers = "{arch}.block_count",
    .hidden_layers_to_skip = "{arch}.nextn_predict_layers",
    .width = "{arch}.embedding_length",
    .context = "{arch}.context_length",
    .heads = "{arch}.attention.head_count",
    .kv_heads = "{arch}.attention.head_count_kv",
    .key_dim = "{arch}.attention.key_length",
    .value_dim = "{arch}.attention.value_length",
    .rope_dims = "{arch}.rope.dimension_count",
    .rope_fraction = "",
    .rope_base = "{arch}.rope.freq_base",
    .rope_scaling = "{arch}.rope.scaling.type",
    .rope_factor = "{arch}.rope.scaling.factor|{arch}.rope.scale_linear",
    .rope_original_context = "{arch}.rope.scaling.original_context_length",
    .rope_low_factor = "",
    .rope_high_factor = "",
    .rope_beta_fast = "{arch}.rope.scaling.yarn_beta_fast",
    .rope_beta_slow = "{arch}.rope.scaling.yarn_beta_slow",
    .rope_truncate = "",
    .rope_attention_factor = "",
    .rope_mscale = "",
    .rope_mscale_all_dim = "",
    .epsilon = "{arch}.attention.layer_norm_rms_epsilon",
    .experts_used = "{arch}.expert_used_count",
    .shared_count = "{arch}.expert_shared_count",
    .groups = "{arch}.expert_group_count",
    .groups_used = "{arch}.expert_group_used_count",
    .scale = "{arch}.expert_weights_scale",
    .normalise = "{arch}.expert_weights_norm",
    .gating = "{arch}.expert_gating_func",
    .window = "{arch}.attention.sliding_window",
    .window_used = "",
    .window_from_layer = "",
    .layer_kinds = "",
    .activation = "",
    .layers_beyond = "",
    .tied = "",
    .attention_bias = "",
    .qk_norm = "",
    .padding_token = "",
};

constexpr KeyNames hf_keys = {
    .layers = "num_hidden_layers",
    .hidden_layers_to_skip = "",
    .width = "hidden_size",
    .context = "max_position_embeddings",
    .heads = "num_attention_heads",
    .kv_heads = "num_key_value_heads",
    .key_dim = "head_dim",
    .value_dim = "head_dim",
    .rope_dims = "",
    .rope_fraction = "partial_rotary_factor|rope_parameters.partial_rotary_factor",
    .rope_base = "rope_parameters.rope_theta|rope_theta",
    .rope_scaling = "rope_scaling.rope_type|rope_scaling.type|rope_parameters.rope_type",
    .rope_factor = "rope_scaling.factor|rope_parameters.factor",
    .rope_original_context = "rope_scaling.original_max_position_embeddings|rope_parameters.original_max_position_embeddings",
    .rope_low_factor = "rope_scaling.low_freq_factor|rope_parameters.low_freq_factor",
    .rope_high_factor = "rope_scaling.high_freq_factor|rope_parameters.high_freq_factor",
    .rope_beta_fast = "rope_scaling.beta_fast|rope_parameters.beta_fast",
    .rope_beta_slow = "rope_scaling.beta_slow|rope_parameters.beta_slow",
    .rope_truncate = "rope_scaling.truncate|rope_parameters.truncate",
    .rope_attention_factor = "rope_scaling.attention_factor|rope_parameters.attention_factor",
    .rope_mscale = "rope_scaling.mscale|rope_parameters.mscale",
    .rope_mscale_all_dim = "rope_scaling.mscale_all_dim|rope_parameters.mscale_all_dim",
    .epsilon = "rms_norm_eps",
    .experts_used = "num_experts_per_tok",
    .shared_count = "n_shared_experts",
    .groups = "n_group",
    .groups_used = "topk_group",
    .scale = "routed_scaling_factor",
    .normalise = "norm_topk_prob",
    .gating = "",
    .window = "sliding_window",
    .window_used = "use_sliding_window",
    .window_from_layer = "max_window_layers",
    .layer_kinds = "layer_types",
    .activation = "hidden_act",
    .layers_beyond = "num_nextn_predict_layers",
    .tied = "tie_word_embeddings",
    .attention_bias = "attention_bias",
    .qk_norm = "use_qk_norm",
    .padding_token = "pad_token_id",
};

constexpr std::array gguf_neutral = {
    NeutralKey{"{arch}.attention.clamp_kqv", 0, 0},
    NeutralKey{"{arch}.attention.max_alibi_bias", 0, 0},
    NeutralKey{"{arch}.attention.scale", 0, 0},
    NeutralKey{"{arch}.attn_logit_softcapping", 0, 0},
    NeutralKey{"{arch}.final_logit_softcapping", 0, 0},
    NeutralKey{"{arch}.embedding_scale", 0, 1},
    NeutralKey{"{arch}.residual_scale", 0, 1},
    NeutralKey{"{arch}.logit_scale", 0, 1},
    NeutralKey{"{arch}.rope.scaling.attn_factor", 0, 1},
    NeutralKey{"{arch}.rope.scaling.yarn_ext_factor", -1, 1},
    NeutralKey{"{arch}.rope.scaling.yarn_attn_factor", 1, 1},
};
constexpr double unbounded = std::numeric_limits<double>::infinity();
constexpr std::array hf_neutral = {NeutralKey{"clip_qkv", unbounded, unbounded}};


// '%' is a layer, '#' an expert. "+": rows are gate's and then up's. Empty canonical: known, not a parameter. "!": what the
// tensor is for, which is not done here.
struct NamePattern {
  const char* file;
  const char* canonical;
};
constexpr std::array gguf_names = {
    NamePattern{"token_embd.weight", "embedding"},
    NamePattern{"output_norm.weight", "output_norm"},
    NamePattern{"output.weight", "output"},
    NamePattern{"blk.%.attn_norm.weight", "layers.%.attention_norm"},
    NamePattern{"blk.%.ffn_norm.weight", "layers.%.ffn_norm"},
    NamePattern{"blk.%.post_attention_norm.weight", "layers.%.ffn_norm"},
    NamePattern{"blk.%.attn_q.weight", "layers.%.q"},
    NamePattern{"blk.%.attn_k.weight", "layers.%.k"},
    NamePattern{"blk.%.attn_v.weight", "layers.%.v"},
    NamePattern{"blk.%.attn_output.weight", "layers.%.output"},
    NamePattern{"blk.%.attn_q.bias", "layers.%.q.bias"},
    NamePattern{"blk.%.attn_k.bias", "layers.%.k.bias"},
    NamePattern{"blk.%.attn_v.bias", "layers.%.v.bias"},
    NamePattern{"blk.%.attn_output.bias", "layers.%.output.bias"},
    NamePattern{"blk.%.attn_q_norm.weight", "layers.%.q_norm"},
    NamePattern{"blk.%.attn_k_norm.weight", "layers.%.k_norm"},
    NamePattern{"blk.%.ffn_gate.weight", "layers.%.dense.gate"},
    NamePattern{"blk.%.ffn_up.weight", "layers.%.dense.up"},
    NamePattern{"blk.%.ffn_down.weight", "layers.%.dense.down"},
    NamePattern{"blk.%.ffn_gate_inp.weight", "layers.%.router"},
    NamePattern{"blk.%.ffn_gate_inp.bias", "layers.%.router.bias"},
    NamePattern{"blk.%.exp_probs_b.bias", "layers.%.selection_bias"},
    NamePattern{"blk.%.ffn_gate_exps.weight", "layers.%.experts.gate"},
    NamePattern{"blk.%.ffn_up_exps.weight", "layers.%.experts.up"},
    NamePattern{"blk.%.ffn_down_exps.weight", "layers.%.experts.down"},
    NamePattern{"blk.%.ffn_gate_up_exps.weight", "+layers.%.experts.gate"},
    NamePattern{"blk.%.ffn_gate.#.weight", "layers.%.experts.gate"},
    NamePattern{"blk.%.ffn_up.#.weight", "layers.%.experts.up"},
    NamePattern{"blk.%.ffn_down.#.weight", "layers.%.experts.down"},
    NamePattern{"blk.%.ffn_gate_shexp.weight", "layers.%.shared.gate"},
    NamePattern{"blk.%.ffn_up_shexp.weight", "layers.%.shared.up"},
    NamePattern{"blk.%.ffn_down_shexp.weight", "layers.%.shared.down"},
    NamePattern{"blk.%.ffn_gate_inp_shexp.weight", "layers.%.shared_gate"},
    NamePattern{"rope_freqs.weight", "rope_freqs"},
    NamePattern{"rope_factors_long.weight", "!scaled rotary positions"},
    NamePattern{"rope_factors_short.weight", "!scaled rotary positions"},
    NamePattern{"output.bias", "!a bias of the output"},
    NamePattern{"blk.%.attn_sinks.weight", "!attention sinks"},
    NamePattern{"blk.%.attn_qkv.weight", "!fused query, key and value matrices"},
};
constexpr std::array hf_names = {
    NamePattern{"model.embed_tokens.weight", "embedding"},
    NamePattern{"model.norm.weight", "output_norm"},
    NamePattern{"lm_head.weight", "output"},
    NamePattern{"model.layers.%.input_layernorm.weight", "layers.%.attention_norm"},
    NamePattern{"model.layers.%.post_attention_layernorm.weight", "layers.%.ffn_norm"},
    NamePattern{"model.layers.%.self_attn.q_proj.weight", "layers.%.q"},
    NamePattern{"model.layers.%.self_attn.k_proj.weight", "layers.%.k"},
    NamePattern{"model.layers.%.self_attn.v_proj.weight", "layers.%.v"},
    NamePattern{"model.layers.%.self_attn.o_proj.weight", "layers.%.output"},
    NamePattern{"model.layers.%.self_attn.q_proj.bias", "layers.%.q.bias"},
    NamePattern{"model.layers.%.self_attn.k_proj.bias", "layers.%.k.bias"},
    NamePattern{"model.layers.%.self_attn.v_proj.bias", "layers.%.v.bias"},
    NamePattern{"model.layers.%.self_attn.o_proj.bias", "layers.%.output.bias"},
    NamePattern{"model.layers.%.self_attn.q_norm.weight", "layers.%.q_norm"},
    NamePattern{"model.layers.%.self_attn.k_norm.weight", "layers.%.k_norm"},
    NamePattern{"model.layers.%.self_attn.rotary_emb.inv_freq", ""},
    NamePattern{"model.layers.%.mlp.gate_proj.weight", "layers.%.dense.gate"},
    NamePattern{"model.layers.%.mlp.up_proj.weight", "layers.%.dense.up"},
    NamePattern{"model.layers.%.mlp.down_proj.weight", "layers.%.dense.down"},
    NamePattern{"model.layers.%.mlp.gate.weight", "layers.%.router"},
    NamePattern{"model.layers.%.mlp.gate.e_score_correction_bias", "layers.%.selection_bias"},
    NamePattern{"model.layers.%.mlp.experts.#.gate_proj.weight", "layers.%.experts.gate"},
    NamePattern{"model.layers.%.mlp.experts.#.up_proj.weight", "layers.%.experts.up"},
    NamePattern{"model.layers.%.mlp.experts.#.down_proj.weight", "layers.%.experts.down"},
    NamePattern{"model.layers.%.mlp.experts.gate_up_proj", "+layers.%.experts.gate"},
    NamePattern{"model.layers.%.mlp.experts.down_proj", "layers.%.experts.down"},
    NamePattern{"model.layers.%.mlp.shared_experts.gate_proj.weight", "layers.%.shared.gate"},
    NamePattern{"model.layers.%.mlp.shared_experts.up_proj.weight", "layers.%.shared.up"},
    NamePattern{"model.layers.%.mlp.shared_experts.down_proj.weight", "layers.%.shared.down"},
    NamePattern{"model.layers.%.block_sparse_moe.gate.weight", "layers.%.router"},
    NamePattern{"model.layers.%.block_sparse_moe.experts.#.w1.weight", "layers.%.experts.gate"},
    NamePattern{"model.layers.%.block_sparse_moe.experts.#.w3.weight", "layers.%.experts.up"},
    NamePattern{"model.layers.%.block_sparse_moe.experts.#.w2.weight", "layers.%.experts.down"},
};

// Reads up to six digits at `at`; -1 when there are none, or zeros that a writer would not have put before them.
std::int32_t read_number(const std::string& text, std::size_t& at) {
  std::int32_t value = 0;
  const std::size_t begin = at;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) && at - begin < 6) {
    value = value * 10 + (text[at++] - '0');
  }
  return at == begin || (text[begin] == '0' && at - begin > 1) ? -1 : value;
}

bool match(const char* pattern, const std::string& name, std::int32_t& layer, std::int32_t& expert) {
  layer = expert = -1;
  std::size_t at = 0;
  for (; *pattern; ++pattern) {
    if (*pattern == '%' || *pattern == '#') {
      std::int32_t& number = *pattern == '%' ? layer : expert;
      number = read_number(name, at);
      if (number < 0) return false;
    } else if (at >= name.size() || name[at++] != *pattern) {
      return false;
    }
  }
  return at == name.size();
}

template <std::size_t n>
TensorName translate(const std::array<NamePattern, n>& table, const std::string& name) {
  TensorName result;
  for (const NamePattern& row : table) {
    if (!match(row.file, name, result.layer, result.expert)) continue;
    std::string canonical = row.canonical;
    if (canonical.empty()) result.ignored = true;
    if (canonical.starts_with('!')) {
      result.unsupported = canonical.substr(1);
      return result;
    }
    if (canonical.starts_with('+')) {
      result.fused_gate_up = true;
      canonical.erase(0, 1);
    }
    const std::size_t place = canonical.find('%');
    if (place != std::string::npos) canonical.replace(place, 1, std::to_string(result.layer));
    result.canonical = canonical;
    return result;
  }
  return {};
}

template <std::size_t n>
std::string translate_back(const std::array<NamePattern, n>& table, const std::string& canonical) {
  for (const NamePattern& row : table) {
    const std::string pattern = row.canonical, file = row.file;
    if (pattern.empty() || pattern[0] == '!' || pattern[0] == '+' || file.find('#') != std::string::npos) continue;
    std::int32_t layer = -1, expert = -1;
    if (!match(row.canonical, canonical, layer, expert)) continue;
    std::string name = file;
    if (const std::size_t place = name.find('%'); place != std::string::npos) name.replace(place, 1, std::to_string(layer));
    return name;
  }
  return {};
}

}  // namespace

const FamilyRow* find_family(ModelFormat format, const std::string& architecture) {
  for (const FamilyRow& row : families) {
    if (row.format == format && architecture == row.architecture) return &row;
  }
  return nullptr;
}

std::string gguf_architecture(ModelFormat format, const std::string& architecture) {
  if (format == gguf) return architecture;
  const FamilyRow* const row = find_family(format, architecture);
  return row ? row->gguf_architecture : "";
}

std::string supported_families(ModelFormat format) {
  std::string list;
  for (const FamilyRow& row : families) {
    if (row.format == format) list += (list.empty() ? "" : ", ") + std::string(row.architecture);
  }
  return list;
}

const KeyNames& key_names(ModelFormat format) { return format == gguf ? gguf_keys : hf_keys; }

std::span<const NeutralKey> neutral_keys(ModelFormat format) {
  if (format == gguf) return gguf_neutral;
  return hf_neutral;
}

TensorName canonical_tensor_name(ModelFormat format, const std::string& name) {
  return format == gguf ? translate(gguf_names, name) : translate(hf_names, name);
}

std::string file_tensor_name(ModelFormat format, const std::string& canonical) {
  return format == gguf ? translate_back(gguf_names, canonical) : translate_back(hf_names, canonical);
}

}  // namespace roundhouse
