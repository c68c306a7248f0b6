// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/models/memory_model.h"

namespace roundhouse::app {

// The memory model as two bars of one scale, purposes side by side: what was predicted, and what is used. The table
// beside it says the same in figures; the colours are its chips.
class MemoryBars : public QWidget {
  Q_OBJECT
 public:
  explicit MemoryBars(MemoryModel& model, QWidget* parent = nullptr);

  // What the machine could give now; drawn as a mark when it lies within the scale. 0: not known.
  void setAvailable(std::uint64_t bytes);
  static QColor colorOf(int row);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void describe();
  MemoryModel& model_;
  std::uint64_t available_ = 0;
};

}  // namespace roundhouse::app
