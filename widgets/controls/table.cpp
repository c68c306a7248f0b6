// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/table.h"

#include <QEvent>
#include <QHeaderView>
#include <QTableView>

#include <algorithm>

#include "widgets/style/metrics.h"

namespace roundhouse::widgets {
namespace {

// Rows and columns keep their size in letters when the text size changes.
class Table : public QTableView {
 public:
  using QTableView::QTableView;

  void setAllRowsShown() {
    all_rows_ = true;
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    updateGeometry();
  }
  QSize sizeHint() const override {
    QSize hint = QTableView::sizeHint();
    if (all_rows_) hint.setHeight(verticalHeader()->length() + horizontalHeader()->sizeHint().height() + 2 * frameWidth());
    return hint;
  }
  void fitRows() {
    letter_ = fontMetrics().averageCharWidth();
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + grid::kSmall);
    updateGeometry();
  }

 protected:
  // Where no row is the current one, Qt goes to the first, whatever the key.
  QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override {
    if (action == MoveEnd && !currentIndex().isValid() && model() && model()->rowCount() > 0) return model()->index(model()->rowCount() - 1, 0);
    return QTableView::moveCursor(action, modifiers);
  }
  void changeEvent(QEvent* event) override {
    QTableView::changeEvent(event);
    if (event->type() != QEvent::FontChange && event->type() != QEvent::StyleChange) return;
    const int before = letter_;
    fitRows();
    QHeaderView* header = horizontalHeader();
    for (int column = 0; before > 0 && before != letter_ && column < header->count(); ++column) {
      const bool last = header->stretchLastSection() && column == header->count() - 1;
      if (!last && header->sectionResizeMode(column) == QHeaderView::Interactive)
        header->resizeSection(column, header->sectionSize(column) * letter_ / before);
    }
  }

 private:
  int letter_ = 0;
  bool all_rows_ = false;
};

}  // namespace

QTableView* makeTable(QWidget* parent, const QString& objectName, const QString& accessibleName) {
  auto* table = new Table(parent);
  table->setObjectName(objectName);
  table->setAccessibleName(accessibleName);
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::SingleSelection);
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table->setShowGrid(false);
  table->setTabKeyNavigation(false);
  table->setWordWrap(false);
  table->verticalHeader()->hide();
  table->fitRows();
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  return table;
}

void showAllRows(QTableView* table) { static_cast<Table*>(table)->setAllRowsShown(); }

void fitColumns(QTableView* table) {
  const QHeaderView* header = table->horizontalHeader();
  const int widest = 40 * table->fontMetrics().averageCharWidth();
  for (int column = 0; column < header->count(); ++column) {
    const bool last = header->stretchLastSection() && column == header->count() - 1;
    if (last || header->sectionResizeMode(column) != QHeaderView::Interactive) continue;
    table->resizeColumnToContents(column);
    table->setColumnWidth(column, std::min(widest, table->columnWidth(column) + grid::kSmall));
  }
}

}  // namespace roundhouse::widgets
