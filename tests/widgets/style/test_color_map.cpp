// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <limits>

#include "widgets/style/color_map.h"

using namespace roundhouse::widgets;

namespace {
// CIE lightness of a colour, 0..100.
double lightness(const QColor& color) {
  const double y = relativeLuminance(color);
  return y > 216.0 / 24389 ? 116 * std::cbrt(y) - 16 : y * 24389 / 27;
}
}  // namespace

class TestColorMap : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void endsAreThePublishedOnes() {
    QCOMPARE(ColorMap(ColorMapKind::Viridis).rgb(0), 0xFF440154u);
    QCOMPARE(ColorMap(ColorMapKind::Viridis).rgb(1), 0xFFFDE725u);
    const QColor middle = ColorMap(ColorMapKind::Viridis).color(0.5f);
    QVERIFY(qAbs(middle.red() - 0x21) <= 2 && qAbs(middle.green() - 0x91) <= 2 && qAbs(middle.blue() - 0x8C) <= 2);
  }
  void magnitudeGrowsLighter() {
    const ColorMap map(ColorMapKind::Viridis);
    for (int i = 0; i + 8 < 256; ++i)
      QVERIFY(lightness(map.color(float(i + 8) / 255)) > lightness(map.color(float(i) / 255)));
  }
  void differencesPassThroughTheBackground() {
    for (Scheme scheme : {Scheme::Light, Scheme::Dark}) {
      const ColorMap map(ColorMapKind::Diverging, scheme);
      const QColor ground = Tokens::of(scheme)[ColorToken::Surface];
      QCOMPARE(map.color(0.5f).rgb(), ground.rgb());
      // Both arms leave the background steadily, and their ends show on it.
      for (int i = 1; i < 127; ++i) {
        QVERIFY(contrastRatio(map.color(float(127 - i - 1) / 255), ground) + 1e-9 >=
                contrastRatio(map.color(float(127 - i) / 255), ground));
        QVERIFY(contrastRatio(map.color(float(128 + i + 1) / 255), ground) + 1e-9 >=
                contrastRatio(map.color(float(128 + i) / 255), ground));
      }
      QVERIFY(contrastRatio(map.color(0), ground) >= 4.5);
      QVERIFY(contrastRatio(map.color(1), ground) >= 4.5);
      QVERIFY(map.color(0).blue() > map.color(0).red());
      QVERIFY(map.color(1).red() > map.color(1).blue());
    }
  }
  void outOfRangeIsClamped() {
    const ColorMap map;
    QCOMPARE(map.rgb(-3), map.rgb(0));
    QCOMPARE(map.rgb(7), map.rgb(1));
    QCOMPARE(map.rgb(std::numeric_limits<float>::infinity()), map.rgb(1));
    QCOMPARE(map.rgb(std::numeric_limits<float>::quiet_NaN()), map.rgb(0));
  }
};

QTEST_MAIN(TestColorMap)
#include "test_color_map.moc"
