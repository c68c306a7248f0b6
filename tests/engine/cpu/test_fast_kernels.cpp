// SPDX-License-Identifier: Apache-2.0
// Tests of engine/cpu/kernels: avx2/product_* avx512/product_* select_x86
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/cpu/fast_pack.h"
#include "engine/cpu/kernels/select.h"
#include "fast_test_support.h"
#include "roundhouse/isa.h"

using namespace roundhouse;
using namespace fast_test;
using kernels::ActivationBlock;
using kernels::KernelTable;
using kernels::ProductArguments;

namespace {

std::vector<Isa> fast_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : available_isas()) {
    if (kernels_for(isa)) isas.push_back(isa);
  }
  return isas;
}

struct Inputs {
  std::vector<std::vector<float>> rows;
  std::vector<std::vector<ActivationBlock>> blocks;
  std::vector<const void*> pointers(bool quantised) const {
    std::vector<const void*> out;
    for (std::size_t t = 0; t < rows.size(); ++t) {
      out.push_back(quantised ? static_cast<const void*>(blocks[t].data()) : rows[t].data());
    }
    return out;
  }
};

Inputs make_inputs(const KernelTable& table, std::vector<std::vector<float>> rows) {
  Inputs in{std::move(rows), {}};
  for (const std::vector<float>& row : in.rows) {
    std::vector<ActivationBlock> blocks(row.size() / 32);
    if (row.size() % 32 == 0) table.quantise(row.data(), static_cast<std::int64_t>(row.size()), blocks.data());
    in.blocks.push_back(std::move(blocks));
  }
  return in;
}

std::vector<std::vector<float>> random_rows(Random& random, int tokens, std::int64_t columns) {
  std::vector<std::vector<float>> rows;
  for (int t = 0; t < tokens; ++t) rows.push_back(gaussian_row(random, columns));
  return rows;
}

// y [tokens][rows] of groups [group_begin, group_end); other entries keep `fill`.
std::vector<std::vector<float>> run_product(const KernelTable& table, const PackedWeight& w, const Inputs& in,
                                            std::vector<int> tokens, const float* bias = nullptr,
                                            const float* weight = nullptr, float fill = 0.0f) {
  const bool quantised = kernels::takes_quantised(w.kind);
  const std::vector<const void*> all = in.pointers(quantised);
  std::vector<const void*> x;
  std::vector<std::vector<float>> y(tokens.size(), std::vector<float>(static_cast<std::size_t>(w.rows + 16), fill));
  std::vector<float*> out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    x.push_back(all[static_cast<std::size_t>(tokens[i])]);
    out.push_back(y[i].data());
  }
  ProductArguments a{w.data, w.stride_bytes, w.columns, w.rows, 0, w.groups(), x.data(), static_cast<int>(tokens.size()),
                     out.data(), 0, bias, weight};
  table.product[static_cast<int>(w.kind)](a);
  return y;
}

std::vector<int> count_up(int n) {
  std::vector<int> v;
  for (int i = 0; i < n; ++i) v.push_back(i);
  return v;
}

PackedWeight pack(const Weight& weight) {
  static WeightArena arena(nullptr, MemoryTag::other);  // all packed weights live as long as the test
  ThreadPool pool(2);
  auto packed = pack_weight(weight, arena, pool);
  if (!packed.ok()) qFatal("%s", packed.error().message().c_str());
  return std::move(packed).value();
}

constexpr double unit_roundoff = 0x1p-24;

}  // namespace

// Each product of kernels/avx2 and kernels/avx512 (product_q4_0, product_q8_0, product_q4_k, product_q6_k, product_f32,
// product_f16, product_bf16), as select_x86 hands them out, on every instruction set that the processor has.
class TestFastKernels : public QObject {
  Q_OBJECT

