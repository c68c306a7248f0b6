// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAccessibleWidget>
#include <QHash>
#include <QPointer>

namespace roundhouse::widgets {

class HeatmapView;

// Registers the factory that makes every HeatmapView a table for assistive technology. Idempotent.
void installHeatmapAccessibility();

// The table. Children in order: cells row by row, then column headers, then row headers.
class HeatmapAccessible : public QAccessibleWidget, public QAccessibleTableInterface {
 public:
  explicit HeatmapAccessible(HeatmapView* view);
  ~HeatmapAccessible() override;

  void* interface_cast(QAccessible::InterfaceType type) override;
  QAccessible::Role role() const override { return QAccessible::Table; }
  QString text(QAccessible::Text text) const override;
  int childCount() const override;
  QAccessibleInterface* child(int index) const override;
  int indexOfChild(const QAccessibleInterface* child) const override;
  QAccessibleInterface* childAt(int x, int y) const override;
  QAccessibleInterface* focusChild() const override;

  QAccessibleInterface* caption() const override { return nullptr; }
  QAccessibleInterface* summary() const override { return nullptr; }
  QAccessibleInterface* cellAt(int row, int column) const override;
  int selectedCellCount() const override;
  QList<QAccessibleInterface*> selectedCells() const override;
  QString columnDescription(int column) const override;
  QString rowDescription(int row) const override;
  int selectedColumnCount() const override { return int(selectedColumns().size()); }
  int selectedRowCount() const override { return int(selectedRows().size()); }
  int columnCount() const override;
  int rowCount() const override;
  QList<int> selectedColumns() const override;
  QList<int> selectedRows() const override;
  bool isColumnSelected(int column) const override;
  bool isRowSelected(int row) const override;
  bool selectRow(int row) override;
  bool selectColumn(int column) override;
  bool unselectRow(int row) override;
  bool unselectColumn(int column) override;
  void modelChange(QAccessibleTableModelChangeEvent* event) override;

  QAccessibleInterface* columnHeader(int column) const;
  QAccessibleInterface* rowHeader(int row) const;

 private:
  HeatmapView* view() const;
  bool unselect(int row, int column);
  void forgetChildren() const;

  // Children are made when asked for and belong to one shape of the grid.
  mutable QHash<int, QAccessible::Id> children_;
  mutable int rows_ = 0;
  mutable int columns_ = 0;
};

// A cell (row and column), a column's header (row is -1) or a row's header (column is -1).
class HeatmapCellAccessible : public QAccessibleInterface, public QAccessibleTableCellInterface {
 public:
  HeatmapCellAccessible(HeatmapView* view, int row, int column) : view_(view), row_(row), column_(column) {}

  void* interface_cast(QAccessible::InterfaceType type) override;
  bool isValid() const override;
  QObject* object() const override { return nullptr; }
  QWindow* window() const override;
  QAccessibleInterface* parent() const override;
  QAccessibleInterface* child(int) const override { return nullptr; }
  QAccessibleInterface* childAt(int, int) const override { return nullptr; }
  int childCount() const override { return 0; }
  int indexOfChild(const QAccessibleInterface*) const override { return -1; }
  QString text(QAccessible::Text text) const override;
  void setText(QAccessible::Text, const QString&) override {}
  QRect rect() const override;
  QAccessible::Role role() const override;
  QAccessible::State state() const override;

  bool isSelected() const override;
  QList<QAccessibleInterface*> columnHeaderCells() const override;
  QList<QAccessibleInterface*> rowHeaderCells() const override;
  int columnIndex() const override { return column_; }
  int rowIndex() const override { return row_; }
  int columnExtent() const override { return 1; }
  int rowExtent() const override { return 1; }
  QAccessibleInterface* table() const override { return parent(); }

 private:
  HeatmapAccessible* owner() const;
  QPointer<HeatmapView> view_;
  int row_;
  int column_;
};

}  // namespace roundhouse::widgets
