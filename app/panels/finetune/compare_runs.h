// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

#include "app/jobs/job_info.h"
#include "app/jobs/job_run.h"

class QTableView;

namespace roundhouse::widgets {
class CurveStack;
}

namespace roundhouse::app {

class TextTable;

struct ComparedRun {
  JobInfo job;
  JobRun run;
};

// Two or more runs: their curves over each other, the settings in which they differ, and how each ended.
class CompareRuns : public QWidget {
  Q_OBJECT
 public:
  explicit CompareRuns(QWidget* parent = nullptr);
  void setRuns(const QList<ComparedRun>& runs);
  widgets::CurveStack* curves() const { return curves_; }

 Q_SIGNALS:
  void closeRequested();

 private:
  widgets::CurveStack* curves_;
  TextTable *settings_, *figures_;
  QTableView *settings_table_, *figures_table_;
  class QLabel* same_;
};

// Key and value of each line of a job file ("adapter.rank", "16"), in its order.
QList<std::pair<QString, QString>> jobSettings(const TrainingJob& job);
// A row for each setting that is not the same in all: key, then the value in each job. Names and folders of runs are no settings.
QList<QStringList> differentSettings(const QList<TrainingJob>& jobs);

}  // namespace roundhouse::app
