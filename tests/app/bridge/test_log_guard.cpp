// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/log_guard.h"

#include <QtTest>

using namespace roundhouse;
using namespace roundhouse::app;

class TestLogGuard : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void nothingPassesWhileTheLogIsNotThere() {
    LogGuard guard;
    std::vector<Message> messages{Message::text(Role::user, "Why?")};
    QVERIFY(guard.before_prompt(messages).ok());
    guard.refuse(Error{ErrorCode::malformed, "open the audit log", "/d/audit.db", "an audit log", "zeros"});
    const Status refused = guard.before_prompt(messages);
    QVERIFY(!refused.ok());
    QCOMPARE(refused.error().message(), std::string("log the answer: /d/audit.db: expected an audit log, found zeros"));
    QVERIFY(!guard.before_prompt(messages).ok());
    guard.allow();
    QVERIFY(guard.before_prompt(messages).ok());
  }
};

QTEST_APPLESS_MAIN(TestLogGuard)
#include "test_log_guard.moc"
