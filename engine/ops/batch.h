// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/ops/tensor.h"

namespace roundhouse {

// Keys and values of all sequences of a model, in pages of `page_tokens` positions. Disposable: rebuilt from tokens.
// keys[layer] is [pages, kv_heads, page_tokens, key_dim], values likewise with value_dim; dtype, and the order of elements
// within one head's page, are the backend's: others copy whole pages or nothing.
struct KvCache {
  static constexpr std::int32_t page_tokens = 64;
  std::int32_t layers = 0, pages = 0, kv_heads = 0, key_dim = 0, value_dim = 0;
  DType dtype = DType::f32;
  std::uint64_t bytes = 0;
  Tensor* keys = nullptr;    // [layers]
  Tensor* values = nullptr;  // [layers]
};

// One sequence's part of a batch: rows [first_row, first_row + rows), in order of position.
struct BatchSequence {
  std::int32_t first_row = 0, rows = 0;
  std::int32_t cached_tokens = 0;           // positions already in the cache before this batch
  const std::int32_t* pages = nullptr;      // page of position p: pages[p / page_tokens]; host; null without a cache
};

// Routing edits compiled for the router: dense tables over the routed layers. Preallocated by the session.
struct EditTable {
  enum Flag : std::uint8_t { none = 0, disable = 1, force = 2 };
  const float* boost = nullptr;           // [layers, experts] added to router logits
  const std::uint8_t* flags = nullptr;    // [layers, experts]
  const std::int32_t* top_k = nullptr;    // [layers]; 0: the model's; null: everywhere
};

// Where a row's routing is recorded; null pointers record nothing. Written by Ops::route, nowhere else.
struct TraceRow {
  std::uint16_t* ids = nullptr;  // [layers, trace_k]
  float* weights = nullptr;      // [layers, trace_k]
  float* scores = nullptr;       // [layers, trace_experts] selection scores as the choice saw them: after bias, edits and
                                 // group limit; -infinity: could not be chosen; beyond a layer's experts: not written
};

// One ragged batch for everything: prefill, decode, many users, packed training. All arrays are host memory of the
// caller, alive until the forward pass has finished.
struct Batch {
  std::int32_t rows = 0;
  const std::int32_t* tokens = nullptr;      // [rows]
  const std::int32_t* positions = nullptr;   // [rows] axis 0; axes 1..3 follow as [3, rows] when position_axes == 4
  std::int32_t position_axes = 1;
  std::int32_t padding_token = -1;           // being looked up teaches its embedding nothing (backward of embed); -1: none
  const std::int32_t* sequence = nullptr;    // [rows] index into sequences
  const std::int32_t* cache_slot = nullptr;  // [rows] page * page_tokens + offset; null: no cache (training)
  const std::int32_t* adapter = nullptr;     // [rows] -1: none; null: none anywhere
  const std::int32_t* edit = nullptr;        // [rows] index into edits, -1: none; null: none anywhere
  const TraceRow* trace = nullptr;           // [rows]; null: nobody records
  std::int32_t trace_k = 0, trace_experts = 0;  // strides of the trace rows
  // [rows, layers, replay_k] expert ids given from outside (training, hash layers); null: none anywhere. Where the first
  // place of a row in a layer is replay_choose, that row chooses there as it would without.
  const std::int32_t* replay = nullptr;
  static constexpr std::int32_t replay_choose = -2;
  std::int32_t replay_k = 0, routed_layers = 0;
  std::span<const BatchSequence> sequences;
  std::span<const EditTable> edits;
  std::int32_t edit_experts = 0;             // stride of the edit tables
  const std::int32_t* output_rows = nullptr; // [outputs] rows whose logits are wanted, ascending
  std::int32_t outputs = 0;
  KvCache* cache = nullptr;

  // The ids given for a row in a routed layer, [replay_k]; null: it chooses.
  const std::int32_t* given_ids(std::int32_t row, std::int32_t routed_layer) const {
    if (!replay || replay_k < 1) return nullptr;
    const std::int32_t* const ids = replay + (static_cast<std::int64_t>(row) * routed_layers + routed_layer) * replay_k;
    return ids[0] == replay_choose ? nullptr : ids;
  }
  // Places per row in a routed layer's result: the most that any row uses there.
  std::int32_t top_k(std::int32_t routed_layer, std::int32_t model_top_k) const {
    if (!replay && !edit) return model_top_k;
    std::int32_t k = 0;
    for (std::int32_t r = 0; r < rows; ++r) k = std::max(k, row_top_k(r, routed_layer, model_top_k));
    return k;
  }
  std::int32_t row_top_k(std::int32_t row, std::int32_t routed_layer, std::int32_t model_top_k) const {
    if (given_ids(row, routed_layer)) return replay_k;
    if (!edit || edit[row] < 0) return model_top_k;
    const EditTable& table = edits[static_cast<std::size_t>(edit[row])];
    const std::int32_t wanted = table.top_k ? table.top_k[routed_layer] : 0;
    return wanted > 0 ? wanted : model_top_k;
  }
};

}  // namespace roundhouse
