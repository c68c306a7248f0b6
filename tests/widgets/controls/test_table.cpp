// SPDX-License-Identifier: GPL-3.0-or-later
// What all rooms make alike: table, action_button.
#include "widgets/controls/table.h"

#include <QHeaderView>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTableView>
#include <QtTest>

#include "widgets/controls/action_button.h"

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
