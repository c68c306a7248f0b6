// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace roundhouse::widgets {

// Draws a row of BarsModel. Labels and values of a list share their columns' widths.
class BarDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  // Widths of the label and value columns, in pixels; call when the rows change.
  void setColumns(int label, int value) {
    label_ = label;
    value_ = value;
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  int label_ = 80;
  int value_ = 56;
};

}  // namespace roundhouse::widgets
