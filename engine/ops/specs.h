// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace roundhouse {

enum class ActivationKind : std::uint8_t { silu, gelu, gelu_tanh, relu, relu_squared, swiglu_clamped };

// Gated unit: act(gate) * up; a network without a gate: act(up). swiglu_clamped (gpt-oss): gate is clamped above by
// `limit`, up to [-limit, limit], gate * sigmoid(alpha * gate) * (up + 1); it has no form without a gate.
struct Activation {
  ActivationKind kind = ActivationKind::silu;
  float alpha = 1.0f;
  float limit = 0.0f;
};

enum class RopeOrder : std::uint8_t {
  halves,  // pairs (i, i + n/2): NeoX, Hugging Face
  pairs,   // pairs (2i, 2i + 1): GGUF's llama
};

// Rotation of the first 2 * inv_freq.size() elements of each head by position * inv_freq[i]; the rest is unchanged.
struct RopeSpec {
  RopeOrder order = RopeOrder::halves;
  std::vector<float> inv_freq;      // radians per position; scaling schemes are folded in when the spec is made
  float magnitude = 1.0f;           // multiplies sine and cosine (YaRN's attention factor)
  std::vector<std::int32_t> axis;   // which of a row's four positions drives pair i; empty: axis 0
};

struct AttentionSpec {
  std::int32_t heads = 0, kv_heads = 0;
  std::int32_t key_dim = 0, value_dim = 0;  // per head
  float scale = 0.0f;                       // multiplies q.k
  std::int32_t window_tokens = 0;           // > 0: a row sees keys with position > its own - window
  float logit_softcap = 0.0f;               // > 0: cap * tanh(x / cap)
};

enum class RouterScore : std::uint8_t {
  softmax,              // over all experts, before the choice
  sigmoid,
  softmax_after_top_k,  // over the chosen logits only
  sigmoid_after_top_k,  // llama4: choice on logits
  sqrt_softplus,        // deepseek4
};
enum class GroupScore : std::uint8_t { none, top2_sum, max };

// The stages of a routing decision, in order (see ../shared knowledge "Routing, stage by stage"):
//   logits (+ edits' boosts) -> score -> + selection bias (selection only) -> edits' disable/force -> group limit
//   -> top-k (or given ids) -> weights = scores of the chosen -> normalise -> scale.
struct RouterSpec {
  RouterScore score = RouterScore::softmax;
  std::int32_t experts = 0, top_k = 0;
  GroupScore group_score = GroupScore::none;
  std::int32_t groups = 1, groups_used = 1;
  bool normalise = false;            // divide by (sum + epsilon)
  float normalise_epsilon = 0.0f;
  float scale = 1.0f;
  bool weight_on_input = false;      // llama4: weights multiply the expert's input instead of its output
};

// Losses that keep a router's experts in use while it is trained, see router_loss.h; a factor of 0: not there.
struct RouterLossSpec {
  float balance = 0.0f;       // of sum f_i P_i (Fedus et al. 2021, arXiv 2101.03961, formula 4)
  bool per_sequence = false;  // each sequence balanced by itself, not the batch
  float z = 0.0f;             // of the mean square of logsumexp(logits)
  bool any() const { return balance != 0.0f || z != 0.0f; }
};

}  // namespace roundhouse
