// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/facade/memory_check.h"

using namespace roundhouse;

class TestMemoryCheck : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void copiesMustBeFreeAndAllWeightsMustFit() {
    QVERIFY(check_memory("m", {100, 40}, {40, 100}).ok());
    const Status copies = check_memory("/m/a.gguf", {100, 41}, {40, 100});
    QCOMPARE(copies.error().message(), std::string("load model: /m/a.gguf: expected 41 bytes of free memory for its weights, found 40"));
    // Weights that stay in the mapped file, too.
    const Status weights = check_memory("/m/a.gguf", {101, 0}, {40, 100});
    QCOMPARE(weights.error().code, ErrorCode::out_of_memory);
    QCOMPARE(weights.error().message(), std::string("load model: /m/a.gguf: expected 101 bytes of memory for its weights, found 100 in all"));
  }
  void whatIsUnknownRefusesNothing() { QVERIFY(check_memory("m", {1u << 30, 1u << 30}, {0, 0}).ok()); }
};

QTEST_APPLESS_MAIN(TestMemoryCheck)
#include "test_memory_check.moc"
