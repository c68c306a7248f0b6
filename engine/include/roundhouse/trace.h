// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/result.h"
#include "roundhouse/routing.h"

namespace roundhouse {

// Where a trace came from; written into the file and shown beside it.
struct TraceProvenance {
  std::string model_name;
  std::string model_sha256;
  std::string program;    // "roundhouse 0.1.0"
  std::string isa;        // arithmetic path: "reference", "avx2", ...
  std::string edits_json; // RoutingEdits in force, or empty
  std::string adapter;
  std::int64_t created_unix_ns = 0;
};

// An expert id that marks an unused place (a layer whose top-k was lowered).
inline constexpr std::uint16_t no_expert = 0xFFFF;

// 64 consecutive tokens. Rows below a snapshot's count never change; shared between snapshots without a copy.
struct TraceChunk {
  static constexpr int tokens = 64;
  std::vector<std::int32_t> token_ids;  // [64]
  std::vector<std::uint16_t> ids;       // [64, layers, k] descending by selection, no_expert beyond the used ones
  std::vector<float> weights;           // [64, layers, k] weight in the sum of expert outputs, after normalisation and scale
  std::vector<float> scores;            // [64, layers, experts] selection scores after bias and edits; empty unless asked for
};

// What every router decided for every token of a context: an immutable snapshot, cheap to copy. Any thread.
// Layer arguments index RoutingLayout::layers (routed layers only); tokens are positions in the context.
class RoutingTrace {
 public:
  RoutingTrace() = default;
  RoutingTrace(RoutingLayout layout, int top_k, bool with_scores, std::vector<std::shared_ptr<const TraceChunk>> chunks,
               int token_count, int prompt_tokens, TraceProvenance provenance);

  const RoutingLayout& layout() const { return layout_; }
  const TraceProvenance& provenance() const { return provenance_; }
  int token_count() const { return token_count_; }
  int prompt_tokens() const { return prompt_tokens_; }  // the first so many tokens were given, the rest generated
  int layer_count() const { return static_cast<int>(layout_.layers.size()); }
  int top_k() const { return top_k_; }                  // places per layer in the arrays
  bool has_scores() const { return with_scores_; }
  int score_stride() const { return score_stride_; }    // experts per layer in the score arrays

  std::int32_t token_id(int token) const;
  std::span<const std::uint16_t> ids(int token, int layer) const;  // [top_k]
  std::span<const float> weights(int token, int layer) const;      // [top_k]
  std::span<const float> scores(int token, int layer) const;       // [experts of that layer] or empty

  // `.rhtrace`, documented in engine/runtime/README.md. `texts` (optional, one a token) makes files self-contained.
  Status save(const std::string& path, const std::vector<std::string>& texts = {}) const;
  struct File;
  static Result<File> load(const std::string& path);
  // Piece by piece into `sink`, to its first failure; memory for one token. CSV: token,token_id,text,layer,rank,expert,
  // weight,score, and before it, when routing was edited, a line "# edited routing: …". In both, bytes of a text that are no
  // UTF-8 are U+FFFD.
  using TextSink = std::function<Status(std::string_view)>;
  Status write_csv(const TextSink& sink, const std::vector<std::string>& texts = {}) const;
  Status write_json(const TextSink& sink, const std::vector<std::string>& texts = {}) const;

 private:
  RoutingLayout layout_;
  TraceProvenance provenance_;
  std::vector<std::shared_ptr<const TraceChunk>> chunks_;
  int token_count_ = 0, prompt_tokens_ = 0, top_k_ = 0, score_stride_ = 0;
  bool with_scores_ = false;
};

struct RoutingTrace::File {
  RoutingTrace trace;
  std::vector<std::string> texts;
};

// --- Measures over a trace; formulas in ../shared knowledge, "Routing metrics", and in the .cpp beside each one. ---

// Load of one routed layer's experts over tokens [first, last).
struct LayerLoad {
  std::vector<std::int64_t> assignments;  // [experts] times selected
  std::vector<double> gate_mass;          // [experts] sum of weights
  std::vector<double> utilisation;        // [experts] assignments / mean assignments
  double entropy = 0;                     // of assignment shares, 0..1 (divided by ln experts)
  double coefficient_of_variation = 0;
  double max_violation = 0;               // (max - mean) / mean
  double jain = 0;                        // (sum x)^2 / (experts * sum x^2), 1/experts..1
  int unused_experts = 0;
};
LayerLoad layer_load(const RoutingTrace& trace, int layer, int first, int last);

struct TokenDecision {
  struct Choice { int expert; float weight; float score; };
  std::vector<Choice> selected;    // by descending selection score
  std::vector<Choice> runners_up;  // the next ones, weight 0; empty without scores
  double entropy = 0;              // of the selected weights' shares (of all scores when recorded), 0..1
  double margin = 0;               // score of the last selected minus the first rejected; NaN without scores
};
TokenDecision token_decision(const RoutingTrace& trace, int token, int layer, int runners_up = 4);

// N(i,j)/N(i) over all pairs of a token's experts; [experts, experts] row-major, diagonal 1 where i was used.
std::vector<double> co_activation(const RoutingTrace& trace, int layer, int first, int last);

// Tokens that gave this expert the most gate mass: (token id, times, mass), by mass.
struct ExpertToken { std::int32_t token_id; int count; double gate_mass; };
std::vector<ExpertToken> top_tokens(const RoutingTrace& trace, int layer, int expert, int first, int last, int limit);

// Per routed layer: Jensen-Shannon divergence (base 2, 0..1) of the assignment shares of two traces of one layout.
Result<std::vector<double>> layer_divergence(const RoutingTrace& a, const RoutingTrace& b);
// [layers, experts] share of assignments in b minus share in a.
Result<std::vector<double>> load_difference(const RoutingTrace& a, const RoutingTrace& b);

}  // namespace roundhouse
