// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QSet>
#include <QString>
#include <QStringList>
#include <QVariant>

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "roundhouse/result.h"

namespace roundhouse::app {

class Database;
class FolderLock;

// What the store keeps of a message. `parts` and `facts` are JSON that it does not look into.
struct StoredMessage {
  QString id;          // unique in its conversation
  QString parent;      // a message of the same conversation; empty: a first message
  QString role;
  qint64 createdMs = 0;  // UTC
  QByteArray parts;    // typed parts
  QByteArray facts;    // how an answer came about: model, settings, edits, counts, timings; empty for others
  QString text;        // what searches look into and snippets are taken from
  QString trace;       // what its tokens and routing trace are kept under, below the data folder; may be empty
  bool operator==(const StoredMessage&) const = default;
};

struct StoredConversation {
  QString id;
  QString title;
  qint64 createdMs = 0, updatedMs = 0;  // UTC
  QString systemPrompt;
  QByteArray settings;  // JSON, not looked into
  QByteArray edits;     // JSON, not looked into
  QString leaf;         // the last message of the current branch; empty: before the first
  bool operator==(const StoredConversation&) const = default;
};

// What is to be written of a conversation, at once; what is absent stays as it is.
struct StoredChanges {
  QString id;
  bool create = false;     // it is made when it is not there; without: `not_found`
  bool bringBack = false;  // with a new message a removed one is listed again
  bool anew = false;       // `messages` may be there in another order or with other parents: they are put as they are here
  bool ifNewer = false;    // title, settings and all else but messages are written only over what is older than `updatedMs`
  std::optional<qint64> createdMs, updatedMs;
  std::optional<qint64> removedMs;  // not listed any more (UTC), but kept until purge(); 0: listed again
  std::optional<QString> title, systemPrompt, leaf;
  std::optional<QByteArray> settings, edits;
  QList<StoredMessage> messages;    // parents before children; one that is there keeps parent and time of creation, unless `anew`
};

struct StoredSummary {
  QString id;
  QString title;
  qint64 updatedMs = 0;
  qint64 messages = 0;
  QString snippet;      // where a search found its words; empty without a search, or when only the title holds them
  bool operator==(const StoredSummary&) const = default;
};

// All conversations of a user in one SQLite database: trees of messages, searchable. Blocking; opened by the first
// call, and used from then on by that thread only (it may be destroyed on another once that thread has ended). Every
// write is durable against the death of the program when it returns.
//
// A damaged database is never used on and never thrown away: it is moved aside, what can still be read is taken over
// into a new one, and `tell` hears what happened. So it is with one that another program deletes, replaces or takes tables
// from while it is open: each call looks, puts it right and is done then. What an open file holds is let go only once
// it stands elsewhere. Failures leave the database as it was; later calls work again.
class ConversationStore {
 public:
  // `tell` gets what the user must know although nothing failed; called on the store's thread.
  // `refuges`: folders where an open file that is gone from its path is kept at the end when that cannot be at its path.
  explicit ConversationStore(QString file, std::function<void(const Error&)> tell = {}, QStringList refuges = {});
  ~ConversationStore();

  // Opens, brings to the present schema (with a copy before), repairs. Called by the others when needed.
  Status open();

  // Newest first, without the removed ones. `search` as typed by a person; empty: all.
  Result<QList<StoredSummary>> list(const QString& search = {});
  Result<StoredConversation> conversation(const QString& id);
  // Parents before children, oldest first.
  Result<QList<StoredMessage>> messages(const QString& conversation);

  // All or nothing; once more is no harm. The value: it had been removed and is listed again, because messages came.
  Result<bool> save(const StoredChanges& changes);
  // Whether another connection or program has written since this was asked last.
  Result<bool> changedElsewhere();
  // Whether it had to be put right since this was asked last: what had been saved may be missing.
  bool remade() { return std::exchange(remade_, false); }
  // While on, the lock of another program is waited for but a moment, purge() gives up, and what takes long is left to the
  // next start: to check the whole file, to repair. Any thread.
  void hurry(bool on = true) { hurry_ = on; }

  // Ids of those that purge() of the same time deletes.
  Result<QStringList> removedBefore(qint64 beforeMs);
  // Deletes for good what was removed before `beforeMs` (default: everything) but for `except`, and overwrites it on disk.
  // `cancelled`: nothing was deleted, because of hurry().
  Status purge(qint64 beforeMs = std::numeric_limits<qint64>::max(), const QStringList& except = {});

  // Where a word of `search` stands in `text`, with what is around it, in one line.
  static QString snippet(const QString& text, const QString& search);

 private:
  // Holds the folder's lock meanwhile, unless it does already: whoever puts another file in the database's place, or
  // changes its tables.
  Status alone(const std::function<Status()>& work);
  Status openFile();
  Status examine(Database& database, bool pages);
  Status adopt(std::unique_ptr<Database> opened);
  Status look();
  // What is wrong with the database when a call failed so: it is damaged, or newer; nothing: it is something else.
  std::optional<Error> troubleBehind(const Error& error);
  // `confirmed`: a connection that was opened anew met it, too.
  Status repair(const Error& damage, bool confirmed);
  Status replace(const Error& damage, bool confirmed);
  Status leave(bool telling = true);
  void keepFew(const QString& aside);
  void mark();
  void unmark();
  template <class T>
  Result<T> mended(const std::function<Result<T>()>& work);
  Result<QVariant> row(const char* operation, const StoredChanges& changes, bool& removed);
  // The value: it was not there before.
  Result<bool> put(const char* operation, const QVariant& conversation, const StoredMessage& message);
  // The value: those that were there.
  Result<QSet<QString>> takeOut(const char* operation, const QVariant& conversation, const QList<StoredMessage>& messages);
  Status write(const char* operation, const std::function<Status()>& work);
  Status mergeIndex(const char* operation, const QString& table);

  QString file_;
  std::function<void(const Error&)> tell_;
  QStringList refuges_;
  std::atomic<bool> hurry_ = false;
  std::unique_ptr<Database> database_;
  std::optional<qint64> seen_;  // Database::version() when it was asked last
  QVariant schema_;             // its number when it was checked last
  bool remade_ = false;
  int repairs_ = 0;
  QStringList kept_;            // copies of files that were replaced, of this run
  FolderLock* lock_ = nullptr;  // that of alone()
};

}  // namespace roundhouse::app
