// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/compute_threads.h"

#include <QtTest>

#include "app/shell/settings.h"

using namespace roundhouse::app;

class TestComputeThreads : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whateverStandsInTheSettingsIsANumberOfThreads() {
    const auto of = [](const QJsonValue& value) { return computeThreads(Settings({{keys::threads, value}})); };
    QCOMPARE(computeThreads(Settings()), 0);
    QCOMPARE(of(3), 3);
    QCOMPARE(of(kMostThreads), kMostThreads);
    QCOMPARE(of(-2147483648.0), 0);
    QCOMPARE(of(1e300), kMostThreads);
    QCOMPARE(of(-1e300), 0);
    QCOMPARE(of("many"), 0);
  }
};

QTEST_APPLESS_MAIN(TestComputeThreads)
#include "test_compute_threads.moc"
