// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/conversation_store.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "app/stores/conversation_schema.h"
#include "app/stores/database.h"
#include "app/stores/migration.h"
#include "roundhouse/search_text.h"

namespace roundhouse::app {
namespace {

constexpr const char* kOpening = "open the conversations";
constexpr qsizetype kSnippetBefore = 30, kSnippetLength = 120;

QString terms(const QString& value) { return QString::fromStdString(search_terms(value.toStdString())); }
QString sql(const char* words) { return QString::fromLatin1(words); }

Error missing(const char* operation, const QString& id, const char* what) {
  return Error{ErrorCode::not_found, operation, id.toStdString(), std::string("a ") + what + " that is stored", "none"};
}

bool rename(const QString& from, const QString& to) {
  return std::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) == 0;
}

}  // namespace

ConversationStore::ConversationStore(QString file, std::function<void(const Error&)> tell) : file_(std::move(file)), tell_(std::move(tell)) {}
ConversationStore::~ConversationStore() = default;

Status ConversationStore::open() {
  if (database_) return Ok{};
  Status status = openFile();
  if (!status.ok() && isDamage(status.error())) status = replaceDamaged(status.error());
  if (!status.ok()) database_.reset();
  return status;
}

Status ConversationStore::openFile() {
  // Left behind by a program that was killed, or noted when reading found damage: then the whole file is checked.
  const QString marker = file_ + QStringLiteral(".suspect");
  const bool suspect = QFile::exists(marker) || QFileInfo(file_ + QStringLiteral("-wal")).size() > 0;
  RH_ASSIGN(database_, Database::open(file_, kOpening, Database::kPatienceMs, &hurry_));
  if (suspect) {
    RH_ASSIGN(const QVariant found, database_->value(kOpening, sql("PRAGMA quick_check(1)")));
    if (found.toString() != QLatin1String("ok")) {
      return Error{ErrorCode::malformed, kOpening, file_.toStdString(), "an undamaged database", found.toString().toStdString()};
    }
  }
  const Status migrated = migrate(*database_, conversationMigrations());
  if (!migrated.ok()) return migrated;
  QFile::remove(marker);
  return Ok{};
}

Status ConversationStore::replaceDamaged(const Error& damage) {
  database_.reset();
  const QString stamp = QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'"));
  QString aside = QStringLiteral("%1.damaged-%2").arg(file_, stamp);
  for (int n = 2; QFile::exists(aside); ++n) aside = QStringLiteral("%1.damaged-%2-%3").arg(file_, stamp).arg(n);
  const QString wal = QStringLiteral("-wal"), draft = file_ + QStringLiteral(".salvage");
  // Copies are what is read from, so that the damaged files stay as they were found.
  for (const QString& suffix : {QString(), wal}) {
    QFile::remove(draft + suffix);
    if (QFile::exists(file_ + suffix) && !QFile::copy(file_ + suffix, draft + suffix)) {
      return Error{ErrorCode::io, "set damaged conversations aside", (file_ + suffix).toStdString(), "room for a copy", std::strerror(errno)};
    }
  }
  // The database goes last: until then it is still found, and found damaged.
  for (const QString& suffix : {wal, QString()}) {
    if (QFile::exists(file_ + suffix) && !rename(file_ + suffix, aside + suffix)) {
      return Error{ErrorCode::io, "set damaged conversations aside", (file_ + suffix).toStdString(), "permission to rename it", std::strerror(errno)};
    }
  }
  QFile::remove(file_ + QStringLiteral("-shm"));
  QFile::remove(file_ + QStringLiteral(".suspect"));
  RH_TRY(openFile());

  Salvaged salvaged;
  if (auto damaged = Database::openDamaged(draft, kOpening); damaged.ok()) {
    if (const auto result = salvageConversations(**damaged, *database_); result.ok()) salvaged = *result;
  }
  for (const char* suffix : {"", "-wal", "-shm"}) QFile::remove(draft + QLatin1String(suffix));
  if (tell_) {
    tell_(Error{ErrorCode::malformed, kOpening, file_.toStdString(), "an undamaged database",
                damage.received + ". The damaged file is kept as " + aside.toStdString() + "; " + std::to_string(salvaged.conversations) +
                    " conversations with " + std::to_string(salvaged.messages) + " messages could be taken over from it" +
                    (salvaged.refused > 0 ? ", " + std::to_string(salvaged.refused) + " rows could not" : "")});
  }
  return Ok{};
}

Error ConversationStore::noted(Error error) {
  if (isDamage(error)) {
    QFile marker(file_ + QStringLiteral(".suspect"));
    (void)marker.open(QIODevice::WriteOnly);
    error.received += " (it is repaired at the next start)";
  }
  return error;
}

Status ConversationStore::write(const char* operation, const std::function<Status()>& work) {
  RH_TRY(open());
  const Status status = database_->transaction(operation, work);
  if (!status.ok()) return noted(status.error());
  return Ok{};
}

