// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/action_button.h"

#include <QPushButton>

namespace roundhouse::widgets {

QPushButton* makeActionButton(QWidget* parent, const QString& objectName, const QString& text, const QString& tip) {
  auto* button = new QPushButton(text, parent);
  button->setObjectName(objectName);
  button->setToolTip(tip);
  button->setAccessibleName(text);
  button->setAccessibleDescription(tip);
  return button;
}

}  // namespace roundhouse::widgets
