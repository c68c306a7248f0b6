// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_child.h"

#include <QProcess>
#include <QTest>

using namespace roundhouse;
using namespace roundhouse::plugins;

// The child's work itself is tested from outside, through the probe program (test_probe_runner).
class TestProbeChild : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void mockAnswersLikeAFreshStart() {
    const HostServices services = mock_services();
    QCOMPARE(services.score(plugin::ScoreRequest()).error().code, ErrorCode::not_found);
    QCOMPARE(services.allow_connection("a.b", {"example.org", 1, "x"}).error().code, ErrorCode::conflict);
    QCOMPARE(*services.audit({}), std::int64_t{1});
    QCOMPARE(*services.audit({}), std::int64_t{2});
    QVERIFY(!services.jobs && !services.embed);
  }
  void startedByHandItExplainsItself() {
    for (const QStringList& arguments : {QStringList(), QStringList{"plugin.json", "/tmp"}}) {
      QProcess probe;
      probe.start(PROBE_PROGRAM, arguments);
      QVERIFY(probe.waitForFinished());
      QCOMPARE(probe.exitCode(), 2);
      QVERIFY(probe.readAllStandardError().contains("no use of its own"));
    }
  }
};

QTEST_GUILESS_MAIN(TestProbeChild)
#include "test_probe_child.moc"
