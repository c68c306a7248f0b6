// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatmap/heatmap_view.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <cmath>

#include "widgets/heatmap/heatmap_accessible.h"
#include "widgets/heatmap/heatmap_model.h"
#include "widgets/style/escape_key.h"
#include "widgets/style/metrics.h"

namespace roundhouse::widgets {
namespace {
constexpr double kLargestZoom = 32;
constexpr int kPageRows = 8;
}  // namespace

HeatmapView::HeatmapView(QWidget* parent) : QAbstractScrollArea(parent), model_(new HeatmapModel(this)) {
  installHeatmapAccessibility();
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setMouseTracking(true);
  viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
  setAccessibleName(tr("Heatmap"));
}

HeatmapView::~HeatmapView() = default;

const HeatmapSnapshotPtr& HeatmapView::snapshot() const { return model_->snapshot(); }

bool HeatmapView::setSnapshot(HeatmapSnapshotPtr snapshot) {
  if (snapshot && !snapshot->consistent()) return false;
  const HeatmapSnapshotPtr old = model_->snapshot();
  model_->setSnapshot(std::move(snapshot));
  const HeatmapSnapshot& now = *model_->snapshot();
  if (now.rows != old->rows || now.columns != old->columns) {
    const bool had_selection = selectedCount() > 0;
    selected_ = QBitArray(qsizetype(now.rows) * now.columns);
    drag_base_ = selected_;
    dragging_ = false;
    anchor_ = hover_ = {};
    highlight_.clear();
    if (!inGrid(current_)) current_ = {};
    if (had_selection) Q_EMIT selectionChanged();
    if (QAccessible::isActive()) {
      QAccessibleTableModelChangeEvent event(this, QAccessibleTableModelChangeEvent::ModelReset);
      QAccessible::updateAccessibility(&event);
    }
    invalidate();
    updateScrollBars();
    return true;
  }
  invalidate();
  return true;
}

void HeatmapView::setMode(HeatmapMode mode) {
  mode_ = mode;
  invalidate();
}

void HeatmapView::setEmptyText(const QString& text) {
  empty_text_ = text;
  viewport()->update();
}

void HeatmapView::invalidate() {
  painter_.reset();
  cells_ = QImage();
  viewport()->update();
}

void HeatmapView::refreshPainter() const {
  if (painter_) return;
  HeatmapPainter made;
  made.snapshot = model_->snapshot();
  made.mode = mode_;
  made.tokens = &Tokens::current();
  made.map = ColorMap(mode_ == HeatmapMode::Difference ? ColorMapKind::Diverging : ColorMapKind::Viridis,
                      made.tokens->scheme());
  made.range = rangeOf(*made.snapshot, mode_ == HeatmapMode::Difference);
  made.font = tabularFont(TextRole::Small);
  painter_ = std::move(made);
}

HeatmapPainter HeatmapView::painter() const {
  refreshPainter();
  return *painter_;
}

HeatmapLayout HeatmapView::viewLayout() const {
  refreshPainter();
  return painter_->layout(viewport()->size(), zoom_,
                          {horizontalScrollBar()->value(), verticalScrollBar()->value()});
}

QRect HeatmapView::cellRect(int row, int column) const {
  if (!inGrid({row, column})) return {};
  return viewLayout().cellRect(row, column);
}

HeatmapCell HeatmapView::cellAt(const QPoint& viewportPoint) const { return viewLayout().cellAt(viewportPoint); }

bool HeatmapView::inGrid(const HeatmapCell& cell) const {
  return cell.valid() && cell.row < snapshot()->rows && cell.column < snapshot()->columns;
}

void HeatmapView::updateScrollBars() {
  const HeatmapLayout layout = viewLayout();
  const QSize content = layout.contentSize();
  for (auto [bar, whole, page] : {std::tuple(horizontalScrollBar(), content.width(), layout.cells.width()),
                                  std::tuple(verticalScrollBar(), content.height(), layout.cells.height())}) {
    bar->setRange(0, std::max(0, whole - page));
    bar->setPageStep(page);
    bar->setSingleStep(grid::kLarge);
  }
}

void HeatmapView::setZoom(double zoom) {
  zoom = std::clamp(zoom, 1.0, kLargestZoom);
  if (std::abs(zoom - zoom_) < 1e-9) return;
  zoom_ = zoom;
  // With scroll bars shown only when needed, a zoom of one must not be measured in the room left beside them.
  if (zoom_ == 1.0) {
    horizontalScrollBar()->setRange(0, 0);
    verticalScrollBar()->setRange(0, 0);
  }
  cells_ = QImage();
  updateScrollBars();
  viewport()->update();
}

// Selection ------------------------------------------------------------------------------------------------------

bool HeatmapView::isSelected(int row, int column) const {
  return inGrid({row, column}) && selected_.testBit(qsizetype(snapshot()->index(row, column)));
}

QList<HeatmapCell> HeatmapView::selectedCells() const {
  QList<HeatmapCell> cells;
  const int columns = snapshot()->columns;
  for (qsizetype i = 0; i < selected_.size(); ++i)
    if (selected_.testBit(i)) cells.append({int(i / columns), int(i % columns)});
  return cells;
}

void HeatmapView::announceSelection(const QBitArray& before) {
  if (before == selected_) return;
  viewport()->update();
  Q_EMIT selectionChanged();
  if (QAccessible::isActive()) {
    QAccessibleEvent event(this, QAccessible::SelectionWithin);
    QAccessible::updateAccessibility(&event);
  }
}

void HeatmapView::setSelectedCells(const QList<HeatmapCell>& cells) {
  const QBitArray before = selected_;
  selected_.fill(false);
  for (const HeatmapCell& cell : cells)
    if (inGrid(cell)) selected_.setBit(qsizetype(snapshot()->index(cell.row, cell.column)));
  announceSelection(before);
}

void HeatmapView::clearSelection() { setSelectedCells({}); }

void HeatmapView::selectRow(int row, bool add) {
  if (!inGrid({row, 0})) return;
  drag_base_ = selected_;
  selectRectangle({row, 0}, {row, snapshot()->columns - 1}, add);
}

void HeatmapView::selectColumn(int column, bool add) {
  if (!inGrid({0, column})) return;
  drag_base_ = selected_;
  selectRectangle({0, column}, {snapshot()->rows - 1, column}, add);
}

void HeatmapView::selectRectangle(const HeatmapCell& from, const HeatmapCell& to, bool keep) {
  const QBitArray before = selected_;
  if (keep)
    selected_ = drag_base_;
  else
    selected_.fill(false);
  for (int row = std::min(from.row, to.row); row <= std::max(from.row, to.row); ++row) {
    const int first = std::min(from.column, to.column), last = std::max(from.column, to.column);
    const qsizetype begin = qsizetype(snapshot()->index(row, first));
    selected_.fill(true, begin, begin + last - first + 1);
  }
  announceSelection(before);
}

void HeatmapView::setCurrentCell(const HeatmapCell& cell) {
  const HeatmapCell next = inGrid(cell) ? cell : HeatmapCell{};
  if (next == current_) return;
  current_ = next;
  if (current_.valid()) ensureVisible(current_);
  viewport()->update();
  if (QAccessible::isActive() && current_.valid() && hasFocus()) {
    QAccessibleEvent event(this, QAccessible::Focus);
    event.setChild(int(snapshot()->index(current_.row, current_.column)));
    QAccessible::updateAccessibility(&event);
  }
}

void HeatmapView::setHighlight(const QList<HeatmapCell>& cells) {
  QList<HeatmapCell> kept;
  for (const HeatmapCell& cell : cells)
    if (inGrid(cell)) kept.append(cell);
  if (kept == highlight_) return;
  highlight_ = kept;
  viewport()->update();
}

void HeatmapView::ensureVisible(const HeatmapCell& cell) {
  const HeatmapLayout layout = viewLayout();
  const QRect rect = layout.cellRect(cell.row, cell.column);
  const auto bring = [](QScrollBar* bar, int first, int last, int low, int high) {
    if (first < low) bar->setValue(bar->value() - (low - first));
    else if (last > high) bar->setValue(bar->value() + (last - high));
  };
  bring(horizontalScrollBar(), rect.left(), rect.right(), layout.cells.left(), layout.cells.right());
  bring(verticalScrollBar(), rect.top(), rect.bottom(), layout.cells.top(), layout.cells.bottom());
}

void HeatmapView::moveCurrent(const HeatmapCell& cell, Qt::KeyboardModifiers modifiers) {
  if (!inGrid(cell)) return;
  if (modifiers & Qt::ShiftModifier) {
    if (!anchor_.valid()) anchor_ = current_.valid() ? current_ : cell;
    drag_base_ = QBitArray(selected_.size());
    setCurrentCell(cell);
    selectRectangle(anchor_, cell, false);
    return;
  }
  anchor_ = cell;
  setCurrentCell(cell);
  if (!(modifiers & Qt::ControlModifier)) selectRectangle(cell, cell, false);
}

// Events ---------------------------------------------------------------------------------------------------------

void HeatmapView::setHover(const HeatmapCell& cell) {
  if (cell == hover_) return;
  hover_ = cell;
  viewport()->update();
}

bool HeatmapView::event(QEvent* event) {
  // Escape takes the choice back. Events come before the members are there: the model is a child.
  return (event->type() == QEvent::ShortcutOverride && selectedCount() > 0 && claimsEscape(event)) || QAbstractScrollArea::event(event);
}

bool HeatmapView::viewportEvent(QEvent* event) {
  if (event->type() == QEvent::Leave) setHover({});
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const HeatmapCell cell = cellAt(help->pos());
    if (cell.valid())
      QToolTip::showText(help->globalPos(), model_->describe(cell.row, cell.column), viewport(),
                         viewLayout().cellRect(cell.row, cell.column));
    else
      QToolTip::hideText();
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

void HeatmapView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const HeatmapLayout layout = viewLayout();
  const QPoint point = event->position().toPoint();
  const bool add = event->modifiers() & Qt::ControlModifier;
  if (const int row = layout.rowLabelAt(point); row >= 0) return selectRow(row, add);
  if (const int column = layout.columnLabelAt(point); column >= 0) return selectColumn(column, add);
  const HeatmapCell cell = layout.cellAt(point);
  if (!cell.valid()) {
    if (!add) clearSelection();
    return;
  }
  if (event->modifiers() & Qt::ShiftModifier) {
    if (!anchor_.valid()) anchor_ = current_.valid() ? current_ : cell;
    drag_base_ = add ? selected_ : QBitArray(selected_.size());
    setCurrentCell(cell);
    selectRectangle(anchor_, cell, add);
    dragging_ = true;
    return;
  }
  anchor_ = cell;
  drag_base_ = add ? selected_ : QBitArray(selected_.size());
  dragging_ = true;
  setCurrentCell(cell);
  if (add && isSelected(cell.row, cell.column)) {
    const QBitArray before = selected_;
    selected_.clearBit(qsizetype(snapshot()->index(cell.row, cell.column)));
    drag_base_ = selected_;
    announceSelection(before);
  } else {
    selectRectangle(cell, cell, add);
  }
}

void HeatmapView::mouseMoveEvent(QMouseEvent* event) {
  const HeatmapLayout layout = viewLayout();
  const QPoint point = event->position().toPoint();
  if (!dragging_ || !(event->buttons() & Qt::LeftButton)) return setHover(layout.cellAt(point));
  // A drag beyond the edge goes on along it.
  const QPoint inside(std::clamp(point.x(), layout.cells.left(), layout.cells.right()),
                      std::clamp(point.y(), layout.cells.top(), layout.cells.bottom()));
  const HeatmapCell cell = layout.cellAt(inside);
  if (!cell.valid() || cell == current_) return;
  setHover(cell);
  setCurrentCell(cell);
  selectRectangle(anchor_, cell, true);
}

void HeatmapView::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) dragging_ = false;
}

