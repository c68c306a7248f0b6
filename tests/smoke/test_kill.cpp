// SPDX-License-Identifier: GPL-3.0-or-later
// The window's program killed in the midst of an answer: what was said so far is there, the log verifies, it starts again.
#include <QRegularExpression>
#include <QtTest>

#include "app/chat/store_backend.h"
#include "app/chat/conversation_tree.h"
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
};

QTEST_GUILESS_MAIN(TestKill)
#include "test_kill.moc"
