// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/jobs/job_info.h"
#include "app/jobs/job_run.h"

class QLabel;
class QPushButton;
class QTableView;

namespace roundhouse::widgets {
class WrappedLabel;
}

namespace roundhouse::app {

class TextTable;

// What a run has left: what was predicted beside what it took, the files, whether each export is what was trained, and the way on to
// a conversation with it.
class ResultView : public QWidget {
  Q_OBJECT
 public:
  explicit ResultView(QWidget* parent = nullptr);
  void setRun(const JobInfo& job, const JobRun& run);

 Q_SIGNALS:
  void chatRequested();

 private:
  QLabel* said_;
  widgets::WrappedLabel* adapter_;
  QPushButton* chat_;
  TextTable *predicted_, *exports_, *parity_;
  QTableView *exports_table_, *parity_table_;
  QLabel* no_exports_;
};

}  // namespace roundhouse::app