void HeatmapView::mouseDoubleClickEvent(QMouseEvent* event) {
  const HeatmapCell cell = cellAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && cell.valid()) Q_EMIT cellActivated(cell.row, cell.column);
}

void HeatmapView::wheelEvent(QWheelEvent* event) {
  if (!(event->modifiers() & Qt::ControlModifier)) return QAbstractScrollArea::wheelEvent(event);
  const HeatmapLayout before = viewLayout();
  if (before.rows == 0 || before.columns == 0) return event->accept();
  const QPointF at = event->position();
  setZoom(zoom_ * std::pow(1.2, event->angleDelta().y() / 120.0));
  // The cell under the pointer stays there. Cells do not grow by the zoom's ratio alone: scroll bars take room.
  const HeatmapLayout after = viewLayout();
  const QPointF content = at - before.cells.topLeft() + before.scroll;
  const auto scrollTo = [](QScrollBar* bar, double cells, double size, double inside) {
    bar->setValue(int(std::lround(cells * size - inside)));
  };
  scrollTo(horizontalScrollBar(), content.x() / before.cellWidth, after.cellWidth, at.x() - after.cells.left());
  scrollTo(verticalScrollBar(), content.y() / before.cellHeight, after.cellHeight, at.y() - after.cells.top());
  event->accept();
}

