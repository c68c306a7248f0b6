// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/jobs/job_run.h"

class QComboBox;
class QLabel;
class QListView;
class QStackedWidget;
class QStringListModel;

namespace roundhouse::widgets {
class EmptyState;
class SplitCompare;
}

namespace roundhouse::app {

class TextTable;

// What an evaluation of a run said: losses, best and worst samples, and the answers to the questions beside those of the first
// evaluation. Follows the newest one until another is chosen.
class EvaluationView : public QWidget {
  Q_OBJECT
 public:
  explicit EvaluationView(QWidget* parent = nullptr);

  void setEvaluations(const QList<EvaluationPoint>& evaluations);
  // Step of the evaluation on show; -1: none.
  qint64 shownStep() const;
  void choose(qint64 step);

 private:
  const EvaluationPoint* shown() const;
  void refresh();
  void showAnswer();

  QList<EvaluationPoint> evaluations_;
  bool follows_ = true, filling_ = false;
  QStackedWidget* pages_;
  QComboBox* which_;
  QLabel* figures_;
  TextTable* samples_;
  QStringListModel* prompts_;
  QListView* prompt_list_;
  widgets::SplitCompare* answers_;
  QLabel* no_answers_;
};

}  // namespace roundhouse::app
