// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/audit/finding_text.h"

#include <QSet>
#include <QtTest>

using namespace roundhouse;
using namespace roundhouse::app;

class TestFindingText : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void eachFaultHasASentenceOfItsOwn() {
    QSet<QString> sentences;
    const int count = int(AuditFault::index_not_checked) + 1;
    for (int i = 0; i < count; ++i) {
      const QString text = findingText({3, "the engine's own words", AuditFault(i), 5, "detail"});
      QVERIFY2(!text.contains("engine's"), qPrintable(text));
      QVERIFY2(text.contains('3'), qPrintable(text));
      sentences.insert(text);
    }
    QCOMPARE(sentences.size(), count);
  }
  void rangesAndTheWholeLogAreNamed() {
    QCOMPARE(findingText({3, {}, AuditFault::entries_missing, 5, {}}), QString("Entries 3 to 5: missing"));
    QCOMPARE(findingText({3, {}, AuditFault::entries_missing, 3, {}}), QString("Entry 3: missing"));
    QCOMPARE(findingText({2, {}, AuditFault::entry_replaced, 3, {}}), QString("Entry 2: was replaced: entry 3 was chained to another in its place"));
    QCOMPARE(findingText({0, {}, AuditFault::head_missing, 0, "/d/audit.head"}), QString("The log: the head outside the database is missing (/d/audit.head)"));
    QVERIFY(findingText({4, {}, AuditFault::text_changed, 0, "prompt"}).contains("prompt"));
  }
  void aWrongHeadIsToldInWords() {
    const auto told = [](const char* json) { return findingText({7, {}, AuditFault::head_was_wrong, 0, json}); };
    const QString cut = told(R"({"found":{"hash":"ab","sequence":6},"recorded":{"hash":"cd","sequence":9}})");
    QVERIFY2(cut.endsWith("it ended with entry 6, and the head outside told of entry 9"), qPrintable(cut));
    const QString lost = told(R"({"found":{"hash":"ab","sequence":6},"recorded":"no head file"})");
    QVERIFY2(lost.endsWith("it ended with entry 6, and there was no head file"), qPrintable(lost));
    QVERIFY(told("{broken").endsWith("{broken"));
  }
  void whatStandsInTheDatabaseIsNoPlaceholder() {
    const QString text = findingText({3, {}, AuditFault::text_not_redacted, 5, "%2 of %1"});
    QVERIFY2(text.contains("%2 of %1"), qPrintable(text));
    QVERIFY2(text.contains("entry 5"), qPrintable(text));
  }
};

QTEST_APPLESS_MAIN(TestFindingText)
#include "test_finding_text.moc"
