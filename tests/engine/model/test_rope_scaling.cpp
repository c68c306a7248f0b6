// SPDX-License-Identifier: Apache-2.0
#include <QtTest>
#include <cmath>

#include "engine/model/rope_scaling.h"

using namespace roundhouse;

// Against the functions of transformers 5.24 (modeling_rope_utils), heads of 16.
class TestRopeScaling : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void asTransformersHasThem() {
    RopeScaling s;
    same(s, 10000.0, {1.0, 0.31622776, 0.1, 0.031622776, 0.01, 0.0031622776, 0.001, 0.00031622776}, 1.0);
    s.kind = RopeScalingKind::linear;
    s.factor = 4;
    same(s, 10000.0, {0.25, 0.07905694, 0.025, 0.007905694, 0.0025, 0.0007905694, 0.00025, 7.905694e-05}, 1.0);
    s.kind = RopeScalingKind::llama3;
    s.factor = 8;
    s.original_context_tokens = 8192;
    same(s, 500000.0, {1.0, 0.193922758, 0.0376060307, 0.00729266508, 0.000524846022, 3.42810235e-05, 6.64786967e-06, 1.28917316e-06}, 1.0);
    s = {};
    s.kind = RopeScalingKind::yarn;
    s.factor = 4;
    s.original_context_tokens = 32768;
    same(s, 1e6, {1.0, 0.177827939, 0.0316227786, 0.00421755994, 0.000500000024, 4.44569851e-05, 7.90569356e-06, 1.40585337e-06}, 1.138629436);
    s.factor = 40;
    s.original_context_tokens = 4096;
    s.mscale = 1.0;
    s.mscale_all_dim = 0.8;
    same(s, 10000.0, {1.0, 0.316227764, 0.1, 0.0239147246, 0.00512499968, 0.000849862176, 2.5e-05, 7.90569447e-06}, 1.056966256);
    s.factor = 32;
    s.truncate = false;
    s.attention_factor = 1.5;
    same(s, 150000.0, {1.0, 0.225418001, 0.0508132726, 0.00679495931, 0.000456483918, 1.81883370e-05, 4.09997847e-06, 9.24208962e-07}, 1.5);
  }
  void nothingIsRotated() { QVERIFY(rope_frequencies(0, 10000.0, {}).empty()); }

 private:
  static void same(const RopeScaling& scaling, double base, const std::vector<double>& expected, double magnitude) {
    const std::vector<float> own = rope_frequencies(16, base, scaling);
    QCOMPARE(own.size(), expected.size());
    for (std::size_t i = 0; i < own.size(); ++i) QVERIFY2(std::abs(own[i] - expected[i]) <= 1e-6 * expected[i], std::to_string(i).c_str());
    QVERIFY(std::abs(rope_magnitude(scaling) - magnitude) < 1e-6);
  }
};

QTEST_APPLESS_MAIN(TestRopeScaling)
#include "test_rope_scaling.moc"