void HeatmapView::keyPressEvent(QKeyEvent* event) {
  const HeatmapSnapshot& s = *snapshot();
  if (s.rows == 0 || s.columns == 0) return QAbstractScrollArea::keyPressEvent(event);
  const bool control = event->modifiers() & Qt::ControlModifier;
  HeatmapCell cell = current_.valid() ? current_ : HeatmapCell{0, 0};
  const bool started = current_.valid();
  switch (event->key()) {
    case Qt::Key_Left: cell.column -= started; break;
    case Qt::Key_Right: cell.column += started; break;
    case Qt::Key_Up: cell.row -= started; break;
    case Qt::Key_Down: cell.row += started; break;
    case Qt::Key_PageUp: cell.row = std::max(0, cell.row - kPageRows); break;
    case Qt::Key_PageDown: cell.row = std::min(s.rows - 1, cell.row + kPageRows); break;
    case Qt::Key_Home: cell = {control ? 0 : cell.row, 0}; break;
    case Qt::Key_End: cell = {control ? s.rows - 1 : cell.row, s.columns - 1}; break;
    case Qt::Key_A:
      if (!control) return QAbstractScrollArea::keyPressEvent(event);
      drag_base_ = QBitArray(selected_.size());
      return selectRectangle({0, 0}, {s.rows - 1, s.columns - 1}, false);
    case Qt::Key_Escape:
      if (selectedCount() == 0) return QAbstractScrollArea::keyPressEvent(event);
      return clearSelection();
    case Qt::Key_Space:
      if (!started) break;
      anchor_ = cell;
      if (control) {
        const QBitArray before = selected_;
        selected_.toggleBit(qsizetype(s.index(cell.row, cell.column)));
        return announceSelection(before);
      }
      return selectRectangle(cell, cell, false);
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (started) Q_EMIT cellActivated(cell.row, cell.column);
      return;
    case Qt::Key_Plus:
    case Qt::Key_Equal: return setZoom(zoom_ * 1.5);
    case Qt::Key_Minus: return setZoom(zoom_ / 1.5);
    case Qt::Key_0: return setZoom(1);
    default: return QAbstractScrollArea::keyPressEvent(event);
  }
  // Home, End and the pages move at once, and with Ctrl they still choose: the modifier is part of the key.
  Qt::KeyboardModifiers modifiers = event->modifiers();
  if (event->key() == Qt::Key_Home || event->key() == Qt::Key_End) modifiers.setFlag(Qt::ControlModifier, false);
  moveCurrent(cell, modifiers);
}

