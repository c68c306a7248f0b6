// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>

class QWidget;

namespace roundhouse::widgets {

// The 4-pixel grid, in device-independent pixels.
namespace grid {
inline constexpr int kUnit = 4;
inline constexpr int kTight = 4;     // between an icon and its word
inline constexpr int kSmall = 8;     // between controls of one group
inline constexpr int kMedium = 12;   // padding of a card
inline constexpr int kLarge = 16;    // between groups, margin of a panel
inline constexpr int kHuge = 24;     // around an empty state
inline constexpr int kRadius = 4;    // controls
inline constexpr int kRadiusLarge = 8;  // cards, code blocks
inline constexpr int kIcon = 16;
inline constexpr int kIconLarge = 24;
inline constexpr int kReadingWidth = 760;  // widest column for running text
}  // namespace grid

enum class TextRole { Small, Body, Title, Display };

// 0.85, 1, 1.15, 1.5.
constexpr double typeScale(TextRole role) {
  switch (role) {
    case TextRole::Small: return 0.85;
    case TextRole::Title: return 1.15;
    case TextRole::Display: return 1.5;
    case TextRole::Body: break;
  }
  return 1.0;
}

// A font derived from the application's font. Title and Display are semi-bold.
QFont fontFor(TextRole role);
// The same with figures of equal width: tables, counters. Keeps the family when its figures are tabular already.
QFont tabularFont(TextRole role = TextRole::Body);
QFont monospaceFont(TextRole role = TextRole::Body);
// True when all ten figures of the font advance equally.
bool hasTabularFigures(const QFont& font);

// Duration of a movement, at most 150 ms; 0 when motion is reduced. Asks the widget's style.
int motionDuration(const QWidget* widget, int milliseconds = 120);

}  // namespace roundhouse::widgets
