// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QRadioButton>
#include <QStyleOption>
#include <QtTest>

#include <cmath>
#include <limits>
#include <random>

#include "widgets/style/quantity.h"
#include "widgets/style/roundhouse_style.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

class TestStyle : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Theme> theme_;

  static int different(const QImage& a, const QImage& b) {
    int count = 0;
    for (int y = 0; y < a.height(); ++y)
      for (int x = 0; x < a.width(); ++x) count += a.pixel(x, y) != b.pixel(x, y);
    return count;
  }

 private Q_SLOTS:
  void initTestCase() {
    QLocale::setDefault(QLocale::c());
    theme_ = std::make_unique<Theme>(*qApp);
  }
  void cleanupTestCase() { theme_.reset(); }

  void theFocusOfAButtonIsItsBorder() {
    for (const Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
      theme_->setMode(mode);
      QWidget window;
      auto* row = new QHBoxLayout(&window);
      auto* other = new QPushButton(QStringLiteral("Other"), &window);
      auto* quiet = new QPushButton(QStringLiteral("Stay"), &window);
      auto* primary = new QPushButton(QStringLiteral("Try again"), &window);
      primary->setProperty("tone", "primary");
      for (QWidget* each : {other, quiet, primary}) row->addWidget(each);
      window.show();
      QVERIFY(QTest::qWaitForWindowActive(&window));
      for (QPushButton* button : {quiet, primary}) {
        other->setFocus(Qt::TabFocusReason);
        const QImage without = button->grab().toImage();
        QTest::keyClick(&window, Qt::Key_Tab);  // from here on, focus is shown
        button->setFocus(Qt::TabFocusReason);
        const QImage with = button->grab().toImage();
        const QRect inner = with.rect().adjusted(3, 3, -3, -3);
        QVERIFY(different(with, without) > 0);
        QCOMPARE(different(with.copy(inner), without.copy(inner)), 0);
      }
    }
    theme_->setMode(Theme::Mode::Light);
  }
  void quantitiesHaveThreeFiguresAndTheirUnit() {
    QCOMPARE(formatQuantity(0.042, "%", 100), QStringLiteral("4.20\u00a0%"));
    QCOMPARE(formatQuantity(17, "tokens"), QStringLiteral("17\u00a0tokens"));
    QCOMPARE(formatQuantity(0), QStringLiteral("0"));
    QCOMPARE(formatQuantity(-0.5), QStringLiteral("-0.500"));
    QCOMPARE(formatQuantity(1.5e-5), QStringLiteral("1.50e-05"));
    QCOMPARE(formatQuantity(2e12), QStringLiteral("2.00e+12"));
    QCOMPARE(formatQuantity(std::nan("")), QStringLiteral("–"));
    QVERIFY(formatQuantity(std::numeric_limits<double>::infinity()).contains(QStringLiteral("inf")));
  }
  void whatIsShownIsNearWhatIs() {
    std::mt19937 random(1);
    std::uniform_real_distribution<double> mantissa(-10, 10);
    for (int round = 0; round < 5000; ++round) {
      const double value = mantissa(random) * std::pow(10, double(random() % 16) - 8);
      bool number = false;
      QString text = formatQuantity(value);
      text.remove(QLatin1Char(','));
      const double read = QLocale::c().toDouble(text, &number);
      QVERIFY2(number, qPrintable(text));
      QVERIFY2(std::abs(read - value) <= std::abs(value) * 0.0051, qPrintable(QStringLiteral("%1 as %2").arg(value).arg(text)));
      const int decimals = decimalsFor(value);
      QVERIFY(decimals >= 0 && decimals <= 5);
      QString fixed = formatFixed(value, decimals);
      fixed.remove(QLatin1Char(','));
      QVERIFY(std::abs(QLocale::c().toDouble(fixed) - value) <= 0.5000001 * std::pow(10, -decimals));
    }
    QCOMPARE(decimalsFor(std::nan("")), 0);
    QCOMPARE(formatFixed(std::nan(""), 2), QStringLiteral("–"));
  }
  void theStyleIsFoundAndFollowsReducedMotion() {
    RoundhouseStyle* style = RoundhouseStyle::of(*qApp);
    QVERIFY(style);
    style->setReducedMotion(true);
    QVERIFY(style->reducedMotion());
    QCOMPARE(style->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, nullptr, nullptr), 0);
    style->setReducedMotion(false);
    QCOMPARE(style->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, nullptr, nullptr), 150);
  }
  void checksShowTheirStateInBothThemes() {
    for (Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
      theme_->setMode(mode);
      QCheckBox check;
      QRadioButton radio;
      for (QAbstractButton* button : {static_cast<QAbstractButton*>(&check), static_cast<QAbstractButton*>(&radio)}) {
        button->resize(24, 24);
        const QImage off = button->grab().toImage();
        button->setChecked(true);
        const QImage on = button->grab().toImage();
        QVERIFY(different(off, on) > 30);
        button->setEnabled(false);
        QVERIFY(different(button->grab().toImage(), on) > 20);
      }
      check.setEnabled(true);
      const QImage on = check.grab().toImage();
      check.setTristate(true);
      check.setCheckState(Qt::PartiallyChecked);
      QVERIFY(different(check.grab().toImage(), on) > 10);
    }
    theme_->setMode(Theme::Mode::Light);
  }
  void spinBoxPartsDoNotOverlap() {
    for (const QSize& size : {QSize(80, 28), QSize(120, 32), QSize(300, 40)})
      for (Qt::LayoutDirection direction : {Qt::LeftToRight, Qt::RightToLeft}) {
        QStyleOptionSpinBox option;
        option.rect = QRect(QPoint(), size);
        option.direction = direction;
        option.buttonSymbols = QAbstractSpinBox::UpDownArrows;
        const auto part = [&](QStyle::SubControl control) { return RoundhouseStyle::of(*qApp)->subControlRect(QStyle::CC_SpinBox, &option, control, nullptr); };
        const QRect up = part(QStyle::SC_SpinBoxUp), down = part(QStyle::SC_SpinBoxDown), edit = part(QStyle::SC_SpinBoxEditField);
        QVERIFY(!up.intersects(down) && !edit.intersects(up) && !edit.intersects(down));
        for (const QRect& rect : {up, down, edit}) QVERIFY(option.rect.contains(rect) && rect.width() > 8 && rect.height() > 6);
        QCOMPARE(up.center().x() > edit.center().x(), direction == Qt::LeftToRight);
        option.buttonSymbols = QAbstractSpinBox::NoButtons;
        QVERIFY(part(QStyle::SC_SpinBoxUp).isEmpty());
      }
  }
  void comboAndSpinAreUsedByMouse() {
    QDoubleSpinBox spin;
    spin.resize(120, 32);
    spin.show();
    QVERIFY(QTest::qWaitForWindowActive(&spin));
    QStyleOptionSpinBox option;
    option.initFrom(&spin);
    option.rect = spin.rect();
    option.buttonSymbols = spin.buttonSymbols();
    QTest::mouseClick(&spin, Qt::LeftButton, {}, spin.style()->subControlRect(QStyle::CC_SpinBox, &option, QStyle::SC_SpinBoxUp, &spin).center());
    QCOMPARE(spin.value(), 1.0);
    QTest::mouseClick(&spin, Qt::LeftButton, {}, spin.style()->subControlRect(QStyle::CC_SpinBox, &option, QStyle::SC_SpinBoxDown, &spin).center());
    QCOMPARE(spin.value(), 0.0);
    QComboBox combo;
    combo.addItems({"a short one", "a very much longer entry than the first"});
    QVERIFY(combo.sizeHint().width() > combo.fontMetrics().horizontalAdvance(combo.itemText(1)) + 20);
    QVERIFY(combo.sizeHint().height() >= 28);
    // The room of the size hint is enough, what does not fit ends in an ellipsis.
    for (const QString& text : {QStringLiteral("As the system"), QStringLiteral("All tokens"), QStringLiteral("W"), QStringLiteral("illustration, filled")}) {
      QComboBox one;
      one.addItem(text);
      one.resize(one.sizeHint());
      const QImage hinted = one.grab().toImage();
      one.resize(one.width() + 40, one.height());
      QCOMPARE(hinted.copy(0, 4, hinted.width() - 30, hinted.height() - 8), one.grab().toImage().copy(0, 4, hinted.width() - 30, hinted.height() - 8));
    }
    combo.setCurrentIndex(1);
    combo.resize(120, 32);
    QStyleOptionComboBox label;
    label.initFrom(&combo);
    label.rect = combo.rect();
    const int room = combo.style()->subControlRect(QStyle::CC_ComboBox, &label, QStyle::SC_ComboBoxEditField, &combo).width() - 2;
    const QImage cut = combo.grab().toImage();
    QComboBox same;
    same.addItem(combo.fontMetrics().elidedText(combo.itemText(1), Qt::ElideRight, room));
    QVERIFY(same.itemText(0).endsWith(QChar(0x2026)));
    same.resize(120, 32);
    QCOMPARE(cut, same.grab().toImage());
  }
  void everyPrimitiveDraws() {
    for (Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
      theme_->setMode(mode);
      for (auto element : {QStyle::PE_IndicatorArrowUp, QStyle::PE_IndicatorArrowDown, QStyle::PE_IndicatorArrowLeft, QStyle::PE_IndicatorArrowRight, QStyle::PE_FrameFocusRect}) {
        QImage image(24, 24, QImage::Format_RGB32);
        image.fill(Tokens::current()[ColorToken::Surface]);
        const QImage blank = image;
        QPainter painter(&image);
        QStyleOption option;
        option.rect = image.rect();
        option.state = QStyle::State_Enabled;
        RoundhouseStyle::of(*qApp)->drawPrimitive(element, &option, &painter, nullptr);
        painter.end();
        QVERIFY(different(image, blank) > 8);
      }
    }
  }
};

QTEST_MAIN(TestStyle)
#include "test_style.moc"
