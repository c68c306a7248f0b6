// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/failure.h"

#include <QSet>
#include <QTest>

using namespace roundhouse::plugins;

class TestFailure : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void namesRoundTripAndDiffer() {
    QSet<QString> phases, kinds, reasons;
    for (int i = 0; i <= static_cast<int>(Phase::panel_destroy); ++i) {
      const auto phase = static_cast<Phase>(i);
      QCOMPARE(parse_phase(phase_name(phase)), std::optional(phase));
      phases.insert(phase_name(phase));
    }
    QCOMPARE(phases.size(), static_cast<int>(Phase::panel_destroy) + 1);
    for (int i = 0; i <= static_cast<int>(FailureKind::probe); ++i) {
      const auto kind = static_cast<FailureKind>(i);
      QCOMPARE(parse_failure_kind(failure_kind_name(kind)), std::optional(kind));
      kinds.insert(failure_kind_name(kind));
      reasons.insert(QString::fromStdString(Failure{kind, Phase::create, {}}.reason()));
    }
    QCOMPARE(kinds.size(), static_cast<int>(FailureKind::probe) + 1);
    QCOMPARE(reasons.size(), kinds.size());
    QVERIFY(!parse_phase("dance") && !parse_failure_kind(""));
  }
  void reasonSaysWhatWhereAndDetail() {
    QCOMPARE(Failure({FailureKind::crashed, Phase::create, "SIGABRT (Aborted)"}).reason(), std::string("crashed in its constructor: SIGABRT (Aborted)"));
    QCOMPARE(Failure({FailureKind::hung, Phase::open, ""}).reason(), std::string("hung while its library was loaded (static initialiser)"));
  }
};

QTEST_APPLESS_MAIN(TestFailure)
#include "test_failure.moc"
