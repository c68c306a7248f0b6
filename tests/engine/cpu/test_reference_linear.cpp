// SPDX-License-Identifier: Apache-2.0
// reference_linear.cpp: products with weights.
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/engine/cpu/ops_fixture.h"

using namespace roundhouse;
using namespace roundhouse::test;

class TestReferenceLinear : public QObject {
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

  void expertBiasAddsThatOfEachPlacesExpert() {
    Random random(4);
    const auto backend = backend_with(2);
    for (const DType type : {DType::f32, DType::bf16}) {
      for (const auto& [rows, k, experts, n] : {std::tuple{7, 3, 4, 13}, {1, 1, 1, 5}, {200, 4, 9, 90}}) {
        const OwnedWeight bias(random, experts, 1, n, 0.5f, type);
        const Routing routing = random_routing(random, *backend, rows, k, experts);
        std::vector<float> values = normal(random, rows * k * n);
        for (std::int32_t i = 0; i < rows * k * n; ++i) {
          if (routing.ids.i32()[i / n] < 0) values[static_cast<std::size_t>(i)] = 0.0f;
        }
        const Tensor y = put(*backend, values, {rows, k, n});
        const Tensor sum = backend->expert_bias(y, bias.ref(), routing);
        QVERIFY(sum.id != y.id);
        QCOMPARE(sum.rank, 3);
        const std::vector<float> got = get(*backend, sum);
        for (std::size_t i = 0; i < values.size(); ++i) {
          const std::int32_t expert = routing.ids.i32()[static_cast<std::int64_t>(i) / n];
          QCOMPARE(got[i], expert < 0 ? 0.0f : values[i] + bias.at(expert, 0, static_cast<std::int64_t>(i) % n));
        }
      }
    }
  }

  void opsGiveBackTheirScratchMemory() {
    Random random(13);
    const auto backend = backend_with(2);
    const OwnedWeight w(random, 4, 32, 32, 0.3f, DType::f16), bias(random, 4, 1, 32, 0.3f, DType::f16);
    const Routing routing = random_routing(random, *backend, 8, 2, 4);
    const Tensor x = put(*backend, normal(random, 8 * 32), {8, 32});
    const Ops::Mark start = backend->mark();
    for (int i = 0; i < 2; ++i) {
      const std::uint64_t before = backend->mark();
      const Tensor y = backend->expert_linear(x, w.ref(), routing);
      QCOMPARE(backend->mark() - before, static_cast<std::uint64_t>(y.elements()) * 4);
      const std::uint64_t after = backend->mark();
      backend->expert_bias(y, bias.ref(), routing);
      QCOMPARE(backend->mark(), after);
    }
    backend->release(start);
  }
};

QTEST_APPLESS_MAIN(TestReferenceLinear)
#include "test_reference_linear.moc"
