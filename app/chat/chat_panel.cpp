// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/chat_panel.h"

#include <QCoreApplication>
#include <QEvent>
#include <QPlainTextEdit>

#include <string_view>

#include "app/bridge/audit_service.h"
#include "app/chat/chat_controller.h"
#include "app/chat/chat_widget.h"
#include "app/chat/composer.h"
#include "app/chat/conversation_file.h"
#include "app/chat/message_card.h"
#include "app/chat/message_view.h"
#include "app/chat/sampling_presets.h"
#include "app/shell/app_context.h"
#include "app/shell/settings.h"
#include "roundhouse/atomic_file.h"

namespace roundhouse::app {

ChatServices::ChatServices(AppContext& context, const ChatPanelOptions& options)
    : library(std::make_unique<ConversationLibrary>(options.backend)),
      controller(std::make_unique<ChatController>(context.engine, context.sessions, *library)), settings_(context.settings), audit_(context.audit) {
  const QString shown = settings_.text(chat_keys::shown);
  QObject::connect(controller.get(), &ChatController::currentChanged, controller.get(), [this] { rememberShown(); });
  QObject::connect(controller.get(), &ChatController::pathChanged, controller.get(), [this] { rememberShown(); });
  if (!shown.isEmpty()) controller->reopen(shown);
  if (auto parts = messagePartsFromJson(settings_.text(chat_keys::draft).toUtf8(), chat_keys::draft); parts.ok()) {
    for (Part& part : *parts) {
      if (const auto* text = std::get_if<TextPart>(&part.content)) draft_.first = QString::fromStdString(text->text);
      else if (std::holds_alternative<FilePart>(part.content)) draft_.second.push_back(std::move(part));  // nothing else is attached
    }
  }
  if (const auto sampling = samplingFromJson(context.settings.text(chat_keys::sampling))) controller->setSampling(*sampling);
  controller->setSystemPrompt(context.settings.text(chat_keys::systemPrompt));
  const auto keep = [chat = controller.get(), settings = &context.settings] { chat->setKeepsAnswers(settings->flag(keys::keepAnswers, true)); };
  QObject::connect(&context.settings, &Settings::changed, controller.get(), keep);
  keep();
}

ChatServices::~ChatServices() {
  exports_.waitForDone();
  QCoreApplication::sendPostedEvents(&exported_, QEvent::MetaCall);
  controller.reset();  // saves what is still growing
  if (const QString kept = library->finish(); !kept.isEmpty()) audit_.append(AuditService::exportEntry(kept, QStringLiteral("chat")));
}

void ChatServices::exportConversation(const QString& path, bool markdown, const Conversation& conversation, QObject* context, std::function<void(const Status&)> done) {
  exports_.start([this, path, markdown, conversation, guard = QPointer<QObject>(context), done = std::move(done)] {
    const QByteArray bytes = markdown ? conversationToMarkdown(conversation) : conversationToJson(conversation);
    const Status written = write_file_atomically(path.toStdString(), std::string_view(bytes.constData(), std::size_t(bytes.size())));
    QMetaObject::invokeMethod(&exported_, [this, path, id = conversation.id, written, guard, done] {
      if (written.ok()) {
        AuditEntry entry = AuditService::exportEntry(path, QStringLiteral("chat"));
        entry.session = id.toStdString();
        audit_.append(std::move(entry));
      }
      if (guard) done(written);
    }, Qt::QueuedConnection);
  });
}

void ChatServices::rememberShown() {
  const Conversation& shown = controller->current();
  settings_.set(chat_keys::shown, shown.tree.empty() ? QString() : shown.id);
}

void ChatServices::keepDraft(Draft draft) {
  constexpr qsizetype kMost = 1 << 20;
  Message message;
  message.parts = draft.second;
  message.parts.push_back({TextPart{draft.first.toStdString()}, {}});
  const QByteArray json = messagePartsToJson(message);
  if (draft.first.isEmpty() && draft.second.empty()) settings_.remove(chat_keys::draft);
  else if (json.size() <= kMost) settings_.set(chat_keys::draft, QString::fromUtf8(json));
  else rememberText(draft.first);
  draft_ = std::move(draft);
}

void ChatServices::rememberText(const QString& text) {
  if (text.isEmpty()) return settings_.remove(chat_keys::draft);
  settings_.set(chat_keys::draft, QString::fromUtf8(messagePartsToJson(Message::text(Role::user, text.toStdString()))));
}

ChatPanel::ChatPanel(AppContext& context, ChatPanelOptions options)
    : context_(context), options_(std::move(options)),
      services_(context.keep<ChatServices>(QStringLiteral("chat"), [&] { return new ChatServices(context, options_); })) {}

QString ChatPanel::title() const { return QCoreApplication::translate("ChatPanel", "Chat"); }

QWidget* ChatPanel::createWidget(QWidget* parent) {
  widget_ = new ChatWidget(context_, services_, options_.embeddedModel, parent);
  return widget_;
}

QWidget* ChatPanel::focusWidget() { return widget_ ? widget_->composer()->editor() : nullptr; }

bool ChatPanel::mayClose(const std::function<void()>& close) { return !widget_ || widget_->mayClose(close); }

QStringList ChatPanel::tourViews() const { return {QString(), QStringLiteral("settings")}; }

bool ChatPanel::prepareTourView(const QString& view) {
  if (!widget_) return true;
  widget_->setSettingsShown(view == QLatin1String("settings"));
  return true;
}

PanelFactory chatPanel(ChatPanelOptions options) {
  return [options = std::move(options)](AppContext& context) -> std::unique_ptr<Panel> {
    return std::make_unique<ChatPanel>(context, options);
  };
}

}  // namespace roundhouse::app
