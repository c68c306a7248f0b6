// SPDX-License-Identifier: Apache-2.0
// The fast backend's mixtures of experts against the reference's, and one row's bits in any company.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "fast_backend_fixture.h"

using namespace roundhouse;
using namespace fast_test;

class TestFastMoe : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    if (fast_isas().empty()) QSKIP("this processor has no fast path");
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
          if (!model.moe.shared.down) continue;
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
          const Values more = read(backend, backend.linear(in, {model.moe.router, nullptr}));
          out.insert(out.end(), more.begin(), more.end());
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

  // Rows with ids from outside beside rows that choose, one of them more than is given: each as if it were alone.
  void givenIdsAndChoicesShareABatch() {
    Random random(13);
    const MoeModel model(random, moe_cases[0]);
    const auto reference = make(Isa::reference);
    model.weights.prepare(*reference);
    constexpr std::int32_t rows = 24, k = 3, experts = 16;
    constexpr std::size_t width = 579;
    const Values x = gaussian_row(random, rows * 576);
    std::vector<std::int32_t> replay(rows * k, Batch::replay_choose), edit(rows, -1);
    for (std::size_t r = 0; r < rows; ++r) {
      if (r % 3 == 0) edit[r] = 0;
      if (r % 2 == 0) continue;
      for (std::size_t j = 0; j < k; ++j) replay[r * k + j] = static_cast<std::int32_t>((r + 5 * j) % experts);
    }
    const std::int32_t five = 5;
    const EditTable table{nullptr, nullptr, &five};
    const auto run = [&](Backend& backend, std::int32_t first, std::int32_t count, bool replayed) {
      Batch batch = plain_batch(count);
      batch.routed_layers = 1;
      batch.edit = edit.data() + first;
      batch.edits = {&table, 1};
      batch.edit_experts = experts;
      if (replayed) batch.replay = replay.data() + first * k;
      batch.replay_k = k;
      const Ops::Mark mark = backend.mark();
      const Tensor in = backend.upload(x.data() + first * 576, DType::f32, {count, 576});
      Values y = read(backend, backend.moe(in, model.moe, model.router, model.activation, batch, 0));
      backend.release(mark);
      return y;
    };
    const Values want = run(*reference, 0, rows, true);
    for (const Isa isa : available_isas()) {
      const auto backend = make(isa);
      model.weights.prepare(*backend);
      const Values together = run(*backend, 0, rows, true);
      QVERIFY(distance(together, want) <= 1e-3 * length(want));
      for (std::int32_t r = 0; r < rows; ++r) {
        const Values row = row_of(together, static_cast<std::size_t>(r), width);
        QVERIFY(run(*backend, r, 1, true) == row);
        QCOMPARE(run(*backend, r, 1, false) == row, r % 2 == 0);  // what chooses is not changed by what others are given
      }
    }
  }

  // The router is multiplied in float32 also where its weight is quantised and where the experts run in primitives.
  void theChoiceDoesNotDependOnHowTheExpertsRun() {
    Random random(14);
    MoeModel model(random, moe_cases[2]);
    const MoeWeights fused = model.moe;
    MoeWeights biased = fused;
    biased.experts.up_bias = model.weights.add(random, DType::f32, 12, 1, 96);
    const WeightRef router = model.weights.add(random, DType::q8_0, 1, 12, 160);
    constexpr std::int32_t rows = 20, k = 3;
    const Values x = gaussian_row(random, rows * 160);
    for (const Isa isa : fast_isas()) {
      const auto fast = make(isa);
      model.weights.prepare(*fast);
      const auto choice = [&](MoeWeights weights, bool on_input) {
        weights.router = router;
        RouterSpec spec = model.router;
        spec.weight_on_input = on_input;
        std::vector<std::uint16_t> ids(rows * k);
        Values chosen(rows * k);
        std::vector<TraceRow> trace;
        for (std::size_t r = 0; r < rows; ++r) trace.push_back({ids.data() + r * k, chosen.data() + r * k, nullptr});
        Batch batch = plain_batch(rows);
        batch.routed_layers = 1;
        batch.trace = trace.data();
        batch.trace_k = k;
        fast->moe(fast->upload(x.data(), DType::f32, {rows, 160}), weights, spec, model.activation, batch, 0);
        return std::pair{ids, chosen};
      };
      const auto want = choice(fused, false);
      QVERIFY(choice(biased, false) == want);
      QVERIFY(choice(fused, true) == want);
    }
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

QTEST_APPLESS_MAIN(TestFastMoe)
#include "test_fast_moe.moc"
