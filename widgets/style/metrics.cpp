// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/metrics.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QStyle>
#include <QWidget>

#include <algorithm>
#include <array>
#include <cmath>

namespace roundhouse::widgets {
namespace {

QFont scaled(QFont font, TextRole role) {
  const double factor = typeScale(role);
  if (font.pointSizeF() > 0)
    font.setPointSizeF(font.pointSizeF() * factor);
  else
    font.setPixelSize(std::max(1, int(std::lround(font.pixelSize() * factor))));
  if (role == TextRole::Title || role == TextRole::Display) font.setWeight(QFont::Bold);
  return font;
}

}  // namespace

QFont fontFor(TextRole role) { return scaled(QApplication::font(), role); }

bool hasTabularFigures(const QFont& font) {
  const QFontMetricsF metrics(font);
  const double zero = metrics.horizontalAdvance(QLatin1Char('0'));
  for (char figure = '1'; figure <= '9'; ++figure)
    if (std::abs(metrics.horizontalAdvance(QLatin1Char(figure)) - zero) > 0.01) return false;
  return true;
}

namespace {

QFont chooseTabular(const QFont& font, TextRole role) {
  if (hasTabularFigures(font)) return font;
  const QStringList installed = QFontDatabase::families();
  for (const char* family : {"Noto Sans", "Roboto", "DejaVu Sans", "Liberation Sans"}) {
    if (!installed.contains(QLatin1String(family))) continue;
    QFont candidate = font;
    candidate.setFamilies({QString::fromLatin1(family)});
    if (hasTabularFigures(candidate)) return candidate;
  }
  return monospaceFont(role);
}

}  // namespace

QFont tabularFont(TextRole role) {
  // Asked for each cell that is painted; measuring ten figures each time would cost more than painting it.
  struct Chosen {
    QFont from, font;
    bool known = false;
  };
  thread_local std::array<Chosen, 4> memory;
  Chosen& chosen = memory[size_t(role)];
  const QFont base = QApplication::font();
  if (!chosen.known || chosen.from != base) chosen = {base, chooseTabular(fontFor(role), role), true};
  return chosen.font;
}

QFont monospaceFont(TextRole role) {
  QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  const QFont base = QApplication::font();
  // Monospaced faces look larger than their proportional companions.
  if (base.pointSizeF() > 0)
    font.setPointSizeF(base.pointSizeF() * 0.94 * typeScale(role));
  else
    font.setPixelSize(std::max(1, int(std::lround(base.pixelSize() * 0.94 * typeScale(role)))));
  font.setStyleHint(QFont::Monospace);
  font.setFixedPitch(true);
  return font;
}

int motionDuration(const QWidget* widget, int milliseconds) {
  const QStyle* style = widget ? widget->style() : QApplication::style();
  const int allowed = style->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, widget);
  return allowed <= 0 ? 0 : std::clamp(milliseconds, 0, 150);
}

}  // namespace roundhouse::widgets
