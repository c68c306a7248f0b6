// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <algorithm>
#include <map>

#include "engine/audit/log_impl.h"
#include "engine/audit/schema.h"
#include "engine/base/printable.h"

namespace roundhouse {
namespace audit {
namespace {

constexpr const char* operation = "verify the audit log";
constexpr std::size_t findings_kept = 1000;

using PartKey = std::pair<std::int64_t, std::string>;  // entry, part

// One pass over a snapshot of the log. Only `entries`, `contents` and the head files are evidence.
class Verifier {
 public:
  Verifier(Connection& connection, const AuditProgress& progress, const CancelToken& cancel)
      : connection_(connection), progress_(progress), cancel_(cancel) {}

  Status run(const Result<std::optional<AuditHead>>& recorded, const Result<std::optional<AuditHead>>& pending,
             const std::filesystem::path& head_path) {
    RH_ASSIGN(const auto differences, schema_differences(connection_));
    for (const auto& difference : differences) find(difference);
    RH_TRY(check_storage());
    RH_TRY(read_redactions());
    RH_TRY(check_entries());
    RH_TRY(check_head(recorded, pending, head_path));
    RH_TRY(check_stray_contents());
    RH_TRY(list_unfinished());
    std::stable_sort(report.findings.begin(), report.findings.end(),
                     [](const auto& a, const auto& b) { return a.entry < b.entry; });
    report.ok = report.findings_total == 0;
    return Ok{};
  }

  AuditVerifyReport report;

 private:
  // What the pass remembers of the entry before.
  struct Predecessor {
    std::int64_t sequence = 0;
    AuditHash stored{}, computed{};
    bool clean = true;  // its own hash held
    bool gap = false;   // entries are missing between it and its own predecessor
  };

  void find(AuditFinding finding) {
    ++report.findings_total;
    if (report.findings.size() < findings_kept) report.findings.push_back(std::move(finding));
  }
  void find(std::int64_t entry, AuditFault fault, std::string what, std::string detail = {}, std::int64_t other = 0) {
    find({entry, std::move(what), fault, other, std::move(detail)});
  }

  static std::string name(std::int64_t sequence) { return "entry " + std::to_string(sequence); }

  Status check_storage() {
    RH_ASSIGN(auto rows, connection_.prepare("PRAGMA integrity_check(100)"));
    for (;;) {
      auto row = rows.step();
      if (!row.ok()) {
        if (row.error().code != ErrorCode::malformed) return row.error();
        find(0, AuditFault::file_damaged, "the database file is damaged: " + row.error().received, row.error().received);
        return Ok{};
      }
      if (!*row) return Ok{};
      if (rows.bytes(0) == "ok") continue;
      const std::string said = printable(rows.bytes(0), 200);
      find(0, AuditFault::file_damaged, "the database file is damaged: " + said, said);
    }
  }

  // Runs `sql` and calls `take` for each row; damage to the file is a finding, not a failure.
  template <class Take>
  Status each_row(const std::string& sql, const Take& take) {
    auto rows = connection_.prepare(sql);
    if (!rows.ok()) {
      if (rows.error().code != ErrorCode::internal && rows.error().code != ErrorCode::malformed) return rows.error();
      find(0, AuditFault::file_damaged, "the log cannot be read as it should: " + rows.error().received, rows.error().received);
      return Ok{};
    }
    for (;;) {
      if (cancel_.cancelled()) return Error{ErrorCode::cancelled, operation, connection_.name(), "", "stopped on request"};
      auto row = rows->step();
      if (!row.ok()) {
        if (row.error().code != ErrorCode::malformed && row.error().code != ErrorCode::internal) return row.error();
        find(last_.sequence + 1, AuditFault::file_damaged, "the database file is damaged here: " + row.error().received,
             row.error().received);
        return Ok{};
      }
      if (!*row) return Ok{};
      RH_TRY(take(*rows));
    }
  }

  Status read_redactions() {
    return each_row("SELECT refers_to, action, sequence FROM entries NOT INDEXED WHERE kind = 'redaction'",
                    [&](const Statement& row) -> Status {
                      redactions_.emplace(PartKey{row.integer(0), std::string(row.bytes(1))}, row.integer(2));
                      return Ok{};
                    });
  }

