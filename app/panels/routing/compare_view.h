// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>
#include <utility>

#include "app/bridge/answer_snapshot.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace roundhouse::widgets {
class HeatmapView;
class MetricView;
class SplitCompare;
}

namespace roundhouse::app {

// Two answers and their traces: texts side by side with the first differing token marked, map of the differences of
// load, divergence per layer.
class CompareView : public QWidget {
  Q_OBJECT
 public:
  explicit CompareView(QWidget* parent = nullptr);
  // In the order they were asked for; keeps the chosen pair when it is still there, otherwise takes the last two.
  void setAnswers(const QList<AnswerSnapshotPtr>& answers);
  void choose(const QString& first, const QString& second);
  // A trace from a file becomes the second side.
  void openTrace(const QString& path);
  widgets::HeatmapView* map() const { return map_; }
  widgets::MetricView* divergence() const { return divergence_; }
  // What is chosen is on show.
  bool settled() const { return comparing_ == 0; }

 private:
  void fillBoxes();
  void refresh();
  struct Difference;
  void show(const AnswerSnapshotPtr& first, const Difference& difference);
  void tell(const QString& text);
  AnswerSnapshotPtr chosen(const QComboBox* box) const;

  QList<AnswerSnapshotPtr> answers_, files_;
  std::optional<std::pair<AnswerSnapshotPtr, AnswerSnapshotPtr>> shown_;
  int comparing_ = 0;  // on other threads, what was chosen before included
  QComboBox *first_, *second_;
  QPushButton* open_;
  widgets::SplitCompare* texts_;
  QLabel *problem_, *drawn_;
  widgets::HeatmapView* map_;
  widgets::MetricView* divergence_;
};

}  // namespace roundhouse::app
