// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/expert_chooser.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "widgets/controls/action_button.h"
#include "widgets/controls/spin_box.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {

ExpertChooser::Experts expertsOfCells(const RoutingLayout& layout, const QList<widgets::HeatmapCell>& cells) {
  ExpertChooser::Experts found;
  for (const widgets::HeatmapCell& cell : cells) {
    if (cell.row < 0 || size_t(cell.row) >= layout.layers.size()) continue;
    const RoutedLayer& layer = layout.layers[size_t(cell.row)];
    if (cell.column >= 0 && cell.column < layer.experts) found[layer.layer].push_back(cell.column);
  }
  for (auto& [layer, experts] : found) {
    std::sort(experts.begin(), experts.end());
    experts.erase(std::unique(experts.begin(), experts.end()), experts.end());
  }
  return found;
}

ExpertChooser::ExpertChooser(QWidget* parent) : QWidget(parent), summary_(new QLabel(this)), source_label_(new QLabel(this)) {
  summary_->setObjectName(QStringLiteral("finetuneExpertsSummary"));
  summary_->setWordWrap(true);
  map_ = new widgets::HeatmapView(this);
  map_->setObjectName(QStringLiteral("finetuneExperts"));
  map_->setAccessibleName(tr("Experts to train, by layer"));
  map_->setToolTip(tr("Click an expert, drag over several; Ctrl adds or removes. A click on a label takes its layer or expert whole."));
  map_->setMinimumHeight(160);
  busiest_ = widgets::makeActionButton(this, QStringLiteral("finetuneBusiest"), tr("Choose the busiest"),
                                       tr("The fewest experts of each layer that together take this share of its tokens (ESFT)."));
  share_ = new widgets::SpinBox(this);
  share_->setObjectName(QStringLiteral("finetuneBusiestShare"));
  share_->setRange(1, 100);
  share_->setValue(40);
  share_->setSuffix(QStringLiteral(" %"));
  share_->setAccessibleName(tr("Share of the tokens"));
  none_ = widgets::makeActionButton(this, QStringLiteral("finetuneNoExperts"), tr("All experts"), tr("Takes the choice back: every routed expert is trained."));
  widgets::setTextRole(source_label_, widgets::TextRole::Small, widgets::Tone::Muted);
  source_label_->setWordWrap(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(widgets::grid::kTight);
  column->addWidget(summary_);
  column->addWidget(map_, 1);
  auto* row = new QHBoxLayout;
  row->setSpacing(widgets::grid::kSmall);
  row->addWidget(busiest_);
  row->addWidget(share_);
  row->addStretch(1);
  row->addWidget(none_);
  column->addLayout(row);
  column->addWidget(source_label_);
  setFocusProxy(map_);
  connect(map_, &widgets::HeatmapView::selectionChanged, this, &ExpertChooser::take);
  connect(busiest_, &QPushButton::clicked, this, [this] { chooseBusiest(share_->value() / 100.0); });
  connect(none_, &QPushButton::clicked, this, [this] {
    setExperts({});
    Q_EMIT changed();
  });
  refresh();
}

void ExpertChooser::setLayout(const RoutingLayout& layout) {
  const bool same = std::ranges::equal(layout.layers, layout_.layers, [](const RoutedLayer& a, const RoutedLayer& b) {
    return a.layer == b.layer && a.experts == b.experts;
  });
  layout_ = layout;
  if (!same) load_.clear();
  refresh();
}

void ExpertChooser::setLoad(std::vector<float> shares, const QString& source) {
  const bool fits = shares.size() == layout_.layers.size() * size_t(layout_.max_experts());
  load_ = fits ? std::move(shares) : std::vector<float>();
  source_ = fits ? source : QString();
  refresh();
}

void ExpertChooser::setExperts(const Experts& experts) {
  experts_ = experts;
  refresh();
}

void ExpertChooser::chooseBusiest(double share) {
  if (load_.empty()) return;
  Experts chosen;
  const size_t width = size_t(layout_.max_experts());
  for (size_t row = 0; row < layout_.layers.size(); ++row) {
    const float* load = load_.data() + row * width;
    std::vector<std::int32_t> order(size_t(layout_.layers[row].experts));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return load[a] > load[b]; });
    double sum = 0;
    std::vector<std::int32_t>& taken = chosen[layout_.layers[row].layer];
    for (const std::int32_t expert : order) {
      if (!taken.empty() && sum >= share) break;
      sum += std::isfinite(load[expert]) ? double(load[expert]) : 0.0;
      taken.push_back(expert);
    }
    std::sort(taken.begin(), taken.end());
  }
  setExperts(chosen);
  Q_EMIT changed();
}

