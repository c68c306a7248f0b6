// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_guard.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

namespace roundhouse::plugins {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t this_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t this_architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t this_architecture = 0;
#endif

Status limit(int resource, const char* name, rlim_t value) {
  rlimit now{};
  ::getrlimit(static_cast<__rlimit_resource_t>(resource), &now);
  const rlimit wanted{std::min(value, now.rlim_max), std::min(value, now.rlim_max)};
  if (::setrlimit(static_cast<__rlimit_resource_t>(resource), &wanted) == 0) return Ok{};
  return Error{ErrorCode::io, "limit probe", name, {}, std::strerror(errno)};
}

// Classic BPF over seccomp_data (linux/seccomp.h): the value is loaded, compared, and decides.
class Filter {
 public:
  Filter() {
    load(offsetof(seccomp_data, arch));
    // Another architecture's calls have other numbers: none is let through.
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, this_architecture, 1, 0));
    refuse();
    load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
    add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1));  // the x32 numbers
    refuse();
#endif
  }
  // Fails with EPERM.
  void deny(long call) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
    refuse();
  }
  // The same if the first argument is `value`.
  void deny_first(long call, std::uint32_t value) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 4));
    load_argument(0);
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    refuse();
    load(offsetof(seccomp_data, nr));
  }
  // Ends the process with SIGSYS.
  void forbid(long call) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1));
    end();
  }
  // Ends the process if it signals another one; signal 0 only asks whether that exists, and fails with EPERM.
  void forbid_signal(long call, std::uint32_t self, int signal_argument) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 7));
    load_argument(0);
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, self, 4, 0));
    load_argument(signal_argument);
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1));
    refuse();
    end();
    load(offsetof(seccomp_data, nr));
  }

  bool install() {
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  void add(sock_filter instruction) { code_.push_back(instruction); }
  void load(std::size_t offset) { add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset))); }
  void refuse() { add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)); }
  void end() { add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)); }
  // The low half, where a process number and a signal stand (little endian).
  void load_argument(int index) { load(offsetof(seccomp_data, args) + 8 * static_cast<std::size_t>(index)); }
  std::vector<sock_filter> code_;
};

}  // namespace

Status restrict_this_process(const ProbeLimits& limits) {
  RH_TRY(limit(RLIMIT_CORE, "core dumps", 0));
  RH_TRY(limit(RLIMIT_CPU, "processor time", static_cast<rlim_t>(limits.cpu_seconds)));
  RH_TRY(limit(RLIMIT_FSIZE, "file size", static_cast<rlim_t>(limits.file_bytes)));
  RH_TRY(limit(RLIMIT_NOFILE, "open files", 256));
  if (limits.memory_bytes > 0) RH_TRY(limit(RLIMIT_AS, "memory", static_cast<rlim_t>(limits.memory_bytes)));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Error{ErrorCode::io, "limit probe", "privileges", {}, std::strerror(errno)};
  }
  if (this_architecture == 0) return Ok{};
  Filter filter;
  const auto self = static_cast<std::uint32_t>(::getpid());
  filter.forbid_signal(SYS_kill, self, 1);
  filter.forbid_signal(SYS_rt_sigqueueinfo, self, 1);
  filter.forbid_signal(SYS_tgkill, self, 2);
  filter.forbid_signal(SYS_rt_tgsigqueueinfo, self, 2);
  for (long call : {SYS_tkill, SYS_pidfd_send_signal, SYS_ptrace, SYS_process_vm_writev, SYS_process_vm_readv}) filter.forbid(call);
  for (long call : {SYS_pidfd_open, SYS_io_uring_setup}) filter.deny(call);
  filter.deny_first(SYS_socket, AF_INET);
  filter.deny_first(SYS_socket, AF_INET6);
  filter.install();  // a kernel without filters: the limits above are what there is
  return Ok{};
}

}  // namespace roundhouse::plugins
