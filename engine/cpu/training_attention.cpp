// SPDX-License-Identifier: Apache-2.0
// Attention of whole sequences as products, head by head: rows of scores are kept for one head at a time.
#include <algorithm>
#include <cassert>

#include "engine/cpu/matrix_unpack.h"
#include "engine/cpu/training_backend.h"

namespace roundhouse {

using Part = MatrixProduct::Part;

struct TrainingBackend::Sequences {
  std::span<const BatchSequence> all;
  std::int64_t rows = 0, longest = 1;
  const std::int64_t* first = nullptr;       // row of each sequence
  MatrixProduct::Group* groups = nullptr;    // one a sequence; k and n are set by of()
  // k, n 0: as many as the sequence has rows.
  std::span<const MatrixProduct::Group> of(std::int64_t k, std::int64_t n, MatrixProduct::Part part) const {
    for (std::size_t s = 0; s < all.size(); ++s) {
      groups[s] = {all[s].first_row, all[s].rows, static_cast<std::int64_t>(s), k > 0 ? k : all[s].rows, n > 0 ? n : all[s].rows, part};
    }
    return {groups, all.size()};
  }
};

TrainingBackend::Sequences TrainingBackend::sequences_of(const Batch& batch) {
  Sequences s;
  s.all = batch.sequences;
  s.rows = batch.rows;
  const auto count = static_cast<std::int64_t>(s.all.size());
  s.groups = workspace_.allocate_array<MatrixProduct::Group>(count);
  auto* const first = workspace_.allocate_array<std::int64_t>(count);
  for (std::size_t i = 0; i < s.all.size(); ++i) {
    first[i] = s.all[i].first_row;
    s.longest = std::max<std::int64_t>(s.longest, s.all[i].rows);
  }
  s.first = first;
  return s;
}

namespace {

// A row of scores beyond its own position: what tiles that hold the row may read must be zero.
void clear_after(float* row, std::int64_t own, std::int64_t rows) {
  constexpr std::int64_t most_tile_rows = 32;
  std::fill(row + own + 1, row + std::min(rows, own + most_tile_rows), 0.0f);
}

}  // namespace

float** TrainingBackend::head_rows(const Tensor& x, std::int64_t head) {
  const std::int64_t rows = x.dim[0], heads = x.dim[1], n = x.dim[2];
  float** const pointers = workspace_.allocate_array<float*>(rows);
  for (std::int64_t row = 0; row < rows; ++row) pointers[row] = x.f32() + (row * heads + head) * n;
  return pointers;
}

void TrainingBackend::probabilities_of(const Sequences& sequences, const Tensor& q, std::int64_t head, const Tensor& k, std::int64_t kv_head,
                                       const AttentionSpec& spec, float* const* probabilities) {
  const WorkspaceScope scope(workspace_);
  product().run(sequences.of(spec.key_dim, 0, Part::columns_to_row), head_rows(q, head), probabilities, false, FromColumns{head_rows(k, kv_head), sequences.first});
  for (const BatchSequence& sequence : sequences.all) {
    for_each(sequence.rows, 8 * sequence.rows, [&](std::int64_t own) {
      float* const p = probabilities[sequence.first_row + own];
      const std::int64_t begin = spec.window_tokens > 0 ? std::max<std::int64_t>(0, own - spec.window_tokens + 1) : 0, n = own + 1 - begin;
      std::fill(p, p + begin, 0.0f);
      clear_after(p, own, sequence.rows);
      const float largest = *std::max_element(p + begin, p + own + 1);
      const float sum = kernels().exponentials(p + begin, spec.scale, spec.scale * largest, n, p + begin);
      kernels().scale(p + begin, 1.0f / sum, n, p + begin);
    });
  }
}

Tensor TrainingBackend::attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch,
                                  std::int32_t layer, const Tensor* probabilities) {
  if (batch.cache || probabilities || spec.logit_softcap > 0.0f || spec.scale <= 0.0f) {
    return FastBackend::attention(q, k, v, spec, batch, layer, probabilities);
  }
  const Tensor y = workspace_.allocate(DType::f32, {batch.rows, spec.heads, spec.value_dim});
  const WorkspaceScope scope(workspace_);
  const Sequences sequences = sequences_of(batch);
  float** const p = row_pointers(workspace_.allocate_array<float>(batch.rows * sequences.longest), batch.rows, sequences.longest);
  const std::int64_t group = spec.heads / spec.kv_heads;
  for (std::int64_t head = 0; head < spec.heads; ++head) {
    const WorkspaceScope each(workspace_);
    probabilities_of(sequences, q, head, k, head / group, spec, p);
    product().run(sequences.of(0, spec.value_dim, Part::k_to_row), p, head_rows(y, head), false, FromRows{head_rows(v, head / group), sequences.first});
  }
  return y;
}

Backend::AttentionGradients TrainingBackend::attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k, const Tensor& v,
                                                                const AttentionSpec& spec, const Batch& batch) {
  if (spec.logit_softcap > 0.0f || spec.scale <= 0.0f) return FastBackend::attention_backward(dy, q, k, v, spec, batch);
  assert(!batch.cache);
  const AttentionGradients gradients{like(q), like(k), like(v)};
  clear(gradients.dk);
  clear(gradients.dv);
  const WorkspaceScope scope(workspace_);
  const Sequences sequences = sequences_of(batch);
  const std::int64_t longest = sequences.longest, group = spec.heads / spec.kv_heads;
  const auto square = [&] { return row_pointers(workspace_.allocate_array<float>(batch.rows * longest), batch.rows, longest); };
  float **const p = square(), **const d = square();
  for (std::int64_t head = 0; head < spec.heads; ++head) {
    const WorkspaceScope each(workspace_);
    const std::int64_t kv_head = head / group;
    const float* const* const outer = head_rows(dy.reshaped({batch.rows, spec.heads, spec.value_dim}), head);
    probabilities_of(sequences, q, head, k, kv_head, spec, p);
    product().run(sequences.of(spec.value_dim, 0, Part::columns_to_row), outer, d, false, FromColumns{head_rows(v, kv_head), sequences.first});
    for (const BatchSequence& sequence : sequences.all) {
      for_each(sequence.rows, 4 * sequence.rows, [&](std::int64_t own) {
        const float* const probability = p[sequence.first_row + own];
        float* const slope = d[sequence.first_row + own];
        kernels().softmax_backward(probability, spec.scale, own + 1, slope);
        clear_after(slope, own, sequence.rows);
      });
    }
    product().run(sequences.of(0, spec.key_dim, Part::k_to_row), d, head_rows(gradients.dq, head), false, FromRows{head_rows(k, kv_head), sequences.first});
    product().run_turned(sequences.of(0, spec.key_dim, Part::k_from_row), d, sequences.first, head_rows(gradients.dk, kv_head), true,
                         FromRows{head_rows(q, head), sequences.first});
    product().run_turned(sequences.of(0, spec.value_dim, Part::k_from_row), p, sequences.first, head_rows(gradients.dv, kv_head), true,
                         FromRows{outer, sequences.first});
  }
  return gradients;
}

}  // namespace roundhouse
