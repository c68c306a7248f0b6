// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "engine/base/unique_fd.h"
#include "engine/io/json.h"
#include "roundhouse/result.h"

namespace roundhouse {

// The folder of one run (roundhouse/training_run.h), locked for this process as long as this lives. One thread at a time.
class RunFolder {
 public:
  // Makes the folder where it is missing. `conflict`: another process runs it; or it holds a run and `resume` is false; or `resume`
  // is true and it holds none.
  static Result<RunFolder> open(const std::string& path, bool resume);

  const std::string& path() const { return path_; }
  // Writes job.yaml, when none is there yet.
  Status keep_job(const std::string& yaml);

  // Appends `event` with "event" and "time" before it, as one line; the line is also given to `listener`, even if it could
  // not be written. `durable`: not before it is on the disk.
  Status tell(const char* name, Json event, bool durable = false);
  void listen(std::function<void(const std::string& line)> listener) { listener_ = std::move(listener); }

 private:
  RunFolder(std::string path, UniqueFd lock, UniqueFd events) : path_(std::move(path)), lock_(std::move(lock)), events_(std::move(events)) {}

  std::string path_;
  UniqueFd lock_, events_;
  std::function<void(const std::string&)> listener_;
};

}  // namespace roundhouse
