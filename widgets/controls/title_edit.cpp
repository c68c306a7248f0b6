// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/title_edit.h"

#include <QPainter>
#include <QStyle>
#include <QStyleOptionFrame>

namespace roundhouse::widgets {

void TitleEdit::paintEvent(QPaintEvent* event) {
  constexpr int kBeside = 2;  // of QLineEdit, beside its text
  QStyleOptionFrame option;
  initStyleOption(&option);
  const QRect room = style()->subElementRect(QStyle::SE_LineEditContents, &option, this).marginsRemoved(textMargins()).adjusted(kBeside, 0, -kBeside, 0);
  if (hasFocus() || fontMetrics().horizontalAdvance(text()) <= room.width()) return QLineEdit::paintEvent(event);
  QPainter painter(this);
  style()->drawPrimitive(QStyle::PE_PanelLineEdit, &option, &painter, this);
  painter.setPen(palette().color(isEnabled() ? QPalette::Normal : QPalette::Disabled, QPalette::Text));
  painter.drawText(room, Qt::AlignVCenter | Qt::AlignLeft, fontMetrics().elidedText(text(), Qt::ElideRight, room.width()));
}

}  // namespace roundhouse::widgets
