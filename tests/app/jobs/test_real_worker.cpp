// SPDX-License-Identifier: GPL-3.0-or-later
// The built roundhouse-cli as the worker, on the embedded model. CLI_PROGRAM is its path.
#include <QElapsedTimer>
#include <QSignalSpy>

#include <sys/file.h>

#include <csignal>
#include <memory>

#include "app/jobs/job_manager.h"
#include "app/jobs/worker.h"
#include "tests/app/jobs/fake_worker.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

TrainingJob small(const char* name, qint64 steps) {
  TrainingJob job;
  job.name = name;
  job.data.train = {ROUNDHOUSE_SOURCE_DIR "/resources/examples/roundhouse-mini.jsonl"};
  job.data.max_tokens = 96;
  job.adapter.targets = {"attention"};
  job.adapter.rank = 4;
  job.steps.steps = steps;
  job.steps.samples = 2;
  job.checkpoint.every = 3;
  return job;
}

std::unique_ptr<JobManager> window(const fake::Folder& folder) {
  JobManagerOptions options;
  options.dataFolder = folder.path();
  options.program = QStringLiteral(CLI_PROGRAM);
  return std::make_unique<JobManager>(options);
}

bool becomes(JobManager& jobs, const QString& id, JobState state) {
  const bool did = QTest::qWaitFor([&] { return jobs.ready() && !jobs.job(id).id.isEmpty() && jobs.job(id).state == state; }, 240'000);
  if (!did) qWarning("%s: %s", qPrintable(jobStateName(jobs.job(id).state)), jobs.job(id).error ? jobs.job(id).error->message().c_str() : "");
  return did;
}

}  // namespace

class TestRealWorker : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<fake::Folder>(QStringLiteral("a b's ü"));
    qputenv("ROUNDHOUSE_DATA", QFile::encodeName(folder_->path()));
  }

  void checkedWithoutTraining() {
    const auto jobs = window(*folder_);
    std::optional<Result<QJsonObject>> got;
    jobs->preflight(small("check", 3), this, [&](const Result<QJsonObject>& report) { got = report; });
    QTRY_VERIFY_WITH_TIMEOUT(got.has_value(), 120'000);
    QVERIFY2(got->ok(), got->ok() ? "" : got->error().message().c_str());
    for (const char* key : {"model", "data", "trained", "router", "steps", "predicted"}) QVERIFY2((**got).contains(QLatin1String(key)), key);
    TrainingJob wrong = small("wrong", 3);
    wrong.data.train = {"/nowhere/at all.jsonl"};
    got.reset();
    jobs->preflight(wrong, this, [&](const Result<QJsonObject>& report) { got = report; });
    QTRY_VERIFY_WITH_TIMEOUT(got.has_value(), 120'000);
    QVERIFY(!got->ok());
    QVERIFY2(got->error().message().find("/nowhere/at all.jsonl") != std::string::npos, got->error().message().c_str());
  }

  void pausedKilledAndResumedItEndsWithAnAdapter() {
    auto jobs = window(*folder_);
    const QString id = jobs->add(small("whole", 12));
    QElapsedTimer clock;
    clock.start();
    QVERIFY(QTest::qWaitFor([&] { return jobs->job(id).step >= 1; }, 120'000));
    qInfo("first point after %lld ms", clock.elapsed());
    jobs->pause(id);
    QVERIFY(becomes(*jobs, id, JobState::paused));
    jobs->resume(id);
    QVERIFY(QTest::qWaitFor([&] { return jobs->job(id).step >= 5; }, 120'000));
    QCOMPARE(::kill(pid_t(workerOf(jobs->job(id).folder).pid), SIGKILL), 0);
    QVERIFY(becomes(*jobs, id, JobState::interrupted));
    jobs->resume(id);
    QVERIFY(becomes(*jobs, id, JobState::running));
    jobs.reset();
    jobs = window(*folder_);
    QVERIFY(becomes(*jobs, id, JobState::finished));
    (void)jobs->run(id);
    QTRY_VERIFY(jobs->run(id).complete());
    const JobRun run = jobs->run(id);
    QCOMPARE(run.points().size(), 12);
    QCOMPARE(run.skippedLines(), 0);
    QCOMPARE(run.sessions().size(), 3);
    QVERIFY(run.routing().layers > 0 && run.newest().peakMemoryBytes > 0 && !run.report().isEmpty());
    QVERIFY(!run.adapter().isEmpty() && !run.exports().isEmpty() && run.parityPassed() == std::optional(true));
  }

  void pausedWhileItReadsModelAndData() {
    const auto jobs = window(*folder_);
    const QString id = jobs->add(small("early", 3));
    QVERIFY(becomes(*jobs, id, JobState::running));
    jobs->pause(id);
    QVERIFY(becomes(*jobs, id, JobState::paused));
    jobs->resume(id);
    QVERIFY(becomes(*jobs, id, JobState::finished));
  }

  void aModelThatIsNotThereIsNamed() {
    const auto jobs = window(*folder_);
    TrainingJob job = small("wrong", 3);
    job.model = "/nowhere/model.gguf";
    const QString id = jobs->add(job);
    QVERIFY(becomes(*jobs, id, JobState::failed));
    QVERIFY2(jobs->job(id).error->message().find("/nowhere/model.gguf") != std::string::npos, jobs->job(id).error->message().c_str());
  }

 private:
  std::unique_ptr<fake::Folder> folder_;
};

QTEST_GUILESS_MAIN(TestRealWorker)
#include "test_real_worker.moc"
