// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace roundhouse::widgets {

// "4.2 %", "17 tokens", "1.5e-05"; three significant figures in the default locale; a dash for NaN. A no-break space
// stands before the unit.
QString formatQuantity(double value, const QString& unit = {}, double scale = 1);

// The least of a few round figures (1, 1.2, 1.5, 2...) times a power of ten that is not below the magnitude: the end of
// a scale.
double roundOutward(double magnitude);

// For columns of figures: the decimals that give the greatest of them three significant figures, and a number with
// that many.
int decimalsFor(double greatestShown);
QString formatFixed(double value, int decimals, const QString& unit = {}, double scale = 1);

}  // namespace roundhouse::widgets
