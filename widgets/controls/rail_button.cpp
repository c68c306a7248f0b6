// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/rail_button.h"

#include <QEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QStyle>

#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"

namespace roundhouse::widgets {
namespace {
constexpr int kLeastWidth = 72;

int iconSide(const QWidget* widget) { return widget->style()->pixelMetric(QStyle::PM_ButtonIconSize, nullptr, widget) * 5 / 4; }
}  // namespace

RailButton::RailButton(QString iconName, const QString& text, QWidget* parent)
    : QAbstractButton(parent), icon_name_(std::move(iconName)) {
  setText(text);
  setCheckable(true);
  setFocusPolicy(Qt::TabFocus);  // a click needs no ring
  setAttribute(Qt::WA_Hover);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize RailButton::sizeHint() const {
  const QFontMetrics metrics(fontFor(TextRole::Small));
  const int width = std::max(kLeastWidth, metrics.horizontalAdvance(text()) + 4 * grid::kUnit);
  const int height = grid::kSmall + iconSide(this) + grid::kTight + metrics.height() + grid::kSmall;
  return {width, (height + 3) / 4 * 4};
}

bool RailButton::event(QEvent* event) {
  if (event->type() == QEvent::FontChange || event->type() == QEvent::ApplicationFontChange || event->type() == QEvent::StyleChange) updateGeometry();
  return QAbstractButton::event(event);
}

void RailButton::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    // The rail moves among its buttons; QAbstractButton would move by geometry.
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Home:
    case Qt::Key_End:
    case Qt::Key_Return:
    case Qt::Key_Enter: event->ignore(); return;
    default: QAbstractButton::keyPressEvent(event);
  }
}

void RailButton::paintEvent(QPaintEvent*) {
  const Tokens& tokens = Tokens::current();
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF cell = QRectF(rect()).adjusted(grid::kTight, 2, -grid::kTight, -2);
  const bool hovered = underMouse() && isEnabled();
  if (isChecked() || isDown() || hovered) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(tokens[isChecked() ? ColorToken::AccentSubtle : isDown() ? ColorToken::Pressed : ColorToken::Hover]);
    painter.drawRoundedRect(cell, grid::kRadius, grid::kRadius);
  }
  if (isChecked()) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(tokens[ColorToken::Accent]);
    painter.drawRoundedRect(QRectF(0, cell.top() + 6, 3, cell.height() - 12), 1.5, 1.5);
  }
  if (hasFocus()) {
    painter.setPen(QPen(tokens[ColorToken::Accent], 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), grid::kRadius, grid::kRadius);
  }
  const QColor ink = tokens[!isEnabled() ? ColorToken::TextDisabled
                            : isChecked() ? ColorToken::TextOnSubtle
                            : hovered     ? ColorToken::Text
                                          : ColorToken::TextMuted];
  const QFont font = fontFor(TextRole::Small);
  const QFontMetrics metrics(font);
  const int side = iconSide(this);
  const int content = side + grid::kTight + metrics.height();
  const int top = (height() - content) / 2;
  const int left = (width() - side) / 2;
  painter.drawPixmap(left, top, iconPixmap(icon_name_, side, devicePixelRatioF(), ink));
  painter.setFont(font);
  painter.setPen(ink);
  const QRect line(grid::kTight, top + side + grid::kTight, width() - 2 * grid::kTight, metrics.height());
  painter.drawText(line, Qt::AlignHCenter | Qt::AlignTop, metrics.elidedText(text(), Qt::ElideRight, line.width()));
}

}  // namespace roundhouse::widgets
