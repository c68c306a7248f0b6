// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/metadata_model.h"

namespace roundhouse::app {

void MetadataModel::setMetadata(std::vector<std::pair<std::string, std::string>> metadata) {
  beginResetModel();
  metadata_ = std::move(metadata);
  endResetModel();
}

int MetadataModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(metadata_.size()); }

int MetadataModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : 2; }

QVariant MetadataModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
  const auto& [key, value] = metadata_[std::size_t(index.row())];
  return QString::fromStdString(index.column() == 0 ? key : value);
}

QVariant MetadataModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  return section == 0 ? tr("Key") : tr("Value");
}

}  // namespace roundhouse::app
