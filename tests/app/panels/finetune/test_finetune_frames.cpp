// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QElapsedTimer>
#include <QtTest>

#include <algorithm>
#include <ctime>
#include <thread>

#include "app/panels/finetune/run_view.h"
#include "tests/app/panels/finetune/run_fixture.h"
#include "widgets/style/theme.h"

using namespace roundhouse::app;

namespace {

constexpr double kGoalMs = 16;

qint64 threadNs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return qint64(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// What each turn of the event loop takes of the window's thread: no frame is drawn meanwhile.
class TimedApplication : public QApplication {
 public:
  using QApplication::QApplication;
  bool notify(QObject* receiver, QEvent* event) override {
    if (depth_ > 0) return QApplication::notify(receiver, event);
    const qint64 before = threadNs();
    ++depth_;
    const bool done = QApplication::notify(receiver, event);
    --depth_;
    if (const double ms = double(threadNs() - before) / 1e6; ms > 0.2) turns_ms.push_back(ms);
    return done;
  }
  std::vector<double> turns_ms;

 private:
  int depth_ = 0;
};

}  // namespace

// A run of 48 layers of 128 experts whose events come 30 times a second, at 1080p.
class TestFinetuneFrames : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void noTurnTakesAFrame_data() {
    QTest::addColumn<QString>("tab");
    QTest::newRow("curves") << QStringLiteral("finetuneTabCurves");
    QTest::newRow("routing") << QStringLiteral("finetuneTabRouting");
    QTest::newRow("evaluation") << QStringLiteral("finetuneEvaluation");
  }
  void noTurnTakesAFrame() {
    QFETCH(QString, tab);
    auto* timed = static_cast<TimedApplication*>(qApp);
    const QByteArrayList lines = scriptedEvents(3000, 3000, 50, 48, 128);
    JobRunBuilder builder;
    qsizetype next = 0;
    const auto feed = [&](qsizetype until) {
      for (; next < until && next < lines.size(); ++next) builder.add(lines[next], next);
      return builder.run();
    };
    RunView view;
    view.resize(1700, 1000);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    view.setActive(true);
    JobRun run = feed(2900);
    view.setRun(jobOf("a", JobState::running, run), run);
    view.showTab(tab);
    QTRY_VERIFY(view.settled());
    timed->turns_ms.clear();
    QElapsedTimer clock;
    clock.start();
    while (clock.elapsed() < 3000) {
      run = feed(next + 1);
      view.setRun(jobOf("a", JobState::running, run), run);
      QElapsedTimer frame;
      frame.start();
      while (frame.elapsed() < 33) QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    }
    auto& turns = timed->turns_ms;
    QVERIFY(!turns.empty());
    std::sort(turns.begin(), turns.end());
    const double p95 = turns[size_t(0.95 * double(turns.size() - 1))];
    qInfo("%s: %zu turns, p50 %.2f ms, p95 %.2f ms, max %.2f ms of the window's thread", QTest::currentDataTag(), turns.size(), turns[turns.size() / 2], p95, turns.back());
    QVERIFY2(p95 <= kGoalMs, qPrintable(QStringLiteral("p95 %1 ms").arg(p95)));
  }
};

int main(int argc, char** argv) {
  TimedApplication application(argc, argv);
  roundhouse::widgets::Theme theme(application);
  TestFinetuneFrames test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_finetune_frames.moc"
