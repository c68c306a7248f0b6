// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include "app/shell/format.h"

class QLabel;
class QPushButton;

namespace roundhouse::app {

// A failure told where the action was: what happened, what to do, the exact message to copy.
class ErrorBox : public QFrame {
  Q_OBJECT
 public:
  explicit ErrorBox(QWidget* parent = nullptr);

  void setError(const ErrorText& text);
  // A button for the advice; an empty text takes it away.
  void setAction(const QString& text);
  QString title() const;
  QString details() const { return details_; }

 Q_SIGNALS:
  void actionTriggered();

 private:
  QLabel *title_, *advice_, *details_label_;
  QPushButton *action_, *copy_;
  QString details_;
};

void copyToClipboard(const QString& text);

}  // namespace roundhouse::app
