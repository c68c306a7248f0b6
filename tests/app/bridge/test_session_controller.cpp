// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/session_controller.h"

#include <QThread>
#include <QtTest>

#include "tests/app/fake/fake_engine.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestSessionController : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<fake::World> world_;
  EngineApi api_;
  QThread thread_;
  std::unique_ptr<SessionController> session_;
  QList<AnswerSnapshotPtr> seen_;

  static AnswerRequest ask(const QString& answer, const std::string& text) {
    AnswerRequest request;
    request.answer = answer;
    request.request.messages = {Message::text(Role::user, text)};
    return request;
  }
  int finished() const {
    return static_cast<int>(std::count_if(seen_.begin(), seen_.end(), [](const auto& s) { return s->finished(); }));
  }
  std::shared_ptr<Model> model() {
    auto engine = api_.create({});
    auto loaded = engine.value()->load_model("/m/a.gguf");
    return loaded.value();
  }

 private Q_SLOTS:
  void initTestCase() { thread_.start(); }
  void cleanupTestCase() {
    thread_.quit();
    thread_.wait();
  }
  void init() {
    world_ = std::make_shared<fake::World>();
    api_ = fake::api(world_);
    session_ = std::make_unique<SessionController>(model(), "talk", api_, &thread_);
    seen_.clear();
    connect(session_.get(), &SessionController::snapshotChanged, this, [this](const AnswerSnapshotPtr& snapshot) {
      QCOMPARE(QThread::currentThread(), thread());
      seen_.append(snapshot);
    });
  }
  void cleanup() {
    session_.reset();
    QTRY_COMPARE(world_->journal.liveSessions.load(), 0);
    QTRY_COMPARE(world_->journal.liveModels.load(), 0);
  }

  void anAnswerArrivesWholeWithTokensAndTrace() {
    session_->submit(ask("a1", "which experts answer?"));
    QVERIFY(session_->busy());
    QTRY_COMPARE(finished(), 1);
    QVERIFY(!session_->busy());
    const AnswerSnapshot& last = *seen_.last();
    QCOMPARE(last.answer, QString("a1"));
    QCOMPARE(last.conversation, QString("talk"));
    QCOMPARE(last.text, std::string("Answer to: which experts answer?"));
    QCOMPARE(last.tokens.size(), fake::words(last.text).size());
    std::string joined;
    for (const AnswerToken& token : last.tokens) joined += last.contextText(token.position);
    QCOMPARE(joined, last.text);
    QCOMPARE(last.contextText(0), std::string("<|user|>"));
    QCOMPARE(last.trace.token_count(), last.tokens.back().position + 1);
    QCOMPARE(last.trace.token_id(last.tokens.back().position), last.tokens.back().id);
    QVERIFY(last.result->finish == FinishReason::end_token);
    QVERIFY(last.firstTokenNs > 0);
    QVERIFY(last.tokensPerSecond() > 0);
  }
  void snapshotsAreCoalescedAndOnlyGrow() {
    world_->script.tokensPerSecond = 4000;
    world_->script.contextTokens = 4000;
    world_->script.answer = [](const auto&) {
      std::string text;
      for (int i = 0; i < 2000; ++i) text += "word" + std::to_string(i) + " ";
      return text;
    };
    session_ = std::make_unique<SessionController>(model(), "talk", api_, &thread_);
    QElapsedTimer clock;
    connect(session_.get(), &SessionController::snapshotChanged, this, [this](const auto& s) { seen_.append(s); });
    clock.start();
    session_->submit(ask("a1", "long"));
    QTRY_COMPARE(finished(), 1);
    const double seconds = clock.elapsed() / 1000.0;
    QVERIFY2(seen_.size() <= 60 * seconds + 4, qPrintable(QString("%1 in %2 s").arg(seen_.size()).arg(seconds)));
    QVERIFY(seen_.size() > 5);
    for (qsizetype i = 1; i < seen_.size(); ++i) {
      QVERIFY(seen_[i]->tokens.size() >= seen_[i - 1]->tokens.size());
      QVERIFY(seen_[i]->text.starts_with(seen_[i - 1]->text));
    }
    QVERIFY(seen_.last()->trace.token_count() >= static_cast<int>(seen_.last()->tokens.size()));
  }
  void cancelEndsWithinATenthOfASecond() {
    world_->script.tokensPerSecond = 20;
    world_->script.answer = [](const auto&) { return std::string(4000, ' '); };
    session_->submit(ask("a1", "long"));
    QTRY_VERIFY(!seen_.isEmpty() && seen_.last()->tokens.size() >= 2);
    QElapsedTimer clock;
    clock.start();
    session_->cancel();
    QVERIFY(clock.elapsed() < 20);
    QTRY_COMPARE_WITH_TIMEOUT(finished(), 1, 1000);
    QVERIFY2(clock.elapsed() < 100, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(seen_.last()->result->finish == FinishReason::cancelled);
    QVERIFY(!seen_.last()->text.empty());
  }
  void cancelAlsoEndsWhatWaits() {
    world_->script.promptTokensPerSecond = 5;
    session_->submit(ask("a1", "one two three four five"));
    session_->submit(ask("a2", "one two three four five"));
    session_->cancel();
    QTRY_COMPARE(finished(), 2);
    for (const auto& snapshot : seen_) {
      if (snapshot->finished()) QVERIFY(snapshot->result->finish == FinishReason::cancelled);
    }
    session_->submit(ask("a3", "again"));
    world_->change([](fake::Script& script) { script.promptTokensPerSecond = 1e6; });
    QTRY_COMPARE(finished(), 3);
    QVERIFY(seen_.last()->result->finish == FinishReason::end_token);
  }
  void answersRunInTheirOrderEachWithItsEdits() {
    AnswerRequest first = ask("a1", "same question"), second = ask("a2", "same question");
    second.edits.experts = {{-1, 3, ExpertAction::disable, 0}};
    session_->submit(first);
    session_->submit(second);
    QTRY_COMPARE(finished(), 2);
    AnswerSnapshotPtr plain, edited;
    for (const auto& snapshot : seen_) {
      if (snapshot->finished()) (snapshot->answer == "a1" ? plain : edited) = snapshot;
    }
    QVERIFY(plain->edits.empty());
    QVERIFY(edited->edits == second.edits);
    auto uses = [](const RoutingTrace& trace, int expert) {
      int count = 0;
      for (int token = 0; token < trace.token_count(); ++token) {
        for (int layer = 0; layer < trace.layer_count(); ++layer) {
          for (std::uint16_t id : trace.ids(token, layer)) count += id == expert;
        }
      }
      return count;
    };
    QVERIFY(uses(plain->trace, 3) > 0);
    QCOMPARE(uses(edited->trace, 3), 0);
  }
  void refusalsEndInOneFinishedSnapshotEach_data() {
    QTest::addColumn<int>("where");
    QTest::newRow("session") << 0;
    QTest::newRow("edits") << 1;
    QTest::newRow("generate") << 2;
    QTest::newRow("while generating") << 3;
  }
  void refusalsEndInOneFinishedSnapshotEach() {
    QFETCH(int, where);
    const Error error{ErrorCode::out_of_memory, "reserve KV cache", "session", "2 GiB", "1 GiB"};
    AnswerRequest request = ask("a1", "one two three four five six");
    if (where == 0) world_->script.sessionError = error;
    if (where == 1) request.edits.experts = {{-1, 99, ExpertAction::disable, 0}};
    if (where == 2) world_->script.generateError = error;
    if (where == 3) world_->script.failAfter = error;
    session_->submit(request);
    QTRY_COMPARE(finished(), 1);
    QVERIFY(seen_.last()->result->finish == FinishReason::failed);
    QVERIFY(seen_.last()->result->error);
    QCOMPARE(seen_.last()->tokens.size(), where == 3 ? std::size_t{3} : std::size_t{0});
    // and the next one works
    world_->change([](fake::Script& script) {
      script.sessionError = script.generateError = script.failAfter = std::nullopt;
    });
    session_->submit(ask("a2", "again"));
    QTRY_COMPARE(finished(), 2);
    QVERIFY(seen_.last()->result->finish == FinishReason::end_token);
  }
  void goingAwayInMidAnswerStopsTheEngine() {
    world_->script.tokensPerSecond = 5;
    world_->script.answer = [](const auto&) { return std::string(4000, ' '); };
    session_->submit(ask("a1", "long"));
    QTRY_VERIFY(!seen_.isEmpty() && !seen_.last()->tokens.empty());
    QElapsedTimer clock;
    clock.start();
    session_.reset();
    QVERIFY2(clock.elapsed() < 50, qPrintable(QString::number(clock.elapsed())));
    QTRY_COMPARE_WITH_TIMEOUT(world_->journal.liveSessions.load(), 0, 500);
  }
};

QTEST_GUILESS_MAIN(TestSessionController)
#include "test_session_controller.moc"