  Status check_entries() {
    std::int64_t total = 0;
    RH_TRY(each_row("SELECT count(*) FROM entries NOT INDEXED", [&](const Statement& row) -> Status {
      total = row.integer(0);
      return Ok{};
    }));
    auto contents = connection_.prepare("SELECT part, salt, text FROM contents WHERE sequence = ? ORDER BY part");
    if (contents.ok()) contents_ = std::move(*contents);  // else the definition's finding stands already
    const auto take = [&](const Statement& row) -> Status {
      RH_TRY(check_entry_row(row));
      ++report.entries_checked;
      if (progress_ && (report.entries_checked % 256 == 0 || report.entries_checked == total))
        progress_(report.entries_checked, total);
      return Ok{};
    };
    RH_TRY(each_row("SELECT " + column_list() + " FROM entries NOT INDEXED ORDER BY sequence", take));
    report.head = {last_.sequence, last_.stored};
    return Ok{};
  }

  Status check_entry_row(const Statement& row) {
    const std::int64_t sequence = row.integer(col_sequence);
    if (sequence < 1) {
      find(sequence, AuditFault::not_an_entry, name(sequence) + " does not belong to the log: entries count from 1");
      return Ok{};
    }
    Predecessor now;
    now.sequence = sequence;
    now.stored = as_hash(row.bytes(col_hash));
    if (sequence != last_.sequence + 1) {
      now.gap = true;
      const std::int64_t first = last_.sequence + 1;
      find(first, AuditFault::entries_missing,
           sequence - 1 == first ? name(first) + " is missing"
                                 : "entries " + std::to_string(first) + " to " + std::to_string(sequence - 1) + " are missing",
           {}, sequence - 1);
    }
    std::vector<Value> values = read_values(row);
    RH_ASSIGN(now.computed, hash_of(values));
    const AuditHash previous = as_hash(row.bytes(col_previous));
    now.clean = now.computed == now.stored && row.type(col_hash) == SQLITE_BLOB;
    if (!now.clean) {
      // With the true predecessor's hash in its place the entry may be whole: then only that column was changed.
      values[col_previous] = Blob{std::string(as_bytes(last_.stored))};
      RH_ASSIGN(const AuditHash relinked, hash_of(values));
      const bool link = relinked == now.stored && !now.gap;
      find(sequence, link ? AuditFault::entry_unlinked : AuditFault::entry_changed,
           name(sequence) + (link ? " was changed: its column previous is not the hash of the entry before"
                                  : " was changed: its columns do not give its hash"));
    } else if (!now.gap && previous != last_.stored) {
      // The entry is whole, so its word on its predecessor stands. Where that one is already named, nothing is new.
      if (last_.clean && !last_.gap && last_.sequence > 0)
        find(last_.sequence, AuditFault::entry_replaced,
             name(last_.sequence) + " was replaced: " + name(sequence) + " was chained to another entry in its place", {},
             sequence);
      else if (last_.clean && !last_.gap)
        find(sequence, AuditFault::chain_begins_before,
             name(sequence) + " is not the first of this log: it was chained to another before it");
    }
    if (row.integer(col_format) != entry_format && now.clean)
      find(sequence, AuditFault::entry_format,
           name(sequence) + " has format " + std::to_string(row.integer(col_format)) + ", expected " +
               std::to_string(entry_format),
           std::to_string(row.integer(col_format)));
    if (now.clean && row.bytes(col_kind) == audit_kind::head_mismatch) {
      const std::string said = printable(row.bytes(col_extra), 500);
      find(sequence, AuditFault::head_was_wrong,
           "before " + name(sequence) + " the log had been cut, replaced or restored: " + said, said);
    }
    const std::int64_t time_ns = row.integer(col_time_ns);
    if (now.clean && time_ns < last_time_ns_ && report.notes.size() < 100)
      report.notes.push_back({sequence,
                              name(sequence) + " is dated before " + name(last_.sequence) + ": the clock was set back",
                              AuditFault::clock_set_back, last_.sequence, {}});
    last_time_ns_ = time_ns;
    RH_TRY(check_texts(sequence, row.bytes(col_texts), now.clean));
    last_ = now;
    return Ok{};
  }

