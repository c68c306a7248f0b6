// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/remembered.h"

#include <QComboBox>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QSplitter>
#include <QStandardItemModel>
#include <QTabBar>
#include <QTabWidget>
#include <QTableView>
#include <QtTest>

#include "app/shell/settings.h"
#include "tests/app/shell/workbench_fixture.h"
#include "widgets/controls/table.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestRemembered : public QObject {
  Q_OBJECT

 private:
  static void drag(QWidget* on, QPoint from, QPoint by) {
    QTest::mousePress(on, Qt::LeftButton, {}, from);
    QTest::mouseMove(on, from + by);
    QTest::mouseRelease(on, Qt::LeftButton, {}, from + by);
  }
  static void dragEdge(QTableView* table, int column, int by) {
    const QHeaderView* header = table->horizontalHeader();
    drag(header->viewport(), {header->sectionViewportPosition(column) + header->sectionSize(column) - 1, header->height() / 2}, {by, 0});
  }

 private Q_SLOTS:
  // The rooms as the user left them, in the next run.
  void theRoomsComeBackAsTheyWereLeft() {
    fake::WorkbenchFixture run;
    QVERIFY(run.start());
    run.window().resize(1300, 760);
    run.commands().trigger("go.routing");
    auto* tabs = run.find<QTabWidget>("routing", "routingTabs");
    QTest::mouseClick(tabs->tabBar(), Qt::LeftButton, {}, tabs->tabBar()->tabRect(1).center());
    const QString tab = tabs->currentWidget()->objectName();
    QCOMPARE(tab, QString("routingTabBalance"));
    for (const char* name : {"routingMeasure", "routingRange"}) {
      auto* box = run.find<QComboBox>("routing", name);
      box->setFocus();
      QTest::keyClick(box, Qt::Key_Down);
      QCOMPARE(box->currentIndex(), 1);
    }
    auto* split = run.find<QSplitter>("routing", "routingSplit");
    const int before = split->sizes()[0];
    drag(split->handle(1), {5, 2}, {0, -60});
    const int after = split->sizes()[0];
    QVERIFY(after < before);

    run.commands().trigger("go.models");
    QTRY_VERIFY(run.window().panel("models")->prepareTourView({}));
    auto* models = run.find<QTableView>("models", "modelsTable");
    const int width = models->columnWidth(0);
    dragEdge(models, 0, 33);
    QCOMPARE(models->columnWidth(0), width + 33);
    models->sortByColumn(2, Qt::DescendingOrder);
    run.find<QLineEdit>("models", "modelsFilter")->setText("mi");

    run.commands().trigger("go.audit");
    run.find<QLineEdit>("audit", "auditSearch")->setText("steam");
    run.find<QComboBox>("audit", "auditKind")->setCurrentIndex(2);
    const QVariant kind = run.find<QComboBox>("audit", "auditKind")->currentData();

    QVERIFY(run.restart());
    run.window().resize(1300, 760);
    run.commands().trigger("go.routing");
    QCOMPARE(run.find<QTabWidget>("routing", "routingTabs")->currentWidget()->objectName(), tab);
    QCOMPARE(run.find<QComboBox>("routing", "routingMeasure")->currentIndex(), 1);
    QCOMPARE(run.find<QComboBox>("routing", "routingRange")->currentIndex(), 1);
    QTRY_VERIFY(qAbs(run.find<QSplitter>("routing", "routingSplit")->sizes()[0] - after) <= 2);
    run.commands().trigger("go.models");
    QTRY_VERIFY(run.window().panel("models")->prepareTourView({}));
    models = run.find<QTableView>("models", "modelsTable");
    QCOMPARE(models->columnWidth(0), width + 33);
    QCOMPARE(models->horizontalHeader()->sortIndicatorSection(), 2);
    QCOMPARE(models->horizontalHeader()->sortIndicatorOrder(), Qt::DescendingOrder);
    QCOMPARE(run.find<QLineEdit>("models", "modelsFilter")->text(), QString("mi"));
    QCOMPARE(run.find<QLineEdit>("audit", "auditSearch")->text(), QString("steam"));
    QCOMPARE(run.find<QComboBox>("audit", "auditKind")->currentData(), kind);
  }

  void whatDoesNotFitIsPassedOver() {
    Settings settings({{"view/split", QJsonArray{1, 2, 3}},
                       {"view/tabs", "gone"},
                       {"view/box", "gone"},
                       {"view/line", QString(5000, 'x')},
                       {"view/table", QJsonObject{{"columns", QJsonArray{50, -3}}, {"sorted", 4711}}}});
    QSplitter split;
    split.setObjectName("split");
    split.addWidget(new QLabel("a"));
    split.addWidget(new QLabel("b"));
    split.setSizes({30, 70});
    const QList<int> sizes = split.sizes();
    remember(settings, &split);
    QCOMPARE(split.sizes(), sizes);
    QTabWidget tabs;
    tabs.setObjectName("tabs");
    for (const char* name : {"one", "two"}) {
      auto* page = new QWidget;
      page->setObjectName(name);
      tabs.addTab(page, name);
    }
    remember(settings, &tabs);
    QCOMPARE(tabs.currentIndex(), 0);
    QComboBox box;
    box.setObjectName("box");
    box.addItem("A", "a");
    box.addItem("B", 7);
    box.setCurrentIndex(1);
    remember(settings, &box);
    QCOMPARE(box.currentIndex(), 1);
    box.setCurrentIndex(0);
    box.setCurrentIndex(1);
    QCOMPARE(settings.text("view/box"), QString("7"));
    QLineEdit line;
    line.setObjectName("line");
    remember(settings, &line);
    QVERIFY(line.text().isEmpty());
    QStandardItemModel model(3, 2);
    QTableView* table = widgets::makeTable(nullptr, "table", "Table");
    const std::unique_ptr<QTableView> owned(table);
    table->setModel(&model);
    table->setSortingEnabled(true);
    const int width = table->columnWidth(0), sorted = table->horizontalHeader()->sortIndicatorSection();
    remember(settings, table);
    QCOMPARE(table->columnWidth(0), width);
    QCOMPARE(table->horizontalHeader()->sortIndicatorSection(), sorted);
    QVERIFY(!hasUserWidths(table));
  }

  void onlyTheUsersWidthsAreKept() {
    Settings settings;
    QStandardItemModel model(3, 3);
    const auto make = [&] {
      auto table = std::unique_ptr<QTableView>(widgets::makeTable(nullptr, "table", "Table"));
      table->setModel(&model);
      table->horizontalHeader()->setStretchLastSection(true);
      remember(settings, table.get());
      return table;
    };
    auto table = make();
    table->resize(600, 200);
    table->show();
    QVERIFY(QTest::qWaitForWindowExposed(table.get()));
    widgets::fitColumns(table.get());
    table->setColumnWidth(1, 111);
    QVERIFY(!hasUserWidths(table.get()));
    QVERIFY(settings.value("view/table").isUndefined() || settings.value("view/table").isNull());
    dragEdge(table.get(), 1, 20);
    QVERIFY(hasUserWidths(table.get()));
    table = make();
    QVERIFY(hasUserWidths(table.get()));
    QCOMPARE(table->columnWidth(1), 131);
  }

  void aPageThatCameLateIsChosenUnlessTheUserWentElsewhere() {
    Settings settings({{"view/tabs", "late"}});
    const auto page = [](const char* name) {
      auto* made = new QWidget;
      made->setObjectName(name);
      return made;
    };
    QTabWidget tabs;
    tabs.setObjectName("tabs");
    for (const char* name : {"one", "two"}) tabs.addTab(page(name), name);
    remember(settings, &tabs);
    QCOMPARE(tabs.currentIndex(), 0);
    QWidget* late = page("late");
    tabs.addTab(late, "late");
    chooseRemembered(settings, &tabs);
    QCOMPARE(tabs.currentIndex(), 2);
    delete late;  // what is left is not the user's choice
    QCOMPARE(settings.text("view/tabs"), QString("late"));
    tabs.setCurrentIndex(tabs.currentIndex() == 0 ? 1 : 0);
    QCOMPARE(settings.text("view/tabs"), tabs.currentWidget()->objectName());
    tabs.addTab(page("late"), "late");
    chooseRemembered(settings, &tabs);
    QVERIFY(tabs.currentIndex() != 2);
  }
};

QTEST_MAIN(TestRemembered)
#include "test_remembered.moc"
