// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include "app/net/network_gate.h"

namespace roundhouse::app {

// The connection log, newest first.
class ConnectionsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Time, Host, Purpose, By, Outcome, ColumnCount };
  explicit ConnectionsModel(NetworkGate& gate, QObject* parent = nullptr);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  NetworkGate& gate_;
  QList<ConnectionRecord> records_;  // oldest first
};

}  // namespace roundhouse::app
