// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/memory_model.h"

#include "app/shell/format.h"
#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"

namespace roundhouse::app {

std::uint64_t MemoryModel::bytes(const MemoryUse& use, int row) {
  switch (row) {
    case DenseWeights: return use.dense_weights_bytes;
    case ExpertWeights: return use.expert_weights_bytes;
    case KvCache: return use.kv_cache_bytes;
    case Workspace: return use.workspace_bytes;
    default: return use.total_bytes();
  }
}

QString MemoryModel::purpose(int row) {
  switch (row) {
    case DenseWeights: return tr("Dense weights");
    case ExpertWeights: return tr("Expert weights");
    case KvCache: return tr("KV cache");
    case Workspace: return tr("Working space");
    default: return tr("Together");
  }
}

void MemoryModel::setValues(const std::optional<MemoryUse>& predicted, const std::optional<MemoryUse>& used) {
  predicted_ = predicted;
  used_ = used;
  Q_EMIT dataChanged(index(0, Predicted), index(RowCount - 1, Used));
}

int MemoryModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : RowCount; }

int MemoryModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant MemoryModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const std::optional<MemoryUse>& use = index.column() == Predicted ? predicted_ : used_;
  switch (role) {
    case Qt::DisplayRole:
      if (index.column() == Purpose) return purpose(index.row());
      return use ? bytesText(bytes(*use, index.row())) : QStringLiteral("\u2013");
    case BytesRole:
      return index.column() == Purpose || !use ? QVariant() : QVariant(qulonglong(bytes(*use, index.row())));
    case Qt::TextAlignmentRole:
      return int((index.column() == Purpose ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    case Qt::FontRole: {
      QFont font = widgets::tabularFont();
      font.setBold(index.row() == Total);
      return font;
    }
    case Qt::AccessibleTextRole:
      return index.column() != Purpose && !use ? QVariant(tr("not known")) : QVariant();
    default: return {};
  }
}

QVariant MemoryModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole && section != Purpose) return int(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  return section == Purpose ? tr("Memory") : section == Predicted ? tr("Predicted") : tr("Used");
}

}  // namespace roundhouse::app
