// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/metric_model.h"

#include <algorithm>
#include <cmath>

#include "widgets/style/file_export.h"
#include "widgets/style/quantity.h"

namespace roundhouse::widgets {

bool MetricModel::setTable(MetricTable table) {
  if (!table.consistent()) return false;
  decimals_.assign(table.columns.size(), 0);
  for (size_t column = 0; column < table.columns.size(); ++column) {
    double greatest = 0;
    bool whole = true;
    for (int row = 0; row < table.rowLabels.size(); ++row) {
      const double shown = std::abs(table.value(row, int(column)) * table.columns[column].unitScale);
      if (!std::isfinite(shown)) continue;
      greatest = std::max(greatest, shown);
      whole = whole && std::abs(shown - std::round(shown)) < 1e-6 * std::max(1.0, shown);
    }
    decimals_[column] = whole ? 0 : decimalsFor(greatest);
  }
  const bool same_columns =
      table.columns.size() == table_.columns.size() && table.rowTitle == table_.rowTitle &&
      std::equal(table.columns.begin(), table.columns.end(), table_.columns.begin(),
                 [](const MetricColumn& a, const MetricColumn& b) { return a.title == b.title && a.unit == b.unit; });
  if (same_columns && table.rowLabels.size() == table_.rowLabels.size()) {
    table_ = std::move(table);
    if (rowCount() > 0 && columnCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    return true;
  }
  beginResetModel();
  table_ = std::move(table);
  endResetModel();
  return true;
}

QString MetricModel::text(int row, int column) const {
  const MetricColumn& about = table_.columns[size_t(column)];
  return formatFixed(table_.value(row, column), decimals_[size_t(column)], about.unit, about.unitScale);
}

int MetricModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : int(table_.rowLabels.size());
}
int MetricModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() || table_.columns.empty() ? 0 : int(table_.columns.size()) + 1;
}

QVariant MetricModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  if (index.column() == 0) {
    const QString& label = table_.rowLabels[index.row()];
    if (role == Qt::DisplayRole) return label;
    if (role == Qt::EditRole) {
      bool number = false;
      const double value = label.toDouble(&number);
      return number ? QVariant(value) : QVariant(label);
    }
    if (role == Qt::AccessibleTextRole) return QString(table_.rowTitle + QLatin1Char(' ') + label).trimmed();
    return {};
  }
  const MetricColumn& column = table_.columns[size_t(index.column()) - 1];
  const double value = table_.value(index.row(), index.column() - 1);
  switch (role) {
    case Qt::DisplayRole: return text(index.row(), index.column() - 1);
    case Qt::EditRole: return value;
    case Qt::AccessibleTextRole:
      return QStringLiteral("%1: %2").arg(column.title, text(index.row(), index.column() - 1));
    case Qt::ToolTipRole: return column.toolTip;
    case Qt::TextAlignmentRole: return int(Qt::AlignRight | Qt::AlignVCenter);
    case HasBarRole: return column.barHigh > column.barLow;
    case ShareRole:
      return std::isfinite(value) && column.barHigh > column.barLow
                 ? std::clamp((value - column.barLow) / (column.barHigh - column.barLow), 0.0, 1.0)
                 : 0.0;
    default: return {};
  }
}

QVariant MetricModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) {
    if (role == Qt::DisplayRole && section >= 0 && section < rowCount()) return table_.rowLabels[section];
    return {};
  }
  if (section < 0 || section >= columnCount()) return {};
  if (role == Qt::TextAlignmentRole)
    return int((section == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  if (section == 0) return role == Qt::DisplayRole ? QVariant(table_.rowTitle) : QVariant();
  if (role == Qt::DisplayRole) return table_.columns[size_t(section) - 1].title;
  if (role == Qt::ToolTipRole) return table_.columns[size_t(section) - 1].toolTip;
  return {};
}

QByteArray MetricModel::csv() const {
  QByteArray csv = csvField(table_.rowTitle);
  for (const MetricColumn& column : table_.columns) csv += ',' + csvField(column.title);
  csv += "\r\n";
  for (int row = 0; row < rowCount(); ++row) {
    csv += csvField(table_.rowLabels[row]);
    for (size_t column = 0; column < table_.columns.size(); ++column) {
      const double value = table_.value(row, int(column));
      csv += ',' + (std::isfinite(value) ? QByteArray::number(value, 'g', 9) : QByteArray());
    }
    csv += "\r\n";
  }
  return csv;
}

}  // namespace roundhouse::widgets
