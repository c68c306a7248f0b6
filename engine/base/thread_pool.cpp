// SPDX-License-Identifier: Apache-2.0
#include "engine/base/thread_pool.h"

#include <algorithm>
#include <system_error>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace roundhouse {
namespace {

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Polls `done` for at most `limit`; whether it came true.
template <class Done>
bool spin_until(std::chrono::nanoseconds limit, Done done) {
  if (done()) return true;
  if (limit.count() <= 0) return false;
  const auto start = std::chrono::steady_clock::now();
  do {
    for (int i = 0; i < 32; ++i) {  // a few hundred nanoseconds between two looks at the clock
      relax();
      if (done()) return true;
    }
  } while (std::chrono::steady_clock::now() - start < limit);
  return false;
}

// Pieces a thread gets of a large region: enough to even out a core that somebody else slows down.
constexpr std::int64_t pieces_per_thread = 8;

}  // namespace

ThreadPool::ThreadPool(int threads, std::chrono::nanoseconds spin) : spin_(spin) {
  threads = std::clamp(threads, 1, static_cast<int>(active_mask));
  const unsigned processors = std::thread::hardware_concurrency();
  if (processors != 0 && static_cast<unsigned>(threads) > processors) spin_ = std::chrono::nanoseconds(0);
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  for (Worker worker = 1; worker < threads; ++worker) {
    try {
      workers_.emplace_back([this, worker] { enter_regions_until_stop(worker); });
    } catch (const std::system_error&) {
      break;
    }
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(sleep_);
    stop_.store(true);
  }
  region_opened_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

// The worker index of the calling thread when it is inside a region of this pool, else -1.
int ThreadPool::inside_region() const {
  const std::thread::id self = std::this_thread::get_id();
  if (owner_.load(std::memory_order_relaxed) == self) return 0;  // only this thread can have written its id
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (workers_[i].get_id() == self) return static_cast<int>(i) + 1;
  }
  return -1;
}

void ThreadPool::run(std::int64_t count, std::int64_t grain, Call call, const void* context) {
  if (count <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  if (workers_.empty()) return call(context, 0, count, 0);
  if (const int worker = inside_region(); worker >= 0) return call(context, 0, count, worker);
  if (count <= grain) return call(context, 0, count, 0);

  const std::lock_guard turn(callers_);
  owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  struct Leave {
    std::atomic<std::thread::id>& owner;
    ~Leave() { owner.store(std::thread::id(), std::memory_order_relaxed); }
  } leave{owner_};

  const std::int64_t grains = (count - 1) / grain + 1;
  const std::int64_t most_pieces = pieces_per_thread * threads();
  piece_ = grain * std::max<std::int64_t>(1, grains / most_pieces);
  call_ = call;
  context_ = context;
  count_ = count;
  next_.store(0, std::memory_order_relaxed);
  const std::uint64_t epoch = (state_.load(std::memory_order_relaxed) >> epoch_shift) + 1;
  state_.store(epoch << epoch_shift | open_bit);  // seq_cst: before the look at sleepers_, see wait_for_region

  if (sleepers_.load() > 0) {
    const std::int64_t pieces = (count - 1) / piece_ + 1;
    { const std::lock_guard lock(sleep_); }  // whoever counted itself is waiting now, or has seen the region
    if (pieces > static_cast<std::int64_t>(workers_.size())) {
      region_opened_.notify_all();
    } else {
      for (std::int64_t i = 1; i < pieces; ++i) region_opened_.notify_one();
    }
  }
  take_pieces(0);
  if ((state_.fetch_and(~open_bit) & active_mask) != 0) wait_for_others();

  std::exception_ptr failure;
  {
    const std::lock_guard lock(sleep_);
    std::swap(failure, failure_);
  }
  if (failure) std::rethrow_exception(failure);
}

void ThreadPool::take_pieces(Worker worker) noexcept {
  while (true) {
    // Cannot overflow: once past count_ each thread adds one piece at most.
    const std::int64_t begin = next_.fetch_add(piece_, std::memory_order_relaxed);
    if (begin >= count_) return;
    try {
      call_(context_, begin, std::min(begin + piece_, count_), worker);
    } catch (...) {
      next_.store(count_, std::memory_order_relaxed);
      const std::lock_guard lock(sleep_);
      if (!failure_) failure_ = std::current_exception();
    }
  }
}

void ThreadPool::wait_for_others() {
  const auto done = [this] { return (state_.load() & active_mask) == 0; };
  if (spin_until(spin_, done)) return;
  std::unique_lock lock(sleep_);
  owner_sleeps_.store(true);
  region_done_.wait(lock, done);
  owner_sleeps_.store(false);
}

// Until a region other than `seen_epoch` is there; false: the pool stops.
bool ThreadPool::wait_for_region(std::uint64_t seen_epoch) {
  const auto ready = [&] { return (state_.load() >> epoch_shift) != seen_epoch || stop_.load(); };
  if (!spin_until(spin_, ready)) {
    // Either the owner's store of state_ comes before our look at it below, or our count comes before its look at
    // sleepers_ (all four are seq_cst), and then it notifies once we wait.
    std::unique_lock lock(sleep_);
    sleepers_.fetch_add(1);
    region_opened_.wait(lock, ready);
    sleepers_.fetch_sub(1);
  }
  return !stop_.load();
}

void ThreadPool::enter_regions_until_stop(Worker worker) {
  std::uint64_t seen_epoch = 0;
  while (wait_for_region(seen_epoch)) {
    std::uint64_t state = state_.load();
    bool entered = false;
    while ((state & open_bit) != 0 && !entered) entered = state_.compare_exchange_weak(state, state + 1);
    seen_epoch = state >> epoch_shift;
    if (!entered) continue;  // it was over before we came
    take_pieces(worker);
    // Last one out of a closed region: its owner may sleep by now.
    const std::uint64_t before = state_.fetch_sub(1);
    if ((before & active_mask) == 1 && (before & open_bit) == 0 && owner_sleeps_.load()) {
      { const std::lock_guard lock(sleep_); }
      region_done_.notify_one();
    }
  }
}

}  // namespace roundhouse
