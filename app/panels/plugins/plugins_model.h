// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <vector>

#include "plugins/host/plugin_manager.h"

namespace roundhouse::app {

// The plugins that were found, in their order; a snapshot that replace() exchanges row by row.
class PluginsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, State, Version, Licence, ColumnCount };
  using QAbstractTableModel::QAbstractTableModel;

  void replace(std::vector<plugins::PluginInfo> list);
  const plugins::PluginInfo* plugin(int row) const;
  // -1: not there.
  int rowOf(const std::filesystem::path& folder) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<plugins::PluginInfo> list_;
};

}  // namespace roundhouse::app
