// SPDX-License-Identifier: Apache-2.0
// Tests of engine/cpu: fast_moe fast_prepared
// The fast backend's operations against the reference's, and one row's bits in any company.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>

#include "engine/cpu/fast_backend.h"
#include "fast_test_support.h"

using namespace roundhouse;
using namespace fast_test;

namespace {

using Values = std::vector<float>;

std::vector<Isa> fast_isas() {
  std::vector<Isa> isas = available_isas();
  std::erase(isas, Isa::reference);
  return isas;
}

std::unique_ptr<Backend> make(Isa isa, int threads = 2) {
  const auto pool = std::make_shared<ThreadPool>(threads);
  if (isa == Isa::reference) return std::make_unique<ReferenceBackend>(Context{}, pool);
  auto fast = FastBackend::create(Context{}, pool, isa);
  if (!fast.ok()) qFatal("%s", fast.error().message().c_str());
  return std::move(fast).value();
}

Values read(Backend& backend, const Tensor& tensor) {
  Values values(static_cast<std::size_t>(tensor.elements()));
  backend.read(tensor, values.data());
  return values;
}

Values row_of(const Values& values, std::size_t row, std::size_t width) {
  return {values.begin() + static_cast<std::ptrdiff_t>(row * width), values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width)};
}

double length(const Values& v) {
  double squares = 0;
  for (const float x : v) squares += static_cast<double>(x) * x;
  return std::sqrt(squares);
}

double distance(const Values& a, const Values& b) {
  Values difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return a.size() == b.size() ? length(difference) : std::nan("");
}

// Weights that stay where they are and are prepared on every backend asked for.
struct Weights {
  std::deque<OwnedWeight> owned;
  WeightRef add(Random& random, DType type, std::int64_t experts, std::int64_t rows, std::int64_t cols) {
    owned.push_back(random_weight(random, type, experts, rows, cols, static_cast<std::uint32_t>(owned.size())));
    owned.back().weight.residency = Residency::host;
    return &owned.back().weight;
  }
  void prepare(Backend& backend, std::uint64_t model = 1) const {
    for (const OwnedWeight& w : owned) {
      const Status status = backend.prepare(model, w.weight);
      if (!status.ok()) qFatal("%s", status.error().message().c_str());
    }
  }
};

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

Batch plain_batch(std::int32_t rows) {
  Batch batch;
  batch.rows = rows;
  return batch;
}

struct MoeCase {
  const char* name;
  DType gate_up, down;
  std::int64_t width, hidden;
  std::int32_t experts, top_k;
  std::int64_t shared_hidden;  // 0: none
  bool shared_gate, router_bias, selection_bias;
  ActivationKind activation;
};

// The embedded model's shape first; others mix types, sizes that do not fill a group, and options.
const MoeCase moe_cases[] = {
    {"embedded", DType::q4_0, DType::q4_0, 576, 64, 16, 4, 512, false, false, true, ActivationKind::silu},
    {"q4_k with q6_k down", DType::q4_k, DType::q6_k, 512, 256, 8, 2, 0, false, false, false, ActivationKind::silu},
    {"gated shared, q8_0", DType::q8_0, DType::q8_0, 160, 96, 12, 3, 192, true, false, false, ActivationKind::gelu_tanh},
    {"f16 down, odd hidden", DType::q4_0, DType::f16, 96, 40, 5, 2, 0, false, true, false, ActivationKind::silu},
    {"bf16", DType::bf16, DType::bf16, 70, 50, 6, 6, 30, false, true, true, ActivationKind::relu_squared},
    {"f32 and q8_0 down", DType::f32, DType::q8_0, 33, 64, 4, 1, 64, true, false, false, ActivationKind::gelu},
};

struct MoeModel {
  Weights weights;
  MoeWeights moe;
  RouterSpec router;
  Activation activation;
  explicit MoeModel(Random& random, const MoeCase& c) {
    const auto network = [&](std::int64_t experts, std::int64_t hidden) {
      FfnWeights w;
      w.gate = weights.add(random, c.gate_up, experts, hidden, c.width);
      w.up = weights.add(random, c.gate_up, experts, hidden, c.width);
      w.down = weights.add(random, c.down, experts, c.width + 3, hidden);
      return w;
    };
    moe.router = weights.add(random, DType::f32, 1, c.experts, c.width);
    if (c.router_bias) moe.router_bias = weights.add(random, DType::f32, 1, 1, c.experts);
    if (c.selection_bias) moe.selection_bias = weights.add(random, DType::bf16, 1, 1, c.experts);
    moe.experts = network(c.experts, c.hidden);
    if (c.shared_hidden) moe.shared = network(1, c.shared_hidden);
    if (c.shared_gate) moe.shared_gate = weights.add(random, DType::f32, 1, 1, c.width);
    router.score = RouterScore::sigmoid;
    router.experts = c.experts;
    router.top_k = c.top_k;
    router.normalise = true;
    router.normalise_epsilon = 1e-20f;
    router.scale = 2.5f;
    activation.kind = c.activation;
  }
};

}  // namespace

