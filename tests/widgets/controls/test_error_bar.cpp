// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/error_bar.h"

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QToolButton>
#include <QVBoxLayout>
#include <QtTest>

#include <array>

using namespace roundhouse::widgets;

class TestErrorBar : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void itIsHiddenUntilThereIsAMessage() {
    QWidget window;
    auto* column = new QVBoxLayout(&window);
    auto* bar = new ErrorBar(&window);
    column->addWidget(bar);
    column->addStretch(1);
    window.show();
    QVERIFY(!bar->isVisible());
    bar->showError("Not written", "no space", "Try again");
    QVERIFY(bar->isVisible());
    QCOMPARE(bar->accessibleName(), QString("Not written"));
    QCOMPARE(bar->accessibleDescription(), QString("no space"));
    QSignalSpy dismissed(bar, &ErrorBar::dismissed), tried(bar, &ErrorBar::actionTriggered);
    QTest::mouseClick(bar->findChild<QPushButton*>("errorAction"), Qt::LeftButton);
    QCOMPARE(tried.size(), 1);
    QTest::mouseClick(bar->findChild<QToolButton*>("errorClose"), Qt::LeftButton);
    QCOMPARE(dismissed.size(), 1);
    QVERIFY(!bar->isVisible());
    bar->showError("Again");
    QTest::keyClick(bar, Qt::Key_Escape);
    QCOMPARE(dismissed.size(), 2);
    QVERIFY(!bar->isVisible());
    QVERIFY(!bar->findChild<QPushButton*>("errorAction")->isVisibleTo(bar));
  }
  // Whatever is in it: names without a blank may be longer than the bar is wide.
  void theWholeMessageIsInTheBar() {
    QRandomGenerator random(7);
    const std::array pieces{QString("conversations.db.damaged-20261128T091657Z"), QString("file"), QString("/tmp/some/folder/"),
                            QString("%1"), QStringLiteral("上下文"), QString("blk.3.ffn_gate_exps.weight"), QString(" ")};
    QWidget window;
    window.resize(360, 600);
    auto* column = new QVBoxLayout(&window);
    auto* bar = new ErrorBar(&window);
    column->addWidget(bar);
    column->addStretch(1);
    window.show();
    for (int round = 0; round < 30; ++round) {
      QString detail;
      for (int i = 0; i < 20; ++i) detail += pieces[random.bounded(quint32(pieces.size()))] + (random.bounded(2) ? " " : "");
      bar->showError("Title", detail);
      window.resize(int(320 + random.bounded(300)), 700);
      QCoreApplication::processEvents();
      for (const QLabel* label : bar->findChildren<QLabel*>()) {
        if (label->text().isEmpty() || !label->isVisible()) continue;
        const QRect needed = label->fontMetrics().boundingRect(QRect(0, 0, label->width(), 10000), Qt::TextWordWrap, label->text());
        QVERIFY2(needed.height() <= label->height(), qPrintable(detail));
        QVERIFY2(label->geometry().bottom() <= bar->height() && label->geometry().right() <= bar->width(), qPrintable(detail));
      }
      QTest::mouseClick(bar->findChild<QToolButton*>("errorCopy"), Qt::LeftButton);
      QCOMPARE(QGuiApplication::clipboard()->text(), "Title\n" + detail);
      QCOMPARE(bar->accessibleDescription(), detail);
    }
  }
};

QTEST_MAIN(TestErrorBar)
#include "test_error_bar.moc"
