// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "engine/base/half.h"
#include "engine/io/gguf_file.h"
#include "engine/quant/blocks.h"
#include "engine/quant/dequantize.h"
#include "engine/quant/quantize.h"

using namespace roundhouse;

namespace {

constexpr DType block_types[] = {DType::q8_0, DType::q4_0, DType::q4_k, DType::q6_k};

std::vector<std::byte> quantized(DType type, const std::vector<float>& x) {
  std::vector<std::byte> row(static_cast<std::size_t>(*dtype_row_bytes(type, static_cast<std::int64_t>(x.size()))));
  const Status status = quantize_row(type, x.data(), static_cast<std::int64_t>(x.size()), row.data());
  if (!status.ok()) qFatal("%s", status.error().message().c_str());
  return row;
}

std::vector<float> dequantized(DType type, const std::vector<std::byte>& row, std::size_t n) {
  std::vector<float> values(n);
  if (!dequantize_row(type, row.data(), static_cast<std::int64_t>(n), values.data()).ok()) qFatal("dequantize");
  return values;
}

std::vector<float> there_and_back(DType type, const std::vector<float>& x) { return dequantized(type, quantized(type, x), x.size()); }

// Root of the squared error over the squares of x.
double relative_error(const std::vector<float>& x, const std::vector<float>& y) {
  double error = 0;
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    error += (static_cast<double>(x[i]) - y[i]) * (static_cast<double>(x[i]) - y[i]);
    squares += static_cast<double>(x[i]) * x[i];
  }
  return std::sqrt(error / squares);
}

std::vector<float> normal_values(std::size_t n, unsigned seed, float deviation = 1.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, deviation);
  std::vector<float> x(n);
  for (float& value : x) value = normal(random);
  return x;
}

// What q4_0 gives without any search: the value of largest magnitude on level -8.
std::vector<float> plain_q4_0(const std::vector<float>& x) {
  std::vector<float> y(x.size());
  for (std::size_t start = 0; start < x.size(); start += 32) {
    float extreme = 0;
    for (std::size_t i = 0; i < 32; ++i) if (std::fabs(x[start + i]) > std::fabs(extreme)) extreme = x[start + i];
    const float d = half_to_float(float_to_half(extreme / -8));
    for (std::size_t i = 0; i < 32; ++i) y[start + i] = d == 0 ? 0 : d * std::clamp(std::nearbyint(x[start + i] / d), -8.0f, 7.0f);
  }
  return y;
}

// The best that groups of 32 with unrounded scale and minimum reach when they just span the values.
double spanning_error(const std::vector<float>& x) {
  std::vector<float> y(x.size());
  for (std::size_t start = 0; start < x.size(); start += 32) {
    const auto [low, high] = std::minmax_element(x.begin() + static_cast<std::ptrdiff_t>(start), x.begin() + static_cast<std::ptrdiff_t>(start) + 32);
    const float scale = (*high - *low) / 15;
    for (std::size_t i = 0; i < 32; ++i) y[start + i] = *low + scale * std::nearbyint((x[start + i] - *low) / scale);
  }
  return relative_error(x, y);
}

}  // namespace

