// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/search_field.h"

#include <QAction>
#include <QKeyEvent>

#include "widgets/style/escape_key.h"
#include "widgets/style/icon.h"

namespace roundhouse::widgets {
namespace {
constexpr int kRest = 150;  // ms
}  // namespace

SearchField::SearchField(QWidget* parent) : QLineEdit(parent) {
  addAction(icon(QStringLiteral("search"), ColorToken::TextMuted), QLineEdit::LeadingPosition);
  setClearButtonEnabled(true);
  if (auto* clear = findChild<QAction*>(QStringLiteral("_q_qlineeditclearaction")))
    clear->setIcon(icon(QStringLiteral("close"), ColorToken::TextMuted));
  rest_.setSingleShot(true);
  rest_.setInterval(kRest);
  connect(&rest_, &QTimer::timeout, this, &SearchField::report);
  connect(this, &QLineEdit::textChanged, this, [this](const QString& now) {
    if (!now.isEmpty()) return rest_.start();
    // Told also when the text before it was not yet: somebody may have gone by text() meanwhile.
    rest_.stop();
    reported_.clear();
    Q_EMIT searchChanged(reported_);
  });
  setPlaceholderText(tr("Search"));
  setAccessibleName(tr("Search"));
}

void SearchField::report() {
  rest_.stop();
  if (text() == reported_) return;
  reported_ = text();
  Q_EMIT searchChanged(reported_);
}

bool SearchField::event(QEvent* event) {
  // Escape clears it.
  return (!text().isEmpty() && claimsEscape(event)) || QLineEdit::event(event);
}

void SearchField::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter: return report();
    case Qt::Key_Escape:
      // An empty field lets Escape through, so that whoever opened it can close it.
      if (text().isEmpty()) return event->ignore();
      clear();
      return;
    default: QLineEdit::keyPressEvent(event);
  }
}

}  // namespace roundhouse::widgets
