// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "roundhouse/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace roundhouse::audit {

// A prepared statement. It must not outlive its Connection. A failed bind is reported by the next step().
class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  explicit operator bool() const { return statement_ != nullptr; }

  void bind(int index, std::int64_t value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::string_view value);
  void bind_null(int index);

  Result<bool> step();  // true: a row is there
  Status run();         // for statements without rows
  void reset();         // ready for the next step(); bindings are cleared

  // Columns of the current row; views last until the next step() or reset().
  int type(int column) const;  // SQLITE_INTEGER, ...
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view bytes(int column) const;  // of a text or blob; empty for others

 private:
  friend class Connection;
  Statement(sqlite3_stmt* statement, const std::string* name) : statement_(statement), name_(name) {}
  sqlite3_stmt* statement_ = nullptr;
  const std::string* name_ = nullptr;  // of the database, for messages
  int bind_failure_ = 0;
};

// One database connection: one thread at a time.
class Connection {
 public:
  enum class Mode { read_only, immutable, read_write, create };  // immutable: no other program writes; no lock is taken

  Connection() = default;
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  // An empty path opens a temporary database that is deleted on closing.
  static Result<Connection> open(const std::filesystem::path& path, Mode mode, int busy_timeout_ms);

  Result<Statement> prepare(std::string_view sql);
  Status execute(const std::string& sql);  // one or more statements, rows are ignored
  Result<std::int64_t> integer(std::string_view sql);  // first column of the first row
  bool in_transaction() const;
  std::int64_t changes() const;  // rows changed by the last INSERT, UPDATE or DELETE

  // Called now and then while a statement runs; true stops it with ErrorCode::cancelled.
  void set_interrupt(std::function<bool()> interrupt);

  explicit operator bool() const { return database_ != nullptr; }
  const std::string& name() const { return *name_; }

 private:
  sqlite3* database_ = nullptr;
  std::unique_ptr<std::string> name_;
  std::unique_ptr<std::function<bool()>> interrupt_;
};

// Rolls back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection, bool immediate);
  Transaction(Transaction&& other) noexcept : connection_(other.connection_) { other.connection_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

// A text as SQL writes it: 'it''s'.
std::string sql_text(std::string_view text);

// "file:" URI of a path for ATTACH; `query` such as "mode=ro".
std::string file_uri(const std::filesystem::path& path, std::string_view query);

}  // namespace roundhouse::audit
