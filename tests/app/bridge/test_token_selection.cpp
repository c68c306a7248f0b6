// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/token_selection.h"

#include <QSignalSpy>
#include <QtTest>

using namespace roundhouse::app;

class TestTokenSelection : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void tellsOnceWhoChangedIt() {
    TokenSelection selection;
    QObject view;
    QObject* by = nullptr;
    TokenRange seen;
    int times = 0;
    connect(&selection, &TokenSelection::changed, this, [&](const TokenRange& value, QObject* who) {
      seen = value;
      by = who;
      ++times;
    });
    selection.selectTokens("c", "a", 3, 5, &view);
    QCOMPARE(times, 1);
    QCOMPARE(by, &view);
    QCOMPARE(seen, selection.value());
    QCOMPARE(seen.size(), 2);
    selection.selectTokens("c", "a", 3, 5);
    QCOMPARE(times, 1);
  }
  void tokensKeepTheExpertAndTheReverse() {
    TokenSelection selection;
    selection.selectTokens("c", "a", 1, 2);
    selection.selectExpert(4, 7);
    selection.selectTokens("c", "b", 8, 9);
    QCOMPARE(selection.value(), (TokenRange{"c", "b", 8, 9, 4, 7}));
    selection.selectExpert(2, -1);
    QCOMPARE(selection.value(), (TokenRange{"c", "b", 8, 9, 2, -1}));
  }
  void rangesThatMakeNoSenseBecomeNone() {
    TokenSelection selection;
    selection.set({"c", "a", 5, 5, -3, 9});
    QVERIFY(!selection.value().hasTokens());
    QCOMPARE(selection.value(), (TokenRange{"c", "a", -1, -1, -1, -1}));
    selection.selectExpert(-1, 3);
    QCOMPARE(selection.value().expert, -1);
    selection.clear();
    QCOMPARE(selection.value(), TokenRange{});
  }
};

QTEST_APPLESS_MAIN(TestTokenSelection)
#include "test_token_selection.moc"
