// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <random>

#include "engine/quant/blocks.h"

using namespace roundhouse;

class TestBlocks : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void sixBitScalesRoundTrip() {
    std::mt19937 random(3);
    for (int round = 0; round < 1000; ++round) {
      ScaleMin values[8];
      std::uint8_t packed[12] = {};
      for (int group = 0; group < 8; ++group) {
        values[group] = {static_cast<std::uint8_t>(random() % 64), static_cast<std::uint8_t>(random() % 64)};
        q4_k_set_scale_min(packed, group, values[group]);
      }
      for (int group = 0; group < 8; ++group) {
        const ScaleMin read = q4_k_scale_min(packed, group);
        QCOMPARE(static_cast<int>(read.scale), static_cast<int>(values[group].scale));
        QCOMPARE(static_cast<int>(read.min), static_cast<int>(values[group].min));
      }
    }
  }
};

QTEST_APPLESS_MAIN(TestBlocks)
#include "test_blocks.moc"
