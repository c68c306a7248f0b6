// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <vector>

#include "roundhouse/audit.h"

namespace roundhouse::app {

// Entries of the audit log, newest first, as they were read; texts left out.
class AuditModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Sequence, Time, Kind, User, ModelName, Tokens, Hash, ColumnCount };
  explicit AuditModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  void replace(std::vector<AuditRecord> records);
  void append(std::vector<AuditRecord> records);
  const AuditRecord* record(int row) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  static QString kindName(const std::string& kind);

 private:
  std::vector<AuditRecord> records_;
};

}  // namespace roundhouse::app
