// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/table.h"

#include <QHeaderView>
#include <QTableView>

#include <algorithm>

#include "widgets/style/metrics.h"

namespace roundhouse::widgets {

QTableView* makeTable(QWidget* parent, const QString& objectName, const QString& accessibleName) {
  auto* table = new QTableView(parent);
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
  table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + grid::kSmall);
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  return table;
}

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
