// SPDX-License-Identifier: Apache-2.0
#include "engine/train/parity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

#include "engine/base/guarded.h"
#include "engine/io/json.h"
#include "engine/model/adapter_file.h"
#include "engine/model/model_builder.h"
#include "engine/model/weight_overlay.h"
#include "engine/model/weight_update.h"
#include "engine/quant/dequantize.h"
#include "engine/quant/quantize.h"
#include "roundhouse/trace.h"

namespace roundhouse {

namespace {

constexpr const char* operation = "check parity";

constexpr std::size_t rows_together = 512;          // of prompts that run in one batch: 64 MB of logits for a vocabulary of 32,768
constexpr std::size_t kept_logits = std::size_t{1} << 27;  // of what was trained and of the base, each: 512 MB; more is computed again

// Prompts in one batch, each a sequence of its own.
struct Group {
  std::vector<std::int32_t> tokens, positions, sequence, outputs;
  std::vector<BatchSequence> sequences;

  std::size_t rows() const { return tokens.size(); }
  void add(const std::vector<std::int32_t>& prompt) {
    sequences.push_back({static_cast<std::int32_t>(rows()), static_cast<std::int32_t>(prompt.size()), 0, nullptr});
    for (std::size_t i = 0; i < prompt.size(); ++i) {
      outputs.push_back(static_cast<std::int32_t>(rows()));
      tokens.push_back(prompt[i]);
      positions.push_back(static_cast<std::int32_t>(i));
      sequence.push_back(static_cast<std::int32_t>(sequences.size()) - 1);
    }
  }
};

// What one state says to a group.
struct Run {
  std::vector<float> logits;         // [tokens, vocabulary]
  std::vector<std::int32_t> ids;     // [tokens, routed layers, k] ascending; -1: none
  std::vector<float> margins;        // [tokens, routed layers] by which the last expert chosen lies before the first that was not
};

// A state whose weights the backend has, for as long as this lives.
class Prepared {
 public:
  static Result<std::unique_ptr<Prepared>> create(Backend& backend, std::uint64_t id, ParityState state) {
    auto prepared = std::unique_ptr<Prepared>(new Prepared(backend, id, std::move(state)));
    for (const Weight& weight : prepared->state_.model->weights().all()) RH_TRY(backend.prepare(id, weight));
    if (prepared->state_.adapters) {
      for (const Weight& weight : prepared->state_.adapters->weights()) RH_TRY(backend.prepare(id, weight));
    }
    return prepared;
  }
  ~Prepared() { backend_.forget(id_); }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  const TextModel& model() const { return *state_.model; }

  // `given`: ids to use instead of choosing, in the layout of Run::ids; empty: none.
  Result<Run> run(const Group& group, const std::vector<std::int32_t>& given, const CancelToken& cancel) {
    if (cancel.cancelled()) return Error{ErrorCode::cancelled, operation, "prompts", "", "a cancel"};
    const Ops::Mark mark = backend_.mark();
    auto done = guarded(operation, std::to_string(group.rows()) + " tokens", [&]() -> Result<Run> { return forward(group, given); });
    backend_.release(mark);
    return done;
  }

 private:
  Prepared(Backend& backend, std::uint64_t id, ParityState state) : backend_(backend), id_(id), state_(std::move(state)) {}

  Result<Run> forward(const Group& group, const std::vector<std::int32_t>& given) {
    const std::size_t rows = group.rows();
    const std::vector<std::int32_t> adapter(rows, state_.place);
    Batch batch;
    batch.rows = batch.outputs = static_cast<std::int32_t>(rows);
    batch.tokens = group.tokens.data();
    batch.positions = group.positions.data();
    batch.output_rows = group.outputs.data();
    batch.padding_token = model().spec().padding_token;
    batch.sequence = group.sequence.data();
    batch.sequences = group.sequences;
    batch.adapter = state_.adapters ? adapter.data() : nullptr;
    const RoutingLayout layout = model().spec().routing_layout();
    batch.routed_layers = static_cast<std::int32_t>(layout.layers.size());
    const auto layers = layout.layers.size(), k = static_cast<std::size_t>(layout.max_top_k()), experts = static_cast<std::size_t>(layout.max_experts());
    std::vector<std::uint16_t> ids(rows * layers * k, no_expert);
    std::vector<float> scores(rows * layers * experts, -std::numeric_limits<float>::infinity());
    std::vector<TraceRow> trace(rows);
    for (std::size_t r = 0; r < rows; ++r) trace[r] = {ids.data() + r * layers * k, nullptr, scores.data() + r * layers * experts};
    if (layers > 0) {
      batch.trace = trace.data();
      batch.trace_k = static_cast<std::int32_t>(k);
      batch.trace_experts = static_cast<std::int32_t>(experts);
    }
    if (!given.empty()) {
      batch.replay = given.data();
      batch.replay_k = static_cast<std::int32_t>(k);
    }
    Run run;
    const Tensor logits = model().forward(backend_, batch, nullptr, state_.adapters ? &state_.adapters->layers() : nullptr);
    run.logits.resize(rows * static_cast<std::size_t>(model().spec().vocabulary));
    backend_.read(logits, run.logits.data());
    for (std::size_t place = 0; place < rows * layers; ++place) {
      const auto chosen = std::span(ids).subspan(place * k, k);
      run.margins.push_back(margin(chosen, std::span(scores).subspan(place * experts, experts)));
      for (const std::uint16_t id : chosen) run.ids.push_back(id == no_expert ? -1 : id);
      std::sort(run.ids.end() - static_cast<std::ptrdiff_t>(k), run.ids.end(), std::greater<>());  // those that are none last
    }
    return run;
  }

