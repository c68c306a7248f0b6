// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/store_backend.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSet>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/chat/answer_archive.h"
#include "app/chat/message_json.h"
#include "app/chat/sampling_presets.h"
#include "app/chat/unsaved_files.h"
#include "app/stores/conversation_store.h"

namespace roundhouse::app {
namespace {

StoredMessage toStored(const ChatMessage& message) {
  StoredMessage stored{message.id, message.parent, roleName(message.content.role), message.createdMs,
                       messagePartsToJson(message.content), {}, visibleText(message.content), message.kept};
  if (message.facts) stored.facts = answerFactsToJson(*message.facts);
  return stored;
}

StoredChanges toStored(const ConversationChanges& changes) {
  StoredChanges stored;
  stored.id = changes.id;
  stored.create = changes.created;
  stored.bringBack = changes.bringBack;
  stored.anew = changes.anew;
  stored.ifNewer = changes.ifNewer;
  stored.createdMs = changes.createdMs;
  stored.updatedMs = changes.updatedMs;
  stored.removedMs = changes.removedMs;
  stored.title = changes.title;
  stored.systemPrompt = changes.systemPrompt;
  stored.leaf = changes.leaf;
  if (changes.sampling) stored.settings = samplingToJson(*changes.sampling).toUtf8();
  if (changes.edits) stored.edits = changes.edits->empty() ? QByteArray() : QByteArray::fromStdString(changes.edits->to_json());
  for (const ChatMessage& each : changes.messages) stored.messages.append(toStored(each));
  return stored;
}

Result<ChatMessage> fromStored(const StoredMessage& stored) {
  ChatMessage message;
  message.id = stored.id;
  message.parent = stored.parent;
  message.createdMs = stored.createdMs;
  message.kept = stored.trace;
  const auto role = roleFromName(stored.role);
  if (!role) return Error{ErrorCode::malformed, "open conversation", stored.id.toStdString(), "a role", stored.role.toStdString()};
  message.content.role = *role;
  RH_ASSIGN(message.content.parts, messagePartsFromJson(stored.parts, stored.id));
  if (!stored.facts.isEmpty()) {
    RH_ASSIGN(message.facts, answerFactsFromJson(stored.facts, stored.id));
  }
  return message;
}

class StoredConversations : public ConversationBackend {
 public:
  StoredConversations(const QString& file, std::function<void(const Error&)> tell)
      : file_(file), tell_(tell), store_(file, std::move(tell), UnsavedFiles::userFolders()), archive_(QFileInfo(file).dir().filePath(QLatin1String(kAnswersFolder))),
        unsaved_(file) {}

  Result<QList<ConversationSummary>> list(const QString& search) override {
    RH_ASSIGN(const QList<StoredSummary> found, store_.list(search));
    QList<ConversationSummary> summaries;
    for (const StoredSummary& each : found) summaries.append({each.id, each.title, each.updatedMs, each.messages, each.snippet});
    return summaries;
  }
  Result<Conversation> load(const QString& id) override {
    RH_ASSIGN(const StoredConversation stored, store_.conversation(id));
    Conversation conversation;
    conversation.id = stored.id;
    conversation.title = stored.title;
    conversation.createdMs = stored.createdMs;
    conversation.updatedMs = stored.updatedMs;
    conversation.systemPrompt = stored.systemPrompt;
    if (const auto sampling = samplingFromJson(QString::fromUtf8(stored.settings))) conversation.sampling = *sampling;
    if (!stored.edits.isEmpty()) {
      if (auto edits = RoutingEdits::from_json(stored.edits.toStdString()); edits.ok()) conversation.edits = std::move(edits).value();
    }
    RH_ASSIGN(const QList<StoredMessage> messages, store_.messages(id));
    for (const StoredMessage& each : messages) {
      RH_ASSIGN(ChatMessage message, fromStored(each));
      conversation.tree.restore(std::move(message));
    }
    conversation.tree.setLeaf(stored.leaf);
    if (conversation.tree.leaf().isEmpty() && !conversation.tree.empty() && !stored.leaf.isEmpty()) {
      conversation.tree.select(conversation.tree.ids().first());  // killed between the leaf and its message
    }
    return conversation;
  }
  Result<Saved> save(const ConversationChanges& changes) override {
    RH_ASSIGN(const bool back, store_.save(toStored(changes)));
    return back ? Saved::BroughtBack : Saved::Plainly;
  }
  Status purge(qint64 beforeMs) override {
    // The files first: should the program die here, the conversations are still there to be purged again.
    RH_ASSIGN(const QStringList gone, store_.removedBefore(beforeMs));
    QStringList refused;
    for (const QString& id : gone) {
      const Status forgotten = archive_.forget(id);
      if (forgotten.ok()) continue;
      refused.append(id);  // it is tried again with the next purge, and does not keep the others
      if (!refused_.contains(id) && tell_) tell_(forgotten.error());
      refused_.insert(id);
    }
    if (gone.size() == refused.size()) return Ok{};
    return store_.purge(beforeMs, refused);
  }
  Status keepAnswer(const AnswerSnapshot& answer) override {
    // Of a conversation that is gone for good nothing may come to the disk again: nobody would delete it.
    if (const auto owner = store_.conversation(answer.conversation); !owner.ok()) return owner.error();
    return archive_.keep(answer);
  }
  Status keepWaitingAnswer(const AnswerSnapshot& answer) override { return archive_.keep(answer); }
  Result<AnswerSnapshot> loadAnswer(const QString& conversation, const QString& answer) override { return archive_.load(conversation, answer); }
  Result<bool> changedElsewhere() override { return store_.changedElsewhere(); }
  bool remade() override { return store_.remade(); }
  const UnsavedFiles* unsavedFiles() const override { return &unsaved_; }
  // As SQLite does it after each transaction with synchronous=FULL.
  Status secure() override {
    for (const QString& path : {file_ + QStringLiteral("-wal"), QFileInfo(file_).path()}) {
      const int fd = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
      if (fd < 0 && errno == ENOENT) continue;  // all is in the database
      const bool synced = fd >= 0 && (::fsync(fd) == 0 || errno == EINVAL);  // not all file systems know that of folders
      const int failure = errno;
      if (fd >= 0) ::close(fd);
      if (!synced) return Error{ErrorCode::io, "write conversations to the disk", path.toStdString(), "success", std::strerror(failure)};
    }
    return Ok{};
  }
  void hurry(bool on) override { store_.hurry(on); }

 private:
  const QString file_;
  std::function<void(const Error&)> tell_;
  ConversationStore store_;
  AnswerArchive archive_;
  const UnsavedFiles unsaved_;
  QSet<QString> refused_;  // conversations whose answers could not be deleted: that is told
};

}  // namespace

std::unique_ptr<ConversationBackend> storedConversations(const QString& file, std::function<void(const Error&)> tell) {
  return std::make_unique<StoredConversations>(file, std::move(tell));
}

}  // namespace roundhouse::app
