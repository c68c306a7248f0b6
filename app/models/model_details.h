// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "app/bridge/engine_controller.h"
#include "app/models/model_scanner.h"

class QLabel;
class QPushButton;
class QSpinBox;
class QTableView;

namespace roundhouse::widgets {
class ErrorBar;
class ProgressLine;
}

namespace roundhouse::app {

struct AppContext;
class MemoryBars;
class MemoryModel;
class MetadataView;
class ModelsModel;

// One of the models: what it is, what memory it will take and takes, load and unload. Follows `models` when it is told to:
// that one has changed then.
class ModelDetails : public QWidget {
  Q_OBJECT
 public:
  ModelDetails(AppContext& context, ModelsModel& models, QWidget* parent = nullptr);

  // The one at this path; empty: none.
  void choose(const QString& path);
  const QString& path() const { return path_; }
  // Other models are loaded than before.
  void showLoaded();
  void showLoading();
  void endLoading(const LoadOutcome& outcome);
  // Only an active one measures memory.
  void setActive(bool active);
  void load();
  void unload();
  MemoryModel& memory() const { return *memory_; }
  // What is disabled or hidden by what is done with the model.
  QList<QWidget*> controls() const;

 private:
  QWidget* buildFacts();
  QWidget* buildMemory();
  void refresh();
  QStringList facts(const FoundModel& model) const;
  void showMemory();
  void measure();
  const FoundModel* model() const;
  LoadOptions loadOptions() const;

  AppContext& context_;
  ModelsModel& models_;
  MemoryModel* memory_;
  QString path_;
  bool active_ = false;
  QTimer measure_timer_;
  bool measuring_ = false;
  std::weak_ptr<Model> measured_;  // whose memory `used_` is
  MemoryUse used_;

  QLabel *name_, *facts_, *path_label_, *why_not_, *fits_;
  QPushButton *load_, *unload_, *use_;
  QSpinBox* context_tokens_;
  widgets::ProgressLine* progress_;
  QString progress_of_;  // path of the model whose load it shows
  widgets::ErrorBar* load_error_;
  MemoryBars* bars_;
  QTableView* memory_table_;
  MetadataView* metadata_;
};

}  // namespace roundhouse::app
