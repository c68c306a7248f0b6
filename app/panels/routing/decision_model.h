// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <vector>

#include "roundhouse/trace.h"

namespace roundhouse::app {

// One row a routed layer: what the router decided for one token, or, for a range, the experts with the most gate mass.
class DecisionModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Layer, Experts, RunnersUp, Entropy, Margin, ColumnCount };
  explicit DecisionModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  // Computes the texts of tokens [first, last); an empty range clears.
  void show(const RoutingTrace& trace, int first, int last);
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Row { QString text[ColumnCount]; };
  std::vector<Row> rows_;
};

}  // namespace roundhouse::app
