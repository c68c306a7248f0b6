// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <cstdint>
#include <map>
#include <vector>

#include "roundhouse/routing.h"
#include "widgets/heatmap/heatmap_snapshot.h"

class QLabel;
class QPushButton;
class QSpinBox;

namespace roundhouse::widgets {
class HeatmapView;
}

namespace roundhouse::app {

// Which routed experts of a model are trained: the cells chosen in a heatmap of layers and experts. Where it is known how
// often each was taken, the colours show it, and the busiest can be chosen at once.
class ExpertChooser : public QWidget {
  Q_OBJECT
 public:
  using Experts = std::map<std::int32_t, std::vector<std::int32_t>>;  // model layer -> experts, ascending

  explicit ExpertChooser(QWidget* parent = nullptr);

  // Without a layout (the model could not be read) the choice is kept as it is.
  void setLayout(const RoutingLayout& layout);
  const RoutingLayout& layout() const { return layout_; }
  // Share of the tokens of each layer, [layers of the layout, experts]; others are ignored. Empty: not known.
  void setLoad(std::vector<float> shares, const QString& source);
  Experts experts() const { return experts_; }
  void setExperts(const Experts& experts);
  // The fewest experts of each layer that together take this share of its tokens, as ESFT chooses them.
  void chooseBusiest(double share);
  // "24 of 256 experts in 4 layers"
  QString summary() const;
  widgets::HeatmapView* map() const { return map_; }

 Q_SIGNALS:
  void changed();

 private:
  void take();
  void refresh();
  void showSummary();

  RoutingLayout layout_;
  std::vector<float> load_;
  QString source_;
  Experts experts_;
  bool showing_ = false;
  QLabel *summary_, *source_label_;
  widgets::HeatmapView* map_;
  QPushButton *busiest_, *none_;
  QSpinBox* share_;
};

// The experts of a layout that chosen cells of its heatmap stand for.
ExpertChooser::Experts expertsOfCells(const RoutingLayout& layout, const QList<widgets::HeatmapCell>& cells);

}  // namespace roundhouse::app
