// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>
#include <random>
#include <thread>

#include "app/bridge/audit_service.h"
#include "app/bridge/session_hub.h"
#include "app/bridge/token_selection.h"
#include "app/net/network_gate.h"
#include "app/panels/routing/routing_widget.h"
#include "app/shell/app_context.h"
#include "app/shell/command_registry.h"
#include "app/shell/settings.h"
#include "tests/app/fake/fake_engine.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/style/theme.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

constexpr int kLayers = 48, kExperts = 128, kTopK = 8;
constexpr int kPrompt = 64, kFrames = 320;
constexpr double kGoalMs = 16;

qint64 timeNs(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return qint64(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// Adds up what the window's thread spends in events, the ones that paint among them.
class TimedApplication : public QApplication {
 public:
  using QApplication::QApplication;
  bool notify(QObject* receiver, QEvent* event) override {
    if (depth_ > 0) return QApplication::notify(receiver, event);
    QElapsedTimer clock;
    clock.start();
    const qint64 before = timeNs(CLOCK_THREAD_CPUTIME_ID);
    ++depth_;
    const bool done = QApplication::notify(receiver, event);
    --depth_;
    busy_ns += clock.nsecsElapsed();
    processor_ns += timeNs(CLOCK_THREAD_CPUTIME_ID) - before;
    return done;
  }
  qint64 busy_ns = 0;
  qint64 processor_ns = 0;

 private:
  int depth_ = 0;
};

// A recorded answer that comes again token by token. A few experts of each layer are taken often, as in real traces.
class TracePlayer {
 public:
  explicit TracePlayer(int tokens) {
    layout_.model_layers = kLayers + 1;
    for (int layer = 0; layer < kLayers; ++layer) layout_.layers.push_back({layer + 1, kExperts, kTopK, 1, "softmax"});
    std::mt19937 random(48128);
    std::vector<int> order(kExperts);
    for (int begin = 0; begin < tokens; begin += TraceChunk::tokens) {
      auto chunk = std::make_shared<TraceChunk>();
      for (int token = 0; token < TraceChunk::tokens; ++token) {
        chunk->token_ids.push_back(int(random() % 1000));
        for (int layer = 0; layer < kLayers; ++layer) {
          const size_t first_score = chunk->scores.size();
          for (int expert = 0; expert < kExperts; ++expert)
            chunk->scores.push_back(float(random() % 4096) / 4096 + 0.5f * float((expert * 37 + layer * 11) % 16 == 0));
          std::iota(order.begin(), order.end(), 0);
          std::partial_sort(order.begin(), order.begin() + kTopK, order.end(),
                            [&](int a, int b) { return chunk->scores[first_score + size_t(a)] > chunk->scores[first_score + size_t(b)]; });
          for (int k = 0; k < kTopK; ++k) {
            chunk->ids.push_back(std::uint16_t(order[size_t(k)]));
            chunk->weights.push_back(1.0f / kTopK);
          }
        }
      }
      chunks_.push_back(std::move(chunk));
    }
  }
  AnswerSnapshotPtr upTo(int tokens) const {
    auto snapshot = std::make_shared<AnswerSnapshot>();
    snapshot->conversation = QStringLiteral("talk");
    snapshot->answer = QStringLiteral("answer");
    snapshot->state = AnswerState::Generating;
    const auto used = std::ptrdiff_t((tokens + TraceChunk::tokens - 1) / TraceChunk::tokens);
    snapshot->trace = RoutingTrace(layout_, kTopK, true, {chunks_.begin(), chunks_.begin() + used}, tokens, kPrompt, {});
    return snapshot;
  }

 private:
  RoutingLayout layout_;
  std::vector<std::shared_ptr<const TraceChunk>> chunks_;
};

// What an answer costs beside the window: two threads of products that never rest.
class Generation {
 public:
  Generation() {
    for (std::thread& thread : threads_)
      thread = std::thread([this] {
        std::vector<float> a(4096, 1.0f), b(4096, 0.999f);
        while (!stop_)
          for (size_t i = 0; i < a.size(); ++i) a[i] = a[i] * b[i] + 0.001f;
        kept_ = a[17];
      });
  }
  ~Generation() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<float> kept_{0};
  std::array<std::thread, 2> threads_;
};

struct Figures {
  double p50, p95, max;
};
Figures figuresOf(std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double share) { return milliseconds[size_t(share * double(milliseconds.size() - 1))]; };
  return {at(0.5), at(0.95), milliseconds.back()};
}

TimedApplication* timed() { return static_cast<TimedApplication*>(qApp); }

}  // namespace

// The Routing room at 1080p while tokens come in: 48 layers of 128 experts, each token drawn, two threads busy.
class TestRoutingFrames : public QObject {
  Q_OBJECT

