// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/router_loss.h"

#include <QtTest>

#include <cmath>
#include <vector>

#include "engine/ops/tape.h"
#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

namespace {

constexpr RouterScore all_scores[] = {RouterScore::softmax, RouterScore::sigmoid, RouterScore::softmax_after_top_k,
                                      RouterScore::sigmoid_after_top_k, RouterScore::sqrt_softplus};

std::vector<std::int32_t> random_ids(Random& random, std::int32_t rows, std::int32_t k, std::int32_t experts) {
  std::vector<std::int32_t> ids;
  for (std::int32_t i = 0; i < rows * k; ++i) ids.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(experts + 1)) - 1);
  return ids;
}

// The definitions once more, as plain as they are written.
std::pair<double, double> by_definition(RouterScore score, std::int32_t experts, const std::vector<double>& logits, const std::vector<std::int32_t>& ids,
                                        std::int32_t k, const std::vector<BatchSequence>& sequences) {
  double balance = 0, z = 0;
  const std::size_t rows = logits.size() / static_cast<std::size_t>(experts);
  for (const BatchSequence& sequence : sequences) {
    std::vector<double> count(static_cast<std::size_t>(experts)), probability(static_cast<std::size_t>(experts));
    double used = 0;
    for (std::int32_t row = sequence.first_row; row < sequence.first_row + sequence.rows; ++row) {
      std::vector<double> s;
      double sum = 0;
      for (std::int32_t e = 0; e < experts; ++e) {
        const double l = logits[static_cast<std::size_t>(row * experts + e)];
        const bool softmax = score == RouterScore::softmax || score == RouterScore::softmax_after_top_k;
        s.push_back(softmax ? std::exp(l) : score == RouterScore::sqrt_softplus ? std::sqrt(std::log1p(std::exp(l))) : 1 / (1 + std::exp(-l)));
        sum += s.back();
      }
      for (std::size_t e = 0; e < s.size(); ++e) probability[e] += s[e] / sum / sequence.rows;
      for (std::int32_t j = 0; j < k; ++j) {
        const std::int32_t id = ids[static_cast<std::size_t>(row * k + j)];
        if (id < 0) continue;
        ++count[static_cast<std::size_t>(id)];
        ++used;
      }
    }
    for (std::size_t e = 0; e < count.size(); ++e) balance += experts * count[e] / used * probability[e] / static_cast<double>(sequences.size());
  }
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (std::size_t e = 0; e < static_cast<std::size_t>(experts); ++e) sum += std::exp(logits[row * static_cast<std::size_t>(experts) + e]);
    z += std::pow(std::log(sum), 2) / static_cast<double>(rows);
  }
  return {balance, z};
}

}  // namespace

