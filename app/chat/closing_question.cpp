// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/closing_question.h"

#include <QDir>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>

#include <utility>

#include "app/chat/conversation_library.h"
#include "app/shell/format.h"

namespace roundhouse::app {

ClosingQuestion::ClosingQuestion(ConversationLibrary& library, QWidget* parent) : QObject(parent), library_(library), parent_(parent) {}

// What goes well is saved while the window closes.
bool ClosingQuestion::mustAsk() const { return library_.notSavedYet() && library_.unsaved(); }

bool ClosingQuestion::mayClose(std::function<void()> close) {
  if (agreed_ || !mustAsk()) return true;
  close_ = std::move(close);
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
  question_ = new QMessageBox(QMessageBox::Warning, tr("Not all is saved"),
                              tr("What was said or changed since %1 could not be saved.").arg(QLocale().toString(state.since.time(), QLocale::ShortFormat)),
                              QMessageBox::NoButton, parent_);
  question_->setObjectName(QStringLiteral("unsavedQuestion"));
  question_->setAttribute(Qt::WA_DeleteOnClose);
  const QString what = folder.isEmpty() ? tr("There is no folder to keep it in: if the window closes now, it is lost.")
                                        : tr("If the window closes now, it is kept in a file in %1, and saved at the next start.").arg(QDir::toNativeSeparators(folder));
  question_->setInformativeText(errorLine(state.reason) + QStringLiteral("\n\n") + what);
  QPushButton* again = question_->addButton(tr("Try again"), QMessageBox::AcceptRole);
  QPushButton* close = question_->addButton(folder.isEmpty() ? tr("Close and lose it") : tr("Close and keep in a file"), QMessageBox::DestructiveRole);
  QPushButton* stay = question_->addButton(tr("Stay"), QMessageBox::RejectRole);
  again->setObjectName(QStringLiteral("tryAgain"));
  close->setObjectName(QStringLiteral("closeAnyway"));
  stay->setObjectName(QStringLiteral("stay"));
  question_->setDefaultButton(again);
  question_->setEscapeButton(stay);
  connect(again, &QPushButton::clicked, this, &ClosingQuestion::tryNow);
  connect(close, &QPushButton::clicked, this, [this] {
    agreed_ = true;
    close_();
  }, Qt::QueuedConnection);  // once the question is gone
  question_->open();
}

}  // namespace roundhouse::app
