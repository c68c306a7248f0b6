// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QStringList>
#include <QThreadPool>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "app/shell/panel.h"
#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

class AuditService;
class ChatController;
class ChatWidget;
class ConversationBackend;
class ConversationLibrary;
struct Conversation;
class Settings;

namespace chat_keys {
inline const QString systemPrompt = QStringLiteral("chat/system_prompt");  // of the next new conversation
inline const QString sampling = QStringLiteral("chat/sampling");           // likewise: samplingToJson()
inline const QString shown = QStringLiteral("chat/shown");                 // id of the conversation shown last; empty: a new one
inline const QString draft = QStringLiteral("chat/draft");                 // the question being written: messagePartsToJson()
inline const QString presets = QStringLiteral("chat/presets");             // the user's own: presetsToJson()
}  // namespace chat_keys

// What the chat needs that only the program as a whole knows.
struct ChatPanelOptions {
  // Made once; used on one worker thread, from which `tell` may be called. Empty: in memory.
  std::function<std::unique_ptr<ConversationBackend>(std::function<void(const Error&)> tell)> backend;
  QString embeddedModel;  // path; empty: none
};

// Library, controller and what is being written: they outlive the window, so that it can be made anew meanwhile. The
// conversation on show and the question being written are there in the next run, too.
class ChatServices {
 public:
  using Draft = std::pair<QString, std::vector<Part>>;  // text and attached files

  ChatServices(AppContext& context, const ChatPanelOptions& options);
  ~ChatServices();
  std::unique_ptr<ConversationLibrary> library;
  std::unique_ptr<ChatController> controller;
  // While there is no window: texts of questions being edited, by message, and files that are being read.
  QHash<QString, QString> openEditors;
  QStringList reading;

  // For the time without a window, and for the next run (large files are not kept that long).
  void keepDraft(Draft draft);
  // For the next run, should this one be killed.
  void rememberText(const QString& text);
  Draft takeDraft() { return std::exchange(draft_, {}); }
  // Writes a file in the background, which also goes on without a window, and its entry in the audit log; the end of
  // the program waits for both. `done` is called unless `context` is gone by then.
  void exportConversation(const QString& path, bool markdown, const Conversation& conversation, QObject* context, std::function<void(const Status&)> done);

 private:
  void rememberShown();

  Settings& settings_;
  AuditService& audit_;
  Draft draft_;
  QThreadPool exports_;
  QObject exported_;  // receives their ends
};

class ChatPanel : public Panel {
 public:
  ChatPanel(AppContext& context, ChatPanelOptions options);

  QString id() const override { return QStringLiteral("chat"); }
  QString title() const override;
  QString iconName() const override { return QStringLiteral("chat"); }
  QWidget* createWidget(QWidget* parent) override;
  QWidget* focusWidget() override;
  bool mayClose(const std::function<void()>& close) override;
  QStringList tourViews() const override;
  bool prepareTourView(const QString& view) override;

  ChatServices& services() const { return services_; }

 private:
  AppContext& context_;
  ChatPanelOptions options_;
  ChatServices& services_;
  QPointer<ChatWidget> widget_;
};

PanelFactory chatPanel(ChatPanelOptions options);

}  // namespace roundhouse::app
