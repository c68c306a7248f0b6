// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace roundhouse::widgets {

// A long task on one line: what it is, how far, how long still, cancel; and in the end one final line.
class ProgressLine : public QWidget {
  Q_OBJECT
 public:
  enum class Outcome { Done, Failed, Cancelled };
  Q_ENUM(Outcome)

  explicit ProgressLine(QWidget* parent = nullptr);

  // Begins (or begins again). Until the first setProgress() the extent is unknown.
  void start(const QString& task, bool cancellable = true);
  // A total of 0 or less: unknown extent. The remark ("1.2 of 3.4 GB") is shown behind the percentage.
  void setProgress(double done, double total, const QString& remark = {});
  // Exactly one final line; further progress is ignored until start().
  void finish(Outcome outcome, const QString& line);
  bool running() const { return running_; }
  // The line as it is read: task, share, remark, time left.
  QString statusText() const;

  // "12 s", "3 min", "1 h 20 min"; what a person would say.
  static QString formatDuration(double seconds);

 Q_SIGNALS:
  // Once per task; the button then waits for finish().
  void cancelRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void refresh();

  QLabel* picture_;
  QLabel* text_;
  QLabel* status_;
  QProgressBar* bar_;
  QToolButton* cancel_;
  QElapsedTimer clock_;
  QString task_;
  QString remark_;
  QString final_;
  double done_ = 0;
  double total_ = 0;
  bool running_ = false;
  bool cancelling_ = false;
  Outcome outcome_ = Outcome::Done;
};

}  // namespace roundhouse::widgets
