// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace roundhouse::widgets {

class WrappedLabel;

// A message that stands where the action was: what happened, what to do, copyable. Hidden until it has something to
// say. Never a dialog.
class ErrorBar : public QFrame {
  Q_OBJECT
 public:
  enum class Severity { Error, Warning, Info, Success };
  Q_ENUM(Severity)

  explicit ErrorBar(QWidget* parent = nullptr);

  // Shows the bar. `detail` (the technical message) is shown below in smaller type and copied along; actionText may be
  // empty. Read out as an alert.
  void showMessage(Severity severity, const QString& text, const QString& detail = {}, const QString& actionText = {});
  void showError(const QString& text, const QString& detail = {}, const QString& actionText = {}) {
    showMessage(Severity::Error, text, detail, actionText);
  }
  void dismiss();
  Severity severity() const { return severity_; }
  // What the copy button copies.
  QString copyText() const;

 Q_SIGNALS:
  void actionTriggered();
  void dismissed();

 protected:
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void refresh();

  Severity severity_ = Severity::Error;
  QString said_;  // as given
  QLabel* picture_;
  WrappedLabel *text_, *detail_;
  QPushButton* action_;
  QToolButton* copy_;
  QToolButton* close_;
};

}  // namespace roundhouse::widgets