void ExpertChooser::take() {
  if (showing_ || layout_.layers.empty()) return;
  Experts chosen = expertsOfCells(layout_, map_->selectedCells());
  if (chosen == experts_) return;
  experts_ = std::move(chosen);
  showSummary();
  Q_EMIT changed();
}

QString ExpertChooser::summary() const {
  size_t count = 0, all = 0;
  for (const auto& [layer, experts] : experts_) count += experts.size();
  for (const RoutedLayer& layer : layout_.layers) all += size_t(layer.experts);
  const QLocale locale;
  if (count == 0) return all > 0 ? tr("All %1 routed experts.").arg(locale.toString(qulonglong(all))) : tr("All routed experts.");
  const QString layers = tr("%n layer(s)", nullptr, int(experts_.size()));
  if (all == 0) return tr("%1 experts in %2.").arg(locale.toString(qulonglong(count)), layers);
  return tr("%1 of %2 experts, in %3.").arg(locale.toString(qulonglong(count)), locale.toString(qulonglong(all)), layers);
}

void ExpertChooser::showSummary() {
  summary_->setText(summary());
  none_->setEnabled(!experts_.empty());
}

void ExpertChooser::refresh() {
  showing_ = true;
  const bool known = !layout_.layers.empty();
  map_->setVisible(known);
  busiest_->setVisible(known);
  share_->setVisible(known);
  busiest_->setEnabled(!load_.empty());
  share_->setEnabled(!load_.empty());
  source_label_->setVisible(known);
  source_label_->setText(load_.empty() ? tr("Ask something in Chat with this model: how often each expert is taken then colours the map.")
                                       : tr("Colours: %1.").arg(source_));
  if (known) {
    auto picture = std::make_shared<widgets::HeatmapSnapshot>();
    picture->rows = int(layout_.layers.size());
    picture->columns = layout_.max_experts();
    picture->values.assign(size_t(picture->rows) * size_t(picture->columns), std::numeric_limits<float>::quiet_NaN());
    for (int row = 0; row < picture->rows; ++row) {
      const RoutedLayer& layer = layout_.layers[size_t(row)];
      picture->rowLabels.append(QString::number(layer.layer));
      for (int column = 0; column < layer.experts; ++column)
        picture->values[picture->index(row, column)] = load_.empty() ? 0.0f : load_[picture->index(row, column)];
    }
    picture->rowTitle = tr("Layer");
    picture->columnTitle = tr("Expert");
    picture->valueName = tr("Share");
    picture->unit = QStringLiteral("%");
    picture->unitScale = 100;
    if (load_.empty()) picture->high = 1.0f;
    map_->setSnapshot(picture);
    QList<widgets::HeatmapCell> cells;
    for (const auto& [layer, experts] : experts_) {
      const int row = layout_.index_of(layer);
      if (row < 0) continue;
      for (const std::int32_t expert : experts) {
        if (expert >= 0 && expert < layout_.layers[size_t(row)].experts) cells.append({row, expert});
      }
    }
    map_->setSelectedCells(cells);
  }
  showing_ = false;
  showSummary();
}

}  // namespace roundhouse::app
