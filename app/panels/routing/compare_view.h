// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/bridge/answer_snapshot.h"

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QTableWidget;

namespace roundhouse::widgets {
class HeatmapView;
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
  bool openTrace(const QString& path, QString* error);
  widgets::HeatmapView* map() const { return map_; }

 private:
  void refresh();
  AnswerSnapshotPtr chosen(const QComboBox* box) const;

  QList<AnswerSnapshotPtr> answers_, files_;
  QComboBox *first_, *second_;
  QPlainTextEdit *first_text_, *second_text_;
  QLabel* verdict_;
  widgets::HeatmapView* map_;
  QTableWidget* divergence_;
};

}  // namespace roundhouse::app
