// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

namespace roundhouse {

// Keeps the process alive when a mapped file shrinks under it, or its disk fails. Touching a page that
// the file no longer has raises SIGBUS; while a range is guarded, a handler puts zero pages over the rest
// of the range from the faulting page on, marks the guard as poisoned, and lets the access go on.
// The reader sees zeros and must ask poisoned() before it believes a result (MappedFile::verify_unchanged
// does that).
//
// Signal dispositions belong to the process, so the list of ranges and the handler do too: the handler is
// installed with the first guard and stays. It touches only atomics and calls mmap (a plain system call on
// Linux), takes no lock, and passes every SIGBUS outside guarded ranges to the handler that was there before
// (the default: the process ends as it would have without us). Whoever installs a SIGBUS handler later must
// chain to ours. Threads that read guarded memory must not block SIGBUS.
//
// Guards may be made, asked and destroyed from any thread. A guard ends before its range is unmapped, and
// no thread may touch the range then.
class SigbusGuard {
 public:
  SigbusGuard() = default;
  // Guards [begin, begin + length), whole pages of one mapping; begin is at the start of a page.
  SigbusGuard(const void* begin, std::size_t length);
  ~SigbusGuard();
  SigbusGuard(SigbusGuard&& other) noexcept;
  SigbusGuard& operator=(SigbusGuard&& other) noexcept;

  bool poisoned() const;

 private:
  struct Slot;
  struct Registry;
  Slot* slot_ = nullptr;
};

}  // namespace roundhouse
