// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/search_field.h"

#include <QAction>
#include <QKeyEvent>
#include <QLabel>

#include "widgets/style/icon.h"
#include "widgets/style/text_role.h"

namespace roundhouse::widgets {
namespace {
constexpr int kRest = 150;       // ms
constexpr int kClearRoom = 28;   // of Qt's clear button
}  // namespace

SearchField::SearchField(QWidget* parent) : QLineEdit(parent), status_(new QLabel(this)) {
  addAction(icon(QStringLiteral("search"), ColorToken::TextMuted), QLineEdit::LeadingPosition);
  setClearButtonEnabled(true);
  if (auto* clear = findChild<QAction*>(QStringLiteral("_q_qlineeditclearaction")))
    clear->setIcon(icon(QStringLiteral("close"), ColorToken::TextMuted));
  setTextRole(status_, TextRole::Small, Tone::Muted);
  status_->setAttribute(Qt::WA_TransparentForMouseEvents);
  status_->hide();
  rest_.setSingleShot(true);
  rest_.setInterval(kRest);
  connect(&rest_, &QTimer::timeout, this, &SearchField::report);
  connect(this, &QLineEdit::textChanged, this, [this](const QString& now) {
    placeStatus();
    if (now.isEmpty())
      report();
    else
      rest_.start();
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

void SearchField::setStatus(const QString& status) {
  status_->setText(status);
  status_->setVisible(!status.isEmpty());
  setAccessibleDescription(status);
  placeStatus();
}

void SearchField::placeStatus() {
  if (status_->isHidden()) {
    setTextMargins(0, 0, 0, 0);
    return;
  }
  const QSize size = status_->sizeHint();
  const int clear = text().isEmpty() ? grid::kSmall : kClearRoom;
  status_->setGeometry(width() - size.width() - clear, (height() - size.height()) / 2, size.width(), size.height());
  setTextMargins(0, 0, size.width() + grid::kSmall, 0);
}

// Escape clears it, whatever it means elsewhere.
bool SearchField::event(QEvent* event) {
  if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape && !text().isEmpty()) {
    event->accept();
    return true;
  }
  return QLineEdit::event(event);
}

void SearchField::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter: {
      const bool fresh = text() != reported_;
      report();
      if (event->modifiers() & Qt::ShiftModifier)
        Q_EMIT previousRequested();
      else if (!fresh)
        Q_EMIT nextRequested();
      return;
    }
    case Qt::Key_Escape:
      // An empty field lets Escape through, so that whoever opened it can close it.
      if (text().isEmpty()) return event->ignore();
      clear();
      return;
    default: QLineEdit::keyPressEvent(event);
  }
}

void SearchField::resizeEvent(QResizeEvent* event) {
  QLineEdit::resizeEvent(event);
  placeStatus();
}

void SearchField::changeEvent(QEvent* event) {
  QLineEdit::changeEvent(event);
  if (event->type() == QEvent::FontChange) placeStatus();
}

}  // namespace roundhouse::widgets
