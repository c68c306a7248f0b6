// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QPointer>
#include <QString>

#include <utility>
#include <vector>

#include "app/shell/panel.h"
#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

class ChatController;
class ChatWidget;
class ConversationBackend;
class ConversationLibrary;
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
  QHash<QString, QString> openEditors;          // texts of questions being edited, by message, while there is no window

  // For the time without a window, and for the next run (large files are not kept that long).
  void keepDraft(Draft draft);
  // For the next run, should this one be killed.
  void rememberText(const QString& text);
  Draft takeDraft() { return std::exchange(draft_, {}); }

 private:
  void rememberShown();

  Settings& settings_;
  Draft draft_;
};

class ChatPanel : public Panel {
 public:
  ChatPanel(AppContext& context, ChatPanelOptions options);

  QString id() const override { return QStringLiteral("chat"); }
  QString title() const override;
  QString iconName() const override { return QStringLiteral("chat"); }
  QWidget* createWidget(QWidget* parent) override;
  QWidget* focusWidget() override;
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
