// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/session_hub.h"

#include <QSignalSpy>
#include <QtTest>

#include "tests/app/fake/fake_engine.h"
#include "tests/app/panels/routing/trace_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestSessionHub : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<fake::World> world_;
  std::unique_ptr<EngineController> engine_;
  std::unique_ptr<SessionHub> hub_;

  static AnswerRequest ask(const QString& answer, const std::string& text = "hello there") {
    AnswerRequest request;
    request.answer = answer;
    request.request.messages = {Message::text(Role::user, text)};
    return request;
  }
  bool answered(const QString& answer) const {
    const AnswerSnapshotPtr snapshot = hub_->snapshot(answer);
    return snapshot && snapshot->finished();
  }
  void loadModel(const QString& path) {
    engine_->load(path);
    QTRY_COMPARE(engine_->currentPath(), path);
  }

 private Q_SLOTS:
  void init() {
    world_ = std::make_shared<fake::World>();
    engine_ = std::make_unique<EngineController>(fake::api(world_));
    hub_ = std::make_unique<SessionHub>(*engine_);
    engine_->start({});
  }
  void cleanup() {
    hub_.reset();
    QCOMPARE(world_->journal.liveSessions.load(), 0);  // gone when the destructor returns
    engine_.reset();
    QCOMPARE(world_->journal.liveModels.load(), 0);
  }

  void theShownAnswerIsTold() {
    QSignalSpy told(hub_.get(), &SessionHub::shownAnswerChanged);
    hub_->setCurrentConversation("x");
    hub_->setShownAnswer("a1");
    hub_->setShownAnswer("a1");
    QCOMPARE(told.size(), 1);
    hub_->setCurrentConversation("y");
    QCOMPARE(hub_->shownAnswer(), QString());
  }
  void editsOfAnotherModelAreRefusedAlsoWhenTheyAreInForce() {
    loadModel("/m/a.gguf");
    RoutingEdits edits;
    edits.experts = {{-1, 7, ExpertAction::disable, 0}};
    QVERIFY(hub_->setEdits("x", edits).ok());
    QVERIFY(hub_->setEdits("x", edits).ok());
    world_->change([](fake::Script& script) { script.experts = 4; });
    loadModel("/m/b.gguf");
    QVERIFY(!hub_->setEdits("x", edits).ok());
  }
  void withoutAModelNothingStarts() {
    QVERIFY(!hub_->submit("talk", ask("a1")));
    QVERIFY(!hub_->busy("talk"));
    QVERIFY(!hub_->snapshot("a1"));
  }
  void keepsTheAnswersOfEachConversationInOrder() {
    loadModel("/m/a.gguf");
    QVERIFY(hub_->submit("x", ask("x1")));
    QVERIFY(hub_->submit("y", ask("y1")));
    QVERIFY(hub_->submit("x", ask("x2")));
    QVERIFY(hub_->busy("x"));
    QVERIFY(hub_->anyBusy());
    QTRY_VERIFY(answered("x1") && answered("x2") && answered("y1"));
    QVERIFY(!hub_->anyBusy());
    QCOMPARE(hub_->snapshots("x").size(), 2);
    QCOMPARE(hub_->snapshots("x")[0]->answer, QString("x1"));
    QCOMPARE(hub_->latest("x")->answer, QString("x2"));
    QCOMPARE(hub_->latest("y")->answer, QString("y1"));
    QVERIFY(!hub_->latest("z"));
    hub_->forget("x");
    QVERIFY(hub_->snapshots("x").isEmpty());
    QVERIFY(hub_->snapshot("y1"));
  }
  void idleSessionsAreDroppedButTheirAnswersStay() {
    loadModel("/m/a.gguf");
    for (int i = 0; i < SessionHub::kLiveSessions + 3; ++i) {
      const QString answer = QString("a%1").arg(i);
      QVERIFY(hub_->submit(QString("talk %1").arg(i), ask(answer)));
      QTRY_VERIFY(answered(answer));
    }
    QTRY_COMPARE(world_->journal.liveSessions.load(), SessionHub::kLiveSessions);
    QVERIFY(hub_->snapshot("a0"));
    QVERIFY(hub_->submit("talk 0", ask("a0 again")));
    QTRY_VERIFY(answered("a0 again"));
  }
  void oldAnswersMakeRoomForNewOnes() {
    constexpr int kAnswers = 5;
    SessionHub hub(*engine_, nullptr, 50'000);  // three chunks of the scripted model's traces
    loadModel("/m/a.gguf");
    const auto there = [&](int i) { return hub.snapshot(QString("a%1").arg(i)); };
    for (int i = 0; i < kAnswers; ++i) {
      QVERIFY(hub.submit(QString("talk %1").arg(i), ask(QString("a%1").arg(i))));
      QTRY_VERIFY(there(i) && there(i)->finished());
    }
    QVERIFY(!there(0));
    QVERIFY(there(kAnswers - 2) && there(kAnswers - 1));
  }
  void whatIsBroughtBackStandsBeforeTheOthersAsFarAsThereIsRoom() {
    SessionHub hub(*engine_, nullptr, 4 << 20);
    QSignalSpy brought(&hub, &SessionHub::broughtBack), changed(&hub, &SessionHub::snapshotChanged);
    const auto bringBack = [&](const QString& talk, const QString& answer, const RoutingTrace& trace) {
      auto snapshot = std::make_shared<AnswerSnapshot>();
      snapshot->conversation = talk;
      snapshot->answer = answer;
      snapshot->state = AnswerState::Finished;
      snapshot->result.emplace();
      snapshot->trace = trace;
      hub.bringBack(snapshot);
    };
    const auto mebibyte = [](unsigned seed) {  // a little less: 1024 tokens of 4 + 4 * (2 * 6 + 60 * 4) bytes
      return randomTrace(1024, 4, 60, seed);
    };
    // However many share a trace, it counts once.
    const RoutingTrace shared = mebibyte(1);
    for (int i = 0; i < 100; ++i) bringBack("shared", QString("s%1").arg(i), shared);
    QCOMPARE(hub.snapshots("shared").size(), 100);
    QCOMPARE(hub.snapshots("shared").first()->answer, QString("s99"));
    QCOMPARE(hub.latest("shared")->answer, QString("s0"));
    bringBack("shared", "s0", mebibyte(2));  // it is there
    QVERIFY(hub.snapshot("s0")->trace.ids(0, 0).data() == shared.ids(0, 0).data());
    QCOMPARE(brought.size(), 100);
    QVERIFY(changed.isEmpty());
    hub.forget("shared");
    // The newest of each conversation stay longest.
    bringBack("quiet", "q", mebibyte(2));
    for (int i = 5; i >= 0; --i) bringBack("busy", QString("b%1").arg(i), mebibyte(unsigned(10 + i)));
    QVERIFY(hub.snapshot("q") && hub.snapshot("b5") && hub.snapshot("b3"));
    QVERIFY(!hub.snapshot("b2") && !hub.snapshot("b0"));
    QCOMPARE(brought.size(), 104);  // those without room are not told
    bringBack("talk", "t", mebibyte(20));
    QVERIFY(hub.snapshot("t") && !hub.snapshot("b3") && hub.snapshot("b4"));
    // One that is too large alone stays until the next.
    for (const char* talk : {"quiet", "busy", "talk"}) hub.forget(talk);
    bringBack("large", "l", randomTrace(8 * 1024, 4, 60, 3));
    QVERIFY(hub.snapshot("l"));
    bringBack("later", "x", mebibyte(4));
    QVERIFY(hub.snapshot("l") && !hub.snapshot("x"));
  }
  void whatIsBroughtBackStandsInTheOrderOfItsConversation() {
    const QStringList messages{"q1", "a1", "a2", "q3", "a3", "a4"};
    const auto bringBack = [&](const QString& talk, const QString& answer) {
      auto snapshot = std::make_shared<AnswerSnapshot>();
      snapshot->conversation = talk;
      snapshot->answer = answer;
      snapshot->state = AnswerState::Finished;
      hub_->bringBack(snapshot, messages);
    };
    bringBack("other", "o");
    for (const char* answer : {"a2", "a4", "a3", "a1"}) bringBack("talk", answer);  // the one on show first, then the newest
    QStringList order;
    for (const AnswerSnapshotPtr& each : hub_->snapshots("talk")) order.append(each->answer);
    QCOMPARE(order, (QStringList{"a1", "a2", "a3", "a4"}));
    QCOMPARE(hub_->latest("talk")->answer, QString("a4"));
  }
  void theShownAnswerIsGivenUpLast() {
    SessionHub hub(*engine_, nullptr, 1000);  // room for none
    hub.setCurrentConversation("talk");
    hub.setShownAnswer("a1");
    for (const char* answer : {"a1", "a2", "a3"}) {
      auto snapshot = std::make_shared<AnswerSnapshot>();
      snapshot->conversation = "talk";
      snapshot->answer = answer;
      snapshot->state = AnswerState::Finished;
      snapshot->text = std::string(600, 'x');
      hub.bringBack(snapshot, {"a1", "a2", "a3"});
    }
    QVERIFY(hub.snapshot("a1"));
    QVERIFY(!hub.snapshot("a2"));
  }
  void unloadingEndsTheModelsSessions() {
    loadModel("/m/a.gguf");
    world_->change([](fake::Script& script) {
      script.tokensPerSecond = 5;
      script.answer = [](const auto&) { return std::string(100, ' '); };
    });
    QVERIFY(hub_->submit("talk", ask("a1")));
    QTRY_VERIFY(hub_->snapshot("a1") && !hub_->snapshot("a1")->tokens.empty());
    engine_->unload("/m/a.gguf");
    QTRY_COMPARE(world_->journal.liveSessions.load(), 0);
    QTRY_COMPARE(world_->journal.liveModels.load(), 0);
    QVERIFY(!hub_->busy("talk"));
    // The answer that was cut off still has its end.
    QVERIFY(answered("a1"));
    QVERIFY(hub_->snapshot("a1")->result->finish == FinishReason::cancelled);
  }
  void anotherModelMeansAnotherSession() {
    loadModel("/m/a.gguf");
    QVERIFY(hub_->submit("talk", ask("a1")));
    QTRY_VERIFY(answered("a1"));
    loadModel("/m/b.gguf");
    QVERIFY(hub_->submit("talk", ask("a2")));
    QTRY_VERIFY(answered("a2"));
    QCOMPARE(hub_->snapshot("a1")->modelName, std::string("a"));
    QCOMPARE(hub_->snapshot("a2")->modelName, std::string("b"));
    QTRY_COMPARE(world_->journal.liveSessions.load(), 1);
  }
  void editsAreCheckedKeptAndTold() {
    loadModel("/m/a.gguf");
    QSignalSpy changed(hub_.get(), &SessionHub::editsChanged);
    RoutingEdits good, bad;
    good.experts = {{-1, 1, ExpertAction::disable, 0}};
    bad.experts = {{-1, 99, ExpertAction::disable, 0}};
    QVERIFY(hub_->setEdits("talk", good).ok());
    QVERIFY(!hub_->setEdits("talk", bad).ok());
    QVERIFY(hub_->edits("talk") == good);
    QVERIFY(hub_->edits("other").empty());
    QVERIFY(hub_->setEdits("talk", good).ok());
    QCOMPARE(changed.size(), 1);
    QVERIFY(hub_->setEdits("talk", {}).ok());
    QVERIFY(hub_->edits("talk").empty());
    QCOMPARE(changed.size(), 2);
  }
  void theCurrentConversationIsToldOnce() {
    QSignalSpy changed(hub_.get(), &SessionHub::currentConversationChanged);
    hub_->setCurrentConversation("a");
    hub_->setCurrentConversation("a");
    QCOMPARE(changed.size(), 1);
    QCOMPARE(hub_->currentConversation(), QString("a"));
  }
};

QTEST_GUILESS_MAIN(TestSessionHub)
#include "test_session_hub.moc"
