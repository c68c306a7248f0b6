// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/audit/sqlite.h"
#include "roundhouse/cancel.h"
#include "roundhouse/result.h"

namespace roundhouse::audit {

// The full-text index over an audit log: a database of its own beside it ("<log>.search"), made from the log and made
// anew from it whenever it does not fit. It proves nothing and the log never reads evidence from it. One thread at a
// time; other programs may use the same file.
class SearchIndex {
 public:
  // `file` empty: a temporary index for this object alone (read-only logs).
  static Result<SearchIndex> open(const std::filesystem::path& file, const std::filesystem::path& log,
                                  bool immutable_log, int busy_timeout_ms);

  // Takes in what was appended or redacted since.
  Status catch_up(const CancelToken& cancel = {});
  // Overwrites what the file still holds of removed texts.
  Status scrub();

  // The connection sees the log's tables `entries` and `contents`, and the index as `search` (rowid = sequence).
  Connection& connection() { return connection_; }

  // Compares every entry with its document and the index with its documents. What differs is listed, in words.
  Result<std::vector<std::string>> differences(const CancelToken& cancel);
  Status rebuild(const CancelToken& cancel = {});

  // Whether a failure of an index means that its file is of no use and should be removed and made anew.
  static bool damaged(const Error& error);
  static void remove(const std::filesystem::path& file);

 private:
  Connection connection_;
};

}  // namespace roundhouse::audit
