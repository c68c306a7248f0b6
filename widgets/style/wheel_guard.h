// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace roundhouse::widgets {

// Keeps the wheel from changing a field that is only scrolled over: a combo box, spin box or slider takes it while it
// has the focus; at other times it scrolls what the field stands in.
class WheelGuard : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  // Does nothing for other widgets. As often as you like.
  void watch(QWidget* widget);
  void release(QWidget* widget);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
};

}  // namespace roundhouse::widgets
