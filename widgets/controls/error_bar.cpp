// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/error_bar.h"

#include <QAccessible>
#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/controls/wrapped_label.h"
#include "widgets/style/icon.h"
#include "widgets/style/text_role.h"

namespace roundhouse::widgets {
namespace {

struct Look {
  const char* icon;
  ColorToken ink;
  ColorToken ground;
};

Look lookOf(ErrorBar::Severity severity) {
  switch (severity) {
    case ErrorBar::Severity::Warning: return {"warning", ColorToken::Warning, ColorToken::WarningSubtle};
    case ErrorBar::Severity::Info: return {"info", ColorToken::TextOnSubtle, ColorToken::AccentSubtle};
    case ErrorBar::Severity::Success: return {"success", ColorToken::Success, ColorToken::SuccessSubtle};
    case ErrorBar::Severity::Error: break;
  }
  return {"error", ColorToken::Danger, ColorToken::DangerSubtle};
}

WrappedLabel* messageLabel(QWidget* parent) {
  auto* label = new WrappedLabel(parent);
  label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  label->setFocusPolicy(Qt::ClickFocus);
  return label;
}

}  // namespace

ErrorBar::ErrorBar(QWidget* parent)
    : QFrame(parent), picture_(new QLabel(this)), text_(messageLabel(this)), detail_(messageLabel(this)),
      action_(new QPushButton(this)), copy_(new QToolButton(this)), close_(new QToolButton(this)) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(grid::kMedium, grid::kSmall, grid::kSmall, grid::kSmall);
  row->setSpacing(grid::kSmall);
  row->addWidget(picture_, 0, Qt::AlignTop);
  auto* words = new QVBoxLayout;
  words->setSpacing(2);
  words->addWidget(text_);
  setTextRole(detail_, TextRole::Small, Tone::Muted);
  words->addWidget(detail_);
  words->addStretch(1);
  row->addLayout(words, 1);
  row->addWidget(action_, 0, Qt::AlignTop);
  row->addWidget(copy_, 0, Qt::AlignTop);
  row->addWidget(close_, 0, Qt::AlignTop);
  // Level with the words of the buttons.
  picture_->setContentsMargins(0, grid::kTight, 0, 0);
  words->setContentsMargins(0, 6, 0, 0);
  action_->setObjectName(QStringLiteral("errorAction"));
  copy_->setObjectName(QStringLiteral("errorCopy"));
  close_->setObjectName(QStringLiteral("errorClose"));
  connect(action_, &QPushButton::clicked, this, &ErrorBar::actionTriggered);
  connect(copy_, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(copyText()); });
  connect(close_, &QToolButton::clicked, this, [this] {
    dismiss();
    Q_EMIT dismissed();
  });
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  refresh();
  hide();
}

void ErrorBar::refresh() {
  const Look look = lookOf(severity_);
  const int side = style()->pixelMetric(QStyle::PM_ButtonIconSize, nullptr, this) * 5 / 4;
  picture_->setPixmap(iconPixmap(QString::fromLatin1(look.icon), side, devicePixelRatioF(), Tokens::current()[look.ink]));
  copy_->setIcon(icon(QStringLiteral("copy"), ColorToken::TextMuted));
  close_->setIcon(icon(QStringLiteral("close"), ColorToken::TextMuted));
  copy_->setToolTip(tr("Copy message"));
  copy_->setAccessibleName(tr("Copy message"));
  close_->setToolTip(tr("Dismiss"));
  close_->setAccessibleName(tr("Dismiss"));
  update();
}

void ErrorBar::showMessage(Severity severity, const QString& text, const QString& detail, const QString& actionText) {
  severity_ = severity;
  said_ = detail.isEmpty() ? text : text + QLatin1Char('\n') + detail;
  text_->setWholeText(text);
  detail_->setWholeText(detail);
  detail_->setVisible(!detail.isEmpty());
  action_->setText(actionText);
  action_->setVisible(!actionText.isEmpty());
  setAccessibleName(text);
  setAccessibleDescription(detail);
  refresh();
  show();
  QAccessibleEvent alert(this, QAccessible::Alert);
  QAccessible::updateAccessibility(&alert);
}

void ErrorBar::dismiss() { hide(); }

QString ErrorBar::copyText() const { return said_; }

void ErrorBar::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::LanguageChange || event->type() == QEvent::StyleChange) refresh();
}

void ErrorBar::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape) {
    dismiss();
    Q_EMIT dismissed();
    return;
  }
  QFrame::keyPressEvent(event);
}

void ErrorBar::paintEvent(QPaintEvent*) {
  const Tokens& tokens = Tokens::current();
  const Look look = lookOf(severity_);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(tokens[look.ink], 1));
  painter.setBrush(tokens[look.ground]);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), grid::kRadius, grid::kRadius);
}

}  // namespace roundhouse::widgets