Result<QList<StoredSummary>> ConversationStore::list(const QString& search) {
  constexpr const char* operation = "list conversations";
  RH_TRY(open());
  QList<StoredSummary> found;
  QString statement = sql("SELECT c.id, c.title, c.updated_ms, (SELECT count(*) FROM messages m WHERE m.conversation = c.number), ");
  QVariantList values;
  const QString typed = search.trimmed();
  if (typed.isEmpty()) {
    statement += sql("NULL FROM conversations c WHERE c.removed_ms IS NULL ");
  } else {
    const QString expression = QString::fromStdString(search_expression(typed.toStdString()));
    if (expression.isEmpty()) return found;
    statement += sql("(SELECT text FROM messages WHERE number = h.message) FROM conversations c JOIN (SELECT number, max(message) AS message FROM "
                     "(SELECT m.conversation AS number, s.rowid AS message FROM search_messages s JOIN messages m ON m.number = s.rowid "
                     "WHERE search_messages MATCH ? UNION ALL SELECT rowid, NULL FROM search_titles WHERE search_titles MATCH ?) "
                     "GROUP BY number) h ON h.number = c.number WHERE c.removed_ms IS NULL ");
    values = {expression, expression};
  }
  statement += sql("ORDER BY c.updated_ms DESC, c.number DESC");
  auto query = database_->run(operation, statement, values);
  if (!query.ok()) return noted(query.error());
  for (;;) {
    const auto row = database_->next(operation, *query);
    if (!row.ok()) return noted(row.error());
    if (!*row) return found;
    StoredSummary summary{query->value(0).toString(), query->value(1).toString(), query->value(2).toLongLong(), query->value(3).toLongLong(), {}};
    if (!query->value(4).isNull()) summary.snippet = snippet(query->value(4).toString(), typed);
    found.append(std::move(summary));
  }
}

Result<StoredConversation> ConversationStore::conversation(const QString& id) {
  constexpr const char* operation = "open conversation";
  RH_TRY(open());
  auto query = database_->run(operation, sql("SELECT id, title, created_ms, updated_ms, system_prompt, settings, edits, leaf FROM conversations "
                                             "WHERE id = ?"), {id});
  if (!query.ok()) return noted(query.error());
  const auto row = database_->next(operation, *query);
  if (!row.ok()) return noted(row.error());
  if (!*row) return missing(operation, id, "conversation");
  return StoredConversation{query->value(0).toString(), query->value(1).toString(), query->value(2).toLongLong(), query->value(3).toLongLong(),
                            query->value(4).toString(), query->value(5).toByteArray(), query->value(6).toByteArray(), query->value(7).toString()};
}

Result<QList<StoredMessage>> ConversationStore::messages(const QString& conversation) {
  constexpr const char* operation = "open conversation";
  RH_TRY(open());
  auto query = database_->run(operation, sql("SELECT m.id, m.parent, m.role, m.created_ms, m.parts, m.facts, m.text, m.trace FROM messages m "
                                             "JOIN conversations c ON c.number = m.conversation WHERE c.id = ? ORDER BY m.number"),
                              {conversation});
  if (!query.ok()) return noted(query.error());
  QList<StoredMessage> found;
  for (;;) {
    const auto row = database_->next(operation, *query);
    if (!row.ok()) return noted(row.error());
    if (!*row) return found;
    found.append({query->value(0).toString(), query->value(1).toString(), query->value(2).toString(), query->value(3).toLongLong(),
                  query->value(4).toByteArray(), query->value(5).toByteArray(), query->value(6).toString(), query->value(7).toString()});
  }
}

// The number of the conversation's row, which is made or changed.
Result<QVariant> ConversationStore::row(const char* operation, const StoredChanges& c, bool& removed) {
  QVariant number;
  bool titled = c.title.has_value();
  {
    RH_ASSIGN(QSqlQuery there, database_->run(operation, sql("SELECT number, removed_ms FROM conversations WHERE id = ?"), {c.id}));
    RH_ASSIGN(const bool exists, database_->next(operation, there));
    if (exists) {
      number = there.value(0);
      removed = !there.isNull(1);
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

Result<bool> ConversationStore::save(const StoredChanges& changes) {
  constexpr const char* operation = "save conversation";
  if (changes.id.isEmpty()) return Error{ErrorCode::invalid_argument, operation, "conversation", "an id", "none"};
  bool removed = false, added = false;
  RH_TRY(write(operation, [&]() -> Status {
    removed = added = false;
    RH_ASSIGN(const QVariant number, row(operation, changes, removed));
    for (const StoredMessage& message : changes.messages) {
      RH_ASSIGN(const bool fresh, put(operation, number, message));
      added = added || fresh;
    }
    removed = removed && added && changes.bringBack && !changes.removedMs;
    if (!removed) return Ok{};
    RH_ASSIGN(const QSqlQuery back, database_->run(operation, sql("UPDATE conversations SET removed_ms = NULL WHERE number = ?"), {number}));
    return Ok{};
  }));
  return removed;
}

Result<bool> ConversationStore::changedElsewhere() {
  RH_TRY(open());
  RH_ASSIGN(const qint64 now, database_->version("look for changes by others"));
  const std::optional<qint64> before = std::exchange(seen_, now);
  return before && *before != now;
}

Result<QStringList> ConversationStore::removedBefore(qint64 beforeMs) {
  RH_TRY(open());
  constexpr const char* operation = "list removed conversations";
  RH_ASSIGN(QSqlQuery found, database_->run(operation, sql("SELECT id FROM conversations WHERE removed_ms < ?"), {beforeMs}));
  QStringList ids;
  while (true) {
    RH_ASSIGN(const bool more, database_->next(operation, found));
    if (!more) return ids;
    ids.append(found.value(0).toString());
  }
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
  return database_->emptyLog(operation);
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
