// SPDX-License-Identifier: Apache-2.0
#include "engine/train/sample_order.h"

#include <QtTest>

#include <algorithm>
#include <set>

using namespace roundhouse;

class TestSampleOrder : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyEpochHasEachSampleOnceInAnOrderOfItsOwn() {
    SampleOrder order(10, 4, 7);
    std::vector<std::int64_t> stream;
    for (int step = 0; step < 10; ++step) {
      for (const std::int64_t index : order.step(step)) stream.push_back(index);
    }
    std::set<std::vector<std::int64_t>> epochs;
    for (int epoch = 0; epoch < 4; ++epoch) {
      std::vector<std::int64_t> of_epoch(stream.begin() + epoch * 10, stream.begin() + (epoch + 1) * 10);
      epochs.insert(of_epoch);
      std::sort(of_epoch.begin(), of_epoch.end());
      for (int i = 0; i < 10; ++i) QCOMPARE(of_epoch[static_cast<std::size_t>(i)], std::int64_t{i});
    }
    QCOMPARE(epochs.size(), std::size_t{4});
  }
  void aStepsSamplesFollowFromItsNumberAlone() {
    SampleOrder order(1000, 3, 1), other(1000, 3, 1), seeded(1000, 3, 2);
    for (int step = 0; step < 700; ++step) order.step(step);
    QCOMPARE(order.step(699), other.step(699));
    QCOMPARE(order.step(5), other.step(5));
    QVERIFY(order.step(5) != seeded.step(5));
    // As it was when runs with checkpoints were first written: another order would make them go on elsewhere.
    QCOMPARE(SampleOrder(5, 5, 1).step(0), (std::vector<std::int64_t>{1, 3, 0, 2, 4}));
  }
  void stepsCoverTheEpochs() {
    QCOMPARE(SampleOrder(10, 4, 0).steps_of(1.0), std::int64_t{3});
    QCOMPARE(SampleOrder(10, 4, 0).steps_of(2.0), std::int64_t{5});
    QCOMPARE(SampleOrder(8, 4, 0).steps_of(0.5), std::int64_t{1});
    QCOMPARE(SampleOrder(8, 4, 0).steps_of(0.001), std::int64_t{1});
    QCOMPARE(SampleOrder(1, 8, 0).step(3), std::vector<std::int64_t>(8, 0));
  }
};

QTEST_GUILESS_MAIN(TestSampleOrder)
#include "test_sample_order.moc"
