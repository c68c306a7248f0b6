// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/worker.h"

#include <QProcess>

#include <sys/wait.h>

#include "tests/app/jobs/fake_worker.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

std::optional<WorkerEnd> ended(pid_t child) {
  std::optional<WorkerEnd> end;
  (void)QTest::qWaitFor([&] { return (end = reap(child)).has_value(); }, 10'000);
  return end;
}

QByteArray bytesOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestWorker : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void heldFromItsStartToItsEnd() {
    const fake::Folder folder(QStringLiteral("a b's"));
    auto claim = WorkerClaim::take(folder.path());
    QVERIFY(claim.ok());
    QVERIFY(workerOf(folder.path()).held);
    QCOMPARE(WorkerClaim::take(folder.path()).error().code, ErrorCode::conflict);
    const auto child = claim->start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QStringLiteral("pwd; echo oops >&2; sleep 5; true")});
    QVERIFY(child.ok());
    const WorkerState state = workerOf(folder.path());
    QVERIFY(state.held);
    QCOMPARE(state.pid, qint64(*child));
    QCOMPARE(::getsid(*child), *child);  // a session of its own
    QVERIFY(!reap(*child));
    QTRY_COMPARE(bytesOf(folder.path(QStringLiteral("worker.log"))), QFile::encodeName(folder.path()) + "\noops\n");
    QVERIFY(signalWorker(folder.path(), SIGTERM).ok());
    const auto end = ended(*child);
    QVERIFY(end && end->known && WIFSIGNALED(end->status) && WTERMSIG(end->status) == SIGTERM);
    QVERIFY(!workerOf(folder.path()).held);  // though its child still has the descriptor
    QCOMPARE(signalWorker(folder.path(), SIGTERM).error().code, ErrorCode::not_found);
    QVERIFY(WorkerClaim::take(folder.path()).ok());
    QVERIFY(reap(*child) && !reap(*child)->known);
  }

  void aClaimThatIsGivenUpIsFree() {
    const fake::Folder folder;
    { QVERIFY(WorkerClaim::take(folder.path()).ok()); }
    QVERIFY(!workerOf(folder.path()).held);
    QCOMPARE(WorkerClaim::take(folder.path(QStringLiteral("nowhere"))).error().code, ErrorCode::not_found);
  }

  void aProgramThatIsNotThereIsTold() {
    const fake::Folder folder;
    {
      auto claim = WorkerClaim::take(folder.path());
      QVERIFY(claim.ok());
      const auto child = claim->start(QStringLiteral("/nowhere/roundhouse-cli"), {});
      QCOMPARE(child.error().code, ErrorCode::not_found);
    }
    QVERIFY(!workerOf(folder.path()).held);
  }

  void anIdWithoutTheLockIsNobody() {
    const fake::Folder folder;
    QProcess bystander;
    bystander.start(QStringLiteral("sleep"), {QStringLiteral("60")});
    QVERIFY(bystander.waitForStarted());
    for (const char* name : {"run.lock", "worker.lock"}) fake::append(folder.path(QLatin1String(name)), QByteArray::number(bystander.processId()));
    QVERIFY(!workerOf(folder.path()).held);
    QCOMPARE(signalWorker(folder.path(), SIGKILL).error().code, ErrorCode::not_found);
    QCOMPARE(bystander.state(), QProcess::Running);
    bystander.kill();
    QVERIFY(bystander.waitForFinished());
  }

  void theOneBegunByHandIsSeen() {
    const fake::Folder folder;
    const int lock = ::open(QFile::encodeName(folder.path(QStringLiteral("run.lock"))).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    QCOMPARE(::flock(lock, LOCK_EX | LOCK_NB), 0);
    QVERIFY(workerOf(folder.path()).held);
    QCOMPARE(workerOf(folder.path()).pid, 0);
    QCOMPARE(signalWorker(folder.path(), SIGTERM).error().code, ErrorCode::not_found);  // has not said who it is
    QCOMPARE(::pwrite(lock, "1\n", 2, 0), 2);
    QCOMPARE(signalWorker(folder.path(), SIGTERM).error().code, ErrorCode::not_found);  // init runs nothing of ours
    QCOMPARE(WorkerClaim::take(folder.path()).error().code, ErrorCode::conflict);
    ::close(lock);
  }

  void lastWordsAreShort() {
    const fake::Folder folder;
    QVERIFY(lastWords(folder.path(), 0).isEmpty());
    const QString log = folder.path(QStringLiteral("worker.log"));
    fake::append(log, "before\n");
    const qint64 from = QFileInfo(log).size();
    QVERIFY(lastWords(folder.path(), from).isEmpty());
    fake::append(log, "first\n\x1b[31mred\r\nlast\n");
    QCOMPARE(lastWords(folder.path(), from), QStringLiteral("first\n [31mred\nlast"));
    fake::append(log, QByteArray(100'000, 'x') + "\nend");
    QCOMPARE(lastWords(folder.path(), from), QStringLiteral("end"));
  }

  void aShellReadsWhatIsQuoted() {
    for (const QString& word : {QStringLiteral("plain-1.yaml"), QStringLiteral("a b"), QStringLiteral("it's"), QStringLiteral("\"$HOME\" `id` \\ \n;&|"), QStringLiteral(""),
                                QStringLiteral("夜/ü~*?")}) {
      QProcess shell;
      shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), QStringLiteral("printf %s ") + shellQuoted(word)});
      QVERIFY(shell.waitForFinished());
      QCOMPARE(QString::fromUtf8(shell.readAllStandardOutput()), word);
    }
    QCOMPARE(shellQuoted(QStringLiteral("/a/b.yaml")), QStringLiteral("/a/b.yaml"));
    QCOMPARE(workerArguments(QStringLiteral("j"), true).last(), QStringLiteral("--resume"));
  }
};

int main(int argc, char** argv) { return fake::main<TestWorker>(argc, argv); }
#include "test_worker.moc"
