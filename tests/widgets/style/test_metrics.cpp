// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <QFontDatabase>
#include <QLabel>

#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

class TestMetrics : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void sizesFollowTheScale() {
    const double base = QApplication::font().pointSizeF();
    QCOMPARE(fontFor(TextRole::Small).pointSizeF(), base * 0.85);
    QCOMPARE(fontFor(TextRole::Body).pointSizeF(), base);
    QCOMPARE(fontFor(TextRole::Title).pointSizeF(), base * 1.15);
    QCOMPARE(fontFor(TextRole::Display).pointSizeF(), base * 1.5);
  }
  void figuresOfTablesAreTabular() {
    const QFont original = QApplication::font();
    // Whatever face the desktop brings, counters must not dance.
    for (const QString& family : QFontDatabase::families()) {
      QFont font = original;
      font.setFamilies({family});
      QApplication::setFont(font);
      QVERIFY2(hasTabularFigures(tabularFont()), qPrintable(family));
      if (hasTabularFigures(font)) QCOMPARE(tabularFont().families(), font.families());
    }
    QApplication::setFont(original);
  }
  void proportionalFiguresAreNoticed() {
    // A kerned old-style face among the installed ones proves that the check can fail.
    bool noticed = false;
    for (const QString& family : QFontDatabase::families()) noticed = noticed || !hasTabularFigures(QFont(family, 12));
    if (!noticed) QSKIP("every installed face has tabular figures");
    QVERIFY(noticed);
  }
  void labelsKeepTheirRoleWhenTheTextGrows() {
    Theme theme(*qApp);
    QLabel label(QStringLiteral("x"));
    setTextRole(&label, TextRole::Display, Tone::Muted);
    label.ensurePolished();
    const double before = label.fontInfo().pointSizeF();
    QVERIFY(qAbs(before - QApplication::font().pointSizeF() * 1.5) < 0.5);
    theme.setTextScale(1.5);
    label.ensurePolished();
    QVERIFY(qAbs(label.fontInfo().pointSizeF() - before * 1.5) < 0.8);
  }
};

QTEST_MAIN(TestMetrics)
#include "test_metrics.moc"
