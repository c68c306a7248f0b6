// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "engine/audit/absolute_path.h"
#include "engine/base/system_error.h"

namespace roundhouse::audit {
namespace {

ErrorCode code_for(int rc) {
  switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorCode::conflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::malformed;
    case SQLITE_NOMEM: return ErrorCode::out_of_memory;
    case SQLITE_TOOBIG: return ErrorCode::limit;
    case SQLITE_INTERRUPT: return ErrorCode::cancelled;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH: return ErrorCode::io;
    default: return ErrorCode::internal;
  }
}

std::string expectation_for(int rc, int system_error) {
  if (system_error == ENOSPC || system_error == EDQUOT) return "room on the disk";
  switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "to get the database's lock in time";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "an undamaged SQLite database";
    case SQLITE_FULL: return "room on the disk";
    case SQLITE_IOERR: return "a disk that can be read and written";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM: return "a database that can be read and written here";
    default: return "";
  }
}

// What the last call on `database` failed with; without one (nothing could be opened), what `rc` says.
Error failure(int rc, sqlite3* database, const std::string& name, std::string operation) {
  const int group = rc & 0xff;
  const bool of_system = group == SQLITE_IOERR || group == SQLITE_CANTOPEN;  // for others it is one of an earlier call
  const int number = of_system && database != nullptr ? sqlite3_system_errno(database) : 0;
  std::string received = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(rc);
  if (number != 0) {
    received += ": " + system_error(operation, name, number).received;
  } else if (group == SQLITE_IOERR) {
    received += " (code " + std::to_string(rc) + ")";
  }
  return Error{code_for(rc), std::move(operation), name, expectation_for(rc, number), std::move(received)};
}

// SQLite would wait for somebody at a pipe's other end, and read from a device for ever.
Status require_regular_files(const std::filesystem::path& database) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string path = database.string() + suffix;
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode)) continue;  // what cannot be looked at, SQLite tells
    return Error{ErrorCode::io, "open the database", path, "a regular file", S_ISDIR(info.st_mode) ? "a folder" : "a special file"};
  }
  return Ok{};
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), name_(other.name_), bind_failure_(other.bind_failure_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  std::swap(name_, other.name_);
  std::swap(bind_failure_, other.bind_failure_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(int index, std::int64_t value) {
  if (const int rc = sqlite3_bind_int64(statement_, index, value); rc != SQLITE_OK) bind_failure_ = rc;
}

void Statement::bind_text(int index, std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  const int rc = sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (rc != SQLITE_OK) bind_failure_ = rc;
}

void Statement::bind_blob(int index, std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  if (const int rc = sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_TRANSIENT); rc != SQLITE_OK)
    bind_failure_ = rc;
}

void Statement::bind_null(int index) {
  if (const int rc = sqlite3_bind_null(statement_, index); rc != SQLITE_OK) bind_failure_ = rc;
}

Result<bool> Statement::step() {
  if (bind_failure_ != SQLITE_OK) {
    const int rc = std::exchange(bind_failure_, SQLITE_OK);
    return failure(rc, nullptr, *name_, "pass a value to the database");
  }
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  sqlite3* database = sqlite3_db_handle(statement_);
  const bool writes = sqlite3_stmt_readonly(statement_) == 0;
  Error error = failure(sqlite3_extended_errcode(database), database, *name_,
                        writes ? "write to the database" : "read from the database");
  sqlite3_reset(statement_);
  return error;
}

Status Statement::run() {
  RH_ASSIGN(const bool row, step());
  (void)row;
  reset();
  return Ok{};
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bind_failure_ = SQLITE_OK;
}

int Statement::type(int column) const { return sqlite3_column_type(statement_, column); }
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::bytes(int column) const {
  const int kind = type(column);
  if (kind != SQLITE_TEXT && kind != SQLITE_BLOB) return {};
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data != nullptr ? std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size))
                         : std::string_view();
}

Connection::Connection(Connection&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      name_(std::move(other.name_)),
      interrupt_(std::move(other.interrupt_)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(name_, other.name_);
  std::swap(interrupt_, other.interrupt_);
  return *this;
}

Connection::~Connection() { sqlite3_close_v2(database_); }

Result<Connection> Connection::open(const std::filesystem::path& path, Mode mode, int busy_timeout_ms) {
  Connection connection;
  connection.name_ = std::make_unique<std::string>(path.empty() ? "temporary database" : path.string());
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
  std::string uri;  // for SQLite an empty name is a temporary database
  switch (mode) {
    case Mode::read_only: flags |= SQLITE_OPEN_READONLY; break;
    case Mode::immutable: flags |= SQLITE_OPEN_READONLY; break;
    case Mode::read_write: flags |= SQLITE_OPEN_READWRITE; break;
    case Mode::create: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE; break;
  }
  if (!path.empty()) RH_TRY(require_regular_files(path));
  if (!path.empty()) uri = file_uri(path, mode == Mode::immutable ? "immutable=1" : "");
  const int rc = sqlite3_open_v2(uri.c_str(), &connection.database_, flags, nullptr);
  if (rc != SQLITE_OK) return failure(rc, connection.database_, *connection.name_, "open the database");
  sqlite3_busy_timeout(connection.database_, busy_timeout_ms);
  // A damaged or hostile file must not make SQLite run functions or trust its own schema.
  sqlite3_db_config(connection.database_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(connection.database_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(connection.database_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  return connection;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int rc = sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (rc != SQLITE_OK) return failure(rc, database_, *name_, "read from the database");
  return Statement(statement, name_.get());
}

Status Connection::execute(const std::string& sql) {
  const int rc = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) return failure(rc, database_, *name_, "write to the database");
  return Ok{};
}

Result<std::int64_t> Connection::integer(std::string_view sql) {
  RH_ASSIGN(Statement statement, prepare(sql));
  RH_ASSIGN(const bool row, statement.step());
  if (!row) return Error{ErrorCode::not_found, "read from the database", *name_, "a row", "none"};
  return statement.integer(0);
}

bool Connection::in_transaction() const { return database_ != nullptr && sqlite3_get_autocommit(database_) == 0; }
std::int64_t Connection::changes() const { return sqlite3_changes64(database_); }

void Connection::set_interrupt(std::function<bool()> interrupt) {
  interrupt_ = std::make_unique<std::function<bool()>>(std::move(interrupt));
  sqlite3_progress_handler(
      database_, 10000, [](void* f) { return (*static_cast<std::function<bool()>*>(f))() ? 1 : 0; }, interrupt_.get());
}

Result<Transaction> Transaction::begin(Connection& connection, bool immediate) {
  RH_TRY(connection.execute(immediate ? "BEGIN IMMEDIATE" : "BEGIN"));
  return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ != nullptr && connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
}

Status Transaction::commit() {
  RH_TRY(connection_->execute("COMMIT"));
  connection_ = nullptr;
  return Ok{};
}

std::string sql_text(std::string_view text) {
  std::string out(1, '\'');
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  out += '\'';
  return out;
}

std::string file_uri(const std::filesystem::path& path, std::string_view query) {
  std::string out = "file:";
  for (const char c : absolute_path(path).string()) {
    if (c == '?' || c == '#' || c == '%') {
      constexpr char digits[] = "0123456789abcdef";
      out += '%';
      out += digits[(static_cast<unsigned char>(c) >> 4) & 15];
      out += digits[static_cast<unsigned char>(c) & 15];
    } else {
      out += c;
    }
  }
  if (!query.empty()) out.append("?").append(query);
  return out;
}

}  // namespace roundhouse::audit
