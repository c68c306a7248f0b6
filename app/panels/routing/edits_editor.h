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

class Settings;

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
  // The edits of the answer on show: with others it can be answered again. None: there is no answer, or it is not done.
  void setAnswered(const std::optional<RoutingEdits>& edits);
  // Keeps what is set here and is no edit: the amount of a boost, the layer of the number of experts.
  void rememberIn(Settings& settings);
  void showError(const QString& text);
  void apply(ExpertAction action);
  // What can be done with the targets.
  void fillMenu(QMenu* menu);

 Q_SIGNALS:
  void edited(const roundhouse::RoutingEdits& edits);
  void answerAgainRequested();
  // A file to write the edits to was chosen.
  void saveRequested(const QString& path, const roundhouse::RoutingEdits& edits);

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
  void showAnswerable();

  RoutingEdits edits_;
  std::optional<RoutingEdits> answered_;
  QString wanted_layer_;  // whose number of experts is set, where the model has it
  RoutingLayout layout_;
  QList<widgets::HeatmapCell> targets_;
  QLabel* target_label_;
  QPushButton *disable_, *boost_, *force_, *remove_, *clear_, *save_, *load_, *again_;
  QDoubleSpinBox* amount_;
  QComboBox* top_k_layer_;
  QSpinBox* top_k_;
  QTimer top_k_rest_;
  std::optional<std::int32_t> top_k_of_;  // the layer (-1: all) whose number rests
  int reading_ = 0;  // counts what makes a file that is still read one of before
  QListWidget* list_;
  QLabel* error_;
};

}  // namespace roundhouse::app