  static float margin(std::span<const std::uint16_t> chosen, std::span<const float> scores) {
    float last = std::numeric_limits<float>::infinity(), next = -std::numeric_limits<float>::infinity();
    for (std::size_t e = 0; e < scores.size(); ++e) {
      if (std::find(chosen.begin(), chosen.end(), e) != chosen.end()) last = std::min(last, scores[e]);
      else next = std::max(next, scores[e]);
    }
    return last - next;
  }

  Backend& backend_;
  const std::uint64_t id_;
  ParityState state_;
};

// Adds one prompt's positions up.
class Distance {
 public:
  void add(const Run& first, const Run& second, std::size_t vocabulary, std::size_t k) {
    for (std::size_t at = 0; at < first.logits.size(); at += vocabulary) {
      row(std::span(first.logits).subspan(at, vocabulary), std::span(second.logits).subspan(at, vocabulary));
    }
    for (std::size_t at = 0; at < first.ids.size(); at += k) {
      ++choices_;
      if (!std::equal(first.ids.begin() + static_cast<std::ptrdiff_t>(at), first.ids.begin() + static_cast<std::ptrdiff_t>(at + k), second.ids.begin() + static_cast<std::ptrdiff_t>(at))) ++changed_;
    }
  }
  std::int64_t positions() const { return positions_; }
  ParityDistance result() const {
    if (positions_ == 0) return {};
    const auto count = static_cast<double>(positions_);
    return {sum_ / count, max_, static_cast<double>(same_) / count, choices_ > 0 ? static_cast<double>(changed_) / static_cast<double>(choices_) : 0.0};
  }

 private:
  struct Summary {
    std::size_t best = 0;
    float highest = 0, second = 0;
    double log_sum = 0;  // ln of the sum of exp(logit - highest)
  };
  static Summary summarise(std::span<const float> logits) {
    Summary s;
    s.best = static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    s.highest = logits[s.best];
    s.second = -std::numeric_limits<float>::infinity();
    double sum = 0.0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (i != s.best) s.second = std::max(s.second, logits[i]);
      sum += std::exp(logits[i] - s.highest);
    }
    s.log_sum = std::log(sum);
    return s;
  }
  void row(std::span<const float> first, std::span<const float> second) {
    const Summary a = summarise(first), b = summarise(second);
    double kl = 0.0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      const double log_p = static_cast<double>(first[i]) - a.highest - a.log_sum;
      const double log_q = static_cast<double>(second[i]) - b.highest - b.log_sum;
      if (log_p > -40.0) kl += static_cast<double>(std::exp(static_cast<float>(log_p))) * (log_p - log_q);
    }
    if (!(kl >= 0.0)) kl = std::isnan(kl) ? std::numeric_limits<double>::infinity() : 0.0;  // rounding goes a little below 0
    sum_ += kl;
    max_ = std::max(max_, kl);
    ++positions_;
    if (a.best == b.best || a.highest - a.second < ParityResult::tie) ++same_;
  }

  double sum_ = 0.0, max_ = 0.0;
  std::int64_t positions_ = 0, same_ = 0, choices_ = 0, changed_ = 0;
};

