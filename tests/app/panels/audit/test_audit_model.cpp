// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QtTest>

#include "app/panels/audit/audit_model.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {
AuditRecord record(std::int64_t sequence, std::string_view kind) {
  AuditRecord made;
  made.sequence = sequence;
  made.entry.kind = kind;
  made.entry.answer_tokens = 7;
  made.intact = true;
  return made;
}
}  // namespace

class TestAuditModel : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void showsAndGrows() {
    AuditModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.replace({record(2, audit_kind::generation), record(1, audit_kind::generation_started)});
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0, AuditModel::Tokens).data().toString(), QStringLiteral("7"));
    model.append({record(0, "other")});
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.index(2, AuditModel::Kind).data().toString(), QStringLiteral("other"));
    QVERIFY(!model.record(3));
  }
  void tokensAreThoseOfTheKind() {
    AuditModel model;
    AuditRecord failed = record(3, audit_kind::generation), asked = record(2, audit_kind::generation_started);
    failed.entry.answer_tokens = asked.entry.answer_tokens = 0;
    failed.entry.prompt_tokens = asked.entry.prompt_tokens = 241;
    model.replace({failed, asked});
    QCOMPARE(model.index(0, AuditModel::Tokens).data().toString(), QStringLiteral("0"));  // the question's are not the answer's
    QCOMPARE(model.index(1, AuditModel::Tokens).data().toString(), QStringLiteral("241"));
  }
  void headingsStandOverTheirTexts() {
    AuditModel model;
    model.replace({record(1, audit_kind::generation)});
    for (int column = 0; column < model.columnCount(); ++column) {
      const QVariant cell = model.index(0, column).data(Qt::TextAlignmentRole);
      QVERIFY(cell.isValid());
      QCOMPARE(model.headerData(column, Qt::Horizontal, Qt::TextAlignmentRole), cell);
    }
  }
  void aChangedEntryIsMarked() {
    AuditModel model;
    AuditRecord changed = record(1, audit_kind::generation);
    changed.intact = false;
    model.replace({changed});
    QVERIFY(model.index(0, AuditModel::Kind).data().toString().contains(QStringLiteral("!")));
  }
};

QTEST_APPLESS_MAIN(TestAuditModel)
#include "test_audit_model.moc"
