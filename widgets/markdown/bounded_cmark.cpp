// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/bounded_cmark.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

namespace roundhouse::widgets {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kAlign = 16;
constexpr std::size_t kSlab = 256 * 1024;

std::size_t aligned(std::size_t size) { return (size + kAlign - 1) / kAlign * kAlign; }

}  // namespace

// A bump allocator. cmark's allocator functions have no context argument, hence the thread's current arena.
class BoundedCmark::Arena {
 public:
  Arena(Clock::time_point deadline, std::size_t budget) : deadline_(deadline), budget_(budget) {}
  ~Arena() {
    for (void* slab : slabs_) std::free(slab);
  }

  // Zeroed memory, or a jump out of the parse: the C frames in between own nothing outside the arena.
  void* take(std::size_t size) {
    if (++calls_ % 64 == 0 && Clock::now() > deadline_) escape(CmarkOutcome::OutOfTime);
    if (size > budget_) escape(CmarkOutcome::OutOfMemory);
    const std::size_t whole = aligned(size) + kAlign;
    if (used_ + whole > budget_) escape(CmarkOutcome::OutOfMemory);
    if (whole > left_) {
      const std::size_t slab = std::max(kSlab, whole);
      void* memory = std::calloc(1, slab);
      if (!memory) escape(CmarkOutcome::OutOfMemory);
      slabs_.push_back(memory);
      next_ = static_cast<char*>(memory);
      left_ = slab;
    }
    char* block = next_;
    next_ += whole;
    left_ -= whole;
    used_ += whole;
    std::memcpy(block, &size, sizeof size);
    return block + kAlign;
  }

  void* grow(void* old, std::size_t size) {
    if (!old) return take(size);
    std::size_t had = 0;
    std::memcpy(&had, static_cast<char*>(old) - kAlign, sizeof had);
    if (size <= had) return old;
    void* fresh = take(size);
    std::memcpy(fresh, old, had);
    return fresh;
  }

  static thread_local Arena* current;
  std::jmp_buf jump;
  CmarkOutcome reason = CmarkOutcome::Parsed;

 private:
  [[noreturn]] void escape(CmarkOutcome why) {
    reason = why;
    std::longjmp(jump, 1);
  }

  Clock::time_point deadline_;
  std::size_t budget_;
  std::size_t used_ = 0;
  std::size_t calls_ = 0;
  std::vector<void*> slabs_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

thread_local BoundedCmark::Arena* BoundedCmark::Arena::current = nullptr;

namespace {

void* arenaCalloc(std::size_t count, std::size_t size) {
  const bool overflow = size != 0 && count > SIZE_MAX / size;
  return BoundedCmark::Arena::current->take(overflow ? SIZE_MAX : count * size);
}
void* arenaRealloc(void* old, std::size_t size) { return BoundedCmark::Arena::current->grow(old, size); }
void arenaFree(void*) {}

cmark_mem arena_memory{arenaCalloc, arenaRealloc, arenaFree};

// Nothing with a destructor lives in this frame: a jump lands in it.
cmark_iter* parse(BoundedCmark::Arena* arena, const char* bytes, std::size_t size) {
  if (setjmp(arena->jump) != 0) return nullptr;
  cmark_parser* parser = cmark_parser_new_with_mem(CMARK_OPT_SOURCEPOS | CMARK_OPT_UNSAFE, &arena_memory);
  for (const char* name : {"table", "strikethrough", "autolink", "tasklist"})
    if (cmark_syntax_extension* extension = cmark_find_syntax_extension(name))
      cmark_parser_attach_syntax_extension(parser, extension);
  constexpr std::size_t kChunk = 16 * 1024;
  for (std::size_t at = 0; at < size; at += kChunk)
    cmark_parser_feed(parser, bytes + at, std::min(kChunk, size - at));
  cmark_node* root = cmark_parser_finish(parser);
  // Strings become C strings when they are first asked for, which allocates: that belongs under the bound too.
  cmark_iter* iter = cmark_iter_new(root);
  while (cmark_iter_next(iter) != CMARK_EVENT_DONE) {
    cmark_node* node = cmark_iter_get_node(iter);
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_LINK:
      case CMARK_NODE_IMAGE: cmark_node_get_url(node); break;
      case CMARK_NODE_CODE_BLOCK: cmark_node_get_fence_info(node); [[fallthrough]];
      default: cmark_node_get_literal(node); break;
    }
  }
  cmark_iter_reset(iter, root, CMARK_EVENT_ENTER);
  return iter;
}

std::mutex& cmarkLock() {
  static std::mutex lock;
  return lock;
}

}  // namespace

BoundedCmark::BoundedCmark(std::string_view utf8, std::chrono::milliseconds time, std::size_t memory_bytes) {
  static std::once_flag registered;
  std::call_once(registered, cmark_gfm_core_extensions_ensure_registered);
  const std::lock_guard guard(cmarkLock());
  arena_ = std::make_unique<Arena>(Clock::now() + time, memory_bytes);
  Arena::current = arena_.get();
  iter_ = parse(arena_.get(), utf8.data(), utf8.size());
  Arena::current = nullptr;
  if (iter_) return;
  outcome_ = arena_->reason;
  arena_.reset();
}

BoundedCmark::~BoundedCmark() = default;

}  // namespace roundhouse::widgets
