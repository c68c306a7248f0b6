// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatmap/heatmap_accessible.h"

#include <QtTest>

#include "tests/widgets/heatmap/heatmap_fixture.h"
#include "widgets/heatmap/heatmap_model.h"
#include "widgets/heatmap/heatmap_view.h"

using namespace roundhouse::widgets;

// The heatmap as a screen reader meets it.
class TestHeatmapAccessible : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<HeatmapView> view_;
  QAccessibleInterface* face() const { return QAccessible::queryAccessibleInterface(view_.get()); }
  QAccessibleTableInterface* table() const { return face()->tableInterface(); }

 private Q_SLOTS:
  void initTestCase() { QAccessible::setActive(true); }
  void init() {
    view_ = std::make_unique<HeatmapView>();
    view_->setAccessibleName(QStringLiteral("Expert load"));
    auto picture = randomPicture(5, 7, 1);
    picture->rowLabels = {"1", "2", "3", "5", "8"};
    view_->setSnapshot(picture);
    view_->resize(700, 400);
    view_->show();
    QVERIFY(QTest::qWaitForWindowActive(view_.get()));
  }
  void cleanup() { view_.reset(); }

  void itIsATableWithHeaders() {
    QCOMPARE(face()->role(), QAccessible::Table);
    QCOMPARE(face()->text(QAccessible::Name), QStringLiteral("Expert load"));
    QCOMPARE(face()->text(QAccessible::Description), QStringLiteral("Share of tokens: Layer × 5, Expert × 7"));
    QVERIFY(table());
    QCOMPARE(table()->rowCount(), 5);
    QCOMPARE(table()->columnCount(), 7);
    QCOMPARE(table()->rowDescription(3), QStringLiteral("Layer 5"));
    QCOMPARE(table()->columnDescription(6), QStringLiteral("Expert 6"));
    QVERIFY(!table()->caption() && !table()->summary());
    QCOMPARE(face()->childCount(), 5 * 7 + 7 + 5);
    for (int i = 0; i < face()->childCount(); ++i) {
      QAccessibleInterface* child = face()->child(i);
      QVERIFY(child && child->isValid());
      QCOMPARE(face()->indexOfChild(child), i);
      QCOMPARE(child->parent(), face());
      QCOMPARE(face()->child(i), child);
      QVERIFY(!child->text(QAccessible::Name).isEmpty());
    }
    QVERIFY(!face()->child(-1) && !face()->child(face()->childCount()));
  }
  void everyCellTellsItsPlaceAndValue() {
    for (int row = 0; row < 5; ++row)
      for (int column = 0; column < 7; ++column) {
        QAccessibleInterface* cell = table()->cellAt(row, column);
        QCOMPARE(cell->role(), QAccessible::Cell);
        QCOMPARE(cell->text(QAccessible::Name), view_->model()->describe(row, column));
        QCOMPARE(cell->text(QAccessible::Value), view_->model()->index(row, column).data().toString());
        QAccessibleTableCellInterface* place = cell->tableCellInterface();
        QCOMPARE(place->rowIndex(), row);
        QCOMPARE(place->columnIndex(), column);
        QCOMPARE(place->rowExtent() * place->columnExtent(), 1);
        QCOMPARE(place->table(), face());
        QCOMPARE(place->rowHeaderCells().size(), 1);
        QCOMPARE(place->rowHeaderCells()[0]->role(), QAccessible::RowHeader);
        QCOMPARE(place->rowHeaderCells()[0]->text(QAccessible::Name), table()->rowDescription(row));
        QCOMPARE(place->columnHeaderCells()[0]->role(), QAccessible::ColumnHeader);
        QCOMPARE(place->columnHeaderCells()[0]->text(QAccessible::Name), table()->columnDescription(column));
        const QPoint middle = cell->rect().center();
        QCOMPARE(cell->rect(), QRect(view_->viewport()->mapToGlobal(view_->cellRect(row, column).topLeft()), view_->cellRect(row, column).size()));
        QCOMPARE(face()->childAt(middle.x(), middle.y()), cell);
      }
    QVERIFY(!table()->cellAt(5, 0) && !table()->cellAt(0, 7) && !table()->cellAt(-1, 0));
    // A header is found at its label.
    for (QAccessibleInterface* header : {table()->cellAt(3, 0)->tableCellInterface()->rowHeaderCells()[0], table()->cellAt(0, 2)->tableCellInterface()->columnHeaderCells()[0]})
      QCOMPARE(face()->childAt(header->rect().center().x(), header->rect().center().y()), header);
  }
  void selectionIsSharedWithTheView() {
    view_->setSelectedCells({{1, 1}, {2, 5}});
    QCOMPARE(table()->selectedCellCount(), 2);
    QCOMPARE(table()->selectedCells(), (QList<QAccessibleInterface*>{table()->cellAt(1, 1), table()->cellAt(2, 5)}));
    QVERIFY(table()->cellAt(2, 5)->state().selected && !table()->cellAt(2, 4)->state().selected);
    QVERIFY(table()->selectRow(3));
    QVERIFY(table()->isRowSelected(3));
    QVERIFY(table()->cellAt(3, 0)->tableCellInterface()->rowHeaderCells()[0]->tableCellInterface()->isSelected());
    QCOMPARE(table()->selectedRows(), QList<int>{3});
    QCOMPARE(view_->selectedCount(), 2 + 7);
    QVERIFY(table()->selectColumn(0));
    QCOMPARE(table()->selectedColumns(), QList<int>{0});
    QCOMPARE(table()->selectedColumnCount(), 1);
    QVERIFY(table()->unselectRow(3));
    QCOMPARE(table()->selectedRowCount(), 0);
    QVERIFY(table()->unselectColumn(0));
    QCOMPARE(view_->selectedCount(), 2);
    QVERIFY(!table()->selectRow(5) && !table()->selectColumn(-1) && !table()->unselectRow(9) && !table()->isRowSelected(-1));
  }
  void focusFollowsTheCurrentCell() {
    view_->setFocus();
    QTRY_VERIFY(view_->hasFocus());
    QTest::keyClick(view_.get(), Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(face()->focusChild(), table()->cellAt(4, 6));
    QVERIFY(table()->cellAt(4, 6)->state().focused && table()->cellAt(4, 6)->state().focusable);
    QVERIFY(!table()->cellAt(0, 0)->state().focused);
    view_->clearFocus();
    QVERIFY(!face()->focusChild());
  }
  void cellsOutOfSightSaySo() {
    view_->setZoom(20);
    QVERIFY(!table()->cellAt(0, 0)->state().offscreen);
    QVERIFY(table()->cellAt(4, 6)->state().offscreen);
  }
  void anotherPictureMakesOtherCells() {
    QAccessibleInterface* old = table()->cellAt(4, 6);
    const QAccessible::Id id = QAccessible::uniqueId(old);
    // The same shape: the same cells with new values.
    auto next = randomPicture(5, 7, 2);
    view_->setSnapshot(next);
    QCOMPARE(table()->cellAt(4, 6), old);
    QCOMPARE(old->text(QAccessible::Name), view_->model()->describe(4, 6));
    view_->setSnapshot(randomPicture(2, 3, 3));
    QCOMPARE(face()->childCount(), 2 * 3 + 3 + 2);
    QCOMPARE(table()->cellAt(1, 2)->text(QAccessible::Name), view_->model()->describe(1, 2));
    QVERIFY(!QAccessible::accessibleInterface(id));
    view_->setSnapshot({});
    QCOMPARE(face()->childCount(), 0);
    QCOMPARE(table()->selectedCells().size(), 0);
    QVERIFY(!face()->childAt(5, 5));
  }
  void aViewThatGoesTakesItsCellsAlong() {
    const QAccessible::Id cell = QAccessible::uniqueId(table()->cellAt(1, 1));
    view_.reset();
    QVERIFY(!QAccessible::accessibleInterface(cell));
  }
};

QTEST_MAIN(TestHeatmapAccessible)
#include "test_heatmap_accessible.moc"