 private:
  const TracePlayer player_{kPrompt + kFrames};

  // The window's thread, per token: from the token to the end of the painting that shows it, waits excluded.
  struct Times {
    std::vector<double> wall_ms, processor_ms;
    double share = 0;  // of the processor that this program got while two threads asked for all of it
  };
  Times play(const QString& tab, bool chosen, int frames) {
    auto world = std::make_shared<fake::World>();
    EngineController engine(fake::api(world));
    SessionHub sessions(engine);
    TokenSelection selection;
    Settings settings;
    NetworkGate network({});
    CommandRegistry commands(settings);
    QHash<QString, std::shared_ptr<void>> kept;
    QTemporaryDir folder;
    AuditService audit;
    AppContext context{engine, sessions, selection, settings, network, commands, folder.path(), audit, kept};
    RoutingWidget room(context);
    room.resize(1920, 1080);
    room.show();
    if (!QTest::qWaitForWindowExposed(&room)) return {};
    room.setActive(true);
    sessions.setCurrentConversation(QStringLiteral("talk"));
    room.setSnapshot(player_.upTo(kPrompt));
    if (chosen) {
      selection.selectTokens(QStringLiteral("talk"), QStringLiteral("answer"), kPrompt - 1, kPrompt);
      selection.selectExpert(3, 5);
    }
    room.showTab(tab);
    if (!QTest::qWaitFor([&] { return room.settled(); })) return {};

    Generation generation;
    Times times;
    QElapsedTimer clock;
    clock.start();
    const qint64 used = timeNs(CLOCK_PROCESS_CPUTIME_ID);
    for (int token = kPrompt + 1; token <= kPrompt + frames; ++token) {
      QCoreApplication::processEvents();
      const AnswerSnapshotPtr snapshot = player_.upTo(token);
      timed()->busy_ns = timed()->processor_ns = 0;
      room.setSnapshot(snapshot);
      const auto before = room.heatmap()->snapshot();
      while (room.heatmap()->snapshot() == before) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
      QCoreApplication::processEvents();  // the paint that the refresh asked for
      times.wall_ms.push_back(double(timed()->busy_ns) / 1e6);
      times.processor_ms.push_back(double(timed()->processor_ns) / 1e6);
      if (room.heatmap()->snapshot()->columns != kExperts) return {};
    }
    const double processors = std::clamp(double(std::thread::hardware_concurrency()), 1.0, 2.0);
    times.share = double(timeNs(CLOCK_PROCESS_CPUTIME_ID) - used) / (double(clock.nsecsElapsed()) * processors);
    return times;
  }

 private Q_SLOTS:
  void everyTokenIsShownInTime_data() {
    QTest::addColumn<QString>("tab");
    QTest::addColumn<bool>("chosen");
    QTest::addColumn<int>("frames");
    QTest::newRow("live") << "routingTabToken" << false << kFrames;
    QTest::newRow("a token chosen") << "routingTabToken" << true << 60;
    QTest::newRow("balance") << "routingTabBalance" << false << 60;
    QTest::newRow("together") << "routingTabTogether" << true << 60;
    QTest::newRow("an expert's tokens") << "routingTabExpert" << true << 60;
  }
  void everyTokenIsShownInTime() {
    QFETCH(QString, tab);
    QFETCH(bool, chosen);
    QFETCH(int, frames);
    // The median of three runs counts when one alone is late. Where other programs take the processors too, what the
    // window's thread spends says more than the time that passes.
    std::vector<double> p95;
    while (p95.empty() || (p95.size() < 3 && p95.front() > kGoalMs)) {
      const Times times = play(tab, chosen, frames);
      QCOMPARE(int(times.wall_ms.size()), frames);
      const Figures wall = figuresOf(times.wall_ms), processor = figuresOf(times.processor_ms);
      qInfo("%s: %d frames, p50 %.2f ms, p95 %.2f ms, max %.2f ms; processor time p50 %.2f ms, p95 %.2f ms; share of the processors %.0f %%",
            QTest::currentDataTag(), frames, wall.p50, wall.p95, wall.max, processor.p50, processor.p95, 100 * times.share);
      p95.push_back(times.share < 0.9 ? processor.p95 : wall.p95);
    }
    std::sort(p95.begin(), p95.end());
    const double median = p95[p95.size() / 2];
    QVERIFY2(median <= kGoalMs, qPrintable(QStringLiteral("p95 %1 ms, the goal is %2 ms").arg(median).arg(kGoalMs)));
  }
};

int main(int argc, char** argv) {
  TimedApplication application(argc, argv);
  widgets::Theme theme(application);
  TestRoutingFrames test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_routing_frames.moc"
