// SPDX-License-Identifier: Apache-2.0
#include "engine/train/expert_choice.h"

#include <QtTest>

#include <numeric>

#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/io/file_fixture.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

// Two samples of 1 and 3 tokens, one routed layer (layer 4) of four experts, two places.
ExpertScores scored() {
  RoutingLayout layout;
  layout.layers.push_back({4, 4, 2, 0, "softmax"});
  ExpertScores scores(layout);
  const std::vector<BatchSequence> sequences{{0, 1, 0, nullptr}, {1, 3, 0, nullptr}, {4, 0, 0, nullptr}};
  Batch batch;
  batch.rows = 4;
  batch.sequences = sequences;
  const std::vector<std::int32_t> ids{2, 0, 2, 1, 2, 1, 1, -1};
  const std::vector<float> weights{0.9f, 0.1f, 0.6f, 0.4f, 0.6f, 0.4f, 1.0f, 0.0f};
  scores.add(batch, ids, weights, 2);
  return scores;
}

}  // namespace

class TestExpertChoice : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void scoresAreMeansOverSamplesOfMeansOverTokens() {
    const ExpertScores scores = scored();
    QCOMPARE(scores.samples(), 2);
    // Weights: sample 1 gives 0.1, 0, 0.9; sample 2 0, 1.8 / 3, 1.2 / 3.
    const std::vector<double> gate{0.05, 0.3, 0.65, 0.0};
    // Shares: sample 1 0.5, 0, 0.5; sample 2 0, 0.5, 1 / 3; the sum is 1.8333.
    const std::vector<double> tokens{0.5, 0.5, 0.5 + 1.0 / 3, 0.0};
    const double sum = std::accumulate(tokens.begin(), tokens.end(), 0.0);
    for (std::size_t e = 0; e < 4; ++e) {
      QVERIFY(std::abs(scores.scores(true)[0][e] - gate[e]) < 1e-7);
      QVERIFY(std::abs(scores.scores(false)[0][e] - tokens[e] / sum) < 1e-7);
    }
  }
  void theBestAreTakenUntilTheThreshold() {
    const ExpertScores scores = scored();
    const auto of = [&](bool gate, double threshold) { return scores.choose(gate, threshold).value().at(4); };
    QCOMPARE(of(true, 0.1), std::vector<std::int32_t>{2});
    QCOMPARE(of(true, 0.649), std::vector<std::int32_t>{2});
    QCOMPARE(of(true, 0.66), (std::vector<std::int32_t>{1, 2}));
    QCOMPARE(of(true, 1.0), (std::vector<std::int32_t>{0, 1, 2}));  // none that no token used
    QCOMPARE(of(false, 0.5), (std::vector<std::int32_t>{0, 2}));    // of equal scores the first
    QVERIFY(!scores.choose(true, 0.0).ok() && !scores.choose(true, 1.1).ok() && !scores.choose(true, std::nan("")).ok());
    QVERIFY(!ExpertScores(RoutingLayout{}).choose(true, 0.5).ok());
  }
  void chosenExpertsAreCopied() {
    const auto model = tiny_model();
    const WeightOverlay overlay = whole_experts(*model, {{1, {5, 2, 5}}, {2, {0}}}).value();
    QCOMPARE(overlay.entries.size(), std::size_t{6});
    QVERIFY(check_overlay(*model, overlay).ok());
    const WeightRef up = model->weights().find("layers.1.experts.up");
    QCOMPARE(overlay.entries[1].weight, up->name);
    QCOMPARE(overlay.entries[1].experts, (std::vector<std::int32_t>{2, 5}));
    const auto* const values = reinterpret_cast<const float*>(up->data);
    const auto size = static_cast<std::size_t>(up->rows * up->cols);
    QVERIFY(std::equal(values + 5 * size, values + 6 * size, overlay.entries[1].values.begin() + static_cast<std::ptrdiff_t>(size)));
    for (const ExpertChoice& wrong : {ExpertChoice{{0, {1}}}, ExpertChoice{{1, {8}}}, ExpertChoice{{1, {-1}}}, ExpertChoice{{1, {}}}, ExpertChoice{}}) {
      QVERIFY(!whole_experts(*model, wrong).ok());
    }
  }
  void routersAreTakenWithOrWithoutBiases() {
    const auto model = tiny_model();
    const auto names = [&](bool matrices, bool biases) {
      std::vector<std::string> found;
      const auto overlay = whole_routers(*model, matrices, biases);
      if (!overlay.ok()) return found;
      for (const auto& entry : overlay->entries) found.push_back(entry.weight);
      return found;
    };
    QCOMPARE(names(true, true), (std::vector<std::string>{"layers.1.router", "layers.1.selection_bias", "layers.2.router", "layers.2.selection_bias"}));
    QCOMPARE(names(false, true), (std::vector<std::string>{"layers.1.selection_bias", "layers.2.selection_bias"}));
    QCOMPARE(names(true, false), (std::vector<std::string>{"layers.1.router", "layers.2.router"}));
    QVERIFY(names(false, false).empty());
  }
  void aChoiceIsWrittenAndReadBack() {
    const test::Folder folder;
    const RoutingLayout layout = tiny_model()->spec().routing_layout();
    const ExpertChoice choice{{1, {0, 7}}, {2, {3}}};
    QVERIFY(write_expert_choice(folder.path("expert_cfg.json"), choice).ok());
    QCOMPARE(read_expert_choice(folder.path("expert_cfg.json"), layout).value(), choice);
    // As the paper's code writes it.
    const auto read = [&](const char* text) { return read_expert_choice(folder.write("other.json", text), layout); };
    QCOMPARE(read(R"({"experts": {"2": [5, 1], "1": []}, "shared_experts": false, "non_expert_modules": false})").value(), (ExpertChoice{{2, {1, 5}}}));
    for (const char* wrong : {R"({"experts": {"0": [1]}})", R"({"experts": {"1": [8]}})", R"({"experts": {"1": [1, 1]}})", R"({"experts": {"1": 3}})", R"({"experts": {"1x": [3]}})",
                              R"({"experts": {"1": [0.5]}})", R"({"experts": {}, "shared_experts": true})", R"({"experts": [], "non_expert_modules": false})", R"([])", "{"}) {
      QVERIFY2(!read(wrong).ok(), wrong);
    }
  }
};

QTEST_GUILESS_MAIN(TestExpertChoice)
#include "test_expert_choice.moc"
