// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QString>

#include "app/shell/panel.h"
#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

class ChatController;
class ChatWidget;
class ConversationBackend;
class ConversationLibrary;

namespace chat_keys {
inline const QString systemPrompt = QStringLiteral("chat/system_prompt");  // of the next new conversation
inline const QString sampling = QStringLiteral("chat/sampling");           // likewise: samplingToJson()
}  // namespace chat_keys

// What the chat needs that only the program as a whole knows.
struct ChatPanelOptions {
  // Made once; used on one worker thread, from which `tell` may be called. Empty: in memory.
  std::function<std::unique_ptr<ConversationBackend>(std::function<void(const Error&)> tell)> backend;
  QString embeddedModel;  // path; empty: none
};

// Library, controller and what is being written: they outlive the window, so that it can be made anew meanwhile.
struct ChatServices {
  ChatServices(AppContext& context, const ChatPanelOptions& options);
  ~ChatServices();
  std::unique_ptr<ConversationLibrary> library;
  std::unique_ptr<ChatController> controller;
  std::pair<QString, std::vector<Part>> draft;  // while there is no window
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
