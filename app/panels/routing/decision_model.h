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
  // Position in RoutingLayout::layers of a row.
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Row { QString text[ColumnCount]; };
  std::vector<Row> rows_;
};

// One row a routed layer: how evenly its experts are used.
class BalanceModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Layer, Busiest, Unused, Entropy, Variation, MaxViolation, Jain, ColumnCount };
  explicit BalanceModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
  void show(const RoutingTrace& trace, int first, int last);
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  QString toCsv() const;

 private:
  struct Row { int layer; LayerLoad load; };
  std::vector<Row> rows_;
};

// The tokens that gave one expert the most gate mass.
class ExpertTokensModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Token, Times, Mass, ColumnCount };
  explicit ExpertTokensModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
  struct Row { QString text; int count; double mass; };
  void show(std::vector<Row> rows);
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<Row> rows_;
};

}  // namespace roundhouse::app
