// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/engine_controller.h"

#include <QSignalSpy>
#include <QtTest>

#include "tests/app/fake/fake_engine.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestEngineController : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<fake::World> world_;
  std::unique_ptr<EngineController> engine_;
  QList<LoadOutcome> outcomes_;
  QList<LoadState> progress_;

  void start() {
    engine_->start({});
    QTRY_VERIFY(engine_->running());
  }

 private Q_SLOTS:
  void init() {
    world_ = std::make_shared<fake::World>();
    engine_ = std::make_unique<EngineController>(fake::api(world_));
    outcomes_.clear();
    progress_.clear();
    connect(engine_.get(), &EngineController::loadFinished, this, [this](const LoadOutcome& outcome) {
      QCOMPARE(QThread::currentThread(), thread());
      outcomes_.append(outcome);
    });
    connect(engine_.get(), &EngineController::loadProgress, this, [this](const LoadState& state) { progress_.append(state); });
  }
  void cleanup() { engine_.reset(); }

  void nothingBlocksWhileStartingAndLoading() {
    world_->script.createMs = 150;
    world_->script.loadMs = 200;
    QElapsedTimer clock;
    clock.start();
    engine_->start({});
    engine_->load("/m/a.gguf");  // waits for the start by itself
    QVERIFY2(clock.elapsed() < 100, qPrintable(QString::number(clock.elapsed())));
    QTRY_COMPARE(outcomes_.size(), 1);
    QVERIFY(outcomes_[0].model);
    QVERIFY(!outcomes_[0].error);
    QCOMPARE(engine_->current(), outcomes_[0].model);
    QVERIFY(progress_.size() >= 3);
    for (qsizetype i = 1; i < progress_.size(); ++i) QVERIFY(progress_[i].fraction >= progress_[i - 1].fraction);
    QVERIFY(!progress_.last().stage.isEmpty());
    QVERIFY(engine_->loading().isEmpty());
  }
  void aFailedStartAnswersWaitingLoads() {
    world_->script.createError = Error{ErrorCode::unsupported, "create engine", "processor", "avx512", "avx2"};
    QSignalSpy failed(engine_.get(), &EngineController::startFailed);
    engine_->load("/m/a.gguf");
    engine_->start({});
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(outcomes_.size(), 1);
    QVERIFY(outcomes_[0].error->code == ErrorCode::unsupported);
    engine_->load("/m/b.gguf");
    QTRY_COMPARE(outcomes_.size(), 2);
    QVERIFY(outcomes_[1].error);
  }
  void aLoadThatFailsSaysWhyAndLeavesTheCurrentModel() {
    start();
    engine_->load("/m/a.gguf");
    QTRY_COMPARE(outcomes_.size(), 1);
    world_->change([](fake::Script& script) {
      script.loadError = Error{ErrorCode::malformed, "read tensor", "x in b.gguf", "offset below 10", "90"};
    });
    engine_->load("/m/b.gguf");
    QTRY_COMPARE(outcomes_.size(), 2);
    QVERIFY(!outcomes_[1].model);
    QCOMPARE(outcomes_[1].error->received, std::string("90"));
    QCOMPARE(engine_->currentPath(), QString("/m/a.gguf"));
  }
  void cancellingEndsARunningAndAWaitingLoadOnce() {
    world_->script.loadMs = 400;
    start();
    engine_->load("/m/a.gguf");
    engine_->load("/m/b.gguf");
    engine_->load("/m/c.gguf");
    QTRY_VERIFY(progress_.size() > 4);
    engine_->cancelLoad("/m/b.gguf");
    engine_->cancelLoad("/m/a.gguf");
    QTRY_COMPARE(outcomes_.size(), 3);
    QTest::qWait(50);
    QCOMPARE(outcomes_.size(), 3);
    for (const LoadOutcome& outcome : outcomes_) {
      const bool wanted = outcome.path == "/m/c.gguf";
      QCOMPARE(bool(outcome.model), wanted);
      QCOMPARE(outcome.error && outcome.error->code == ErrorCode::cancelled, !wanted);
    }
    QCOMPARE(engine_->loaded(), QStringList{"/m/c.gguf"});
  }
  void loadingTwiceLoadsOnceAndAnswersTwice() {
    world_->script.loadMs = 100;
    start();
    engine_->load("/m/a.gguf");
    engine_->load("/m/a.gguf");
    QTRY_COMPARE(outcomes_.size(), 2);
    QCOMPARE(world_->journal.loads.load(), 1);
    engine_->load("/m/a.gguf");
    QTRY_COMPARE(outcomes_.size(), 3);
    QCOMPARE(world_->journal.loads.load(), 1);
    QCOMPARE(outcomes_[2].model, outcomes_[0].model);
  }
  void unloadingReleasesTheModelAndMovesOn() {
    start();
    engine_->load("/m/a.gguf");
    engine_->load("/m/b.gguf");
    QTRY_COMPARE(outcomes_.size(), 2);
    outcomes_.clear();
    QCOMPARE(engine_->currentPath(), QString("/m/b.gguf"));
    QCOMPARE(world_->journal.liveModels.load(), 2);
    QSignalSpy current(engine_.get(), &EngineController::currentChanged);
    engine_->unload("/m/b.gguf");
    QCOMPARE(engine_->currentPath(), QString("/m/a.gguf"));
    QCOMPARE(current.size(), 1);
    QTRY_COMPARE(world_->journal.liveModels.load(), 1);
    engine_->unload("/m/a.gguf");
    QTRY_COMPARE(world_->journal.liveModels.load(), 0);
    QVERIFY(!engine_->current());
    engine_->unload("/m/a.gguf");
  }
  void closingWhileLoadingEndsSoon() {
    world_->script.loadMs = 5000;
    start();
    engine_->load("/m/a.gguf");
    QTRY_VERIFY(progress_.size() > 1);
    QElapsedTimer clock;
    clock.start();
    engine_.reset();
    QVERIFY(clock.elapsed() < 1000);
  }
};

QTEST_GUILESS_MAIN(TestEngineController)
#include "test_engine_controller.moc"
