// SPDX-License-Identifier: Apache-2.0
#include "engine/train/run_folder.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include "engine/base/system_error.h"
#include "roundhouse/atomic_file.h"

namespace roundhouse {

namespace {

namespace fs = std::filesystem;

constexpr const char* operation = "open run";

std::string utc_now() {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), (now - seconds).count());
}

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("write events", path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return Ok{};
}

}  // namespace

Result<RunFolder> RunFolder::open(const std::string& path, bool resume) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Error{ErrorCode::io, operation, path, {}, error.message()};
  const std::string lock_path = (fs::path(path) / "run.lock").string(), events_path = (fs::path(path) / "events.jsonl").string();
  UniqueFd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!lock) return system_error(operation, lock_path, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Error{ErrorCode::conflict, operation, path, "a run that no process works on", "a running one"};
    return system_error(operation, lock_path, errno);
  }
  const bool run_there = fs::exists(events_path, error);
  if (run_there && !resume) return Error{ErrorCode::conflict, operation, path, "a folder without a run (or to resume it)", "a run"};
  if (!resume) {
    // What a run writes and deletes under these names must be its own.
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      constexpr std::array taken{"adapter", "adapter.gguf", "adapter.safetensors", "weights.safetensors", "merged", "merged.gguf"};
      if (name.starts_with("checkpoint-") || std::find(taken.begin(), taken.end(), name) != taken.end()) {
        return Error{ErrorCode::conflict, operation, path, "a folder without the results of another", name};
      }
    }
  }
  if (!run_there && resume) return Error{ErrorCode::conflict, operation, path, "a run to resume", "none"};
  const std::string id = fmt::format("{}\n", ::getpid());
  if (::ftruncate(lock.get(), 0) != 0 || ::pwrite(lock.get(), id.data(), id.size(), 0) < 0) return system_error(operation, lock_path, errno);
  UniqueFd events(::open(events_path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!events) return system_error(operation, events_path, errno);
  struct stat state {};
  if (::fstat(events.get(), &state) != 0) return system_error(operation, events_path, errno);
  if (!S_ISREG(state.st_mode)) return Error{ErrorCode::invalid_argument, operation, events_path, "a file", "something else"};
  char last = '\n';
  if (state.st_size > 0 && ::pread(events.get(), &last, 1, state.st_size - 1) == 1 && last != '\n') {
    RH_TRY(write_all(events.get(), "\n", events_path));  // of a process that was killed while it wrote
  }
  return RunFolder(path, std::move(lock), std::move(events));
}

Status RunFolder::keep_job(const std::string& yaml) {
  const fs::path job = fs::path(path_) / "job.yaml";
  std::error_code error;
  if (fs::exists(job, error)) return Ok{};
  return write_file_atomically(job.string(), yaml);
}

Status RunFolder::tell(const char* name, Json event, bool durable) {
  event["event"] = name;
  event["time"] = utc_now();
  const std::string line = dump_json(event);
  const std::string path = (fs::path(path_) / "events.jsonl").string();
  const off_t before = ::lseek(events_.get(), 0, SEEK_END);
  Status written = write_all(events_.get(), line + "\n", path);
  if (!written.ok() && before >= 0 && ::ftruncate(events_.get(), before) != 0) written = system_error("write events", path, errno);  // no half line
  if (written.ok() && durable && ::fsync(events_.get()) != 0) written = system_error("write events", path, errno);
  if (listener_) listener_(line);
  return written;
}

}  // namespace roundhouse
