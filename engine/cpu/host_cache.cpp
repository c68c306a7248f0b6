// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/host_cache.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/base/checked.h"

namespace roundhouse {
namespace {

struct HostCache : KvCache {
  std::vector<AlignedBuffer> memory;
  std::vector<Tensor> key_tensors, value_tensors;
};

}  // namespace

Result<std::unique_ptr<KvCache, void (*)(KvCache*)>> create_host_cache(const std::shared_ptr<MemoryAccount>& account,
                                                                     DType dtype, std::int32_t layers,
                                                                     std::int32_t pages, std::int32_t kv_heads,
                                                                     std::int32_t key_dim, std::int32_t value_dim) {
  const auto shape = [&] {
    return std::to_string(layers) + " layers, " + std::to_string(pages) + " pages, " + std::to_string(kv_heads) +
           " heads, key " + std::to_string(key_dim) + ", value " + std::to_string(value_dim);
  };
  if (layers < 1 || pages < 1 || kv_heads < 1 || key_dim < 1 || value_dim < 1) {
    return Error{ErrorCode::invalid_argument, "create KV cache", "host memory", "positive sizes", shape()};
  }
  if (dtype != DType::f32 && dtype != DType::f16 && dtype != DType::bf16) {
    return Error{ErrorCode::unsupported, "create KV cache", "host memory", "f32, f16 or bf16",
                 std::string(dtype_name(dtype))};
  }
  std::unique_ptr<HostCache> cache = std::make_unique<HostCache>();
  cache->layers = layers;
  cache->pages = pages;
  cache->kv_heads = kv_heads;
  cache->key_dim = key_dim;
  cache->value_dim = value_dim;
  cache->dtype = dtype;
  const auto add = [&](std::int32_t dim, std::vector<Tensor>& tensors) -> Status {
    const std::int64_t factors[] = {pages, kv_heads, KvCache::page_tokens, dim, dtype_block_bytes(dtype)};
    const auto bytes = checked_product<std::int64_t>(factors);
    if (!bytes) return Error{ErrorCode::out_of_memory, "create KV cache", "host memory", "a size below 2^63 bytes", shape()};
    RH_ASSIGN(AlignedBuffer buffer, AlignedBuffer::allocate(account, MemoryTag::kv_cache, *bytes, "KV cache"));
    Tensor tensor;
    tensor.data = buffer.data();
    tensor.dtype = dtype;
    tensor.rank = 4;
    tensor.dim[0] = pages;
    tensor.dim[1] = kv_heads;
    tensor.dim[2] = KvCache::page_tokens;
    tensor.dim[3] = dim;
    tensors.push_back(tensor);
    cache->memory.push_back(std::move(buffer));
    cache->bytes += static_cast<std::uint64_t>(*bytes);
    return Ok{};
  };
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    RH_TRY(add(key_dim, cache->key_tensors));
    RH_TRY(add(value_dim, cache->value_tensors));
  }
  cache->keys = cache->key_tensors.data();
  cache->values = cache->value_tensors.data();
  return std::unique_ptr<KvCache, void (*)(KvCache*)>(cache.release(),
                                                      [](KvCache* held) { delete static_cast<HostCache*>(held); });
}

}  // namespace roundhouse
