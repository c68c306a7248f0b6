// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

#include <array>

#include "widgets/style/tokens.h"

namespace roundhouse::widgets {

enum class ColorMapKind {
  Viridis,    // magnitude (Smith and van der Walt, 2015)
  Diverging,  // difference: blue below, the scheme's surface at zero, orange above
};

// 256 opaque colours over 0..1. Built once, then immutable; any thread.
class ColorMap {
 public:
  explicit ColorMap(ColorMapKind kind = ColorMapKind::Viridis, Scheme scheme = Scheme::Light);

  ColorMapKind kind() const { return kind_; }
  // The position is clamped to 0..1; NaN gives the first colour.
  QRgb rgb(float position) const;
  QColor color(float position) const { return QColor::fromRgb(rgb(position)); }

 private:
  ColorMapKind kind_;
  std::array<QRgb, 256> table_;
};

}  // namespace roundhouse::widgets