  Status check_texts(std::int64_t sequence, std::string_view column, bool entry_clean) {
    const auto commitments = decode_commitments(column);
    if (!commitments.ok()) {
      const std::string why = commitments.error().message();
      if (entry_clean) find(sequence, AuditFault::texts_unreadable, name(sequence) + ": " + why, why);
      return Ok{};
    }
    std::map<std::string, const TextCommitment*> expected;
    for (const auto& c : *commitments) expected[c.part] = &c;
    if (!contents_) return Ok{};
    contents_.reset();
    contents_.bind(1, sequence);
    for (;;) {
      auto row = contents_.step();
      if (!row.ok()) {
        if (row.error().code != ErrorCode::malformed) return row.error();
        find(sequence, AuditFault::texts_unreadable, name(sequence) + ": its texts cannot be read: " + row.error().received,
             row.error().received);
        break;
      }
      if (!*row) break;
      const std::string part(contents_.bytes(0));
      const auto found = expected.find(part);
      if (found == expected.end() || contents_.type(0) != SQLITE_TEXT) {
        find(sequence, AuditFault::text_added, name(sequence) + ": a text " + printable(part) + " was added to it",
             printable(part));
        continue;
      }
      RH_TRY(check_text(sequence, *found->second));
      expected.erase(found);
    }
    contents_.reset();
    for (const auto& [part, commitment] : expected) {
      const auto redaction = redactions_.find({sequence, part});
      if (redaction == redactions_.end() || redaction->second <= sequence)
        find(sequence, AuditFault::text_deleted,
             name(sequence) + ": its text " + printable(part) + " was deleted, and no entry says why", printable(part));
    }
    return Ok{};
  }

  // The current row of contents_ against what the chain holds of it.
  Status check_text(std::int64_t sequence, const TextCommitment& expected) {
    const std::string what = name(sequence) + ": ";
    const std::string part = printable(expected.part), text = "text " + part;
    if (const auto redaction = redactions_.find({sequence, expected.part}); redaction != redactions_.end())
      find(sequence, AuditFault::text_not_redacted,
           what + "its " + text + " is there although " + name(redaction->second) + " redacted it", part, redaction->second);
    RH_ASSIGN(const AuditHash salt, salt_commitment(contents_.bytes(1)));
    if (salt != expected.salt_hash || contents_.type(1) != SQLITE_BLOB)
      find(sequence, AuditFault::text_salt_changed, what + "the salt of its " + text + " was changed", part);
    const bool has_text = contents_.type(2) != SQLITE_NULL;
    if (has_text != expected.stored) {
      find(sequence, has_text ? AuditFault::text_added : AuditFault::text_deleted,
           what + "its " + text + (has_text ? " was added later" : " was deleted"), part);
      return Ok{};
    }
    if (!has_text) return Ok{};
    RH_ASSIGN(const AuditHash commitment, text_commitment(contents_.bytes(1), expected.part, contents_.bytes(2)));
    if ((commitment != expected.commitment && salt == expected.salt_hash) || contents_.type(2) != SQLITE_TEXT)
      find(sequence, AuditFault::text_changed, what + "its " + text + " was changed", part);
    return Ok{};
  }

  Status check_head(const Result<std::optional<AuditHead>>& recorded, const Result<std::optional<AuditHead>>& pending,
                    const std::filesystem::path& head_path) {
    const std::string file = head_path.string();
    // One that may not be read says nothing about the log.
    if (!pending.ok() && pending.error().code != ErrorCode::malformed) return pending.error();
    if (!recorded.ok()) {
      if (recorded.error().code != ErrorCode::malformed) return recorded.error();
      const std::string why = recorded.error().message();
      find(0, AuditFault::head_unreadable, "the head outside the database is unreadable: " + why, why);
      return Ok{};
    }
    report.recorded_head = *recorded;
    const bool pending_covers = pending.ok() && *pending && **pending == report.head;
    if (!*recorded) {
      if (last_.sequence > 0 && !pending_covers)
        find(0, AuditFault::head_missing, "the head outside the database is missing: " + file, file);
      return Ok{};
    }
    const AuditHead& head = **recorded;
    if (head.sequence > last_.sequence) {
      const std::int64_t first = last_.sequence + 1;
      find(first, AuditFault::end_missing,
           (first == head.sequence ? name(first) + " is" : "entries " + std::to_string(first) + " to " +
                                                                       std::to_string(head.sequence) + " are") +
                      " missing at the end: the log was cut, or replaced by an older copy (" + file + " knows " +
                      name(head.sequence) + ")",
           file, head.sequence);
      return Ok{};
    }
    if (head.sequence > 0) {
      std::optional<AuditHash> there;
      RH_TRY(each_row("SELECT hash FROM entries NOT INDEXED WHERE sequence = " + std::to_string(head.sequence),
                      [&](const Statement& row) -> Status {
                        there = as_hash(row.bytes(0));
                        return Ok{};
                      }));
      if (there && *there != head.hash) {
        // A changed hash column is named with its entry already; what else gives another hash is a rewritten log.
        const bool named = std::any_of(report.findings.begin(), report.findings.end(),
                                       [&](const auto& f) { return f.entry == head.sequence; });
        if (!named)
          find(head.sequence, AuditFault::log_rewritten,
               name(head.sequence) + " is not the one that " + file +
                   " knows: the log was rewritten up to here, or replaced by another",
               file);
        return Ok{};
      }
    }
    if (head.sequence < last_.sequence && !pending_covers)
      find(head.sequence + 1, AuditFault::entries_added,
           (head.sequence + 1 == last_.sequence
                ? name(last_.sequence) + " was"
                : "entries " + std::to_string(head.sequence + 1) + " to " + std::to_string(last_.sequence) + " were") +
               " added past the log: the head outside the database does not know of it (" + file + ")",
           file, last_.sequence);
    return Ok{};
  }

