// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <random>

#include "widgets/heatmap/heatmap_snapshot.h"

namespace roundhouse::widgets {

// Random shares; about one cell in ten was not measured, one in ten carries an edit.
inline std::shared_ptr<HeatmapSnapshot> randomPicture(int rows, int columns, unsigned seed, bool complete = false) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> share(0, 1);
  auto picture = std::make_shared<HeatmapSnapshot>();
  picture->rows = rows;
  picture->columns = columns;
  picture->rowTitle = QStringLiteral("Layer");
  picture->columnTitle = QStringLiteral("Expert");
  picture->valueName = QStringLiteral("Share of tokens");
  picture->unit = QStringLiteral("%");
  picture->unitScale = 100;
  for (int i = 0; i < rows * columns; ++i) {
    const bool missing = !complete && random() % 10 == 0;
    picture->values.push_back(missing ? std::numeric_limits<float>::quiet_NaN() : share(random));
    if (complete) continue;
    picture->edits.push_back(random() % 10 == 0 ? CellEdit(1 + random() % 3) : CellEdit::None);
  }
  return picture;
}

}  // namespace roundhouse::widgets
