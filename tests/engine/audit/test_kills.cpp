// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/audit/writer_processes.h"

class TestKills : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void survivesAHundredKills() { kill_writers(100, 2026); }
};

QTEST_APPLESS_MAIN(TestKills)
#include "test_kills.moc"