// Where the routes of two runs of a prompt part: in the lowest layer in which they differ, whose inputs do not differ yet.
enum class Parting : std::uint8_t { nowhere, at_ties, apart };
Parting parting(const Run& first, const Run& second, const BatchSequence& prompt, std::size_t layers, std::size_t k) {
  for (std::size_t layer = 0; layer < layers; ++layer) {
    bool differs = false;
    for (std::int32_t r = 0; r < prompt.rows; ++r) {
      const std::size_t place = static_cast<std::size_t>(prompt.first_row + r) * layers + layer;
      const auto at = static_cast<std::ptrdiff_t>(place * k);
      if (std::equal(first.ids.begin() + at, first.ids.begin() + at + static_cast<std::ptrdiff_t>(k), second.ids.begin() + at)) continue;
      if (!(first.margins[place] < ParityResult::tie)) return Parting::apart;
      differs = true;
    }
    if (differs) return Parting::at_ties;
  }
  return Parting::nowhere;
}

bool is_matrix(const std::string& weight) { return weight == "embedding" || weight == "output" || adaptable_name(weight); }

ParityKind kind_of(const ParityState& state) {
  if (state.adapters) return ParityKind::adapter;
  for (const Weight& weight : state.model->weights().all()) {
    if (is_matrix(weight.name) && weight.type != DType::f32) return ParityKind::rounded;
  }
  return ParityKind::exact;
}

Status check_shapes(const TextModel& base, const TextModel& other, const std::string& name) {
  const auto refuse = [&](const std::string& what, std::string expected, std::string received) {
    return Error{ErrorCode::invalid_argument, operation, what + " of " + name, std::move(expected), std::move(received)};
  };
  if (other.spec().vocabulary != base.spec().vocabulary) return refuse("vocabulary", std::to_string(base.spec().vocabulary), std::to_string(other.spec().vocabulary));
  for (const Weight& weight : base.weights().all()) {
    const WeightRef twin = other.weights().find(weight.name);
    const std::string shape = shape_text({weight.experts, weight.rows, weight.cols});
    if (!twin) return refuse(weight.name, shape, "none");
    if (twin->experts != weight.experts || twin->rows != weight.rows || twin->cols != weight.cols) return refuse(weight.name, shape, shape_text({twin->experts, twin->rows, twin->cols}));
  }
  return Ok{};
}

// The base with its matrices rounded to the types that `like` has them in; those of the same type are shared. Null: no type differs.
Result<std::shared_ptr<const TextModel>> rounded_like(const std::shared_ptr<const TextModel>& base, const TextModel& like, const CancelToken& cancel) {
  Weights weights;
  weights.keep(base);
  bool differs = false;
  std::vector<float> values;
  for (Weight weight : base->weights().all()) {
    const DType type = like.weights().find(weight.name)->type;
    if (is_matrix(weight.name) && type != weight.type) {
      if (cancel.cancelled()) return Error{ErrorCode::cancelled, operation, "base", "", "a cancel"};
      differs = true;
      const std::int64_t rows = weight.experts * weight.rows;
      const auto row_bytes = static_cast<std::size_t>(dtype_row_bytes(type, weight.cols).value_or(0));
      auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(rows) * row_bytes);
      values.resize(static_cast<std::size_t>(weight.cols));
      for (std::int64_t r = 0; r < rows; ++r) {
        const auto row = static_cast<std::size_t>(r);
        RH_TRY(dequantize_row(weight.type, weight.data + row * weight.row_bytes(), weight.cols, values.data()));
        RH_TRY(quantize_row(type, values.data(), weight.cols, bytes->data() + row * row_bytes));
      }
      weight.type = type;
      weight.residency = Residency::host;
      weight.data = bytes->data();
      weight.bytes = bytes->size();
      weights.keep(bytes);
    }
    weights.add(std::move(weight));
  }
  if (!differs) return std::shared_ptr<const TextModel>();
  weights.bind(base->spec().layers.size());
  return std::shared_ptr<const TextModel>(std::make_shared<const TextModel>(base->spec(), std::move(weights)));
}

void judge(ParityResult& result) {
  switch (result.kind) {
    case ParityKind::adapter: result.most_kl_mean = result.most_kl_max = 1e-6; break;
    case ParityKind::exact: result.most_kl_mean = result.most_kl_max = 1e-5; break;
    case ParityKind::rounded:
      result.most_kl_mean = 2.0 * result.rounding.kl_mean + 0.02 * result.base_distance.kl_mean + 1e-5;
      result.most_kl_max = std::numeric_limits<double>::infinity();
      result.least_agreement = 1.0 - (2.0 * (1.0 - result.rounding.agreement) + 0.05 * (1.0 - result.base_distance.agreement) + 0.01);
      break;
  }
  const ParityDistance& d = result.distance;
  result.passed = d.kl_mean <= result.most_kl_mean && d.kl_max <= result.most_kl_max && d.agreement >= result.least_agreement;
}

