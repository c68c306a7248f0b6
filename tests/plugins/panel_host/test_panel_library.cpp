// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of plugins/example: example_panel_plugin
#include "plugins/panel_host/panel_library.h"

#include <QTest>

using namespace roundhouse;
using namespace roundhouse::plugins;
namespace fs = std::filesystem;

class TestPanelLibrary : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void phasesInOrder() {
    std::vector<Phase> phases;
    const fs::path folder = fs::path(HOSTILE_PANEL_FOLDER) / "good";
    PanelLibrary library(*read_manifest(folder / "plugin.json"), folder, [&](Phase phase) { phases.push_back(phase); });
    QVERIFY(!library.load());
    std::vector<plugin::PanelSpec> specs;
    QVERIFY(!library.describe("en", specs));
    QCOMPARE(specs.size(), std::size_t{1});
    QVERIFY(!library.destroy() && !library.destroy());
    QVERIFY(phases == std::vector({Phase::panel_open, Phase::panel_check, Phase::panel_create, Phase::panel_show, Phase::panel_destroy}));
  }
  // The library of plugins/example: calculator_panel and example_panel_plugin.
  void descriptionFollowsTheLanguage() {
    PanelLibrary library(*read_manifest(fs::path(EXAMPLE_FOLDER) / "plugin.json"), EXAMPLE_FOLDER);
    QVERIFY(!library.load());
    std::vector<plugin::PanelSpec> english, chinese;
    QVERIFY(!library.describe("en", english) && !library.describe("zh_CN", chinese));
    QCOMPARE(english.at(0).title, QStringLiteral("Calculator"));
    QCOMPARE(chinese.at(0).title, QStringLiteral("计算器"));
    QCOMPARE(english.size(), std::size_t{1});
    QCOMPARE(english.at(0).id, QStringLiteral("calculator"));
    QCOMPARE(chinese.at(0).id, english.at(0).id);
    QVERIFY(!english.at(0).tooltip.isEmpty() && chinese.at(0).tooltip != english.at(0).tooltip);
  }
  void exceptionsAndWrongVersionsAreFailures() {
    const auto kind = [](const char* way) {
      const fs::path folder = fs::path(HOSTILE_PANEL_FOLDER) / way;
      PanelLibrary library(*read_manifest(folder / "plugin.json"), folder);
      return library.load()->kind;
    };
    QCOMPARE(kind("throws_in_constructor"), FailureKind::threw);
    QCOMPARE(kind("wrong_version"), FailureKind::version);
    QCOMPARE(kind("future_qt"), FailureKind::abi);
  }
};

QTEST_MAIN(TestPanelLibrary)
#include "test_panel_library.moc"
