// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/wheel_guard.h"

#include <QComboBox>
#include <QDateEdit>
#include <QScrollArea>
#include <QScrollBar>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <QtTest>

#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

class TestWheelGuard : public QObject {
  Q_OBJECT

 private:
  // From outside: what the program itself sends does not go on to the parent.
  static void wheel(QWidget* over) {
    const QPointF at = over->rect().center();
    QWheelEvent event(at, over->mapToGlobal(at), {}, {0, -120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QSpontaneKeyEvent::setSpontaneous(&event);
    qApp->notify(over, &event);
  }

 private Q_SLOTS:
  void theWheelScrollsThePageUnlessTheFieldHasTheFocus() {
    Theme theme(*qApp);
    QScrollArea area;
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    auto* spin = new QSpinBox;
    auto* real = new QDoubleSpinBox;
    auto* date = new QDateEdit(QDate(2026, 6, 15));
    auto* box = new QComboBox;
    auto* slider = new QSlider(Qt::Horizontal);
    spin->setValue(50);
    real->setValue(50);
    slider->setValue(50);
    box->addItems({"a", "b", "c"});
    box->setCurrentIndex(1);
    for (QWidget* field : QList<QWidget*>{spin, real, date, box, slider}) column->addWidget(field);
    auto* space = new QWidget;
    space->setMinimumHeight(3000);
    column->addWidget(space);
    area.setWidget(page);
    area.resize(300, 300);
    area.show();
    area.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&area));

    const auto values = [&] { return QVariantList{spin->value(), real->value(), date->date(), box->currentIndex(), slider->value()}; };
    const QVariantList before = values();
    for (QWidget* field : QList<QWidget*>{spin, real, date, box, slider}) {
      area.setFocus();
      area.verticalScrollBar()->setValue(0);
      wheel(field);
      QCOMPARE(values(), before);
      QVERIFY2(!field->hasFocus(), field->metaObject()->className());
      QVERIFY2(area.verticalScrollBar()->value() > 0, field->metaObject()->className());
      area.verticalScrollBar()->setValue(0);
      field->setFocus();
      wheel(field);
      QVERIFY2(values() != before, field->metaObject()->className());
      QCOMPARE(area.verticalScrollBar()->value(), 0);
      spin->setValue(50);
      real->setValue(50);
      date->setDate(QDate(2026, 6, 15));
      box->setCurrentIndex(1);
      slider->setValue(50);
    }
  }
};

QTEST_MAIN(TestWheelGuard)
#include "test_wheel_guard.moc"
