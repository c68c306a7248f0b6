// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "engine/model/model_source.h"
#include "engine/ops/specs.h"

namespace roundhouse {

// What the file does not say of a family, because its readers are expected to know. Everything else (which layers
// route, widths, kinds of norm, shared experts) is read from tensors and keys.
struct FamilyRow {
  ModelFormat format;
  const char* architecture;  // as the file writes it
  const char* family;        // our name, for people
  RopeOrder rope_order;
  RouterScore score;         // unless the file says otherwise
  bool normalise;            // unless the file says otherwise
  float normalise_epsilon;
};

// Null: not supported.
const FamilyRow* find_family(ModelFormat format, const std::string& architecture);
// "glm4moe, llama, ..." for messages.
std::string supported_families(ModelFormat format);

// Where a value stands in each format: alternatives separated by '|'; "{arch}" is replaced.
struct KeyNames {
  const char *layers, *hidden_layers_to_skip, *width, *context, *heads, *kv_heads, *key_dim, *value_dim, *rope_dims,
      *rope_fraction, *rope_base, *rope_scaling, *epsilon, *experts_used, *shared_count, *groups, *groups_used, *scale,
      *normalise, *gating, *window, *window_used, *window_from_layer, *activation;
};
const KeyNames& key_names(ModelFormat format);

// Canonical name of a file's tensor (see Weights), or empty when there is none.
struct TensorName {
  std::string canonical;
  std::int32_t layer = -1;
  std::int32_t expert = -1;  // >= 0: one expert's matrix, to be stacked
  bool fused_gate_up = false;  // rows are gate's, then up's: canonical names gate
  bool ignored = false;      // known, and not a parameter
};
TensorName canonical_tensor_name(ModelFormat format, const std::string& name);

}  // namespace roundhouse
