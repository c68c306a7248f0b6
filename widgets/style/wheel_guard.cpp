// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/wheel_guard.h"

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QEvent>
#include <QSlider>

namespace roundhouse::widgets {

void WheelGuard::watch(QWidget* widget) {
  if (!qobject_cast<QComboBox*>(widget) && !qobject_cast<QAbstractSpinBox*>(widget) && !qobject_cast<QSlider*>(widget)) return;
  if (widget->focusPolicy() == Qt::WheelFocus) widget->setFocusPolicy(Qt::StrongFocus);
  widget->installEventFilter(this);
}

void WheelGuard::release(QWidget* widget) { widget->removeEventFilter(this); }

bool WheelGuard::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::Wheel || static_cast<QWidget*>(watched)->hasFocus()) return QObject::eventFilter(watched, event);
  event->ignore();  // so that it goes on to the parent
  return true;
}

}  // namespace roundhouse::widgets
