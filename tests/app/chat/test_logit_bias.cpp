// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/logit_bias.h"

#include <QThread>
#include <QtTest>

#include <atomic>
#include <cmath>

#include "app/bridge/engine_controller.h"
#include "tests/app/fake/fake_engine.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestLogitBias : public QObject {
  Q_OBJECT

  const std::vector<std::string> vocabulary_{" sure", "\n", ":", "#12", "\xff", "好", " sure", "a\\b"};  // 6 says what 0 does
  std::shared_ptr<fake::World> world_ = std::make_shared<fake::World>();
  std::unique_ptr<EngineController> engine_;
  std::atomic<int> asked_ = 0, askedHere_ = 0;

  LogitBiasText read(const QString& text) {
    TokenFinder tokens(*engine_);
    return readLogitBias(text, tokens);
  }
  QString write(const std::map<std::int32_t, float>& bias) {
    TokenFinder tokens(*engine_);
    return writeLogitBias(bias, tokens);
  }

 private Q_SLOTS:
  void initTestCase() {
    world_->change([](fake::Script& script) { script.files["/m.gguf"] = fake::modelInfo("/m.gguf", script); });
    EngineApi api = fake::api(world_);
    api.tokenText = [this](const Model&, std::int32_t id) {
      ++asked_;
      askedHere_ += QThread::currentThread() == thread();
      return id >= 0 && id < int(vocabulary_.size()) ? vocabulary_[std::size_t(id)] : std::string();
    };
    engine_ = std::make_unique<EngineController>(std::move(api));
    engine_->start({});
    engine_->load("/m.gguf");
    QTRY_VERIFY(engine_->current());
  }
  void cleanupTestCase() { engine_.reset(); }

  void tokensAreNamedByTextOrNumber() {
    const LogitBiasText all = read(" sure: 2\n\n\\n: never\n:: -1.5\n#12: 3\n 好 : 1");
    QCOMPARE(all.problem, QString("“ 好 ” is not one token of this model. Write a shorter piece of it, or # and a token's number."));
    const LogitBiasText most = read(" sure: 2\n\n\\n: never\n:: -1,5\n#4000: 3\n好: 1\na\\\\b:-inf");
    QCOMPARE(most.problem, QString());
    QCOMPARE(most.bias, (std::map<std::int32_t, float>{{0, 2}, {1, -HUGE_VALF}, {2, -1.5f}, {4000, 3}, {5, 1}, {7, -HUGE_VALF}}));
  }
  void whatCannotBeReadIsNamed_data() {
    QTest::addColumn<QString>("text");
    for (const char* text : {"sure", " sure:", " sure: much", ": 3", " sure: inf", " sure: nan", " sure: 1e99"}) QTest::newRow(text) << text;
  }
  void whatCannotBeReadIsNamed() {
    QFETCH(QString, text);
    QVERIFY2(read(text).problem.contains(text.trimmed()), qPrintable(read(text).problem));
  }
  void whatIsWrittenIsReadTheSame() {
    std::map<std::int32_t, float> bias;
    for (int id = 0; id < 10; ++id) bias[id] = id % 3 ? float(id) / 4 - 1 : -HUGE_VALF;
    const QString text = write(bias);
    QVERIFY2(read(text).problem.isEmpty(), qPrintable(text));
    QCOMPARE(read(text).bias, bias);
    QVERIFY(text.startsWith(" sure: never\n\\n: "));
    for (const char* numbered : {"#3: ", "#4: ", "#6: ", "#8: "}) QVERIFY(text.contains(numbered));  // their texts do not lead back
  }
  void theVocabularyIsReadOnceForAModel() {
    TokenFinder tokens(*engine_);
    asked_ = 0;
    QCOMPARE(tokens.find("nowhere"), -1);
    const int once = asked_;
    QVERIFY(once > 0);
    for (const char* typed : {"nowhere", " s", " su", " sur", " sure"}) (void)tokens.find(typed);
    QCOMPARE(asked_, once);
  }
  void theVocabularyIsReadInTheBackground() {
    TokenFinder tokens(*engine_);
    asked_ = askedHere_ = 0;
    bool ready = false;
    tokens.prepare(this, [&] { ready = true; });
    QVERIFY(!ready);
    QTRY_VERIFY(ready);
    QVERIFY(asked_ > 0);
    QCOMPARE(tokens.find(" sure"), 0);
    QCOMPARE(tokens.find("nowhere"), -1);
    QCOMPARE(askedHere_.load(), 0);
    EngineController none(fake::api(world_));
    ready = false;
    TokenFinder(none).prepare(this, [&] { ready = true; });
    QVERIFY(ready);
  }
  void withoutAModelNumbersRemain() {
    EngineController none(fake::api(world_));
    TokenFinder tokens(none);
    QCOMPARE(writeLogitBias({{0, 1}}, tokens), QString("#0: 1"));
    QCOMPARE(readLogitBias("#0: 1", tokens).bias, (std::map<std::int32_t, float>{{0, 1}}));
    QVERIFY(!readLogitBias(" sure: 1", tokens).problem.isEmpty());
  }
};

QTEST_GUILESS_MAIN(TestLogitBias)
#include "test_logit_bias.moc"
