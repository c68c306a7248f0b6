// SPDX-License-Identifier: Apache-2.0
#include "engine/base/memory_account.h"

#include <cstdlib>
#include <string>
#include <utility>

#include "engine/base/checked.h"

namespace roundhouse {

std::string_view memory_tag_name(MemoryTag tag) {
  switch (tag) {
    case MemoryTag::weights_dense: return "weights_dense";
    case MemoryTag::weights_experts: return "weights_experts";
    case MemoryTag::kv_cache: return "kv_cache";
    case MemoryTag::workspace: return "workspace";
    case MemoryTag::trace: return "trace";
    case MemoryTag::tokenizer: return "tokenizer";
    case MemoryTag::other: return "other";
  }
  return "other";
}

void MemoryAccount::Counter::change(std::int64_t bytes) {
  const std::int64_t now = current.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  std::int64_t seen = peak.load(std::memory_order_relaxed);
  while (now > seen && !peak.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
  }
}

MemoryCount MemoryAccount::Counter::read() const {
  return {current.load(std::memory_order_relaxed), peak.load(std::memory_order_relaxed)};
}

void MemoryAccount::add(MemoryTag tag, std::int64_t bytes) {
  tags_[static_cast<std::size_t>(tag)].change(bytes);
  total_.change(bytes);
}

void MemoryAccount::remove(MemoryTag tag, std::int64_t bytes) { add(tag, -bytes); }
MemoryCount MemoryAccount::use(MemoryTag tag) const { return tags_[static_cast<std::size_t>(tag)].read(); }
MemoryCount MemoryAccount::total() const { return total_.read(); }

MemoryClaim::MemoryClaim(std::shared_ptr<MemoryAccount> account, MemoryTag tag, std::int64_t bytes)
    : account_(std::move(account)), tag_(tag), bytes_(bytes) {
  if (account_) account_->add(tag_, bytes_);
}

MemoryClaim::~MemoryClaim() {
  if (account_) account_->remove(tag_, bytes_);
}

MemoryClaim::MemoryClaim(MemoryClaim&& other) noexcept
    : account_(std::move(other.account_)), tag_(other.tag_), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryClaim& MemoryClaim::operator=(MemoryClaim&& other) noexcept {
  if (this != &other) {
    if (account_) account_->remove(tag_, bytes_);
    account_ = std::move(other.account_);
    tag_ = other.tag_;
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void AlignedBuffer::Free::operator()(std::byte* memory) const { std::free(memory); }

Result<AlignedBuffer> AlignedBuffer::allocate(std::shared_ptr<MemoryAccount> account, MemoryTag tag, std::int64_t bytes,
                                              std::string_view purpose, std::size_t alignment) {
  AlignedBuffer buffer;
  if (bytes == 0) return buffer;
  const auto fail = [&](ErrorCode code, std::string received) {
    return Error{code, "allocate memory", std::string(purpose), std::to_string(bytes) + " bytes", std::move(received)};
  };
  if (bytes < 0) return fail(ErrorCode::invalid_argument, "a negative size");
  // aligned_alloc wants a multiple of the alignment.
  const auto rounded = checked_align_up<std::int64_t>(bytes, static_cast<std::int64_t>(alignment));
  constexpr std::int64_t address_space_bytes = std::int64_t{1} << 47;
  if (!rounded || *rounded >= address_space_bytes) return fail(ErrorCode::out_of_memory, "a size beyond the address space");
  buffer.memory_.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, static_cast<std::size_t>(*rounded))));
  if (!buffer.memory_) return fail(ErrorCode::out_of_memory, "a refusal of the system");
  buffer.claim_ = MemoryClaim(std::move(account), tag, bytes);
  return buffer;
}

}  // namespace roundhouse
