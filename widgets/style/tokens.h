// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <QtCore/qobjectdefs.h>

namespace roundhouse::widgets {
Q_NAMESPACE

enum class Scheme { Light, Dark };
Q_ENUM_NS(Scheme)

// Every colour of the application has one of these names; a widget never spells a colour itself.
// The values, light and dark, stand in tokens.cpp. textPairs() says which text may stand on which ground.
enum class ColorToken {
  Background,      // window
  Surface,         // panels, cards, views
  Raised,          // menus, popups, tool tips
  Sunken,          // wells: tracks, code, unused ground
  Hover,           // control under the pointer
  Pressed,         // control held down
  Border,          // separators and quiet outlines (decorative, no contrast promised)
  BorderStrong,    // outlines that carry meaning: inputs, check boxes (3:1)
  Text,
  TextMuted,       // secondary text
  TextDisabled,
  Accent,          // primary action, current place, focus ring
  AccentHover,
  AccentPressed,
  TextOnAccent,
  AccentSubtle,    // ground of the chosen row or rail item
  TextOnSubtle,
  Link,
  Danger,
  DangerSubtle,
  Warning,
  WarningSubtle,
  Success,
  SuccessSubtle,
  SelectionGround,  // selected text
  SelectionText,
  MarkGround,       // a source range pointed at from elsewhere (token, search hit)
  MarkText,
  CodeGround,
  CodeKeyword,
  CodeType,
  CodeString,
  CodeNumber,
  CodeComment,
  CodeFunction,
  CodePreprocessor,
  Count
};
Q_ENUM_NS(ColorToken)

// One of the two immutable colour tables. Any thread.
class Tokens {
 public:
  static const Tokens& of(Scheme scheme);
  // The table that belongs to a palette: dark when its window colour is dark.
  static const Tokens& of(const QPalette& palette);
  // The table of the application's palette, for painting code. (A widget's own palette may have been changed by the
  // style sheet.)
  static const Tokens& current();

  Scheme scheme() const { return scheme_; }
  QColor color(ColorToken token) const { return QColor::fromRgba(values_[int(token)]); }
  QColor operator[](ColorToken token) const { return color(token); }
  // Okabe-Ito, the entries that reach 3:1 on this scheme's surface; index wraps round.
  QColor category(int index) const;
  static constexpr int kCategories = 7;

 private:
  Tokens(Scheme scheme, const QRgb* values) : scheme_(scheme), values_(values) {}
  Scheme scheme_;
  const QRgb* values_;  // [ColorToken::Count]
};

Scheme schemeOf(const QPalette& palette);

// WCAG 2.1 relative luminance and contrast ratio (1..21) of two opaque colours.
double relativeLuminance(const QColor& color);
double contrastRatio(const QColor& a, const QColor& b);
// Black or white, whichever reads better on the ground: for marks on data colours.
QColor inkOn(const QColor& ground);

// The text-on-ground combinations the widgets use, each held at 4.5:1 by a test; and the outlines held at 3:1.
struct TokenPair {
  ColorToken text;
  ColorToken ground;
};
QList<TokenPair> textPairs();
QList<TokenPair> outlinePairs();

}  // namespace roundhouse::widgets
