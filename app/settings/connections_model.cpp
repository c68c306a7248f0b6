// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings/connections_model.h"

#include <QLocale>

namespace roundhouse::app {

ConnectionsModel::ConnectionsModel(NetworkGate& gate, QObject* parent) : QAbstractTableModel(parent), gate_(gate), records_(gate.records()) {
  connect(&gate_, &NetworkGate::recordsChanged, this, [this] {
    beginResetModel();
    records_ = gate_.records();
    endResetModel();
  }, Qt::QueuedConnection);  // told from any thread
}

int ConnectionsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(records_.size()); }

int ConnectionsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ConnectionsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  if (role != Qt::DisplayRole) return {};
  const ConnectionRecord& record = records_[records_.size() - 1 - index.row()];
  switch (index.column()) {
    case Time: return record.time.toLocalTime().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
    case Host: return record.host;
    case Purpose: return record.purpose;
    case By: return record.by;
    case Outcome: return record.allowed ? tr("allowed") : tr("forbidden");
    default: return {};
  }
}

QVariant ConnectionsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Time: return tr("Time");
    case Host: return tr("Host");
    case Purpose: return tr("Purpose");
    case By: return tr("By");
    case Outcome: return tr("Outcome");
    default: return {};
  }
}

}  // namespace roundhouse::app
