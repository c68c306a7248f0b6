// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatmap/heatmap_model.h"

#include "widgets/style/quantity.h"

namespace roundhouse::widgets {

HeatmapModel::HeatmapModel(QObject* parent)
    : QAbstractTableModel(parent), snapshot_(std::make_shared<const HeatmapSnapshot>()) {}

void HeatmapModel::setSnapshot(HeatmapSnapshotPtr snapshot) {
  if (!snapshot) snapshot = std::make_shared<const HeatmapSnapshot>();
  const bool same_shape = snapshot->rows == snapshot_->rows && snapshot->columns == snapshot_->columns;
  if (!same_shape) {
    beginResetModel();
    snapshot_ = std::move(snapshot);
    endResetModel();
    return;
  }
  const bool same_labels =
      snapshot->rowLabels == snapshot_->rowLabels && snapshot->columnLabels == snapshot_->columnLabels;
  snapshot_ = std::move(snapshot);
  if (snapshot_->rows == 0 || snapshot_->columns == 0) return;
  Q_EMIT dataChanged(index(0, 0), index(snapshot_->rows - 1, snapshot_->columns - 1));
  if (!same_labels) {
    Q_EMIT headerDataChanged(Qt::Vertical, 0, snapshot_->rows - 1);
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, snapshot_->columns - 1);
  }
}

QString HeatmapModel::describe(int row, int column) const {
  const HeatmapSnapshot& s = *snapshot_;
  if (row < 0 || column < 0 || row >= s.rows || column >= s.columns) return {};
  QString text = tr("%1 %2, %3 %4: %5")
                     .arg(s.rowTitle, s.rowLabel(row), s.columnTitle, s.columnLabel(column),
                          QString(s.valueName + QLatin1Char(' ') + formatQuantity(s.value(row, column), s.unit, s.unitScale)).trimmed());
  if (!s.secondary.empty())
    text += tr("; %1: %2").arg(s.secondaryName,
                               formatQuantity(s.secondaryValue(row, column), s.secondaryUnit, s.secondaryScale));
  switch (s.edit(row, column)) {
    case CellEdit::None: break;
    case CellEdit::Disabled: text += tr("; disabled by an edit"); break;
    case CellEdit::Boosted: text += tr("; boosted by an edit"); break;
    case CellEdit::Damped: text += tr("; damped by an edit"); break;
    case CellEdit::Forced: text += tr("; forced by an edit"); break;
  }
  return text;
}

int HeatmapModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : snapshot_->rows; }
int HeatmapModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : snapshot_->columns; }

QVariant HeatmapModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const HeatmapSnapshot& s = *snapshot_;
  switch (role) {
    case Qt::DisplayRole: return formatQuantity(s.value(index.row(), index.column()), s.unit, s.unitScale);
    case Qt::EditRole: return s.value(index.row(), index.column());
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole: return describe(index.row(), index.column());
    case Qt::TextAlignmentRole: return int(Qt::AlignRight | Qt::AlignVCenter);
    default: return {};
  }
}

QVariant HeatmapModel::headerData(int section, Qt::Orientation orientation, int role) const {
  const int count = orientation == Qt::Horizontal ? snapshot_->columns : snapshot_->rows;
  if (section < 0 || section >= count) return {};
  const bool horizontal = orientation == Qt::Horizontal;
  const QString label = horizontal ? snapshot_->columnLabel(section) : snapshot_->rowLabel(section);
  switch (role) {
    case Qt::DisplayRole: return label;
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
      return QString((horizontal ? snapshot_->columnTitle : snapshot_->rowTitle) + QLatin1Char(' ') + label).trimmed();
    default: return {};
  }
}

}  // namespace roundhouse::widgets
