// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <QtTest>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "roundhouse/audit.h"

// Throws inside tests: Qt Test reports it as a failure with its text.
template <class T>
T must(roundhouse::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// SQLite as any other program would use it.
class RawDatabase {
 public:
  explicit RawDatabase(const std::filesystem::path& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) throw std::runtime_error("cannot open " + path.string());
    sqlite3_busy_timeout(database_, 2000);
    run("PRAGMA synchronous=OFF");
  }
  ~RawDatabase() { sqlite3_close(database_); }
  RawDatabase(const RawDatabase&) = delete;

  using Row = std::vector<std::string>;
  // "" of an error, else its message.
  std::string try_run(const std::string& sql) {
    char* message = nullptr;
    sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, &message);
    const std::string out = message != nullptr ? message : "";
    sqlite3_free(message);
    return out;
  }
  void run(const std::string& sql) {
    if (const auto error = try_run(sql); !error.empty()) throw std::runtime_error(error + " in " + sql);
  }
  std::vector<Row> rows(const std::string& sql) {
    std::vector<Row> out;
    char* message = nullptr;
    const auto take = [](void* to, int count, char** values, char**) {
      Row row;
      for (int i = 0; i < count; ++i) row.emplace_back(values[i] != nullptr ? values[i] : "");
      static_cast<std::vector<Row>*>(to)->push_back(std::move(row));
      return 0;
    };
    sqlite3_exec(database_, sql.c_str(), take, &out, &message);
    if (message != nullptr) {
      const std::string text = message;
      sqlite3_free(message);
      throw std::runtime_error(text + " in " + sql);
    }
    return out;
  }
  sqlite3* handle() { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

// A folder with a log whose clock ticks a second an entry; in memory where the system offers that.
class LogFolder {
 public:
  LogFolder()
      : dir_(QFileInfo(QStringLiteral("/dev/shm")).isWritable() ? QStringLiteral("/dev/shm/roundhouse-test-XXXXXX")
                                                                 : QDir::tempPath() + QStringLiteral("/roundhouse-test-XXXXXX")) {
    if (!dir_.isValid()) throw std::runtime_error("no temporary folder");
  }
  std::filesystem::path path() const { return dir_.path().toStdString(); }
  std::filesystem::path database() const { return path() / "audit.db"; }
  std::filesystem::path head() const { return path() / "audit.head"; }

  roundhouse::AuditOptions options() const {
    auto options = roundhouse::AuditOptions::in(path());
    options.user = "ada";
    options.program = "test";
    options.clock = [now = std::make_shared<std::int64_t>(1'700'000'000'000'000'000)] {
      return *now += 1'000'000'000;
    };
    return options;
  }
  std::unique_ptr<roundhouse::AuditLog> open() const { return must(roundhouse::AuditLog::open(options())); }
  std::unique_ptr<roundhouse::AuditLog> open_read_only() const {
    auto read_only = options();
    read_only.read_only = true;
    return must(roundhouse::AuditLog::open(read_only));
  }

 private:
  QTemporaryDir dir_;
};

inline roundhouse::AuditEntry note(const std::string& kind, const std::string& action = {}) {
  roundhouse::AuditEntry entry;
  entry.kind = kind;
  entry.action = action;
  return entry;
}

// One of each sort: with and without texts, only hashes, redacted in part, unfinished.
inline void fill_log(roundhouse::AuditLog& log) {
  using namespace roundhouse;
  AuditEntry load = note("model_load");
  load.model_name = "mini";
  load.model_digest = "sha256:0123";
  load.extra_json = R"({"bytes": 42})";
  must(log.append(load));

  AuditEntry started = note("generation_started");
  started.session = "conversation-1";
  started.model_name = "mini";
  started.model_digest = "sha256:0123";
  started.settings_json = R"({"temperature": 0.7})";
  started.edits_json = R"([{"disable": [3, 7]}])";
  started.prompt_tokens = 12;
  started.texts = {{"prompt", "Which experts answer 混合专家模型 questions?"}, {"system", "Be brief."}};
  const auto first = must(log.append(started));
  AuditEntry finished = started;
  finished.kind = "generation";
  finished.refers_to = first.sequence;
  finished.answer_tokens = 34;
  finished.extra_json = R"({"finish": "stop"})";
  finished.texts = {{"answer", "Experts 3 and 7, mostly."}};
  must(log.append(finished));

  AuditEntry secret = started;
  secret.session = "conversation-2";
  secret.hashes_only = true;
  secret.texts = {{"prompt", "my secret question"}};
  must(log.append(secret));

  AuditEntry plugin = note("plugin", "classified");
  plugin.plugin = "org.example.qc";
  plugin.user = "bob";
  plugin.texts = {{"prompt", "scratch on part 17"}, {"answer", ""}};
  must(log.append(plugin));
  must(log.redact(first.sequence, "system", "asked by the user"));
  must(log.append(note("settings", "offline")));
}

inline std::string described(const roundhouse::AuditVerifyReport& report) {
  std::string out;
  for (const auto& finding : report.findings) out += std::to_string(finding.entry) + ": " + finding.what + "\n";
  for (const auto& note : report.notes) out += "note: " + note.what + "\n";
  return out;
}

inline bool names(const roundhouse::AuditVerifyReport& report, std::int64_t entry) {
  for (const auto& finding : report.findings)
    if (finding.entry == entry) return true;
  return false;
}
