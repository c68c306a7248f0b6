// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/audit/entry_codec.h"
#include "engine/audit/head_file.h"
#include "engine/audit/search_index.h"
#include "engine/audit/sqlite.h"
#include "roundhouse/audit.h"

namespace roundhouse::audit {

// The files of one log.
struct LogFiles {
  explicit LogFiles(const AuditOptions& options);
  std::filesystem::path database, lock, search;
  HeadFile head;
};

// `error` as seen by the caller of `operation`.
Error in_operation(Error error, const char* operation);

Result<AuditHead> last_entry(Connection& connection);

// A condition on `entries`, with its values.
struct Condition {
  std::string sql = "1";
  std::vector<Value> values;
  bool uses_search = false;   // needs the connection of a SearchIndex
  bool matches_none = false;  // the text asked for holds nothing that can be searched
};
Condition condition_for(const AuditFilter& filter);
// Binds from `index` on; returns the index after the last.
int bind_values(Statement& statement, const std::vector<Value>& values, int index = 1);

// Fills in what `contents` and the redactions say of a record's parts.
class ContentReader {
 public:
  static Result<ContentReader> prepare(Connection& connection);
  Status fill(AuditRecord& record, bool with_texts);

 private:
  Statement contents_, redactions_;
};

// What the chain and its head outside say of the log as `connection` sees it in its transaction.
Result<AuditVerifyReport> check_chain(Connection& connection, const LogFiles& files,
                                      const Result<std::optional<AuditHead>>& recorded,
                                      const Result<std::optional<AuditHead>>& pending, const AuditProgress& progress,
                                      const CancelToken& cancel);

// Calls `take` for each record that matches, newest first (or oldest first). Stops when it returns false.
Status read_records(Connection& connection, const Condition& condition, std::int64_t before, int limit,
                    bool oldest_first, bool with_texts, const std::function<bool(AuditRecord)>& take);

}  // namespace roundhouse::audit

namespace roundhouse {

class AuditLog::Impl {
 public:
  explicit Impl(AuditOptions given);

  Status open();

  // Entries made under the write lock, from what the log holds at that moment.
  using Maker = std::function<Result<std::vector<AuditEntry>>(audit::Connection&)>;
  Result<AuditReceipt> write(const char* operation, const Maker& make);

  Result<audit::Connection> open_reader(bool* immutable = nullptr) const;
  // Runs `work` on the search index, making the index anew once if it turns out to be damaged.
  Status with_index(const std::function<Status(audit::SearchIndex&)>& work);
  // Runs `work` on a connection that can evaluate `condition`, in a read transaction.
  Status with_reader(const audit::Condition& condition, const std::function<Status(audit::Connection&)>& work);

  Result<AuditExportReceipt> write_export(bool csv, const std::filesystem::path& file,
                                          const AuditExportOptions& export_options, const AuditProgress& progress,
                                          const CancelToken& cancel);

  std::string forget_removed_texts();  // a warning, or empty

  // Runs `work` while no connection of this log is open; they are opened anew when they are needed.
  Result<std::filesystem::path> with_files_closed(const std::function<Result<std::filesystem::path>()>& work);

  AuditOptions options;
  audit::LogFiles files;
  std::atomic<AuditTextMode> text_mode;
  std::mutex guard_mutex;
  AuditLog::TextGuard text_guard;  // guarded by guard_mutex

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Identity&) const = default;
  };
  std::optional<Identity> identity_on_disk() const;
  Status open_writer();
  // Why the head outside and the database do not belong together, as JSON; empty when they do.
  Result<std::string> head_mismatch(const AuditHead& last);

  std::mutex write_mutex_;
  audit::Connection writer_;  // guarded by write_mutex_
  Identity writer_identity_;  // guarded by write_mutex_

  std::mutex read_mutex_;
  audit::Connection reader_;  // guarded by read_mutex_
  Identity reader_identity_;  // guarded by read_mutex_

  std::mutex index_mutex_;
  std::optional<audit::SearchIndex> index_;  // guarded by index_mutex_
  Identity index_identity_;                  // guarded by index_mutex_; of the log it was opened for
};

}  // namespace roundhouse
