// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include "widgets/heatmap/heatmap_snapshot.h"

namespace roundhouse::widgets {

// Adapts a snapshot: rows and columns as in the picture. DisplayRole is the value with its unit, EditRole the bare
// number, ToolTipRole and AccessibleTextRole the sentence that the picture's tool tip shows.
class HeatmapModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit HeatmapModel(QObject* parent = nullptr);

  const HeatmapSnapshotPtr& snapshot() const { return snapshot_; }
  // Null clears. A snapshot of the same shape keeps selections of attached views.
  void setSnapshot(HeatmapSnapshotPtr snapshot);

  // "Layer 3, Expert 17: 4.2 % share of tokens, disabled"
  QString describe(int row, int column) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  HeatmapSnapshotPtr snapshot_;  // never null
};

}  // namespace roundhouse::widgets