// FastBackend with PreparedWeights (fast_prepared) and its mixtures (fast_moe) against the reference.
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

  // Gate, up and down each bring at most 2.7e-4, and activations are at most about as steep as 1.1: 1e-3 of the row.
  void mixturesMatchTheReference() {
    Random random(3);
    const auto reference = make(Isa::reference);
    for (const MoeCase& c : moe_cases) {
      const MoeModel model(random, c);
      model.weights.prepare(*reference);
      for (const Isa isa : fast_isas()) {
        const auto fast = make(isa);
        model.weights.prepare(*fast);
        for (const std::int32_t rows : {1, 2, 8, 41, 300}) {
          const Values x = gaussian_row(random, rows * c.width);
          const auto run = [&](Backend& backend) {
            return read(backend, backend.moe(backend.upload(x.data(), DType::f32, {rows, c.width}), model.moe, model.router,
                                             model.activation, plain_batch(rows), 0));
          };
          const Values a = run(*fast), b = run(*reference);
          QCOMPARE(a.size(), b.size());
          const auto width = static_cast<std::size_t>(c.width + 3);
          for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
            const double error = distance(row_of(a, r, width), row_of(b, r, width)) / length(row_of(b, r, width));
            QVERIFY2(error <= 1e-3, qPrintable(QString("%1 %2 row %3 of %4: %5").arg(c.name).arg(isa_name(isa)).arg(r).arg(rows).arg(error)));
          }
          if (!model.moe.shared.gate) continue;
          const auto dense = [&](Backend& backend) {
            return read(backend, backend.dense_ffn(backend.upload(x.data(), DType::f32, {rows, c.width}), model.moe.shared, model.activation, Batch{}));
          };
          const Values d = dense(*fast), e = dense(*reference);
          QVERIFY(distance(d, e) <= 1e-3 * length(e));
        }
      }
    }
  }

  // Forced, disabled and changed top-k: unused places add nothing, and the trace says what the reference's says.
  void editsAndTracesReachTheOneRouter() {
    Random random(4);
    const MoeModel model(random, moe_cases[0]);
    const auto reference = make(Isa::reference);
    model.weights.prepare(*reference);
    for (const Isa isa : fast_isas()) {
      const auto fast = make(isa);
      model.weights.prepare(*fast);
      constexpr std::int32_t rows = 30, experts = 16;
      std::vector<std::uint8_t> flags(experts, EditTable::disable);
      flags[3] = flags[9] = EditTable::none;
      flags[12] = EditTable::force;
      std::vector<float> boost(experts, 0.5f);
      const std::int32_t two = 2;
      const EditTable tables[2] = {{boost.data(), flags.data(), nullptr}, {nullptr, nullptr, &two}};
      std::vector<std::int32_t> edit;
      for (std::int32_t r = 0; r < rows; ++r) edit.push_back(r % 3 - 1);
      const Values x = gaussian_row(random, rows * 576);
      struct Outcome {
        Values y, weights;
        std::vector<std::uint16_t> ids;
      };
      const auto run = [&](Backend& backend) {
        Outcome out{{}, Values(rows * 4), std::vector<std::uint16_t>(rows * 4)};
        std::vector<TraceRow> trace;
        for (std::size_t r = 0; r < rows; ++r) trace.push_back({out.ids.data() + 4 * r, out.weights.data() + 4 * r, nullptr});
        Batch batch = plain_batch(rows);
        batch.edit = edit.data();
        batch.edits = tables;
        batch.edit_experts = experts;
        batch.trace = trace.data();
        batch.trace_k = 4;
        batch.routed_layers = 1;
        out.y = read(backend, backend.moe(backend.upload(x.data(), DType::f32, {rows, 576}), model.moe, model.router,
                                          model.activation, batch, 0));
        return out;
      };
      const Outcome a = run(*fast), b = run(*reference);
      QVERIFY(a.ids == b.ids);
      QVERIFY(distance(a.weights, b.weights) <= 1e-5 * length(b.weights));
      QVERIFY(distance(a.y, b.y) <= 1e-3 * length(b.y));
      // Row 1 has the first table: three experts are left, one of them forced.
      std::vector<std::uint16_t> left(a.ids.begin() + 4, a.ids.begin() + 7);
      std::sort(left.begin(), left.end());
      QVERIFY((left == std::vector<std::uint16_t>{3, 9, 12}));
      QCOMPARE(a.weights[4 + 3], 0.0f);
    }
  }

  void expertLinearTakesRowsOrPlaces() {
    Random random(5);
    const auto reference = make(Isa::reference);
    for (const DType type : {DType::q4_0, DType::q6_k, DType::f16}) {
      Weights weights;
      const WeightRef w = weights.add(random, type, 7, 21, 256);
      weights.prepare(*reference);
      for (const Isa isa : fast_isas()) {
        const auto fast = make(isa);
        weights.prepare(*fast);
        for (const bool places : {false, true}) {
          constexpr std::int32_t rows = 13, k = 3;
          std::vector<std::int32_t> ids;
          for (std::int32_t i = 0; i < rows * k; ++i) ids.push_back(static_cast<std::int32_t>(random() % 8) - 1);
          const Values x = gaussian_row(random, rows * 256 * (places ? k : 1)), ones(rows * k, 1.0f);
          const auto run = [&](Backend& backend) {
            const Routing routing{backend.upload(ids.data(), DType::i32, {rows, k}), backend.upload(ones.data(), DType::f32, {rows, k}), k};
            const Tensor in = places ? backend.upload(x.data(), DType::f32, {rows, k, 256}) : backend.upload(x.data(), DType::f32, {rows, 256});
            return read(backend, backend.expert_linear(in, w, routing));
          };
          const Values a = run(*fast), b = run(*reference);
          QVERIFY(distance(a, b) <= 3e-4 * length(b));
          for (std::size_t p = 0; p < ids.size(); ++p) {
            if (ids[p] < 0) QCOMPARE(length(row_of(a, p, 21)), 0.0);
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

  void aRowHasTheSameBitsInAnyBatchAndOnAnyNumberOfThreads() {
    Random random(10);
    for (const Isa isa : fast_isas()) {
      const auto one = make(isa, 1), three = make(isa, 3);
      for (const MoeCase& c : moe_cases) {
        const MoeModel model(random, c);
        model.weights.prepare(*one);
        model.weights.prepare(*three);
        const std::int32_t rows = 2 + static_cast<std::int32_t>(random() % 150);
        const Values x = gaussian_row(random, rows * c.width);
        const auto run = [&](Backend& backend, std::int32_t first, std::int32_t count) {
          const Ops::Mark mark = backend.mark();
          const Tensor in = backend.upload(x.data() + first * c.width, DType::f32, {count, c.width});
          Values out = read(backend, backend.moe(in, model.moe, model.router, model.activation, plain_batch(count), 0));
          for (const WeightRef w : {model.moe.experts.gate, model.moe.router}) {
            if (w->experts > 1) continue;
            const Values more = read(backend, backend.linear(in, {w, nullptr}));
            out.insert(out.end(), more.begin(), more.end());
          }
          backend.release(mark);
          return out;
        };
        const Values together = run(*three, 0, rows);
        QVERIFY(run(*one, 0, rows) == together);
        const auto width = static_cast<std::size_t>(c.width + 3);
        for (std::int32_t r = 0; r < rows; r += 7) {
          const Values alone = run(*one, r, 1);
          QVERIFY(row_of(alone, 0, width) == row_of(together, static_cast<std::size_t>(r), width));
        }
        one->forget(1);
        three->forget(1);
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

  void badValuesShowAndDoNotSpread() {
    Random random(12);
    for (const Isa isa : fast_isas()) {
      const auto fast = make(isa);
      const MoeModel model(random, moe_cases[0]);
      model.weights.prepare(*fast);
      Values x = gaussian_row(random, 9 * 576);
      const auto run = [&] {
        return read(*fast, fast->moe(fast->upload(x.data(), DType::f32, {9, 576}), model.moe, model.router, model.activation, plain_batch(9), 0));
      };
      const Values good = run();
      x[4 * 576 + 100] = std::nanf("");
      const Values bad = run();
      for (std::size_t r = 0; r < 9; ++r) {
        if (r == 4) QVERIFY(std::isnan(bad[r * 579]));
        else QVERIFY(row_of(bad, r, 579) == row_of(good, r, 579));
      }
    }
  }
};

QTEST_APPLESS_MAIN(TestFastBackend)
#include "test_fast_backend.moc"
