// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/error_box.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {

namespace grid = widgets::grid;

void copyToClipboard(const QString& text) { QGuiApplication::clipboard()->setText(text); }

ErrorBox::ErrorBox(QWidget* parent) : QFrame(parent) {
  widgets::makeCard(this);
  setProperty("tone", "danger");
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(grid::kMedium, grid::kSmall, grid::kSmall, grid::kSmall);
  row->setSpacing(grid::kSmall);
  auto* picture = new QLabel(this);
  picture->setPixmap(widgets::icon(QStringLiteral("error"), widgets::ColorToken::Danger).pixmap(grid::kIcon, grid::kIcon));
  row->addWidget(picture, 0, Qt::AlignTop);
  auto* column = new QVBoxLayout;
  column->setSpacing(2);
  title_ = new QLabel(this);
  title_->setObjectName(QStringLiteral("errorTitle"));
  widgets::setTextRole(title_, widgets::TextRole::Body, widgets::Tone::Danger);
  advice_ = new QLabel(this);
  advice_->setObjectName(QStringLiteral("errorAdvice"));
  details_label_ = new QLabel(this);
  details_label_->setObjectName(QStringLiteral("errorDetails"));
  widgets::setTextRole(details_label_, widgets::TextRole::Small, widgets::Tone::Muted);
  for (QLabel* label : {title_, advice_, details_label_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(label);
  }
  row->addLayout(column, 1);
  action_ = new QPushButton(this);
  action_->setObjectName(QStringLiteral("errorAction"));
  action_->hide();
  copy_ = new QPushButton(widgets::icon(QStringLiteral("copy")), tr("Copy"), this);
  copy_->setObjectName(QStringLiteral("errorCopy"));
  copy_->setAccessibleName(tr("Copy the error's details"));
  row->addWidget(action_, 0, Qt::AlignTop);
  row->addWidget(copy_, 0, Qt::AlignTop);
  connect(copy_, &QPushButton::clicked, this, [this] { copyToClipboard(details_.isEmpty() ? title_->text() : details_); });
  connect(action_, &QPushButton::clicked, this, &ErrorBox::actionTriggered);
}

void ErrorBox::setError(const ErrorText& text) {
  details_ = text.details;
  title_->setText(text.title);
  advice_->setText(text.advice);
  advice_->setVisible(!text.advice.isEmpty());
  details_label_->setText(text.details);
  details_label_->setVisible(!text.details.isEmpty());
  setAccessibleName(text.title);
  setAccessibleDescription(text.details);
}

void ErrorBox::setAction(const QString& text) {
  action_->setText(text);
  action_->setVisible(!text.isEmpty());
}

QString ErrorBox::title() const { return title_->text(); }

}  // namespace roundhouse::app
