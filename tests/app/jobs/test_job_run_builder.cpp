// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_run_builder.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <QElapsedTimer>
#include <QtTest>

#include <cmath>

#include "app/jobs/job_run.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

QByteArray line(const char* event, QJsonObject object = {}) {
  object.insert(QStringLiteral("event"), QLatin1String(event));
  object.insert(QStringLiteral("time"), QStringLiteral("2026-12-01T02:03:04.500Z"));
  return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray step(qint64 at, double loss, qint64 tokens = 3) {
  return line("step", {{QStringLiteral("step"), at}, {QStringLiteral("steps"), 1'000'000}, {QStringLiteral("loss"), loss}, {QStringLiteral("gradient_norm"), double(at)},
                       {QStringLiteral("learning_rate"), 1.0 / double(at)}, {QStringLiteral("tokens"), tokens}, {QStringLiteral("seconds"), 0.25},
                       {QStringLiteral("routing"), QJsonObject{{QStringLiteral("counts"), QJsonArray{QJsonArray{1, 0, 2}, QJsonArray{3}}}}}});
}

QByteArray start(qint64 at) { return line("start", {{QStringLiteral("pid"), 42}, {QStringLiteral("step"), at}, {QStringLiteral("steps"), 10}}); }

// Feeds lines as a file has them.
struct Feed {
  JobRunBuilder builder;
  qint64 offset = 0;
  bool add(const QByteArray& text) {
    const bool event = builder.add(text, offset);
    offset += text.size() + 1;
    return event;
  }
  const JobRun& run() const { return builder.run(); }
};

}  // namespace

