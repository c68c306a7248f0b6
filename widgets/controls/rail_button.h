// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace roundhouse::widgets {

// One place of the rail: icon above its name. Part of NavigationRail.
class RailButton : public QAbstractButton {
  Q_OBJECT
 public:
  RailButton(QString iconName, const QString& text, QWidget* parent);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QString icon_name_;
};

}  // namespace roundhouse::widgets