void HeatmapView::contextMenuEvent(QContextMenuEvent* event) {
  QPoint place = event->globalPos();
  HeatmapCell cell;
  if (event->reason() == QContextMenuEvent::Keyboard) {
    cell = current_;
    if (cell.valid()) place = viewport()->mapToGlobal(cellRect(cell.row, cell.column).center());
  } else {
    cell = cellAt(viewport()->mapFromGlobal(event->globalPos()));
  }
  if (cell.valid() && !isSelected(cell.row, cell.column)) {
    anchor_ = cell;
    selectRectangle(cell, cell, false);
  }
  if (cell.valid()) setCurrentCell(cell);
  event->accept();
  Q_EMIT contextMenuRequested(cell.row, cell.column, place);
}

void HeatmapView::resizeEvent(QResizeEvent*) {
  cells_ = QImage();
  updateScrollBars();
}

void HeatmapView::scrollContentsBy(int, int) {
  cells_ = QImage();
  viewport()->update();
}

void HeatmapView::showEvent(QShowEvent* event) {
  QAbstractScrollArea::showEvent(event);
  updateScrollBars();
}

void HeatmapView::changeEvent(QEvent* event) {
  switch (event->type()) {
    case QEvent::PaletteChange:
    case QEvent::FontChange:
    case QEvent::StyleChange:
    case QEvent::LanguageChange:
      invalidate();
      updateScrollBars();
      break;
    default: break;
  }
  QAbstractScrollArea::changeEvent(event);
}

void HeatmapView::focusInEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusInEvent(event);
  viewport()->update();
}

void HeatmapView::focusOutEvent(QFocusEvent* event) {
  QAbstractScrollArea::focusOutEvent(event);
  viewport()->update();
}

// Painting -------------------------------------------------------------------------------------------------------