class Gate {
 public:
  Gate(Backend& backend, std::uint64_t first_id, std::shared_ptr<const TextModel> base, std::span<const std::vector<std::int32_t>> prompts, const CancelToken& cancel)
      : backend_(backend), first_id_(first_id), base_model_(std::move(base)), cancel_(cancel),
        vocabulary_(static_cast<std::size_t>(base_model_->spec().vocabulary)), layers_(base_model_->spec().routing_layout().layers.size()),
        k_(std::max<std::size_t>(static_cast<std::size_t>(base_model_->spec().routing_layout().max_top_k()), 1)) {
    std::size_t rows = 0;
    for (const std::vector<std::int32_t>& prompt : prompts) {
      if (groups_.empty() || groups_.back().rows() + prompt.size() > rows_together) groups_.emplace_back();
      groups_.back().add(prompt);
      rows += prompt.size();
    }
    keeps_ = rows * vocabulary_ <= kept_logits;
  }

  Status begin(const ParityState& trained) {
    RH_TRY(check_shapes(*base_model_, *trained.model, "what was trained"));
    RH_ASSIGN(trained_.state, Prepared::create(backend_, first_id_, trained));
    RH_ASSIGN(base_.state, Prepared::create(backend_, first_id_ + 1, {base_model_, nullptr, 0}));
    RH_ASSIGN(base_distance_, distance(trained_, base_));
    return Ok{};
  }

  Result<ParityResult> check(const ParityExport& each) {
    RH_ASSIGN(ParityState state, each.open());
    RH_TRY(check_shapes(*base_model_, *state.model, each.name));
    ParityResult result;
    result.name = each.name;
    result.kind = each.kind.value_or(kind_of(state));
    result.base_distance = base_distance_;
    if (result.kind == ParityKind::rounded) {
      RH_ASSIGN(const auto rounded, rounded_like(base_model_, *state.model, cancel_));
      if (rounded) {
        Side side;
        RH_ASSIGN(side.state, Prepared::create(backend_, first_id_ + 2, {rounded, nullptr, 0}));
        RH_ASSIGN(result.rounding, distance(base_, side));
      }
    }
    Side exported;
    RH_ASSIGN(exported.state, Prepared::create(backend_, first_id_ + 2, std::move(state)));
    Distance sum;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      RH_ASSIGN(const auto wanted, run(trained_, g));
      RH_ASSIGN(auto found, run(exported, g));
      if (result.kind != ParityKind::rounded) {
        const std::vector<std::int32_t> given = tied_routes(groups_[g], *wanted, *found, result.tied_prompts);
        if (!given.empty()) {
          RH_ASSIGN(Run again, exported.state->run(groups_[g], given, cancel_));
          found = std::make_shared<const Run>(std::move(again));
        }
      }
      sum.add(*wanted, *found, vocabulary_, k_);
    }
    result.positions = sum.positions();
    result.distance = sum.result();
    judge(result);
    return result;
  }

 private:
  struct Side {
    std::unique_ptr<Prepared> state;
    std::vector<std::shared_ptr<const Run>> kept;  // by group
  };

  Result<std::shared_ptr<const Run>> run(Side& side, std::size_t group) {
    const bool keeps = keeps_ && (&side == &trained_ || &side == &base_);
    if (keeps && group < side.kept.size()) return side.kept[group];
    RH_ASSIGN(Run fresh, side.state->run(groups_[group], {}, cancel_));
    auto made = std::make_shared<const Run>(std::move(fresh));
    if (keeps) side.kept.push_back(made);  // groups come in their order
    return made;
  }

  Result<ParityDistance> distance(Side& from, Side& to) {
    Distance sum;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      RH_ASSIGN(const auto first, run(from, g));
      RH_ASSIGN(const auto second, run(to, g));
      sum.add(*first, *second, vocabulary_, k_);
    }
    return sum.result();
  }

  // The trained run's ids for the prompts that part from it at ties; those of the other prompts choose. Empty: there is none.
  std::vector<std::int32_t> tied_routes(const Group& group, const Run& wanted, const Run& found, std::int64_t& tied_prompts) const {
    std::vector<std::int32_t> given(wanted.ids.size(), Batch::replay_choose);
    bool any = false;
    for (const BatchSequence& prompt : group.sequences) {
      if (parting(wanted, found, prompt, layers_, k_) != Parting::at_ties) continue;
      const auto first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(prompt.first_row) * layers_ * k_);
      std::copy_n(wanted.ids.begin() + first, static_cast<std::size_t>(prompt.rows) * layers_ * k_, given.begin() + first);
      ++tied_prompts;
      any = true;
    }
    return any ? given : std::vector<std::int32_t>();
  }

  Backend& backend_;
  const std::uint64_t first_id_;
  const std::shared_ptr<const TextModel> base_model_;
  const CancelToken cancel_;
  const std::size_t vocabulary_, layers_, k_;
  std::vector<Group> groups_;
  bool keeps_ = false;
  Side trained_, base_;
  ParityDistance base_distance_;
};

