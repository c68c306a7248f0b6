// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/closing_question.h"

#include <QDateTime>
#include <QDir>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>
#include <QStyle>

#include <utility>

#include "app/chat/conversation_library.h"
#include "app/shell/format.h"
#include "widgets/style/icon.h"

namespace roundhouse::app {

QString sinceText(const QDateTime& since) {
  return since.date() == QDate::currentDate() ? QLocale().toString(since.time(), QLocale::ShortFormat) : QLocale().toString(since, QLocale::ShortFormat);
}

ClosingQuestion::ClosingQuestion(ConversationLibrary& library, QWidget* parent) : QObject(parent), library_(library), parent_(parent) {}

// What goes well is saved while the window closes.
bool ClosingQuestion::mustAsk() const { return library_.notSavedYet() && library_.unsaved(); }

bool ClosingQuestion::mayClose(std::function<void()> close) {
  if (agreed_ || !mustAsk()) return true;
  close_ = std::move(close);
  if (!question_) again_ = false;
  if (question_) question_->activateWindow();
  else tryNow();
  return false;
}

void ClosingQuestion::tryNow() {
  if (std::exchange(trying_, true)) return;
  library_.tryNow(this, [this] {
    trying_ = false;
    if (mustAsk()) ask();
    else close_();
  });
}

void ClosingQuestion::ask() {
  const ConversationLibrary::NotSaved& state = *library_.notSavedYet();
  const QString folder = library_.unsavedFolder();
  question_ = new QMessageBox(QMessageBox::NoIcon, tr("Not all is saved"),
                              tr("What was said or changed since %1 could not be saved.").arg(sinceText(state.since)),
                              QMessageBox::NoButton, parent_);
  const int side = question_->style()->pixelMetric(QStyle::PM_MessageBoxIconSize, nullptr, question_);
  question_->setIconPixmap(widgets::iconPixmap(QStringLiteral("warning"), side, question_->devicePixelRatioF(), widgets::Tokens::current()[widgets::ColorToken::Warning]));
  question_->setObjectName(QStringLiteral("unsavedQuestion"));
  question_->setAttribute(Qt::WA_DeleteOnClose);
  const QString what = folder.isEmpty() ? tr("There is no folder to keep it in: if the window closes now, it is lost.")
                                        : tr("If the window closes now, it is kept in a file in %1, and saved at the next start.").arg(QDir::toNativeSeparators(folder));
  const QString tried = again_ ? tr("Tried again at %1, still not saved.").arg(QLocale().toString(QTime::currentTime(), QStringLiteral("HH:mm:ss"))) + QLatin1Char('\n') : QString();
  question_->setInformativeText(tried + errorLine(state.reason) + QStringLiteral("\n\n") + what);
  QPushButton* again = question_->addButton(tr("Try again"), QMessageBox::AcceptRole);
  QPushButton* close = question_->addButton(folder.isEmpty() ? tr("Close and lose it") : tr("Close and keep in a file"), QMessageBox::DestructiveRole);
  QPushButton* stay = question_->addButton(tr("Stay"), QMessageBox::RejectRole);
  again->setObjectName(QStringLiteral("tryAgain"));
  close->setObjectName(QStringLiteral("closeAnyway"));
  stay->setObjectName(QStringLiteral("stay"));
  question_->setDefaultButton(again);
  question_->setEscapeButton(stay);
  connect(again, &QPushButton::clicked, this, [this] {
    again_ = true;
    tryNow();
  });
  connect(close, &QPushButton::clicked, this, [this] {
    agreed_ = true;
    close_();
  }, Qt::QueuedConnection);  // once the question is gone
  question_->open();
}

}  // namespace roundhouse::app
