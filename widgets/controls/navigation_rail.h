// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QWidget>

class QVBoxLayout;

namespace roundhouse::widgets {

class RailButton;

// The left rail: places with icon and name, one of them current; foot items (Settings) stand at the bottom.
// Keys: Up, Down, Home, End move the focus, Space or Enter goes there. An item's id is its object name's tail
// ("rail.chat"), so tests and accessibility tools find it.
class NavigationRail : public QWidget {
  Q_OBJECT
 public:
  explicit NavigationRail(QWidget* parent = nullptr);

  void addItem(const QString& id, const QString& iconName, const QString& text);
  void addFootItem(const QString& id, const QString& iconName, const QString& text);
  // For retranslation. The tool tip (a sentence, a shortcut) is optional.
  void setItemText(const QString& id, const QString& text, const QString& toolTip = {});

  QStringList ids() const { return order_; }
  QString current() const { return current_; }
  // Does not emit activated(); unknown ids are ignored.
  void setCurrent(const QString& id);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  // The user chose another place (or the same again).
  void activated(const QString& id);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  RailButton* add(const QString& id, const QString& iconName, const QString& text, bool foot);

  QVBoxLayout* layout_;
  int foot_index_ = 0;  // position of the stretch before the foot items
  QHash<QString, RailButton*> buttons_;
  QStringList order_;
  QString current_;
};

}  // namespace roundhouse::widgets
