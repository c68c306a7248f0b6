// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "engine/ops/router.h"
#include "roundhouse/trace.h"

using namespace roundhouse;

namespace {

constexpr RouterScore score_kinds[] = {RouterScore::softmax, RouterScore::sigmoid, RouterScore::softmax_after_top_k,
                                       RouterScore::sigmoid_after_top_k, RouterScore::sqrt_softplus};
constexpr float infinity = std::numeric_limits<float>::infinity();

// A batch with its edits, and what came out of one layer of it.
struct Case {
  RouterSpec spec;
  std::int32_t rows = 0, layers = 3, layer = 1;
  std::vector<float> logits, bias;
  bool use_bias = false;
  // Two edit tables over all layers.
  std::vector<float> boost[2];
  std::vector<std::uint8_t> flags[2];
  std::vector<std::int32_t> top_k[2], edit, replay;
  std::int32_t replay_k = 0;
  std::vector<EditTable> tables;
  std::int32_t trace_k = 0;
  std::vector<std::vector<std::uint16_t>> trace_ids;
  std::vector<std::vector<float>> trace_weights, trace_scores;
  std::vector<TraceRow> trace;

  Batch batch() {
    Batch b;
    b.rows = rows;
    b.routed_layers = layers;
    b.edit_experts = spec.experts;
    if (!edit.empty()) {
      tables.clear();
      for (int t = 0; t < 2; ++t) tables.push_back({boost[t].data(), flags[t].data(), top_k[t].data()});
      b.edit = edit.data();
      b.edits = tables;
    }
    if (!replay.empty()) {
      b.replay = replay.data();
      b.replay_k = replay_k;
    }
    if (!trace.empty()) {
      b.trace = trace.data();
      b.trace_k = trace_k;
      b.trace_experts = spec.experts;
    }
    return b;
  }
  void record(std::int32_t k) {
    trace_k = k;
    trace_ids.assign(static_cast<std::size_t>(rows), std::vector<std::uint16_t>(static_cast<std::size_t>(layers * k), 7777));
    trace_weights.assign(static_cast<std::size_t>(rows), std::vector<float>(static_cast<std::size_t>(layers * k), -9));
    trace_scores.assign(static_cast<std::size_t>(rows), std::vector<float>(static_cast<std::size_t>(layers * spec.experts), -9));
    trace.clear();
    for (std::size_t r = 0; r < trace_ids.size(); ++r) {
      trace.push_back({trace_ids[r].data(), trace_weights[r].data(), trace_scores[r].data()});
    }
  }
};

struct Routed {
  std::int32_t places = 0;
  std::vector<std::int32_t> ids;
  std::vector<float> weights;
  std::vector<std::int32_t> row_ids(std::int32_t row) const { return {ids.begin() + row * places, ids.begin() + (row + 1) * places}; }
  std::vector<float> row_weights(std::int32_t row) const {
    return {weights.begin() + row * places, weights.begin() + (row + 1) * places};
  }
};

Routed run(Case& c) {
  const Batch batch = c.batch();
  Routed out;
  out.places = batch.top_k(c.layer, c.spec.top_k);
  out.ids.assign(static_cast<std::size_t>(c.rows * out.places), 12345);
  out.weights.assign(static_cast<std::size_t>(c.rows * out.places), -1);
  std::vector<float> scratch(static_cast<std::size_t>(router_scratch_floats(c.spec)));
  route_rows(c.spec, c.logits.data(), c.use_bias ? c.bias.data() : nullptr, batch, c.layer, 0, c.rows, out.places, out.ids.data(),
             out.weights.data(), scratch.data());
  return out;
}

Case random_case(std::mt19937& random, bool with_edits) {
  const auto below = [&](int n) { return static_cast<std::int32_t>(random() % static_cast<unsigned>(n)); };
  std::normal_distribution<float> normal;
  Case c;
  c.spec.score = score_kinds[below(5)];
  const std::int32_t groups = std::int32_t{1} << below(4);
  c.spec.experts = groups * (1 + below(12));
  c.spec.group_score = static_cast<GroupScore>(below(3));
  c.spec.groups = groups;
  c.spec.groups_used = 1 + below(groups);
  c.spec.top_k = 1 + below(std::min(c.spec.experts, 10));
  c.spec.normalise = below(2);
  c.spec.normalise_epsilon = below(2) ? 1e-20f : 0.0f;
  c.spec.scale = below(2) ? 1.0f : 2.5f;
  c.rows = 1 + below(6);
  c.logits.resize(static_cast<std::size_t>(c.rows * c.spec.experts));
  for (float& x : c.logits) x = 2 * normal(random);
  c.use_bias = below(2);
  c.bias.resize(static_cast<std::size_t>(c.spec.experts));
  for (float& x : c.bias) x = 0.3f * normal(random);
  const auto cells = static_cast<std::size_t>(c.layers * c.spec.experts);
  for (int t = 0; t < 2; ++t) {
    c.boost[t].assign(cells, 0.0f);
    c.flags[t].assign(cells, EditTable::none);
    c.top_k[t].assign(static_cast<std::size_t>(c.layers), 0);
    for (std::size_t i = 0; i < cells; ++i) {
      if (below(5) == 0) c.boost[t][i] = 3 * normal(random);
      if (below(6) == 0) c.flags[t][i] = EditTable::disable;
      if (below(12) == 0) c.flags[t][i] = EditTable::force;
    }
    for (std::int32_t& k : c.top_k[t]) k = below(3) == 0 ? 1 + below(c.spec.experts) : 0;
  }
  if (with_edits) {
    for (std::int32_t r = 0; r < c.rows; ++r) c.edit.push_back(below(3) - 1);
  }
  return c;
}

// What RouterSpec's stages say, in double, by sorting: written without a look at router.cpp. Empty ids: a near tie, the
// float arithmetic may choose otherwise.
struct Expected {
  std::vector<std::int32_t> ids;
  std::vector<double> weights;
  bool near_tie = false;
};

Expected expected_row(const Case& c, std::int32_t row) {
  const RouterSpec& s = c.spec;
  const auto n = static_cast<std::size_t>(s.experts);
  const std::int32_t table = c.edit.empty() ? -1 : c.edit[static_cast<std::size_t>(row)];
  const auto flag = [&](std::size_t e) {
    return table < 0 ? std::uint8_t{EditTable::none} : c.flags[table][static_cast<std::size_t>(c.layer) * n + e];
  };
  std::vector<double> logit(n), score(n), select(n);
  for (std::size_t e = 0; e < n; ++e) {
    logit[e] = c.logits[static_cast<std::size_t>(row) * n + e];
    if (table >= 0) logit[e] += c.boost[table][static_cast<std::size_t>(c.layer) * n + e];
  }
  double total = 0;
  for (const double x : logit) total += std::exp(x);
  for (std::size_t e = 0; e < n; ++e) {
    switch (s.score) {
      case RouterScore::softmax: score[e] = std::exp(logit[e]) / total; break;
      case RouterScore::sigmoid: score[e] = 1 / (1 + std::exp(-logit[e])); break;
      case RouterScore::sqrt_softplus: score[e] = std::sqrt(std::log1p(std::exp(logit[e]))); break;
      default: score[e] = logit[e];
    }
    select[e] = score[e] + (c.use_bias ? static_cast<double>(c.bias[e]) : 0.0);
  }
  std::vector<bool> allowed(n);
  for (std::size_t e = 0; e < n; ++e) allowed[e] = flag(e) != EditTable::disable;

  Expected out;
  const auto near = [&](double a, double b) { if (a != b && std::abs(a - b) < 1e-5) out.near_tie = true; };
  if (s.group_score != GroupScore::none && s.groups_used < s.groups) {
    const std::size_t size = n / static_cast<std::size_t>(s.groups);
    std::vector<std::pair<double, std::size_t>> groups;
    for (std::size_t g = 0; g < static_cast<std::size_t>(s.groups); ++g) {
      std::vector<double> of_group;
      for (std::size_t e = g * size; e < (g + 1) * size; ++e) if (allowed[e]) of_group.push_back(select[e]);
      std::sort(of_group.rbegin(), of_group.rend());
      if (of_group.empty()) continue;
      double value = of_group[0];
      if (s.group_score == GroupScore::top2_sum && of_group.size() > 1) value += of_group[1];
      groups.emplace_back(-value, g);
    }
    std::sort(groups.begin(), groups.end());
    const auto used = std::min(groups.size(), static_cast<std::size_t>(s.groups_used));
    for (std::size_t i = 0; i + 1 < groups.size(); ++i) near(groups[i].first, groups[i + 1].first);
    std::set<std::size_t> kept;
    for (std::size_t i = 0; i < used; ++i) kept.insert(groups[i].second);
    for (std::size_t e = 0; e < n; ++e) {
      if (kept.count(e / size) || flag(e) != EditTable::none) continue;
      allowed[e] = false;
    }
  }
  std::vector<std::int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  const auto at = [](std::int32_t e) { return static_cast<std::size_t>(e); };
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return select[at(a)] > select[at(b)]; });
  for (std::size_t i = 0; i + 1 < n; ++i) near(select[at(order[i])], select[at(order[i + 1])]);
  std::size_t k = static_cast<std::size_t>(s.top_k);
  if (table >= 0 && c.top_k[table][static_cast<std::size_t>(c.layer)] > 0) {
    k = static_cast<std::size_t>(c.top_k[table][static_cast<std::size_t>(c.layer)]);
  }
  for (const std::int32_t e : order) if (flag(at(e)) == EditTable::force && out.ids.size() < k) out.ids.push_back(e);
  for (const std::int32_t e : order) {
    if (flag(at(e)) == EditTable::none && allowed[at(e)] && out.ids.size() < k) out.ids.push_back(e);
  }
  std::stable_sort(out.ids.begin(), out.ids.end(), [&](std::int32_t a, std::int32_t b) {
    return select[at(a)] != select[at(b)] ? select[at(a)] > select[at(b)] : a < b;
  });
  double sum = 0;
  for (const std::int32_t e : out.ids) {
    double w = score[at(e)];
    if (s.score == RouterScore::softmax_after_top_k) w = std::exp(w);
    if (s.score == RouterScore::sigmoid_after_top_k) w = 1 / (1 + std::exp(-w));
    out.weights.push_back(w);
    sum += w;
  }
  const bool divide = s.normalise || s.score == RouterScore::softmax_after_top_k;
  for (double& w : out.weights) w = s.scale * (divide ? w / sum : w);
  return out;
}

}  // namespace

