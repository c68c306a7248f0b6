// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <QStringList>

#include <vector>

namespace roundhouse::widgets {

// A column of figures: "Entropy", in bits, drawn with a bar from barLow to barHigh.
struct MetricColumn {
  QString title;
  QString unit;
  double unitScale = 1;
  double barLow = 0;
  double barHigh = 0;  // not above barLow: no bar
  QString toolTip;     // what the figure says
};

// One row a layer (or anything), one column a metric. NaN is shown as a dash and sorts last.
struct MetricTable {
  QString rowTitle;       // "Layer"
  QStringList rowLabels;  // [rows]
  std::vector<MetricColumn> columns;
  std::vector<double> values;  // [rows, columns]

  double value(int row, int column) const { return values[size_t(row) * columns.size() + size_t(column)]; }
  bool consistent() const { return values.size() == size_t(rowLabels.size()) * columns.size(); }
};

// Adapts a MetricTable; column 0 holds the row labels. EditRole sorts (numbers), DisplayRole shows with units.
class MetricModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role { ShareRole = Qt::UserRole, HasBarRole };  // bar length 0..1
  using QAbstractTableModel::QAbstractTableModel;

  // False (and unchanged) for an inconsistent table.
  bool setTable(MetricTable table);
  const MetricTable& table() const { return table_; }
  QByteArray csv() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QString text(int row, int column) const;

  MetricTable table_;
  std::vector<int> decimals_;  // per column, so that figures stand under each other
};

}  // namespace roundhouse::widgets
