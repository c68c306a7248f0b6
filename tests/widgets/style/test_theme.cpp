// SPDX-License-Identifier: GPL-3.0-or-later
#include <QStyle>
#include <QtTest>

#include <QAbstractButton>
#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>

#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {
// The colour that a widget's ground really has on the screen.
QColor groundOf(QWidget& widget) {
  const QImage image = widget.grab().toImage();
  return image.pixelColor(image.width() - 6, image.height() / 2);
}
}  // namespace

class TestTheme : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theStyleSheetKnowsAllItsNames() {
    QTest::failOnWarning(QRegularExpression(QStringLiteral(".*")));
    for (Scheme scheme : {Scheme::Light, Scheme::Dark}) {
      const QString sheet = styleSheetFor(Tokens::of(scheme), QFont(QStringLiteral("Sans"), 10));
      QVERIFY(sheet.size() > 1000);
      QString rules = sheet;
      rules.remove(QRegularExpression(QStringLiteral("/\\*.*?\\*/"), QRegularExpression::DotMatchesEverythingOption));
      QVERIFY(!rules.contains(QLatin1Char('@')) || !QRegularExpression(QStringLiteral("@[A-Za-z]")).match(rules).hasMatch());
      QVERIFY(sheet.contains(QStringLiteral("8.50pt")));
    }
  }
  void switchingRedressesEveryWidget() {
    Theme theme(*qApp);
    QPushButton button(QStringLiteral("Press"));
    QLineEdit edit;
    QWidget plain;
    QSignalSpy changed(&theme, &Theme::changed);
    for (Theme::Mode mode : {Theme::Mode::Dark, Theme::Mode::Light, Theme::Mode::Dark}) {
      theme.setMode(mode);
      const Tokens& tokens = Tokens::of(mode == Theme::Mode::Dark ? Scheme::Dark : Scheme::Light);
      QCOMPARE(theme.scheme(), tokens.scheme());
      button.resize(120, 40);
      edit.resize(120, 40);
      plain.resize(40, 40);
      QCOMPARE(groundOf(button).name(), tokens[ColorToken::Surface].name());
      QCOMPARE(groundOf(edit).name(), tokens[ColorToken::Surface].name());
      QCOMPARE(groundOf(plain).name(), tokens[ColorToken::Background].name());
      QCOMPARE(&Tokens::current(), &tokens);
    }
    QCOMPARE(changed.count(), 3);
  }
  void systemFollowsThePlatform() {
    Theme theme(*qApp);
    theme.setMode(Theme::Mode::Dark);
    theme.setMode(Theme::Mode::System);
    // Offscreen, the platform's palette is light.
    QCOMPARE(theme.scheme(), Scheme::Light);
  }
  void aThemeEventAsksTheSystemAgain() {
    Theme theme(*qApp);
    QSignalSpy changed(&theme, &Theme::changed);
    QWindow window;
    QEvent event(QEvent::ThemeChange);
    QCoreApplication::sendEvent(&window, &event);
    QTRY_COMPARE(changed.count(), 1);
    theme.setMode(Theme::Mode::Dark);
    changed.clear();
    QCoreApplication::sendEvent(&window, &event);
    QTest::qWait(30);
    QCOMPARE(changed.count(), 0);
  }
  void reducedMotionStopsAllMotion() {
    Theme theme(*qApp);
    QWidget widget;
    QCOMPARE(theme.reducedMotion(), false);
    QVERIFY(motionDuration(&widget) > 0);
    QCOMPARE(motionDuration(&widget, 5000), 150);
    theme.setReducedMotion(true);
    QCOMPARE(theme.reducedMotion(), true);
    QCOMPARE(motionDuration(&widget), 0);
    theme.setMode(Theme::Mode::Dark);
    QCOMPARE(motionDuration(&widget), 0);
  }
  void textScaleIsBounded() {
    Theme theme(*qApp);
    const double base = QApplication::font().pointSizeF();
    QVERIFY(base >= 10);
    theme.setTextScale(9);
    QCOMPARE(theme.textScale(), 2.0);
    // Icons grow along, and are never smaller than drawn.
    QCOMPARE(qApp->style()->pixelMetric(QStyle::PM_ButtonIconSize), 32);
    QCOMPARE(qApp->style()->pixelMetric(QStyle::PM_IndicatorWidth), 32);
    QCOMPARE(QApplication::font().pointSizeF(), base * 2);
    theme.setTextScale(0.1);
    QCOMPARE(theme.textScale(), 0.8);
    QCOMPARE(qApp->style()->pixelMetric(QStyle::PM_ButtonIconSize), 16);
  }
  void focusShows() {
    // Keyboard users must see where they are: the focused picture differs from the plain one in the accent colour.
    Theme theme(*qApp);
    for (Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
      theme.setMode(mode);
      const QColor accent = Tokens::of(theme.scheme())[ColorToken::Accent];
      QWidget window;
      QList<QWidget*> widgets{new QPushButton(QStringLiteral("A"), &window), new QLineEdit(&window),
                              new QComboBox(&window), new QCheckBox(QStringLiteral("C"), &window)};
      int y = 0;
      for (QWidget* widget : widgets) widget->setGeometry(0, std::exchange(y, y + 40), 120, 32);
      window.show();
      QVERIFY(QTest::qWaitForWindowActive(&window));
      for (QWidget* widget : widgets) {
        window.setFocus();
        const QImage without = widget->grab().toImage();
        widget->setFocus(Qt::TabFocusReason);
        const QImage with = widget->grab().toImage();
        int gained = 0;
        for (int row = 0; row < with.height(); ++row)
          for (int x = 0; x < with.width(); ++x)
            gained += with.pixelColor(x, row) == accent && without.pixelColor(x, row) != accent;
        QVERIFY2(gained > 10, widget->metaObject()->className());
      }
    }
  }
};

QTEST_MAIN(TestTheme)
#include "test_theme.moc"
