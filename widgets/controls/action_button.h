// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QPushButton;
class QWidget;

namespace roundhouse::widgets {

// A button whose tip says what it does, to the eye and to a screen reader.
QPushButton* makeActionButton(QWidget* parent, const QString& objectName, const QString& text, const QString& tip);

}  // namespace roundhouse::widgets
