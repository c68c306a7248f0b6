// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/search_index.h"

#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include <utility>

#include "engine/base/unique_fd.h"
#include "roundhouse/search_text.h"

namespace roundhouse::audit {
namespace {

constexpr int index_version = 1;

// `progress` holds the last entry that was taken in and its hash: another log in the same place is noticed.
constexpr const char* definition = R"sql(
CREATE VIRTUAL TABLE search USING fts5(texts, names, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE progress(sequence INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
INSERT INTO progress VALUES(0, x'');
)sql";

struct Document {
  std::string texts, names;
};

// Reads what the index should hold of entries, one after another.
class Documents {
 public:
  static Result<Documents> prepare(Connection& connection) {
    Documents out;
    RH_ASSIGN(out.entry_, connection.prepare("SELECT kind, user, program, session, model_name, plugin, action, extra "
                                             "FROM log.entries WHERE sequence = ?"));
    RH_ASSIGN(out.contents_, connection.prepare("SELECT text FROM log.contents WHERE sequence = ? "
                                                "AND text IS NOT NULL ORDER BY part"));
    return out;
  }

  Result<Document> of(std::int64_t sequence) {
    Document out;
    entry_.reset();
    entry_.bind(1, sequence);
    RH_ASSIGN(const bool found, entry_.step());
    for (int column = 0; found && column < 8; ++column) append(out.names, entry_.bytes(column));
    entry_.reset();
    contents_.reset();
    contents_.bind(1, sequence);
    for (;;) {
      RH_ASSIGN(const bool row, contents_.step());
      if (!row) break;
      append(out.texts, contents_.bytes(0));
    }
    contents_.reset();
    return out;
  }

 private:
  static void append(std::string& out, std::string_view text) {
    const std::string terms = search_terms(text);
    if (!out.empty() && !terms.empty()) out += ' ';
    out += terms;
  }
  Statement entry_, contents_;
};

Error cancelled() { return Error{ErrorCode::cancelled, "index the audit log", "search index", "", "stopped on request"}; }

}  // namespace

bool SearchIndex::damaged(const Error& error) {
  return error.code == ErrorCode::malformed || error.code == ErrorCode::internal;
}

Result<SearchIndex> SearchIndex::open(const std::filesystem::path& file, const std::filesystem::path& log,
                                      bool immutable_log, int busy_timeout_ms) {
  const auto attempt = [&]() -> Result<SearchIndex> {
    SearchIndex index;
    // Private from the start. One that is there is left alone: closing it would drop SQLite's locks on it.
    if (!file.empty()) UniqueFd(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    RH_ASSIGN(index.connection_, Connection::open(file, Connection::Mode::create, busy_timeout_ms));
    Connection& connection = index.connection_;
    RH_TRY(connection.execute("PRAGMA secure_delete=ON; PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=NORMAL"));
    RH_TRY(connection.execute("ATTACH " + sql_text(file_uri(log, immutable_log ? "immutable=1" : "mode=ro")) + " AS log"));
    RH_ASSIGN(auto transaction, Transaction::begin(connection, true));
    RH_ASSIGN(const auto version, connection.integer("PRAGMA main.user_version"));
    if (version != 0 && version != index_version)
      return Error{ErrorCode::malformed, "open the search index", file.string(), std::to_string(index_version),
                   std::to_string(version)};
    if (version == 0) {
      RH_TRY(connection.execute(definition));
      RH_TRY(connection.execute("PRAGMA main.user_version=" + std::to_string(index_version)));
    }
    RH_TRY(transaction.commit());
    return index;
  };
  auto index = attempt();
  if (!index.ok() && damaged(index.error()) && !file.empty()) {
    // Nothing is lost with it: it is made from the log.
    remove(file);
    return attempt();
  }
  return index;
}

Status SearchIndex::catch_up(const CancelToken& cancel) {
  for (bool again = true; again;) {
    again = false;
    RH_ASSIGN(auto transaction, Transaction::begin(connection_, true));
    RH_ASSIGN(auto at, connection_.prepare("SELECT p.sequence, p.sequence = 0 OR p.hash = "
                                           "(SELECT hash FROM log.entries e WHERE e.sequence = p.sequence) "
                                           "FROM main.progress p"));
    RH_ASSIGN(const bool known, at.step());
    std::int64_t done = known ? at.integer(0) : 0;
    const bool same_log = known && at.integer(1) != 0;
    at.reset();
    if (!same_log) {
      done = 0;
      RH_TRY(connection_.execute("DELETE FROM main.search; DELETE FROM main.progress; "
                                 "INSERT INTO main.progress VALUES(0, x'')"));
    }
    RH_ASSIGN(auto documents, Documents::prepare(connection_));
    RH_ASSIGN(auto put, connection_.prepare("INSERT OR REPLACE INTO main.search(rowid, texts, names) VALUES(?, ?, ?)"));
    const auto take_in = [&](std::int64_t sequence) -> Status {
      RH_ASSIGN(const Document document, documents.of(sequence));
      put.bind(1, sequence);
      put.bind_text(2, document.texts);
      put.bind_text(3, document.names);
      return put.run();
    };
    RH_ASSIGN(auto fresh, connection_.prepare("SELECT sequence, kind = 'redaction', refers_to FROM log.entries "
                                              "WHERE sequence > ? ORDER BY sequence LIMIT 2000"));
    fresh.bind(1, done);
    std::int64_t last = done;
    int count = 0;
    for (;; ++count) {
      if (cancel.cancelled()) return cancelled();
      RH_ASSIGN(const bool row, fresh.step());
      if (!row) break;
      last = fresh.integer(0);
      const std::int64_t redacted = fresh.integer(1) != 0 ? fresh.integer(2) : 0;
      RH_TRY(take_in(last));
      if (redacted > 0 && redacted < last) RH_TRY(take_in(redacted));
    }
    fresh.reset();
    again = count == 2000;
    if (last != done) {
      RH_ASSIGN(auto note, connection_.prepare("UPDATE main.progress SET sequence = ?1, "
                                               "hash = (SELECT hash FROM log.entries WHERE sequence = ?1)"));
      note.bind(1, last);
      RH_TRY(note.run());
    }
    RH_TRY(transaction.commit());
  }
  return Ok{};
}

Status SearchIndex::scrub() {
  // FTS5 keeps the words of deleted documents until its segments are merged.
  return connection_.execute("INSERT INTO main.search(search) VALUES('optimize')");
}

Result<std::vector<std::string>> SearchIndex::differences(const CancelToken& cancel) {
  std::vector<std::string> out;
  if (const auto status = connection_.execute("INSERT INTO main.search(search) VALUES('integrity-check')");
      !status.ok()) {
    if (status.error().code != ErrorCode::malformed) return status.error();
    out.push_back("its words do not fit its own documents");
    return out;
  }
  RH_ASSIGN(auto transaction, Transaction::begin(connection_, false));
  RH_ASSIGN(auto documents, Documents::prepare(connection_));
  RH_ASSIGN(auto rows, connection_.prepare(
                           "SELECT e.sequence, s.rowid, s.texts, s.names FROM log.entries e LEFT JOIN main.search s "
                           "ON s.rowid = e.sequence WHERE e.sequence <= (SELECT sequence FROM main.progress)"));
  std::int64_t entries = 0;
  for (;;) {
    if (cancel.cancelled()) return cancelled();
    RH_ASSIGN(const bool row, rows.step());
    if (!row) break;
    ++entries;
    RH_ASSIGN(const Document document, documents.of(rows.integer(0)));
    if (rows.bytes(2) != document.texts || rows.bytes(3) != document.names)
      out.push_back("it holds entry " + std::to_string(rows.integer(0)) + " otherwise than the log");
  }
  RH_ASSIGN(const auto indexed, connection_.integer("SELECT count(*) FROM main.search"));
  if (indexed != entries)
    out.push_back("it holds " + std::to_string(indexed) + " entries, the log " + std::to_string(entries));
  return out;
}

Status SearchIndex::rebuild(const CancelToken& cancel) {
  RH_ASSIGN(auto transaction, Transaction::begin(connection_, true));
  RH_TRY(connection_.execute("DROP TABLE IF EXISTS main.search; DROP TABLE IF EXISTS main.progress; " +
                             std::string(definition)));
  RH_TRY(transaction.commit());
  return catch_up(cancel);
}

void SearchIndex::remove(const std::filesystem::path& file) {
  ::unlink(file.c_str());
  ::unlink((file.string() + "-journal").c_str());
}

}  // namespace roundhouse::audit
