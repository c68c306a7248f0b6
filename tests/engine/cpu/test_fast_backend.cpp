// SPDX-License-Identifier: Apache-2.0
// Tests of engine/cpu: fast_prepared
// The fast backend's operations against the reference's, and one row's bits in any company.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>

#include "fast_backend_fixture.h"

using namespace roundhouse;
using namespace fast_test;

namespace {

// One sequence's steps over a cache whose pages are shuffled.
struct Steps {
  std::vector<std::int32_t> pages;
  std::unique_ptr<KvCache, void (*)(KvCache*)> cache;

  Steps(Backend& backend, Random& random, std::int32_t kv_heads, std::int32_t key_dim, std::int32_t value_dim, DType type = DType::f16)
      : cache(std::move(backend.create_cache(2, 12, kv_heads, key_dim, value_dim, type)).value()) {
    for (std::int32_t p = 0; p < 12; ++p) pages.push_back(p);
    std::shuffle(pages.begin(), pages.end(), random);
  }
};

struct StepBatch {
  std::vector<std::int32_t> positions, slot_of, sequence;
  BatchSequence part;
  Batch batch;
  StepBatch(const Steps& steps, std::int32_t cached, std::int32_t rows) {
    for (std::int32_t i = 0; i < rows; ++i) {
      const std::int32_t p = cached + i;
      positions.push_back(p);
      slot_of.push_back(steps.pages[static_cast<std::size_t>(p / KvCache::page_tokens)] * KvCache::page_tokens + p % KvCache::page_tokens);
      sequence.push_back(0);
    }
    part = {0, rows, cached, steps.pages.data()};
    batch.rows = rows;
    batch.positions = positions.data();
    batch.sequence = sequence.data();
    batch.cache_slot = slot_of.data();
    batch.sequences = std::span(&part, 1);
    batch.cache = steps.cache.get();
  }
  StepBatch(const StepBatch&) = delete;
  StepBatch& operator=(const StepBatch&) = delete;
};

}  // namespace