Json distance_json(const ParityDistance& d) {
  return {{"kl_mean", d.kl_mean}, {"kl_max", d.kl_max}, {"agreement", d.agreement}, {"changed_routes", d.changed_routes}};
}

}  // namespace

std::string_view parity_kind_name(ParityKind kind) {
  switch (kind) {
    case ParityKind::adapter: return "adapter";
    case ParityKind::exact: return "exact";
    case ParityKind::rounded: return "rounded";
  }
  return "rounded";
}

std::string parity_json(const ParityResult& r) {
  Json json = distance_json(r.distance);
  json["name"] = r.name;
  json["kind"] = std::string(parity_kind_name(r.kind));
  json["positions"] = r.positions;
  json["tied_prompts"] = r.tied_prompts;
  json["base"] = distance_json(r.base_distance);
  json["bounds"] = {{"kl_mean", r.most_kl_mean}, {"agreement", r.least_agreement}};
  if (r.kind == ParityKind::rounded) json["rounding"] = distance_json(r.rounding);
  else json["bounds"]["kl_max"] = r.most_kl_max;
  json["passed"] = r.passed;
  return dump_json(json);
}

Result<std::vector<ParityResult>> check_parity(Backend& backend, std::uint64_t first_id, const std::shared_ptr<const TextModel>& base, const ParityState& trained,
                                               std::span<const std::vector<std::int32_t>> prompts, std::span<const ParityExport> exports,
                                               const CancelToken& cancel) {
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto refuse = [&](std::string expected, std::string received) {
      return Error{ErrorCode::invalid_argument, operation, "prompt " + std::to_string(i), std::move(expected), std::move(received)};
    };
    const ModelSpec& spec = base->spec();
    if (prompts[i].empty() || prompts[i].size() > static_cast<std::size_t>(spec.context_tokens)) {
      return refuse("1 to " + std::to_string(spec.context_tokens) + " tokens", std::to_string(prompts[i].size()));
    }
    for (const std::int32_t token : prompts[i]) {
      if (token < 0 || token >= spec.vocabulary) return refuse("tokens from 0 to " + std::to_string(spec.vocabulary - 1), std::to_string(token));
    }
  }
  if (prompts.empty()) return Error{ErrorCode::invalid_argument, operation, "prompts", "one at least", "none"};
  Gate gate(backend, first_id, base, prompts, cancel);
  RH_TRY(gate.begin(trained));
  std::vector<ParityResult> results;
  for (const ParityExport& each : exports) {
    RH_ASSIGN(ParityResult result, gate.check(each));
    results.push_back(std::move(result));
  }
  return results;
}

ParityExport adapter_export(std::string name, std::string path, std::shared_ptr<const TextModel> base, std::shared_ptr<const ModelSource> source,
                            std::string whole) {
  const auto open = [path = std::move(path), whole = std::move(whole), base = std::move(base), source = std::move(source)]() -> Result<ParityState> {
    ParityState state{base, nullptr, 0};
    if (!whole.empty()) {
      RH_ASSIGN(const WeightOverlay overlay, read_overlay(whole, *base));
      RH_ASSIGN(state.model, update_weights(base, overlay_updates(*base, overlay)));
    }
    if (path.empty()) return state;
    RH_ASSIGN(const LoraAdapter adapter, read_adapter(path, *base, *source));
    RH_ASSIGN(AdapterStack stack, AdapterStack::create(*state.model, std::span(&adapter, 1)));
    state.adapters = std::make_shared<const AdapterStack>(std::move(stack));
    return state;
  };
  return {std::move(name), open, ParityKind::adapter};
}

ParityExport model_export(std::string name, std::string path) {
  return {std::move(name), [path = std::move(path)]() -> Result<ParityState> {
            RH_ASSIGN(const auto source, open_model_source(path));
            RH_ASSIGN(BuiltModel built, build_model(source));
            return ParityState{std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights)), nullptr, 0};
          }, {}};
}

}  // namespace roundhouse
