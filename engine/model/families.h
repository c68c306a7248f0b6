// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "engine/model/model_source.h"
#include "engine/model/model_spec.h"
#include "engine/ops/specs.h"

namespace roundhouse {

// Whether a family attends through a sliding window where its key gives one.
enum class WindowRule : std::uint8_t {
  never,      // it has none, whatever the key says
  stated,                // in each layer
  when_used,             // in each layer, and only where another key says that it is used
  when_used_from_layer,  // likewise, in those that a list names, or else from a layer on
};

// What a key means that a file leaves out. Empty: the key must be there.
struct KeyDefaults {
  std::optional<double> norm_epsilon = {};
  double rope_base = 10000.0;
  double rope_fraction = 1.0;  // of a head's width
  std::optional<std::int32_t> experts_used = {};
  std::int32_t window_from_layer = 0;
  bool tied = false;           // without an output matrix the embedding serves
  const char* rope_scaling = "none";  // the kind, where only a factor is given
};

// What the file does not say of a family, because its readers are expected to know. Everything else (which layers
// route, widths, biases, shared experts) is read from tensors and keys.
struct FamilyRow {
  ModelFormat format;
  const char* architecture;  // as the file writes it
  const char* family;        // our name, for people
  RopeOrder rope_order;
  RouterScore score;         // unless the file says otherwise
  bool normalise;            // unless the file says otherwise
  float normalise_epsilon;
  QkNorm qk_norm;
  bool qk_norm_may_be_absent;
  WindowRule window;
  KeyDefaults defaults;
  const char* gguf_architecture = "";  // of a Hugging Face family: what GGUF calls it
};

// Null: not supported.
const FamilyRow* find_family(ModelFormat format, const std::string& architecture);
// What GGUF calls a model's architecture, whichever format it is in; empty: it has no name there.
std::string gguf_architecture(ModelFormat format, const std::string& architecture);
// "glm4moe, llama, ..." for messages.
std::string supported_families(ModelFormat format);

// Where a value stands in each format: alternatives separated by '|'; "{arch}" is replaced.
struct KeyNames {
  const char *layers, *hidden_layers_to_skip, *width, *context, *heads, *kv_heads, *key_dim, *value_dim, *rope_dims,
      *rope_fraction, *rope_base, *rope_scaling, *rope_factor, *rope_original_context, *rope_low_factor, *rope_high_factor,
      *rope_beta_fast, *rope_beta_slow, *rope_truncate, *rope_attention_factor, *rope_mscale, *rope_mscale_all_dim, *epsilon, *experts_used, *shared_count, *groups, *groups_used, *scale,
      *normalise, *gating, *window, *window_used, *window_from_layer, *layer_kinds, *activation, *layers_beyond, *tied,
      *attention_bias, *qk_norm, *padding_token;
};
const KeyNames& key_names(ModelFormat format);

// A key of arithmetic that no block here does: the file may leave it out, or give it a value that changes nothing.
struct NeutralKey {
  const char* key;
  double value, or_value;
};
std::span<const NeutralKey> neutral_keys(ModelFormat format);

// Canonical name of a file's tensor (see Weights), or empty when there is none.
struct TensorName {
  std::string canonical;
  std::int32_t layer = -1;
  std::int32_t expert = -1;  // >= 0: one expert's matrix, to be stacked
  bool fused_gate_up = false;  // rows are gate's, then up's: canonical names gate
  bool ignored = false;      // known, and not a parameter
  std::string unsupported;   // known, and a part of what no block here does: what that is
};
TensorName canonical_tensor_name(ModelFormat format, const std::string& name);
// The other way: what a file calls the tensor (experts stacked, nothing fused); empty: it has no name there.
std::string file_tensor_name(ModelFormat format, const std::string& canonical);

}  // namespace roundhouse
