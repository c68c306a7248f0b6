// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QStringList>
#include <QWidget>

#include <memory>

#include "app/jobs/job_info.h"
#include "app/panels/finetune/expert_chooser.h"
#include "app/panels/finetune/run_view.h"
#include "roundhouse/model.h"

class QLabel;
class QListView;
class QPushButton;
class QStackedWidget;

namespace roundhouse::widgets {
class ElidedButton;
class EmptyState;
class ErrorBar;
}

namespace roundhouse::app {

struct AppContext;
class BaseAndAdapter;
class CompareRuns;
class JobManager;
class JobsModel;
class SetupPage;

struct FinetuneOptions {
  QString embeddedModel;  // path of what a job calls "embedded"
  QString exampleJob;     // a job file that comes with the program; empty: none
  QString program;        // roundhouse-cli; empty: the one beside this program
};

// The jobs at the left; at the right a new job, a run, runs compared, or base and adapter.
class FinetuneWidget : public QWidget {
  Q_OBJECT
 public:
  FinetuneWidget(AppContext& context, JobManager& jobs, FinetuneOptions options, QWidget* parent = nullptr);
  ~FinetuneWidget() override;

  // Hidden, it only remembers what is newest.
  void setActive(bool active);
  bool settled() const;
  QWidget* focusHome() const;
  // The form, with what it has, or with these experts of the current model.
  void newJob();
  void newJobFor(const ExpertChooser::Experts& experts);
  void openExample();
  void showJob(const QString& id);
  SetupPage* setup() const { return setup_; }
  RunView* runView() const { return run_; }
  BaseAndAdapter* baseAndAdapter() const { return chat_; }

 private:
  struct Draft;
  enum class Page { Empty, Setup, Run, Compare, Chat };

  void buildList(QWidget* side);
  void addCommands();
  void showPage(Page page);
  void takeJobs();
  void takeRun(const QString& id);
  void showChosen();
  void compareChosen();
  QStringList chosenIds() const;
  void act(RunAction action, const QString& id);
  void askDelete(const QString& id);
  void check(const TrainingJob& job);
  void start(const TrainingJob& job);
  void openChat(const QString& id);
  void inspect(const QString& model);
  void showModelInfo();
  void offerLoad();
  void listModels();
  QString modelPath(const std::string& model) const;
  void tell(const QString& text);

  AppContext& context_;
  JobManager& jobs_;
  const FinetuneOptions options_;
  std::shared_ptr<Draft> draft_;
  bool active_ = false, choosing_ = false;
  quint64 check_ = 0;
  QHash<QString, std::shared_ptr<const Result<ModelInfo>>> infos_;  // by path; null: being read
  QStringList compared_;
  QString shown_;  // id of the job in the run view

  JobsModel* model_;
  QListView* list_;
  QLabel* no_jobs_;
  widgets::ElidedButton* new_;
  QPushButton* compare_;
  QStackedWidget* pages_;
  widgets::ErrorBar* error_;
  widgets::EmptyState* empty_;
  SetupPage* setup_;
  RunView* run_;
  CompareRuns* comparison_;
  BaseAndAdapter* chat_;
};

}  // namespace roundhouse::app
