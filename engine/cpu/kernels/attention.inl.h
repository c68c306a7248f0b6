// SPDX-License-Identifier: Apache-2.0
#pragma once

// Attention over paged keys and values with a running softmax, page by page. Include after a lanes.h.
// Scores add over the dimension in ascending order, results over positions in ascending order; the maximum is taken page
// by page from position 0: a row's result depends on its own range alone.

#include "engine/cpu/kernels/math.inl.h"

namespace roundhouse::kernels {
namespace {

constexpr int page = 64;

inline Lanes load_cached(const std::uint16_t* p) { return load_f16(p); }
inline Lanes load_cached(const float* p) { return load(p); }
inline Lanes load_cached_part(const std::uint16_t* p, std::int64_t n) { return load_f16_part(p, n); }
inline Lanes load_cached_part(const float* p, std::int64_t n) { return load_part(p, n); }

// Cached: std::uint16_t (f16) or float.
// c[r][0..16 * vectors) = sum over k < depth of a[r][k] * b[k][...], added to c when `onto`. b has rows of `stride`.
// `valid`: columns of the last vector that exist.
template <int rows, int vectors, class Cached>
inline void multiply(const float* const* a, const Cached* b, std::int64_t stride, int depth, bool onto, int valid,
                     float* const* c) {
  Lanes total[rows][vectors];
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) total[r][v] = onto ? load(c[r] + 16 * v) : all(0.0f);
  }
  if (valid == 16) {
    for (int k = 0; k < depth; ++k) {
      Lanes row[vectors];
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) row[v] = load_cached(b + k * stride + 16 * v);
#pragma GCC unroll 8
      for (int r = 0; r < rows; ++r) {
        const Lanes factor = all(a[r][k]);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) total[r][v] = fma(factor, row[v], total[r][v]);
      }
    }
  } else {
    for (int k = 0; k < depth; ++k) {
      const Lanes row = load_cached_part(b + k * stride, valid);  // a part is multiplied alone: vectors == 1
#pragma GCC unroll 8
      for (int r = 0; r < rows; ++r) total[r][0] = fma(all(a[r][k]), row, total[r][0]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) store(c[r] + 16 * v, total[r][v]);
  }
}

// All `columns` columns (c has room for whole vectors), in panels.
template <int rows, class Cached>
inline void multiply_rows(const float* const* a, const Cached* b, std::int64_t stride, int depth, bool onto,
                          int columns, float* const* c) {
  float* at[rows];
  int column = 0;
  const auto move = [&] { for (int r = 0; r < rows; ++r) at[r] = c[r] + column; };
  for (; column + 16 * attention_vectors <= columns; column += 16 * attention_vectors) {
    move();
    multiply<rows, attention_vectors>(a, b + column, stride, depth, onto, 16, at);
  }
  for (; column < columns; column += 16) {
    move();
    multiply<rows, 1>(a, b + column, stride, depth, onto, columns - column < 16 ? columns - column : 16, at);
  }
}

template <class Cached>
inline void multiply_all(const float* const* a, const Cached* b, std::int64_t stride, int depth, bool onto,
                         int columns, float* const* c, int rows) {
  int r = 0;
  for (; r + attention_tile_rows <= rows; r += attention_tile_rows) {
    multiply_rows<attention_tile_rows>(a + r, b, stride, depth, onto, columns, c + r);
  }
  switch (rows - r) {
    case 1: return multiply_rows<1>(a + r, b, stride, depth, onto, columns, c + r);
    case 2: return multiply_rows<2>(a + r, b, stride, depth, onto, columns, c + r);
    case 3: return multiply_rows<3>(a + r, b, stride, depth, onto, columns, c + r);
    case 4: return multiply_rows<4>(a + r, b, stride, depth, onto, columns, c + r);
    case 5: return multiply_rows<5>(a + r, b, stride, depth, onto, columns, c + r);
    default: return;
  }
}

struct AttentionState {
  const float* q[attention_rows];  // for the rows at work in a page: q, scores, results
  float* scores[attention_rows];
  const float* weights[attention_rows];
  float* result[attention_rows];
  float* all_scores[attention_rows];
  float* all_results[attention_rows];
  float greatest[attention_rows];
  float total[attention_rows];
};

inline Lanes finished_score(const AttentionArguments& a, Lanes product) {
  const Lanes s = product * all(a.scale);
  return a.softcap > 0.0f ? all(a.softcap) * hyperbolic_tangent(s * all(1.0f / a.softcap)) : s;
}

