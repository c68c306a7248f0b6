// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <functional>

#include "app/chat/chat_panel.h"
#include "app/shell/app_context.h"
#include "roundhouse/audit.h"
#include "roundhouse/result.h"

class QAction;
class QLineEdit;
class QSplitter;
class QToolButton;
class QVBoxLayout;

namespace roundhouse::widgets {
class ErrorBar;
}

namespace roundhouse::app {

class ClosingQuestion;
class Composer;
class ConversationList;
class ConversationSettings;
struct Conversation;
class MessageView;

// Conversations at the left, the current one in the middle, its settings at the right when asked for.
class ChatWidget : public QWidget {
  Q_OBJECT
 public:
  ChatWidget(AppContext& context, ChatServices& services, const QString& embeddedModel, QWidget* parent = nullptr);
  ~ChatWidget() override;

  Composer* composer() const { return composer_; }
  MessageView* messages() const { return messages_; }
  ConversationList* list() const { return list_; }
  void setSettingsShown(bool shown);
  bool settingsShown() const;
  // As Panel::mayClose().
  bool mayClose(const std::function<void()>& close);

 protected:
  bool event(QEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void buildHeader(QVBoxLayout* column);
  void addCommands();
  void showList();
  bool tight() const;  // no room for list, messages and drawer
  void fitColumns();
  void showConversation();
  void keepTitle();
  void showBusy();
  void showRemoved();
  void askRedaction(const QString& removed);
  void showRedacted(const AuditReceipt& receipt);
  void showNotice();
  void showNotSaved();
  void showSavedAgain();
  void send();
  void tellError(const Error& error, const QString& title);
  void takeBack(const QString& title);
  void exportConversation(const QString& id);
  void importConversation();
  void readImport(const QString& path);

  AppContext& context_;
  ChatServices& services_;
  ChatController& chat_;
  ConversationLibrary& library_;
  ConversationList* list_;
  MessageView* messages_;
  Composer* composer_;
  ConversationSettings* settings_;
  QSplitter* splitter_;
  QLineEdit* title_;
  QString titled_;  // the conversation whose title it shows
  QToolButton *sidebar_, *drawer_, *more_;
  QToolButton* edits_;
  widgets::ErrorBar* error_;
  widgets::ErrorBar *notice_, *unsaved_;
  ClosingQuestion* closing_;
  QString told_;  // title of the error that the bar shows
  QAction *stop_ = nullptr, *again_ = nullptr, *undo_ = nullptr;
};

}  // namespace roundhouse::app
