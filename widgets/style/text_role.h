// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "widgets/style/metrics.h"

class QAbstractButton;
class QFrame;
class QLabel;
class QWidget;

namespace roundhouse::widgets {

enum class Tone { Normal, Muted, Primary, Danger, Warning, Success, Quiet };

// Marks a widget for the style sheet, which then follows theme and text size. Labels know Muted, Danger, Warning
// and Success; push buttons know Primary, Danger and Quiet.
void setTextRole(QLabel* label, TextRole role, Tone tone = Tone::Normal);
void setTone(QWidget* widget, Tone tone);
// A surface with a quiet border and large corners.
void makeCard(QFrame* frame);

}  // namespace roundhouse::widgets
