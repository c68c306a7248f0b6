// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/conversation_store.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>

#include <utility>

#include "app/stores/conversation_repair.h"
#include "app/stores/conversation_schema.h"
#include "app/stores/database.h"
#include "app/stores/folder_lock.h"
#include "app/stores/migration.h"
#include "roundhouse/data_folder.h"
#include "roundhouse/search_text.h"

namespace roundhouse::app {
namespace {

constexpr const char* kOpening = "open the conversations";
constexpr int kMostRepairs = 5, kMostKept = 5;  // in a run
constexpr QLatin1String kSuspect(".suspect");
constexpr qsizetype kSnippetBefore = 30, kSnippetLength = 120;

QString terms(const QString& value) { return QString::fromStdString(search_terms(value.toStdString())); }
QString sql(const char* words) { return QString::fromLatin1(words); }

Error missing(const char* operation, const QString& id, const char* what) {
  return Error{ErrorCode::not_found, operation, id.toStdString(), std::string("a ") + what + " that is stored", "none"};
}

// Another program that writes into it without SQLite's locks, as copying does, takes pauses, but no longer ones.
bool quiet(const FileState& file) {
  constexpr qint64 kQuietNs = 2'000'000'000;
  const qint64 ago = QDateTime::currentMSecsSinceEpoch() * 1'000'000 - file.changed_ns;
  return ago < 0 || ago >= kQuietNs;
}

std::string takenOver(const Salvaged& salvaged) {
  return std::to_string(salvaged.conversations) + " conversations with " + std::to_string(salvaged.messages) + " messages could be taken over from it" +
         (salvaged.refused > 0 ? ", " + std::to_string(salvaged.refused) + " rows could not" : "");
}

// Those that a repair put behind their children stand before them; the others keep their order.
QList<StoredMessage> parentsFirst(QList<StoredMessage> messages) {
  QHash<QString, QList<StoredMessage>> waiting;  // by parent
  QSet<QString> later;                           // not placed yet
  for (const StoredMessage& each : std::as_const(messages)) later.insert(each.id);
  QList<StoredMessage> placed;
  placed.reserve(messages.size());
  for (StoredMessage& each : messages) {
    if (later.contains(each.parent) && each.parent != each.id) {
      waiting[each.parent].append(std::move(each));
      continue;
    }
    placed.append(std::move(each));
    for (qsizetype i = placed.size() - 1; i < placed.size(); ++i) {
      later.remove(placed[i].id);
      placed.append(waiting.take(placed[i].id));
    }
  }
  return placed;
}

}  // namespace

ConversationStore::ConversationStore(QString file, std::function<void(const Error&)> tell, QStringList refuges)
    : file_(std::move(file)), tell_(std::move(tell)), refuges_(std::move(refuges)) {}

ConversationStore::~ConversationStore() {
  // Of a file that is gone from its path nothing is left once it is closed.
  if (!database_ || database_->inPlace() || leave(false).ok()) return;
  for (const QString& folder : refuges_) {
    if (folder.isEmpty()) continue;
    const QString copy = asideName(QDir(folder).filePath(QFileInfo(file_).fileName()), sql("kept"));
    if (!database_->copyTo(kOpening, copy).ok()) continue;
    qWarning("The conversations are kept as %s", qPrintable(copy));
    return;
  }
}

Status ConversationStore::alone(const std::function<Status()>& work) {
  if (lock_) return work();
  const QString folder = QFileInfo(file_).absolutePath();
  (void)create_private_folder(folder.toStdString());  // or else what is to be done there fails
  FolderLock lock(folder, Database::kPatienceMs, &hurry_);
  if (lock.busy()) return Error{ErrorCode::conflict, kOpening, file_.toStdString(), "the database's lock in time (another program holds it)", ""};
  if (lock.held()) removeLeftovers(file_);
  lock_ = &lock;
  Status done = work();
  lock_ = nullptr;
  return done;
}

Status ConversationStore::open() {
  if (database_ && !database_->inPlace()) RH_TRY(leave());
  Status status = database_ ? look() : openFile();
  return !status.ok() && isDamage(status.error()) ? repair(status.error(), false) : status;
}

// The next start looks at the whole file.
void ConversationStore::mark() {
  QFile marker(file_ + kSuspect);
  (void)marker.open(QIODevice::WriteOnly);
}

void ConversationStore::unmark() { QFile::remove(file_ + kSuspect); }

// Of the present version, with all that belongs to it; an older one is brought up.
Status ConversationStore::examine(Database& database, bool pages) {
  const auto& migrations = conversationMigrations();
  RH_TRY(checkVersion(database, migrations));  // of a newer one nothing else is known
  if (pages) RH_TRY(database.checkPages(kOpening));
  RH_ASSIGN(const QVariant version, database.value(kOpening, sql("PRAGMA user_version")));
  if (version.toInt() < static_cast<int>(migrations.size())) {
    if (hurry_ && version.toInt() > 0) return Error{ErrorCode::cancelled, kOpening, file_.toStdString(), "the time that it takes", "the end of the program"};
    const Status migrated = alone([&] { return migrate(database, migrations); });
    if (!migrated.ok() && isUnfit(migrated.error())) {  // other tables by the same names
      return Error{ErrorCode::malformed, kOpening, migrated.error().object, "the tables of a database of conversations", migrated.error().received};
    }
    RH_TRY(migrated);
  }
  return checkSchema(database, migrations);
}

Status ConversationStore::adopt(std::unique_ptr<Database> opened) {
  RH_ASSIGN(const QVariant schema, opened->value(kOpening, sql("PRAGMA schema_version")));
  RH_TRY(checkVersion(*opened, conversationMigrations()));  // and so that number is of one that is known
  schema_ = schema;
  database_ = std::move(opened);
  database_->settle();
  return Ok{};
}

Status ConversationStore::openFile() {
  const FileState found = FileState::of(file_);
  if (found.bytes < 0 && !lock_) return alone([&] { return openFile(); });  // another window may be about to put it back
  const qint64 log = FileState::of(file_ + kWal).bytes;
  // SQLite would delete the log.
  if (found.bytes == 0 && log > 0) return Error{ErrorCode::malformed, kOpening, file_.toStdString(), "an undamaged database", "an empty file with a log"};
  // Left behind by a program that was killed, or noted when damage could not be repaired: then the whole file is checked.
  const bool suspect = QFile::exists(file_ + kSuspect) || log > 0, pages = suspect && !hurry_;
  if (suspect && !pages) mark();
  RH_ASSIGN(auto opened, Database::open(file_, kOpening, Database::kPatienceMs, &hurry_));
  RH_TRY(examine(*opened, pages));
  RH_TRY(adopt(std::move(opened)));
  if (pages) unmark();
  return Ok{};
}

// Between calls another program may have written into the file: as a window does, or over all that is in it.
Status ConversationStore::look() {
  const auto schema = database_->value(kOpening, sql("PRAGMA schema_version"));
  if (!schema.ok()) return isDamage(schema.error()) ? Status(schema.error()) : Status(Ok{});
  if (*schema == schema_ && !database_->touched()) return Ok{};
  const bool pages = !hurry_;
  // It is the file that is to be looked at: what is in memory is forgotten.
  if (pages) (void)database_->run(kOpening, sql("PRAGMA shrink_memory"));
  else mark();
  const FileState found = FileState::of(file_);
  const Status whole = examine(*database_, pages);
  if (!whole.ok() && (isDamage(whole.error()) || whole.error().code == ErrorCode::unsupported)) return whole;
  if (!whole.ok()) return Ok{};  // what else is the matter is told by those who want something of it
  schema_ = *schema;
  if (!pages || FileState::of(file_) != found) return Ok{};
  // The log fits the file, and goes back into it: it may be all that holds what another program cut off.
  (void)database_->run(kOpening, sql("PRAGMA wal_checkpoint(PASSIVE)"));
  database_->settle();
  unmark();
  return Ok{};
}

std::optional<Error> ConversationStore::troubleBehind(const Error& error) {
  if (isDamage(error)) return error;
  if (!isUnfit(error)) return std::nullopt;
  Status schema = checkVersion(*database_, conversationMigrations());
  if (schema.ok()) schema = checkSchema(*database_, conversationMigrations());
  if (schema.ok() || (!isDamage(schema.error()) && schema.error().code != ErrorCode::unsupported)) return std::nullopt;
  return schema.error();
}

Status ConversationStore::repair(const Error& damage, bool confirmed) {
  if (hurry_) {
    mark();
    return damage;
  }
  const Status done = alone([&] { return replace(damage, confirmed); });
  if (done.ok() || done.error().code == ErrorCode::unsupported) return done;
  mark();
  Error error = done.error();
  if (!isDamage(error)) error.received += ", after damage was found: " + damage.received;
  return error;
}

// Under the lock all is looked at anew: another window may have repaired it, and what was taken for damage may be none.
// All connections stay open until the new file is in place; SQLite leaves the logs of a file that is no more at its path alone.
Status ConversationStore::replace(const Error& damage, bool confirmed) {
  if (database_ && !database_->inPlace()) RH_TRY(leave());
  const FileState found = FileState::of(file_);
  if (found.bytes < 0) return openFile();
  std::unique_ptr<Database> fresh;
  if (!confirmed && found.bytes > 0) {  // of an emptied one SQLite would make a new one
    auto opened = Database::open(file_, kOpening, Database::kPatienceMs, &hurry_);
    const Status second = opened.ok() ? examine(**opened, true) : Status(opened.error());
    if (second.ok()) {
      unmark();
      return adopt(std::move(*opened));
    }
    if (!isDamage(second.error())) return second;
    if (opened.ok()) fresh = std::move(*opened);
  }
  if (FileState::of(file_) != found || !quiet(found)) {
    return Error{ErrorCode::conflict, kOpening, file_.toStdString(), "a file that no other program writes", "it has just changed"};
  }
  // A disk that spoils all that is written to it shall not be filled with what is set aside.
  if (repairs_ >= kMostRepairs) return damage;
  mark();  // whatever happens meanwhile
  RH_ASSIGN(const Repaired repaired, replaceDamaged(file_, found, database_.get(), &hurry_));
  database_.reset();
  fresh.reset();
  ++repairs_;
  remade_ = true;
  seen_ = -1;  // it is another one
  if (tell_) {
    tell_(Error{ErrorCode::malformed, kOpening, file_.toStdString(), damage.expected,
                damage.received + ". The damaged file is kept as " + repaired.aside.toStdString() + "; " + takenOver(repaired.salvaged)});
  }
  return openFile();
}

// The path leads to another file by now, or to none.
Status ConversationStore::leave(bool telling) {
  return alone([&]() -> Status {
    if (database_->inPlace()) return Ok{};  // it has been put back
    const bool replaced = QFile::exists(file_);
    RH_ASSIGN(const Repaired left, replaceMissing(*database_));
    database_.reset();
    remade_ = true;
    seen_ = -1;
    keepFew(left.aside);
    if (!tell_ || !telling) return Ok{};
    std::string received = replaced ? "another program put another file in its place" : "another program deleted or moved it";
    if (!left.aside.isEmpty()) received += ". What was in it is kept as " + left.aside.toStdString();
    else if (!replaced) received += ". What was in it stands there again";
    if (left.damaged) received += "; it was damaged, and " + takenOver(left.salvaged);
    tell_(Error{ErrorCode::conflict, kOpening, file_.toStdString(), "the file that was open", std::move(received)});
    return Ok{};
  });
}

// A program that puts one file after another in its place shall not fill the disk: the first copy of a run, of what was
// there at its beginning, and the newest ones stay.
void ConversationStore::keepFew(const QString& aside) {
  if (aside.isEmpty()) return;
  kept_.append(aside);
  if (kept_.size() > kMostKept) QFile::remove(kept_.takeAt(1));
}

// Runs `work` on the open database, and again when what it met has been put right.
template <class T>
Result<T> ConversationStore::mended(const std::function<Result<T>()>& work) {
  RH_TRY(open());
  bool confirmed = false;
  for (int again = 3;; --again) {
    Result<T> done = work();
    const std::optional<Error> trouble = done.ok() ? std::nullopt : troubleBehind(done.error());
    const bool moved = !database_->inPlace();
    if ((!trouble && !moved) || again == 0) return done;
    if (trouble && trouble->code == ErrorCode::unsupported) return *trouble;
    RH_TRY(moved ? open() : repair(*trouble, confirmed));
    confirmed = !moved;
  }
}

Status ConversationStore::write(const char* operation, const std::function<Status()>& work) {
  return mended<Ok>([&]() -> Result<Ok> {
    for (bool again = false;; again = true) {
      bool changed = false, undisturbed = false;
      Status written = database_->transaction(operation, [&]() -> Status {
        // While the lock was waited for a newer version may have brought it up.
        RH_ASSIGN(const QVariant schema, database_->value(operation, sql("PRAGMA schema_version")));
        changed = schema != schema_;
        undisturbed = !database_->touched();
        return changed ? Status(Error{ErrorCode::conflict, operation, file_.toStdString(), "the tables as they were", "another program changes them"}) : work();
      });
      if (changed && !again) {
        RH_TRY(look());
        continue;
      }
      if (undisturbed) database_->settle();  // or else what others did is still to be looked at
      return written;
    }
  });
}

Result<QList<StoredSummary>> ConversationStore::list(const QString& search) {
  constexpr const char* operation = "list conversations";
  QString statement = sql("SELECT c.id, c.title, c.updated_ms, (SELECT count(*) FROM messages m WHERE m.conversation = c.number), ");
  QVariantList values;
  const QString typed = search.trimmed();
  if (typed.isEmpty()) {
    statement += sql("NULL FROM conversations c WHERE c.removed_ms IS NULL ");
  } else {
    const QString expression = QString::fromStdString(search_expression(typed.toStdString()));
    if (expression.isEmpty()) return QList<StoredSummary>();
    statement += sql("(SELECT text FROM messages WHERE number = h.message) FROM conversations c JOIN (SELECT number, max(message) AS message FROM "
                     "(SELECT m.conversation AS number, s.rowid AS message FROM search_messages s JOIN messages m ON m.number = s.rowid "
                     "WHERE search_messages MATCH ? UNION ALL SELECT rowid, NULL FROM search_titles WHERE search_titles MATCH ?) "
                     "GROUP BY number) h ON h.number = c.number WHERE c.removed_ms IS NULL ");
    values = {expression, expression};
  }
  statement += sql("ORDER BY c.updated_ms DESC, c.number DESC");
  return mended<QList<StoredSummary>>([&]() -> Result<QList<StoredSummary>> {
    QList<StoredSummary> found;
    RH_ASSIGN(QSqlQuery query, database_->run(operation, statement, values));
    while (true) {
      RH_ASSIGN(const bool row, database_->next(operation, query));
      if (!row) return found;
      StoredSummary summary{query.value(0).toString(), query.value(1).toString(), query.value(2).toLongLong(), query.value(3).toLongLong(), {}};
      if (!query.value(4).isNull()) summary.snippet = snippet(query.value(4).toString(), typed);
      found.append(std::move(summary));
    }
  });
}

Result<StoredConversation> ConversationStore::conversation(const QString& id) {
  constexpr const char* operation = "open conversation";
  return mended<StoredConversation>([&]() -> Result<StoredConversation> {
    RH_ASSIGN(QSqlQuery query, database_->run(operation, sql("SELECT id, title, created_ms, updated_ms, system_prompt, settings, edits, leaf FROM "
                                                             "conversations WHERE id = ?"), {id}));
    RH_ASSIGN(const bool row, database_->next(operation, query));
    if (!row) return missing(operation, id, "conversation");
    return StoredConversation{query.value(0).toString(), query.value(1).toString(), query.value(2).toLongLong(), query.value(3).toLongLong(),
                              query.value(4).toString(), query.value(5).toByteArray(), query.value(6).toByteArray(), query.value(7).toString()};
  });
}

Result<QList<StoredMessage>> ConversationStore::messages(const QString& conversation) {
  constexpr const char* operation = "open conversation";
  return mended<QList<StoredMessage>>([&]() -> Result<QList<StoredMessage>> {
    RH_ASSIGN(QSqlQuery query, database_->run(operation, sql("SELECT m.id, m.parent, m.role, m.created_ms, m.parts, m.facts, m.text, m.trace FROM "
                                                             "messages m JOIN conversations c ON c.number = m.conversation WHERE c.id = ? "
                                                             "ORDER BY m.number"), {conversation}));
    QList<StoredMessage> found;
    while (true) {
      RH_ASSIGN(const bool row, database_->next(operation, query));
      if (!row) return parentsFirst(std::move(found));
      found.append({query.value(0).toString(), query.value(1).toString(), query.value(2).toString(), query.value(3).toLongLong(),
                    query.value(4).toByteArray(), query.value(5).toByteArray(), query.value(6).toString(), query.value(7).toString()});
    }
  });
}

// The number of the conversation's row, which is made or changed.
Result<QVariant> ConversationStore::row(const char* operation, const StoredChanges& c, bool& removed) {
  QVariant number;
  bool titled = c.title.has_value();
  {
    RH_ASSIGN(QSqlQuery there, database_->run(operation, sql("SELECT number, removed_ms, updated_ms FROM conversations WHERE id = ?"), {c.id}));
    RH_ASSIGN(const bool exists, database_->next(operation, there));
    if (exists) {
      number = there.value(0);
      removed = !there.isNull(1);
      if (c.ifNewer && c.updatedMs && *c.updatedMs <= there.value(2).toLongLong()) return number;
    }
  }
  if (number.isNull()) {
    if (!c.create) return missing(operation, c.id, "conversation");
    RH_ASSIGN(const QSqlQuery made,
              database_->run(operation, sql("INSERT INTO conversations(id, title, created_ms, updated_ms, system_prompt, settings, edits, leaf, "
                                            "removed_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"),
                             {c.id, c.title.value_or(QString()), c.createdMs.value_or(0), c.updatedMs.value_or(0), c.systemPrompt.value_or(QString()),
                              c.settings.value_or(QByteArray()), c.edits.value_or(QByteArray()), c.leaf.value_or(QString()),
                              c.removedMs.value_or(0) ? QVariant(*c.removedMs) : QVariant()}));
    number = made.lastInsertId();
    titled = true;
  } else {
    QStringList columns;
    QVariantList values;
    const auto set = [&](const char* column, const QVariant& value) {
      columns.append(sql(column) + sql(" = ?"));
      values.append(value);
    };
    if (c.createdMs) set("created_ms", *c.createdMs);
    if (c.updatedMs) set("updated_ms", *c.updatedMs);
    if (c.removedMs) set("removed_ms", *c.removedMs ? QVariant(*c.removedMs) : QVariant());
    if (c.title) set("title", *c.title);
    if (c.systemPrompt) set("system_prompt", *c.systemPrompt);
    if (c.leaf) set("leaf", *c.leaf);
    if (c.settings) set("settings", *c.settings);
    if (c.edits) set("edits", *c.edits);
    if (!columns.isEmpty()) {
      values.append(number);
      RH_ASSIGN(const QSqlQuery changed,
                database_->run(operation, sql("UPDATE conversations SET ") + columns.join(sql(", ")) + sql(" WHERE number = ?"), values));
    }
  }
  if (titled) {
    RH_ASSIGN(const QSqlQuery indexed, database_->run(operation, sql("INSERT OR REPLACE INTO search_titles(rowid, terms) VALUES(?, ?)"),
                                                      {number, terms(c.title.value_or(QString()))}));
  }
  return number;
}

Result<bool> ConversationStore::put(const char* operation, const QVariant& owner, const StoredMessage& m) {
  if (m.id.isEmpty()) return Error{ErrorCode::invalid_argument, operation, "message", "an id", "none"};
  RH_ASSIGN(QSqlQuery there, database_->run(operation, sql("SELECT number, text = ?, parent FROM messages WHERE conversation = ? AND id = ?"),
                                            {m.text, owner, m.id}));
  RH_ASSIGN(const bool exists, database_->next(operation, there));
  QVariant number;
  bool sameText = false;
  if (exists) {
    number = there.value(0);
    sameText = there.value(1).toBool();
    RH_ASSIGN(const QSqlQuery saved, database_->run(operation, sql("UPDATE messages SET role = ?, parts = ?, facts = ?, text = ?, trace = ? "
                                                                   "WHERE number = ?"),
                                                    {m.role, m.parts, m.facts, m.text, m.trace, number}));
  } else {
    if (!m.parent.isEmpty()) {
      RH_ASSIGN(const QVariant parent, database_->value(operation, sql("SELECT 1 FROM messages WHERE conversation = ? AND id = ?"), {owner, m.parent}));
      if (parent.isNull()) {
        return Error{ErrorCode::invalid_argument, operation, m.id.toStdString(), "a parent in the same conversation", m.parent.toStdString()};
      }
    }
    RH_ASSIGN(const QSqlQuery saved,
              database_->run(operation, sql("INSERT INTO messages(conversation, id, parent, role, created_ms, parts, facts, text, trace) "
                                            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"),
                             {owner, m.id, m.parent, m.role, m.createdMs, m.parts, m.facts, m.text, m.trace}));
    number = saved.lastInsertId();
  }
  if (sameText) return false;
  RH_ASSIGN(const QSqlQuery indexed, database_->run(operation, sql("INSERT OR REPLACE INTO search_messages(rowid, terms) VALUES(?, ?)"),
                                                    {number, terms(m.text)}));
  return !exists;
}

Result<QSet<QString>> ConversationStore::takeOut(const char* operation, const QVariant& owner, const QList<StoredMessage>& messages) {
  QSet<QString> out;
  for (const StoredMessage& each : messages) {
    RH_ASSIGN(const QVariant number, database_->value(operation, sql("SELECT number FROM messages WHERE conversation = ? AND id = ?"), {owner, each.id}));
    if (number.isNull()) continue;
    RH_ASSIGN(const QSqlQuery words, database_->run(operation, sql("DELETE FROM search_messages WHERE rowid = ?"), {number}));
    RH_ASSIGN(const QSqlQuery removed, database_->run(operation, sql("DELETE FROM messages WHERE number = ?"), {number}));
    out.insert(each.id);
  }
  return out;
}

Result<bool> ConversationStore::save(const StoredChanges& changes) {
  constexpr const char* operation = "save conversation";
  if (changes.id.isEmpty()) return Error{ErrorCode::invalid_argument, operation, "conversation", "an id", "none"};
  bool removed = false, added = false;
  RH_TRY(write(operation, [&]() -> Status {
    removed = added = false;
    RH_ASSIGN(const QVariant number, row(operation, changes, removed));
    QSet<QString> before;
    if (changes.anew) {
      RH_ASSIGN(before, takeOut(operation, number, changes.messages));
    }
    for (const StoredMessage& message : changes.messages) {
      RH_ASSIGN(const bool fresh, put(operation, number, message));
      added = added || (fresh && !before.contains(message.id));
    }
    removed = removed && added && changes.bringBack && !changes.removedMs;
    if (!removed) return Ok{};
    RH_ASSIGN(const QSqlQuery back, database_->run(operation, sql("UPDATE conversations SET removed_ms = NULL WHERE number = ?"), {number}));
    return Ok{};
  }));
  return removed;
}

Result<bool> ConversationStore::changedElsewhere() {
  RH_ASSIGN(const qint64 now, mended<qint64>([&] { return database_->version("look for changes by others"); }));
  const std::optional<qint64> before = std::exchange(seen_, now);
  return before && *before != now;
}

Result<QStringList> ConversationStore::removedBefore(qint64 beforeMs) {
  constexpr const char* operation = "list removed conversations";
  return mended<QStringList>([&]() -> Result<QStringList> {
    RH_ASSIGN(QSqlQuery found, database_->run(operation, sql("SELECT id FROM conversations WHERE removed_ms < ?"), {beforeMs}));
    QStringList ids;
    while (true) {
      RH_ASSIGN(const bool more, database_->next(operation, found));
      if (!more) return ids;
      ids.append(found.value(0).toString());
    }
  });
}

// FTS5 keeps the words of deleted rows until all its segments are merged into one. In steps, which give the same as
// 'optimize' (sqlite.org/fts5.html, "The 'merge' command"): a large index takes its time, and a hurry is to be noticed.
Status ConversationStore::mergeIndex(const char* operation, const QString& table) {
  constexpr int kPages = 256;  // in a step
  const auto changes = [&] { return database_->value(operation, sql("SELECT total_changes()")); };
  for (int pages = -kPages;; pages = kPages) {  // less than zero: begins with all segments
    if (hurry_) return Error{ErrorCode::cancelled, operation, file_.toStdString(), "the time that it takes", "the end of the program"};
    RH_ASSIGN(const QVariant before, changes());
    RH_ASSIGN(const QSqlQuery merged, database_->run(operation, sql("INSERT INTO %1(%1, rank) VALUES('merge', ?)").arg(table), {pages}));
    RH_ASSIGN(const QVariant after, changes());
    if (after.toLongLong() - before.toLongLong() < 2) return Ok{};
  }
}

Status ConversationStore::purge(qint64 beforeMs, const QStringList& except) {
  constexpr const char* operation = "delete conversations for good";
  const QString kept = QString::fromUtf8(QJsonDocument(QJsonArray::fromStringList(except)).toJson(QJsonDocument::Compact));
  bool any = false;
  RH_TRY(write(operation, [&]() -> Status {
    const QString which = sql("removed_ms < ? AND id NOT IN (SELECT value FROM json_each(?))");
    const QString gone = sql("(SELECT number FROM conversations WHERE ") + which + sql(")");
    const QVariantList values{beforeMs, kept};
    RH_ASSIGN(const QSqlQuery messages, database_->run(operation, sql("DELETE FROM search_messages WHERE rowid IN (SELECT number FROM messages "
                                                                      "WHERE conversation IN ") + gone + sql(")"), values));
    RH_ASSIGN(const QSqlQuery titles, database_->run(operation, sql("DELETE FROM search_titles WHERE rowid IN ") + gone, values));
    RH_ASSIGN(const QSqlQuery removed, database_->run(operation, sql("DELETE FROM conversations WHERE ") + which, values));
    any = removed.numRowsAffected() > 0;
    if (!any) return Ok{};
    const Status merged = mergeIndex(operation, sql("search_titles"));
    return merged.ok() ? mergeIndex(operation, sql("search_messages")) : merged;
  }));
  if (!any) return Ok{};
  const bool undisturbed = !database_->touched();
  const Status emptied = database_->emptyLog(operation);
  if (undisturbed) database_->settle();
  return emptied;
}

QString ConversationStore::snippet(const QString& whole, const QString& search) {
  static const QRegularExpression word(QStringLiteral("[\\p{L}\\p{N}\\p{M}]+"));
  qsizetype at = -1;
  for (auto match = word.globalMatch(search); at < 0 && match.hasNext();) at = whole.indexOf(match.next().captured(), 0, Qt::CaseInsensitive);
  const qsizetype from = std::max<qsizetype>(0, at - kSnippetBefore);
  QString cut = whole.mid(from, kSnippetLength);
  // Not in the middle of a pair of surrogates.
  if (!cut.isEmpty() && cut.front().isLowSurrogate()) cut.remove(0, 1);
  if (!cut.isEmpty() && cut.back().isHighSurrogate()) cut.chop(1);
  cut = cut.simplified();
  if (from > 0) cut.prepend(QStringLiteral("…"));
  if (from + kSnippetLength < whole.size()) cut.append(QStringLiteral("…"));
  return cut;
}

}  // namespace roundhouse::app
