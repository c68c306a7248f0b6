// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/color_map.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace roundhouse::widgets {
namespace {

// Every eighth value of the published 256-step table; linear between them (within 2 of 255).
constexpr unsigned kViridis[33] = {
    0x440154, 0x470D60, 0x48186A, 0x482374, 0x472D7B, 0x453681, 0x424086, 0x3F4989, 0x3B528B, 0x375A8D, 0x33638D,
    0x2F6A8E, 0x2C728E, 0x297A8E, 0x26818E, 0x23898E, 0x21908C, 0x1F988B, 0x1F9F88, 0x21A685, 0x28AE80, 0x31B57B,
    0x3EBC74, 0x4CC26C, 0x5DC963, 0x6ECE58, 0x82D34C, 0x96D83F, 0xABDC32, 0xC0DF24, 0xD5E21A, 0xEAE51A, 0xFDE725};

QRgb mix(QRgb a, QRgb b, double t) {
  const auto channel = [t](int x, int y) { return int(std::lround(x + (y - x) * t)); };
  return qRgb(channel(qRed(a), qRed(b)), channel(qGreen(a), qGreen(b)), channel(qBlue(a), qBlue(b)));
}

QRgb sample(std::span<const unsigned> anchors, double position) {
  const double at = position * double(anchors.size() - 1);
  const size_t index = std::min(size_t(at), anchors.size() - 2);
  return mix(0xFF000000u | anchors[index], 0xFF000000u | anchors[index + 1], at - double(index));
}

}  // namespace

ColorMap::ColorMap(ColorMapKind kind, Scheme scheme) : kind_(kind) {
  const bool dark = scheme == Scheme::Dark;
  const QRgb middle = Tokens::of(scheme)[ColorToken::Surface].rgb();
  // Five stops; the poles are as strong as the scheme allows, so that the sign shows at half strength too.
  const unsigned diverging[5] = {dark ? 0x7CC4FFu : 0x083B73u, dark ? 0x2E6FA8u : 0x5C9BD3u, middle & 0xFFFFFFu,
                                 dark ? 0xA85A1Fu : 0xE39A55u, dark ? 0xFFB873u : 0x7A3400u};
  for (int i = 0; i < 256; ++i) {
    const double position = i / 255.0;
    switch (kind) {
      case ColorMapKind::Viridis: table_[size_t(i)] = sample(kViridis, position); break;
      case ColorMapKind::Diverging: table_[size_t(i)] = sample(diverging, position); break;
    }
  }
  // 255 has no middle index: both neighbours of zero are exactly the background.
  if (kind == ColorMapKind::Diverging) table_[127] = table_[128] = middle;
}

QRgb ColorMap::rgb(float position) const {
  if (!(position > 0)) return table_[0];
  return table_[size_t(std::min(255.0f, position * 255.0f + 0.5f))];
}

}  // namespace roundhouse::widgets
