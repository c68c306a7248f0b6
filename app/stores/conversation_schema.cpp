// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/conversation_schema.h"

#include <QHash>
#include <QSet>

#include <functional>
#include <limits>

#include "roundhouse/search_text.h"

namespace roundhouse::app {
namespace {

constexpr const char* kOperation = "take over conversations from a damaged database";
constexpr int kMostMisses = 5000;  // rows one after another that cannot be read

QString terms(const QString& text) { return QString::fromStdString(search_terms(text.toStdString())); }

struct Column {
  const char* name;
  const char* instead;  // SQL, when another program has dropped it
};
// In the order of the tables' columns.
constexpr Column kConversation[] = {{"number", "NULL"}, {"id", "NULL"}, {"title", "''"}, {"created_ms", "0"}, {"updated_ms", "0"},
                                    {"system_prompt", "''"}, {"settings", "x''"}, {"edits", "x''"}, {"leaf", "''"}, {"removed_ms", "NULL"}};
constexpr Column kMessage[] = {{"number", "NULL"}, {"conversation", "NULL"}, {"id", "NULL"}, {"parent", "''"}, {"role", "'user'"},
                               {"created_ms", "0"}, {"parts", "CAST(json_array(json_object('type', 'text', 'text', text)) AS BLOB)"},
                               {"facts", "x''"}, {"text", "''"}, {"trace", "''"}};

bool passedOver(const Error& error) { return isDamage(error) || isUnfit(error); }

// Calls `take` for each row of `table` that can be read, in the order of its column `number`, which comes first, as long as
// it succeeds.
template <std::size_t N>
Status eachReadableRow(Database& damaged, const Column (&columns)[N], const QString& table, const std::atomic<bool>* hurry,
                       const std::function<Status(const QSqlQuery&)>& take) {
  QStringList there, wanted;
  auto names = damaged.run(kOperation, QStringLiteral("SELECT name FROM pragma_table_info(?)"), {table});
  for (auto more = names.ok() ? damaged.next(kOperation, *names) : Result<bool>(false); more.ok() && *more; more = damaged.next(kOperation, *names)) {
    there.append(names->value(0).toString());
  }
  if (!names.ok() && !passedOver(names.error())) return names.error();
  if (names.ok() && there.isEmpty()) return Ok{};  // dropped
  for (const Column& each : columns) wanted.append(QLatin1String(there.isEmpty() || there.contains(QLatin1String(each.name)) ? each.name : each.instead));
  const QString sql = QStringLiteral("SELECT %1 FROM %2 WHERE number >= ? ORDER BY number LIMIT 1").arg(wanted.join(QStringLiteral(", ")), table);
  int misses = 0;
  for (qint64 number = 1; misses < kMostMisses && number < std::numeric_limits<qint64>::max(); ++number) {
    if (hurry && *hurry) return Error{ErrorCode::cancelled, kOperation, damaged.file().toStdString(), "the time that it takes", "the end of the program"};
    auto query = damaged.run(kOperation, sql, {number});
    const auto row = query.ok() ? damaged.next(kOperation, *query) : Result<bool>(query.error());
    if (!row.ok() && !passedOver(row.error())) return row.error();
    if (row.ok() && !*row) return Ok{};
    // In a damaged tree rows may stand where others are looked for: going back to them would never end.
    if (!row.ok() || query->value(0).toLongLong() < number) {
      ++misses;
      continue;
    }
    misses = 0;
    number = query->value(0).toLongLong();
    RH_TRY(take(*query));
  }
  return Ok{};
}

}  // namespace

const std::vector<Migration>& conversationMigrations() {
  static const std::vector<Migration> migrations = {
      {{QStringLiteral("CREATE TABLE conversations(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, "
                       "created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, system_prompt TEXT NOT NULL, settings BLOB NOT NULL, "
                       "edits BLOB NOT NULL, leaf TEXT NOT NULL, removed_ms INTEGER) STRICT"),
        QStringLiteral("CREATE TABLE messages(number INTEGER PRIMARY KEY, conversation INTEGER NOT NULL REFERENCES conversations(number) "
                       "ON DELETE CASCADE, id TEXT NOT NULL, parent TEXT NOT NULL, role TEXT NOT NULL, created_ms INTEGER NOT NULL, "
                       "parts BLOB NOT NULL, facts BLOB NOT NULL, text TEXT NOT NULL, trace TEXT NOT NULL, UNIQUE(conversation, id)) STRICT"),
        QStringLiteral("CREATE INDEX conversations_updated ON conversations(updated_ms)"),
        // Their rows have the numbers of the conversations and messages, and hold search_terms().
        QStringLiteral("CREATE VIRTUAL TABLE search_titles USING fts5(terms, tokenize = 'unicode61 remove_diacritics 2')"),
        QStringLiteral("CREATE VIRTUAL TABLE search_messages USING fts5(terms, tokenize = 'unicode61 remove_diacritics 2')")},
       {}},
  };
  return migrations;
}

Result<Salvaged> salvageConversations(Database& damaged, Database& target, const std::atomic<bool>* hurry) {
  Salvaged out;
  QSet<qint64> known;
  QHash<qint64, QSet<QString>> messages;  // by conversation
  const auto insert = [&](const QString& sql, const QVariantList& values) -> Result<bool> {
    const auto done = target.run(kOperation, sql, values);
    if (done.ok()) return true;
    if (done.error().code != ErrorCode::internal) return done.error();
    ++out.refused;  // its values are of another kind
    return false;
  };
  // Not even its list of tables: then nothing can be read.
  if (const auto tables = damaged.value(kOperation, QStringLiteral("SELECT count(*) FROM sqlite_schema")); !tables.ok()) {
    if (passedOver(tables.error())) return out;
    return tables.error();
  }
  const Status done = target.transaction(kOperation, [&]() -> Status {
    const auto conversation = [&](const QSqlQuery& row) -> Status {
      QVariantList values;
      for (int i = 0; i < 10; ++i) values.append(row.isNull(i) ? QVariant() : row.value(i));
      RH_ASSIGN(const bool taken, insert(QStringLiteral("INSERT INTO conversations VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"), values));
      if (!taken) return Ok{};
      RH_TRY(insert(QStringLiteral("INSERT INTO search_titles(rowid, terms) VALUES(?, ?)"), {values[0], terms(values[2].toString())}));
      known.insert(values[0].toLongLong());
      ++out.conversations;
      return Ok{};
    };
    const auto message = [&](const QSqlQuery& row) -> Status {
      QVariantList values;
      for (int i = 0; i < 10; ++i) values.append(row.isNull(i) ? QVariant() : row.value(i));
      const qint64 owner = values[1].toLongLong();
      if (!known.contains(owner)) {
        // The conversation's own row is lost; its messages are not.
        const QString name = QStringLiteral("recovered-%1").arg(owner);
        RH_ASSIGN(const bool made, insert(QStringLiteral("INSERT INTO conversations VALUES(?, ?, ?, ?, ?, '', x'', x'', ?, NULL)"),
                                          {owner, name, name, values[5], values[5], values[2]}));
        if (!made) return Ok{};
        RH_TRY(insert(QStringLiteral("INSERT INTO search_titles(rowid, terms) VALUES(?, ?)"), {owner, terms(name)}));
        known.insert(owner);
        ++out.conversations;
      }
      // Below a message that is lost a new beginning is better than nothing.
      if (!messages[owner].contains(values[3].toString())) values[3] = QString();
      RH_ASSIGN(const bool taken, insert(QStringLiteral("INSERT INTO messages VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"), values));
      if (!taken) return Ok{};
      RH_TRY(insert(QStringLiteral("INSERT INTO search_messages(rowid, terms) VALUES(?, ?)"), {values[0], terms(values[8].toString())}));
      messages[owner].insert(values[2].toString());
      ++out.messages;
      return Ok{};
    };
    RH_TRY(eachReadableRow(damaged, kConversation, QStringLiteral("conversations"), hurry, conversation));
    RH_TRY(eachReadableRow(damaged, kMessage, QStringLiteral("messages"), hurry, message));
    // The current branch of a conversation ends at a message that is there.
    RH_ASSIGN(const QSqlQuery leaves,
              target.run(kOperation, QStringLiteral("UPDATE conversations AS c SET leaf = ifnull((SELECT id FROM messages m WHERE m.conversation = "
                                                    "c.number ORDER BY m.number DESC LIMIT 1), '') WHERE leaf <> '' AND NOT EXISTS (SELECT 1 FROM "
                                                    "messages m WHERE m.conversation = c.number AND m.id = c.leaf)")));
    return Ok{};
  });
  RH_TRY(done);
  return out;
}

}  // namespace roundhouse::app