class TestRouter : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void followsTheStages() {
    std::mt19937 random(11);
    int compared = 0;
    for (int i = 0; i < 4000; ++i) {
      Case c = random_case(random, i % 2);
      const Routed out = run(c);
      for (std::int32_t row = 0; row < c.rows; ++row) {
        const Expected want = expected_row(c, row);
        if (want.near_tie) continue;
        ++compared;
        std::vector<std::int32_t> ids = want.ids;
        ids.resize(static_cast<std::size_t>(out.places), -1);
        QCOMPARE(out.row_ids(row), ids);
        const std::vector<float> weights = out.row_weights(row);
        for (std::size_t j = 0; j < weights.size(); ++j) {
          const double w = j < want.weights.size() ? want.weights[j] : 0.0;
          QVERIFY2(std::abs(weights[j] - w) <= 2e-6 * std::max(1.0, std::abs(w)), qPrintable(QString::number(weights[j] - w)));
        }
      }
    }
    QVERIFY(compared > 10000);
  }

  void disabledExpertsGetNothingAndForcedOnesAreAlwaysThere() {
    std::mt19937 random(12);
    for (int i = 0; i < 3000; ++i) {
      Case c = random_case(random, true);
      const Routed out = run(c);
      for (std::int32_t row = 0; row < c.rows; ++row) {
        const std::int32_t table = c.edit[static_cast<std::size_t>(row)];
        if (table < 0) continue;
        const std::uint8_t* flags = c.flags[table].data() + c.layer * c.spec.experts;
        const std::vector<std::int32_t> ids = out.row_ids(row);
        const auto forced = std::count(flags, flags + c.spec.experts, EditTable::force);
        const std::int32_t k = c.batch().row_top_k(row, c.layer, c.spec.top_k);
        std::int32_t forced_found = 0;
        std::set<std::int32_t> distinct;
        bool unused = false;
        for (const std::int32_t id : ids) {
          QVERIFY(id >= -1 && id < c.spec.experts);
          if (id < 0) { unused = true; continue; }
          QVERIFY(!unused);  // unused places come last
          QVERIFY(distinct.insert(id).second);
          QVERIFY(flags[id] != EditTable::disable);
          forced_found += flags[id] == EditTable::force;
        }
        QCOMPARE(forced_found, std::min<std::int32_t>(static_cast<std::int32_t>(forced), k));
        QVERIFY(static_cast<std::int32_t>(distinct.size()) <= k);
      }
    }
  }

  void normalisedWeightsSumToTheScale() {
    std::mt19937 random(13);
    for (int i = 0; i < 3000; ++i) {
      Case c = random_case(random, i % 2);
      c.spec.normalise = true;
      const Routed out = run(c);
      for (std::int32_t row = 0; row < c.rows; ++row) {
        if (out.places == 0 || out.row_ids(row)[0] < 0) continue;
        double sum = 0;
        for (const float w : out.row_weights(row)) sum += w;
        QVERIFY(std::abs(sum - static_cast<double>(c.spec.scale)) < 3e-6);
      }
    }
  }

  void replayedIdsReproduceTheWeights() {
    std::mt19937 random(14);
    for (int i = 0; i < 1500; ++i) {
      Case c = random_case(random, i % 2);
      const Routed first = run(c);
      c.replay_k = first.places;
      c.replay.assign(static_cast<std::size_t>(c.rows * c.layers * first.places), -1);
      for (std::int32_t row = 0; row < c.rows; ++row) {
        std::vector<std::int32_t> ids = first.row_ids(row);
        std::copy(ids.begin(), ids.end(), c.replay.begin() + (row * c.layers + c.layer) * first.places);
      }
      const Routed again = run(c);
      QCOMPARE(again.places, first.places);
      QCOMPARE(again.ids, first.ids);
      QCOMPARE(again.weights, first.weights);
    }
  }

  void givenIdsThatAreNoExpertsAreUnusedPlaces() {
    std::mt19937 random(15);
    Case c = random_case(random, false);
    c.rows = 1;
    c.replay_k = 4;
    c.replay.assign(static_cast<std::size_t>(c.layers * 4), 0);
    const std::vector<std::int32_t> given = {-7, c.spec.experts, 0, std::numeric_limits<std::int32_t>::max()};
    std::copy(given.begin(), given.end(), c.replay.begin() + c.layer * 4);
    const Routed out = run(c);
    QCOMPARE(out.row_ids(0), (std::vector<std::int32_t>{0, -1, -1, -1}));
    QCOMPARE(out.weights[1], 0.0f);
    // replay_choose says something in the first place only; an expert is there once.
    for (const std::vector<std::int32_t>& ids : {std::vector<std::int32_t>{-1, Batch::replay_choose, 0, -1}, {0, 0, -1, 0}}) {
      std::copy(ids.begin(), ids.end(), c.replay.begin() + c.layer * 4);
      QCOMPARE(run(c).row_ids(0), (std::vector<std::int32_t>{0, -1, -1, -1}));
    }
  }

  // Some rows are given ids in some layers, the others choose, with their own top-k and edits: each routes as if it were
  // alone, and one that chooses as if nothing were given to anybody.
  void givenAndChosenRowsShareABatch() {
    std::mt19937 random(20);
    const auto below = [&](std::int32_t n) { return static_cast<std::int32_t>(random() % static_cast<unsigned>(n)); };
    int given_rows = 0, chosen_rows = 0, wider_than_given = 0, wider_than_chosen = 0;
    for (int i = 0; i < 1500; ++i) {
      Case c = random_case(random, i % 2);
      c.replay_k = 1 + below(8);
      for (std::int32_t cell = 0; cell < c.rows * c.layers; ++cell) {
        const bool choose = below(2);
        for (std::int32_t j = 0; j < c.replay_k; ++j) c.replay.push_back(choose && j == 0 ? Batch::replay_choose : below(c.spec.experts + 1) - 1);
      }
      c.record(9);
      const Routed all = run(c);
      std::vector<float> dweights(all.weights.size()), dlogits(c.logits.size(), 99.0f);
      for (float& x : dweights) x = static_cast<float>(below(100)) - 50;
      std::vector<float> scratch(static_cast<std::size_t>(router_scratch_floats(c.spec)));
      route_rows_backward(c.spec, dweights.data(), c.logits.data(), all.ids.data(), c.batch(), c.layer, 0, c.rows, all.places,
                          dlogits.data(), scratch.data());
      std::int32_t most = 0;
      for (std::int32_t row = 0; row < c.rows; ++row) {
        const std::int32_t* const given = c.replay.data() + (row * c.layers + c.layer) * c.replay_k;
        const bool chooses = given[0] == Batch::replay_choose;
        QCOMPARE(c.batch().given_ids(row, c.layer) == nullptr, chooses);
        Case one = c;
        one.rows = 1;
        one.logits.assign(c.logits.begin() + row * c.spec.experts, c.logits.begin() + (row + 1) * c.spec.experts);
        if (!c.edit.empty()) one.edit = {c.edit[static_cast<std::size_t>(row)]};
        one.replay.assign(given - c.layer * c.replay_k, given + (c.layers - c.layer) * c.replay_k);
        if (chooses && below(2)) one.replay.clear();
        one.record(9);
        const Routed alone = run(one);
        std::vector<std::int32_t> ids = alone.row_ids(0);
        std::vector<float> weights = alone.row_weights(0);
        if (!chooses) {
          QCOMPARE(alone.places, c.replay_k);
          std::set<std::int32_t> want(given, given + c.replay_k);
          want.erase(-1);
          QVERIFY(std::all_of(ids.begin() + static_cast<std::ptrdiff_t>(want.size()), ids.end(), [](std::int32_t id) { return id == -1; }));
          ids.resize(want.size());
          QVERIFY(std::set<std::int32_t>(ids.begin(), ids.end()) == want);
        }
        std::vector<float> one_dlogits(one.logits.size(), -99.0f);
        route_rows_backward(one.spec, dweights.data() + row * all.places, one.logits.data(), alone.ids.data(), one.batch(),
                            one.layer, 0, 1, alone.places, one_dlogits.data(), scratch.data());
        QVERIFY(std::equal(one_dlogits.begin(), one_dlogits.end(), dlogits.begin() + row * c.spec.experts));
        ids.resize(static_cast<std::size_t>(all.places), -1);
        weights.resize(static_cast<std::size_t>(all.places), 0.0f);
        QCOMPARE(all.row_ids(row), ids);
        QCOMPARE(all.row_weights(row), weights);
        const auto r = static_cast<std::size_t>(row);
        QCOMPARE(c.trace_ids[r], one.trace_ids[0]);
        QCOMPARE(c.trace_weights[r], one.trace_weights[0]);
        QCOMPARE(c.trace_scores[r], one.trace_scores[0]);
        most = std::max(most, alone.places);
        (chooses ? chosen_rows : given_rows) += 1;
        (chooses ? wider_than_chosen : wider_than_given) += alone.places < all.places;
      }
      QCOMPARE(all.places, most);
    }
    for (const int seen : {given_rows, chosen_rows, wider_than_given, wider_than_chosen}) QVERIFY(seen > 300);
  }

  void rowsAreIndependent() {
    std::mt19937 random(16);
    for (int i = 0; i < 1000; ++i) {
      Case c = random_case(random, i % 2);
      const Routed all = run(c);
      for (std::int32_t row = 0; row < c.rows; ++row) {
        Case one = c;
        one.rows = 1;
        one.logits.assign(c.logits.begin() + row * c.spec.experts, c.logits.begin() + (row + 1) * c.spec.experts);
        if (!c.edit.empty()) one.edit = {c.edit[static_cast<std::size_t>(row)]};
        const Routed alone = run(one);
        QVERIFY(alone.places <= all.places);
        std::vector<std::int32_t> ids = alone.row_ids(0);
        std::vector<float> weights = alone.row_weights(0);
        ids.resize(static_cast<std::size_t>(all.places), -1);
        weights.resize(static_cast<std::size_t>(all.places), 0.0f);
        QCOMPARE(all.row_ids(row), ids);
        QCOMPARE(all.row_weights(row), weights);
      }
    }
  }

  void tracesWhatItDid() {
    std::mt19937 random(17);
    for (int i = 0; i < 1000; ++i) {
      Case c = random_case(random, i % 2);
      const Routed plain = run(c);
      const std::int32_t k = 1 + static_cast<std::int32_t>(random() % 6);
      c.record(k);
      const Routed out = run(c);
      QCOMPARE(out.ids, plain.ids);
      QCOMPARE(out.weights, plain.weights);
      for (std::int32_t row = 0; row < c.rows; ++row) {
        const auto r = static_cast<std::size_t>(row);
        for (std::int32_t layer = 0; layer < c.layers; ++layer) {
          for (std::int32_t j = 0; j < k; ++j) {
            const auto at = static_cast<std::size_t>(layer * k + j);
            if (layer != c.layer) {
              QCOMPARE(c.trace_ids[r][at], std::uint16_t{7777});
              continue;
            }
            const std::int32_t id = j < out.places ? out.row_ids(row)[static_cast<std::size_t>(j)] : -1;
            QCOMPARE(c.trace_ids[r][at], id < 0 ? no_expert : static_cast<std::uint16_t>(id));
            QCOMPARE(c.trace_weights[r][at], id < 0 ? 0.0f : out.row_weights(row)[static_cast<std::size_t>(j)]);
          }
          const float* scores = c.trace_scores[r].data() + layer * c.spec.experts;
          if (layer != c.layer) {
            QCOMPARE(*std::max_element(scores, scores + c.spec.experts), -9.0f);
            continue;
          }
          // Descending by the recorded scores, lower ids first, and nobody better left out (no forced expert allows it).
          const std::vector<std::int32_t> ids = out.row_ids(row);
          for (std::size_t j = 1; j < ids.size() && ids[j] >= 0; ++j) {
            QVERIFY(scores[ids[j - 1]] > scores[ids[j]] || (scores[ids[j - 1]] == scores[ids[j]] && ids[j - 1] < ids[j]));
          }
          const std::int32_t table = c.edit.empty() ? -1 : c.edit[r];
          if (table >= 0) {
            for (std::int32_t e = 0; e < c.spec.experts; ++e) {
              if (c.flags[table][static_cast<std::size_t>(layer * c.spec.experts + e)] == EditTable::disable) {
                QCOMPARE(scores[e], -infinity);
              }
            }
          } else if (out.places > 0 && ids.back() >= 0) {
            for (std::int32_t e = 0; e < c.spec.experts; ++e) {
              if (std::find(ids.begin(), ids.end(), e) == ids.end()) QVERIFY(scores[e] <= scores[ids.back()]);
            }
          }
        }
      }
    }
  }

  // torch: sigmoid scores, bias for the choice only, weights / (sum + 1e-20) * scale.
  void selectionBiasChangesTheChoiceOnly() {
    Case c;
    c.spec = {.score = RouterScore::sigmoid, .experts = 4, .top_k = 2, .normalise = true, .normalise_epsilon = 1e-20f, .scale = 4.0f};
    c.rows = 1;
    c.logits = {2.0f, 1.0f, 0.0f, -1.0f};
    c.bias = {0.0f, 0.0f, 0.0f, 1.0f};
    c.use_bias = true;
    const Routed out = run(c);
    QCOMPARE(out.ids, (std::vector<std::int32_t>{3, 0}));
    const double a = 1 / (1 + std::exp(1.0)), b = 1 / (1 + std::exp(-2.0));
    QVERIFY(std::abs(out.weights[0] - 4 * a / (a + b)) < 1e-6);
    QVERIFY(std::abs(out.weights[1] - 4 * b / (a + b)) < 1e-6);
  }

  // However low the scores of a kept group are: a mask of 0 would beat a negative one.
  void noExpertOfADroppedGroupIsChosen() {
    Case c;
    c.spec = {.score = RouterScore::sigmoid, .experts = 4, .top_k = 2, .group_score = GroupScore::top2_sum, .groups = 2, .groups_used = 1};
    c.rows = 1;
    c.logits = {0.0f, 0.0f, 0.0f, 0.0f};
    c.bias = {2.0f, -1.0f, 0.1f, 0.1f};  // selection 2.5, -0.5 | 0.6, 0.6
    c.use_bias = true;
    QCOMPARE(run(c).ids, (std::vector<std::int32_t>{0, 1}));
  }

  void equalScoresGoToTheLowerId() {
    Case c;
    c.spec = {.score = RouterScore::softmax, .experts = 8, .top_k = 3};
    c.rows = 1;
    c.logits.assign(8, 0.5f);
    QCOMPARE(run(c).ids, (std::vector<std::int32_t>{0, 1, 2}));
    c.logits[6] = 0.6f;
    QCOMPARE(run(c).ids, (std::vector<std::int32_t>{6, 0, 1}));
  }

  void brokenLogitsStayInBounds() {
    std::mt19937 random(18);
    for (int i = 0; i < 2000; ++i) {
      Case c = random_case(random, i % 2);
      for (float& x : c.logits) {
        const unsigned what = random() % 6;
        if (what == 0) x = std::numeric_limits<float>::quiet_NaN();
        if (what == 1) x = infinity;
        if (what == 2) x = -infinity;
      }
      const Routed out = run(c);
      for (std::int32_t row = 0; row < c.rows; ++row) {
        std::set<std::int32_t> distinct;
        for (const std::int32_t id : out.row_ids(row)) {
          QVERIFY(id >= -1 && id < c.spec.experts);
          if (id >= 0) QVERIFY(distinct.insert(id).second);
        }
      }
    }
  }

  // Against central differences (Richardson) of the forward pass, ids held fixed by replay.
  void backwardAgreesWithDifferences() {
    std::mt19937 random(19);
    std::normal_distribution<float> normal;
    for (int i = 0; i < 600; ++i) {
      Case c = random_case(random, i % 3 == 0);
      const Routed base = run(c);
      c.replay_k = base.places;
      c.replay.assign(static_cast<std::size_t>(c.rows * c.layers * base.places), -1);
      for (std::int32_t row = 0; row < c.rows; ++row) {
        std::copy_n(base.ids.begin() + row * base.places, base.places, c.replay.begin() + (row * c.layers + c.layer) * base.places);
      }
      const Batch batch = c.batch();
      std::vector<float> dweights(base.weights.size()), dlogits(c.logits.size(), 99.0f);
      for (float& x : dweights) x = normal(random);
      std::vector<float> scratch(static_cast<std::size_t>(router_scratch_floats(c.spec)));
      route_rows_backward(c.spec, dweights.data(), c.logits.data(), base.ids.data(), batch, c.layer, 0, c.rows, base.places,
                          dlogits.data(), scratch.data());
      const auto loss = [&](const std::vector<float>& logits) {
        Case moved = c;
        moved.logits = logits;
        const Routed out = run(moved);
        // A place follows its expert, wherever sorting puts it.
        double sum = 0;
        for (std::int32_t row = 0; row < c.rows; ++row) {
          for (std::int32_t j = 0; j < base.places; ++j) {
            const std::int32_t id = base.ids[static_cast<std::size_t>(row * base.places + j)];
            if (id < 0) continue;
            const std::vector<std::int32_t> ids = out.row_ids(row);
            const auto at = std::find(ids.begin(), ids.end(), id) - ids.begin();
            sum += static_cast<double>(dweights[static_cast<std::size_t>(row * base.places + j)]) *
                   out.row_weights(row)[static_cast<std::size_t>(at)];
          }
        }
        return sum;
      };
      std::vector<float> direction(c.logits.size());
      for (float& x : direction) x = normal(random);
      const auto slope = [&](float h) {
        std::vector<float> up = c.logits, down = c.logits;
        for (std::size_t e = 0; e < up.size(); ++e) {
          up[e] += h * direction[e];
          down[e] -= h * direction[e];
        }
        return (loss(up) - loss(down)) / (2 * static_cast<double>(h));
      };
      const double numeric = (4 * slope(0.01f) - slope(0.02f)) / 3;
      double analytic = 0, size = 0;
      for (std::size_t e = 0; e < dlogits.size(); ++e) {
        analytic += static_cast<double>(dlogits[e]) * direction[e];
        size += std::abs(static_cast<double>(dlogits[e]) * direction[e]);
      }
      QVERIFY2(std::abs(analytic - numeric) < 1e-3 * size + 2e-4,
               qPrintable(QString("case %1 kind %2: %3 %4").arg(i).arg(static_cast<int>(c.spec.score)).arg(analytic).arg(numeric)));
    }
  }
};

QTEST_APPLESS_MAIN(TestRouter)
#include "test_router.moc"
