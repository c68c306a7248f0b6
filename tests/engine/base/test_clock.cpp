// SPDX-License-Identifier: Apache-2.0
#include <QDateTime>
#include <QtTest>

#include "engine/base/clock.h"
#include "engine/base/context.h"

using namespace roundhouse;

class TestClock : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void systemClockIsTheSystems() {
    const SystemClock clock;
    const qint64 before = QDateTime::currentMSecsSinceEpoch();
    const std::int64_t now = clock.unix_ms();
    const qint64 after = QDateTime::currentMSecsSinceEpoch();
    QVERIFY(before <= now && now <= after);
  }
  void monotonicClockAdvances() {
    const SystemClock clock;
    const std::int64_t start = clock.monotonic_ns();
    QTest::qSleep(5);
    const std::int64_t elapsed_ns = clock.monotonic_ns() - start;
    QVERIFY2(elapsed_ns >= 4'000'000, qPrintable(QString::number(elapsed_ns)));
  }
  void manualClockMovesOnlyWhenTold() {
    ManualClock clock(1000);
    QCOMPARE(clock.unix_ms(), 1000);
    QCOMPARE(clock.monotonic_ns(), 0);
    clock.advance_ns(2'500'000);
    QCOMPARE(clock.unix_ms(), 1002);
    QCOMPARE(clock.monotonic_ns(), 2'500'000);
  }
  void contextIsCompleteByDefault() {
    const Context context;
    QVERIFY(context.clock && context.log && context.memory);
    const Context copy = context;
    copy.memory->add(MemoryTag::trace, 5);
    QCOMPARE(context.memory->use(MemoryTag::trace).current_bytes, 5);
  }
};

QTEST_APPLESS_MAIN(TestClock)
#include "test_clock.moc"
