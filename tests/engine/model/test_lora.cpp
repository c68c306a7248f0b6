// SPDX-License-Identifier: Apache-2.0
#include "engine/model/lora.h"

#include <QtTest>

#include <limits>

#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestLora : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whatFitsIsAccepted() {
    const auto model = tiny_model();
    const LoraAdapter adapter = random_adapter(1, *model, 3);
    QVERIFY(check_adapter(*model, adapter).ok());
    std::int64_t counted = 0;
    for (const LoraModule& m : adapter.modules) {
      counted += m.experts * m.rank * m.cols;
      for (const auto& t : m.targets) counted += m.experts * m.rank * t.rows;
    }
    QCOMPARE(adapter.parameters(), counted);
  }
  void whatDoesNotFitIsRefused_data() {
    QTest::addColumn<QString>("what");
    for (const char* what : {"no such weight", "embedding", "router", "norm", "twice", "rows", "cols", "experts", "short a", "short b", "nan", "scale", "rank", "magnitudes", "a magnitude"}) {
      QTest::newRow(what) << what;
    }
  }
  void whatDoesNotFitIsRefused() {
    QFETCH(QString, what);
    const auto model = tiny_model();
    LoraAdapter adapter = random_adapter(1, *model, 3);
    LoraModule& module = adapter.modules.front();
    if (what == "no such weight") module.targets[0].weight = "layers.9.q";
    if (what == "embedding") module.targets[0].weight = "embedding";
    if (what == "router") module.targets[0].weight = "layers.1.router";
    if (what == "norm") module.targets[0].weight = "layers.1.attention_norm";
    if (what == "twice") adapter.modules.push_back(module);
    if (what == "rows") module.targets[0].rows += 1;
    if (what == "cols") module.cols += 1, module.a.resize(static_cast<std::size_t>(module.rank * module.cols));
    if (what == "experts") module.experts = 2, module.a.resize(module.a.size() * 2);
    if (what == "short a") module.a.pop_back();
    if (what == "short b") module.targets[0].b.pop_back();
    if (what == "nan") module.targets[0].b[7] = std::numeric_limits<float>::quiet_NaN();
    if (what == "scale") module.scale = std::numeric_limits<float>::infinity();
    if (what == "rank") module.rank = 0;
    if (what == "magnitudes") module.targets[0].magnitude.resize(31);
    if (what == "a magnitude") module.targets[0].magnitude.assign(32, std::numeric_limits<float>::infinity());
    const Status checked = check_adapter(*model, adapter);
    QVERIFY(!checked.ok());
    QVERIFY2(checked.error().object.find("layers.0.q of random 1") != std::string::npos, checked.error().message().c_str());
    QVERIFY(!merge_adapter(model, adapter).ok());
  }
  // DoRA by its formula in double: each row of W + scale B A stretched to its magnitude.
  void magnitudesSetTheLengthOfRows() {
    const auto model = tiny_model();
    const LoraAdapter adapter = with_magnitudes(4, *model, random_adapter(2, *model, 2));
    QVERIFY(has_magnitudes(adapter) && !has_magnitudes(random_adapter(2, *model, 2)));
    const auto merged = merge_adapter(model, adapter);
    QVERIFY(merged.ok());
    std::int64_t counted = 0;
    for (const LoraModule& module : adapter.modules) {
      counted += static_cast<std::int64_t>(module.a.size());
      for (const LoraModule::Target& target : module.targets) {
        counted += static_cast<std::int64_t>(target.b.size() + target.magnitude.size());
        const WeightRef base = model->weights().find(target.weight), now = (*merged)->weights().find(target.weight);
        const auto cols = static_cast<std::size_t>(base->cols), rank = static_cast<std::size_t>(module.rank);
        for (std::size_t row = 0; row < target.magnitude.size(); ++row) {
          std::vector<double> values(cols);
          double squares = 0;
          for (std::size_t c = 0; c < cols; ++c) {
            values[c] = reinterpret_cast<const float*>(base->data)[row * cols + c];
            for (std::size_t j = 0; j < rank; ++j) {
              values[c] += static_cast<double>(module.scale) * target.b[row * rank + j] * module.a[(row / static_cast<std::size_t>(target.rows) * rank + j) * cols + c];
            }
            squares += values[c] * values[c];
          }
          for (std::size_t c = 0; c < cols; ++c) {
            QVERIFY(std::abs(reinterpret_cast<const float*>(now->data)[row * cols + c] - target.magnitude[row] * values[c] / std::sqrt(squares)) < 1e-5);
          }
        }
      }
    }
    QCOMPARE(adapter.parameters(), counted);
  }
  // W + scale B A, computed here in double; weights without a module are the base's own bytes.
  void mergedWeightsAreTheSum() {
    const auto model = tiny_model();
    const LoraAdapter adapter = random_adapter(2, *model, 2);
    const auto merged = merge_adapter(model, adapter);
    QVERIFY(merged.ok());
    std::size_t adapted = 0;
    for (const Weight& weight : model->weights().all()) {
      const WeightRef now = (*merged)->weights().find(weight.name);
      QVERIFY(now && now->rows == weight.rows && now->cols == weight.cols && now->experts == weight.experts);
      const LoraModule* module = nullptr;
      const LoraModule::Target* target = nullptr;
      for (const LoraModule& m : adapter.modules) {
        for (const auto& t : m.targets) {
          if (t.weight == weight.name) module = &m, target = &t;
        }
      }
      if (!module) {
        QCOMPARE(now->data, weight.data);
        continue;
      }
      ++adapted;
      const auto* before = reinterpret_cast<const float*>(weight.data);
      const auto* after = reinterpret_cast<const float*>(now->data);
      for (std::int64_t row = 0; row < weight.experts * weight.rows; ++row) {
        const std::int64_t expert = row / weight.rows;
        for (std::int64_t c = 0; c < weight.cols; ++c) {
          double sum = before[row * weight.cols + c];
          for (std::int64_t j = 0; j < module->rank; ++j) {
            sum += static_cast<double>(module->scale) * target->b[static_cast<std::size_t>(row * module->rank + j)] *
                   module->a[static_cast<std::size_t>((expert * module->rank + j) * weight.cols + c)];
          }
          QVERIFY(std::abs(after[row * weight.cols + c] - sum) < 1e-5);
        }
      }
    }
    QCOMPARE(adapted, std::size_t{8});
    QCOMPARE((*merged)->weights().layers[1].moe.experts.down, (*merged)->weights().find("layers.1.experts.down"));
  }
  // What several add, each times its factor, is what the one adds.
  void combinedAdaptersAddUp() {
    const auto model = tiny_model();
    std::mt19937 random(9);
    const LoraAdapter one = random_adapter(3, *model, 2);
    LoraAdapter two = random_adapter(4, *model, 3);
    two.modules.push_back(random_module(random, *model, {"layers.2.v"}, 1));
    const std::vector<WeighedAdapter> parts = {{&one, 0.5f}, {&two, -2.0f}};
    const LoraAdapter both = combine_adapters(*model, parts, "both").value();
    QVERIFY(check_adapter(*model, both).ok());
    QCOMPARE(both.name, std::string("both"));
    const auto a = merge_adapter(model, one).value(), b = merge_adapter(model, two).value(), sum = merge_adapter(model, both).value();
    std::size_t differing = 0;
    for (const Weight& weight : model->weights().all()) {
      const auto number = [&](const TextModel& of, std::size_t i) { return static_cast<double>(reinterpret_cast<const float*>(of.weights().find(weight.name)->data)[i]); };
      for (std::size_t i = 0; i < static_cast<std::size_t>(weight.experts * weight.rows * weight.cols); ++i) {
        const double base = number(*model, i), expected = base + 0.5 * (number(*a, i) - base) - 2.0 * (number(*b, i) - base);
        QVERIFY(std::abs(number(*sum, i) - expected) < 2e-5);
        differing += std::abs(expected - base) > 1e-3;
      }
    }
    QVERIFY(differing > 1000);
    LoraAdapter lengths = one;
    lengths.modules[0].targets[0].magnitude.assign(static_cast<std::size_t>(lengths.modules[0].targets[0].rows), 1.0f);
    const std::vector<WeighedAdapter> with_lengths = {{&lengths, 1.0f}, {&two, 1.0f}};
    QCOMPARE(combine_adapters(*model, with_lengths, "x").error().code, ErrorCode::unsupported);
  }
};

QTEST_GUILESS_MAIN(TestLora)
#include "test_lora.moc"
