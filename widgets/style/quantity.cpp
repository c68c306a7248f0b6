// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/quantity.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace roundhouse::widgets {

QString formatQuantity(double value, const QString& unit, double scale) {
  if (std::isnan(value)) return QStringLiteral("–");
  const double shown = value * scale;
  const double magnitude = std::abs(shown);
  const QLocale locale;
  QString number;
  if (magnitude == 0) {
    number = locale.toString(0);
  } else if (magnitude < 1e-3 || magnitude >= 1e9) {
    number = locale.toString(shown, 'e', 2);
  } else if (magnitude >= 1000 || std::abs(shown - std::round(shown)) < 1e-6 * magnitude) {
    number = locale.toString(shown, 'f', 0);
  } else {
    number = locale.toString(shown, 'f', decimalsFor(magnitude));
  }
  return unit.isEmpty() ? number : number + QChar(0x00A0) + unit;
}

double roundOutward(double magnitude) {
  if (!(magnitude > 0)) return 0;
  const double power = std::pow(10.0, std::floor(std::log10(magnitude)));
  for (double step : {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0})
    if (magnitude <= step * power * (1 + 1e-6)) return step * power;
  return 10 * power;
}

int decimalsFor(double greatestShown) {
  const double magnitude = std::abs(greatestShown);
  if (!(magnitude > 0) || !std::isfinite(magnitude)) return 0;
  return std::clamp(2 - int(std::floor(std::log10(magnitude))), 0, 5);
}

QString formatFixed(double value, int decimals, const QString& unit, double scale) {
  if (std::isnan(value)) return QStringLiteral("–");
  const QString number = QLocale().toString(value * scale, 'f', decimals);
  return unit.isEmpty() ? number : number + QChar(0x00A0) + unit;
}

}  // namespace roundhouse::widgets
