// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/bench_measure.h"

#include <QTest>

#include <set>

#include "app/common/resource_locator.h"
#include "roundhouse/engine.h"
#include "roundhouse/tokenizer.h"

using namespace roundhouse;
using namespace roundhouse::cli;

class TestBenchMeasure : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void medianAndSpread() {
    BenchSeries series{1, {5, 1, 3}};
    QCOMPARE(series.median(), 3.0);
    QCOMPARE(series.spread(), 4.0 / 3.0);
    series.tokens_per_s = {4, 1, 2, 3};
    QCOMPARE(series.median(), 2.5);
    QCOMPARE(BenchSeries().median(), 0.0);
    QCOMPARE(BenchSeries().spread(), 0.0);
  }
  void activeBytes() {
    ModelInfo info;
    info.dense_bytes = 100;
    QCOMPARE(active_weight_bytes(info), std::uint64_t{100});
    info.expert_bytes = 800;
    info.routing.layers = {{0, 8, 2, 0, "softmax"}, {1, 8, 4, 0, "softmax"}};  // a quarter of one half, a half of the other
    QCOMPARE(active_weight_bytes(info), std::uint64_t{400});
  }
  void promptsHaveTheTokensAskedForAndMeasuresAreReal() {
    const auto engine = Engine::create({});
    const auto path = app::embedded_model_path();
    QVERIFY2(path.ok(), path.ok() ? "" : path.error().message().c_str());
    LoadOptions options;
    options.verify_digest = false;
    const auto model = (*engine)->load_model(path->string(), options);
    QVERIFY2(model.ok(), model.ok() ? "" : model.error().message().c_str());
    const Tokenizer& tokenizer = (*model)->tokenizer();
    for (const int tokens : {1, 2, 3, 17, 512, 2000}) {
      const auto text = text_of_tokens(tokenizer, tokens);
      EncodeOptions encode;
      encode.add_special = true;
      encode.parse_special = true;
      const auto ids = tokenizer.encode(*text, encode);
      QCOMPARE(static_cast<int>(ids->size()), tokens);
      if (tokens == 512) QVERIFY(std::set<TokenId>(ids->begin(), ids->end()).size() > 300);
    }
    QVERIFY(!text_of_tokens(tokenizer, 0).ok());

    Interrupt interrupt;
    const auto result = run_bench(**model, {24, 6, 2, false}, interrupt);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE(result->prompt.tokens, 24);
    QCOMPARE(result->generation.tokens, 6);
    QCOMPARE(result->prompt.tokens_per_s.size(), std::size_t{2});
    QCOMPARE(result->generation.tokens_per_s.size(), std::size_t{2});
    QVERIFY(result->prompt.median() > 0 && result->generation.median() > 0);
    QVERIFY(result->active_bytes > 0 && result->active_bytes < (*model)->info().dense_bytes + (*model)->info().expert_bytes);
  }
};

QTEST_APPLESS_MAIN(TestBenchMeasure)
#include "test_bench_measure.moc"
