// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_library.h"

#include <QPointer>

#include <algorithm>
#include <map>

namespace roundhouse::app {
namespace {

class MemoryConversations : public ConversationBackend {
 public:
  Result<QList<ConversationSummary>> list(const QString& search) override {
    QList<ConversationSummary> found;
    for (const auto& [id, entry] : entries_) {
      if (entry.removedMs) continue;
      ConversationSummary summary{id, entry.conversation.title, entry.conversation.updatedMs, entry.conversation.tree.size(), {}};
      if (!search.trimmed().isEmpty() && !matches(entry.conversation, search.trimmed(), summary.snippet)) continue;
      found.append(summary);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.updatedMs > b.updatedMs; });
    return found;
  }
  Result<Conversation> load(const QString& id) override {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return Error{ErrorCode::not_found, "open conversation", id.toStdString(), "a conversation", "none"};
    return found->second.conversation;
  }
  Status saveProperties(const Conversation& conversation) override {
    Conversation& mine = entries_[conversation.id].conversation;
    ConversationTree tree = std::move(mine.tree);
    mine = conversation;
    tree.setLeaf(conversation.tree.leaf());
    mine.tree = std::move(tree);
    return Ok{};
  }
  Status saveMessage(const QString& conversation, const ChatMessage& message) override {
    const auto found = entries_.find(conversation);
    if (found == entries_.end()) return Error{ErrorCode::not_found, "save message", conversation.toStdString(), "a conversation", "none"};
    ConversationTree& tree = found->second.conversation.tree;
    if (ChatMessage* there = tree.find(message.id)) {
      *there = message;
    } else if (!tree.restore(message)) {
      return Error{ErrorCode::invalid_argument, "save message", message.id.toStdString(), "a parent in the conversation", message.parent.toStdString()};
    }
    return Ok{};
  }
  Status saveWhole(const Conversation& conversation) override {
    entries_[conversation.id] = {conversation, {}};
    return Ok{};
  }
  Status remove(const QString& id, qint64 atMs) override { return mark(id, atMs); }
  Status restore(const QString& id) override { return mark(id, std::nullopt); }
  Status purge(qint64 beforeMs) override {
    std::erase_if(entries_, [&](const auto& each) { return each.second.removedMs && *each.second.removedMs < beforeMs; });
    return Ok{};
  }
  // Those of this run stay in memory elsewhere, and there is no other run.
  Status keepAnswer(const AnswerSnapshot&) override { return Ok{}; }
  Result<AnswerSnapshot> loadAnswer(const QString&, const QString& answer) override {
    return Error{ErrorCode::not_found, "read the tokens of an answer", answer.toStdString(), "a kept answer", "none"};
  }

 private:
  struct Entry {
    Conversation conversation;
    std::optional<qint64> removedMs;
  };

  static bool matches(const Conversation& conversation, const QString& search, QString& snippet) {
    if (conversation.title.contains(search, Qt::CaseInsensitive)) return true;
    for (const QString& id : conversation.tree.ids()) {
      const QString text = visibleText(conversation.tree.find(id)->content);
      const qsizetype at = text.indexOf(search, 0, Qt::CaseInsensitive);
      if (at < 0) continue;
      snippet = text.mid(std::max<qsizetype>(0, at - 20), search.size() + 60).simplified();
      return true;
    }
    return false;
  }
  Status mark(const QString& id, std::optional<qint64> removedMs) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return Error{ErrorCode::not_found, removedMs ? "delete conversation" : "bring back conversation", id.toStdString(), "a conversation", "none"};
    found->second.removedMs = removedMs;
    return Ok{};
  }

  std::map<QString, Entry> entries_;
};

}  // namespace

std::unique_ptr<ConversationBackend> memoryConversations() { return std::make_unique<MemoryConversations>(); }

ConversationLibrary::ConversationLibrary(const std::function<std::unique_ptr<ConversationBackend>(Tell)>& make, QObject* parent)
    : QObject(parent) {
  backend_ = !make ? memoryConversations() : make([this](const Error& error) {
    QMetaObject::invokeMethod(this, [this, error] { Q_EMIT failed(error); }, Qt::QueuedConnection);
  });
  thread_.setObjectName(QStringLiteral("conversations"));
  worker_.moveToThread(&thread_);
  thread_.start();
}

ConversationLibrary::~ConversationLibrary() {
  QMetaObject::invokeMethod(&worker_, [this] { thread_.quit(); }, Qt::QueuedConnection);
  thread_.wait();
}

void ConversationLibrary::write(std::function<Status(ConversationBackend&)> work, bool listChanges) {
  QMetaObject::invokeMethod(&worker_, [this, work = std::move(work), listChanges] {
    Status status = work(*backend_);
    if (status.ok() && !listChanges) return;
    QMetaObject::invokeMethod(this, [this, status = std::move(status)] {
      if (status.ok()) Q_EMIT changed();
      else Q_EMIT failed(status.error());
    }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

void ConversationLibrary::list(const QString& search) {
  QMetaObject::invokeMethod(&worker_, [this, search] {
    Result<QList<ConversationSummary>> found = backend_->list(search);
    QMetaObject::invokeMethod(this, [this, search, found = std::move(found)] {
      if (found.ok()) Q_EMIT listed(search, *found);
      else Q_EMIT failed(found.error());
    }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

template <class T>
void ConversationLibrary::read(QObject* context, std::function<Result<T>(ConversationBackend&)> work, std::function<void(Result<T>)> done) {
  QMetaObject::invokeMethod(&worker_, [this, work = std::move(work), context = QPointer<QObject>(context), done = std::move(done)] {
    auto found = std::make_shared<Result<T>>(work(*backend_));
    QMetaObject::invokeMethod(this, [context, done, found] {
      if (context) done(std::move(*found));
    }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

void ConversationLibrary::load(const QString& id, QObject* context, std::function<void(Result<Conversation>)> done) {
  read<Conversation>(context, [id](ConversationBackend& backend) { return backend.load(id); }, std::move(done));
}

void ConversationLibrary::loadAnswer(const QString& conversation, const QString& answer, QObject* context, std::function<void(Result<AnswerSnapshot>)> done) {
  read<AnswerSnapshot>(context, [conversation, answer](ConversationBackend& backend) { return backend.loadAnswer(conversation, answer); }, std::move(done));
}

void ConversationLibrary::keepAnswer(const AnswerSnapshotPtr& answer) {
  write([answer](ConversationBackend& backend) { return backend.keepAnswer(*answer); }, false);
}

void ConversationLibrary::saveProperties(const Conversation& conversation) {
  write([conversation](ConversationBackend& backend) { return backend.saveProperties(conversation); });
}

void ConversationLibrary::saveMessage(const QString& conversation, const ChatMessage& message) {
  write([conversation, message](ConversationBackend& backend) { return backend.saveMessage(conversation, message); }, false);
}

void ConversationLibrary::saveWhole(const Conversation& conversation) {
  write([conversation](ConversationBackend& backend) { return backend.saveWhole(conversation); });
}

void ConversationLibrary::remove(const QString& id, qint64 atMs) {
  write([id, atMs](ConversationBackend& backend) { return backend.remove(id, atMs); });
}

void ConversationLibrary::restore(const QString& id) {
  write([id](ConversationBackend& backend) { return backend.restore(id); });
}

void ConversationLibrary::purge(qint64 beforeMs) {
  write([beforeMs](ConversationBackend& backend) { return backend.purge(beforeMs); }, false);
}

}  // namespace roundhouse::app
