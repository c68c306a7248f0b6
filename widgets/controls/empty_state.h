// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace roundhouse::widgets {

// Says what will be here and offers the next step.
class EmptyState : public QWidget {
  Q_OBJECT
 public:
  explicit EmptyState(QWidget* parent = nullptr);

  void setIcon(const QString& iconName);
  // A short title and a sentence; either may be empty.
  void setText(const QString& title, const QString& sentence);
  // An empty text hides the button.
  void setAction(const QString& text, const QString& iconName = {});

 Q_SIGNALS:
  void actionTriggered();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void refresh();

  QString icon_name_;
  QLabel* picture_;
  QLabel* title_;
  QLabel* sentence_;
  QPushButton* action_;
};

}  // namespace roundhouse::widgets