// Scores of page `number` for the rows that see any of it; their indices in `at_work`, the page's used columns returned.
template <class Cached>
inline int page_scores(const AttentionArguments& a, AttentionState& state, int number, int* at_work, int& count) {
  const int begin = number * page;
  int columns = 0;
  count = 0;
  for (int i = 0; i < a.rows; ++i) {
    if (a.last[i] < begin || a.first[i] >= begin + page) continue;
    const int used = a.last[i] - begin + 1 < page ? a.last[i] - begin + 1 : page;
    if (used > columns) columns = used;
    state.q[count] = a.q[i];
    state.scores[count] = state.all_scores[i];
    at_work[count++] = i;
  }
  const Cached* keys = static_cast<const Cached*>(a.keys) + a.pages[number] * a.key_page_stride;
  multiply_all(state.q, keys, page, a.key_dim, false, (columns + 15) / 16 * 16, state.scores, count);
  return columns;
}

template <class Cached>
inline void attend_cached(const AttentionArguments& a) {
  AttentionState state;
  const std::int64_t padded = (a.value_dim + 15) / 16 * 16;
  int first_page = a.first[0] / page, last_page = a.last[0] / page;
  for (int i = 0; i < a.rows; ++i) {
    state.all_scores[i] = a.scratch + i * page;
    state.all_results[i] = a.scratch + attention_rows * page + i * padded;
    for (std::int64_t d = 0; d < padded; d += 16) store(state.all_results[i] + d, all(0.0f));
    state.greatest[i] = -__builtin_inff();
    state.total[i] = 0.0f;
    if (a.first[i] / page < first_page) first_page = a.first[i] / page;
    if (a.last[i] / page > last_page) last_page = a.last[i] / page;
  }
  int at_work[attention_rows];
  int count = 0;
  for (int number = first_page; number <= last_page; ++number) {
    const int columns = page_scores<Cached>(a, state, number, at_work, count);
    const int vectors = (columns + 15) / 16;
    for (int w = 0; w < count; ++w) {
      const int i = at_work[w];
      float* scores = state.all_scores[i];
      const int low = a.first[i] - number * page, high = a.last[i] - number * page + 1;
      Lanes value[page / 16];
      Lanes top = all(-__builtin_inff());
      for (int v = 0; v < vectors; ++v) {
        value[v] = choose(between(low - 16 * v, high - 16 * v), finished_score(a, load(scores + 16 * v)),
                          all(-__builtin_inff()));
        top = greatest(top, value[v]);
      }
      const float page_greatest = greatest_lane(top);
      const float now = page_greatest > state.greatest[i] ? page_greatest : state.greatest[i];
      Lanes total = all(0.0f);
      for (int v = 0; v < vectors; ++v) {
        const Lanes weight = exponential(value[v] - all(now));  // of -infinity: 0
        total = total + weight;
        store(scores + 16 * v, weight);
      }
      float* result = state.all_results[i];
      if (now != state.greatest[i]) {
        const Lanes shrink = exponential(all(state.greatest[i]) - all(now));
        for (std::int64_t d = 0; d < padded; d += 16) store(result + d, load(result + d) * shrink);
        state.total[i] = state.total[i] * first_lane(shrink);
        state.greatest[i] = now;
      }
      state.total[i] = state.total[i] + sum(total);
      state.weights[w] = scores;
      state.result[w] = result;
    }
    const Cached* values = static_cast<const Cached*>(a.values) + a.pages[number] * a.value_page_stride;
    multiply_all(state.weights, values, a.value_dim, columns, true, a.value_dim, state.result, count);
  }
  for (int i = 0; i < a.rows; ++i) {
    const Lanes factor = all(1.0f / state.total[i]);
    for (int d = 0; d < a.value_dim; d += 16) {
      const int valid = a.value_dim - d < 16 ? a.value_dim - d : 16;
      store_part(a.out[i] + d, load(state.all_results[i] + d) * factor, valid);
    }
  }
  if (!a.probabilities) return;
  for (int number = first_page; number <= last_page; ++number) {
    const int columns = page_scores<Cached>(a, state, number, at_work, count);
    for (int w = 0; w < count; ++w) {
      const int i = at_work[w];
      const Lanes factor = all(1.0f / state.total[i]);
      const int low = a.first[i] - number * page, high = a.last[i] - number * page + 1;
      for (int c = 0; c < columns && c < high; c += 16) {
        const Lanes weight = exponential(finished_score(a, load(state.all_scores[i] + c)) - all(state.greatest[i])) * factor;
        store_part(a.probabilities[i] + number * page + c, choose(between(low - c, high - c), weight, all(0.0f)),
                   high - c < 16 ? high - c : 16);
      }
    }
  }
}

inline void attend(const AttentionArguments& a) {
  if (a.full_precision) attend_cached<float>(a);
  else attend_cached<std::uint16_t>(a);
}

}  // namespace
}  // namespace roundhouse::kernels