class TestQuantize : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void q8_0MissesAtMostHalfAStep() {
    for (const float deviation : {1e-7f, 1e-3f, 1.0f, 1e5f}) {
      const std::vector<float> x = normal_values(32 * 500, 1, deviation);
      const std::vector<std::byte> row = quantized(DType::q8_0, x);
      const std::vector<float> y = dequantized(DType::q8_0, row, x.size());
      for (std::size_t i = 0; i < x.size(); ++i) {
        std::uint16_t bits;
        std::memcpy(&bits, row.data() + i / 32 * 34, 2);
        QVERIFY(std::fabs(x[i] - y[i]) <= half_to_float(bits) * 0.5001f);
      }
    }
  }
  void q4_0IsNoWorseThanThePlainScaleAnywhere() {
    const std::vector<float> x = normal_values(32 * 2000, 2);
    const std::vector<float> y = there_and_back(DType::q4_0, x);
    const std::vector<float> plain = plain_q4_0(x);
    for (std::size_t start = 0; start < x.size(); start += 32) {
      double ours = 0;
      double theirs = 0;
      for (std::size_t i = start; i < start + 32; ++i) {
        ours += std::pow(static_cast<double>(x[i]) - y[i], 2);
        theirs += std::pow(static_cast<double>(x[i]) - plain[i], 2);
      }
      QVERIFY(ours <= theirs * (1 + 1e-9));
    }
    QVERIFY(relative_error(x, y) < 0.95 * relative_error(x, plain));
  }
  void errorsOnNormalValues_data() {
    QTest::addColumn<int>("type");
    QTest::addColumn<double>("bound");
    QTest::newRow("q8_0") << static_cast<int>(DType::q8_0) << 0.0054;
    QTest::newRow("q4_0") << static_cast<int>(DType::q4_0) << 0.0810;
    QTest::newRow("q4_k") << static_cast<int>(DType::q4_k) << 0.0700;
    QTest::newRow("q6_k") << static_cast<int>(DType::q6_k) << 0.0170;
  }
  void errorsOnNormalValues() {
    QFETCH(int, type);
    QFETCH(double, bound);
    for (const float deviation : {0.02f, 1.0f, 100.0f}) {
      const std::vector<float> x = normal_values(256 * 200, 3, deviation);
      const double error = relative_error(x, there_and_back(static_cast<DType>(type), x));
      qInfo("%s deviation %g: %.5f", QTest::currentDataTag(), deviation, error);
      QVERIFY(error < bound);
    }
  }
  void q4_kBeatsSpanningGroups() {
    const std::vector<float> x = normal_values(256 * 200, 4);
    QVERIFY(relative_error(x, there_and_back(DType::q4_k, x)) < spanning_error(x));
    // Values of one sign use the minimum or leave it.
    for (const float offset : {5.0f, -5.0f}) {
      std::vector<float> shifted = x;
      for (float& value : shifted) value = offset + 0.1f * value;
      QVERIFY(relative_error(shifted, there_and_back(DType::q4_k, shifted)) < (offset < 0 ? 0.01 : 0.06));
    }
  }
  void outliersInOneGroupLeaveTheOthersAlone() {
    std::vector<float> x = normal_values(256, 5);
    x[40] = 60.0f;  // group 1 of q4_k, group 2 of q6_k
    for (const DType type : {DType::q4_k, DType::q6_k}) {
      const std::vector<float> y = there_and_back(type, x);
      const std::vector<float> far(x.begin() + 128, x.end());
      QVERIFY(relative_error(far, std::vector<float>(y.begin() + 128, y.end())) < (type == DType::q4_k ? 0.3 : 0.15));
      QVERIFY(std::fabs(y[40] - 60.0f) < 3.0f);
    }
  }
  void whatWasQuantisedStays() {
    for (const DType type : {DType::q8_0, DType::q4_0}) {
      for (const float deviation : {1e-7f, 3e-6f, 1e-3f, 1.0f, 1e4f}) {
        const std::vector<float> once = there_and_back(type, normal_values(32 * 1000, 6, deviation));
        QVERIFY(there_and_back(type, once) == once);
      }
    }
  }
  // Whatever made the file: any block of q4_0, any block of q8_0 that uses its range, as the embedded model's do.
  void anyRowOfOthersStays() {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
      BlockQ4_0 small;
      small.d = static_cast<std::uint16_t>((random() % 0x7B00) | (random() % 2 << 15));
      for (std::uint8_t& byte : small.qs) byte = static_cast<std::uint8_t>(random() % (round % 2 ? 256 : 4) + (round % 2 ? 0 : 0x65));
      float x[32];
      float y[32];
      dequantize_block(small, x);
      if (std::fabs(*std::max_element(x, x + 32)) > 65504.0f * 7 || std::fabs(*std::min_element(x, x + 32)) > 65504.0f * 7) continue;
      const std::vector<float> values(x, x + 32);
      QVERIFY(there_and_back(DType::q4_0, values) == values);

      BlockQ8_0 large;
      large.d = static_cast<std::uint16_t>(random() % 0x7C00);
      for (std::int8_t& q : large.qs) q = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
      large.qs[random() % 32] = random() % 2 ? 127 : -127;
      dequantize_block(large, y);
      const std::vector<float> wide(y, y + 32);
      QVERIFY(there_and_back(DType::q8_0, wide) == wide);
    }
  }
  void theEmbeddedModelStaysItself() {
    const auto model = GgufFile::open(ROUNDHOUSE_SOURCE_DIR "/resources/models/roundhouse-mini-q4_0.gguf");
    QVERIFY(model.ok());
    int rows = 0;
    for (const GgufTensor& tensor : model->tensors()) {
      if (!dtype_is_block(*tensor.dtype)) continue;
      const auto n = static_cast<std::size_t>(tensor.row_elements());
      const auto bytes = model->data(tensor)->first(static_cast<std::size_t>(*dtype_row_bytes(*tensor.dtype, tensor.row_elements())));
      const std::vector<float> x = dequantized(*tensor.dtype, {bytes.begin(), bytes.end()}, n);
      QVERIFY2(there_and_back(*tensor.dtype, x) == x, tensor.name.c_str());
      ++rows;
    }
    QCOMPARE(rows, 298);
  }
  void aSecondRoundHardlyMoves() {
    for (const DType type : {DType::q4_k, DType::q6_k}) {
      const std::vector<float> x = normal_values(256 * 50, 8);
      const std::vector<float> once = there_and_back(type, x);
      const std::vector<float> twice = there_and_back(type, once);
      QVERIFY(relative_error(once, twice) < 0.5 * relative_error(x, once));
    }
  }
  void plainRowsComeOutPlain() {
    for (const DType type : block_types) {
      const std::vector<float> zeros(256, 0.0f);
      QVERIFY(there_and_back(type, zeros) == zeros);
      for (const float constant : {1.0f, -1.0f, 0.0123f, -1e-5f}) {
        const std::vector<float> x(256, constant);
        const std::vector<float> y = there_and_back(type, x);
        QVERIFY2(relative_error(x, y) < 0.005, qPrintable(QString::number(constant) + QString::fromStdString(std::string(dtype_name(type)))));
      }
      std::vector<float> one(256, 0.0f);
      one[77] = -3.5f;
      const std::vector<float> y = there_and_back(type, one);
      QVERIFY(relative_error(one, y) < 0.005);
      const std::vector<float> tiny(256, 1e-30f);  // below what a scale can hold
      for (const float value : there_and_back(type, tiny)) QVERIFY(std::fabs(value) < 1e-6f);
    }
  }
  void roundsSixteenBitFloats() {
    const std::vector<float> x = normal_values(999, 9);
    const std::vector<float> half = there_and_back(DType::f16, x);
    const std::vector<float> brain = there_and_back(DType::bf16, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      QCOMPARE(half[i], half_to_float(float_to_half(x[i])));
      QCOMPARE(brain[i], bfloat16_to_float(float_to_bfloat16(x[i])));
    }
    QVERIFY(there_and_back(DType::f32, x) == x);
  }
  void refusesWhatHasNoScale() {
    std::vector<std::byte> row(4096);
    for (const DType type : block_types) {
      for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), 3e38f}) {
        std::vector<float> x(256, 0.5f);
        x[131] = bad;
        const Status status = quantize_row(type, x.data(), 256, row.data());
        QVERIFY(!status.ok());
        QVERIFY(status.error().message().find("value 131 of 256 as " + std::string(dtype_name(type))) != std::string::npos);
      }
      std::vector<float> big = normal_values(256, 10, 1e4f);
      big[5] = 400000.0f;
      const std::vector<float> y = there_and_back(type, big);
      for (const float value : y) QVERIFY(std::isfinite(value));
      QVERIFY(std::fabs(y[5] - big[5]) < 0.1f * big[5]);
    }
    const std::vector<float> x(256, 1.0f);
    QVERIFY(!quantize_row(DType::q4_k, x.data(), 100, row.data()).ok());
    const Status status = quantize_row(DType::q2_k, x.data(), 256, row.data());
    QVERIFY(!status.ok() && status.error().code == ErrorCode::unsupported);
  }
};

QTEST_APPLESS_MAIN(TestQuantize)
#include "test_quantize.moc"
