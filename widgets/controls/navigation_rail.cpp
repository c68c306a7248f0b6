// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/navigation_rail.h"

#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

#include "widgets/controls/rail_button.h"
#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"

namespace roundhouse::widgets {

NavigationRail::NavigationRail(QWidget* parent) : QWidget(parent), layout_(new QVBoxLayout(this)) {
  setObjectName(QStringLiteral("navigationRail"));
  setAccessibleName(tr("Places"));
  layout_->setContentsMargins(0, grid::kSmall, 1, grid::kSmall);
  layout_->setSpacing(0);
  layout_->addStretch(1);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
}

RailButton* NavigationRail::add(const QString& id, const QString& iconName, const QString& text, bool foot) {
  auto* button = new RailButton(iconName, text, this);
  button->setObjectName(QStringLiteral("rail.") + id);
  if (foot) {
    layout_->addWidget(button);
    order_.append(id);
  } else {
    layout_->insertWidget(foot_index_, button);
    order_.insert(foot_index_++, id);
  }
  buttons_.insert(id, button);
  connect(button, &QAbstractButton::clicked, this, [this, id] {
    setCurrent(id);
    Q_EMIT activated(id);
  });
  QWidget* previous = nullptr;
  for (const QString& each : std::as_const(order_)) {
    QWidget* next = buttons_.value(each);
    if (previous && next) setTabOrder(previous, next);
    previous = next;
  }
  if (current_.isEmpty()) setCurrent(id);
  return button;
}

void NavigationRail::addItem(const QString& id, const QString& iconName, const QString& text) {
  add(id, iconName, text, false);
}

void NavigationRail::addFootItem(const QString& id, const QString& iconName, const QString& text) {
  add(id, iconName, text, true);
}

void NavigationRail::setItemText(const QString& id, const QString& text, const QString& toolTip) {
  if (auto* button = buttons_.value(id)) {
    button->setText(text);
    button->setToolTip(toolTip);
    button->updateGeometry();
  }
}

void NavigationRail::setCurrent(const QString& id) {
  if (!buttons_.contains(id)) return;
  current_ = id;
  for (auto it = buttons_.cbegin(); it != buttons_.cend(); ++it) it.value()->setChecked(it.key() == id);
}

QSize NavigationRail::sizeHint() const { return layout_->sizeHint(); }
QSize NavigationRail::minimumSizeHint() const { return layout_->minimumSize(); }

void NavigationRail::keyPressEvent(QKeyEvent* event) {
  QList<RailButton*> shown;
  qsizetype focused = -1;
  for (const QString& id : std::as_const(order_)) {
    RailButton* button = buttons_.value(id);
    if (!button->isVisible() || !button->isEnabled()) continue;
    if (button->hasFocus()) focused = shown.size();
    shown.append(button);
  }
  if (focused < 0) return QWidget::keyPressEvent(event);
  qsizetype next = focused;
  switch (event->key()) {
    case Qt::Key_Up: next = std::max<qsizetype>(0, focused - 1); break;
    case Qt::Key_Down: next = std::min(shown.size() - 1, focused + 1); break;
    case Qt::Key_Home: next = 0; break;
    case Qt::Key_End: next = shown.size() - 1; break;
    case Qt::Key_Return:
    case Qt::Key_Enter: shown[focused]->click(); return;
    default: return QWidget::keyPressEvent(event);
  }
  shown[next]->setFocus(Qt::TabFocusReason);
}

void NavigationRail::paintEvent(QPaintEvent*) {
  const Tokens& tokens = Tokens::current();
  QPainter painter(this);
  painter.fillRect(rect(), tokens[ColorToken::Background]);
  painter.fillRect(QRect(width() - 1, 0, 1, height()), tokens[ColorToken::Border]);
}

}  // namespace roundhouse::widgets
