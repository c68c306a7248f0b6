// SPDX-License-Identifier: GPL-3.0-or-later
#include <QGridLayout>
#include <QLabel>
#include <QRandomGenerator>

#include <cmath>

#include "tests/widgets/gallery/pages.h"
#include "widgets/plots/bars_view.h"
#include "widgets/plots/line_plot.h"
#include "widgets/plots/metric_view.h"
#include "widgets/plots/sparkline.h"
#include "widgets/style/text_role.h"
#include "widgets/tokens/token_strip.h"

using namespace roundhouse::widgets;

QWidget* tokensPage() {
  auto* strip = new TokenStrip;
  auto sequence = std::make_shared<TokenSequence>();
  sequence->heatName = QStringLiteral("entropy");
  sequence->heatUnit = QStringLiteral("bits");
  sequence->heatHigh = 4;
  QRandomGenerator random(3);
  const QStringList words = QStringLiteral("<|user|>|\n|Why| do| some| experts| answer| more| often|?|<|assistant|>|\n|Because| the| router|'s| scores| are| not| even|:| a| few| directions| dominate|,| and| the| top|-|k| cut| keeps| only| them|.|\n\n|```|python|\n|\t|return| x|\n|```|\n|专家|路由|是|为|每个|词元|选择|专家|的|机制|。| Café| naïve| 12,345|.|67").split(QLatin1Char('|'), Qt::SkipEmptyParts);
  for (int round = 0; round < 6; ++round)
    for (qsizetype i = 0; i < words.size(); ++i) {
      TokenPiece piece;
      piece.text = words[i];
      piece.role = i < 13 ? TokenRole::Prompt : TokenRole::Answer;
      if (words[i] == QStringLiteral("<") || words[i] == QStringLiteral("user") || words[i] == QStringLiteral(">"))
        piece.role = TokenRole::Special;
      if (i >= 13) piece.heat = float(random.generateDouble());
      sequence->tokens.push_back(piece);
    }
  strip->setTokens(sequence);
  strip->select(20, 27);
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(16, 16, 16, 16);
  column->addWidget(strip);
  return page;
}

QWidget* plotsPage() {
  auto* page = new QWidget;
  auto* grid = new QGridLayout(page);
  grid->setContentsMargins(16, 16, 16, 16);
  grid->setSpacing(16);
  QRandomGenerator random(5);

  auto* bars = new BarsView;
  BarSet set;
  set.unit = QStringLiteral("%");
  set.unitScale = 100;
  const double weights[] = {0.412, 0.301, 0.187, 0.1, 0.071, 0.052, 0.031};
  for (int i = 0; i < 7; ++i) {
    Bar bar;
    bar.id = 3 + i * 11;
    bar.label = QStringLiteral("Expert %1").arg(bar.id);
    bar.value = weights[i];
    bar.kind = i < 4 ? BarKind::Chosen : i == 5 ? BarKind::Disabled : BarKind::RunnerUp;
    if (i == 1) bar.note = QStringLiteral("boosted ×2");
    set.bars.push_back(bar);
  }
  bars->setBars(set);
  bars->setCurrentIndex(bars->model()->index(2, 0));
  grid->addWidget(bars, 0, 0);

  auto* plot = new LinePlot;
  plot->setAxes(QStringLiteral("Step"), {}, QStringLiteral("Loss"), QStringLiteral("nats"));
  std::vector<PlotSeries> curves;
  for (int c = 0; c < 3; ++c) {
    PlotSeries curve;
    curve.name = QStringList{QStringLiteral("training"), QStringLiteral("validation"), QStringLiteral("before")}[c];
    for (int i = 0; i < 300; ++i) {
      curve.x.push_back(i);
      curve.y.push_back(1.4 + 0.3 * c + 2.2 * std::exp(-i / (40.0 + 30 * c)) + 0.08 * random.generateDouble());
    }
    curves.push_back(curve);
  }
  plot->setSeries(curves);
  grid->addWidget(plot, 0, 1);

  auto* metrics = new MetricView;
  MetricTable table;
  table.rowTitle = QStringLiteral("Layer");
  table.columns = {{QStringLiteral("Utilisation"), QStringLiteral("%"), 100, 0, 1, QStringLiteral("Experts that answered at all")},
                   {QStringLiteral("Entropy"), QStringLiteral("bits"), 1, 0, 5, {}},
                   {QStringLiteral("CV"), {}, 1, 0, 0, {}},
                   {QStringLiteral("MaxVio"), {}, 1, 0, 0, {}},
                   {QStringLiteral("Jain"), {}, 1, 0, 1, {}}};
  for (int layer = 0; layer < 24; ++layer) {
    table.rowLabels << QString::number(layer);
    table.values.insert(table.values.end(), {0.6 + 0.4 * random.generateDouble(), 3 + 2 * random.generateDouble(), random.generateDouble(),
                                             random.generateDouble() * 3, layer == 4 ? NAN : random.generateDouble()});
  }
  metrics->setTable(table);
  metrics->setCurrentTableRow(2);
  grid->addWidget(metrics, 1, 0, 1, 2);

  auto* row = new QHBoxLayout;
  auto* label = new QLabel(QStringLiteral("31.4 tokens/s"));
  label->setFont(tabularFont());
  row->addWidget(label);
  auto* spark = new Sparkline;
  spark->setName(QStringLiteral("Speed"), QStringLiteral("tokens/s"));
  for (int i = 0; i < 60; ++i) spark->append(float(30 + 4 * std::sin(i / 5.0) + random.generateDouble()));
  row->addWidget(spark);
  row->addStretch();
  grid->addLayout(row, 2, 0);
  grid->setRowStretch(0, 2);
  grid->setRowStretch(1, 3);
  grid->setColumnStretch(0, 2);
  grid->setColumnStretch(1, 3);
  return page;
}
