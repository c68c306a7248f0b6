// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>
#include <QTableView>

#include "widgets/plots/metric_model.h"

class QSortFilterProxyModel;

namespace roundhouse::widgets {

// A figure with its bar below it.
class MetricDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

// The balance table: a row a layer, sortable by every metric.
class MetricView : public QTableView {
  Q_OBJECT
 public:
  explicit MetricView(QWidget* parent = nullptr);

  bool setTable(MetricTable table);
  MetricModel* metrics() const { return model_; }
  // Rows in the table's own order, whatever the sorting.
  int currentTableRow() const;
  void setCurrentTableRow(int row);

 Q_SIGNALS:
  void currentTableRowChanged(int row);  // -1: none

 protected:
  void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void fitColumns();
  QList<int> neededWidths() const;
  MetricModel* model_;
  QSortFilterProxyModel* sorted_;
};

}  // namespace roundhouse::widgets
