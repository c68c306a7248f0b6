// SPDX-License-Identifier: Apache-2.0
#include "engine/model/rotary_rows.h"

#include <QtTest>

#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestRotaryRows : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // tiny_model() has halves, heads of 8 rows and all of them rotate.
  void pairsAreBroughtTogetherAndApart() {
    const auto model = tiny_model();
    std::vector<float> rows(16);  // two heads, rank 1
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
    const std::vector<float> before = rows;
    reorder_rotary_rows(*model, "layers.0.k", 1, RopeOrder::halves, false, rows);
    QCOMPARE(rows, before);
    reorder_rotary_rows(*model, "layers.0.k", 1, RopeOrder::pairs, false, rows);
    QCOMPARE(rows, (std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15}));
    reorder_rotary_rows(*model, "layers.0.k", 1, RopeOrder::pairs, true, rows);
    QCOMPARE(rows, before);
    reorder_rotary_rows(*model, "layers.0.v", 1, RopeOrder::pairs, false, rows);
    QCOMPARE(rows, before);
  }
  void rowsThatDoNotRotateAndRankPlacesStay() {
    const auto base = tiny_model();
    ModelSpec spec = base->spec();
    for (LayerSpec& layer : spec.layers) {
      layer.rope.order = RopeOrder::pairs;
      layer.rope.inv_freq.resize(2);  // 4 of 8 rows
    }
    Weights weights;
    const TextModel model(spec, std::move(weights));
    std::vector<float> rows(16);  // one head, rank 2
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
    reorder_rotary_rows(model, "layers.1.q", 2, RopeOrder::halves, false, rows);
    QCOMPARE(rows, (std::vector<float>{0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
  }
};

QTEST_GUILESS_MAIN(TestRotaryRows)
#include "test_rotary_rows.moc"