// FastBackend with PreparedWeights (fast_prepared) against the reference; its mixtures: test_fast_moe.cpp.
class TestFastBackend : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    if (fast_isas().empty()) QSKIP("this processor has no fast path");
  }

  void whatAWeightWillTakeIsForetold() {
    Random random(2);
    const auto backend = make(fast_isas()[0]);
    std::uint64_t model = 1;
    for (const DType type : {DType::f32, DType::f16, DType::bf16, DType::q8_0, DType::q4_0, DType::q4_k, DType::q6_k}) {
      for (const auto& [experts, rows] : {std::pair{1, 1}, {1, 20}, {3, 16}}) {
        OwnedWeight w = random_weight(random, type, experts, rows, 256, 0);
        w.weight.residency = Residency::host;
        std::vector<std::byte> shifted(w.weight.bytes + 1);
        std::memcpy(shifted.data() + 1, w.weight.data, w.weight.bytes);
        Weight odd = w.weight;  // as a safetensors file may hold it
        odd.data = shifted.data() + 1;
        for (const Weight& weight : {w.weight, odd}) {
          QVERIFY(backend->prepare(++model, weight).ok());
          const auto [dense, stacked] = backend->prepared_bytes(model);
          QCOMPARE(backend->bytes_to_prepare(weight), dense + stacked);
          backend->forget(model);
        }
      }
    }
  }

  void creationRefusesWhatIsNotThere() {
    for (const Isa isa : {Isa::reference, Isa::amx, Isa::automatic}) {
      const auto backend = FastBackend::create(Context{}, std::make_shared<ThreadPool>(1), isa);
      QVERIFY(!backend.ok());
      QCOMPARE(backend.error().code, ErrorCode::unsupported);
      QVERIFY(backend.error().message().find("avx2") != std::string::npos);
    }
    const auto backend = make(fast_isas()[0]);
    QCOMPARE(backend->isa(), fast_isas()[0]);
    QVERIFY(!backend->numerics().bit_exact_reference);
  }

  void preparedFormsAreCountedAndForgotten() {
    Random random(1);
    const auto backend = make(fast_isas()[0]);
    Weights weights;
    const WeightRef dense = weights.add(random, DType::q4_0, 1, 40, 64);
    weights.add(random, DType::q8_0, 3, 16, 64);
    weights.add(random, DType::f32, 1, 8, 8);
    weights.prepare(*backend, 7);
    const auto [dense_bytes, expert_bytes] = backend->prepared_bytes(7);
    std::uint64_t foretold = 0;
    for (const OwnedWeight& w : weights.owned) foretold += backend->bytes_to_prepare(w.weight);
    QCOMPARE(foretold, dense_bytes + expert_bytes);
    QCOMPARE(dense_bytes, std::uint64_t{3 * 2 * (32 + 256)});  // 40 rows: three groups of 16; f32 stays in place
    QCOMPARE(expert_bytes, std::uint64_t{3 * 2 * (32 + 512)});
    // A second model with the same bytes shares them.
    QVERIFY(backend->prepare(8, *dense).ok());
    backend->forget(7);
    QCOMPARE(backend->prepared_bytes(7).first, std::uint64_t{0});
    QCOMPARE(backend->prepared_bytes(8).first, dense_bytes);
    const Values x = gaussian_row(random, 64);
    QCOMPARE(backend->linear(backend->upload(x.data(), DType::f32, {1, 64}), {dense, nullptr}).dim[1], 40);
    backend->forget(8);
    QVERIFY_THROWS_EXCEPTION(std::logic_error, backend->linear(backend->upload(x.data(), DType::f32, {1, 64}), {dense, nullptr}));
    Weight bad = *dense;
    bad.type = DType::q2_k;
    const Status status = backend->prepare(9, bad);
    QVERIFY(!status.ok());
    QVERIFY(status.error().message().find(bad.name) != std::string::npos);
  }

  // A row of a product may be off by numerics().relative_tolerance |x| |w| for the rounding of x (see there), and by float32
  // roundings, at most 1e-6 of the same.
  void linearsMatchTheReference() {
    Random random(2);
    const auto reference = make(Isa::reference);
    for (const Isa isa : fast_isas()) {
      for (const int threads : {1, 3}) {
        const auto fast = make(isa, threads);
        for (const std::int64_t columns : {256, 768}) {
          Weights weights;
          std::vector<LinearWeights> linear;
          for (const DType type : weight_types()) {
            linear.push_back({weights.add(random, type, 1, 1 + static_cast<std::int64_t>(random() % 70), columns), nullptr});
            if (random() % 2) linear.back().bias = weights.add(random, random() % 2 ? DType::f32 : DType::bf16, 1, 1, linear.back().weight->rows);
          }
          weights.prepare(*fast);
          weights.prepare(*reference);
          for (const std::int64_t rows : {0, 1, 2, 9, 100}) {
            const Values x = gaussian_row(random, rows * columns);
            const auto got = fast->linears(fast->upload(x.data(), DType::f32, {rows, columns}), linear);
            const auto want = reference->linears(reference->upload(x.data(), DType::f32, {rows, columns}), linear);
            for (std::size_t i = 0; i < linear.size(); ++i) {
              const Values a = read(*fast, got[i]), b = read(*reference, want[i]);
              QCOMPARE(a.size(), b.size());
              const auto outputs = static_cast<std::size_t>(linear[i].weight->rows);
              for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
                const double x_length = length(row_of(x, r, static_cast<std::size_t>(columns)));
                for (std::size_t o = 0; o < outputs; ++o) {
                  double w_squares = 0;
                  for (std::int64_t c = 0; c < columns; ++c) {
                    const double w = weight_value(*linear[i].weight, static_cast<std::int64_t>(o), c);
                    w_squares += w * w;
                  }
                  const double bound = (fast->numerics().relative_tolerance + 1e-6) * x_length * std::sqrt(w_squares);
                  const double error = std::abs(static_cast<double>(a[r * outputs + o]) - b[r * outputs + o]);
                  QVERIFY2(error <= bound + 1e-6, qPrintable(QString("%1 %2: off by %3, bound %4").arg(isa_name(isa)).arg(std::string(dtype_name(linear[i].weight->type)).c_str()).arg(error).arg(bound)));
                }
              }
            }
          }
        }
      }
    }
  }

  void attentionMatchesTheReferenceInChunks() {
    Random random(6);
    struct Shape {
      std::int32_t heads, kv_heads, key_dim, value_dim, window;
      float softcap;
    };
    for (const Shape& s : {Shape{9, 3, 64, 64, 0, 0.0f}, Shape{4, 4, 40, 24, 0, 0.0f}, Shape{30, 1, 32, 64, 50, 0.0f}, Shape{8, 2, 128, 96, 0, 10.0f}}) {
      AttentionSpec spec{s.heads, s.kv_heads, s.key_dim, s.value_dim, 0.3f, s.window, s.softcap};
      constexpr std::int32_t total = 150;
      const Values q = gaussian_row(random, total * s.heads * s.key_dim), k = gaussian_row(random, total * s.kv_heads * s.key_dim);
      const Values v = gaussian_row(random, total * s.kv_heads * s.value_dim);
      // Rows [begin, end) of a tensor [total, heads, dim].
      const auto part = [](Backend& backend, const Values& all, std::int32_t begin, std::int32_t end, std::int32_t heads, std::int32_t dim) {
        return backend.upload(all.data() + static_cast<std::ptrdiff_t>(begin) * heads * dim, DType::f32, {end - begin, heads, dim});
      };
      struct Outcome {
        Values y, probabilities;
      };
      const auto run = [&](Backend& backend, const std::vector<std::int32_t>& ends, bool probabilities, DType type = DType::f16) {
        const Steps steps(backend, random, s.kv_heads, s.key_dim, s.value_dim, type);
        Outcome all;
        std::int32_t begin = 0;
        for (const std::int32_t end : ends) {
          const StepBatch step(steps, begin, end - begin);
          Tensor wanted = backend.allocate(DType::f32, {end - begin, s.heads, total});
          const Tensor y = backend.attention(part(backend, q, begin, end, s.heads, s.key_dim), part(backend, k, begin, end, s.kv_heads, s.key_dim),
                                             part(backend, v, begin, end, s.kv_heads, s.value_dim), spec, step.batch, 1,
                                             probabilities ? &wanted : nullptr);
          const Values got = read(backend, y);
          all.y.insert(all.y.end(), got.begin(), got.end());
          if (probabilities) {
            const Values p = read(backend, wanted);
            all.probabilities.insert(all.probabilities.end(), p.begin(), p.end());
          }
          begin = end;
        }
        return all;
      };
      const auto reference = make(Isa::reference);
      const Outcome want = run(*reference, {total}, true);
      for (const Isa isa : fast_isas()) {
        const auto fast = make(isa);
        const Outcome whole = run(*fast, {total}, true);
        // Keys and values rounded to 11 bits move scores of size up to ~3 by some 1e-3.
        QVERIFY(distance(whole.y, want.y) <= 3e-3 * length(want.y));
        QVERIFY(distance(whole.probabilities, want.probabilities) <= 3e-3 * length(want.probabilities));
        // In f32 only the order of sums differs.
        const Outcome full = run(*fast, {total}, true, DType::f32);
        QVERIFY(distance(full.y, want.y) <= 1e-5 * length(want.y));
        QVERIFY(distance(full.probabilities, want.probabilities) <= 1e-5 * length(want.probabilities));
        // Chunks, down to single tokens, other pages and another number of threads: the same bits.
        std::vector<std::int32_t> ends;
        while (ends.empty() || ends.back() < total) {
          const std::int32_t last = ends.empty() ? 0 : ends.back();
          ends.push_back(std::min(total, last + 1 + static_cast<std::int32_t>(random() % 3 ? 0 : random() % 60)));
        }
        QVERIFY(run(*fast, ends, false).y == whole.y);
        QVERIFY(run(*fast, ends, false, DType::f32).y == full.y);
        QVERIFY(run(*make(isa, 3), ends, true).probabilities == whole.probabilities);
      }
    }
  }

  void severalSequencesOfABatchDoNotMix() {
    Random random(7);
    const AttentionSpec spec{6, 2, 32, 32, 0.2f, 0, 0.0f};
    for (const Isa isa : fast_isas()) {
      const auto fast = make(isa);
      const std::vector<std::int32_t> lengths{5, 1, 70, 1};
      const std::int32_t rows = 77;
      const Values q = gaussian_row(random, rows * 6 * 32), k = gaussian_row(random, rows * 2 * 32), v = gaussian_row(random, rows * 2 * 32);
      const auto cache = std::move(fast->create_cache(1, 20, 2, 32, 32, DType::f16)).value();
      std::vector<std::vector<std::int32_t>> pages;
      std::vector<BatchSequence> sequences;
      std::vector<std::int32_t> positions, slot_of, sequence;
      for (std::size_t s = 0; s < lengths.size(); ++s) {
        pages.push_back({static_cast<std::int32_t>(2 * s + 1), static_cast<std::int32_t>(2 * s)});
        sequences.push_back({static_cast<std::int32_t>(positions.size()), lengths[s], 0, nullptr});
        for (std::int32_t p = 0; p < lengths[s]; ++p) {
          positions.push_back(p);
          slot_of.push_back(pages[s][static_cast<std::size_t>(p / 64)] * 64 + p % 64);
          sequence.push_back(static_cast<std::int32_t>(s));
        }
      }
      for (std::size_t s = 0; s < lengths.size(); ++s) sequences[s].pages = pages[s].data();
      Batch batch = plain_batch(rows);
      batch.positions = positions.data();
      batch.sequence = sequence.data();
      batch.cache_slot = slot_of.data();
      batch.sequences = sequences;
      batch.cache = cache.get();
      const Values together = read(*fast, fast->attention(fast->upload(q.data(), DType::f32, {rows, 6, 32}), fast->upload(k.data(), DType::f32, {rows, 2, 32}),
                                                          fast->upload(v.data(), DType::f32, {rows, 2, 32}), spec, batch, 0));
      for (std::size_t s = 0; s < lengths.size(); ++s) {
        const Steps steps(*fast, random, 2, 32, 32);
        const StepBatch step(steps, 0, lengths[s]);
        const std::ptrdiff_t first = sequences[s].first_row;
        const Values alone = read(*fast, fast->attention(fast->upload(q.data() + first * 192, DType::f32, {lengths[s], 6, 32}),
                                                         fast->upload(k.data() + first * 64, DType::f32, {lengths[s], 2, 32}),
                                                         fast->upload(v.data() + first * 64, DType::f32, {lengths[s], 2, 32}), spec, step.batch, 0));
        QVERIFY(std::equal(alone.begin(), alone.end(), together.begin() + first * 192));
      }
    }
  }

  void withoutACacheAttentionIsTheReferences() {
    Random random(8);
    const AttentionSpec spec{4, 2, 16, 16, 0.25f, 0, 0.0f};
    const auto fast = make(fast_isas()[0]), reference = make(Isa::reference);
    const std::int32_t rows = 12;
    const Values q = gaussian_row(random, rows * 64), k = gaussian_row(random, rows * 32), v = gaussian_row(random, rows * 32);
    const std::vector<std::int32_t> sequence(rows, 0);
    const BatchSequence part{0, rows, 0, nullptr};
    Batch batch = plain_batch(rows);
    batch.sequence = sequence.data();
    batch.sequences = std::span(&part, 1);
    const auto run = [&](Backend& backend) {
      return read(backend, backend.attention(backend.upload(q.data(), DType::f32, {rows, 4, 16}), backend.upload(k.data(), DType::f32, {rows, 2, 16}),
                                             backend.upload(v.data(), DType::f32, {rows, 2, 16}), spec, batch, 0));
    };
    QVERIFY(run(*fast) == run(*reference));
  }

  void normsRotationsAndSumsMatchTheReference() {
    Random random(9);
    const auto reference = make(Isa::reference);
    for (const Isa isa : fast_isas()) {
      const auto fast = make(isa);
      Weights weights;
      const WeightRef wide = weights.add(random, DType::f32, 1, 1, 100), head = weights.add(random, DType::f16, 1, 1, 20);
      weights.prepare(*fast);
      weights.prepare(*reference);
      constexpr std::int32_t rows = 37;
      const Values x = gaussian_row(random, rows * 100), y = gaussian_row(random, rows * 100);
      std::vector<std::int32_t> positions;
      for (std::int32_t i = 0; i < 4 * rows; ++i) positions.push_back(static_cast<std::int32_t>(random() % 5000));
      RopeSpec spec;
      for (int i = 0; i < 7; ++i) spec.inv_freq.push_back(std::pow(0.3f, static_cast<float>(i)));
      spec.magnitude = 1.1f;
      const auto check = [&](const char* what, const std::function<std::vector<Tensor>(Backend&)>& run) {
        const auto a = run(*fast), b = run(*reference);
        for (std::size_t i = 0; i < a.size(); ++i) {
          const Values u = read(*fast, a[i]), v = read(*reference, b[i]);
          QVERIFY2(distance(u, v) <= 2e-6 * length(v), what);
        }
      };
      const auto in = [&](Backend& backend, const Values& values) { return backend.upload(values.data(), DType::f32, {rows, 100}); };
      check("rms_norm", [&](Backend& b) { return std::vector{b.rms_norm(in(b, x), wide, 1e-6f)}; });
      check("residual_add_norm", [&](Backend& b) {
        const auto [sum, norm] = b.residual_add_norm(in(b, x), in(b, y), wide, 1e-6f);
        return std::vector{sum, norm};
      });
      check("residual_add", [&](Backend& b) { return std::vector{b.residual_add(in(b, x), in(b, y))}; });
      check("scale", [&](Backend& b) { return std::vector{b.scale(in(b, x), 0.37f)}; });
      check("glu", [&](Backend& b) { return std::vector{b.glu(in(b, x), in(b, y), {ActivationKind::swiglu_clamped, 1.7f, 1.0f})}; });
      check("glu without a gate", [&](Backend& b) { return std::vector{b.glu({}, in(b, y), {ActivationKind::relu_squared})}; });
      for (const RopeOrder order : {RopeOrder::halves, RopeOrder::pairs}) {
        for (const bool axes : {false, true}) {
          spec.order = order;
          spec.axis = axes ? std::vector<std::int32_t>{0, 1, 2, 3, 3, 2, 1} : std::vector<std::int32_t>{};
          Batch batch = plain_batch(rows);
          batch.positions = positions.data();
          batch.position_axes = axes ? 4 : 1;
          check("rope", [&](Backend& b) { return std::vector{b.rope(in(b, x).reshaped({rows, 5, 20}), spec, batch)}; });
          check("norm_rope", [&](Backend& b) { return std::vector{b.norm_rope(in(b, x).reshaped({rows, 5, 20}), head, 1e-6f, spec, batch)}; });
          // Other positions under the same spec: the table made before must not be used.
          std::vector<std::int32_t> later = positions;
          for (std::int32_t& p : later) ++p;
          batch.positions = later.data();
          check("rope, later", [&](Backend& b) { return std::vector{b.rope(in(b, x).reshaped({rows, 5, 20}), spec, batch)}; });
        }
      }
    }
  }

  // The rounded form of an activation is kept for the next product of it, but not beyond its memory.
  void roundedActivationsDoNotOutliveTheirMark() {
    Random random(11);
    const auto fast = make(fast_isas()[0]);
    Weights weights;
    const LinearWeights w{weights.add(random, DType::q8_0, 1, 32, 64), nullptr};
    weights.prepare(*fast);
    const Values values = gaussian_row(random, 64), other = gaussian_row(random, 4096, 50.0f);
    const Tensor x = fast->upload(values.data(), DType::f32, {1, 64});
    const Ops::Mark mark = fast->mark();
    const Values first = read(*fast, fast->linear(x, w));
    fast->release(mark);
    (void)fast->upload(other.data(), DType::f32, {4096});  // over what the rounded form was
    QVERIFY(read(*fast, fast->linear(x, w)) == first);
    // A residual sum is another value in the same memory.
    const Tensor y = fast->upload(other.data(), DType::f32, {1, 64});
    const Tensor sum = fast->residual_add(x, y);
    QVERIFY(read(*fast, fast->linear(sum, w)) != first);
  }
};

QTEST_APPLESS_MAIN(TestFastBackend)
#include "test_fast_backend.moc"
