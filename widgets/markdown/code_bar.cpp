// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/code_bar.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "widgets/style/icon.h"
#include "widgets/style/text_role.h"

namespace roundhouse::widgets {

CodeBar::CodeBar(QWidget* parent) : QWidget(parent), language_(new QLabel(this)), button_(new QToolButton(this)) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(grid::kMedium, 0, grid::kTight, 0);
  setTextRole(language_, TextRole::Small, Tone::Muted);
  language_->setTextFormat(Qt::PlainText);
  row->addWidget(language_, 1);
  row->addWidget(button_);
  button_->setObjectName(QStringLiteral("copyCode"));
  button_->setFocusPolicy(Qt::TabFocus);
  button_->setCursor(Qt::ArrowCursor);
  setCursor(Qt::ArrowCursor);
  restore_.setSingleShot(true);
  restore_.setInterval(1500);
  connect(&restore_, &QTimer::timeout, this, &CodeBar::retranslate);
  connect(button_, &QToolButton::clicked, this, &CodeBar::copy);
  retranslate();
}

void CodeBar::retranslate() {
  button_->setIcon(icon(QStringLiteral("copy"), ColorToken::TextMuted));
  button_->setToolTip(tr("Copy code"));
  button_->setAccessibleName(tr("Copy code"));
}

void CodeBar::setCode(const QString& language, const QString& code) {
  code_ = code;
  // A name, not a text of any length.
  language_->setText(language.isEmpty() ? tr("code") : language.left(32));
}

void CodeBar::copy() {
  QGuiApplication::clipboard()->setText(code_);
  button_->setIcon(icon(QStringLiteral("check"), ColorToken::Success));
  button_->setToolTip(tr("Copied"));
  button_->setAccessibleName(tr("Copied"));
  restore_.start();
}

}  // namespace roundhouse::widgets
