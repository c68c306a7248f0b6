// SPDX-License-Identifier: Apache-2.0
#include "engine/base/process_memory.h"

#include <QtTest>

#include <vector>

using namespace roundhouse;

class TestProcessMemory : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whatIsTakenIsSeenAndStaysInThePeak() {
    const ProcessMemory before = process_memory();
    QVERIFY(before.resident_bytes > 1'000'000 && before.peak_bytes >= before.resident_bytes);
    constexpr std::size_t size = std::size_t{64} << 20;
    {
      std::vector<char> taken(size, 'x');
      QVERIFY(taken[size / 2] == 'x' && process_memory().resident_bytes >= before.resident_bytes + size / 2);
    }
    const ProcessMemory after = process_memory();
    QVERIFY(after.resident_bytes < before.resident_bytes + size / 2);
    QVERIFY(after.peak_bytes >= before.resident_bytes + size / 2);
  }
};

QTEST_GUILESS_MAIN(TestProcessMemory)
#include "test_process_memory.moc"