class TestRouterLoss : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void lossesFollowTheirDefinitions() {
    Random random(1);
    OwnedBatch owned(random, {7, 5, 9}, 10);
    constexpr std::int32_t experts = 6, k = 2;
    for (const RouterScore score : all_scores) {
      const std::vector<float> logits = normal(random, owned.batch.rows * experts, 2.0f);
      const std::vector<std::int32_t> ids = random_ids(random, owned.batch.rows, k, experts);
      const RouterSpec spec{.score = score, .experts = experts, .top_k = k};
      const std::vector<double> exact(logits.begin(), logits.end());
      for (const bool per_sequence : {false, true}) {
        const auto [balance, z] = by_definition(score, experts, exact, ids, k, per_sequence ? owned.sequences : std::vector<BatchSequence>{{0, owned.batch.rows}});
        const RouterLosses losses = router_losses(spec, {0.5f, per_sequence, 0.25f}, logits.data(), ids.data(), k, owned.batch);
        QVERIFY(std::abs(losses.balance - 0.5 * balance) < 1e-10 && std::abs(losses.z - 0.25 * z) < 1e-10);
      }
    }
  }
  void knownValues() {
    // 64 experts of equal logits: ln(64)^2. Used alike and wanted alike: 1. All wanted and used the same one: the number of experts.
    Random random(2);
    OwnedBatch owned(random, {32, 32}, 10);
    const RouterSpec spec{.experts = 64, .top_k = 2};
    std::vector<float> logits(64 * 64);
    std::vector<std::int32_t> ids;
    for (std::int32_t i = 0; i < 128; ++i) ids.push_back(i % 64);
    const RouterLosses even = router_losses(spec, {0.01f, false, 1.0f}, logits.data(), ids.data(), 2, owned.batch);
    QVERIFY(std::abs(even.z - 17.2963) < 1e-4 && std::abs(even.balance - 0.01) < 1e-9);
    for (std::size_t row = 0; row < 64; ++row) logits[row * 64 + 5] = 100;
    const std::vector<std::int32_t> same(64, 5);
    QVERIFY(std::abs(router_losses(spec, {1.0f, true, 0.0f}, logits.data(), same.data(), 1, owned.batch).balance - 64) < 1e-9);
    const std::vector<std::int32_t> none(64, -1);
    QCOMPARE(router_losses(spec, {1.0f, false, 0.0f}, logits.data(), none.data(), 1, owned.batch).balance, 0.0);
  }
  void gradientsAreTheSlopes() {
    Random random(3);
    OwnedBatch owned(random, {6, 1, 8}, 10);
    constexpr std::int32_t experts = 5, k = 3;
    for (const RouterScore score : all_scores) {
      const std::vector<float> logits = normal(random, owned.batch.rows * experts, 1.5f);
      const std::vector<std::int32_t> ids = random_ids(random, owned.batch.rows, k, experts);
      const RouterSpec spec{.score = score, .experts = experts, .top_k = k};
      for (const RouterLossSpec& losses : {RouterLossSpec{0.7f, false, 0.0f}, RouterLossSpec{0.7f, true, 0.0f}, RouterLossSpec{0.0f, false, 0.3f}, RouterLossSpec{0.4f, true, 0.2f}}) {
        std::vector<float> gradient(logits.size(), 9.0f);
        router_losses_backward(spec, losses, 1.5, 0.5, logits.data(), ids.data(), k, owned.batch, gradient.data());
        QVERIFY(gradient_holds(random, logits, gradient, [&](const std::vector<float>& x) {
          const RouterLosses values = router_losses(spec, losses, x.data(), ids.data(), k, owned.batch);
          return 1.5 * values.balance + 0.5 * values.z;
        }));
      }
    }
  }
  // Beside the loss of a network, on a tape: gradients of the router's weights and of what is below, the router frozen or not.
  void theTapeAddsThemToEachRouter() {
    Random random(4);
    const auto backend = backend_with(2);
    OwnedBatch owned(random, {6, 5}, 10);
    owned.batch.routed_layers = 1;
    constexpr std::int32_t experts = 5, width = 8;
    OwnedWeight router(random, 1, experts, width, 0.6f), up(random, experts, 6, width, 0.5f), down(random, experts, width, 6, 0.5f);
    MoeWeights weights;
    weights.router = router.ref();
    weights.experts.up = up.ref();
    weights.experts.down = down.ref();
    const RouterSpec spec{.experts = experts, .top_k = 2};
    const RouterLossSpec losses{0.8f, false, 0.1f};
    const std::vector<float> x0 = normal(random, 11 * width);
    const std::vector<std::int32_t> targets{0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2};
    // Ids that do not move with the logits.
    std::vector<std::int32_t> replay;
    for (std::int32_t row = 0; row < 11; ++row) replay.insert(replay.end(), {row % experts, (row * 2 + 1) % experts});
    owned.batch.replay = replay.data();
    owned.batch.replay_k = 2;
    const auto loss = [&](const std::vector<float>& values) {
      const Ops::Mark mark = backend->mark();
      const Tensor x = put(*backend, values, {11, width});
      const Tensor logits = backend->linear(x, {router.ref(), nullptr});
      const Routing routing = backend->route(logits, nullptr, spec, owned.batch, 0);
      const RouterLosses own = router_losses(spec, losses, logits.f32(), routing.ids.i32(), routing.k, owned.batch);
      const std::vector<float> y = get(*backend, backend->moe(x, weights, spec, {}, owned.batch, 0));
      backend->release(mark);
      double sum = 0;
      for (std::size_t row = 0; row < 11; ++row) {
        double total = 0;
        for (std::size_t i = 0; i < width; ++i) total += std::exp(static_cast<double>(y[row * width + i]));
        sum += (std::log(total) - static_cast<double>(y[row * width + static_cast<std::size_t>(targets[row])])) / 11;
      }
      return sum + 2.0 * (own.balance + own.z);
    };
    for (const bool frozen : {true, false}) {
      Tape tape(*backend);
      tape.add_router_losses(losses, 2.0f);
      const Tensor x = put(*backend, x0, {11, width});
      tape.watch(x);
      const Tensor buffer = frozen ? Tensor{} : tape.watch(router.ref());
      const Tensor result = tape.cross_entropy(tape.moe(x, weights, spec, {}, owned.batch, 0), targets.data());
      QVERIFY(tape.backward(result).ok());
      const auto [balance, z] = tape.router_losses();
      QVERIFY(std::abs(result.f32()[0] + 2.0 * (balance + z) - loss(x0)) < 1e-5 && balance > 0 && z > 0);
      QVERIFY(gradient_holds(random, x0, get(*backend, tape.gradient(x)), loss));
      if (frozen) continue;
      const std::vector<float> kept = router.values;
      QVERIFY(gradient_holds(random, kept, get(*backend, buffer), [&](const std::vector<float>& values) {
        router.values = values;
        router.store();
        const double value = loss(x0);
        router.values = kept;
        router.store();
        return value;
      }));
    }
  }
};

QTEST_GUILESS_MAIN(TestRouterLoss)
#include "test_router_loss.moc"
