// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/conversation_schema.h"

#include <QHash>
#include <QSet>

#include "roundhouse/search_text.h"

namespace roundhouse::app {
namespace {

constexpr const char* kOperation = "take over conversations from a damaged database";
constexpr int kMostMisses = 5000;  // rows one after another that cannot be read

QString terms(const QString& text) { return QString::fromStdString(search_terms(text.toStdString())); }

// Calls `take` for each row of `table` that can be read, in the order of its column `number`, which comes first.
void eachReadableRow(Database& damaged, const QString& columns, const QString& table, const std::function<void(const QSqlQuery&)>& take) {
  const QString sql = QStringLiteral("SELECT %1 FROM %2 WHERE number >= ? ORDER BY number LIMIT 1").arg(columns, table);
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
  const auto insert = [&](const QString& sql, const QVariantList& values) {
    const bool fits = target.run(kOperation, sql, values).ok();
    if (!fits) ++out.refused;
    return fits;
  };
  // Not even its list of tables: then nothing can be read.
  RH_ASSIGN(const QVariant tables, damaged.value(kOperation, QStringLiteral("SELECT count(*) FROM sqlite_schema")));
  RH_TRY(target.transaction(kOperation, [&]() -> Status {
    eachReadableRow(damaged, QStringLiteral("number, id, title, created_ms, updated_ms, system_prompt, settings, edits, leaf, removed_ms"),
                    QStringLiteral("conversations"),
                    [&](const QSqlQuery& row) {
                      QVariantList values;
                      for (int i = 0; i < 10; ++i) values.append(row.isNull(i) ? QVariant() : row.value(i));
                      if (!insert(QStringLiteral("INSERT INTO conversations VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"), values)) return;
                      insert(QStringLiteral("INSERT INTO search_titles(rowid, terms) VALUES(?, ?)"), {values[0], terms(values[2].toString())});
                      known.insert(values[0].toLongLong());
                      ++out.conversations;
                    });
    eachReadableRow(damaged, QStringLiteral("number, conversation, id, parent, role, created_ms, parts, facts, text, trace"),
                    QStringLiteral("messages"),
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
