// SPDX-License-Identifier: Apache-2.0
#pragma once

// The append-only log of what was done with models. Window, command line, workers and servers write the same file.
//
// Each entry carries the SHA-256 of all its columns and of the entry before; texts stand beside the chain and enter
// it as salted hashes, so that a text can be taken out while the chain still verifies. The head of the chain is kept
// in a second file, so that a cut-off end and an older copy of the database are found. Who can rewrite both files can
// rewrite history: that is out of the log's reach. The formats are specified in engine/audit/README.md.

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/cancel.h"
#include "roundhouse/result.h"

namespace roundhouse {

using AuditHash = std::array<std::uint8_t, 32>;  // SHA-256
std::string audit_hex(const AuditHash& hash);    // 64 lower-case digits

// Kinds that the product itself writes; others may be added freely ([a-z][a-z0-9_]*, at most 64 characters).
namespace audit_kind {
// A generation is two entries: `generation_started` with the prompt is on disk before the first token is computed,
// `generation` with the answer, token counts and `extra` {"finish": ...} refers to it. A program that is killed in
// mid-answer leaves the first without the second; verify() lists such.
inline constexpr std::string_view generation_started = "generation_started";
inline constexpr std::string_view generation = "generation";
// Continuations were scored after a prompt (Session::score): `prompt`, and `continuations` as a JSON list of texts; `extra`
// {"scores": [{"logprob", "tokens"}]}, or {"error"}. Written before the scores are given out.
inline constexpr std::string_view scoring = "scoring";
inline constexpr std::string_view model_load = "model_load";
inline constexpr std::string_view model_unload = "model_unload";
inline constexpr std::string_view edit = "edit";          // a routing edit was applied or taken back
inline constexpr std::string_view settings = "settings";  // a setting that concerns evidence or privacy changed
inline constexpr std::string_view plugin = "plugin";      // `plugin` and `action` say which and what
// A fine-tune is two entries as well: `training_started` with the job in `settings` and the digests of model and data in `extra`,
// `training` refers to it, `action` finished, paused or failed, `extra` with the steps and the digests of what was written.
inline constexpr std::string_view training_started = "training_started";
inline constexpr std::string_view training = "training";
inline constexpr std::string_view exported = "export";    // something left the program as a file
// Written by the log only; append() refuses them.
inline constexpr std::string_view redaction = "redaction";          // `refers_to` and `action` (the part) say what
inline constexpr std::string_view head_mismatch = "head_mismatch";  // the log was found cut or replaced when appending
inline constexpr std::string_view log_replaced = "log_replaced";    // first entry after set_aside()
// All of them, in the order of a list to choose from.
inline constexpr std::array all{generation_started, generation, scoring,   model_load,    model_unload, edit,
                                settings,           plugin,     training_started, training, exported, redaction, head_mismatch, log_replaced};
}  // namespace audit_kind

struct AuditText {
  std::string part;  // "prompt", "answer", "system", ...: [a-z0-9_.-], 1 to 64 characters, once per entry
  std::string text;  // any bytes
};

struct AuditEntry {
  std::string kind;
  std::string user;             // empty: AuditOptions::user
  std::string program;          // empty: AuditOptions::program
  std::string session;          // conversation or job that it belongs to; may be empty
  std::int64_t refers_to = 0;   // sequence of an earlier entry; 0: none
  std::string model_name;
  std::string model_digest;     // "sha256:<hex>"
  std::string settings_json;    // sampling and other settings; a JSON value or empty
  std::string edits_json;       // routing edits in force; a JSON value or empty
  std::int64_t prompt_tokens = 0;
  std::int64_t answer_tokens = 0;
  std::string plugin;           // plugin's id
  std::string action;           // what was done, in one word
  std::string extra_json;       // whatever else; a JSON value or empty
  std::vector<AuditText> texts;
  bool hashes_only = false;     // keep only the hashes of this entry's texts, whatever the log's mode
};

enum class AuditPartState {
  stored,     // the text is there
  hash_only,  // only its salted hash was asked to be kept; matches() can still tell whether a given text is it
  redacted,   // text and salt were taken out later; `redacted_by` is the entry that says so
  missing,    // tampering: neither the text nor an entry that explains its absence
};

// What the chain holds of one text.
struct AuditPart {
  std::string part;
  AuditPartState state = AuditPartState::missing;
  AuditHash commitment{};        // salted hash of the text
  std::string salt;              // 32 bytes; empty once redacted
  std::int64_t redacted_by = 0;  // sequence of the redaction
  // Whether `text` is what was logged. False for a redacted part.
  bool matches(std::string_view text) const;
};

struct AuditRecord {
  std::int64_t sequence = 0;  // 1, 2, 3, ... without gaps
  std::int64_t time_ns = 0;   // UTC, nanoseconds since 1970
  AuditEntry entry;           // `texts` holds the stored ones only
  std::vector<AuditPart> parts;
  AuditHash previous{};
  AuditHash hash{};
  bool intact = false;        // the columns give `hash`; whether the chain holds, verify() says
};

enum class AuditTextMode {
  store,        // texts stand in the log
  hashes_only,  // only their salted hashes and the salts
};

struct AuditOptions {
  std::filesystem::path database;
  std::filesystem::path head;      // empty: beside the database, with the extension ".head"
  std::string program = "roundhouse";
  std::string user;                // empty: the login name of the process's effective user
  AuditTextMode text_mode = AuditTextMode::store;
  bool read_only = false;          // never writes, creates or repairs anything
  int busy_timeout_ms = 10000;     // how long to wait for other programs
  std::function<std::int64_t()> clock;  // UTC nanoseconds; empty: the system's

