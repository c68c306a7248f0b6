// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatmap/heatmap_accessible.h"

#include "widgets/heatmap/heatmap_model.h"
#include "widgets/heatmap/heatmap_view.h"

namespace roundhouse::widgets {
namespace {

QAccessibleInterface* heatmapFactory(const QString&, QObject* object) {
  if (auto* view = qobject_cast<HeatmapView*>(object)) return new HeatmapAccessible(view);
  return nullptr;
}

}  // namespace

void installHeatmapAccessibility() {
  static const bool installed = (QAccessible::installFactory(heatmapFactory), true);
  Q_UNUSED(installed);
}

// The table ------------------------------------------------------------------------------------------------------

HeatmapAccessible::HeatmapAccessible(HeatmapView* view) : QAccessibleWidget(view, QAccessible::Table) {}

HeatmapAccessible::~HeatmapAccessible() { forgetChildren(); }

void HeatmapAccessible::forgetChildren() const {
  const auto ids = std::exchange(children_, {});
  for (QAccessible::Id id : ids) QAccessible::deleteAccessibleInterface(id);
}

HeatmapView* HeatmapAccessible::view() const { return static_cast<HeatmapView*>(object()); }

void* HeatmapAccessible::interface_cast(QAccessible::InterfaceType type) {
  if (type == QAccessible::TableInterface) return static_cast<QAccessibleTableInterface*>(this);
  return QAccessibleWidget::interface_cast(type);
}

QString HeatmapAccessible::text(QAccessible::Text text) const {
  if (text == QAccessible::Description && view()->accessibleDescription().isEmpty()) {
    const HeatmapSnapshot& s = *view()->snapshot();
    return HeatmapView::tr("%1: %2 × %3, %4 × %5")
        .arg(s.valueName, s.rowTitle, QString::number(s.rows), s.columnTitle, QString::number(s.columns));
  }
  return QAccessibleWidget::text(text);
}

int HeatmapAccessible::rowCount() const { return view()->snapshot()->rows; }
int HeatmapAccessible::columnCount() const { return view()->snapshot()->columns; }

int HeatmapAccessible::childCount() const {
  return rowCount() * columnCount() + columnCount() + rowCount();
}

QAccessibleInterface* HeatmapAccessible::child(int index) const {
  if (index < 0 || index >= childCount()) return nullptr;
  if (rows_ != rowCount() || columns_ != columnCount()) {
    forgetChildren();
    rows_ = rowCount();
    columns_ = columnCount();
  }
  if (const auto it = children_.constFind(index); it != children_.constEnd())
    return QAccessible::accessibleInterface(*it);
  const int columns = columnCount(), cells = rowCount() * columns;
  int row = -1, column = -1;
  if (index < cells) {
    row = index / columns;
    column = index % columns;
  } else if (index < cells + columns) {
    column = index - cells;
  } else {
    row = index - cells - columns;
  }
  auto* made = new HeatmapCellAccessible(view(), row, column);
  children_.insert(index, QAccessible::registerAccessibleInterface(made));
  return made;
}

QAccessibleInterface* HeatmapAccessible::cellAt(int row, int column) const {
  if (row < 0 || column < 0 || row >= rowCount() || column >= columnCount()) return nullptr;
  return child(row * columnCount() + column);
}

QAccessibleInterface* HeatmapAccessible::columnHeader(int column) const {
  if (column < 0 || column >= columnCount()) return nullptr;
  return child(rowCount() * columnCount() + column);
}

QAccessibleInterface* HeatmapAccessible::rowHeader(int row) const {
  if (row < 0 || row >= rowCount()) return nullptr;
  return child(rowCount() * columnCount() + columnCount() + row);
}

int HeatmapAccessible::indexOfChild(const QAccessibleInterface* child) const {
  auto* mutable_child = const_cast<QAccessibleInterface*>(child);
  auto* cell = mutable_child ? mutable_child->tableCellInterface() : nullptr;
  if (!cell || mutable_child->parent() != this) return -1;
  const int cells = rowCount() * columnCount();
  if (cell->rowIndex() < 0) return cells + cell->columnIndex();
  if (cell->columnIndex() < 0) return cells + columnCount() + cell->rowIndex();
  return cell->rowIndex() * columnCount() + cell->columnIndex();
}

QAccessibleInterface* HeatmapAccessible::childAt(int x, int y) const {
  const QPoint point = view()->viewport()->mapFromGlobal(QPoint(x, y));
  const HeatmapLayout layout = view()->viewLayout();
  if (const HeatmapCell cell = layout.cellAt(point); cell.valid()) return cellAt(cell.row, cell.column);
  if (const int row = layout.rowLabelAt(point); row >= 0) return rowHeader(row);
  if (const int column = layout.columnLabelAt(point); column >= 0) return columnHeader(column);
  return nullptr;
}

QAccessibleInterface* HeatmapAccessible::focusChild() const {
  const HeatmapCell cell = view()->currentCell();
  return view()->hasFocus() && cell.valid() ? cellAt(cell.row, cell.column) : nullptr;
}

int HeatmapAccessible::selectedCellCount() const { return view()->selectedCount(); }

QList<QAccessibleInterface*> HeatmapAccessible::selectedCells() const {
  QList<QAccessibleInterface*> cells;
  for (const HeatmapCell& cell : view()->selectedCells()) cells.append(cellAt(cell.row, cell.column));
  return cells;
}

QString HeatmapAccessible::columnDescription(int column) const {
  return view()->model()->headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
}

QString HeatmapAccessible::rowDescription(int row) const {
  return view()->model()->headerData(row, Qt::Vertical, Qt::AccessibleTextRole).toString();
}

bool HeatmapAccessible::isColumnSelected(int column) const {
  if (column < 0 || column >= columnCount() || rowCount() == 0) return false;
  for (int row = 0; row < rowCount(); ++row)
    if (!view()->isSelected(row, column)) return false;
  return true;
}

bool HeatmapAccessible::isRowSelected(int row) const {
  if (row < 0 || row >= rowCount() || columnCount() == 0) return false;
  for (int column = 0; column < columnCount(); ++column)
    if (!view()->isSelected(row, column)) return false;
  return true;
}

QList<int> HeatmapAccessible::selectedColumns() const {
  QList<int> columns;
  for (int column = 0; column < columnCount(); ++column)
    if (isColumnSelected(column)) columns.append(column);
  return columns;
}

QList<int> HeatmapAccessible::selectedRows() const {
  QList<int> rows;
  for (int row = 0; row < rowCount(); ++row)
    if (isRowSelected(row)) rows.append(row);
  return rows;
}

bool HeatmapAccessible::selectRow(int row) {
  if (row < 0 || row >= rowCount()) return false;
  view()->selectRow(row, true);
  return true;
}

bool HeatmapAccessible::selectColumn(int column) {
  if (column < 0 || column >= columnCount()) return false;
  view()->selectColumn(column, true);
  return true;
}

bool HeatmapAccessible::unselect(int row, int column) {
  QList<HeatmapCell> kept;
  for (const HeatmapCell& cell : view()->selectedCells())
    if (cell.row != row && cell.column != column) kept.append(cell);
  view()->setSelectedCells(kept);
  return true;
}

bool HeatmapAccessible::unselectRow(int row) { return row >= 0 && row < rowCount() && unselect(row, -1); }
bool HeatmapAccessible::unselectColumn(int column) {
  return column >= 0 && column < columnCount() && unselect(-1, column);
}

void HeatmapAccessible::modelChange(QAccessibleTableModelChangeEvent*) { forgetChildren(); }

// A cell or header -----------------------------------------------------------------------------------------------

void* HeatmapCellAccessible::interface_cast(QAccessible::InterfaceType type) {
  if (type == QAccessible::TableCellInterface) return static_cast<QAccessibleTableCellInterface*>(this);
  return nullptr;
}

bool HeatmapCellAccessible::isValid() const {
  return view_ && row_ < view_->snapshot()->rows && column_ < view_->snapshot()->columns;
}

QWindow* HeatmapCellAccessible::window() const { return view_ ? view_->window()->windowHandle() : nullptr; }

QAccessibleInterface* HeatmapCellAccessible::parent() const {
  return view_ ? QAccessible::queryAccessibleInterface(view_.data()) : nullptr;
}

HeatmapAccessible* HeatmapCellAccessible::owner() const { return static_cast<HeatmapAccessible*>(parent()); }

QString HeatmapCellAccessible::text(QAccessible::Text text) const {
  if (!isValid()) return {};
  const HeatmapModel* model = view_->model();
  if (row_ < 0 || column_ < 0) {
    if (text != QAccessible::Name) return {};
    return row_ < 0 ? model->headerData(column_, Qt::Horizontal, Qt::AccessibleTextRole).toString()
                    : model->headerData(row_, Qt::Vertical, Qt::AccessibleTextRole).toString();
  }
  const QModelIndex index = model->index(row_, column_);
  if (text == QAccessible::Name) return index.data(Qt::AccessibleTextRole).toString();
  if (text == QAccessible::Value) return index.data(Qt::DisplayRole).toString();
  return {};
}

QRect HeatmapCellAccessible::rect() const {
  if (!isValid()) return {};
  const HeatmapLayout layout = view_->viewLayout();
  QRect rect = layout.cellRect(std::max(row_, 0), std::max(column_, 0));
  if (row_ < 0) {
    rect.setTop(layout.columnLabels.top());
    rect.setBottom(layout.columnLabels.bottom());
  } else if (column_ < 0) {
    rect.setLeft(layout.rowLabels.left());
    rect.setRight(layout.rowLabels.right());
  } else {
    rect &= layout.cells;
  }
  return {view_->viewport()->mapToGlobal(rect.topLeft()), rect.size()};
}

QAccessible::Role HeatmapCellAccessible::role() const {
  if (row_ < 0) return QAccessible::ColumnHeader;
  return column_ < 0 ? QAccessible::RowHeader : QAccessible::Cell;
}

QAccessible::State HeatmapCellAccessible::state() const {
  QAccessible::State state;
  if (!isValid()) {
    state.invalid = true;
    return state;
  }
  state.readOnly = true;
  if (row_ < 0 || column_ < 0) return state;
  state.selectable = state.multiSelectable = state.extSelectable = true;
  state.focusable = true;
  state.selected = isSelected();
  state.focused = view_->hasFocus() && view_->currentCell() == HeatmapCell{row_, column_};
  state.offscreen = !view_->viewLayout().cells.intersects(view_->cellRect(row_, column_));
  return state;
}

bool HeatmapCellAccessible::isSelected() const {
  if (!isValid()) return false;
  if (row_ < 0) return owner()->isColumnSelected(column_);
  if (column_ < 0) return owner()->isRowSelected(row_);
  return view_->isSelected(row_, column_);
}

QList<QAccessibleInterface*> HeatmapCellAccessible::columnHeaderCells() const {
  return isValid() && column_ >= 0 ? QList{owner()->columnHeader(column_)} : QList<QAccessibleInterface*>{};
}

QList<QAccessibleInterface*> HeatmapCellAccessible::rowHeaderCells() const {
  return isValid() && row_ >= 0 ? QList{owner()->rowHeader(row_)} : QList<QAccessibleInterface*>{};
}

}  // namespace roundhouse::widgets
