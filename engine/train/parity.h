// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/adapter_stack.h"
#include "engine/model/model_source.h"
#include "engine/ops/backend.h"
#include "roundhouse/cancel.h"

namespace roundhouse {

// A model as it would run: its weights and, where there is one, the adapter beside them that every row asks for.
struct ParityState {
  std::shared_ptr<const TextModel> model;
  std::shared_ptr<const AdapterStack> adapters;  // null: the weights alone
  std::int32_t place = 0;                        // in `adapters`
};

// How an export can differ from what was trained, judged by what it holds.
enum class ParityKind : std::uint8_t {
  adapter,  // the same numbers beside the same weights
  exact,    // merged, all matrices float32
  rounded,  // merged, matrices of 16 bits or in blocks
};
std::string_view parity_kind_name(ParityKind kind);

// One thing that a fine-tune was written to. Opened when its turn comes and closed after it.
struct ParityExport {
  std::string name;
  std::function<Result<ParityState>()> open;
  std::optional<ParityKind> kind = {};  // nothing: what the state shows
};

// What two models say to the same tokens.
struct ParityDistance {
  double kl_mean = 0.0, kl_max = 0.0;  // of one token's distribution, KL(first || second), nats
  double agreement = 1.0;              // share of positions with the same most likely token; where the first model's two best
                                       // logits lie closer than `tie`, any counts as the same
  double changed_routes = 0.0;         // share of (position, routed layer) whose set of experts differs
};

struct ParityResult {
  static constexpr double tie = 1e-4;

  std::string name;
  ParityKind kind = ParityKind::adapter;
  std::int64_t positions = 0;
  ParityDistance distance;             // of the export from what was trained
  std::int64_t tied_prompts = 0;       // (adapter, exact) prompts in which an expert was chosen by less than `tie` and fell out
                                       // differently: compared with the experts of the trained run instead
  ParityDistance base_distance;        // of the base model from what was trained: what the fine-tune changes
  ParityDistance rounding;             // (rounded) of the base in the export's types from the base: what these types cost anyway
  // Bounds that decide: adapter kl_mean, kl_max <= 1e-6; exact <= 1e-5; both agree everywhere. Rounded: 98 % of what the
  // fine-tune changes must stay, beside what the types cost anyway: kl_mean at most 2 rounding.kl_mean + 0.02
  // base_distance.kl_mean + 1e-5, disagreement at most 2 of the rounding's + 0.05 of the base's + 0.01; kl_max is told, not judged.
  double most_kl_mean = 0.0, most_kl_max = 0.0, least_agreement = 1.0;
  bool passed = false;
};

// One JSON object with everything above.
std::string parity_json(const ParityResult& result);

// Runs the same token sequences through what was trained and through each export, and compares the distributions at every
// position. `base`: the model as it was. A training backend runs all in float32; ids from `first_id` to `first_id` + 2 name
// what is prepared there meanwhile: no model of the backend has them. Memory: logits of 512 tokens, a few times (of all
// tokens, twice, where that is below 1 GB); for rounded exports the base's matrices in their types, too. Errors: no prompt,
// tokens outside the vocabulary, an export of other shapes, one that cannot be opened, `cancelled`. One thread at a time,
// the backend's.
Result<std::vector<ParityResult>> check_parity(Backend& backend, std::uint64_t first_id, const std::shared_ptr<const TextModel>& base, const ParityState& trained,
                                               std::span<const std::vector<std::int32_t>> prompts, std::span<const ParityExport> exports,
                                               const CancelToken& cancel = {});

// The usual exports: an adapter (a PEFT folder, or a GGUF file) read back beside `base`, which was made of `source`, with the
// whole weights of a file (read_overlay) in place where there is one (either path may be empty); a merged model, read back from
// a GGUF file or a folder.
ParityExport adapter_export(std::string name, std::string path, std::shared_ptr<const TextModel> base, std::shared_ptr<const ModelSource> source,
                            std::string whole = {});
ParityExport model_export(std::string name, std::string path);

}  // namespace roundhouse
