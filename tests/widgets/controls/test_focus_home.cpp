// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/focus_home.h"

#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>
#include <QtTest>

using namespace roundhouse::widgets;

class TestFocusHome : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void theFocusGoesHomeAndNotToTheNextControl() {
    QWidget window;
    auto* column = new QVBoxLayout(&window);
    auto* home = new QListWidget(&window);
    auto* harmless = new QPushButton("Check", &window);
    auto* next = new QPushButton("Destroy", &window);
    for (QWidget* each : std::initializer_list<QWidget*>{home, harmless, next}) column->addWidget(each);
    keepFocusAt(home, {harmless});
    window.show();
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));

    harmless->setFocus();
    harmless->setEnabled(false);
    QVERIFY(home->hasFocus());
    harmless->setEnabled(true);
    QVERIFY(home->hasFocus());
    harmless->setFocus();
    harmless->hide();
    QVERIFY(home->hasFocus());
    harmless->show();

    harmless->setFocus();
    QTest::keyClick(harmless, Qt::Key_Tab);  // of one's own will
    QVERIFY(next->hasFocus());
    harmless->setEnabled(false);
    QVERIFY(next->hasFocus());
    harmless->setEnabled(true);

    home->hide();
    harmless->setFocus();
    harmless->setEnabled(false);
    QVERIFY(!next->hasFocus());
  }
};

QTEST_MAIN(TestFocusHome)
#include "test_focus_home.moc"