  Status check_stray_contents() {
    return each_row("SELECT c.sequence, c.part FROM contents c LEFT JOIN entries e USING(sequence) "
                    "WHERE e.sequence IS NULL",
                    [&](const Statement& row) -> Status {
                      const std::string part = printable(row.bytes(1));
                      find(row.integer(0), AuditFault::text_without_entry,
                           "a text " + part + " stands beside " + name(row.integer(0)) + ", which is not in the log", part);
                      return Ok{};
                    });
  }

  Status list_unfinished() {
    return each_row("SELECT s.sequence FROM entries s WHERE s.kind = 'generation_started' AND NOT EXISTS "
                    "(SELECT 1 FROM entries e WHERE e.refers_to <> 0 AND e.refers_to = s.sequence "
                    "AND e.kind = 'generation') ORDER BY s.sequence",
                    [&](const Statement& row) -> Status {
                      report.unfinished.push_back(row.integer(0));
                      return Ok{};
                    });
  }

  Connection& connection_;
  const AuditProgress& progress_;
  const CancelToken& cancel_;
  Statement contents_;
  std::map<PartKey, std::int64_t> redactions_;  // the first redaction of each part
  Predecessor last_;
  std::int64_t last_time_ns_ = 0;
};

}  // namespace

Result<AuditVerifyReport> check_chain(Connection& connection, const LogFiles& files,
                                      const Result<std::optional<AuditHead>>& recorded,
                                      const Result<std::optional<AuditHead>>& pending, const AuditProgress& progress,
                                      const CancelToken& cancel) {
  Verifier verifier(connection, progress, cancel);
  RH_TRY(verifier.run(recorded, pending, files.head.path()));
  return std::move(verifier.report);
}

}  // namespace audit

Result<AuditVerifyReport> AuditLog::verify(const AuditProgress& progress, const CancelToken& cancel) {
  const auto& files = impl_->files;
  const auto check = [&]() -> Result<AuditVerifyReport> {
    RH_ASSIGN(auto connection, impl_->open_reader());
    connection.set_interrupt([&] { return cancel.cancelled(); });
    // Head and snapshot are taken while no program writes.
    RH_ASSIGN(auto lock, audit::LogLock::acquire_existing(files.lock, impl_->options.busy_timeout_ms));
    const auto recorded = files.head.recorded();
    const auto pending = files.head.pending();
    RH_ASSIGN(auto snapshot, audit::Transaction::begin(connection, false));
    RH_ASSIGN(const bool is_log, audit::check_is_audit_log(connection));
    lock.release();
    if (!is_log && recorded.ok() && !*recorded) {
      AuditVerifyReport empty;
      empty.ok = true;
      return empty;
    }
    return audit::check_chain(connection, files, recorded, pending, progress, cancel);
  };
  auto report = check();
  if (!report.ok()) return audit::in_operation(report.error(), audit::operation);

  // The index proves nothing; a wrong one is made anew, so that searches find what is there.
  if (!impl_->options.read_only) {
    const Status status = impl_->with_index([&](audit::SearchIndex& index) -> Status {
      std::vector<std::string> differences;
      for (int round = 0; round < 2; ++round) {  // another program may redact between the two steps
        RH_TRY(index.catch_up(cancel));
        RH_ASSIGN(differences, index.differences(cancel));
        if (differences.empty()) return Ok{};
      }
      report->notes.push_back({0, "the search index was made anew: " + differences.front(), AuditFault::index_rebuilt, 0,
                               differences.front()});
      return index.rebuild(cancel);
    });
    if (!status.ok() && status.error().code == ErrorCode::cancelled)
      return audit::in_operation(status.error(), audit::operation);
    if (!status.ok())
      report->notes.push_back({0, "the search index could not be checked: " + status.error().message(),
                               AuditFault::index_not_checked, 0, status.error().message()});
  }
  return report;
}

}  // namespace roundhouse
