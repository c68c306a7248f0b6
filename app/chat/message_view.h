// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QScrollArea>
#include <QTimer>

#include "app/bridge/token_selection.h"
#include "app/chat/chat_controller.h"
#include "app/chat/token_bar.h"

class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace roundhouse::app {

class MessageCard;

// The messages of the current path as cards in one readable column. Follows the end while the reader is there.
class MessageView : public QScrollArea {
  Q_OBJECT
 public:
  static constexpr int kFirstCards = 40;  // older messages are shown on request, as many at a time

  MessageView(ChatController& chat, SessionHub& sessions, TokenSelection& selection, QWidget* parent = nullptr);

  // Shown instead of cards while the conversation is empty; owned by the view.
  void setEmptyWidget(QWidget* empty);
  void setTokenText(TokenBar::TokenText text) { token_text_ = std::move(text); }
  MessageCard* card(const QString& message) const { return cards_.value(message); }
  QList<MessageCard*> cards() const;  // in the order of the path
  MessageCard* lastAnswer() const;
  bool atEnd() const;
  void scrollToEnd();
  // Questions being edited, on show or not: their texts, by message.
  QHash<QString, QString> openEditors() const;
  void setOpenEditors(const QHash<QString, QString>& texts);
  // Chooses the token before or after the chosen one (or the first of the last answer).
  void stepToken(int by);

 Q_SIGNALS:
  void linkActivated(const QString& href);
  void askedAgain();  // an edited question
  void editedRoutingClicked(const QString& message);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void showPath();
  void showMessage(const QString& message);
  void showBusy();
  void showSelection();
  void fill(MessageCard* card);
  void removeCard(const QString& message);
  MessageCard* makeCard(const QString& message);
  void tokenClicked(const QString& message, int position, bool extend);
  void stepFrom(const QString& message, int by);

  ChatController& chat_;
  SessionHub& sessions_;
  TokenSelection& selection_;
  TokenBar::TokenText token_text_;
  QWidget* column_;
  QVBoxLayout* layout_;
  QPushButton* earlier_;
  QToolButton* to_end_;
  QWidget* empty_ = nullptr;
  QHash<QString, MessageCard*> cards_;
  QStringList shown_;
  QHash<QString, QString> open_editors_;  // of messages that are not on show
  QString marked_;           // the card that shows the chosen tokens
  int limit_ = kFirstCards;
  bool following_ = true;
  QTimer keep_;              // while active, the place stays as far from the end
  int from_end_ = 0;
};

}  // namespace roundhouse::app
