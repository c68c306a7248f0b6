// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/empty_state.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/style/icon.h"
#include "widgets/style/text_role.h"

namespace roundhouse::widgets {
namespace {
constexpr int kPicture = 40;
constexpr int kWidth = 420;
}  // namespace

EmptyState::EmptyState(QWidget* parent)
    : QWidget(parent), picture_(new QLabel), title_(new QLabel), sentence_(new QLabel), action_(new QPushButton) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(grid::kHuge, grid::kHuge, grid::kHuge, grid::kHuge);
  outer->setSpacing(grid::kSmall);
  outer->addStretch(2);
  picture_->setAlignment(Qt::AlignCenter);
  outer->addWidget(picture_);
  setTextRole(title_, TextRole::Title);
  title_->setAlignment(Qt::AlignCenter);
  title_->setWordWrap(true);
  outer->addWidget(title_);
  setTextRole(sentence_, TextRole::Body, Tone::Muted);
  sentence_->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
  sentence_->setWordWrap(true);
  sentence_->setMaximumWidth(kWidth);
  sentence_->setMinimumWidth(std::min(kWidth, 200));
  auto* middle = new QHBoxLayout;
  middle->addStretch(1);
  middle->addWidget(sentence_, 100);
  middle->addStretch(1);
  outer->addLayout(middle);
  outer->addSpacing(grid::kSmall);
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  row->addStretch(1);
  setTone(action_, Tone::Primary);
  row->addWidget(action_);
  row->addStretch(1);
  outer->addLayout(row);
  outer->addStretch(3);
  action_->setObjectName(QStringLiteral("emptyAction"));
  connect(action_, &QPushButton::clicked, this, &EmptyState::actionTriggered);
  for (QWidget* widget : QList<QWidget*>{picture_, title_, sentence_, action_}) widget->hide();
}

void EmptyState::refresh() {
  picture_->setVisible(!icon_name_.isEmpty());
  picture_->setPixmap(
      iconPixmap(icon_name_, kPicture, devicePixelRatioF(), Tokens::current()[ColorToken::TextMuted]));
}

void EmptyState::setIcon(const QString& iconName) {
  icon_name_ = iconName;
  refresh();
}

void EmptyState::setText(const QString& title, const QString& sentence) {
  title_->setText(title);
  title_->setVisible(!title.isEmpty());
  sentence_->setText(sentence);
  sentence_->setVisible(!sentence.isEmpty());
}

void EmptyState::setAction(const QString& text, const QString& iconName) {
  action_->setText(text);
  action_->setIcon(iconName.isEmpty() ? QIcon() : icon(iconName, ColorToken::TextOnAccent));
  action_->setVisible(!text.isEmpty());
}

void EmptyState::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refresh();
}

}  // namespace roundhouse::widgets
