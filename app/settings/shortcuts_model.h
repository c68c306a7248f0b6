// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include "app/shell/command_registry.h"

namespace roundhouse::app {

// Every command with its room and its keys.
class ShortcutsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Command, Room, Keys, ColumnCount };
  enum Role { IdRole = Qt::UserRole, ChangedRole };  // ChangedRole: not the default keys

  explicit ShortcutsModel(CommandRegistry& commands, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  void refresh();
  CommandRegistry& commands_;
  QStringList ids_;
};

}  // namespace roundhouse::app
