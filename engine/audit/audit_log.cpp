// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/audit.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "engine/audit/absolute_path.h"
#include "engine/audit/log_impl.h"
#include "engine/audit/schema.h"
#include "engine/base/sha256.h"
#include "engine/base/system_error.h"
#include "roundhouse/data_folder.h"

namespace roundhouse {

using audit::Connection;
using audit::in_operation;
using audit::LogLock;
using audit::Statement;
using audit::Transaction;

namespace {

constexpr const char* opening = "open the audit log";

std::string login_name() {
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return "uid " + std::to_string(geteuid());
}

std::int64_t system_time_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

nlohmann::json head_json(const AuditHead& head) {
  return {{"sequence", head.sequence}, {"hash", audit_hex(head.hash)}};
}

std::string safe_dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

AuditOptions completed(AuditOptions options) {
  if (options.head.empty()) options.head = std::filesystem::path(options.database).replace_extension(".head");
  if (options.user.empty()) options.user = login_name();
  if (!options.clock) options.clock = system_time_ns;
  return options;
}

Status insert_row(Connection& connection, const audit::PreparedEntry& entry) {
  std::string marks;
  for (int i = 0; i < audit::column_count; ++i) marks += i == 0 ? "?" : ", ?";
  RH_ASSIGN(auto insert, connection.prepare("INSERT INTO entries(" + audit::column_list() + ") VALUES(" + marks + ")"));
  const int next = audit::bind_values(insert, entry.values);
  insert.bind_blob(next, audit::as_bytes(entry.hash));
  RH_TRY(insert.run());
  if (entry.contents.empty()) return Ok{};
  RH_ASSIGN(auto content, connection.prepare("INSERT INTO contents(sequence, part, salt, text) VALUES(?, ?, ?, ?)"));
  for (const auto& c : entry.contents) {
    content.bind(1, std::get<std::int64_t>(entry.values[audit::col_sequence]));
    content.bind_text(2, c.part);
    content.bind_blob(3, c.salt);
    if (c.stored) content.bind_text(4, c.text);
    RH_TRY(content.run());
  }
  return Ok{};
}

Status remove_content(Connection& connection, std::int64_t sequence, const std::string& part) {
  RH_ASSIGN(auto remove, connection.prepare("DELETE FROM contents WHERE sequence = ? AND part = ?"));
  remove.bind(1, sequence);
  remove.bind_text(2, part);
  RH_TRY(remove.run());
  if (connection.changes() == 1) return Ok{};
  return Error{ErrorCode::not_found, "redact", "text " + part + " of entry " + std::to_string(sequence),
               "a text that is there", "none (already redacted?)"};
}

AuditEntry redaction_entry(std::int64_t sequence, const std::string& part, const std::string& session,
                           const std::string& reason) {
  AuditEntry entry;
  entry.kind = audit_kind::redaction;
  entry.refers_to = sequence;
  entry.action = part;
  entry.session = session;
  entry.extra_json = safe_dump({{"reason", reason}});
  return entry;
}

// Redactions for what `contents` holds and `condition` (on c and e, one value) selects.
Result<std::vector<AuditEntry>> redactions(Connection& connection, const std::string& condition,
                                           const audit::Value& value, const std::string& reason) {
  RH_ASSIGN(auto rows, connection.prepare("SELECT c.sequence, c.part, e.session FROM contents c JOIN entries e "
                                          "USING(sequence) WHERE " + condition + " ORDER BY 1, 2"));
  audit::bind_values(rows, {value});
  std::vector<AuditEntry> out;
  for (;;) {
    RH_ASSIGN(const bool row, rows.step());
    if (!row) return out;
    out.push_back(redaction_entry(rows.integer(0), std::string(rows.bytes(1)), std::string(rows.bytes(2)), reason));
  }
}

std::filesystem::path with_suffix(std::filesystem::path path, const std::string& suffix) {
  path += suffix;
  return path;
}

// An error where it cannot be told: a folder that may not be looked into.
Result<bool> is_there(const char* operation, const std::filesystem::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return system_error(operation, path.string(), errno);
}

// Whether a write-ahead log stands beside the database and holds something. What cannot be told counts as one.
bool has_write_ahead_log(const std::filesystem::path& database) {
  struct stat info {};
  if (::lstat(with_suffix(database, "-wal").c_str(), &info) != 0) return errno != ENOENT;
  return info.st_size > 0;
}

// SQLite makes -wal and -shm with the database's permissions. A reader that met it while it was read-only leaves them so,
// and no program could write any more, whatever the database's permissions are now. Under the LogLock.
Status repair_permissions(const std::filesystem::path& database) {
  struct stat own {};
  if (::stat(database.c_str(), &own) != 0) return Ok{};  // opening it tells why
  for (const char* suffix : {"-wal", "-shm"}) {
    const std::filesystem::path beside = with_suffix(database, suffix);
    struct stat info {};
    if (::lstat(beside.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const mode_t wanted = own.st_mode & 0666;
    if ((info.st_mode & wanted) == wanted || ::chmod(beside.c_str(), wanted) == 0) continue;
    const int error = errno;  // another user's
    if (::faccessat(AT_FDCWD, beside.c_str(), R_OK | W_OK, AT_EACCESS) != 0)
      return system_error(opening, beside.string(), error, "a file with the permissions of " + database.string());
  }
  return Ok{};
}

}  // namespace

namespace audit {

LogFiles::LogFiles(const AuditOptions& options)
    : database(options.database),
      lock(with_suffix(options.database, ".lock")),
      search(with_suffix(options.database, ".search")),
      head(options.head) {}

Error in_operation(Error error, const char* operation) {
  error.operation = operation;
  return error;
}

}  // namespace audit

AuditOptions AuditOptions::in(const std::filesystem::path& folder) {
  AuditOptions options;
  options.database = folder / "audit.db";
  options.head = folder / "audit.head";
  return options;
}

AuditLog::Impl::Impl(AuditOptions given)
    : options(completed(std::move(given))), files(options), text_mode(options.text_mode) {}

std::optional<AuditLog::Impl::Identity> AuditLog::Impl::identity_on_disk() const {
  struct stat info {};
  if (::stat(files.database.c_str(), &info) != 0) return std::nullopt;
  return Identity{info.st_dev, info.st_ino};
}

// Under the LogLock.
Status AuditLog::Impl::open_writer() {
  writer_ = Connection();
  {
    // SQLite would make it readable for all; its -wal and -shm take over this mode. A file that is there must not be
    // opened here: closing it would drop the locks that SQLite holds on it in this process.
    const UniqueFd created(::open(files.database.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!created && errno != EEXIST)
      return system_error(opening, files.database.string(), errno, "a file that can be created");
  }
  RH_TRY(repair_permissions(files.database));
  RH_ASSIGN(writer_, Connection::open(files.database, Connection::Mode::read_write, options.busy_timeout_ms));
  RH_ASSIGN(const bool made, audit::check_is_audit_log(writer_));
  if (!made) RH_TRY(audit::create_schema(writer_));
  RH_TRY(writer_.execute("PRAGMA synchronous=FULL; PRAGMA secure_delete=ON"));
  writer_identity_ = identity_on_disk().value_or(Identity{});
  return Ok{};
}

Status AuditLog::Impl::open() {
  if (options.database.empty())
    return Error{ErrorCode::invalid_argument, opening, "options", "the database's path", "none"};
  if (!options.read_only) {
    RH_TRY(create_private_folder(audit::absolute_path(files.database).parent_path()));
    RH_TRY(create_private_folder(audit::absolute_path(files.head.path()).parent_path()));
    RH_ASSIGN(const auto lock, LogLock::acquire(files.lock, options.busy_timeout_ms));
    std::lock_guard guard(write_mutex_);
    return open_writer();
  }
  RH_ASSIGN(const bool there, is_there(opening, files.database));
  if (!there) {
    const auto head = files.head.recorded();
    if (!head.ok() && head.error().code != ErrorCode::malformed) return head.error();
    if (head.ok() && !head->has_value())
      return Error{ErrorCode::not_found, opening, files.database.string(), "an audit log", "nothing"};
    return Error{ErrorCode::tampered, opening, files.database.string(),
                 head.ok() ? "the log of " + std::to_string((*head)->sequence) + " entries that " +
                                 files.head.path().string() + " tells of"
                           : "the log that " + files.head.path().string() + " belongs to",
                 "nothing"};
  }
  std::lock_guard guard(read_mutex_);
  RH_ASSIGN(reader_, open_reader());
  reader_identity_ = identity_on_disk().value_or(Identity{});
  RH_ASSIGN(const bool made, audit::check_is_audit_log(reader_));
  if (!made) return Error{ErrorCode::malformed, opening, files.database.string(), "an audit log", "an empty database"};
  return Ok{};
}

Result<Connection> AuditLog::Impl::open_reader(bool* immutable) const {
  const auto open_as = [&](Connection::Mode mode) -> Result<Connection> {
    RH_ASSIGN(auto connection, Connection::open(files.database, mode, options.busy_timeout_ms));
    RH_ASSIGN(const auto version, connection.integer("PRAGMA user_version"));  // touches the file
    (void)version;
    if (immutable != nullptr) *immutable = mode == Connection::Mode::immutable;
    return connection;
  };
  auto connection = open_as(Connection::Mode::read_only);
  // On a medium that cannot be written or is full, SQLite cannot make the file it coordinates with; without a
  // write-ahead log beside it (it may just have made an empty one), the database is complete and can be read as it is.
  if (connection.ok() || connection.error().code != ErrorCode::io || has_write_ahead_log(files.database))
    return connection;
  auto as_it_is = open_as(Connection::Mode::immutable);
  return as_it_is.ok() ? std::move(as_it_is) : std::move(connection);
}

Status AuditLog::Impl::with_index(const std::function<Status(audit::SearchIndex&)>& work) {
  std::lock_guard guard(index_mutex_);
  const auto file = options.read_only ? std::filesystem::path() : files.search;
  for (bool again = true;; again = false) {
    const auto identity = identity_on_disk().value_or(Identity{});
    const auto attempt = [&]() -> Status {
      if (!index_ || index_identity_ != identity) {
        index_.reset();
        bool immutable = false;
        RH_ASSIGN(const auto probe, open_reader(&immutable));
        RH_ASSIGN(auto index, audit::SearchIndex::open(file, files.database, immutable, options.busy_timeout_ms));
        index_ = std::move(index);
        index_identity_ = identity;
      }
      return work(*index_);
    };
    Status status = attempt();
    if (status.ok() || !again || !audit::SearchIndex::damaged(status.error())) return status;
    index_.reset();
    if (!file.empty()) audit::SearchIndex::remove(file);
  }
}

Status AuditLog::Impl::with_reader(const audit::Condition& condition, const std::function<Status(Connection&)>& work) {
  const auto in_transaction = [&](Connection& connection) -> Status {
    RH_ASSIGN(auto transaction, Transaction::begin(connection, false));
    RH_TRY(work(connection));
    return transaction.commit();
  };
  if (condition.uses_search) {
    return with_index([&](audit::SearchIndex& index) -> Status {
      RH_TRY(index.catch_up());
      return in_transaction(index.connection());
    });
  }
  std::lock_guard guard(read_mutex_);
  const auto identity = identity_on_disk().value_or(Identity{});
  if (!reader_ || reader_identity_ != identity) {
    RH_ASSIGN(reader_, open_reader());
    reader_identity_ = identity;
  }
  return in_transaction(reader_);
}

// Under the LogLock and in a write transaction.
Result<std::string> AuditLog::Impl::head_mismatch(const AuditHead& last) {
  const auto recorded = files.head.recorded();
  const auto pending = files.head.pending();
  if (!recorded.ok() && recorded.error().code != ErrorCode::malformed) return recorded.error();
  if (!pending.ok() && pending.error().code != ErrorCode::malformed) return pending.error();
  const auto recorded_head = recorded.ok() ? *recorded : std::optional<AuditHead>{};
  const auto pending_head = pending.ok() ? *pending : std::optional<AuditHead>{};

  bool fits = recorded.ok();
  if (fits && recorded_head && recorded_head->sequence > 0) {
    RH_ASSIGN(auto row, writer_.prepare("SELECT hash FROM entries WHERE sequence = ?"));
    row.bind(1, recorded_head->sequence);
    RH_ASSIGN(const bool found, row.step());
    fits = found && audit::as_hash(row.bytes(0)) == recorded_head->hash;
  }
  const std::int64_t covered = recorded_head ? recorded_head->sequence : 0;
  if (fits && covered != last.sequence) {
    fits = pending_head && *pending_head == last;
    // The program that wrote it was stopped between the commit and this.
    if (fits) RH_TRY(files.head.promote_pending());
  }
  if (fits) return std::string();
  nlohmann::json json{{"found", head_json(last)}};
  json["recorded"] = recorded_head ? head_json(*recorded_head)
                                   : nlohmann::json(recorded.ok() ? "no head file" : "an unreadable head file");
  if (pending_head) json["pending"] = head_json(*pending_head);
  return safe_dump(json);
}

Result<AuditReceipt> AuditLog::Impl::write(const char* operation, const Maker& make) {
  if (options.read_only)
    return Error{ErrorCode::invalid_argument, operation, files.database.string(), "a log opened for writing",
                 "one opened read-only"};
  const auto attempt = [&]() -> Result<AuditReceipt> {
    std::lock_guard guard(write_mutex_);
    RH_ASSIGN(const auto lock, LogLock::acquire(files.lock, options.busy_timeout_ms));
    // Set aside, restored or replaced meanwhile: what lies at the path now is the log.
    if (!writer_ || identity_on_disk() != writer_identity_) RH_TRY(open_writer());
    RH_ASSIGN(auto transaction, Transaction::begin(writer_, true));
    RH_ASSIGN(AuditHead last, audit::last_entry(writer_));
    RH_ASSIGN(std::vector<AuditEntry> entries, make(writer_));
    AuditReceipt receipt;
    if (entries.empty()) return receipt;
    RH_ASSIGN(std::string mismatch, head_mismatch(last));
    if (!mismatch.empty()) {
      AuditEntry entry;
      entry.kind = audit_kind::head_mismatch;
      entry.extra_json = std::move(mismatch);
      entries.insert(entries.begin(), std::move(entry));
      receipt.warning = "the log does not end where its head outside says: it was cut, replaced or restored";
    }
    const bool log_keeps_hashes = text_mode.load() == AuditTextMode::hashes_only;
    for (AuditEntry& entry : entries) {
      if (entry.user.empty()) entry.user = options.user;
      if (entry.program.empty()) entry.program = options.program;
      if (entry.refers_to > last.sequence)
        return Error{ErrorCode::invalid_argument, operation, "refers_to",
                     "an entry before " + std::to_string(last.sequence + 1), std::to_string(entry.refers_to)};
      const bool redacts = entry.kind == audit_kind::redaction;
      const std::int64_t target = entry.refers_to;
      const std::string part = entry.action;
      const bool hashes_only = entry.hashes_only || log_keeps_hashes;
      RH_ASSIGN(const auto prepared, audit::prepare_entry(std::move(entry), last.sequence + 1, options.clock(),
                                                          last.hash, hashes_only));
      RH_TRY(insert_row(writer_, prepared));
      if (redacts) RH_TRY(remove_content(writer_, target, part));
      last = {last.sequence + 1, prepared.hash};
    }
    RH_TRY(files.head.write_pending(last));
    // If this fails, the pending head stays: after a crash SQLite may still find the transaction complete.
    RH_TRY(transaction.commit());
    receipt.sequence = last.sequence;
    receipt.entries = static_cast<std::int64_t>(entries.size());
    receipt.hash = last.hash;
    if (const auto promoted = files.head.promote_pending(); !promoted.ok())
      receipt.warning = promoted.error().message();
    return receipt;
  };
  auto receipt = attempt();
  if (!receipt.ok()) return in_operation(receipt.error(), operation);
  return receipt;
}

std::string AuditLog::Impl::forget_removed_texts() {
  std::string warning;
  const auto warn = [&](const std::string& text) { warning += (warning.empty() ? "" : "; ") + text; };
  const auto has_index = is_there("redact", files.search);
  if (!has_index.ok() || *has_index) {
    const Status status = with_index([](audit::SearchIndex& index) -> Status {
      RH_TRY(index.catch_up());
      return index.scrub();
    });
    if (!status.ok()) warn("its words may still stand in the search index (" + status.error().message() + ")");
  }
  std::lock_guard guard(write_mutex_);
  const auto checkpoint = writer_.integer("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!checkpoint.ok() || *checkpoint != 0)
    warn("it may still stand in " + files.database.string() + "-wal until other programs close the log");
  return warning;
}

AuditLog::AuditLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AuditLog::~AuditLog() = default;

Result<std::unique_ptr<AuditLog>> AuditLog::open(AuditOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (const Status status = impl->open(); !status.ok()) return in_operation(status.error(), opening);
  return std::unique_ptr<AuditLog>(new AuditLog(std::move(impl)));
}

Result<std::filesystem::path> AuditLog::set_aside(const AuditOptions& given, const std::string& reason) {
  constexpr const char* operation = "set the audit log aside";
  const AuditOptions options = completed(given);
  const audit::LogFiles files(options);
  RH_ASSIGN(const bool there, is_there(operation, files.database));
  if (!there) return Error{ErrorCode::not_found, operation, files.database.string(), "an audit log", "nothing"};
  const std::time_t seconds = options.clock() / 1'000'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
  std::string suffix = std::string(".set-aside-") + stamp;
  for (int n = 2;; ++n) {
    RH_ASSIGN(const bool taken, is_there(operation, with_suffix(files.database, suffix)));
    if (!taken) break;
    suffix = std::string(".set-aside-") + stamp + "-" + std::to_string(n);
  }
  nlohmann::json told{{"reason", reason}, {"database", with_suffix(files.database, suffix).filename().string()}};
  {
    RH_ASSIGN(const auto lock, LogLock::acquire(files.lock, options.busy_timeout_ms));
    if (const auto head = files.head.recorded(); head.ok() && *head) told["recorded"] = head_json(**head);
    // Moving a database that others have open would damage it. Leaving write-ahead mode needs it for oneself, and
    // takes in what the write-ahead log still holds. A damaged one may refuse; then its parts are moved as they are.
    if (auto connection = Connection::open(files.database, Connection::Mode::read_write, options.busy_timeout_ms);
        connection.ok()) {
      const auto left = connection->execute("PRAGMA journal_mode=DELETE");
      if (!left.ok() && left.error().code == ErrorCode::conflict) return in_operation(left.error(), operation);
    }
    // The database goes last: until then the log is still found in its place.
    const std::filesystem::path moved[] = {files.head.path(), files.head.pending_path(),
                                           with_suffix(files.database, "-wal"), files.database};
    for (const auto& path : moved) {
      if (std::rename(path.c_str(), with_suffix(path, suffix).c_str()) != 0 && errno != ENOENT)
        return system_error(operation, path.string(), errno);
    }
    ::unlink(with_suffix(files.database, "-shm").c_str());
    audit::SearchIndex::remove(files.search);
  }
  RH_ASSIGN(const auto log, open(given));
  RH_ASSIGN(const auto receipt, log->impl_->write(operation, [&](Connection&) -> Result<std::vector<AuditEntry>> {
    AuditEntry entry;
    entry.kind = audit_kind::log_replaced;
    entry.extra_json = safe_dump(told);
    return std::vector<AuditEntry>{entry};
  }));
  (void)receipt;
  return with_suffix(files.database, suffix);
}

Result<std::filesystem::path> AuditLog::Impl::with_files_closed(const std::function<Result<std::filesystem::path>()>& work) {
  const std::scoped_lock guard(write_mutex_, read_mutex_, index_mutex_);
  writer_ = Connection();
  reader_ = Connection();
  index_.reset();
  return work();
}

Result<std::filesystem::path> AuditLog::set_aside(const std::string& reason) {
  return impl_->with_files_closed([&] { return set_aside(impl_->options, reason); });
}

const AuditOptions& AuditLog::options() const { return impl_->options; }
void AuditLog::set_text_mode(AuditTextMode mode) { impl_->text_mode.store(mode); }

void AuditLog::set_text_guard(TextGuard guard) {
  const std::lock_guard lock(impl_->guard_mutex);
  impl_->text_guard = std::move(guard);
}

Result<AuditReceipt> AuditLog::append(AuditEntry entry) {
  TextGuard guard;
  {
    const std::lock_guard lock(impl_->guard_mutex);
    guard = impl_->text_guard;
  }
  if (guard && !entry.texts.empty() && !guard(entry.texts).ok()) entry.hashes_only = true;
  RH_TRY(audit::check_entry(entry));
  return impl_->write("append to the audit log", [&](Connection&) -> Result<std::vector<AuditEntry>> {
    std::vector<AuditEntry> entries;
    entries.push_back(std::move(entry));
    return entries;
  });
}

Result<std::vector<AuditRecord>> AuditLog::query(const AuditFilter& filter, const AuditPage& page) {
  constexpr const char* operation = "search the audit log";
  if (page.limit < 1 || page.limit > 10000)
    return Error{ErrorCode::invalid_argument, operation, "page limit", "1 to 10000", std::to_string(page.limit)};
  const auto condition = audit::condition_for(filter);
  std::vector<AuditRecord> out;
  const Status status = impl_->with_reader(condition, [&](Connection& connection) {
    out.clear();
    return audit::read_records(connection, condition, page.before, page.limit, false, page.with_texts,
                               [&](AuditRecord record) {
                                 out.push_back(std::move(record));
                                 return true;
                               });
  });
  if (!status.ok()) return in_operation(status.error(), operation);
  return out;
}

Result<std::int64_t> AuditLog::count(const AuditFilter& filter) {
  const auto condition = audit::condition_for(filter);
  std::int64_t out = 0;
  if (condition.matches_none) return out;
  const Status status = impl_->with_reader(condition, [&](Connection& connection) -> Status {
    RH_ASSIGN(auto rows, connection.prepare("SELECT count(*) FROM entries WHERE " + condition.sql));
    audit::bind_values(rows, condition.values);
    RH_ASSIGN(const bool row, rows.step());
    out = row ? rows.integer(0) : 0;
    return Ok{};
  });
  if (!status.ok()) return in_operation(status.error(), "search the audit log");
  return out;
}

Result<std::vector<std::string>> AuditLog::users() {
  std::vector<std::string> out;
  const Status status = impl_->with_reader({}, [&](Connection& connection) -> Status {
    RH_ASSIGN(auto rows, connection.prepare("SELECT DISTINCT user FROM entries ORDER BY user"));
    for (;;) {
      RH_ASSIGN(const bool row, rows.step());
      if (!row) return Ok{};
      out.emplace_back(rows.bytes(0));
    }
  });
  if (!status.ok()) return in_operation(status.error(), "read from the audit log");
  return out;
}

Result<AuditRecord> AuditLog::entry(std::int64_t sequence) {
  constexpr const char* operation = "read from the audit log";
  const audit::Condition condition{"sequence = ?", {sequence}, false, false};
  std::optional<AuditRecord> out;
  const Status status = impl_->with_reader(condition, [&](Connection& connection) {
    return audit::read_records(connection, condition, 0, 1, false, true, [&](AuditRecord record) {
      out = std::move(record);
      return true;
    });
  });
  if (!status.ok()) return in_operation(status.error(), operation);
  if (!out)
    return Error{ErrorCode::not_found, operation, "entry " + std::to_string(sequence), "an entry of the log", "none"};
  return std::move(*out);
}

Result<AuditReceipt> AuditLog::redact(std::int64_t sequence, const std::string& part, const std::string& reason) {
  RH_ASSIGN(auto receipt, impl_->write("redact", [&](Connection& connection) -> Result<std::vector<AuditEntry>> {
    RH_ASSIGN(auto entries, redactions(connection, "c.sequence = ?", sequence, reason));
    if (!part.empty())
      entries.erase(std::remove_if(entries.begin(), entries.end(), [&](const auto& e) { return e.action != part; }),
                    entries.end());
    if (!entries.empty()) return entries;
    return Error{ErrorCode::not_found, "redact",
                 (part.empty() ? "texts" : "text " + part) + (" of entry " + std::to_string(sequence)),
                 "a text that is there", "none"};
  }));
  if (const auto warning = impl_->forget_removed_texts(); !warning.empty()) receipt.warning = warning;
  return receipt;
}

Result<AuditReceipt> AuditLog::redact_session(const std::string& session, const std::string& reason) {
  if (session.empty())
    return Error{ErrorCode::invalid_argument, "redact", "session", "the name of one", "an empty name"};
  RH_ASSIGN(auto receipt, impl_->write("redact", [&](Connection& connection) {
    return redactions(connection, "e.session <> '' AND e.session = ?", session, reason);
  }));
  if (receipt.entries == 0) return receipt;
  if (const auto warning = impl_->forget_removed_texts(); !warning.empty()) receipt.warning = warning;
  return receipt;
}

Result<AuditHead> AuditLog::head() {
  AuditHead out;
  const Status status = impl_->with_reader({}, [&](Connection& connection) -> Status {
    RH_ASSIGN(out, audit::last_entry(connection));
    return Ok{};
  });
  if (!status.ok()) return in_operation(status.error(), "read from the audit log");
  return out;
}

Result<std::optional<AuditHead>> AuditLog::recorded_head() { return impl_->files.head.recorded(); }

}  // namespace roundhouse
