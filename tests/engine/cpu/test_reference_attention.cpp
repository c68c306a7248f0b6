// SPDX-License-Identifier: Apache-2.0
// reference_attention.cpp: rotation and attention.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

class TestReferenceAttention : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void ropeRotatesPairs() {
    Random random(6);
    const auto backend = backend_with(2);
    const std::int32_t heads = 3, dim = 20, pairs = 7;
    OwnedBatch b(random, {6}, 10, 1500);
    std::vector<std::int32_t> axes(4 * 6);
    for (int a = 0; a < 4; ++a) for (int r = 0; r < 6; ++r) axes[static_cast<std::size_t>(a * 6 + r)] = 100 * a + 7 * r;
    for (const RopeOrder order : {RopeOrder::halves, RopeOrder::pairs}) {
      for (const bool four_axes : {false, true}) {
        RopeSpec spec;
        spec.order = order;
        spec.magnitude = 1.25f;
        for (int i = 0; i < pairs; ++i) spec.inv_freq.push_back(std::pow(10000.0f, -static_cast<float>(i) / pairs));
        if (four_axes) for (int i = 0; i < pairs; ++i) spec.axis.push_back(i % 4);
        Batch batch = b.batch;
        if (four_axes) {
          batch.positions = axes.data();
          batch.position_axes = 4;
        }
        const std::vector<float> x = normal(random, 6 * heads * dim);
        const Tensor y = backend->rope(put(*backend, x, {6, heads, dim}), spec, batch);
        for (int r = 0; r < 6; ++r) {
          for (int h = 0; h < heads; ++h) {
            const float* from = x.data() + (r * heads + h) * dim;
            const float* to = y.f32() + (r * heads + h) * dim;
            for (int i = 0; i < pairs; ++i) {
              const int p = four_axes ? axes[static_cast<std::size_t>(i % 4 * 6 + r)] : 1500 + r;
              const double angle = static_cast<double>(static_cast<float>(p) * spec.inv_freq[static_cast<std::size_t>(i)]);
              const int a = order == RopeOrder::halves ? i : 2 * i, c = order == RopeOrder::halves ? i + pairs : 2 * i + 1;
              QVERIFY(close(to[a], 1.25 * (from[a] * std::cos(angle) - from[c] * std::sin(angle)), 1e-6));
              QVERIFY(close(to[c], 1.25 * (from[a] * std::sin(angle) + from[c] * std::cos(angle)), 1e-6));
            }
            for (int i = 2 * pairs; i < dim; ++i) QCOMPARE(to[i], from[i]);
          }
        }
      }
    }
  }

  void attentionIsCausalWithinItsSequence() {
    Random random(7);
    const auto backend = backend_with(2);
    for (const std::int32_t window : {0, 3}) {
      for (const float cap : {0.0f, 1.5f}) {
        OwnedBatch b(random, {5, 1, 9}, 10);
        const AttentionSpec spec{.heads = 6, .kv_heads = 2, .key_dim = 20, .value_dim = 12, .scale = 0.3f, .window_tokens = window, .logit_softcap = cap};
        const std::vector<float> q = normal(random, 15 * 6 * 20), k = normal(random, 15 * 2 * 20), v = normal(random, 15 * 2 * 12);
        const Tensor probabilities = backend->allocate(DType::f32, {15, 6, 10});
        const Tensor y = backend->attention(put(*backend, q, {15, 6, 20}), put(*backend, k, {15, 2, 20}), put(*backend, v, {15, 2, 12}), spec,
                                            b.batch, 0, &probabilities);
        for (int row = 0; row < 15; ++row) {
          const BatchSequence& s = b.sequences[static_cast<std::size_t>(b.sequence[static_cast<std::size_t>(row)])];
          for (int h = 0; h < 6; ++h) {
            std::vector<double> p(static_cast<std::size_t>(s.rows));
            double sum = 0;
            for (int j = s.first_row; j <= row; ++j) {
              if (window && j <= row - window) continue;
              double score = 0;
              for (int d = 0; d < 20; ++d) score += static_cast<double>(q[static_cast<std::size_t>((row * 6 + h) * 20 + d)]) * k[static_cast<std::size_t>((j * 2 + h / 3) * 20 + d)];
              score *= static_cast<double>(0.3f);
              if (cap > 0) score = static_cast<double>(cap) * std::tanh(score / static_cast<double>(cap));
              sum += p[static_cast<std::size_t>(j - s.first_row)] = std::exp(score);
            }
            for (int j = 0; j < 10; ++j) {
              const double want = j < s.rows ? p[static_cast<std::size_t>(j)] / sum : 0;
              QVERIFY(close(probabilities.f32()[(row * 6 + h) * 10 + j], want, 1e-6));
            }
            for (int d = 0; d < 12; ++d) {
              double want = 0;
              for (int j = s.first_row; j <= row; ++j) want += p[static_cast<std::size_t>(j - s.first_row)] / sum * v[static_cast<std::size_t>((j * 2 + h / 3) * 12 + d)];
              QVERIFY(close(y.f32()[(row * 6 + h) * 12 + d], want, 5e-6));
            }
          }
        }
      }
    }
  }

  // One sequence whole, without a cache, against pieces of random length through pages in random order, beside another
  // sequence that writes to its own pages: the same bits.
  void attentionInPiecesThroughACacheGivesTheSameBits() {
    Random random(8);
    const auto backend = backend_with(3);
    const std::int32_t length = 200, heads = 4, kv_heads = 2, key_dim = 24, value_dim = 18;
    for (const std::int32_t window : {0, 50}) {
      const AttentionSpec spec{.heads = heads, .kv_heads = kv_heads, .key_dim = key_dim, .value_dim = value_dim, .scale = 0.2f, .window_tokens = window};
      const std::vector<float> q = normal(random, length * heads * key_dim), k = normal(random, length * kv_heads * key_dim);
      const std::vector<float> v = normal(random, length * kv_heads * value_dim);
      OwnedBatch whole(random, {length}, 10);
      const std::vector<float> want = get(*backend, backend->attention(put(*backend, q, {length, heads, key_dim}), put(*backend, k, {length, kv_heads, key_dim}),
                                                                       put(*backend, v, {length, kv_heads, value_dim}), spec, whole.batch, 0));
      auto cache = std::move(backend->create_cache(2, 9, kv_heads, key_dim, value_dim)).value();
      const std::int32_t pages[2][4] = {{7, 2, 5, 0}, {1, 8, 3, 4}};
      std::vector<float> out;
      for (std::int32_t done = 0; done < length;) {
        const std::int32_t n = std::min<std::int32_t>(length - done, static_cast<std::int32_t>(1 + random() % 70));
        // The other sequence first in the batch, with noise of as many rows and the same positions.
        OwnedBatch b(random, {n, n}, 10, done);
        std::vector<std::int32_t> cache_slots;
        for (int s = 0; s < 2; ++s) {
          b.sequences[static_cast<std::size_t>(s)].cached_tokens = done;
          b.sequences[static_cast<std::size_t>(s)].pages = pages[s];
          for (std::int32_t p = done; p < done + n; ++p) cache_slots.push_back(pages[s][p / 64] * 64 + p % 64);
        }
        b.batch.cache = cache.get();
        b.batch.cache_slot = cache_slots.data();
        const auto rows_of = [&](const std::vector<float>& x, std::int32_t width) {
          std::vector<float> rows = normal(random, n * width);
          rows.insert(rows.end(), x.begin() + done * width, x.begin() + (done + n) * width);
          return rows;
        };
        const std::vector<float> y = get(*backend, backend->attention(put(*backend, rows_of(q, heads * key_dim), {2 * n, heads, key_dim}),
                                                                      put(*backend, rows_of(k, kv_heads * key_dim), {2 * n, kv_heads, key_dim}),
                                                                      put(*backend, rows_of(v, kv_heads * value_dim), {2 * n, kv_heads, value_dim}), spec, b.batch, 1));
        out.insert(out.end(), y.begin() + n * heads * value_dim, y.end());
        done += n;
      }
      QCOMPARE(out, want);
    }
  }
};

QTEST_APPLESS_MAIN(TestReferenceAttention)
#include "test_reference_attention.moc"