  // The files of `folder` (data_folder() for a user's own log): audit.db and audit.head.
  static AuditOptions in(const std::filesystem::path& folder);
};

struct AuditFilter {
  std::optional<std::int64_t> from_ns;   // inclusive
  std::optional<std::int64_t> until_ns;  // exclusive
  std::vector<std::string> kinds;        // any of; empty: all
  std::string session;                   // these: exactly; empty: any
  std::string user;
  std::string model_digest;
  std::string plugin;
  std::int64_t refers_to = 0;
  std::string text;                      // as typed by a person (see search_expression()); searches texts and names
};

struct AuditPage {
  std::int64_t before = 0;  // newest first: entries below this sequence; 0: from the newest
  int limit = 100;          // 1 to 10000
  bool with_texts = true;   // false leaves AuditRecord::entry.texts empty (lists)
};

struct AuditHead {
  std::int64_t sequence = 0;  // 0: empty log
  AuditHash hash{};
  bool operator==(const AuditHead&) const = default;
};

struct AuditReceipt {
  std::int64_t sequence = 0;  // of the (last) entry written
  std::int64_t entries = 0;   // how many were written
  AuditHash hash{};
  std::string warning;        // what was recorded but could not be followed up; empty: nothing
};

// What a check found, for programs that say it in another language than `what`.
enum class AuditFault {
  file_damaged,          // detail: what SQLite says
  definition_missing,    // of the database; detail: which part
  definition_changed,
  definition_added,
  not_an_entry,          // its number is not one
  entries_missing,       // entry to `other`
  entry_changed,
  entry_unlinked,        // only its hash of the entry before was changed
  entry_replaced,        // `other` was chained to another in its place
  chain_begins_before,   // the first entry was chained to another before it
  entry_format,          // detail: the format
  head_was_wrong,        // before this entry, which says so; detail: its JSON
  texts_unreadable,      // detail: why
  text_added,            // detail: the part, here and below
  text_deleted,
  text_changed,
  text_salt_changed,
  text_not_redacted,     // is there although `other` redacted it
  text_without_entry,
  head_unreadable,       // the head outside the database; detail: why
  head_missing,          // detail: the file, here and below
  end_missing,           // entry to `other`, which the head knows
  log_rewritten,         // up to this entry
  entries_added,         // entry to `other`, which the head does not know
  // No tampering.
  clock_set_back,        // between `other` and this entry
  index_rebuilt,         // detail: how it differed
  index_not_checked,     // detail: why
};

struct AuditFinding {
  std::int64_t entry = 0;  // sequence; 0: the log as a whole
  std::string what;        // in full, in English
  AuditFault fault = AuditFault::file_damaged;
  std::int64_t other = 0;  // another entry that it is about
  std::string detail;
};

struct AuditVerifyReport {
  bool ok = false;                       // no finding
  std::int64_t entries_checked = 0;
  std::vector<AuditFinding> findings;    // the first 1000
  std::int64_t findings_total = 0;
  std::vector<std::int64_t> unfinished;  // generations that started and never ended (killed, or still running)
  std::vector<AuditFinding> notes;       // no tampering, but worth telling
  AuditHead head;                        // of the database
  std::optional<AuditHead> recorded_head;  // of the file beside it
};

struct AuditExportOptions {
  AuditFilter filter;
  std::filesystem::path signing_key;  // PEM file of an Ed25519 private key that signs the head; empty: unsigned
};

struct AuditExportReceipt {
  std::vector<std::filesystem::path> files;  // what was written
  std::int64_t entries = 0;                  // in full; the others are there by hash only
  std::int64_t findings = 0;                 // what verify() finds in this log; the file names them
  std::string warning;
};

using AuditProgress = std::function<void(std::int64_t done, std::int64_t total)>;

// Owns its files' handles. All functions block on the disk and on other writers (never longer than busy_timeout_ms
// for a lock) and may be called from any thread; verify() and exports run beside appends. Not to be used across
// fork(). After a failed append nothing of the entry is in the log, and the next append starts afresh.
class AuditLog {
 public:
  // Opens the log, and creates it when neither file exists. Fails with `malformed` (not an audit log, or damaged),
  // `unsupported` (written by a newer version), `conflict` (locked), `io` (also where it may not be looked), or,
  // read-only, `not_found` and `tampered` (the head is there, the database is not).
  static Result<std::unique_ptr<AuditLog>> open(AuditOptions options);

