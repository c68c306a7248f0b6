// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "app/jobs/job_info.h"
#include "app/jobs/job_run.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QToolButton;

namespace roundhouse::widgets {
class CurveStack;
class ElidedLabel;
class ErrorBar;
class HeatmapView;
class MetricView;
}

namespace roundhouse::app {

class EvaluationView;
class ResultView;
class TextTable;

enum class RunAction { Pause, Resume, Cancel, Clone, Command, Folder, Delete, Chat };

// One job, live: what it does and how long still, curves, routing, evaluations, results, what happened. Hidden, it only keeps what
// is newest; shown, figures follow four times a second and one picture at a time, so that no frame has to wait.
class RunView : public QWidget {
  Q_OBJECT
 public:
  explicit RunView(QWidget* parent = nullptr);

  void setRun(const JobInfo& job, const JobRun& run);
  // Names of the model's routed layers, as its header tells them; others than the run's are ignored.
  void setLayerNames(const QStringList& layers);
  const JobInfo& job() const { return job_; }
  void setActive(bool active);
  // Nothing is waiting to be drawn.
  bool settled() const { return !refresh_.isActive() && !draw_.isActive(); }
  void showTab(const QString& objectName);
  widgets::CurveStack* curves() const { return curves_; }
  widgets::HeatmapView* map() const { return map_; }

 Q_SIGNALS:
  void actionRequested(roundhouse::app::RunAction action);
  void exported(const QString& path, const QString& error);

 private:
  void buildHead(class QVBoxLayout* column);
  void buildTabs();
  void showHead();
  void refresh();
  void drawNext();
  void showRouting();
  void showLog();
  void exportMenu(class QMenu* menu);

  JobInfo job_;
  JobRun run_;
  QStringList layers_;
  bool active_ = false, stale_ = true;
  int next_curve_ = 0;
  QTimer refresh_, draw_;
  QString told_;  // of the error bar: a state that was put away stays away

  widgets::ElidedLabel* title_;
  QLabel *state_, *figures_, *left_;
  QProgressBar* bar_;
  widgets::ErrorBar* error_;
  QPushButton *pause_, *resume_, *cancel_;
  QToolButton* more_;
  QTabWidget* tabs_;
  QStackedWidget* curve_pages_;
  widgets::CurveStack* curves_;
  QComboBox* measure_;
  widgets::ElidedLabel* dead_;
  widgets::HeatmapView* map_;
  widgets::MetricView* balance_;
  EvaluationView* evaluation_;
  ResultView* result_;
  TextTable* log_;
};

}  // namespace roundhouse::app
