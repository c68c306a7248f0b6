// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_overlay.h"

#include <QtTest>

#include "engine/cpu/create_backend.h"
#include "tests/engine/cpu/ops_fixture.h"
#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/io/file_fixture.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

// Of every kind there is, with other numbers than the model's.
WeightOverlay overlay_of(const TextModel& model) {
  WeightOverlay overlay;
  std::mt19937 random(5);
  for (const char* weight : {"layers.1.router", "layers.2.selection_bias", "layers.2.experts.down"}) overlay.entries.push_back(copy_weight(model, weight).value());
  for (const char* weight : {"layers.1.experts.gate", "layers.1.experts.up", "layers.1.experts.down"}) overlay.entries.push_back(copy_weight(model, weight, {1, 2, 6}).value());
  for (auto& entry : overlay.entries) {
    for (float& v : entry.values) v += 0.1f * std::normal_distribution<float>()(random);
  }
  return overlay;
}

std::vector<float> logits(const TextModel& model, const std::vector<LayerWeights>& layers, const std::deque<Weight>& extra) {
  const auto backend = create_cpu_backend(Isa::reference, 2).value();
  for (const Weight& w : model.weights().all()) {
    if (!backend->prepare(1, w).ok()) qFatal("not prepared");
  }
  for (const Weight& w : extra) {
    if (!backend->prepare(2, w).ok()) qFatal("not prepared");
  }
  test::Random random(3);
  test::OwnedBatch owned(random, {9, 4}, model.spec().vocabulary);
  owned.batch.routed_layers = 2;
  return test::get(*backend, model.forward(*backend, owned.batch, nullptr, &layers));
}

}  // namespace

class TestWeightOverlay : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // In place of the model's own or merged into it: the same bits.
  void inPlaceIsAsMerged() {
    const auto model = tiny_model();
    const WeightOverlay overlay = overlay_of(*model);
    QVERIFY(check_overlay(*model, overlay).ok());
    const OverlayWeights weights(*model, overlay, 1000);
    std::vector<LayerWeights> layers = model->weights().layers;
    weights.put_into(layers);
    QCOMPARE(weights.weights().size(), overlay.entries.size());
    QCOMPARE(weights.weights()[1].id, 1001u);
    const auto merged = update_weights(model, overlay_updates(*model, overlay)).value();
    const std::vector<float> beside = logits(*model, layers, weights.weights());
    QCOMPARE(beside, logits(*merged, merged->weights().layers, {}));
    QVERIFY(beside != logits(*model, model->weights().layers, {}));
  }
  void copiesChangeNothing() {
    const auto model = tiny_model();
    WeightOverlay overlay;
    for (const char* weight : {"layers.1.experts.gate", "layers.1.experts.down"}) overlay.entries.push_back(copy_weight(*model, weight, {0, 7}).value());
    overlay.entries.push_back(copy_weight(*model, "layers.2.router").value());
    QCOMPARE(overlay.parameters(), std::int64_t{2 * 2 * 16 * 32 + 8 * 32});
    const OverlayWeights weights(*model, overlay, 1000);
    std::vector<LayerWeights> layers = model->weights().layers;
    weights.put_into(layers);
    QCOMPARE(logits(*model, layers, weights.weights()), logits(*model, model->weights().layers, {}));
  }
  void onlyTheNamedExpertsAreUpdated() {
    const auto model = tiny_model();
    const WeightOverlay overlay = overlay_of(*model);
    const auto updates = overlay_updates(*model, overlay);
    for (std::int64_t e = 0; e < 8; ++e) QCOMPARE(updates[4].touches(e), e == 1 || e == 2 || e == 6);
    QVERIFY(updates[0].touches(0));
    std::vector<float> row(32);
    updates[4].apply(6, 3, row.data());
    QVERIFY(std::equal(row.begin(), row.end(), overlay.entries[4].values.begin() + (2 * 16 + 3) * 32));
  }
  void itIsWrittenAndReadBack() {
    const test::Folder folder;
    const auto model = tiny_model();
    const WeightOverlay overlay = overlay_of(*model);
    QVERIFY(write_overlay(folder.path("weights.safetensors"), overlay, *model).ok());
    const WeightOverlay back = read_overlay(folder.path("weights.safetensors"), *model).value();
    QCOMPARE(back.entries.size(), overlay.entries.size());
    for (const auto& entry : overlay.entries) {
      const auto twin = std::find_if(back.entries.begin(), back.entries.end(), [&](const auto& e) { return e.weight == entry.weight; });
      QVERIFY(twin != back.entries.end() && twin->experts == entry.experts && twin->values == entry.values);
    }
    const std::string bytes = folder.read("weights.safetensors");
    for (std::size_t length = 0; length < bytes.size(); length += 97) {
      QVERIFY(!read_overlay(folder.write("short.safetensors", bytes.substr(0, length)), *model).ok());
    }
    std::string other = bytes;
    other.replace(other.find("layers.1.router"), 15, "layers.0.router");  // a layer that does not route
    const auto refused = read_overlay(folder.write("other.safetensors", other), *model);
    QVERIFY(!refused.ok() && test::contains(refused.error().message(), "layers.0.router"));
  }
  void whatDoesNotFitIsRefused() {
    const auto model = tiny_model();
    const WeightOverlay good = overlay_of(*model);
    const auto refused = [&](auto&& change) {
      WeightOverlay bad = good;
      change(bad);
      return !check_overlay(*model, bad).ok();
    };
    QVERIFY(refused([](WeightOverlay& o) { o.entries[0].weight = "layers.1.q"; }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries[0].weight = "layers.0.router"; }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries.push_back(o.entries[0]); }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries[0].values.pop_back(); }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries[0].values[3] = std::nanf(""); }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries[0].experts = {0}; }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries[3].experts = {2, 1, 6}; }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries[3].experts = {1, 1, 6}; }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries[3].experts = {1, 2, 8}; }));
    QVERIFY(refused([](WeightOverlay& o) { o.entries[3].experts = {1, 2, 5}; }));  // another choice than the up's
    QVERIFY(!copy_weight(*model, "layers.1.router", {4}).ok());
    QVERIFY(!copy_weight(*model, "embedding").ok());
  }
};

QTEST_GUILESS_MAIN(TestWeightOverlay)
#include "test_weight_overlay.moc"
