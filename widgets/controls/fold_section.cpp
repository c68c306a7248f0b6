// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/fold_section.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QToolButton>
#include <QVBoxLayout>
#include <QVariantAnimation>

#include "widgets/controls/elided_label.h"
#include "widgets/style/icon.h"
#include "widgets/style/text_role.h"

namespace roundhouse::widgets {

FoldSection::FoldSection(const QString& title, QWidget* parent)
    : QWidget(parent), head_(new QToolButton(this)), summary_(new ElidedLabel(this)), frame_(new QWidget(this)),
      motion_(new QVariantAnimation(this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(grid::kTight);
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  head_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  head_->setFocusPolicy(Qt::TabFocus);
  head_->setObjectName(QStringLiteral("foldHead"));
  head_->installEventFilter(this);
  row->addWidget(head_);
  setTextRole(summary_, TextRole::Small, Tone::Muted);
  row->addWidget(summary_, 1);
  column->addLayout(row);
  auto* inner = new QVBoxLayout(frame_);
  inner->setContentsMargins(grid::kHuge, 0, 0, 0);
  column->addWidget(frame_);
  frame_->hide();
  connect(head_, &QToolButton::clicked, this, [this] { setExpanded(!expanded_); });
  connect(motion_, &QVariantAnimation::valueChanged, this,
          [this](const QVariant& height) { frame_->setMaximumHeight(height.toInt()); });
  connect(motion_, &QVariantAnimation::finished, this, [this] {
    frame_->setMaximumHeight(QWIDGETSIZE_MAX);
    frame_->setVisible(expanded_);
  });
  setTitle(title);
}

void FoldSection::setTitle(const QString& title) {
  head_->setText(title);
  refresh();
}

void FoldSection::setSummary(const QString& summary) { summary_->setWholeText(summary); }

void FoldSection::setContent(QWidget* content) {
  delete content_;
  content_ = content;
  if (content_) frame_->layout()->addWidget(content_);
}

void FoldSection::setExpanded(bool expanded) {
  if (expanded == expanded_) return;
  expanded_ = expanded;
  refresh();
  const int from = frame_->isVisible() ? frame_->height() : 0;
  const int duration = isVisible() ? motionDuration(this, 120) : 0;
  motion_->stop();
  if (duration == 0) {
    frame_->setMaximumHeight(QWIDGETSIZE_MAX);
    frame_->setVisible(expanded_);
  } else {
    if (expanded_) {
      frame_->setMaximumHeight(from);
      frame_->show();
    }
    motion_->setDuration(duration);
    motion_->setEasingCurve(QEasingCurve::OutCubic);
    motion_->setStartValue(from);
    motion_->setEndValue(expanded_ ? frame_->sizeHint().height() : 0);
    motion_->start();
  }
  Q_EMIT expandedChanged(expanded_);
}

void FoldSection::refresh() {
  head_->setIcon(icon(expanded_ ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right"), ColorToken::TextMuted));
  head_->setAccessibleName(head_->text());
  head_->setAccessibleDescription(expanded_ ? tr("expanded") : tr("collapsed"));
}

bool FoldSection::eventFilter(QObject* watched, QEvent* event) {
  if (watched == head_ && event->type() == QEvent::KeyPress) {
    switch (static_cast<QKeyEvent*>(event)->key()) {
      case Qt::Key_Right: setExpanded(true); return true;
      case Qt::Key_Left: setExpanded(false); return true;
      case Qt::Key_Return:
      case Qt::Key_Enter: setExpanded(!expanded_); return true;
      default: break;
    }
  }
  return QWidget::eventFilter(watched, event);
}

void FoldSection::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) refresh();
}

}  // namespace roundhouse::widgets
