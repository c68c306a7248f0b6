// SPDX-License-Identifier: GPL-3.0-or-later
#include <QGridLayout>
#include <QRandomGenerator>

#include <cmath>

#include "tests/widgets/gallery/pages.h"
#include "widgets/heatmap/heatmap_view.h"

using namespace roundhouse::widgets;

namespace {

std::shared_ptr<HeatmapSnapshot> plausible(int rows, int columns, quint32 seed) {
  QRandomGenerator random(seed);
  auto snapshot = std::make_shared<HeatmapSnapshot>();
  snapshot->rows = rows;
  snapshot->columns = columns;
  snapshot->rowTitle = QStringLiteral("Layer");
  snapshot->columnTitle = QStringLiteral("Expert");
  snapshot->valueName = QStringLiteral("share of tokens");
  snapshot->unit = QStringLiteral("%");
  snapshot->unitScale = 100;
  for (int row = 0; row < rows; ++row) {
    std::vector<double> weights;
    double sum = 0;
    for (int column = 0; column < columns; ++column) {
      weights.push_back(std::exp(1.2 * (random.generateDouble() + random.generateDouble() + random.generateDouble() - 1.5) * 2));
      sum += weights.back();
    }
    for (double weight : weights) snapshot->values.push_back(float(weight / sum));
  }
  return snapshot;
}

}  // namespace

QWidget* heatmapPage() {
  auto* page = new QWidget;
  auto* grid = new QGridLayout(page);
  grid->setContentsMargins(16, 16, 16, 16);
  grid->setSpacing(16);

  auto* large = new HeatmapView;
  large->setSnapshot(plausible(48, 128, 1));
  grid->addWidget(large, 0, 0, 1, 2);

  auto* edited = new HeatmapView;
  auto snapshot = plausible(8, 16, 2);
  snapshot->edits.assign(snapshot->values.size(), CellEdit::None);
  snapshot->edits[20] = snapshot->edits[21] = snapshot->edits[70] = CellEdit::Disabled;
  snapshot->edits[40] = snapshot->edits[3] = CellEdit::Boosted;
  snapshot->edits[90] = snapshot->edits[66] = CellEdit::Forced;
  edited->setSnapshot(snapshot);
  edited->setSelectedCells({{1, 2}, {1, 3}, {2, 2}, {2, 3}, {5, 9}});
  grid->addWidget(edited, 1, 0);

  auto* difference = new HeatmapView;
  auto a = plausible(12, 32, 3);
  const auto b = plausible(12, 32, 4);
  for (size_t i = 0; i < a->values.size(); ++i) a->values[i] -= b->values[i];
  a->valueName = QStringLiteral("difference");
  difference->setSnapshot(a);
  difference->setMode(HeatmapMode::Difference);
  grid->addWidget(difference, 1, 1);
  grid->setRowStretch(0, 3);
  grid->setRowStretch(1, 2);
  return page;
}
