// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>
#include <QString>
#include <QThread>

#include <functional>
#include <memory>

#include "app/bridge/answer_snapshot.h"
#include "app/chat/conversation_file.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

struct ConversationSummary {
  QString id;
  QString title;
  qint64 updatedMs = 0;  // UTC
  qint64 messages = 0;
  QString snippet;       // where a search found its words; empty without a search
  bool operator==(const ConversationSummary&) const = default;
};

// Where conversations are kept. Blocking; called on one thread, not always the same one.
class ConversationBackend {
 public:
  virtual ~ConversationBackend() = default;
  // Newest first. `search` as typed, Chinese too; empty: all.
  virtual Result<QList<ConversationSummary>> list(const QString& search) = 0;
  virtual Result<Conversation> load(const QString& id) = 0;
  // Creates it or writes its title, system prompt, settings, edits, times and current leaf; its messages stay.
  virtual Status saveProperties(const Conversation& conversation) = 0;
  // Adds a message or replaces its content and facts.
  virtual Status saveMessage(const QString& conversation, const ChatMessage& message) = 0;
  // All at once, as when importing; the id is new.
  virtual Status saveWhole(const Conversation& conversation) = 0;
  // Not listed any more, but kept until purge() so that it can be brought back. `atMs`: when this was asked for (UTC).
  virtual Status remove(const QString& id, qint64 atMs) = 0;
  virtual Status restore(const QString& id) = 0;
  // Deletes for good what was removed before this time (UTC).
  virtual Status purge(qint64 beforeMs) = 0;
  // A finished answer's tokens and routing, which may be given up again. They go with their conversation.
  virtual Status keepAnswer(const AnswerSnapshot& answer) = 0;
  // Without a result; `not_found`: nothing is kept of it.
  virtual Result<AnswerSnapshot> loadAnswer(const QString& conversation, const QString& answer) = 0;
};

// Conversations in memory: tests, and when the disk refuses.
std::unique_ptr<ConversationBackend> memoryConversations();

// The backend on a thread of its own. Calls are queued and done in their order; answers come as signals or through
// callbacks on the caller's thread. GUI thread only.
class ConversationLibrary : public QObject {
  Q_OBJECT
 public:
  // What the backend has to tell although nothing failed; any thread.
  using Tell = std::function<void(const Error&)>;
  // `make` gives the backend, which may tell(): failed() follows. Empty: in memory.
  explicit ConversationLibrary(const std::function<std::unique_ptr<ConversationBackend>(Tell)>& make, QObject* parent = nullptr);
  // Waits until everything queued is written.
  ~ConversationLibrary() override;

  void list(const QString& search);  // listed() follows
  void load(const QString& id, QObject* context, std::function<void(Result<Conversation>)> done);
  void saveProperties(const Conversation& conversation);
  void saveMessage(const QString& conversation, const ChatMessage& message);
  void saveWhole(const Conversation& conversation);  // properties and every message
  void remove(const QString& id, qint64 atMs);
  void restore(const QString& id);
  void purge(qint64 beforeMs);
  void keepAnswer(const AnswerSnapshotPtr& answer);
  void loadAnswer(const QString& conversation, const QString& answer, QObject* context, std::function<void(Result<AnswerSnapshot>)> done);

 Q_SIGNALS:
  void listed(const QString& search, const QList<roundhouse::app::ConversationSummary>& conversations);
  // Something about a conversation was written: lists should be asked for again.
  void changed();
  void failed(const roundhouse::Error& error);

 private:
  void write(std::function<Status(ConversationBackend&)> work, bool listChanges = true);
  template <class T>
  void read(QObject* context, std::function<Result<T>(ConversationBackend&)> work, std::function<void(Result<T>)> done);

  std::unique_ptr<ConversationBackend> backend_;  // used on thread_ only
  QThread thread_;
  QObject worker_;                                // lives on thread_
};

}  // namespace roundhouse::app
