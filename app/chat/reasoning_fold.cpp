// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/reasoning_fold.h"

#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/markdown/markdown_view.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {

ReasoningFold::ReasoningFold(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("reasoning"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(widgets::grid::kTight);
  button_ = new QToolButton(this);
  button_->setObjectName(QStringLiteral("reasoningToggle"));
  button_->setAutoRaise(true);
  button_->setCheckable(true);
  button_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  column->addWidget(button_, 0, Qt::AlignLeft);
  body_ = new QFrame(this);
  widgets::makeCard(body_);
  auto* inner = new QVBoxLayout(body_);
  inner->setContentsMargins(widgets::grid::kMedium, widgets::grid::kSmall, widgets::grid::kMedium, widgets::grid::kSmall);
  view_ = new widgets::MarkdownView(body_);
  view_->setAccessibleName(tr("Reasoning"));
  inner->addWidget(view_);
  column->addWidget(body_);
  connect(button_, &QToolButton::toggled, this, &ReasoningFold::setExpanded);
  setExpanded(false);
}

bool ReasoningFold::expanded() const { return button_->isChecked(); }

void ReasoningFold::setExpanded(bool expanded) {
  button_->setChecked(expanded);
  button_->setIcon(widgets::icon(expanded ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right"), widgets::ColorToken::TextMuted));
  if (expanded) view_->setMarkdownSource(source_);
  body_->setVisible(expanded);
}

void ReasoningFold::setSource(const QByteArray& utf8, bool open) {
  source_ = utf8;
  button_->setText(open ? tr("Thinking… %1 characters").arg(QLocale().toString(QString::fromUtf8(utf8).size()))
                        : tr("Reasoning, %1 characters").arg(QLocale().toString(QString::fromUtf8(utf8).size())));
  if (expanded()) view_->setMarkdownSource(source_);  // a closed fold parses nothing
}

}  // namespace roundhouse::app
