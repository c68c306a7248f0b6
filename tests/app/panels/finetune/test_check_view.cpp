// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QTableView>
#include <QtTest>

#include "app/panels/finetune/check_report.h"
#include "app/panels/finetune/check_view.h"
#include "app/panels/finetune/text_table.h"
#include "tests/app/panels/finetune/check_fixture.h"
#include "widgets/plots/bars_view.h"
#include "widgets/style/theme.h"
#include "widgets/tokens/token_strip.h"

using namespace roundhouse::app;
using namespace roundhouse;

class TestCheckView : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aReportIsRead() {
    const auto report = checkReport(reportJson());
    QVERIFY(report);
    QCOMPARE(report->train.unusable(), 3);
    QCOMPARE(report->leftOut(), 8);
    QCOMPARE(report->train.lengths.size(), 3);
    QCOMPARE(report->train.notes.first().tokens, 2000);
    QCOMPARE(report->train.notes.first().kind, CheckReport::Note::Truncated);
    QVERIFY(report->firstBatch.first().first().special);
    QCOMPARE(report->firstBatch.first().at(2).text, QStringLiteral("I am"));
    QVERIFY(report->firstBatch.first().at(2).learned);
    QCOMPARE(report->modules.at(1).trainedExperts, 8);
    QCOMPARE(report->memoryBytes, 1'200'000'000);
    QVERIFY(!checkReport(QByteArray("[1, 2]")));
    QVERIFY(!checkReport(QByteArray("{\"model\": ")));
    QCOMPARE(checkReport(QByteArray("{}"))->leftOut(), 0);
  }

  // Hostile or foreign JSON is shown as far as it goes.
  void shapesThatDoNotFitAreEmpty() {
    const auto report = checkReport(QByteArray(R"({"data": [1], "trained": {"modules": {"a": 1}, "groups": [7]}, "steps": "many", "predicted": null})"));
    QVERIFY(report);
    CheckView view;
    view.setReport(*report);
    QCOMPARE(report->steps, 0);
  }

  void everythingIsShown() {
    CheckView view;
    view.resize(460, 900);
    view.setReport(*checkReport(reportJson()));
    const auto text = [&](const char* name) { return view.findChild<QLabel*>(name)->text(); };
    QVERIFY(text("finetuneHeadline").contains(QStringLiteral("3.6")));
    QVERIFY(text("finetuneHeadline").contains(QStringLiteral("2.88")));
    QVERIFY(text("finetuneRouter").startsWith(QStringLiteral("frozen")));
    QVERIFY(text("finetuneLeftOut").contains(QStringLiteral("3 unusable")));
    QVERIFY(text("finetuneLeftOut").contains(QStringLiteral("5 too long")));
    QVERIFY(text("finetuneOverlap").contains(QStringLiteral("5 = 2")));
    QVERIFY(text("finetuneMemory").contains(QStringLiteral("1.2")));
    auto* problems = view.findChild<QTableView*>("finetuneProblems")->model();
    QCOMPARE(problems->rowCount(), 5);  // two named, one not, one too long, one cut
    QCOMPARE(problems->index(0, 1).data().toString(), QStringLiteral("7"));
    QVERIFY(problems->index(2, 2).data().toString().contains(QStringLiteral("1 more")));
    QCOMPARE(view.findChild<widgets::BarsView*>("finetuneHistogram")->bars()->rowCount(), 3);
  }

  void whatIsLearnedIsMarked() {
    CheckView view;
    view.setReport(*checkReport(reportJson()));
    auto* strip = view.findChild<widgets::TokenStrip*>("finetuneStrip");
    QCOMPARE(strip->tokens()->size(), 4);
    QVERIFY(!strip->tokens()->tokens[1].marked);
    QVERIFY(strip->tokens()->tokens[2].marked);
    view.findChild<QComboBox*>("finetuneSample")->setCurrentIndex(1);
    QCOMPARE(strip->tokens()->size(), 2);
    QVERIFY(strip->tokens()->tokens[1].marked);
  }

  void memoryThatIsNotThereIsAWarning() {
    CheckReport report = *checkReport(reportJson());
    report.availableBytes = 1'000'000'000;
    CheckView view;
    view.setReport(report);
    QVERIFY(view.findChild<QLabel*>("finetuneMemory")->text().contains(QStringLiteral("More than is free")));
  }

  void tablesAreModels() {
    TextTable table({QStringLiteral("a"), QStringLiteral("b")});
    QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
    table.setFigures({1});
    table.setRows({{QStringLiteral("x"), QStringLiteral("1")}});
    QSignalSpy reset(&table, &QAbstractItemModel::modelReset), inserted(&table, &QAbstractItemModel::rowsInserted);
    table.setRows({{QStringLiteral("x"), QStringLiteral("1")}, {QStringLiteral("y")}});
    QCOMPARE(reset.size(), 0);
    QCOMPARE(inserted.size(), 1);
    table.setRows({{QStringLiteral("=x"), QStringLiteral("1,5")}});
    QCOMPARE(table.csv(), QByteArray("a,b\r\n'=x,\"1,5\"\r\n"));
    QCOMPARE(table.data(table.index(0, 1), Qt::TextAlignmentRole).toInt() & int(Qt::AlignRight), int(Qt::AlignRight));
    table.setTitles({QStringLiteral("only")});
    QCOMPARE(table.columnCount(), 1);
    QCOMPARE(table.rowCount(), 0);
  }
};

QTEST_MAIN(TestCheckView)
#include "test_check_view.moc"
