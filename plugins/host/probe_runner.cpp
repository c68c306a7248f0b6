// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "plugins/host/probe_report.h"
#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kept_bytes = 256 * 1024;  // of what a probe writes; more is read and dropped

Failure unable(const std::string& what, int number) {
  return {FailureKind::probe, Phase::manifest, what + ": " + std::strerror(number)};
}

class ScratchFolder {
 public:
  ScratchFolder() {
    std::error_code error;
    std::string path = (fs::temp_directory_path(error) / "roundhouse-probe-XXXXXX").string();
    if (error) path = "/tmp/roundhouse-probe-XXXXXX";
    if (::mkdtemp(path.data())) path_ = path;
  }
  ~ScratchFolder() {
    std::error_code ignored;  // what a plugin made unremovable stays in the temporary folder
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == 0) {
      read_end = ends[0];
      write_end = ends[1];
      ::fcntl(read_end, F_SETFL, O_NONBLOCK);
    }
  }
  ~Pipe() {
    close_write();
    if (read_end >= 0) ::close(read_end);
  }
  void close_write() {
    if (write_end >= 0) ::close(write_end);
    write_end = -1;
  }
  // Takes what is there. False at the end of the stream.
  bool drain(std::string& into) const {
    char buffer[4096];
    // Bounded, so that a probe that writes without end cannot keep us from looking at the clock.
    for (int rounds = 0; rounds < 256; ++rounds) {
      const ssize_t got = ::read(read_end, buffer, sizeof buffer);
      if (got == 0) return false;
      if (got < 0) return errno == EAGAIN || errno == EINTR;
      const std::size_t room = kept_bytes - std::min(kept_bytes, into.size());
      into.append(buffer, std::min(room, static_cast<std::size_t>(got)));
    }
    return true;
  }
};

std::vector<std::string> probe_environment(const fs::path& scratch) {
  std::vector<std::string> environment = {
      "HOME=" + scratch.string(),           "TMPDIR=" + scratch.string(),         "XDG_RUNTIME_DIR=" + scratch.string(),
      "XDG_DATA_HOME=" + scratch.string(),  "XDG_CONFIG_HOME=" + scratch.string(), "XDG_CACHE_HOME=" + scratch.string(),
      "ROUNDHOUSE_DATA=" + scratch.string(), "QT_QPA_PLATFORM=offscreen",          "NO_AT_BRIDGE=1",
      "QT_LOGGING_RULES=qt.*=false"};
  for (const char* name : {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "LANGUAGE", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH"}) {
    if (const char* value = ::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

std::string last_line(const std::string& text) {
  std::size_t end = text.find_last_not_of(" \n\r\t");
  if (end == std::string::npos) return {};
  const std::size_t begin = text.find_last_of('\n', end);
  const std::size_t from = begin == std::string::npos ? 0 : begin + 1;
  return one_line(std::string_view(text).substr(from, end + 1 - from), 200);
}

int spawn(const ProbeProgram& program, const fs::path& manifest, const ScratchFolder& scratch, const Pipe& report, const Pipe& errors,
          pid_t& process) {
  // posix_spawn and not fork: the window has threads, and no code of ours may run between fork and exec.
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (const int error = ::posix_spawn_file_actions_init(&actions)) return error;
  if (const int error = ::posix_spawnattr_init(&attributes)) {
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  sigset_t none, standard;
  ::sigemptyset(&none);
  ::sigfillset(&standard);
  const std::string folder = scratch.path().string(), file = program.file.string(), manifest_text = manifest.string();
  int error = 0;
  const auto step = [&](int result) {
    if (error == 0) error = result;
  };
  // First out of the way of 0 to 3: a descriptor of ours may be one of them.
  step(::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
  step(::posix_spawn_file_actions_adddup2(&actions, errors.write_end, STDERR_FILENO));
  step(::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO));
  step(::posix_spawn_file_actions_adddup2(&actions, report.write_end, probe_report_fd));
  step(::posix_spawn_file_actions_addclosefrom_np(&actions, probe_report_fd + 1));
  step(::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str()));
  step(::posix_spawnattr_setsigmask(&attributes, &none));
  step(::posix_spawnattr_setsigdefault(&attributes, &standard));
  step(::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  if (error == 0) {
    std::vector<std::string> environment = probe_environment(scratch.path());
    std::vector<char*> variables;
    for (std::string& variable : environment) variables.push_back(variable.data());
    variables.push_back(nullptr);
    std::string name = file, first = manifest_text, second = folder;
    char* arguments[] = {name.data(), first.data(), second.data(), nullptr};
    error = ::posix_spawn(&process, file.c_str(), &actions, &attributes, arguments, variables.data());
  }
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

std::optional<Failure> run_probe_program(const ProbeProgram& program, const fs::path& manifest, const CancelToken& cancel) {
  std::error_code path_error;
  const fs::path absolute = fs::absolute(manifest, path_error);  // the probe works in another folder
  const ScratchFolder scratch;
  if (path_error || scratch.path().empty()) return unable("make a temporary folder", errno);
  Pipe report, errors;
  // Above the standard descriptors, which the child's are laid over.
  for (int* end : {&report.write_end, &errors.write_end}) {
    if (*end >= 0 && *end <= probe_report_fd) {
      const int moved = ::fcntl(*end, F_DUPFD_CLOEXEC, probe_report_fd + 1);
      ::close(*end);
      *end = moved;
    }
  }
  if (report.read_end < 0 || errors.read_end < 0 || report.write_end < 0 || errors.write_end < 0) return unable("make a pipe", errno);
  pid_t process = -1;
  if (const int error = spawn(program, absolute, scratch, report, errors, process)) {
    return unable("start " + program.file.string(), error);
  }
  report.close_write();
  errors.close_write();

  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  std::string report_text, error_text;
  ProbeEnd end;
  end.seconds = program.seconds;
  bool cancelled = false;
  // A child of the probe may hold the pipes open, so their end says nothing: the process's end does.
  for (;;) {
    pollfd waits[2] = {{report.read_end, POLLIN, 0}, {errors.read_end, POLLIN, 0}};
    siginfo_t information{};
    // WNOWAIT: the process stays, and with it the number of its group, until the rest of the group is killed.
    const bool ended = ::waitid(P_PID, static_cast<id_t>(process), &information, WEXITED | WNOHANG | WNOWAIT) != 0 ||
                       information.si_pid == process;
    report.drain(report_text);
    errors.drain(error_text);
    if (ended) break;
    const double passed = std::chrono::duration<double>(Clock::now() - begin).count();
    cancelled = cancel.cancelled();
    end.timed_out = passed > program.seconds;
    if (cancelled || end.timed_out) break;
    // Both pipes at their end are always ready: then only the clock paces this.
    if (::poll(waits, 2, 5) > 0 && ((waits[0].revents | waits[1].revents) & POLLIN) == 0) ::usleep(2000);
  }
  ::kill(-process, SIGKILL);  // with what it started and left behind
  while (::waitpid(process, &end.wait_status, 0) < 0 && errno == EINTR) {
  }
  if (cancelled) return Failure{FailureKind::probe, Phase::manifest, "cancelled"};
  end.last_words = last_line(error_text);
  return judge_probe(read_probe_lines(report_text), end);
}

}  // namespace roundhouse::plugins
