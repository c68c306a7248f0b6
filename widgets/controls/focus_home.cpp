// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/focus_home.h"

#include <QEvent>
#include <QWidget>

namespace roundhouse::widgets {
namespace {

class FocusHome : public QObject {
 public:
  FocusHome(QWidget* home, QWidget* control) : QObject(control), home_(home), control_(control) { control->installEventFilter(this); }

 protected:
  // Qt moves the focus once the control is marked as disabled or hidden, so that it leaves in that state.
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::FocusOut && (!control_->isEnabled() || control_->isHidden())) {
      QWidget* to = home_;
      while (to && !(to->isVisible() && to->isEnabled())) to = to->parentWidget();
      if (to) to->setFocus(Qt::OtherFocusReason);
    }
    return QObject::eventFilter(watched, event);
  }

 private:
  QWidget* home_;
  QWidget* control_;
};

}  // namespace

void keepFocusAt(QWidget* home, const QList<QWidget*>& controls) {
  for (QWidget* each : controls) new FocusHome(home, each);
}

}  // namespace roundhouse::widgets
