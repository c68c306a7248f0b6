// SPDX-License-Identifier: GPL-3.0-or-later
// The window's program killed in the midst of an answer: what was said so far is there, the log verifies, it starts again.
#include <QRegularExpression>
#include <QSqlQuery>
#include <QtTest>

#include "app/chat/conversation_tree.h"
#include "app/chat/store_backend.h"
#include "app/stores/database.h"
#include "tests/smoke/window_program.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestKill : public QObject {
  Q_OBJECT

 private:
  WindowProgram program_;

  // Starts the tour and kills it once part of its answer is on disk. What it had printed by then.
  QString killInMidAnswer(const QString& question) {
    QProcess tour;
    program_.prepare(tour);
    tour.start(WINDOW_PROGRAM, {"--tour", "--question", question});
    QString answer;
    const auto underWay = [&] {
      tour.waitForReadyRead(20);
      answer += QString::fromUtf8(tour.readAllStandardOutput());
      return tour.state() == QProcess::NotRunning || stored(question).size() > 20;
    };
    if (!QTest::qWaitFor(underWay, 60000)) qWarning("nothing was stored: %s", qPrintable(answer));
    const bool running = tour.state() == QProcess::Running;
    tour.kill();  // SIGKILL
    tour.waitForFinished();
    answer += QString::fromUtf8(tour.readAllStandardOutput());
    return running ? answer.section("Answer: ", 1) : QString();
  }
  // The answer to a question as it is on disk, empty when there is none yet.
  QString stored(const QString& question) {
    if (!QFile::exists(program_.file("conversations.db"))) return {};
    const auto backend = storedConversations(program_.file("conversations.db"), [](const Error&) {});
    const auto list = backend->list({});
    if (!list.ok()) return {};
    for (const ConversationSummary& each : *list) {
      if (each.title != question) continue;
      const auto conversation = backend->load(each.id);
      if (!conversation.ok()) return {};
      const ChatMessage* last = conversation->tree.find(conversation->tree.leaf());
      if (!last || last->content.role != Role::assistant) return {};
      ended_ = last->facts && last->facts->finish;
      return visibleText(last->content);
    }
    return {};
  }
  QString verify(int* code) {
    QProcess cli;
    program_.prepare(cli);
    cli.start(CLI_PROGRAM, {"audit", "verify"});
    if (!cli.waitForFinished(60000)) return {};
    *code = cli.exitCode();
    return QString::fromUtf8(cli.readAllStandardOutput() + cli.readAllStandardError());
  }
  bool ended_ = false;

 private Q_SLOTS:
  // Twice: the second run starts on what the first one left.
  void nothingSaidIsLost() {
    QStringList unfinished;
    for (const QString question : {"Why does ice float on water?", "What is a steam engine?"}) {
      const QString printed = killInMidAnswer(question);
      QVERIFY2(!printed.isEmpty(), "it ended before it could be killed");
      const QString kept = stored(question);
      QVERIFY2(kept.size() > 20, qPrintable(kept));
      QVERIFY(!ended_);  // it says that it was cut off
      const QString whole = printed.simplified(), part = kept.simplified();
      QVERIFY2(whole.startsWith(part) || part.startsWith(whole), qPrintable(part + "\n" + whole));

      int code = -1;
      const QString report = verify(&code);
      QVERIFY2(code == 0, qPrintable(report));
      const QString entries = QRegularExpression("never ended \\(killed, or still running\\): entries((?: \\d+)+)\n").match(report).captured(1);
      const QStringList now = entries.split(' ', Qt::SkipEmptyParts);
      QVERIFY2(now.size() == unfinished.size() + 1, qPrintable(report));
      unfinished = now;
    }
    QVERIFY(!stored("Why does ice float on water?").isEmpty());
  }
  // Its database cannot be written: what was said is in a file, and in the database with the next run.
  void aSignalLosesNothingThatCannotBeSaved() {
    const QString file = program_.file("conversations.db"), question = "What is a bridge?";
    QVERIFY(storedConversations(file, {})->list({}).ok());
    const auto setVersion = [&](int version) {
      const auto database = Database::open(file, "change the version");
      return database.ok() && (*database)->run("change", QString("PRAGMA user_version=%1").arg(version)).ok();
    };
    QVERIFY(setVersion(99));
    QProcess tour;
    program_.prepare(tour);
    tour.start(WINDOW_PROGRAM, {"--tour", "--question", question});
    QString out;
    const auto underWay = [&] {
      tour.waitForReadyRead(20);
      out += QString::fromUtf8(tour.readAllStandardOutput());
      return tour.state() == QProcess::NotRunning || out.section("Answer: ", 1).size() > 40;
    };
    QVERIFY(QTest::qWaitFor(underWay, 60000));
    tour.terminate();  // SIGTERM
    QVERIFY(tour.waitForFinished(20000));
    const QString said = QString::fromUtf8(tour.readAllStandardError());
    QVERIFY2(tour.exitStatus() == QProcess::NormalExit && tour.exitCode() == 143, qPrintable(said));
    QVERIFY2(said.contains(QRegularExpression("2 messages of 1 conversations could not be saved: .*version 99.* kept in .*conversations\\.unsaved-")), qPrintable(said));
    QVERIFY(setVersion(1));
    QVERIFY(stored(question).isEmpty());
    {
      ConversationLibrary next([&](const auto& tell) { return storedConversations(file, tell); });
      QVERIFY(QTest::qWaitFor([&] { return !stored(question).isEmpty(); }, 5000));
    }
    const QString whole = out.section("Answer: ", 1).simplified(), part = stored(question).simplified();
    QVERIFY2(part.size() > 20 && (whole.startsWith(part) || part.startsWith(whole)), qPrintable(part + "\n" + whole));
  }
};

QTEST_GUILESS_MAIN(TestKill)
#include "test_kill.moc"
