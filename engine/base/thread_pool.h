// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace roundhouse {

// Threads for regions of a few microseconds and up. Nothing waits for a thread that has not begun to work: whoever calls
// takes pieces itself until none is left and then waits only for the pieces others have taken. Waiting means to spin for
// at most `spin` (a following region comes soon), then to sleep, so that a core that another process needs is not held.
class ThreadPool {
 public:
  // Which thread runs a piece, 0 <= worker < threads(): an index for scratch memory. Two pieces of one region with the
  // same worker never run at the same time.
  using Worker = int;

  // `threads` includes the caller of parallel_for; 1 or less: everything runs inline. Where the system refuses a thread
  // the pool works with those it got. Spinning is left out when there are more threads than processors.
  explicit ThreadPool(int threads, std::chrono::nanoseconds spin = std::chrono::microseconds(50));
  ~ThreadPool();  // no region may be running
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls function(begin, end, worker) on pieces that cover [0, count) once, in no particular order, and returns when
  // all are done: what they wrote is visible then. Every piece begins at a multiple of `grain` and, the last one
  // excepted, holds a multiple of it; so the result must not depend on where pieces end. Any thread may call: regions of
  // several threads take turns (a count of one grain or less runs inline at once), a call from inside a region runs
  // inline on the worker it is on. The first exception that a piece throws comes out here, after the others ended;
  // pieces not begun are dropped then.
  template <class Function>
  void parallel_for(std::int64_t count, std::int64_t grain, Function&& function) {
    using Plain = std::remove_reference_t<Function>;
    run(count, grain,
        [](const void* context, std::int64_t begin, std::int64_t end, Worker worker) {
          (*static_cast<Plain*>(const_cast<void*>(context)))(begin, end, worker);
        },
        std::addressof(function));
  }

 private:
  using Call = void (*)(const void* context, std::int64_t begin, std::int64_t end, Worker worker);

  void run(std::int64_t count, std::int64_t grain, Call call, const void* context);
  void take_pieces(Worker worker) noexcept;
  void enter_regions_until_stop(Worker worker);
  bool wait_for_region(std::uint64_t seen_epoch);
  void wait_for_others();
  int inside_region() const;

  // state_: epoch << 17 | open << 16 | threads of the pool at work in the region. A worker may only add itself while
  // the region is open; after closing it and the count's return to 0 the caller alone owns the region's fields.
  static constexpr std::uint64_t open_bit = 1u << 16, active_mask = open_bit - 1;
  static constexpr int epoch_shift = 17;

  std::chrono::nanoseconds spin_;
  std::mutex callers_;                          // held while a region runs
  std::atomic<std::thread::id> owner_{};        // who holds it
  // The region: written by the owner before it opens.
  Call call_ = nullptr;
  const void* context_ = nullptr;
  std::int64_t count_ = 0, piece_ = 0;
  std::exception_ptr failure_;                  // guarded by sleep_
  alignas(64) std::atomic<std::int64_t> next_{0};
  alignas(64) std::atomic<std::uint64_t> state_{0};
  alignas(64) std::atomic<int> sleepers_{0};    // workers asleep or about to be
  std::atomic<bool> owner_sleeps_{false};
  std::atomic<bool> stop_{false};
  std::mutex sleep_;
  std::condition_variable region_opened_, region_done_;
  std::vector<std::thread> workers_;
};

}  // namespace roundhouse