void HeatmapView::paintHighlight(QPainter& painter, const HeatmapLayout& layout) const {
  if (highlight_.isEmpty()) return;
  QColor veil = (*painter_->tokens)[ColorToken::Surface];
  veil.setAlphaF(0.72f);
  painter.fillRect(layout.cells, veil);
  for (const HeatmapCell& cell : highlight_) {
    const QRect rect = layout.cellRect(cell.row, cell.column);
    painter.fillRect(rect, QColor::fromRgb(painter_->colorOf(snapshot()->value(cell.row, cell.column))));
    painter.setPen((*painter_->tokens)[ColorToken::Text]);
    painter.setBrush(Qt::NoBrush);
    if (rect.width() >= 4 && rect.height() >= 4) painter.drawRect(rect.adjusted(0, 0, -1, -1));
  }
}

void HeatmapView::paintSelection(QPainter& painter, const HeatmapLayout& layout) const {
  const Tokens& tokens = *painter_->tokens;
  // The outline of the chosen area: an edge is drawn where a chosen cell meets one that is not.
  if (selected_.count(true) > 0) {
    QList<QLine> lines;
    for (int row = 0; row < layout.rows; ++row)
      for (int column = 0; column < layout.columns; ++column) {
        if (!isSelected(row, column)) continue;
        const QRect cell = layout.cellRect(row, column);
        if (!cell.intersects(layout.cells.adjusted(-1, -1, 1, 1))) continue;
        if (!isSelected(row, column - 1)) lines.append({cell.topLeft(), cell.bottomLeft()});
        if (!isSelected(row - 1, column)) lines.append({cell.topLeft(), cell.topRight()});
        if (!isSelected(row, column + 1)) lines.append({cell.topRight(), cell.bottomRight()});
        if (!isSelected(row + 1, column)) lines.append({cell.bottomLeft(), cell.bottomRight()});
      }
    // Two strokes of opposite lightness: seen on every colour of every map.
    painter.setPen(QPen(tokens[ColorToken::Surface], 3));
    painter.drawLines(lines);
    painter.setPen(QPen(tokens[ColorToken::Text], 1));
    painter.drawLines(lines);
  }
  const auto frame = [&](const HeatmapCell& cell, int grow, const QColor& outer, const QColor& inner) {
    const QRect rect = layout.cellRect(cell.row, cell.column);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(outer);
    painter.drawRect(rect.adjusted(-grow - 1, -grow - 1, grow, grow));
    painter.setPen(inner);
    painter.drawRect(rect.adjusted(-grow, -grow, grow - 1, grow - 1));
  };
  if (inGrid(hover_)) frame(hover_, 0, tokens[ColorToken::Text], tokens[ColorToken::Surface]);
  if (inGrid(current_) && hasFocus()) {
    const QRect rect = layout.cellRect(current_.row, current_.column).adjusted(-2, -2, 1, 1);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(tokens[ColorToken::Surface], 4));
    painter.drawRect(rect);
    painter.setPen(QPen(tokens[ColorToken::Accent], 2));
    painter.drawRect(rect);
  }
}

void HeatmapView::paintEvent(QPaintEvent* event) {
  refreshPainter();
  const Tokens& tokens = *painter_->tokens;
  QPainter painter(viewport());
  painter.fillRect(event->rect(), tokens[ColorToken::Surface]);
  const HeatmapSnapshot& s = *snapshot();
  if (s.rows == 0 || s.columns == 0) {
    painter.setPen(tokens[ColorToken::TextMuted]);
    painter.setFont(fontFor(TextRole::Body));
    painter.drawText(viewport()->rect().adjusted(grid::kLarge, 0, -grid::kLarge, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     empty_text_);
    return;
  }
  const HeatmapLayout layout = viewLayout();
  if (cells_.isNull()) cells_ = painter_->cellImage(layout, devicePixelRatioF());
  painter.drawImage(layout.cells.topLeft(), cells_);
  painter.save();
  painter.setClipRect(layout.cells.adjusted(-2, -2, 3, 3));
  paintHighlight(painter, layout);
  painter_->paintEdits(painter, layout);
  paintSelection(painter, layout);
  painter.restore();
  painter_->paintFrame(painter, layout);
}

QSize HeatmapView::sizeHint() const { return {640, 360}; }
QSize HeatmapView::minimumSizeHint() const { return {200, 120}; }

}  // namespace roundhouse::widgets
