// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/screen_fit.h"

#include <QtTest>

using roundhouse::app::fittedToScreen;

class TestScreenFit : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void theFrameBelongsToTheWindow() {
    const QMargins frame(1, 37, 1, 5);
    const QRect screen(0, 0, 1280, 720);
    const QSize least(700, 600);
    // As large as the screen without its frame: smaller, and below its title bar.
    QCOMPARE(fittedToScreen({0, 0, 1280, 720}, frame, screen, least), QRect(1, 37, 1278, 678));
    // Fits, but hangs over: moved only.
    QCOMPARE(fittedToScreen({600, 200, 800, 620}, frame, screen, least), QRect(479, 95, 800, 620));
    QCOMPARE(fittedToScreen({-50, -50, 800, 620}, frame, screen, least), QRect(1, 37, 800, 620));
    // Fits: stays.
    QCOMPARE(fittedToScreen({100, 60, 800, 620}, frame, screen, least), QRect(100, 60, 800, 620));
  }
  void barsOfTheDesktopAreLeftFree() {
    QCOMPARE(fittedToScreen({0, 0, 1280, 800}, {}, {60, 30, 1220, 690}, {700, 600}), QRect(60, 30, 1220, 690));
  }
  void aScreenThatIsTooSmallShowsTheTopLeft() {
    QCOMPARE(fittedToScreen({50, 50, 1280, 800}, {2, 30, 2, 2}, {0, 0, 640, 480}, {700, 600}), QRect(2, 30, 700, 600));
  }
};

QTEST_APPLESS_MAIN(TestScreenFit)
#include "test_screen_fit.moc"
