// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QStringList>

#include "widgets/style/tokens.h"

namespace roundhouse::widgets {

// An icon of resources/icons ("chat", "branch-left"), drawn in a token's colour. The colour is looked up when the
// icon is painted, in the application's palette, so icons follow a theme switch by themselves. Disabled icons are
// as pale as a border, checked ones TextOnSubtle when the tint is Text or TextMuted. An unknown name gives a null icon.
QIcon icon(const QString& name, ColorToken tint = ColorToken::Text);
// All names, sorted.
QStringList iconNames();
// One drawing in a given colour, for painting code of our own.
QPixmap iconPixmap(const QString& name, int side, double devicePixelRatio, const QColor& color);

}  // namespace roundhouse::widgets
