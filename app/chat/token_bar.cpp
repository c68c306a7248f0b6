// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/token_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

#include "widgets/controls/elided_label.h"
#include "widgets/controls/wrapped_label.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"
#include "widgets/tokens/token_sequence.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

QString percent(float logprob) {
  const double p = std::exp(double(logprob)) * 100.0;
  return QLocale().toString(p, 'f', p >= 9.95 ? 0 : 1) + QStringLiteral("\u00a0%");
}

QToolButton* button(QWidget* parent, const QString& icon, const QString& name) {
  auto* made = new QToolButton(parent);
  made->setAutoRaise(true);
  made->setIcon(widgets::icon(icon, widgets::ColorToken::TextMuted));
  made->setToolTip(name);
  made->setAccessibleName(name);
  return made;
}

}  // namespace

QString readableToken(const QString& text) {
  QString shown = widgets::visibleToken(text);
  // Within a text of several tokens a space is read as one.
  for (qsizetype i = 1; i + 1 < shown.size(); ++i) {
    if (text[i] == QLatin1Char(' ')) shown[i] = QLatin1Char(' ');
  }
  return QStringLiteral("“%1”").arg(shown);
}

TokenBar::TokenBar(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("tokenBar"));
  widgets::makeCard(this);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kSmall, grid::kTight, grid::kTight, grid::kSmall);
  column->setSpacing(grid::kTight);
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  text_ = new widgets::ElidedLabel(this);
  text_->setObjectName(QStringLiteral("tokenText"));
  text_->setFont(widgets::monospaceFont());
  detail_ = new widgets::WrappedLabel(this);
  detail_->setObjectName(QStringLiteral("tokenDetail"));
  detail_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  widgets::setTextRole(detail_, widgets::TextRole::Small, widgets::Tone::Muted);
  back_ = button(this, QStringLiteral("chevron-left"), tr("Token before"));
  back_->setObjectName(QStringLiteral("tokenBack"));
  forward_ = button(this, QStringLiteral("chevron-right"), tr("Next token"));
  forward_->setObjectName(QStringLiteral("tokenForward"));
  auto* close = button(this, QStringLiteral("close"), tr("Choose no token"));
  close->setObjectName(QStringLiteral("tokenClose"));
  row->addWidget(back_);
  row->addWidget(forward_);
  row->addWidget(text_, 1);
  row->addWidget(close);
  column->addLayout(row);
  column->addWidget(detail_);
  connect(back_, &QToolButton::clicked, this, [this] { Q_EMIT stepRequested(-1); });
  connect(forward_, &QToolButton::clicked, this, [this] { Q_EMIT stepRequested(1); });
  connect(close, &QToolButton::clicked, this, &TokenBar::closeRequested);
}

void TokenBar::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::FontChange) text_->setFont(widgets::monospaceFont());
}

void TokenBar::showTokens(const AnswerSnapshot& snapshot, int first, int last, const TokenText& tokenText) {
  QString text;
  for (int position = first; position < last && text.size() < 60; ++position) text += QString::fromStdString(snapshot.contextText(position));
  if (text.size() > 60) text = text.left(59) + QChar(0x2026);
  text_->setWholeText(readableToken(text));
  back_->setEnabled(first > 0);
  forward_->setEnabled(last < snapshot.promptTokens() + int(snapshot.tokens.size()));
  const int index = snapshot.tokenOfPosition(first);
  QStringList facts;
  if (last - first > 1) {
    facts.append(tr("tokens %1 to %2").arg(QLocale().toString(first + 1), QLocale().toString(last)));
  } else if (index < 0) {
    facts.append(tr("token %1, part of the prompt").arg(QLocale().toString(first + 1)));
  } else {
    const AnswerToken& token = snapshot.tokens[std::size_t(index)];
    facts.append(tr("token %1").arg(QLocale().toString(first + 1)));
    facts.append(tr("probability %1").arg(percent(token.logprob)));
    QStringList others;
    for (const TokenAlternative& each : token.alternatives) {
      const QString word = tokenText ? tokenText(snapshot, each.id) : QString();
      if (each.id == token.id || word.isEmpty() || others.size() == 4) continue;
      others.append(QStringLiteral("%1 %2").arg(readableToken(word), percent(each.logprob)));
    }
    if (!others.isEmpty()) facts.append(tr("others: %1").arg(others.join(QStringLiteral(", "))));
  }
  detail_->setWholeText(facts.join(QStringLiteral(" · ")));
}

void TokenBar::showUnknown() {
  text_->setWholeText({});
  back_->setEnabled(false);
  forward_->setEnabled(false);
  detail_->setWholeText(tr("The tokens and experts of this answer are not kept. Answer again to see them."));
}

}  // namespace roundhouse::app
