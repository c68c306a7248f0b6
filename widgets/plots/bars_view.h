// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

#include "widgets/plots/bars_model.h"

namespace roundhouse::widgets {

// Horizontal bars with label and value: the experts of one token in one layer, chosen ones filled, runners-up outlined.
// A QListView, so rows are chosen, read and walked through as in any list.
class BarsView : public QListView {
  Q_OBJECT
 public:
  explicit BarsView(QWidget* parent = nullptr);

  BarsModel* bars() const { return model_; }
  void setBars(BarSet set);

  QSize sizeHint() const override;

 Q_SIGNALS:
  void barHovered(int id);    // -1: none
  void barActivated(int id);  // double click or Enter
  void currentBarChanged(int id);

 protected:
  void leaveEvent(QEvent* event) override;
  void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

 private:
  BarsModel* model_;
};

}  // namespace roundhouse::widgets
