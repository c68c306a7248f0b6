// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/text_table.h"

#include <algorithm>

#include "widgets/style/file_export.h"
#include "widgets/style/metrics.h"

namespace roundhouse::app {

void TextTable::setTitles(const QStringList& titles) {
  if (titles == titles_) return;
  beginResetModel();
  titles_ = titles;
  rows_.clear();
  endResetModel();
}

void TextTable::setRows(QList<QStringList> rows) {
  if (rows == rows_) return;
  const qsizetype before = rows_.size();
  if (before > 0 && rows.size() > before && std::equal(rows_.cbegin(), rows_.cend(), rows.cbegin())) {
    beginInsertRows({}, int(before), int(rows.size()) - 1);
    rows_ = std::move(rows);
    endInsertRows();
    return;
  }
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

QByteArray TextTable::csv() const {
  QByteArray csv;
  const auto line = [&](const QStringList& cells) {
    QByteArrayList fields;
    for (const QString& cell : cells) fields.append(widgets::csvField(cell));
    csv += fields.join(',') + "\r\n";
  };
  line(titles_);
  for (const QStringList& row : rows_) line(row);
  return csv;
}

QVariant TextTable::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rows_.size()) return {};
  const bool figure = figures_.contains(index.column());
  switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole: return rows_[index.row()].value(index.column());
    case Qt::TextAlignmentRole: return int((figure ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::FontRole: return figure ? QVariant(widgets::tabularFont()) : QVariant();
    default: return {};
  }
}

QVariant TextTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= titles_.size()) return {};
  if (role == Qt::DisplayRole) return titles_[section];
  if (role == Qt::TextAlignmentRole) return int((figures_.contains(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  return {};
}

}  // namespace roundhouse::app