 private:
  // Two bounds for y = W x.
  //   Against W x^ (x^: the quantised activations, exactly): only float32 rounding is left. Each of the n / 32 blocks
  //   adds at most 4 roundings (scale product, fused add, K kinds' second pair), so the error is below
  //   (4 + n / 32 * 4) u sum |w x^|; for plain kinds n / 16 + 20 roundings.
  //   Against W x: rounding to 16 bits moves each x by at most one and a half steps of max|x in its block| / 32,512, so it
  //   adds sum over blocks of 1.5 max|x| / 32,512 * sum |w|.
  void checkProduct(Isa isa, DType type, std::int64_t rows, std::int64_t columns, int tokens, Random& random) {
    const KernelTable& table = *kernels_for(isa);
    const OwnedWeight owned = random_weight(random, type, 1, rows, columns);
    const PackedWeight packed = pack(owned.weight);
    const Inputs in = make_inputs(table, random_rows(random, tokens, columns));
    const auto y = run_product(table, packed, in, count_up(tokens));
    const bool quantised = kernels::takes_quantised(packed.kind);
    for (int t = 0; t < tokens; ++t) {
      const auto token = static_cast<std::size_t>(t);
      for (std::int64_t r = 0; r < rows; ++r) {
        double exact = 0, rounded = 0, magnitude = 0, step = 0, largest = 0, block_weights = 0;
        for (std::int64_t c = 0; c < columns; ++c) {
          const double w = weight_value(owned.weight, r, c);
          const double x = in.rows[token][static_cast<std::size_t>(c)];
          double xq = x;
          if (quantised) {
            const ActivationBlock& block = in.blocks[token][static_cast<std::size_t>(c / 32)];
            xq = static_cast<double>(block.scale) * (256 * block.high[c % 32] + block.low[c % 32]);
          }
          exact += w * x;
          rounded += w * xq;
          magnitude += std::abs(w * xq);
          if (type == DType::q4_k) {
            // q4_k adds scale * q and minus minimum apart: bound both parts, at most |minimum| + |w| + |minimum|.
            magnitude += 2 * std::abs(xq) * 63 * 0.0015 * 6;
          }
          largest = std::max(largest, std::abs(x));
          block_weights += std::abs(w);
          if (c % 32 == 31) {
            step += largest * 1.5 / 32512 * block_weights;
            largest = block_weights = 0;
          }
        }
        const double operations = quantised ? 4.0 + static_cast<double>(columns) / 32 * 4 : static_cast<double>(columns) / 16 + 20;
        const double rounding = operations * unit_roundoff * magnitude + 1e-12;
        const double got = y[token][static_cast<std::size_t>(r)];
        const QString where = QString("%1 %2 row %3 token %4: %5, expected %6 / %7")
                                  .arg(isa_name(isa)).arg(std::string(dtype_name(type)).c_str()).arg(r).arg(t)
                                  .arg(got).arg(rounded).arg(exact);
        QVERIFY2(std::abs(got - rounded) <= rounding, qPrintable(where));
        QVERIFY2(std::abs(got - exact) <= rounding + (quantised ? step * 1.0001 : 0), qPrintable(where));
      }
    }
  }

 private Q_SLOTS:
  void initTestCase() {
    if (fast_isas().empty()) QSKIP("this processor has no fast path");
  }

  void quantisingRoundsToTheNearestStepOfItsBlock() {
    Random random(1);
    for (const Isa isa : fast_isas()) {
      const KernelTable& table = *kernels_for(isa);
      for (const float deviation : {1.0f, 1e-6f, 1e30f}) {
        const std::vector<float> x = gaussian_row(random, 640, deviation);
        std::vector<ActivationBlock> blocks(20);
        table.quantise(x.data(), 640, blocks.data());
        for (std::size_t b = 0; b < 20; ++b) {
          const ActivationBlock& block = blocks[b];
          float largest = 0;
          int sums[2] = {0, 0};
          int moved = 0;
          for (std::size_t i = 0; i < 32; ++i) {
            largest = std::max(largest, std::abs(x[32 * b + i]));
            const int value = 256 * block.high[i] + block.low[i];
            sums[i / 16] += value;
            QVERIFY(std::abs(block.high[i]) <= 127 && std::abs(block.low[i]) <= 127);
            const double error = std::abs(static_cast<double>(block.scale) * value - x[32 * b + i]) / block.scale;
            QVERIFY2(error <= 1.501, qPrintable(QString::number(error)));
            if (error > 0.501) {
              ++moved;
              QCOMPARE(static_cast<int>(block.low[i]), -127);
            }
          }
          QVERIFY(moved < 8);
          QCOMPARE(block.scale, largest / 32512.0f);
          QCOMPARE(block.zero8, -8 * (sums[0] + sums[1]));
          QCOMPARE(block.zero128, -128 * (sums[0] + sums[1]));
          QCOMPARE(block.zero32[0], -32 * sums[0]);
          QCOMPARE(block.zero32[1], -32 * sums[1]);
          QCOMPARE(block.minus_scaled_sum, -block.scale * static_cast<float>(sums[0] + sums[1]));
        }
      }
    }
  }

