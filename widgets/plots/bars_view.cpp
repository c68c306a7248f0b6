// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/bars_view.h"

#include <algorithm>

#include "widgets/plots/bar_delegate.h"
#include "widgets/style/metrics.h"

namespace roundhouse::widgets {

BarsView::BarsView(QWidget* parent) : QListView(parent), model_(new BarsModel(this)) {
  setModel(model_);
  setItemDelegate(new BarDelegate(this));
  setUniformItemSizes(true);
  setMouseTracking(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollMode(ScrollPerPixel);
  setAccessibleName(tr("Bars"));
  connect(this, &QListView::entered, this,
          [this](const QModelIndex& index) { Q_EMIT barHovered(index.data(BarsModel::IdRole).toInt()); });
  connect(this, &QListView::activated, this,
          [this](const QModelIndex& index) { Q_EMIT barActivated(index.data(BarsModel::IdRole).toInt()); });
}

void BarsView::setBars(BarSet set) {
  const QFontMetrics metrics(tabularFont());
  const int row = currentIndex().row();
  model_->setBars(std::move(set));
  int label = 0, value = 0;
  for (int i = 0; i < model_->rowCount(); ++i) {
    label = std::max(label, metrics.horizontalAdvance(model_->bars().bars[size_t(i)].label));
    value = std::max(value, metrics.horizontalAdvance(model_->valueText(i)));
  }
  static_cast<BarDelegate*>(itemDelegate())->setColumns(label + 2, value + 2);
  if (row >= 0 && !currentIndex().isValid() && row < model_->rowCount()) setCurrentIndex(model_->index(row));
  updateGeometry();
  viewport()->update();
}

QSize BarsView::sizeHint() const {
  const int rows = std::clamp(model_->rowCount(), 2, 12);
  return {320, rows * std::max(20, sizeHintForRow(0)) + 2 * frameWidth()};
}

void BarsView::leaveEvent(QEvent* event) {
  QListView::leaveEvent(event);
  Q_EMIT barHovered(-1);
}

void BarsView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
  QListView::currentChanged(current, previous);
  Q_EMIT currentBarChanged(current.isValid() ? current.data(BarsModel::IdRole).toInt() : -1);
}

}  // namespace roundhouse::widgets
