// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/conversation_schema.h"

#include <QHash>
#include <QSet>

#include <optional>

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

// Calls `take` for each row of `table` that can be read, in the order of its column `number`, which comes first.
template <std::size_t N>
void eachReadableRow(Database& damaged, const Column (&columns)[N], const QString& table, const std::function<void(const QSqlQuery&)>& take) {
  QStringList there, wanted;
  auto names = damaged.run(kOperation, QStringLiteral("SELECT name FROM pragma_table_info(?)"), {table});
  for (auto more = names.ok() ? damaged.next(kOperation, *names) : Result<bool>(false); more.ok() && *more; more = damaged.next(kOperation, *names)) {
    there.append(names->value(0).toString());
  }
  if (names.ok() && there.isEmpty()) return;  // dropped
  for (const Column& each : columns) wanted.append(QLatin1String(there.isEmpty() || there.contains(QLatin1String(each.name)) ? each.name : each.instead));
  const QString sql = QStringLiteral("SELECT %1 FROM %2 WHERE number >= ? ORDER BY number LIMIT 1").arg(wanted.join(QStringLiteral(", ")), table);
  int misses = 0;
  for (qint64 number = 1; misses < kMostMisses; ++number) {
    auto query = damaged.run(kOperation, sql, {number});
    const auto row = query.ok() ? damaged.next(kOperation, *query) : Result<bool>(query.error());
    if (!row.ok()) {
      ++misses;
      continue;
    }
    if (!*row) return;
    misses = 0;
    number = query->value(0).toLongLong();
    take(*query);
  }
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

Result<Salvaged> salvageConversations(Database& damaged, Database& target) {
  Salvaged out;
  QSet<qint64> known;
  QHash<qint64, QSet<QString>> messages;  // by conversation
  std::optional<Error> failure;  // of the target
  const auto insert = [&](const QString& sql, const QVariantList& values) {
    if (failure) return false;
    const auto done = target.run(kOperation, sql, values);
    if (done.ok()) return true;
    if (done.error().code == ErrorCode::internal) ++out.refused;  // its values are of another kind
    else failure = done.error();
    return false;
  };
  // Not even its list of tables: then nothing can be read.
  if (!damaged.value(kOperation, QStringLiteral("SELECT count(*) FROM sqlite_schema")).ok()) return out;
  RH_TRY(target.transaction(kOperation, [&]() -> Status {
    eachReadableRow(damaged, kConversation, QStringLiteral("conversations"),
                    [&](const QSqlQuery& row) {
                      QVariantList values;
                      for (int i = 0; i < 10; ++i) values.append(row.isNull(i) ? QVariant() : row.value(i));
                      if (!insert(QStringLiteral("INSERT INTO conversations VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"), values)) return;
                      insert(QStringLiteral("INSERT INTO search_titles(rowid, terms) VALUES(?, ?)"), {values[0], terms(values[2].toString())});
                      known.insert(values[0].toLongLong());
                      ++out.conversations;
                    });
    eachReadableRow(damaged, kMessage, QStringLiteral("messages"),
                    [&](const QSqlQuery& row) {
                      QVariantList values;
                      for (int i = 0; i < 10; ++i) values.append(row.isNull(i) ? QVariant() : row.value(i));
                      const qint64 conversation = values[1].toLongLong();
                      if (!known.contains(conversation)) {
                        // The conversation's own row is lost; its messages are not.
                        const QString name = QStringLiteral("recovered-%1").arg(conversation);
                        if (!insert(QStringLiteral("INSERT INTO conversations VALUES(?, ?, ?, ?, ?, '', x'', x'', ?, NULL)"),
                                    {conversation, name, name, values[5], values[5], values[2]})) return;
                        insert(QStringLiteral("INSERT INTO search_titles(rowid, terms) VALUES(?, ?)"), {conversation, terms(name)});
                        known.insert(conversation);
                        ++out.conversations;
                      }
                      // Below a message that is lost a new beginning is better than nothing.
                      if (!messages[conversation].contains(values[3].toString())) values[3] = QString();
                      if (!insert(QStringLiteral("INSERT INTO messages VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"), values)) return;
                      insert(QStringLiteral("INSERT INTO search_messages(rowid, terms) VALUES(?, ?)"), {values[0], terms(values[8].toString())});
                      messages[conversation].insert(values[2].toString());
                      ++out.messages;
                    });
    if (failure) return *failure;
    // The current branch of a conversation ends at a message that is there.
    RH_ASSIGN(const QSqlQuery leaves,
              target.run(kOperation, QStringLiteral("UPDATE conversations AS c SET leaf = ifnull((SELECT id FROM messages m WHERE m.conversation = "
                                                    "c.number ORDER BY m.number DESC LIMIT 1), '') WHERE leaf <> '' AND NOT EXISTS (SELECT 1 FROM "
                                                    "messages m WHERE m.conversation = c.number AND m.id = c.leaf)")));
    return Ok{};
  }));
  return out;
}

}  // namespace roundhouse::app
