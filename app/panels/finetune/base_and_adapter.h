// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QThread>
#include <QThreadPool>
#include <QWidget>

#include <array>
#include <memory>

#include "app/bridge/answer_snapshot.h"
#include "roundhouse/cancel.h"
#include "roundhouse/model.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QTabWidget;

namespace roundhouse::widgets {
class ElidedLabel;
class ErrorBar;
class HeatmapView;
class MetricView;
class ProgressLine;
class SplitCompare;
}

namespace roundhouse::app {

class EngineController;
class SessionController;

// The same question to a model and to the model with its adapter, greedily, so that what differs is the adapter's doing: two answers
// side by side, and how their routing differs. Has the model loaded for itself, with the adapter beside its weights; close() frees it.
class BaseAndAdapter : public QWidget {
  Q_OBJECT
 public:
  explicit BaseAndAdapter(EngineController& engine, QWidget* parent = nullptr);
  ~BaseAndAdapter() override;

  // Loads the model at `model` with the adapter at `adapter`; what was open before is closed. `question` is what one may begin with.
  void open(const QString& name, const QString& model, const QString& adapter, const QString& question = {});
  void close();
  bool ready() const { return model_ != nullptr; }
  bool busy() const;
  void ask(const QString& question);
  void showTab(const QString& objectName);

 Q_SIGNALS:
  void closeRequested();

 private:
  void follow(int side, const AnswerSnapshotPtr& snapshot);
  void refresh();
  void compareRouting();

  EngineController& engine_;
  QThread thread_;        // of the sessions
  QThreadPool loader_;    // one thread
  CancelToken loading_;
  QString name_, adapter_;
  std::shared_ptr<Model> model_;
  std::array<SessionController*, 2> sessions_{};   // base, adapter
  std::array<AnswerSnapshotPtr, 2> answers_;
  QString asked_;
  int number_ = 0;        // of the question

  widgets::ElidedLabel* title_;
  widgets::ErrorBar* error_;
  widgets::ProgressLine* progress_;
  QTabWidget* tabs_;
  widgets::SplitCompare* texts_;
  QLabel* routing_note_;
  widgets::HeatmapView* map_;
  widgets::MetricView* divergence_;
  QLineEdit* question_;
  QPushButton *ask_, *stop_;
};

}  // namespace roundhouse::app
