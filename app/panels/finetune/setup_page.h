// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>

#include "app/panels/finetune/check_report.h"
#include "app/panels/finetune/job_form.h"
#include "roundhouse/result.h"
#include "roundhouse/training_job.h"

class QCheckBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTabWidget;

namespace roundhouse::widgets {
class ErrorBar;
class ProgressLine;
}

namespace roundhouse::app {

class CheckView;

// A new job: the form at the left, what a check of it found at the right. It starts only what was checked as it stands in the
// form, and rows that cannot be used are left out only on the user's word. Who owns it checks and starts.
class SetupPage : public QWidget {
  Q_OBJECT
 public:
  explicit SetupPage(QWidget* parent = nullptr);

  JobForm* form() const { return form_; }
  // `file`: where it was read from; empty: nowhere.
  void setJob(const TrainingJob& job, const QString& file = {});
  // The answer to checkRequested(): how far it is, and in the end one of the others.
  void setProgress(const QString& stage, double fraction);
  void setReport(const TrainingJob& of, const CheckReport& report);
  void setFailed(const Error& error);
  // What goes wrong after startRequested().
  void setStartError(const Error& error);
  bool checking() const { return checking_; }
  // The form is as it was checked, and nothing stands in the way.
  bool canStart() const;
  void check();
  void start();
  // The job as the button would start it.
  TrainingJob jobToStart() const;
  // `fresh`: as a job of one's own, with a new folder among the program's data.
  void openJob(const QString& path, bool fresh = false);
  void saveJob(const QString& path);

 Q_SIGNALS:
  void checkRequested(const roundhouse::TrainingJob& job);
  void checkCancelled();
  void startRequested(const roundhouse::TrainingJob& job);
  void closeRequested();
  void saved(const QString& path);

 private:
  void refresh();
  void showFile();

  JobForm* form_;
  CheckView* view_;
  widgets::ErrorBar* error_;
  widgets::ProgressLine* progress_;
  QTabWidget* tabs_;
  QStackedWidget* pages_;
  QLabel *why_, *command_;
  QPlainTextEdit* file_;
  QPushButton *open_, *save_, *close_, *check_, *start_, *copy_;
  QCheckBox* leave_out_;
  std::optional<TrainingJob> checked_, asked_;
  QString path_;
  bool checking_ = false;
};

// `roundhouse-cli train FILE`, quoted for a shell.
QString trainCommand(const QString& file);

}  // namespace roundhouse::app
