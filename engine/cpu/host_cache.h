// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "engine/base/memory_account.h"
#include "engine/ops/batch.h"
#include "roundhouse/result.h"

namespace roundhouse {

// A cache in host memory, counted as MemoryTag::kv_cache, for the backends of this floor. Contents are not initialised.
// dtype: f32, f16 or bf16. Fails with invalid_argument or out_of_memory.
Result<std::unique_ptr<KvCache, void (*)(KvCache*)>> create_host_cache(const std::shared_ptr<MemoryAccount>& account,
                                                                     DType dtype, std::int32_t layers,
                                                                     std::int32_t pages, std::int32_t kv_heads,
                                                                     std::int32_t key_dim, std::int32_t value_dim);

// Element index of position `position` of head `head` in keys or values of one layer, `dim` wide.
inline std::int64_t cache_offset(const KvCache& cache, const std::int32_t* pages, std::int32_t position, std::int32_t head,
                                 std::int32_t dim) {
  const std::int64_t page = pages[position / KvCache::page_tokens];
  return ((page * cache.kv_heads + head) * KvCache::page_tokens + position % KvCache::page_tokens) * dim;
}

}  // namespace roundhouse