  void quantisingSurvivesZerosSubnormalsAndNonFinite() {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (const Isa isa : fast_isas()) {
      const KernelTable& table = *kernels_for(isa);
      std::vector<float> x(32, 0.0f);
      ActivationBlock block;
      table.quantise(x.data(), 32, &block);
      QCOMPARE(block.scale, 0.0f);
      QCOMPARE(block.zero128, 0);
      x[3] = 1e-42f;
      table.quantise(x.data(), 32, &block);
      QVERIFY(std::isfinite(block.scale));
      x[3] = std::numeric_limits<float>::max();
      table.quantise(x.data(), 32, &block);
      QCOMPARE(static_cast<int>(block.high[3]), 127);
      for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
        for (const std::size_t at : {std::size_t{0}, std::size_t{17}, std::size_t{31}}) {
          std::vector<float> y(32, 1.0f);
          y[at] = bad;
          table.quantise(y.data(), 32, &block);
          QVERIFY(std::isnan(block.scale));
          for (std::size_t i = 0; i < 32; ++i) QVERIFY(block.high[i] == 0 && block.low[i] == 0);
        }
      }
    }
  }

  void productsMatchTheDefinition_data() {
    QTest::addColumn<int>("type");
    for (const DType type : weight_types()) QTest::newRow(std::string(dtype_name(type)).c_str()) << static_cast<int>(type);
  }
  void productsMatchTheDefinition() {
    QFETCH(int, type);
    const auto dtype = static_cast<DType>(type);
    Random random(2);
    for (const Isa isa : fast_isas()) {
      const std::int64_t block = std::max(dtype_block_elements(dtype), 1);
      // One block; one row; rows that do not fill a group; more tokens than a tile.
      const std::int64_t unit = block == 1 ? 17 : block;
      for (const std::int64_t rows : {1, 7, 16, 37}) {
        for (const std::int64_t columns : {unit, 2 * unit, 5 * unit}) {
          for (const int tokens : {1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 19}) checkProduct(isa, dtype, rows, columns, tokens, random);
        }
      }
      checkProduct(isa, dtype, 48, 2304, 3, random);
    }
  }

  void aRowHasTheSameBitsInAnyCompany() {
    Random random(3);
    for (const Isa isa : fast_isas()) {
      const KernelTable& table = *kernels_for(isa);
      for (const DType type : weight_types()) {
        for (int round = 0; round < 12; ++round) {
          const std::int64_t block = std::max(dtype_block_elements(type), 1);
          const std::int64_t columns = block * (1 + static_cast<std::int64_t>(random() % 6)) * (block == 1 ? 21 : 1);
          const std::int64_t rows = 1 + static_cast<std::int64_t>(random() % 50);
          const int tokens = 1 + static_cast<int>(random() % 23);
          const OwnedWeight owned = random_weight(random, type, 1, rows, columns);
          const PackedWeight packed = pack(owned.weight);
          const Inputs in = make_inputs(table, random_rows(random, tokens, columns));
          const auto together = run_product(table, packed, in, count_up(tokens));
          std::vector<int> shuffled = count_up(tokens);
          std::shuffle(shuffled.begin(), shuffled.end(), random);
          const auto other = run_product(table, packed, in, shuffled);
          for (int t = 0; t < tokens; ++t) {
            const auto i = static_cast<std::size_t>(t);
            QVERIFY(run_product(table, packed, in, {t})[0] == together[i]);
            QVERIFY(other[i] == together[static_cast<std::size_t>(shuffled[i])]);
          }
        }
      }
    }
  }

  void instructionSetsGiveTheSameBits() {
    const std::vector<Isa> isas = fast_isas();
    if (isas.size() < 2) QSKIP("one fast instruction set only");
    Random random(4);
    for (const DType type : weight_types()) {
      const OwnedWeight owned = random_weight(random, type, 1, 45, 768);
      const PackedWeight packed = pack(owned.weight);
      const auto rows = random_rows(random, 9, 768);
      const auto first = run_product(*kernels_for(isas[0]), packed, make_inputs(*kernels_for(isas[0]), rows), count_up(9));
      for (std::size_t i = 1; i < isas.size(); ++i) {
        const KernelTable& table = *kernels_for(isas[i]);
        QVERIFY(run_product(table, packed, make_inputs(table, rows), count_up(9)) == first);
      }
    }
  }

  void biasAndWeightsEnterAndNothingElseIsWritten() {
    Random random(5);
    for (const Isa isa : fast_isas()) {
      const KernelTable& table = *kernels_for(isa);
      for (const DType type : weight_types()) {
        const OwnedWeight owned = random_weight(random, type, 1, 21, 512);
        const PackedWeight packed = pack(owned.weight);
        const Inputs in = make_inputs(table, random_rows(random, 10, 512));
        const std::vector<float> bias = gaussian_row(random, 21), weight = gaussian_row(random, 10);
        const auto plain = run_product(table, packed, in, count_up(10), nullptr, nullptr, 7.0f);
        const auto biased = run_product(table, packed, in, count_up(10), bias.data(), nullptr, 7.0f);
        const auto added = run_product(table, packed, in, count_up(10), nullptr, weight.data(), 7.0f);
        for (std::size_t t = 0; t < 10; ++t) {
          for (std::size_t r = 0; r < 21; ++r) {
            QCOMPARE(biased[t][r], plain[t][r] + bias[r]);
            QVERIFY(std::abs(added[t][r] - (7.0f + weight[t] * plain[t][r])) <= 4e-7f * (8 + std::abs(weight[t] * plain[t][r])));
          }
          for (std::size_t r = 21; r < 37; ++r) {
            QCOMPARE(plain[t][r], 7.0f);
            QCOMPARE(biased[t][r], 7.0f);
            QCOMPARE(added[t][r], 7.0f);
          }
        }
      }
    }
  }

  // Every quant at its extreme, every activation at the end of its range: no intermediate sum may overflow.
  void extremeQuantsDoNotOverflow() {
    Random random(6);
    for (const Isa isa : fast_isas()) {
      const KernelTable& table = *kernels_for(isa);
      for (const DType type : {DType::q4_0, DType::q8_0, DType::q4_k, DType::q6_k}) {
        for (const int fill : {0x00, 0xFF, 0x80, 0x7F, 0x0F, 0xF0}) {
          OwnedWeight owned = random_weight(random, type, 1, 16, 256);
          const auto block_bytes = static_cast<std::size_t>(dtype_block_bytes(type));
          for (std::size_t b = 0; b < owned.bytes.size(); b += block_bytes) {
            for (std::size_t i = 0; i < block_bytes; ++i) owned.bytes[b + i] = static_cast<std::byte>(fill);
            const std::uint16_t one = float_to_half(1.0f);
            std::memcpy(owned.bytes.data() + b + (type == DType::q6_k ? 208 : 0), &one, 2);
            if (type == DType::q4_k) std::memcpy(owned.bytes.data() + b + 2, &one, 2);
          }
          owned.weight.data = owned.bytes.data();
          const PackedWeight packed = pack(owned.weight);
          for (const float sign : {1.0f, -1.0f}) {
            const Inputs in = make_inputs(table, {std::vector<float>(256, sign * 127.0f)});
            const auto y = run_product(table, packed, in, {0});
            double expected = 0;
            for (std::int64_t c = 0; c < 256; ++c) expected += weight_value(owned.weight, 5, c) * sign * 127.0;
            QVERIFY2(std::abs(y[0][5] - expected) <= 2e-5 * (std::abs(expected) + 256.0 * 127 * 63),
                     qPrintable(QString("%1 fill %2: %3 expected %4").arg(isa_name(isa)).arg(fill).arg(y[0][5]).arg(expected)));
          }
        }
      }
    }
  }

  void rowsOfZerosGiveExactZeros() {
    Random random(7);
    for (const Isa isa : fast_isas()) {
      const KernelTable& table = *kernels_for(isa);
      for (const DType type : weight_types()) {
        const OwnedWeight owned = random_weight(random, type, 1, 16, 256);
        const PackedWeight packed = pack(owned.weight);
        const auto y = run_product(table, packed, make_inputs(table, {std::vector<float>(256, 0.0f)}), {0});
        for (std::size_t r = 0; r < 16; ++r) QCOMPARE(y[0][r], 0.0f);
      }
    }
  }

  void normMatchesTheDefinition() {
    Random random(8);
    for (const Isa isa : fast_isas()) {
      for (const std::int64_t n : {1, 15, 16, 17, 64, 576, 1000}) {
        const std::vector<float> x = gaussian_row(random, n), weight = gaussian_row(random, n);
        for (const bool weighted : {true, false}) {
          std::vector<float> y(x.size());
          kernels_for(isa)->rms_norm(x.data(), weighted ? weight.data() : nullptr, 1e-5f, n, y.data());
          double squares = 0;
          for (const float v : x) squares += static_cast<double>(v) * v;
          for (std::size_t i = 0; i < x.size(); ++i) {
            const double expected = x[i] / std::sqrt(squares / static_cast<double>(n) + 1e-5) * (weighted ? weight[i] : 1.0f);
            QVERIFY(std::abs(y[i] - expected) <= 1e-6 * std::abs(expected) + 1e-12);
          }
        }
      }
    }
  }

  void gatedUnitsMatchTheirDefinitions() {
    using kernels::Unit;
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    for (const Isa isa : fast_isas()) {
      std::vector<float> gate, up;
      for (float g = -100.0f; g <= 100.0f; g += 0.37f) {
        gate.push_back(std::abs(g) < 20 ? g / 4 : g);
        up.push_back(1.5f - g / 50);
      }
      const auto n = static_cast<std::int64_t>(gate.size());
      std::vector<float> y(gate.size());
      for (const Unit unit : {Unit::silu, Unit::gelu, Unit::gelu_tanh, Unit::relu, Unit::relu_squared, Unit::swiglu_clamped}) {
        kernels_for(isa)->glu(unit, 1.702f, 7.0f, gate.data(), up.data(), n, y.data());
        for (std::size_t i = 0; i < gate.size(); ++i) {
          const double g = gate[i], u = up[i];
          double expected = 0;
          switch (unit) {
            case Unit::silu: expected = g * sigmoid(g) * u; break;
            case Unit::gelu: expected = 0.5 * g * (1 + std::erf(g / std::sqrt(2.0))) * u; break;
            case Unit::gelu_tanh:
              expected = 0.5 * g * (1 + std::tanh(std::sqrt(2 / M_PI) * (g + 0.044715 * g * g * g))) * u;
              break;
            case Unit::relu: expected = std::max(g, 0.0) * u; break;
            case Unit::relu_squared: expected = std::max(g, 0.0) * std::max(g, 0.0) * u; break;
            case Unit::swiglu_clamped: {
              const double limited = std::min(g, 7.0);
              expected = limited * sigmoid(1.702f * limited) * (std::clamp(u, -7.0, 7.0) + 1);
              break;
            }
          }
          QVERIFY2(std::abs(y[i] - expected) <= 1e-6 * (std::abs(expected) + std::abs(g * u)),
                   qPrintable(QString("unit %1 gate %2: %3 expected %4").arg(static_cast<int>(unit)).arg(g).arg(y[i]).arg(expected)));
        }
        if (unit == Unit::swiglu_clamped) continue;
        const std::vector<float> ones(gate.size(), 1.0f);
        std::vector<float> alone(gate.size());
        kernels_for(isa)->glu(unit, 1, 0, gate.data(), ones.data(), n, y.data());
        kernels_for(isa)->glu(unit, 1, 0, gate.data(), nullptr, n, alone.data());
        QVERIFY(alone == y);
      }
      const float bad[1] = {std::numeric_limits<float>::quiet_NaN()}, one[1] = {1.0f};
      float result[1];
      kernels_for(isa)->glu(Unit::silu, 1, 0, bad, one, 1, result);
      QVERIFY(std::isnan(result[0]));
    }
  }

  void rotationTurnsPairsAndLeavesTheRest() {
    Random random(9);
    for (const Isa isa : fast_isas()) {
      for (const bool halves : {true, false}) {
        for (const auto& [dim, pairs] : {std::pair<std::size_t, std::size_t>{64, 32}, {80, 20}, {24, 12}, {7, 3}}) {
          const std::vector<float> angles = gaussian_row(random, static_cast<std::int64_t>(pairs));
          std::vector<float> cosine, sine;
          for (const float a : angles) {
            cosine.push_back(std::cos(a));
            sine.push_back(std::sin(a));
          }
          const std::vector<float> x = gaussian_row(random, static_cast<std::int64_t>(3 * dim));
          std::vector<float> y(x.size(), 9.0f), in_place = x;
          kernels_for(isa)->rotate(x.data(), 3, static_cast<std::int64_t>(dim), halves, cosine.data(), sine.data(),
                                   static_cast<std::int64_t>(pairs), y.data());
          kernels_for(isa)->rotate(in_place.data(), 3, static_cast<std::int64_t>(dim), halves, cosine.data(), sine.data(),
                                   static_cast<std::int64_t>(pairs), in_place.data());
          QVERIFY(in_place == y);
          for (std::size_t h = 0; h < 3; ++h) {
            for (std::size_t i = 0; i < pairs; ++i) {
              const std::size_t a = h * dim + (halves ? i : 2 * i), b = h * dim + (halves ? i + pairs : 2 * i + 1);
              QVERIFY(std::abs(y[a] - (x[a] * cosine[i] - x[b] * sine[i])) < 1e-6f);
              QVERIFY(std::abs(y[b] - (x[b] * cosine[i] + x[a] * sine[i])) < 1e-6f);
            }
            for (std::size_t i = 2 * pairs; i < dim; ++i) QCOMPARE(y[h * dim + i], x[h * dim + i]);
          }
        }
      }
    }
  }

  void halvesAreRoundedAndStayFinite() {
    Random random(10);
    for (const Isa isa : fast_isas()) {
      std::vector<float> x = gaussian_row(random, 77, 100.0f);
      x[0] = 1e9f;
      x[1] = -std::numeric_limits<float>::infinity();
      x[2] = std::numeric_limits<float>::quiet_NaN();
      std::vector<std::uint16_t> y(x.size() + 1, 0x1234);
      kernels_for(isa)->to_f16(x.data(), 77, y.data());
      QCOMPARE(half_to_float(y[0]), 65504.0f);
      QCOMPARE(half_to_float(y[1]), -65504.0f);
      QVERIFY(std::isfinite(half_to_float(y[2])));
      for (std::size_t i = 3; i < 77; ++i) QCOMPARE(y[i], float_to_half(x[i]));
      QCOMPARE(y[77], std::uint16_t{0x1234});
    }
  }
};

QTEST_APPLESS_MAIN(TestFastKernels)
#include "test_fast_kernels.moc"