  // Moves a log that can no longer be used (its files get ".set-aside-<UTC time>" appended, nothing is deleted) and
  // starts a new one whose first entry tells where the old one lies, its recorded head, and why.
  // Returns the old database's new path.
  static Result<std::filesystem::path> set_aside(const AuditOptions& options, const std::string& reason);

  // The same for this log, which goes on with the new one. Appends wait meanwhile; a check or an export that is under
  // way, like another program that has the log open, makes it a `conflict`.
  Result<std::filesystem::path> set_aside(const std::string& reason);

  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  const AuditOptions& options() const;
  void set_text_mode(AuditTextMode mode);  // for later appends; the caller logs the change
  // Sees the texts of every entry that is appended from now on, whoever appends it, and may mask parts of them; an Error
  // keeps only the hashes. Called on the appending thread, before any lock is taken. The engine sets its audit hooks here.
  using TextGuard = std::function<Status(std::vector<AuditText>&)>;
  void set_text_guard(TextGuard guard);

  // On return the entry is durable. `limit`, `invalid_argument`: the entry is not acceptable (JSON, names);
  // `conflict`: locked by another program; `io`: the system refused (full disk, permissions).
  Result<AuditReceipt> append(AuditEntry entry);

  // Newest first.
  Result<std::vector<AuditRecord>> query(const AuditFilter& filter, const AuditPage& page = {});
  Result<std::int64_t> count(const AuditFilter& filter);
  Result<AuditRecord> entry(std::int64_t sequence);
  // Each that has an entry, in alphabetical order. Reads the whole log.
  Result<std::vector<std::string>> users();

  // Takes the text of `part` out of the log, with its salt (so that it cannot be guessed from its hash), and writes
  // an entry that says so; an empty part means all texts of the entry. What the search index and the write-ahead log
  // held of it is overwritten too; where another program kept that from happening, the receipt warns.
  Result<AuditReceipt> redact(std::int64_t sequence, const std::string& part, const std::string& reason);
  // The same for all texts of all entries of a session (a deleted conversation).
  Result<AuditReceipt> redact_session(const std::string& session, const std::string& reason);

  // Reads every entry and text. Tampering is a finding in the report; a failure means the check could not be done.
  Result<AuditVerifyReport> verify(const AuditProgress& progress = {}, const CancelToken& cancel = {});

  // Writes the entries that match in full and all others by their hash, with the head and how to check it without
  // this program. An existing file is replaced once the new one is complete. Unless read-only, the export is logged.
  // A log that was tampered with is exported as it is: the file and the receipt say so.
  Result<AuditExportReceipt> export_json(const std::filesystem::path& file, const AuditExportOptions& options = {},
                                         const AuditProgress& progress = {}, const CancelToken& cancel = {});
  // For spreadsheets; the proof stands in a second file, `file` + ".proof.json".
  Result<AuditExportReceipt> export_csv(const std::filesystem::path& file, const AuditExportOptions& options = {},
                                        const AuditProgress& progress = {}, const CancelToken& cancel = {});

  Result<AuditHead> head();                          // of the database
  Result<std::optional<AuditHead>> recorded_head();  // of the file outside; none: the file is not there

 private:
  class Impl;
  explicit AuditLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace roundhouse
