// SPDX-License-Identifier: Apache-2.0
#include "engine/io/sigbus_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>
#include <utility>

namespace roundhouse {

// A range as the handler sees it; begin is 0 while unused. Slots live for the whole process, so the handler
// may look at one at any moment.
struct SigbusGuard::Slot {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<bool> poisoned{false};
  bool taken = false;  // guarded by Registry::mutex
};

struct SigbusGuard::Registry {
  struct Chunk {
    Slot slots[64];
    Chunk* next = nullptr;  // set before the chunk is published
  };

  std::mutex mutex;
  std::atomic<Chunk*> chunks{nullptr};  // only grows
  bool installed = false;               // guarded by mutex
  std::uintptr_t page_bytes = 4096;     // written before the handler is installed
  struct sigaction previous {};         // written before the handler is installed

  // Never destroyed: a fault may come while static objects are being torn down.
  static Registry& instance() {
    static Registry* const registry = new Registry;
    return *registry;
  }

  Slot* take() {
    const std::lock_guard lock(mutex);
    if (!installed) install();
    for (Chunk* chunk = chunks.load(); chunk != nullptr; chunk = chunk->next) {
      for (Slot& slot : chunk->slots) {
        if (!slot.taken) {
          slot.taken = true;
          return &slot;
        }
      }
    }
    auto* const chunk = new Chunk;
    chunk->next = chunks.load();
    chunk->slots[0].taken = true;
    chunks.store(chunk);
    return &chunk->slots[0];
  }

  void give_back(Slot* slot) {
    const std::lock_guard lock(mutex);
    slot->taken = false;
  }

  void install() {
    page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    ::sigaction(SIGBUS, nullptr, &previous);
    struct sigaction ours {};
    ours.sa_sigaction = &on_sigbus;
    ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&ours.sa_mask);
    ::sigaction(SIGBUS, &ours, nullptr);
    installed = true;
  }

  // Async-signal-safe.
  bool cover(std::uintptr_t address) {
    for (Chunk* chunk = chunks.load(); chunk != nullptr; chunk = chunk->next) {
      for (Slot& slot : chunk->slots) {
        const std::uintptr_t begin = slot.begin.load();
        const std::uintptr_t end = slot.end.load();
        // A slot that changes hands passes through begin == 0; the pair is one range only if begin stayed.
        if (begin == 0 || slot.begin.load() != begin || address < begin || address >= end) continue;
        slot.poisoned.store(true);
        const std::uintptr_t page = address & ~(page_bytes - 1);
        // The bare system call: nothing of the C library or a sanitizer comes between.
        return ::syscall(SYS_mmap, page, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != -1;
      }
    }
    return false;
  }

  static void on_sigbus(int signal, siginfo_t* info, void* context) {
    const int saved_errno = errno;
    Registry& registry = instance();
    const bool from_kernel = info->si_code > 0;
    if (from_kernel && registry.cover(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
      errno = saved_errno;
      return;
    }
    const struct sigaction& previous = registry.previous;
    if (previous.sa_flags & SA_SIGINFO) {
      previous.sa_sigaction(signal, info, context);
    } else if (previous.sa_handler == SIG_IGN && !from_kernel) {
      // Sent by someone, and ignored before us.
    } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
      // A fault is repeated on return and then ends the process; a sent signal is sent again.
      ::signal(SIGBUS, SIG_DFL);
      if (!from_kernel) ::raise(SIGBUS);
    } else {
      previous.sa_handler(signal);
    }
    errno = saved_errno;
  }
};

SigbusGuard::SigbusGuard(const void* begin, std::size_t length) : slot_(Registry::instance().take()) {
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  const std::uintptr_t page_bytes = Registry::instance().page_bytes;
  slot_->poisoned.store(false);
  slot_->end.store((address + length + page_bytes - 1) & ~(page_bytes - 1));
  slot_->begin.store(address);
}

SigbusGuard::~SigbusGuard() {
  if (slot_ == nullptr) return;
  slot_->begin.store(0);
  Registry::instance().give_back(slot_);
}

SigbusGuard::SigbusGuard(SigbusGuard&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}

SigbusGuard& SigbusGuard::operator=(SigbusGuard&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}

bool SigbusGuard::poisoned() const { return slot_ != nullptr && slot_->poisoned.load(); }

}  // namespace roundhouse
