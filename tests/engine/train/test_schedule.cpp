// SPDX-License-Identifier: Apache-2.0
#include "engine/train/schedule.h"

#include <QtTest>

#include <limits>

using namespace roundhouse;

class TestSchedule : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyKindHasItsShape() {
    for (const std::int64_t steps : {1, 2, 7, 100}) {
      for (const std::int64_t warmup : {std::int64_t{0}, std::int64_t{1}, steps / 2, steps}) {
        for (const double floor : {0.0, 0.1, 1.0}) {
          for (const ScheduleKind kind : {ScheduleKind::constant, ScheduleKind::cosine, ScheduleKind::warmup_stable_decay}) {
            const Schedule s{kind, steps, warmup, (steps - warmup) / 2, floor};
            QVERIFY(s.check().ok());
            for (std::int64_t i = 0; i < steps; ++i) QVERIFY(s.rate(i) >= 0.0 && s.rate(i) <= 1.0 + 1e-12);
            for (std::int64_t i = 1; i < warmup; ++i) QVERIFY(s.rate(i) > s.rate(i - 1));
            if (warmup > 0) QCOMPARE(s.rate(warmup - 1), 1.0);
            for (std::int64_t i = warmup + 1; i < steps; ++i) QVERIFY(s.rate(i) <= s.rate(i - 1) + 1e-12);
            const bool down = kind == ScheduleKind::cosine ? steps > warmup : kind == ScheduleKind::warmup_stable_decay && s.decay_steps > 0;
            QVERIFY(std::abs(s.rate(steps - 1) - (down ? floor : 1.0)) < 1e-12);
            QCOMPARE(s.rate(steps + 5), s.rate(steps - 1));
          }
        }
      }
    }
    const Schedule cosine{ScheduleKind::cosine, 101, 0, 0, 0.0};
    QVERIFY(std::abs(cosine.rate(50) - 0.5) < 1e-12 && std::abs(cosine.rate(25) - 0.5 * (1 + std::sqrt(0.5))) < 1e-12);
    const Schedule wsd{ScheduleKind::warmup_stable_decay, 20, 4, 5, 0.2};
    QCOMPARE(wsd.rate(14), 1.0);
    QVERIFY(std::abs(wsd.rate(17) - 0.6) < 1e-12);
  }
  void whatMakesNoSenseIsRefused() {
    QVERIFY(!(Schedule{ScheduleKind::constant, 0}).check().ok());
    QVERIFY(!(Schedule{ScheduleKind::constant, 5, 6}).check().ok());
    QVERIFY(!(Schedule{ScheduleKind::constant, 5, -1}).check().ok());
    QVERIFY(!(Schedule{ScheduleKind::warmup_stable_decay, 5, 3, 3}).check().ok());
    QVERIFY(!(Schedule{ScheduleKind::cosine, 5, 0, 0, 1.5}).check().ok());
    QVERIFY(!(Schedule{ScheduleKind::cosine, 5, 0, 0, std::numeric_limits<double>::quiet_NaN()}).check().ok());
  }
};

QTEST_GUILESS_MAIN(TestSchedule)
#include "test_schedule.moc"
