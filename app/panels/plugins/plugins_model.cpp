// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/plugins/plugins_model.h"

#include <algorithm>

#include "app/panels/plugins/failure_text.h"

namespace roundhouse::app {

void PluginsModel::replace(std::vector<plugins::PluginInfo> list) {
  const bool same = list.size() == list_.size() && std::equal(list.begin(), list.end(), list_.begin(), [](const auto& a, const auto& b) { return a.folder == b.folder; });
  if (!same) {
    beginResetModel();
    list_ = std::move(list);
    endResetModel();
    return;
  }
  // The rows are the same ones: selection and scroll position stay.
  list_ = std::move(list);
  if (!list_.empty()) Q_EMIT dataChanged(index(0, 0), index(int(list_.size()) - 1, ColumnCount - 1));
}

const plugins::PluginInfo* PluginsModel::plugin(int row) const {
  return row >= 0 && row < int(list_.size()) ? &list_[std::size_t(row)] : nullptr;
}

int PluginsModel::rowOf(const std::filesystem::path& folder) const {
  for (std::size_t i = 0; i < list_.size(); ++i) {
    if (list_[i].folder == folder) return int(i);
  }
  return -1;
}

int PluginsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(list_.size()); }
int PluginsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(ColumnCount); }

QVariant PluginsModel::data(const QModelIndex& index, int role) const {
  const plugins::PluginInfo* info = index.isValid() ? plugin(index.row()) : nullptr;
  if (!info) return {};
  const auto& manifest = info->manifest;
  if (role == Qt::ToolTipRole) {
    if (info->failure) return failureText(*info->failure);
    if (info->panel_failure) return failureText(*info->panel_failure);
    return manifest ? localText(manifest->description) : QVariant();
  }
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case Name: return manifest ? localText(manifest->name) : QString::fromStdString(info->folder.filename().string());
    case State:
      return info->panel_failure && !info->failure ? tr("Running, without its panels") : stateText(info->state);
    case Version: return manifest ? QString::fromStdString(manifest->version) : QString();
    case Licence: return manifest ? QString::fromStdString(manifest->licence) : QString();
    default: return {};
  }
}

QVariant PluginsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return QAbstractTableModel::headerData(section, orientation, role);
  switch (section) {
    case Name: return tr("Plugin");
    case State: return tr("State");
    case Version: return tr("Version");
    case Licence: return tr("Licence");
    default: return {};
  }
}

}  // namespace roundhouse::app
