// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <optional>

#include "roundhouse/model.h"

namespace roundhouse::app {

// Memory by purpose: as predicted, and as used once the model is loaded.
class MemoryModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Row { DenseWeights, ExpertWeights, KvCache, Workspace, Total, RowCount };
  enum Column { Purpose, Predicted, Used, ColumnCount };
  enum Role { BytesRole = Qt::UserRole };

  explicit MemoryModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  void setValues(const std::optional<MemoryUse>& predicted, const std::optional<MemoryUse>& used);
  static std::uint64_t bytes(const MemoryUse& use, int row);
  static QString purpose(int row);
  const std::optional<MemoryUse>& predicted() const { return predicted_; }
  const std::optional<MemoryUse>& used() const { return used_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  std::optional<MemoryUse> predicted_, used_;
};

}  // namespace roundhouse::app
