// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/session_worker.h"

#include <QtTest>

#include <limits>

#include "tests/app/fake/fake_engine.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestSessionWorker : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<fake::World> world_;
  std::shared_ptr<Model> model_;
  std::shared_ptr<SessionLink> link_;
  std::unique_ptr<SessionWorker> worker_;
  std::vector<AnswerSnapshotPtr> seen_;
  QObject receiver_;

  static bool until(const std::function<bool()>& what) { return QTest::qWaitFor(what, 5000); }
  static AnswerRequest request(const QString& answer, const std::string& text) {
    AnswerRequest made;
    made.answer = answer;
    made.request.messages = {Message::text(Role::user, text)};
    made.request.sampling.top_logprobs = 2;
    return made;
  }
  const AnswerSnapshot* finished(const QString& answer) const {
    for (const AnswerSnapshotPtr& each : seen_) {
      if (each->answer == answer && each->finished()) return each.get();
    }
    return nullptr;
  }

 private Q_SLOTS:
  void init() {
    world_ = std::make_shared<fake::World>();
    seen_.clear();
    const auto engine = fake::api(world_).create({});
    model_ = *(*engine)->load_model("/m/a.gguf", {}, {}, {});
    link_ = std::make_shared<SessionLink>();
    link_->controller = &receiver_;
    link_->deliver = [this] {
      std::lock_guard lock(link_->mutex);
      link_->posted = false;
      seen_.insert(seen_.end(), link_->outbox.begin(), link_->outbox.end());
      link_->outbox.clear();
    };
    worker_ = std::make_unique<SessionWorker>(model_, "talk", fake::api(world_), link_);
  }
  void cleanup() {
    worker_.reset();
    link_.reset();
    model_.reset();
    QTRY_COMPARE(world_->journal.liveSessions.load(), 0);
  }

  void snapshotsGrowAndTheLastIsWhole() {
    world_->script.reasoning.marks = ReasoningMarks{"<t>", "</t>"};
    worker_->enqueue(request("a", "one two three four five six"), 1, 0);
    QVERIFY(until([&] { return finished("a"); }));
    std::size_t tokens = 0;
    for (const AnswerSnapshotPtr& each : seen_) {
      QVERIFY(each->tokens.size() >= tokens);
      QCOMPARE(each->conversation, QString("talk"));
      tokens = each->tokens.size();
    }
    const AnswerSnapshot& last = *finished("a");
    QCOMPARE(last.text, std::string("Answer to: one two three four five six"));
    QCOMPARE(last.modelName, std::string("a"));
    QCOMPARE(last.trace.token_count(), last.promptTokens() + int(last.tokens.size()));
    QCOMPARE(last.contextText(0), std::string("<|user|>"));
    QVERIFY(last.reasoning.marks && last.reasoning.marks->open == "<t>");
    std::string joined;
    for (int t = last.promptTokens(); t < last.trace.token_count(); ++t) joined += last.contextText(t);
    QCOMPARE(joined, last.text);
  }
  void atMostSixtySnapshotsASecond() {
    world_->change([](fake::Script& script) {
      script.tokensPerSecond = 2000;
      script.answer = [](const auto&) {
        std::string answer;
        for (int i = 0; i < 400; ++i) answer += "w ";
        return answer;
      };
    });
    QElapsedTimer clock;
    clock.start();
    worker_->enqueue(request("a", "x"), 1, 0);
    QVERIFY(until([&] { return finished("a"); }));
    QVERIFY2(double(seen_.size()) <= 4 + double(clock.elapsed()) / 16.0, qPrintable(QString::number(seen_.size())));
    QVERIFY(finished("a")->tokens.size() >= 400);
  }
  // What is done up to sixty times a second does not grow with the answer.
  void aSnapshotOfALongAnswerIsCheap() {
    constexpr int kTokens = 20'000, kSnapshots = 200;
    world_->change([](fake::Script& script) {
      script.tokensPerSecond = 1e9;
      script.contextTokens = 2 * kTokens;
      script.answer = [](const auto&) {
        std::string answer;
        for (int i = 0; i < kTokens; ++i) answer += "word ";
        return answer;
      };
    });
    const auto engine = fake::api(world_).create({});
    worker_ = std::make_unique<SessionWorker>(*(*engine)->load_model("/m/long.gguf", {}, {}, {}), "talk", fake::api(world_), link_);
    worker_->enqueue(request("a", "x"), 1, 0);
    QVERIFY(until([&] { return finished("a"); }));
    QVERIFY(finished("a")->tokens.size() >= kTokens);
    qint64 best = std::numeric_limits<qint64>::max();
    for (int i = 0; i < kSnapshots; ++i) {
      QElapsedTimer clock;
      clock.start();
      const AnswerSnapshot copy = *finished("a");
      best = std::min(best, clock.nsecsElapsed());
      QCOMPARE(copy.tokens.size(), finished("a")->tokens.size());
    }
    qInfo("a snapshot of %d tokens: %.3f ms", kTokens, double(best) / 1e6);
    QVERIFY2(best < 1'000'000, qPrintable(QString::number(best)));
  }
  void commandsRunInOrderAndCancelledOnesNeverBegin() {
    link_->cancelBelow = 3;
    worker_->enqueue(request("gone", "x"), 2, 0);
    worker_->enqueue(request("b", "y"), 3, 0);
    worker_->enqueue(request("c", "z"), 4, 0);
    QVERIFY(until([&] { return finished("c"); }));
    QVERIFY(finished("gone")->result->finish == FinishReason::cancelled);
    QVERIFY(finished("b")->result->finish == FinishReason::end_token);
    QCOMPARE(world_->journal.generations.load(), 2);
  }
  void whatTheEngineRefusesEndsTheAnswerAndNotTheQueue() {
    world_->script.generateError = Error{ErrorCode::invalid_argument, "generate", "prompt", {}, {}};
    worker_->enqueue(request("a", "x"), 1, 0);
    QVERIFY(until([&] { return finished("a"); }));
    QVERIFY(finished("a")->result->finish == FinishReason::failed);
    QVERIFY(finished("a")->result->error);
    world_->change([](fake::Script& script) { script.generateError.reset(); });
    worker_->enqueue(request("b", "x"), 2, 0);
    QVERIFY(until([&] { return finished("b"); }));
    QVERIFY(finished("b")->result->finish == FinishReason::end_token);
  }
  void goneInMidAnswerItCancelsTheSession() {
    world_->change([](fake::Script& script) {
      script.tokensPerSecond = 20;
      script.answer = [](const auto&) { return std::string(400, ' '); };
    });
    worker_->enqueue(request("a", "x"), 1, 0);
    QVERIFY(until([&] { return !seen_.empty() && seen_.back()->state == AnswerState::Generating; }));
    worker_.reset();
    QVERIFY(world_->journal.cancels.load() > 0);
  }
};

QTEST_GUILESS_MAIN(TestSessionWorker)
#include "test_session_worker.moc"
