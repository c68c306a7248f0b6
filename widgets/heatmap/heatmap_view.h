// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>
#include <QBitArray>
#include <QImage>

#include <optional>

#include "widgets/heatmap/heatmap_painter.h"
#include "widgets/heatmap/heatmap_snapshot.h"

namespace roundhouse::widgets {

class HeatmapModel;

// A grid of cells coloured by value: layers x experts, co-activation, anything with rows and columns.
// Shows an immutable snapshot; setSnapshot() may be called for every token (a hidden view only keeps the newest).
//
// Mouse: click chooses a cell, drag a rectangle; Ctrl adds or removes, Shift extends; a click on a row's or column's
// label takes it whole; Ctrl+wheel zooms; double click activates.
// Keys: arrows move (Shift extends, Ctrl moves without choosing), Home/End within the row, Ctrl+Home/End within the
// grid, Page Up/Down by eight rows, Space chooses (Ctrl+Space toggles), Enter activates, Ctrl+A all, Escape none,
// + and - zoom, 0 fits, Menu or Shift+F10 opens the context menu.
// Accessible as a table (QAccessibleTableInterface) with row and column headers.
class HeatmapView : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit HeatmapView(QWidget* parent = nullptr);
  ~HeatmapView() override;

  // An inconsistent snapshot is refused (false) and the old one stays. Null clears.
  bool setSnapshot(HeatmapSnapshotPtr snapshot);
  const HeatmapSnapshotPtr& snapshot() const;
  HeatmapModel* model() const { return model_; }

  HeatmapMode mode() const { return mode_; }
  void setMode(HeatmapMode mode);
  // Sentence for a view without cells.
  void setEmptyText(const QString& text);

  HeatmapCell currentCell() const { return current_; }
  void setCurrentCell(const HeatmapCell& cell);
  QList<HeatmapCell> selectedCells() const;  // row by row
  int selectedCount() const { return selected_.count(true); }
  bool isSelected(int row, int column) const;
  void setSelectedCells(const QList<HeatmapCell>& cells);
  void clearSelection();
  void selectRow(int row, bool add);
  void selectColumn(int column, bool add);

  // Cells that another view's choice lights up (the experts of the chosen token). All others are veiled while the
  // list is not empty. Independent of the selection.
  void setHighlight(const QList<HeatmapCell>& cells);
  const QList<HeatmapCell>& highlight() const { return highlight_; }

  double zoom() const { return zoom_; }
  void setZoom(double zoom);  // 1 (fit) to 32

  HeatmapLayout viewLayout() const;
  // In the viewport's coordinates; empty for no such cell.
  QRect cellRect(int row, int column) const;
  HeatmapCell cellAt(const QPoint& viewportPoint) const;

  // The picture without selection, highlight and scrolling. See heatmap_export.h for files.
  HeatmapPainter painter() const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void selectionChanged();
  void cellActivated(int row, int column);
  // Right click or the menu key; row and column are -1 outside the cells. The cell is current and, unless it was
  // part of the selection, alone chosen.
  void contextMenuRequested(int row, int column, const QPoint& globalPosition);

 protected:
  bool event(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void invalidate();
  void refreshPainter() const;
  void updateScrollBars();
  void setHover(const HeatmapCell& cell);
  void moveCurrent(const HeatmapCell& cell, Qt::KeyboardModifiers modifiers);
  void selectRectangle(const HeatmapCell& from, const HeatmapCell& to, bool keep);
  void announceSelection(const QBitArray& before);
  void ensureVisible(const HeatmapCell& cell);
  void paintHighlight(QPainter& painter, const HeatmapLayout& layout) const;
  void paintSelection(QPainter& painter, const HeatmapLayout& layout) const;
  bool inGrid(const HeatmapCell& cell) const;

  HeatmapModel* model_;
  HeatmapMode mode_ = HeatmapMode::Magnitude;
  QString empty_text_;
  double zoom_ = 1;

  QBitArray selected_;      // [rows, columns]
  QBitArray drag_base_;     // the selection that a rectangle adds to
  HeatmapCell current_;
  HeatmapCell anchor_;      // where a rectangle began
  HeatmapCell hover_;
  bool dragging_ = false;
  QList<HeatmapCell> highlight_;

  mutable std::optional<HeatmapPainter> painter_;  // made when needed
  mutable QImage cells_;                           // the visible cells, made when needed
};

}  // namespace roundhouse::widgets
