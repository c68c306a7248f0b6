// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/jobs: job_desk
#include "app/jobs/job_manager.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QSignalSpy>
#include <QSqlDatabase>

#include <memory>

#include "app/jobs/worker.h"
#include "tests/app/jobs/fake_worker.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

std::unique_ptr<JobManager> window(const fake::Folder& folder, int parallel = 1) {
  JobManagerOptions options;
  options.dataFolder = folder.path();
  options.program = QCoreApplication::applicationFilePath();
  options.parallel = parallel;
  options.pollMs = 20;
  return std::make_unique<JobManager>(options);
}

bool becomes(JobManager& jobs, const QString& id, JobState state, int ms = 20'000) {
  return QTest::qWaitFor([&] { return jobs.ready() && jobs.job(id).state == state && !jobs.job(id).id.isEmpty(); }, ms);
}

bool reaches(JobManager& jobs, const QString& id, qint64 step) {
  return QTest::qWaitFor([&] { return jobs.job(id).step >= step; }, 20'000);
}

QByteArray bytesOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestJobManager : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void aJobRunsToItsEnd() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("Who am I?", 6));
    QVERIFY(id.startsWith(QLatin1String("who-am-i-")));
    QCOMPARE(jobs->job(id).state, JobState::queued);
    QVERIFY(becomes(*jobs, id, JobState::finished));
    const JobInfo info = jobs->job(id);
    QCOMPARE(info.step, 6);
    QCOMPARE(info.steps, 6);
    QCOMPARE(info.loss, 4.0 / 6);
    QCOMPARE(info.evaluationLoss, 0.75);
    QVERIFY(!info.error && info.started.isValid() && info.ended >= info.started);
    QCOMPARE(info.folder, folder.path(QStringLiteral("runs/") + id));
    QCOMPARE(info.job.output, info.folder.toStdString());
    QVERIFY(jobs->run(id).isEmpty());  // read from now on
    QSignalSpy changed(jobs.get(), &JobManager::runChanged);
    QVERIFY(changed.wait(10'000) || !jobs->run(id).isEmpty());
    QTRY_VERIFY(jobs->run(id).complete());
    QCOMPARE(jobs->run(id).points().size(), 6);
    QCOMPARE(jobs->run(id).lastEvent(), QStringLiteral("finished"));
    QCOMPARE(jobs->run(id).routingSum().counts, (QList<qint64>{6, 12, 18, 24}));
  }

  void theCurvesGrowWhileItRuns() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("long", 1000, 20));
    (void)jobs->run(id);
    QSignalSpy changed(jobs.get(), &JobManager::runChanged);
    QTRY_VERIFY_WITH_TIMEOUT(jobs->run(id).points().size() >= 3, 20'000);
    const JobRun before = jobs->run(id);
    const qsizetype points = before.points().size();
    QTRY_VERIFY_WITH_TIMEOUT(jobs->run(id).points().size() > points, 20'000);
    QCOMPARE(before.points().size(), points);  // what was handed out stays
    QElapsedTimer clock;
    clock.start();
    changed.clear();
    QTest::qWait(500);
    QVERIFY2(changed.size() <= 30 * clock.elapsed() / 1000 + 2, qPrintable(QString::number(changed.size())));
    jobs->cancel(id);
    QVERIFY(becomes(*jobs, id, JobState::cancelled));
  }

  void pausedAndResumed() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("pause", 40, 20));
    QVERIFY(reaches(*jobs, id, 2));
    QVERIFY(jobs->job(id).canPause());
    jobs->pause(id);
    QVERIFY(becomes(*jobs, id, JobState::paused));
    const qint64 at = jobs->job(id).step;
    QVERIFY(at >= 2 && at < 40);
    QVERIFY(!jobs->job(id).error && !workerOf(jobs->job(id).folder).held);
    QVERIFY(jobs->command(id).endsWith(QLatin1String(" --yes --resume")));
    jobs->resume(id);
    QVERIFY(becomes(*jobs, id, JobState::finished));
    QCOMPARE(jobs->job(id).step, 40);
    (void)jobs->run(id);
    QTRY_VERIFY(jobs->run(id).complete());
    QCOMPARE(jobs->run(id).points().size(), 40);
    QCOMPARE(jobs->run(id).sessions().size(), 2);
    QCOMPARE(jobs->run(id).sessions()[0].end, QStringLiteral("paused"));
    QCOMPARE(jobs->run(id).sessions()[1].firstStep, at);
  }

  void cancelledStaysSo() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("cancel", 1000, 20)), waiting = jobs->add(fake::job("waiting", 1));
    QVERIFY(reaches(*jobs, id, 1));
    jobs->cancel(id);
    QVERIFY(becomes(*jobs, id, JobState::cancelled));
    QVERIFY(!jobs->job(id).error);
    QVERIFY(becomes(*jobs, waiting, JobState::finished));
  }

  void askedAgainAWorkerThatDoesNotListenIsKilled() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("deaf", 10'000, 10));
    QVERIFY(reaches(*jobs, id, 1));
    jobs->cancel(id);
    QTRY_VERIFY(jobs->job(id).ending);
    QTest::qWait(200);
    QCOMPARE(jobs->job(id).state, JobState::running);
    jobs->cancel(id);
    QVERIFY(becomes(*jobs, id, JobState::cancelled));
  }

  void oneAfterAnotherInTheirOrder() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString a = jobs->add(fake::job("a", 60, 20)), b = jobs->add(fake::job("b", 3)), c = jobs->add(fake::job("c", 3));
    QVERIFY(becomes(*jobs, a, JobState::running));
    QTRY_COMPARE(jobs->job(c).state, JobState::queued);
    jobs->move(c, 0);
    QTRY_COMPARE(jobs->jobs()[1].id, c);
    QCOMPARE(jobs->jobs()[2].id, b);
    QVERIFY(becomes(*jobs, b, JobState::finished));
    QVERIFY(jobs->job(c).ended <= jobs->job(b).started);
    QVERIFY(jobs->job(a).ended <= jobs->job(c).started);
    QCOMPARE(jobs->job(a).state, JobState::finished);
  }

  void aQueuedJobLeavesTheQueueWhenItIsPaused() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString a = jobs->add(fake::job("a", 1000, 20)), b = jobs->add(fake::job("b", 3)), c = jobs->add(fake::job("c", 3));
    QVERIFY(becomes(*jobs, a, JobState::running));
    jobs->pause(b);
    QVERIFY(becomes(*jobs, b, JobState::paused));
    jobs->cancel(a);
    QVERIFY(becomes(*jobs, c, JobState::finished));
    QCOMPARE(jobs->job(b).state, JobState::paused);
    QVERIFY(!QFile::exists(jobs->job(b).folder + QStringLiteral("/events.jsonl")));
    jobs->resume(b);  // begins
    QVERIFY(becomes(*jobs, b, JobState::finished));
  }

  void theWindowGoesAndFindsItAgain() {
    const fake::Folder folder;
    auto jobs = window(folder);
    const QString id = jobs->add(fake::job("survivor", 60, 20)), next = jobs->add(fake::job("next", 2));
    QVERIFY(reaches(*jobs, id, 2));
    const qint64 pid = workerOf(jobs->job(id).folder).pid;
    jobs.reset();
    QCOMPARE(::kill(pid_t(pid), 0), 0);
    QTest::qWait(100);
    jobs = window(folder);
    QTRY_VERIFY(jobs->ready());
    QCOMPARE(jobs->job(id).state, JobState::running);
    QVERIFY(reaches(*jobs, id, 6));
    QCOMPARE(workerOf(jobs->job(id).folder).pid, pid);
    QCOMPARE(jobs->job(next).state, JobState::queued);
    jobs->pause(id);
    QVERIFY(becomes(*jobs, id, JobState::paused));
    QVERIFY(becomes(*jobs, next, JobState::finished));  // the queue goes on
    jobs->resume(id);
    QVERIFY(becomes(*jobs, id, JobState::finished));
  }

  void whatEndedWithoutAWindowIsKnown() {
    const fake::Folder folder;
    auto jobs = window(folder, 2);
    const QString ends = jobs->add(fake::job("ends", 30, 20)), fails = jobs->add(fake::job("full", 10, 20));
    QVERIFY(becomes(*jobs, ends, JobState::running) && becomes(*jobs, fails, JobState::running));
    const QString a = jobs->job(ends).folder, b = jobs->job(fails).folder;
    jobs.reset();
    QTRY_VERIFY_WITH_TIMEOUT(!workerOf(a).held && !workerOf(b).held, 20'000);
    jobs = window(folder, 2);
    QVERIFY(becomes(*jobs, ends, JobState::finished) && becomes(*jobs, fails, JobState::failed));
    QCOMPARE(jobs->job(ends).step, 30);
    QCOMPARE(QString::fromStdString(jobs->job(fails).error->received), QStringLiteral("No space left on device"));
  }

  void aKilledWorkerIsToldAndResumed() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("victim", 40, 20));
    QVERIFY(reaches(*jobs, id, 6));
    QCOMPARE(::kill(pid_t(workerOf(jobs->job(id).folder).pid), SIGKILL), 0);
    QVERIFY(becomes(*jobs, id, JobState::interrupted));
    const JobInfo info = jobs->job(id);
    QVERIFY(info.canResume() && info.error);
    QVERIFY2(info.error->message().find("signal 9") != std::string::npos, info.error->message().c_str());
    jobs->resume(id);
    QVERIFY(becomes(*jobs, id, JobState::finished));
    QVERIFY(!jobs->job(id).error);
    (void)jobs->run(id);
    QTRY_VERIFY(jobs->run(id).complete());
    QCOMPARE(jobs->run(id).points().size(), 40);  // steps done twice stand once
    QVERIFY(jobs->run(id).sessions()[1].firstStep % 5 == 0);
  }

  void killedWhileNoWindowWasThere() {
    const fake::Folder folder;
    auto jobs = window(folder);
    const QString id = jobs->add(fake::job("victim", 400, 20));
    QVERIFY(reaches(*jobs, id, 2));
    const QString run = jobs->job(id).folder;
    jobs.reset();
    QCOMPARE(::kill(pid_t(workerOf(run).pid), SIGKILL), 0);
    QTRY_VERIFY(!workerOf(run).held);
    jobs = window(folder);
    QVERIFY(becomes(*jobs, id, JobState::interrupted));
    QVERIFY(jobs->job(id).error && jobs->job(id).step >= 2);
  }

  void aFullDiskIsToldInTheWorkersWords() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("full", 10)), next = jobs->add(fake::job("next", 2));
    QVERIFY(becomes(*jobs, id, JobState::failed));
    const auto error = jobs->job(id).error;
    QVERIFY(error);
    QCOMPARE(error->code, ErrorCode::io);
    QCOMPARE(error->operation, std::string("write checkpoint"));
    QCOMPARE(error->received, std::string("No space left on device"));
    QVERIFY(becomes(*jobs, next, JobState::finished));
  }

  void aWorkerThatEndsBeforeItsFirstEventIsQuoted() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("silent"));
    QVERIFY(becomes(*jobs, id, JobState::failed));
    QVERIFY2(jobs->job(id).error->message().find("there is no such model") != std::string::npos, jobs->job(id).error->message().c_str());
  }

  void garbageAmongTheEventsIsCounted() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("garbage", 5));
    QVERIFY(becomes(*jobs, id, JobState::finished));
    (void)jobs->run(id);
    QTRY_VERIFY(jobs->run(id).complete());
    QCOMPARE(jobs->run(id).points().size(), 5);
    QCOMPARE(jobs->run(id).skippedLines(), 15);
  }

  void twoWindowsStartAJobOnce() {
    const fake::Folder folder;
    const auto a = window(folder), b = window(folder);
    QTRY_VERIFY(a->ready() && b->ready());
    QStringList ids;
    for (int i = 0; i < 4; ++i) ids.append((i % 2 ? a : b)->add(fake::job("shared", 5, 20)));
    int most = 0;
    QVERIFY(QTest::qWaitFor([&] {
      int running = 0;
      for (const QString& id : ids) running += workerOf(folder.path(QStringLiteral("runs/") + id)).held;
      most = std::max(most, running);
      return std::all_of(ids.begin(), ids.end(), [&](const QString& id) { return a->job(id).state == JobState::finished && b->job(id).state == JobState::finished; });
    }, 30'000));
    QCOMPARE(most, 1);
    for (const QString& id : ids) {
      const QByteArray events = bytesOf(a->job(id).folder + QStringLiteral("/events.jsonl"));
      QCOMPARE(events.count("\"event\":\"start\""), 1);
    }
  }

  void theOtherWindowMayEndIt() {
    const fake::Folder folder;
    const auto a = window(folder), b = window(folder);
    const QString id = a->add(fake::job("shared", 1000, 20));
    QVERIFY(becomes(*b, id, JobState::running));
    QVERIFY(reaches(*b, id, 2));
    b->pause(id);
    QVERIFY(becomes(*a, id, JobState::paused) && becomes(*b, id, JobState::paused));
    b->remove(id, false);
    QTRY_VERIFY(a->job(id).id.isEmpty() && b->job(id).id.isEmpty());
  }

  void resumedByHandItIsSeenRunning() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("hand", 200, 20));
    QVERIFY(reaches(*jobs, id, 1));
    jobs->pause(id);
    QVERIFY(becomes(*jobs, id, JobState::paused));
    QProcess shell;
    shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QStringLiteral("exec ") + jobs->command(id)});
    QVERIFY(shell.waitForStarted());
    QVERIFY(becomes(*jobs, id, JobState::running));
    jobs->pause(id);
    QVERIFY(becomes(*jobs, id, JobState::paused));
    QTRY_COMPARE(shell.state(), QProcess::NotRunning);
    QCOMPARE(shell.exitCode(), 143);
  }

  void aDamagedListIsMadeAnewFromTheFolders() {
    const fake::Folder folder;
    auto jobs = window(folder);
    const QString done = jobs->add(fake::job("done", 2)), dead = jobs->add(fake::job("hurt", 9)), runs = jobs->add(fake::job("runs", 300, 20)),
                  waits = jobs->add(fake::job("waits", 3));
    QVERIFY(becomes(*jobs, runs, JobState::running));
    QVERIFY(becomes(*jobs, dead, JobState::interrupted));
    QTRY_COMPARE(jobs->job(waits).state, JobState::queued);
    jobs.reset();
    QFile store(folder.path(QStringLiteral("jobs.db")));
    QVERIFY(store.open(QIODevice::WriteOnly));
    store.write(QByteArray(20'000, 'x'));
    store.close();
    QFile::remove(folder.path(QStringLiteral("jobs.db-wal")));
    jobs = window(folder);
    QSignalSpy noticed(jobs.get(), &JobManager::noticed);
    QVERIFY(becomes(*jobs, done, JobState::finished));
    QVERIFY(becomes(*jobs, dead, JobState::interrupted));
    QVERIFY(becomes(*jobs, runs, JobState::running));
    QVERIFY(becomes(*jobs, waits, JobState::paused));  // nothing begins by itself
    QCOMPARE(noticed.size(), 1);
    QCOMPARE(QDir(folder.path()).entryList({QStringLiteral("jobs.db.damaged-*")}).size(), 1);
    QCOMPARE(jobs->job(runs).job.steps.steps, 300);
    QCOMPARE(jobs->job(runs).name, QStringLiteral("runs"));
    jobs->cancel(runs);
    QVERIFY(becomes(*jobs, runs, JobState::cancelled));
    jobs->resume(waits);
    QVERIFY(becomes(*jobs, waits, JobState::finished));
  }

  void aListThatVanishesComesBack() {
    const fake::Folder folder;
    auto jobs = window(folder);
    const QString runs = jobs->add(fake::job("runs", 300, 20)), waits = jobs->add(fake::job("waits", 3)), dropped = jobs->add(fake::job("dropped", 3));
    QVERIFY(becomes(*jobs, runs, JobState::running));
    jobs->cancel(dropped);
    QVERIFY(becomes(*jobs, dropped, JobState::cancelled));
    for (const char* name : {"jobs.db", "jobs.db-wal", "jobs.db-shm"}) QFile::remove(folder.path(QLatin1String(name)));
    QTRY_VERIFY(QFile::exists(folder.path(QStringLiteral("jobs.db"))));
    jobs->cancel(runs);
    QVERIFY(becomes(*jobs, runs, JobState::cancelled));
    QVERIFY(becomes(*jobs, waits, JobState::finished));
    QCOMPARE(jobs->job(dropped).state, JobState::cancelled);
    jobs = window(folder);
    QTRY_VERIFY(jobs->ready());
    QCOMPARE(jobs->jobs().size(), 3);
  }

  void theWindowGoesOnWhileALongRunIsRead() {
    const fake::Folder folder;
    const QString run = folder.path(QStringLiteral("runs/long"));
    QVERIFY(QDir().mkpath(run));
    TrainingJob job = fake::job("long", 100'000);
    job.output = run.toStdString();
    fake::append(run + QStringLiteral("/job.yaml"), QByteArray::fromStdString(training_job_yaml(job)));
    QByteArray events = fake::line("start", {{QStringLiteral("step"), 0}});
    for (int i = 1; i <= 100'000; ++i) events += fake::step(i, 100'000);
    events += fake::line("finished");
    fake::append(run + QStringLiteral("/events.jsonl"), events);
    const auto jobs = window(folder);
    const QString id = QStringLiteral("long");
    QElapsedTimer all, one;
    all.start();
    qint64 longest = 0;
    while (!(jobs->job(id).state == JobState::finished && jobs->run(id).complete()) && !all.hasExpired(60'000)) {
      one.start();
      QCoreApplication::processEvents();
      longest = std::max(longest, one.elapsed());
      QThread::msleep(4);
    }
    qInfo("%lld ms, at most %lld ms of them on this thread at a stretch", all.elapsed(), longest);
    QCOMPARE(jobs->run(id).step(), 100'000);
    QVERIFY(jobs->run(id).points().size() <= JobRun::kMostPoints);
    QVERIFY2(longest < 100, qPrintable(QString::number(longest)));  // usually none; others may be computing
  }

  void whatGoesWrongAllTheTimeIsToldOnce() {
    const fake::Folder folder;
    QVERIFY(QDir().mkpath(folder.path(QStringLiteral("jobs.db"))));  // a folder in its place
    const auto jobs = window(folder);
    QSignalSpy failed(jobs.get(), &JobManager::failed);
    QTRY_COMPARE(failed.size(), 1);
    QTest::qWait(2500);
    QCOMPARE(failed.size(), 1);
    const QString id = jobs->add(fake::job("a"));
    QTRY_VERIFY(failed.size() >= 2);
    QTRY_VERIFY(jobs->job(id).id.isEmpty());
  }

  void foldersWithStrangeNames() {
    const fake::Folder folder(QStringLiteral("it's \"my\" $HOME `data` 夜 ü"));
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("Wer bin ich? 我是谁 / ../x", 2));
    QVERIFY(becomes(*jobs, id, JobState::finished));
    QVERIFY2(!id.contains(QLatin1Char('/')) && !id.contains(QLatin1Char('.')) && id.contains(QStringLiteral("我是谁")), qPrintable(id));
    QCOMPARE(QDir(folder.path(QStringLiteral("runs"))).entryList(QDir::Dirs | QDir::NoDotAndDotDot), QStringList{id});
    jobs->remove(id, true);
    QTRY_VERIFY(jobs->job(id).id.isEmpty());
    QTRY_VERIFY(QDir(folder.path(QStringLiteral("runs"))).isEmpty());
  }

  void anothersFolderIsLeftAlone() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString first = jobs->add(fake::job("first", 2));
    QVERIFY(becomes(*jobs, first, JobState::finished));
    const QString run = jobs->job(first).folder;
    const QByteArray events = bytesOf(run + QStringLiteral("/events.jsonl")), file = bytesOf(run + QStringLiteral("/job.yaml"));
    TrainingJob other = fake::job("other", 3);
    other.output = run.toStdString();
    const QString second = jobs->add(other);
    QVERIFY(becomes(*jobs, second, JobState::failed));
    QCOMPARE(jobs->job(second).error->code, ErrorCode::conflict);
    jobs->resume(second);
    QTest::qWait(100);
    QVERIFY(becomes(*jobs, second, JobState::failed));
    jobs->remove(second, true);
    QTRY_VERIFY(jobs->job(second).id.isEmpty());
    QCOMPARE(bytesOf(run + QStringLiteral("/events.jsonl")), events);
    QCOMPARE(bytesOf(run + QStringLiteral("/job.yaml")), file);
  }

  void onlyWhatTheRunWroteIsDeletedInTheUsersFolder() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    TrainingJob job = fake::job("mine", 6);
    job.output = folder.path(QStringLiteral("mine")).toStdString();
    QVERIFY(QDir().mkpath(folder.path(QStringLiteral("mine"))));
    fake::append(folder.path(QStringLiteral("mine/letter.txt")), "dear");
    const QString id = jobs->add(job);
    QVERIFY(becomes(*jobs, id, JobState::finished));
    jobs->remove(id, true);
    QTRY_VERIFY(jobs->job(id).id.isEmpty());
    QTRY_COMPARE(QDir(folder.path(QStringLiteral("mine"))).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot), QStringList{QStringLiteral("letter.txt")});
  }

  void aRunningJobIsNotRemoved() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("busy", 1000, 20));
    QVERIFY(becomes(*jobs, id, JobState::running));
    QSignalSpy failed(jobs.get(), &JobManager::failed);
    jobs->remove(id, true);
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].toString(), id);
    QVERIFY(QFile::exists(jobs->job(id).folder));
    jobs->cancel(id);
    QVERIFY(becomes(*jobs, id, JobState::cancelled));
  }

  void withoutAWorkerTheQueueWaits() {
    const fake::Folder folder;
    JobManagerOptions options;
    options.dataFolder = folder.path();
    options.program = folder.path(QStringLiteral("nothing here"));
    options.pollMs = 20;
    JobManager jobs(options);
    const QString a = jobs.add(fake::job("a")), b = jobs.add(fake::job("b"));
    QVERIFY(becomes(jobs, a, JobState::failed));
    QCOMPARE(jobs.job(a).error->code, ErrorCode::not_found);
    QTest::qWait(200);
    QCOMPARE(jobs.job(b).state, JobState::queued);
    jobs.resume(a);  // asked for again: b is tried, and a waits
    QVERIFY(becomes(jobs, b, JobState::failed));
    QCOMPARE(jobs.job(a).state, JobState::queued);
  }

  void withoutADataFolderNothingIsAdded() {
    JobManagerOptions options;
    options.program = QCoreApplication::applicationFilePath();
    JobManager jobs(options);
    QSignalSpy failed(&jobs, &JobManager::failed);
    const QString id = jobs.add(fake::job("a"));
    QTRY_COMPARE(failed.size(), 1);
    QTRY_VERIFY(jobs.job(id).id.isEmpty());
  }

  void aCloneHasAFolderOfItsOwn() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("one", 2));
    QVERIFY(becomes(*jobs, id, JobState::finished));
    TrainingJob clone = jobs->clone(id);
    QVERIFY(clone.output.empty());
    const QString other = jobs->add(clone);
    QVERIFY(becomes(*jobs, other, JobState::finished));
    QVERIFY(jobs->job(id).folder != jobs->job(other).folder);
    TrainingJob a = jobs->job(id).job, b = jobs->job(other).job;
    a.output = b.output = {};
    QVERIFY(a == b);
  }

  void checksAndGivesThemUp() {
    const fake::Folder folder;
    const auto jobs = window(folder);
    QList<Result<QJsonObject>> got;
    const auto take = [&](const Result<QJsonObject>& report) { got.append(report); };
    jobs->preflight(fake::job("fine"), this, take);
    QTRY_COMPARE(got.size(), 1);
    QVERIFY(got[0].ok());
    QCOMPARE((*got[0])[QStringLiteral("model")].toObject()[QStringLiteral("name")].toString(), QStringLiteral("mini"));
    const quint64 slow = jobs->preflight(fake::job("slow"), this, take);
    jobs->cancelPreflight(slow);
    jobs->cancelPreflight(slow + 100);
    QTRY_COMPARE(got.size(), 2);
    QCOMPARE(got[1].error().code, ErrorCode::cancelled);
    auto receiver = std::make_unique<QObject>();
    jobs->preflight(fake::job("fine"), receiver.get(), take);
    receiver.reset();
    QTest::qWait(300);
    QCOMPARE(got.size(), 2);
    QVERIFY(jobs->jobs().isEmpty());
  }

  void tellsTheCommand() {
    const fake::Folder folder(QStringLiteral("a b"));
    const auto jobs = window(folder);
    const QString id = jobs->add(fake::job("x", 1));
    QCOMPARE(jobs->command(id), shellQuoted(QCoreApplication::applicationFilePath()) + QStringLiteral(" train ") + shellQuoted(folder.path(QStringLiteral("runs/") + id + QStringLiteral("/job.yaml"))) +
                                    QStringLiteral(" --yes"));
    QVERIFY(jobs->command(QStringLiteral("nobody")).isEmpty());
    QVERIFY(becomes(*jobs, id, JobState::finished));
  }
};

int main(int argc, char** argv) { return fake::main<TestJobManager>(argc, argv); }
#include "test_job_manager.moc"
