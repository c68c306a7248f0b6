// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "engine/io/gguf_file.h"
#include "engine/quant/dequantize.h"

using namespace roundhouse;

namespace {

struct Fixture {
  std::vector<std::byte> row;
  std::vector<float> values;
};

// tests/data/quant/TYPE.bin, see make_quant_fixture.py.
Fixture fixture(DType type) {
  const QString name = QString::fromStdString(std::string(dtype_name(type)) + ".bin");
  QFile file(QStringLiteral(ROUNDHOUSE_SOURCE_DIR "/tests/data/quant/") + name);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(file.fileName()));
  const QByteArray bytes = file.readAll();
  const int block = dtype_block_bytes(type) + 4 * dtype_block_elements(type);
  const auto count = static_cast<std::size_t>(bytes.size() / block);
  Fixture result;
  result.row.resize(count * static_cast<std::size_t>(dtype_block_bytes(type)));
  result.values.resize(count * static_cast<std::size_t>(dtype_block_elements(type)));
  std::memcpy(result.row.data(), bytes.data(), result.row.size());
  std::memcpy(result.values.data(), bytes.data() + result.row.size(), result.values.size() * 4);
  return result;
}

}  // namespace

class TestDequantize : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equalsTheReferenceBitForBit_data() {
    QTest::addColumn<int>("type");
    for (const DType type : {DType::f16, DType::bf16, DType::q8_0, DType::q4_0, DType::q4_k, DType::q6_k}) {
      QTest::newRow(std::string(dtype_name(type)).c_str()) << static_cast<int>(type);
    }
  }
  void equalsTheReferenceBitForBit() {
    QFETCH(int, type);
    const Fixture expected = fixture(static_cast<DType>(type));
    const std::size_t n = expected.values.size();
    QVERIFY(n >= 512);
    std::vector<float> values(n + 1, 99.0f);
    std::vector<std::byte> shifted(expected.row.size() + 1);  // an odd address
    std::memcpy(shifted.data() + 1, expected.row.data(), expected.row.size());
    for (const std::byte* const row : {static_cast<const std::byte*>(expected.row.data()), static_cast<const std::byte*>(shifted.data() + 1)}) {
      std::fill(values.begin(), values.end(), 99.0f);
      const Status status = dequantize_row(static_cast<DType>(type), row, static_cast<std::int64_t>(n), values.data());
      QVERIFY2(status.ok(), status.ok() ? "" : status.error().message().c_str());
      for (std::size_t i = 0; i < n; ++i) {
        QVERIFY2(std::memcmp(&values[i], &expected.values[i], 4) == 0,
                 qPrintable(QStringLiteral("%1: %2 is not %3").arg(i).arg(values[i], 0, 'g', 9).arg(expected.values[i], 0, 'g', 9)));
      }
      QCOMPARE(values[n], 99.0f);
    }
  }
  void floatsPassUnchanged() {
    const float row[3] = {1.5f, -0.0f, 3e-40f};
    float values[3] = {};
    QVERIFY(dequantize_row(DType::f32, reinterpret_cast<const std::byte*>(row), 3, values).ok());
    QVERIFY(std::memcmp(row, values, sizeof row) == 0);
  }
  void everyTypeMarkedSupportedIsAndNoOther() {
    const std::vector<std::byte> row(4096);
    std::vector<float> values(256);
    for (int i = 0; i < dtype_count; ++i) {
      const auto type = static_cast<DType>(i);
      const Status status = dequantize_row(type, row.data(), 256, values.data());
      QCOMPARE(status.ok(), dtype_supported(type));
      if (!status.ok()) {
        QVERIFY(status.error().code == ErrorCode::unsupported);
        QVERIFY(status.error().message().find(dtype_name(type)) != std::string::npos);
      }
    }
  }
  void refusesPartsOfBlocks() {
    const std::vector<std::byte> row(512);
    std::vector<float> values(256, 5.0f);
    const Status status = dequantize_row(DType::q4_k, row.data(), 128, values.data());
    QVERIFY(!status.ok() && status.error().message().find("a multiple of 256") != std::string::npos);
    QVERIFY(!dequantize_row(DType::f32, row.data(), -1, values.data()).ok());
    QCOMPARE(values[0], 5.0f);
    QVERIFY(dequantize_row(DType::q4_k, row.data(), 0, values.data()).ok());
    QCOMPARE(values[0], 5.0f);
  }
  void anyBytesGiveSomeValues() {
    std::mt19937 random(8);
    std::vector<std::byte> row(1024);
    std::vector<float> values(256);
    for (int round = 0; round < 2000; ++round) {
      for (std::byte& byte : row) byte = static_cast<std::byte>(random());
      for (const DType type : {DType::q8_0, DType::q4_0, DType::q4_k, DType::q6_k, DType::f16, DType::bf16}) {
        QVERIFY(dequantize_row(type, row.data(), 256, values.data()).ok());
      }
    }
  }
  void theEmbeddedModelHasSoundWeights() {
    const auto model = GgufFile::open(ROUNDHOUSE_SOURCE_DIR "/resources/models/roundhouse-mini-q4_0.gguf");
    QVERIFY(model.ok());
    std::vector<float> row;
    for (const GgufTensor& tensor : model->tensors()) {
      const auto bytes = model->data(tensor);
      QVERIFY(bytes.ok());
      const std::int64_t n = tensor.row_elements();
      const std::int64_t row_bytes = *dtype_row_bytes(*tensor.dtype, n);
      row.resize(static_cast<std::size_t>(n));
      double squares = 0;
      const std::int64_t rows = std::min<std::int64_t>(tensor.elements() / n, 50);
      for (std::int64_t r = 0; r < rows; ++r) {
        QVERIFY(dequantize_row(*tensor.dtype, bytes->data() + r * row_bytes, n, row.data()).ok());
        for (const float value : row) squares += static_cast<double>(value) * value;
      }
      const double rms = std::sqrt(squares / static_cast<double>(rows * n));
      QVERIFY2(std::isfinite(rms) && rms < 50, tensor.name.c_str());
      if (tensor.name.ends_with("_exps.weight")) QVERIFY2(rms > 0.001, tensor.name.c_str());
    }
  }
};

QTEST_APPLESS_MAIN(TestDequantize)
#include "test_dequantize.moc"
