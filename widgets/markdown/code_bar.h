// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;
class QToolButton;

namespace roundhouse::widgets {

// The head of a code block: its language and a button that copies the code. Part of MarkdownView.
class CodeBar : public QWidget {
  Q_OBJECT
 public:
  explicit CodeBar(QWidget* parent);

  void setCode(const QString& language, const QString& code);
  void retranslate();

 private:
  void copy();

  QLabel* language_;
  QToolButton* button_;
  QString code_;
  QTimer restore_;
};

}  // namespace roundhouse::widgets
