// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/panel_host/panel_probe.h"

#include <QTest>

#include "plugins/host/probe_runner.h"

using namespace roundhouse::plugins;
namespace fs = std::filesystem;

class TestPanelProbe : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void goodPanelsPass() {
    for (const fs::path& folder : {fs::path(HOSTILE_PANEL_FOLDER) / "good", fs::path(EXAMPLE_FOLDER)}) {
      const auto failure = run_probe_program({PANEL_PROBE_PROGRAM, 30}, folder / "plugin.json");
      QVERIFY2(!failure, failure ? failure->reason().c_str() : "");
    }
  }
  void hostilePanelsAreTold_data() {
    QTest::addColumn<QByteArray>("way");
    QTest::addColumn<QByteArray>("reason");
    const auto row = [](const char* way, const char* reason) { QTest::newRow(way) << QByteArray(way) << QByteArray(reason); };
    row("throws_in_constructor", "threw an exception in its panel library's constructor: no panels today");
    row("throws_in_panel", "threw an exception while a panel was made and shown: not a std::exception");
    row("aborts_in_panel", "crashed while a panel was made and shown: SIGABRT (Aborted)");
    row("crashes_when_shown", "crashed while a panel was made and shown: SIGSEGV");
    row("exits_when_destroyed", "ended the process while a panel was destroyed: exit status 0");
    row("makes_no_widget", "gave up while a panel was made and shown: it made no widget for panel one");
    row("undeclared_panel", "registers other extensions than its manifest lists: panels one, two; declared one");
    row("wrong_version", "made for another plugin interface: the library was built for 2.0, this program offers 1.0");
    row("future_qt", "compiled with an incompatible compiler or library: built with Qt 6.200, this is Qt 6.");
    row("hangs_in_panel", "hung while a panel was made and shown: no answer within");
  }
  void hostilePanelsAreTold() {
    QFETCH(QByteArray, way);
    QFETCH(QByteArray, reason);
    const auto failure = run_probe_program({PANEL_PROBE_PROGRAM, way.startsWith("hangs") ? 6.0 : 30.0}, fs::path(HOSTILE_PANEL_FOLDER) / way.toStdString() / "plugin.json");
    QVERIFY(failure.has_value());
    const QByteArray said = QByteArray::fromStdString(failure->reason());
    QVERIFY2(said.startsWith(reason), said.constData());
  }
  // (probe_panels itself runs in that process; a core alone is not its concern.)
  void coresOfThesePluginsAreGood() {
    for (const char* way : {"aborts_in_panel", "future_qt"}) {
      const auto failure = run_probe_program({PROBE_PROGRAM, 20}, fs::path(HOSTILE_PANEL_FOLDER) / way / "plugin.json");
      QVERIFY2(!failure, failure ? failure->reason().c_str() : "");
    }
  }
};

QTEST_GUILESS_MAIN(TestPanelProbe)
#include "test_panel_probe.moc"
