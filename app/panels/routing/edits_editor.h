// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QTimer>
#include <QWidget>

#include <cstdint>
#include <optional>

#include "roundhouse/routing.h"
#include "widgets/heatmap/heatmap_snapshot.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QListWidget;
class QMenu;
class QPushButton;
class QSpinBox;

namespace roundhouse::app {

// Makes and takes back routing edits. Holds a value, applies nothing itself.
class EditsEditor : public QWidget {
  Q_OBJECT
 public:
  explicit EditsEditor(QWidget* parent = nullptr);

  const RoutingEdits& edits() const { return edits_; }
  void setEdits(const RoutingEdits& edits);
  void setLayout(const RoutingLayout& layout);
  // Cells of the heatmap (row: routed layer) that the buttons act on.
  void setTargets(const QList<widgets::HeatmapCell>& cells);
  void setCanAnswerAgain(bool can);
  void showError(const QString& text);
  void apply(ExpertAction action);
  // What can be done with the targets.
  void fillMenu(QMenu* menu);

 Q_SIGNALS:
  void edited(const roundhouse::RoutingEdits& edits);
  void answerAgainRequested();
  void saved(const QString& path);  // the edits, in a file

 private:
  // The number of experts is an edit once it has stood for a moment, or sooner when something else is done.
  void changeTopK();
  void takeBack();
  bool targeted(const ExpertEdit& edit) const;
  void removeChosen();
  void save();
  void load();
  void change(RoutingEdits edits);
  void refresh();

  RoutingEdits edits_;
  RoutingLayout layout_;
  QList<widgets::HeatmapCell> targets_;
  QLabel* target_label_;
  QPushButton *disable_, *boost_, *force_, *remove_, *clear_, *save_, *load_, *again_;
  QDoubleSpinBox* amount_;
  QComboBox* top_k_layer_;
  QSpinBox* top_k_;
  QTimer top_k_rest_;
  std::optional<std::int32_t> top_k_of_;  // the layer (-1: all) whose number rests
  QListWidget* list_;
  QLabel* error_;
};

}  // namespace roundhouse::app
