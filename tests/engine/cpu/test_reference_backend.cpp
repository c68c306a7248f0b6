// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <vector>

#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

namespace {

std::unique_ptr<ReferenceBackend> backend_with(int threads) {
  return std::make_unique<ReferenceBackend>(Context(), std::make_shared<ThreadPool>(threads));
}

bool close(double a, double b, double tolerance = 2e-5) { return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b)); }

Routing random_routing(Random& random, ReferenceBackend& backend, std::int32_t rows, std::int32_t k, std::int32_t experts) {
  Routing routing;
  routing.k = k;
  routing.ids = backend.allocate(DType::i32, {rows, k});
  routing.weights = backend.allocate(DType::f32, {rows, k});
  for (std::int32_t row = 0; row < rows; ++row) {
    std::int32_t used = static_cast<std::int32_t>(random() % static_cast<unsigned>(k + 1));
    for (std::int32_t j = 0; j < k; ++j) {
      routing.ids.i32()[row * k + j] = j < used ? static_cast<std::int32_t>(random() % static_cast<unsigned>(experts)) : -1;
      routing.weights.f32()[row * k + j] = j < used ? normal(random, 1)[0] : 0.0f;
    }
  }
  return routing;
}

}  // namespace

class TestReferenceBackend : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void linearIsTheProduct() {
    Random random(1);
    for (const int threads : {1, 3}) {
      const auto backend = backend_with(threads);
      for (int t = 0; t < dtype_count; ++t) {
        const auto type = static_cast<DType>(t);
        if (!dtype_supported(type)) continue;
        for (auto [rows, in, out] : {std::tuple{1, 64, 5}, {7, 33, 17}, {40, 96, 64}, {3, 1, 1}, {0, 8, 8}}) {
          if (dtype_is_block(type)) {  // small: the search of quantize_row takes its time
            in = dtype_block_elements(type) * (1 + in % 3);
            out = std::min(out, 9);
          }
          const OwnedWeight w(random, 1, out, in, 4.0f / static_cast<float>(in), type, 2), bias(random, 1, 1, out, 1.0f);
          const std::vector<float> x = normal(random, rows * in);
          const bool biased = random() % 2;
          const Tensor y = backend->linear(put(*backend, x, {rows, in}), {w.ref(), biased ? bias.ref() : nullptr});
          QCOMPARE(y.rank, 2);
          QCOMPARE(y.dim[1], out);
          for (int r = 0; r < rows; ++r) {
            for (int o = 0; o < out; ++o) {
              double want = biased ? bias.values[static_cast<std::size_t>(o)] : 0.0;
              for (int i = 0; i < in; ++i) want += static_cast<double>(x[static_cast<std::size_t>(r * in + i)]) * w.at(0, o, i);
              QVERIFY(close(y.f32()[r * out + o], want));
            }
          }
        }
      }
    }
  }

  void embedTakesRowsAndZerosForUnknownTokens() {
    Random random(2);
    const auto backend = backend_with(2);
    const OwnedWeight table(random, 1, 50, 24, 1.0f, DType::bf16);
    OwnedBatch b(random, {9}, 50);
    b.tokens[3] = -1;
    b.tokens[4] = 50;
    const Tensor y = backend->embed(table.ref(), b.batch);
    for (int r = 0; r < 9; ++r) {
      for (int i = 0; i < 24; ++i) QCOMPARE(y.f32()[r * 24 + i], r == 3 || r == 4 ? 0.0f : table.at(0, b.tokens[static_cast<std::size_t>(r)], i));
    }
  }

  void expertLinearGivesEachPlaceItsExpert() {
    Random random(3);
    const auto backend = backend_with(2);
    for (int trial = 0; trial < 30; ++trial) {
      const auto rows = static_cast<std::int32_t>(1 + random() % 20), k = static_cast<std::int32_t>(1 + random() % 5);
      const auto experts = static_cast<std::int32_t>(1 + random() % 9), in = static_cast<std::int32_t>(1 + random() % 40);
      const auto out = static_cast<std::int32_t>(1 + random() % 30);
      const OwnedWeight w(random, experts, out, in, 0.5f, trial % 2 ? DType::f32 : DType::f16);
      const Routing routing = random_routing(random, *backend, rows, k, experts);
      for (const bool per_place : {false, true}) {
        const std::vector<float> x = normal(random, rows * in * (per_place ? k : 1));
        const Tensor tx = per_place ? put(*backend, x, {rows, k, in}) : put(*backend, x, {rows, in});
        const Tensor y = backend->expert_linear(tx, w.ref(), routing);
        QCOMPARE(y.rank, 3);
        for (std::int32_t place = 0; place < rows * k; ++place) {
          const std::int32_t expert = routing.ids.i32()[place];
          for (std::int32_t o = 0; o < out; ++o) {
            double want = 0;
            for (std::int32_t i = 0; i < in && expert >= 0; ++i) {
              want += static_cast<double>(x[static_cast<std::size_t>((per_place ? place : place / k) * in + i)]) * w.at(expert, o, i);
            }
            QVERIFY(expert < 0 ? y.f32()[place * out + o] == 0.0f : close(y.f32()[place * out + o], want));
          }
        }
      }
    }
  }

  void combineIsTheWeightedSum() {
    Random random(4);
    const auto backend = backend_with(2);
    const Routing routing = random_routing(random, *backend, 12, 4, 6);
    // Unused places must not matter, whatever stands there.
    std::vector<float> y = normal(random, 12 * 4 * 10);
    for (int place = 0; place < 48; ++place) {
      if (routing.ids.i32()[place] < 0) std::fill_n(y.begin() + place * 10, 10, std::numeric_limits<float>::quiet_NaN());
    }
    const Tensor out = backend->combine(put(*backend, y, {12, 4, 10}), routing);
    for (int r = 0; r < 12; ++r) {
      for (int i = 0; i < 10; ++i) {
        double want = 0;
        for (int j = 0; j < 4; ++j) {
          if (routing.ids.i32()[r * 4 + j] >= 0) want += static_cast<double>(routing.weights.f32()[r * 4 + j]) * y[static_cast<std::size_t>((r * 4 + j) * 10 + i)];
        }
        QVERIFY(close(out.f32()[r * 10 + i], want));
      }
    }
  }

  void rmsNormDividesByTheRootMeanSquare() {
    Random random(5);
    const auto backend = backend_with(2);
    const OwnedWeight w(random, 1, 1, 37, 1.0f, DType::bf16);
    const std::vector<float> x = normal(random, 5 * 2 * 37, 3.0f);
    for (const bool weighted : {true, false}) {
      const Tensor y = backend->rms_norm(put(*backend, x, {5, 2, 37}), weighted ? w.ref() : nullptr, 1e-5f);
      for (std::size_t v = 0; v < 10; ++v) {
        double squares = 0;
        for (std::size_t i = 0; i < 37; ++i) squares += static_cast<double>(x[v * 37 + i]) * x[v * 37 + i];
        for (std::size_t i = 0; i < 37; ++i) {
          const double want = x[v * 37 + i] / std::sqrt(squares / 37 + 1e-5) * (weighted ? w.values[i] : 1.0f);
          QVERIFY(close(y.f32()[v * 37 + i], want, 2e-6));
        }
      }
    }
  }

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

  // Every row-wise op: a row among others, and with other thread counts, has the bits it has alone.
  void rowsDoNotDependOnTheBatchOrTheThreads() {
    Random random(9);
    const std::int32_t rows = 23, width = 50, experts = 12, vocabulary = 31;
    const OwnedWeight norm(random, 1, 1, width, 1.0f), w(random, 1, 44, width, 0.3f, DType::bf16), bias(random, 1, 1, 44, 1.0f);
    const OwnedWeight table(random, 1, vocabulary, width, 1.0f, DType::f16), router(random, 1, experts, width, 0.3f);
    const OwnedWeight selection(random, 1, 1, experts, 0.1f);
    const OwnedWeight gate(random, experts, 20, width, 0.3f), up(random, experts, 20, width, 0.3f, DType::f16), down(random, experts, width, 20, 0.3f);
    const OwnedWeight shared_gate(random, 1, 24, width, 0.3f), shared_up(random, 1, 24, width, 0.3f), shared_down(random, 1, width, 24, 0.3f);
    const OwnedWeight shared_by(random, 1, 1, width, 0.3f);
    const MoeWeights moe{router.ref(), nullptr, selection.ref(), {gate.ref(), up.ref(), down.ref()}, {shared_gate.ref(), shared_up.ref(), shared_down.ref()}, shared_by.ref()};
    const RouterSpec spec{.score = RouterScore::sigmoid, .experts = experts, .top_k = 3, .normalise = true, .normalise_epsilon = 1e-20f, .scale = 2.5f};
    RopeSpec rope;
    for (int i = 0; i < 10; ++i) rope.inv_freq.push_back(std::pow(100.0f, -static_cast<float>(i) / 10));
    const std::vector<float> x = normal(random, rows * width);

    const auto run = [&](int threads, std::int32_t first, std::int32_t count) {
      const auto backend = backend_with(threads);
      Random unused(1);
      OwnedBatch b(unused, {count}, vocabulary, 5 + first);
      for (std::int32_t r = 0; r < count; ++r) b.tokens[static_cast<std::size_t>(r)] = (first + r) % vocabulary;
      const Tensor t = put(*backend, {x.begin() + first * width, x.begin() + (first + count) * width}, {count, width});
      std::vector<std::vector<float>> results;
      const auto keep = [&](const Tensor& y) { results.push_back(get(*backend, y)); };
      keep(backend->embed(table.ref(), b.batch));
      keep(backend->linear(t, {w.ref(), bias.ref()}));
      keep(backend->rms_norm(t, norm.ref(), 1e-6f));
      keep(backend->norm_rope(t.reshaped({count, 2, 25}), nullptr, 0, rope, b.batch));
      keep(backend->moe(t, moe, spec, {}, b.batch, 0));
      keep(backend->scale(t, 0.7f));
      return results;
    };
    const auto all = run(1, 0, rows);
    for (const int threads : {2, 4}) QVERIFY(run(threads, 0, rows) == all);
    for (std::int32_t first = 0; first < rows;) {
      const std::int32_t count = std::min<std::int32_t>(rows - first, static_cast<std::int32_t>(1 + random() % 4));
      const auto part = run(2, first, count);
      for (std::size_t op = 0; op < all.size(); ++op) {
        const auto n = static_cast<std::ptrdiff_t>(all[op].size() / static_cast<std::size_t>(rows));
        QVERIFY2(std::equal(part[op].begin(), part[op].end(), all[op].begin() + first * n), qPrintable(QString::number(op)));
      }
      first += count;
    }
  }

  void gluOfEveryKind() {
    Random random(10);
    const auto backend = backend_with(2);
    const std::vector<float> gate = normal(random, 5000, 4.0f), up = normal(random, 5000, 4.0f);
    const std::map<ActivationKind, double (*)(double)> kinds = {
        {ActivationKind::silu, [](double g) { return g / (1 + std::exp(-g)); }},
        {ActivationKind::gelu, [](double g) { return 0.5 * g * std::erfc(-g / std::sqrt(2.0)); }},
        {ActivationKind::gelu_tanh, [](double g) { return 0.5 * g * (1 + std::tanh(std::sqrt(2 / M_PI) * (g + 0.044715 * g * g * g))); }},
        {ActivationKind::relu, [](double g) { return std::max(g, 0.0); }},
        {ActivationKind::relu_squared, [](double g) { return g > 0 ? g * g : 0.0; }}};
    for (const auto& [kind, act] : kinds) {
      const Tensor y = backend->glu(put(*backend, gate, {50, 100}), put(*backend, up, {50, 100}), {kind, 1.0f, 0.0f});
      for (std::size_t i = 0; i < gate.size(); ++i) {
        const double want = act(gate[i]) * up[i];
        QVERIFY(std::abs(y.f32()[i] - want) <= 1e-7 * std::abs(want) + 1e-12);
      }
    }
    const Tensor y = backend->glu(put(*backend, gate, {5000}), put(*backend, up, {5000}), {ActivationKind::swiglu_clamped, 1.702f, 7.0f});
    for (std::size_t i = 0; i < gate.size(); ++i) {
      const double g = std::min(gate[i], 7.0f), u = std::clamp(up[i], -7.0f, 7.0f);
      QVERIFY(close(y.f32()[i], g / (1 + std::exp(-static_cast<double>(1.702f) * g)) * (u + 1), 1e-6));
    }
  }

  void crossEntropyIsTheMeanOverWantedRows() {
    Random random(11);
    const auto backend = backend_with(2);
    const std::vector<float> logits = normal(random, 6 * 40, 20.0f);
    const std::int32_t targets[] = {3, -1, 39, 0, -100, 7};
    double want = 0;
    for (const std::size_t r : {0u, 2u, 3u, 5u}) {
      double sum = 0, largest = *std::max_element(logits.begin() + static_cast<std::ptrdiff_t>(r) * 40, logits.begin() + static_cast<std::ptrdiff_t>(r + 1) * 40);
      for (std::size_t i = 0; i < 40; ++i) sum += std::exp(logits[r * 40 + i] - largest);
      want += (std::log(sum) + largest - logits[r * 40 + static_cast<std::size_t>(targets[r])]) / 4;
    }
    const Tensor t = put(*backend, logits, {6, 40});
    QVERIFY(close(backend->cross_entropy(t, targets).f32()[0], want, 1e-6));
    const std::int32_t nothing[] = {-1, -1, -1, -1, -1, -1};
    QCOMPARE(backend->cross_entropy(t, nothing).f32()[0], 0.0f);
  }

  void residualAddWritesIntoItsFirstInput() {
    Random random(12);
    const auto backend = backend_with(1);
    const std::vector<float> a = normal(random, 30), b = normal(random, 30);
    const Tensor x = put(*backend, a, {3, 10}), y = put(*backend, b, {3, 10});
    const Tensor sum = backend->residual_add(x, y);
    QCOMPARE(sum.data, x.data);
    QVERIFY(sum.id != x.id);
    for (std::size_t i = 0; i < 30; ++i) QCOMPARE(sum.f32()[i], a[i] + b[i]);
    const std::int32_t rows[] = {0, 2};
    Batch batch;
    batch.rows = 3;
    batch.output_rows = rows;
    batch.outputs = 2;
    const std::vector<float> picked = get(*backend, backend->output_rows(y, batch));
    QVERIFY(std::equal(picked.begin() + 10, picked.end(), b.begin() + 20));
  }

  void opsGiveBackTheirScratchMemory() {
    Random random(13);
    const auto backend = backend_with(2);
    const OwnedWeight w(random, 4, 32, 32, 0.3f, DType::f16);
    const Routing routing = random_routing(random, *backend, 8, 2, 4);
    const Tensor x = put(*backend, normal(random, 8 * 32), {8, 32});
    const Ops::Mark start = backend->mark();
    for (int i = 0; i < 2; ++i) {
      const std::uint64_t before = backend->mark();
      const Tensor y = backend->expert_linear(x, w.ref(), routing);
      QCOMPARE(backend->mark() - before, static_cast<std::uint64_t>(y.elements()) * 4);
    }
    backend->release(start);
  }

  void refusesWeightsThatDoNotHoldTogether() {
    Random random(14);
    const auto backend = backend_with(1);
    OwnedWeight w(random, 1, 8, 32, 1.0f);
    QVERIFY(backend->prepare(1, w.weight).ok());
    const auto code = [&](auto change) {
      Weight changed = w.weight;
      change(changed);
      const Status status = backend->prepare(1, changed);
      if (status.ok()) return ErrorCode::internal;
      return status.error().message().find(changed.name) != std::string::npos ? status.error().code : ErrorCode::internal;
    };
    QVERIFY(code([](Weight& x) { x.bytes -= 4; }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.rows = 9; }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.rows = std::numeric_limits<std::int64_t>::max(); }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.cols = 0; }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.type = DType::q8_0; x.cols = 31; }) == ErrorCode::invalid_argument);
    QVERIFY(code([](Weight& x) { x.type = DType::i32; }) == ErrorCode::unsupported);
    QVERIFY(code([](Weight& x) { x.residency = Residency::device; }) == ErrorCode::unsupported);
    QVERIFY(code([](Weight& x) { x.data = nullptr; }) == ErrorCode::invalid_argument);
  }
};

QTEST_APPLESS_MAIN(TestReferenceBackend)
#include "test_reference_backend.moc"
