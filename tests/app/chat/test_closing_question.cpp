// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/closing_question.h"

#include <QDateTime>
#include <QLocale>
#include <QtTest>

using namespace roundhouse::app;

// The question itself is tested with the room (test_chat_widget.cpp).
class TestClosingQuestion : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whatWaitsSinceAnotherDayHasADate() {
    const QDateTime now = QDateTime::currentDateTime();
    const QString time = QLocale().toString(now.time(), QLocale::ShortFormat);
    const QString yesterday = sinceText(now.addDays(-1));
    QVERIFY2(yesterday.contains(QLocale().toString(now.date().addDays(-1), QLocale::ShortFormat)), qPrintable(yesterday));
    QVERIFY2(yesterday.size() > time.size(), qPrintable(yesterday));
    if (QDate::currentDate() == now.date()) QCOMPARE(sinceText(now), time);
  }
};

QTEST_GUILESS_MAIN(TestClosingQuestion)
#include "test_closing_question.moc"
