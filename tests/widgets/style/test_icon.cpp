// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "widgets/style/icon.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {
// The alpha-weighted mean colour and the covered share of a drawing.
struct Ink {
  QColor color;
  double coverage = 0;
};
Ink inkOf(const QPixmap& pixmap) {
  const QImage image = pixmap.toImage().convertToFormat(QImage::Format_ARGB32);
  double red = 0, green = 0, blue = 0, alpha = 0;
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      const QRgb p = image.pixel(x, y);
      red += qRed(p) * qAlpha(p);
      green += qGreen(p) * qAlpha(p);
      blue += qBlue(p) * qAlpha(p);
      alpha += qAlpha(p);
    }
  if (alpha == 0) return {};
  return {QColor(qRound(red / alpha), qRound(green / alpha), qRound(blue / alpha)),
          alpha / 255 / (image.width() * image.height())};
}
bool near(const QColor& a, const QColor& b) {
  return qAbs(a.red() - b.red()) < 6 && qAbs(a.green() - b.green()) < 6 && qAbs(a.blue() - b.blue()) < 6;
}
}  // namespace

class TestIcon : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theRailAndTheConversationHaveTheirIcons() {
    const QStringList names = iconNames();
    for (const char* name : {"chat", "vision", "routing", "fine-tune", "models", "audit", "plugins", "settings", "send",
                             "stop", "regenerate", "edit", "branch-left", "branch-right", "copy", "search", "pin",
                             "export", "close", "folder", "warning"})
      QVERIFY2(names.contains(QLatin1String(name)), name);
  }
  void everyIconDrawsInsideItsSquare() {
    for (const QString& name : iconNames()) {
      const QPixmap pixmap = iconPixmap(name, 48, 1, Qt::black);
      const double coverage = inkOf(pixmap).coverage;
      QVERIFY2(coverage > 0.02 && coverage < 0.6, qPrintable(name + QString::number(coverage)));
      const QImage image = pixmap.toImage();
      for (int i = 0; i < 48; ++i)
        for (const QPoint& edge : {QPoint(i, 0), QPoint(i, 47), QPoint(0, i), QPoint(47, i)})
          QVERIFY2(qAlpha(image.pixel(edge)) == 0, qPrintable(name + QStringLiteral(" touches its edge")));
    }
  }
  void anIconFollowsTheTheme() {
    const QIcon chat = icon(QStringLiteral("chat"));
    Theme theme(*qApp);
    for (Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
      theme.setMode(mode);
      const Tokens& tokens = Tokens::of(theme.scheme());
      QVERIFY(near(inkOf(chat.pixmap(32)).color, tokens[ColorToken::Text]));
      QVERIFY(near(inkOf(chat.pixmap(32, QIcon::Disabled)).color, tokens[ColorToken::BorderStrong]));
      QVERIFY(near(inkOf(icon(QStringLiteral("warning"), ColorToken::Warning).pixmap(32)).color,
                   tokens[ColorToken::Warning]));
    }
  }
  void highDensityScreensGetMorePixels() {
    const QPixmap pixmap = iconPixmap(QStringLiteral("send"), 16, 2.5, Qt::red);
    QCOMPARE(pixmap.size(), QSize(40, 40));
    QCOMPARE(pixmap.devicePixelRatio(), 2.5);
  }
  void anUnknownNameIsNull() { QVERIFY(icon(QStringLiteral("no-such-icon")).isNull()); }
};

QTEST_MAIN(TestIcon)
#include "test_icon.moc"
