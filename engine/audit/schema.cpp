// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/schema.h"

#include <map>
#include <utility>

#include "engine/base/printable.h"

namespace roundhouse::audit {
namespace {

// Columns as in entry_codec.h. Of `contents`: sequence and part name an element of the entry's column `texts`;
// salt and text are what its two hashes were made of (text is NULL when only the hash was wanted).
// The triggers guard against mistakes and ordinary tools; against intent stands the chain.
constexpr const char* definition = R"sql(
CREATE TABLE entries(
  format INTEGER NOT NULL,
  sequence INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  time_ns INTEGER NOT NULL,
  user TEXT NOT NULL,
  program TEXT NOT NULL,
  session TEXT NOT NULL,
  refers_to INTEGER NOT NULL,
  model_name TEXT NOT NULL,
  model_digest TEXT NOT NULL,
  settings TEXT NOT NULL,
  edits TEXT NOT NULL,
  prompt_tokens INTEGER NOT NULL,
  answer_tokens INTEGER NOT NULL,
  plugin TEXT NOT NULL,
  action TEXT NOT NULL,
  extra TEXT NOT NULL,
  texts TEXT NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TABLE contents(
  sequence INTEGER NOT NULL,
  part TEXT NOT NULL,
  salt BLOB NOT NULL,
  text TEXT,
  PRIMARY KEY(sequence, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_session ON entries(session) WHERE session <> '';
CREATE INDEX entries_refers_to ON entries(refers_to) WHERE refers_to <> 0;
CREATE TRIGGER entries_keep_rows BEFORE DELETE ON entries
  BEGIN SELECT raise(ABORT, 'the audit log is append-only: entries cannot be deleted'); END;
CREATE TRIGGER entries_keep_values BEFORE UPDATE ON entries
  BEGIN SELECT raise(ABORT, 'the audit log is append-only: entries cannot be changed'); END;
CREATE TRIGGER entries_extend_the_end BEFORE INSERT ON entries
  WHEN NEW.sequence IS NOT (SELECT ifnull(max(sequence), 0) + 1 FROM entries)
  BEGIN SELECT raise(ABORT, 'the audit log is append-only: an entry can only follow the last one'); END;
CREATE TRIGGER contents_stand_beside_the_end BEFORE INSERT ON contents
  WHEN NEW.sequence IS NOT (SELECT max(sequence) FROM entries)
    OR EXISTS (SELECT 1 FROM contents WHERE sequence = NEW.sequence AND part = NEW.part)
  BEGIN SELECT raise(ABORT, 'the audit log is append-only: a text can only stand beside the last entry'); END;
CREATE TRIGGER contents_keep_rows BEFORE DELETE ON contents
  WHEN NOT EXISTS (SELECT 1 FROM entries WHERE refers_to = OLD.sequence AND kind = 'redaction' AND action = OLD.part)
  BEGIN SELECT raise(ABORT, 'the audit log is append-only: a text goes only after an entry says that it is redacted'); END;
CREATE TRIGGER contents_keep_values BEFORE UPDATE ON contents
  BEGIN SELECT raise(ABORT, 'the audit log is append-only: texts cannot be changed'); END;
)sql";

using Definition = std::map<std::string, std::string>;  // "table entries" -> SQL

Result<Definition> read_definition(Connection& connection) {
  Definition out;
  RH_ASSIGN(auto rows, connection.prepare("SELECT type || ' ' || name, sql FROM sqlite_schema "
                                          "WHERE name NOT LIKE 'sqlite\\_autoindex\\_%' ESCAPE '\\'"));
  for (;;) {
    RH_ASSIGN(const bool row, rows.step());
    if (!row) return out;
    out[std::string(rows.bytes(0))] = std::string(rows.bytes(1));
  }
}

}  // namespace

Status create_schema(Connection& connection) {
  RH_TRY(connection.execute("PRAGMA journal_mode=WAL"));
  RH_ASSIGN(auto transaction, Transaction::begin(connection, true));
  RH_TRY(connection.execute(definition));
  RH_TRY(connection.execute("PRAGMA application_id=" + std::to_string(application_id) +
                            "; PRAGMA user_version=" + std::to_string(schema_version)));
  return transaction.commit();
}

Result<bool> check_is_audit_log(Connection& connection) {
  RH_ASSIGN(const auto objects, connection.integer("SELECT count(*) FROM sqlite_schema"));
  RH_ASSIGN(const auto id, connection.integer("PRAGMA application_id"));
  RH_ASSIGN(const auto version, connection.integer("PRAGMA user_version"));
  if (objects == 0 && id == 0 && version == 0) return false;
  if (id != application_id)
    return Error{ErrorCode::malformed, "open the audit log", connection.name(),
                 "an audit log (application id " + std::to_string(application_id) + ")",
                 "a database of another kind (" + std::to_string(id) + ")"};
  if (version != schema_version)
    return Error{version > schema_version ? ErrorCode::unsupported : ErrorCode::malformed, "open the audit log",
                 connection.name(), "version " + std::to_string(schema_version),
                 "version " + std::to_string(version)};
  return true;
}

Result<std::vector<AuditFinding>> schema_differences(Connection& connection) {
  RH_ASSIGN(auto model, Connection::open({}, Connection::Mode::create, 0));
  RH_TRY(model.execute(definition));
  RH_ASSIGN(const auto expected, read_definition(model));
  RH_ASSIGN(const auto found, read_definition(connection));
  std::vector<AuditFinding> out;
  for (const auto& [name, sql] : expected) {
    const auto it = found.find(name);
    if (it == found.end()) {
      out.push_back({0, "the database's " + name + " is missing", AuditFault::definition_missing, 0, name});
    } else if (it->second != sql) {
      out.push_back({0, "the definition of the database's " + name + " was changed to: " + printable(it->second),
                     AuditFault::definition_changed, 0, name});
    }
  }
  for (const auto& [name, sql] : found)
    if (expected.count(name) == 0)
      out.push_back({0, "the database holds a " + printable(name) + " that does not belong to an audit log",
                     AuditFault::definition_added, 0, printable(name)});
  return out;
}

}  // namespace roundhouse::audit