class TestJobRunBuilder : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsEveryEvent() {
    Feed feed;
    QVERIFY(feed.run().isEmpty());
    QVERIFY(feed.add(line("preparing", {{QStringLiteral("stage"), QStringLiteral("data")}, {QStringLiteral("fraction"), 0.25}})));
    QCOMPARE(feed.run().stage(), QStringLiteral("data"));
    QCOMPARE(feed.run().fraction(), 0.25);
    feed.add(line("start", {{QStringLiteral("pid"), 42}, {QStringLiteral("step"), 0}, {QStringLiteral("steps"), 10},
                            {QStringLiteral("report"), QJsonObject{{QStringLiteral("model"), QStringLiteral("m")}}}}));
    QVERIFY(feed.run().stage().isEmpty());
    QCOMPARE(feed.run().report().value(QStringLiteral("model")).toString(), QStringLiteral("m"));
    feed.add(line("step", {{QStringLiteral("step"), 1}, {QStringLiteral("steps"), 12}, {QStringLiteral("loss"), 2.5}, {QStringLiteral("gradient_norm"), 1.5},
                           {QStringLiteral("learning_rate"), 0.5}, {QStringLiteral("tokens"), 100}, {QStringLiteral("learned_tokens"), 60}, {QStringLiteral("seconds"), 2},
                           {QStringLiteral("tokens_per_s"), 50}, {QStringLiteral("memory_bytes"), 1e9}, {QStringLiteral("peak_memory_bytes"), 2e9}, {QStringLiteral("balance_loss"), 0.1},
                           {QStringLiteral("routing"), QJsonObject{{QStringLiteral("layers"), QJsonArray{1, 5}}, {QStringLiteral("counts"), QJsonArray{QJsonArray{1, 2, 3}, QJsonArray{4}}}}}}));
    const StepPoint& point = feed.run().newest();
    QCOMPARE(point.loss, 2.5);
    QCOMPARE(point.memoryBytes, 1e9);
    QCOMPARE(point.peakMemoryBytes, 2e9);
    QCOMPARE(point.tokensPerSecond, 50.0);
    QCOMPARE(point.balanceLoss, 0.1);
    QVERIFY(std::isnan(point.zLoss));
    QCOMPARE(feed.run().steps(), 12);
    QCOMPARE(feed.run().seconds(), 2.0);
    QCOMPARE(feed.run().routing().layers, 2);
    QCOMPARE(feed.run().routing().counts, (QList<qint64>{1, 2, 3, 4, 0, 0}));
    QCOMPARE(feed.run().routing().at(1, 0), 4);
    QCOMPARE(feed.run().routing().numbers, (QList<int>{1, 5}));
    feed.add(line("evaluation", {{QStringLiteral("step"), 1}, {QStringLiteral("loss"), 1.5}, {QStringLiteral("perplexity"), 4.5}, {QStringLiteral("tokens"), 9},
                                 {QStringLiteral("drift"), QJsonArray{0.1, 0.2}},
                                 {QStringLiteral("best"), QJsonArray{QJsonObject{{QStringLiteral("sample"), 3}, {QStringLiteral("loss"), 0.5}, {QStringLiteral("text"), QStringLiteral("t")}}}}}));
    feed.add(line("answers", {{QStringLiteral("step"), 1}, {QStringLiteral("answers"), QJsonArray{QJsonObject{{QStringLiteral("prompt"), QStringLiteral("p")}, {QStringLiteral("answer"), QStringLiteral("a")}}}}}));
    QCOMPARE(feed.run().evaluations().size(), 1);
    const EvaluationPoint& evaluation = feed.run().evaluations().first();
    QCOMPARE(evaluation.perplexity, 4.5);
    QCOMPARE(evaluation.drift, (QList<double>{0.1, 0.2}));
    QCOMPARE(evaluation.best.first().sample, 3);
    QCOMPARE(evaluation.answers.first().answer, QStringLiteral("a"));
    feed.add(line("checkpoint", {{QStringLiteral("step"), 1}, {QStringLiteral("path"), QStringLiteral("/c")}}));
    QCOMPARE(feed.run().checkpointStep(), 1);
    feed.add(line("export", {{QStringLiteral("kind"), QStringLiteral("peft")}, {QStringLiteral("path"), QStringLiteral("/p")}, {QStringLiteral("sha256"), QStringLiteral("ab")}}));
    QVERIFY(!feed.run().parityPassed());
    feed.add(line("parity", {{QStringLiteral("exports"), QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("peft")}, {QStringLiteral("kl_mean"), 1e-6},
                                                                               {QStringLiteral("agreement"), 1}, {QStringLiteral("passed"), true}}}},
                             {QStringLiteral("passed"), true}}));
    QCOMPARE(feed.run().parityPassed(), std::optional(true));
    QCOMPARE(feed.run().parity().first().exported, QStringLiteral("peft"));
    QCOMPARE(feed.run().exports().first().sha256, QStringLiteral("ab"));
    QVERIFY(feed.run().parity().first().passed);
    QCOMPARE(feed.run().parity().first().klMean, 1e-6);
    const qint64 before = feed.offset;
    feed.add(line("finished", {{QStringLiteral("step"), 1}, {QStringLiteral("adapter"), QStringLiteral("/a")}}));
    QCOMPARE(feed.run().adapter(), QStringLiteral("/a"));
    QCOMPARE(feed.run().lastEvent(), QStringLiteral("finished"));
    QCOMPARE(feed.builder.lastOffset(), before);
    QCOMPARE(feed.run().sessions().size(), 1);
    QCOMPARE(feed.run().sessions().first().end, QStringLiteral("finished"));
    QCOMPARE(feed.run().sessions().first().pid, 42);
    QCOMPARE(feed.run().lastTime(), QDateTime(QDate(2026, 12, 1), QTime(2, 3, 4, 500), Qt::UTC));
  }

  void anErrorIsReadAsItWasWritten() {
    const Error error{ErrorCode::io, "write checkpoint", "c", "room on the disk", "No space left on device"};
    Feed feed;
    feed.add(start(0));
    feed.add(line("failed", {{QStringLiteral("step"), 0}, {QStringLiteral("error"), jsonOfError(error)}}));
    QVERIFY(feed.run().error());
    QCOMPARE(feed.run().error()->message(), error.message());
    QCOMPARE(feed.run().error()->code, ErrorCode::io);
    feed.add(start(0));
    QVERIFY(!feed.run().error());
    QVERIFY(!errorOfJson({}).operation.empty());
  }

  void whatIsNoEventIsCounted() {
    Feed feed;
    for (const char* text : {"", "x", "[1]", "{}", "{\"event\":3}", "{\"event\":\"step\"", "\xff\xfe"}) QVERIFY(!feed.add(text));
    QCOMPARE(feed.run().skippedLines(), 7);
    QVERIFY(feed.run().isEmpty());
    // Events with values of another kind do no harm.
    for (const char* text : {"{\"event\":\"step\",\"step\":\"x\",\"loss\":[],\"routing\":{\"counts\":[[],3,[\"a\"]]}}", "{\"event\":\"evaluation\",\"drift\":7,\"best\":{}}",
                             "{\"event\":\"start\",\"step\":-5,\"report\":[]}", "{\"event\":\"failed\",\"error\":\"x\"}", "{\"event\":\"news\",\"step\":1e300}"}) {
      QVERIFY(feed.add(text));
    }
    QCOMPARE(feed.run().lastEvent(), QStringLiteral("news"));
  }

  void aSnapshotNeverChanges() {
    Feed feed;
    feed.add(start(0));
    feed.add(step(1, 2));
    const JobRun before = feed.run();
    feed.add(step(2, 1));
    QCOMPARE(before.step(), 1);
    QCOMPARE(before.points().size(), 1);
    QCOMPARE(before.routingSum().last, 1);
    QCOMPARE(feed.run().points().size(), 2);
  }

  void resumedAfterAKillItsStepsStandOnce() {
    Feed feed;
    feed.add(start(0));
    for (int i = 1; i <= 8; ++i) feed.add(step(i, 10 - i));
    feed.add(line("evaluation", {{QStringLiteral("step"), 8}, {QStringLiteral("loss"), 1}}));
    feed.add(start(5));
    QCOMPARE(feed.run().step(), 5);
    QVERIFY(feed.run().evaluations().isEmpty());
    for (int i = 6; i <= 10; ++i) feed.add(step(i, 20 - i));
    QCOMPARE(feed.run().points().size(), 10);
    QCOMPARE(feed.run().points()[5].loss, 14.0);
    QCOMPARE(feed.run().seconds(), 2.5);
    QCOMPARE(feed.run().sessions().size(), 2);
    QCOMPARE(feed.run().sessions()[0].lastStep, 8);
    QVERIFY(feed.run().sessions()[0].end.isEmpty());
    QCOMPARE(feed.run().routingSum().counts, (QList<qint64>{10, 0, 20, 30, 0, 0}));
  }

  void longRunsAreThinnedButAddUp() {
    Feed feed;
    feed.add(start(0));
    constexpr int steps = 20'001;
    double sum = 0;
    for (int i = 1; i <= steps; ++i) {
      feed.add(step(i, i % 7));
      sum += i % 7;
      if (i % 1000) continue;
      QVERIFY(feed.run().points().size() <= JobRun::kMostPoints && feed.run().routingHistory().size() <= JobRun::kMostRouting);
    }
    const auto& points = feed.run().points();
    QVERIFY(points.size() > JobRun::kMostPoints / 2 - 2);
    int counted = 0;
    double mean = 0, tokens = 0;
    qint64 last = 0;
    for (const StepPoint& each : points) {
      QVERIFY(each.step > last);
      QCOMPARE(each.step, last + each.count);
      QCOMPARE(each.gradientNorm, double(each.step));  // the largest, here the last
      last = each.step;
      counted += each.count;
      mean += each.loss * each.count;
      tokens += each.tokens;
    }
    QCOMPARE(counted, steps);
    QCOMPARE(last, steps);
    QVERIFY(std::abs(mean - sum) < 1e-6 * sum);
    QCOMPARE(tokens, 3.0 * steps);
    QCOMPARE(feed.run().newest().count, 1);
    QCOMPARE(feed.run().routingSum().counts, (QList<qint64>{steps, 0, 2 * steps, 3 * steps, 0, 0}));
    qint64 next = 1;
    for (const RoutingCounts& each : feed.run().routingHistory()) {
      QCOMPARE(each.first, next);
      next = each.last + 1;
    }
    QCOMPARE(next, steps + 1);
  }

  void manyEvaluationsKeepTheFirstAndTheNewestWhole() {
    Feed feed;
    const QJsonArray answers{QJsonObject{{QStringLiteral("prompt"), QStringLiteral("p")}, {QStringLiteral("answer"), QStringLiteral("a")}}};
    for (int i = 0; i < 2000; ++i) {
      feed.add(step(i + 1, 1));
      feed.add(line("evaluation", {{QStringLiteral("step"), i + 1}, {QStringLiteral("loss"), 1.0 * i}}));
      feed.add(line("answers", {{QStringLiteral("step"), i + 1}, {QStringLiteral("answers"), answers}}));
    }
    const auto& evaluations = feed.run().evaluations();
    QVERIFY(evaluations.size() <= JobRun::kMostEvaluations && evaluations.size() > JobRun::kMostDetailed);
    QCOMPARE(evaluations.first().loss, 0.0);
    QCOMPARE(evaluations.last().loss, 1999.0);
    QVERIFY(!evaluations.first().answers.isEmpty() && !evaluations.last().answers.isEmpty());
    int whole = 0;
    for (const EvaluationPoint& each : evaluations) whole += !each.answers.isEmpty();
    QVERIFY(whole <= JobRun::kMostDetailed + 1);
  }

  void answersAloneHideNoLoss() {
    Feed feed;
    QVERIFY(std::isnan(feed.run().evaluationLoss()));
    feed.add(line("evaluation", {{QStringLiteral("step"), 0}, {QStringLiteral("loss"), 3.5}}));
    feed.add(step(1, 1));
    feed.add(line("answers", {{QStringLiteral("step"), 1}, {QStringLiteral("answers"), QJsonArray()}}));
    QCOMPARE(feed.run().evaluations().size(), 2);
    QCOMPARE(feed.run().evaluationLoss(), 3.5);
  }

  void clearedItIsEmpty() {
    Feed feed;
    feed.builder.setComplete(true);
    QVERIFY(feed.run().complete());
    feed.add(step(1, 1));
    feed.builder.clear();
    QVERIFY(feed.run().isEmpty() && !feed.run().complete() && feed.builder.lastOffset() == -1);
  }

  // A line of the embedded model has some hundred counts.
  void hundredThousandEvents() {
    QJsonArray counts;
    for (int layer = 0; layer < 8; ++layer) {
      QJsonArray row;
      for (int expert = 0; expert < 16; ++expert) row.append(100 + expert);
      counts.append(row);
    }
    Feed feed;
    feed.add(start(0));
    QElapsedTimer clock;
    clock.start();
    qint64 bytes = 0;
    for (int i = 1; i <= 100'000; ++i) {
      QByteArray text = "{\"event\":\"step\",\"time\":\"2026-12-01T02:03:04.500Z\",\"step\":" + QByteArray::number(i) +
                        ",\"loss\":2.5,\"gradient_norm\":1.5,\"learning_rate\":0.0001,\"tokens\":2048,\"seconds\":0.5,\"memory_bytes\":1000000000,\"routing\":{\"counts\":";
      static const QByteArray rows = QJsonDocument(counts).toJson(QJsonDocument::Compact);
      text += rows + "}}";
      bytes += text.size();
      feed.add(text);
    }
    qInfo("%lld ms for %.0f MB", clock.elapsed(), double(bytes) / 1e6);
    QCOMPARE(feed.run().step(), 100'000);
    QVERIFY(clock.elapsed() < 60'000);
  }
};

QTEST_GUILESS_MAIN(TestJobRunBuilder)
#include "test_job_run_builder.moc"
