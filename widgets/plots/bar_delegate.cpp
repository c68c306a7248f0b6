// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/bar_delegate.h"

#include <QPainter>

#include <algorithm>

#include "widgets/plots/bars_model.h"
#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"

namespace roundhouse::widgets {
namespace {
constexpr int kBar = 12;
}

QSize BarDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
  const int height = QFontMetrics(tabularFont()).height() + 6;
  return {label_ + value_ + 80, (height + 3) / 4 * 4};
}

void BarDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const Tokens& tokens = Tokens::current();
  const auto kind = BarKind(index.data(BarsModel::KindRole).toInt());
  const bool selected = option.state & QStyle::State_Selected;
  const bool hovered = option.state & QStyle::State_MouseOver;
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  if (selected || hovered) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(tokens[selected ? ColorToken::AccentSubtle : ColorToken::Hover]);
    painter->drawRoundedRect(option.rect, grid::kRadius, grid::kRadius);
  }
  if (option.state & QStyle::State_HasFocus) {
    painter->setPen(QPen(tokens[ColorToken::Accent], 1));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), grid::kRadius, grid::kRadius);
  }
  QFont font = tabularFont();
  font.setStrikeOut(kind == BarKind::Disabled);
  const QColor ink = tokens[selected                 ? ColorToken::TextOnSubtle
                            : kind == BarKind::Chosen ? ColorToken::Text
                                                      : ColorToken::TextMuted];
  painter->setFont(font);
  painter->setPen(ink);
  const QFontMetrics metrics(font);
  QRect room = option.rect.adjusted(grid::kSmall, 0, -grid::kSmall, 0);
  const QRect label(room.left(), room.top(), std::min(label_, room.width() / 2), room.height());
  painter->drawText(label, Qt::AlignLeft | Qt::AlignVCenter,
                    metrics.elidedText(index.data().toString(), Qt::ElideRight, label.width()));
  font.setStrikeOut(false);
  painter->setFont(font);
  const QRect value(room.right() - value_ + 1, room.top(), value_, room.height());
  const auto* model = qobject_cast<const BarsModel*>(index.model());
  painter->drawText(value, Qt::AlignRight | Qt::AlignVCenter, model ? model->valueText(index.row()) : QString());

  QRectF track(label.right() + grid::kSmall, room.center().y() - kBar / 2 + 1, value.left() - label.right() - 2 * grid::kSmall, kBar);
  const QString note = index.data(BarsModel::NoteRole).toString();
  if (!note.isEmpty()) {
    QFont small = fontFor(TextRole::Small);
    const int width = QFontMetrics(small).horizontalAdvance(note) + grid::kSmall;
    if (track.width() - width > 40) {
      painter->setFont(small);
      painter->drawText(QRectF(track.right() - width, room.top(), width, room.height()),
                        Qt::AlignRight | Qt::AlignVCenter, note);
      track.setWidth(track.width() - width - grid::kTight);
    }
  }
  if (track.width() > 4) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(tokens[selected ? ColorToken::Surface : ColorToken::Sunken]);
    painter->drawRoundedRect(track, 2, 2);
    QRectF bar = track;
    bar.setWidth(std::max(index.data(BarsModel::ShareRole).toDouble() * track.width(), 2.0));
    if (kind == BarKind::Chosen) {
      painter->setBrush(tokens[ColorToken::Accent]);
      painter->drawRoundedRect(bar, 2, 2);
    } else {
      // Outlined, and hatched when disabled: told apart without colour.
      painter->setPen(QPen(tokens[ColorToken::BorderStrong], 1.25));
      painter->setBrush(kind == BarKind::Disabled ? QBrush(tokens[ColorToken::BorderStrong], Qt::DiagCrossPattern)
                                                  : QBrush(Qt::NoBrush));
      painter->drawRoundedRect(bar.adjusted(0.6, 0.6, -0.6, -0.6), 2, 2);
    }
  }
  painter->restore();
}

}  // namespace roundhouse::widgets
