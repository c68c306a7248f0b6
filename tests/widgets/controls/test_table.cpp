// SPDX-License-Identifier: GPL-3.0-or-later
// What all rooms make alike: table, action_button.
#include "widgets/controls/table.h"

#include <QHeaderView>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTableView>
#include <QVBoxLayout>
#include <QtTest>

#include "widgets/controls/action_button.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

class TestTable : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void columnsFitWhatTheyHoldUpToALimit() {
    QStandardItemModel model(1, 4);
    model.setItem(0, 0, new QStandardItem("a"));
    model.setItem(0, 1, new QStandardItem(QString(500, 'w')));
    const std::unique_ptr<QTableView> table(makeTable(nullptr, "table", "Table"));
    table->setModel(&model);
    QHeaderView* header = table->horizontalHeader();
    header->setSectionResizeMode(2, QHeaderView::Fixed);
    header->setStretchLastSection(true);
    header->resizeSection(2, 77);
    fitColumns(table.get());
    QVERIFY(table->columnWidth(0) < table->columnWidth(1));
    QCOMPARE(table->columnWidth(1), 40 * table->fontMetrics().averageCharWidth());
    QCOMPARE(table->columnWidth(2), 77);
    QCOMPARE(table->accessibleName(), QString("Table"));
  }
  void theEndIsTheEndFromNowhereToo() {
    QStandardItemModel model(5, 3);
    QWidget page;
    QTableView* table = makeTable(&page, "table", "Table");
    table->setFocus();
    table->setModel(&model);
    QVERIFY(!table->currentIndex().isValid());
    QTest::keyClick(table, Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(table->currentIndex().row(), 4);
  }
  void rowsAndColumnsFollowTheTextSize() {
    Theme theme(*qApp);
    QStandardItemModel model(5, 3);
    QWidget page;
    auto* column = new QVBoxLayout(&page);
    QTableView* table = makeTable(&page, "table", "Table");
    column->addWidget(table);
    column->addStretch(1);
    table->setModel(&model);
    for (int at = 0; at < 3; ++at) table->setColumnWidth(at, 60);
    showAllRows(table);
    page.resize(600, 600);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    const int row = table->rowHeight(0), width = table->columnWidth(0);
    theme.setTextScale(2);
    QTRY_VERIFY2(table->rowHeight(0) > row * 1.5, qPrintable(QString("%1 to %2").arg(row).arg(table->rowHeight(0))));
    QVERIFY2(std::abs(table->columnWidth(0) - 2 * width) < width / 4, qPrintable(QString::number(table->columnWidth(0))));
    QTRY_VERIFY(table->viewport()->height() >= 5 * table->rowHeight(0));
    theme.setTextScale(1);
    QTRY_COMPARE(table->rowHeight(0), row);
  }
  void anActionSaysWhatItDoes() {
    QWidget page;
    const QPushButton* button = makeActionButton(&page, "go", "Go", "Goes.");
    QCOMPARE(button->objectName(), QString("go"));
    QCOMPARE(button->accessibleName(), QString("Go"));
    QCOMPARE(button->accessibleDescription(), QString("Goes."));
    QCOMPARE(button->toolTip(), QString("Goes."));
  }
};

QTEST_MAIN(TestTable)
#include "test_table.moc"
