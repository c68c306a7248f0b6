// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/panel_host/panel_loader.h"

#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTest>

#include <mutex>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse;
using namespace roundhouse::plugins;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  explicit Fixture(const std::vector<fs::path>& more = {}) {
    PluginManagerOptions options;
    options.folders = {{PluginOrigin::bundled, EXAMPLE_FOLDER}};
    for (const fs::path& folder : more) options.folders.push_back({PluginOrigin::bundled, folder});
    options.state_folder = state.path();
    options.probe = {PROBE_PROGRAM, 30};
    options.panel_probe = ProbeProgram{PANEL_PROBE_PROGRAM, 30};
    auto services = std::make_shared<HostServices>();
    services->audit = [this](AuditEntry entry) -> Result<std::int64_t> {
      const std::lock_guard lock(mutex);
      actions.push_back(entry.action);
      return static_cast<std::int64_t>(actions.size());
    };
    options.services = services;
    manager = std::make_shared<PluginManager>(std::move(options));
    manager->discover();
    manager->start_all();
    loader = std::make_unique<PanelLoader>(manager);
  }
  ~Fixture() { loader.reset(); }

  scratch::Folder state;
  std::mutex mutex;
  std::vector<std::string> actions;
  std::shared_ptr<PluginManager> manager;
  std::unique_ptr<PanelLoader> loader;
};

void type(QWidget* panel, const QString& expression) {
  auto* edit = panel->findChild<QLineEdit*>("ExampleExpression");
  edit->setFocus();
  edit->selectAll();
  QTest::keyClicks(edit, expression);
  QTest::keyClick(edit, Qt::Key_Return);
}

}  // namespace

// The example's panel, from its library, in the way the window uses it.
class TestPanelLoader : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void panelCalculatesThroughTheTool() {
    Fixture fixture;
    QVERIFY2(fixture.manager->list().at(0).panel_checked, "the panel probe passed");
    QSignalSpy changed(fixture.loader.get(), &PanelLoader::panelsChanged);
    fixture.loader->refresh();
    QCOMPARE(changed.count(), 1);
    const auto panels = fixture.loader->panels();
    QCOMPARE(panels.size(), std::size_t{1});
    QCOMPARE(panels.at(0).spec.id, QStringLiteral("calculator"));
    QWidget window;
    QWidget* panel = fixture.loader->create(panels.at(0).folder, "calculator", &window);
    QVERIFY(panel);
    window.resize(700, 400);
    panel->resize(700, 400);
    window.show();
    type(panel, "17 * 23 - (2)");
    auto* results = panel->findChild<QTableWidget*>("ExampleResults");
    QTRY_COMPARE(results->rowCount(), 1);
    QCOMPARE(results->item(0, 1)->text(), QStringLiteral("389"));
    QCOMPARE(results->item(0, 2)->text(), QStringLiteral("17: characters 1 to 2; 23: characters 6 to 7; 2: character 12"));
    QCOMPARE(fixture.actions, (std::vector<std::string>{"tool_call", "calculated", "tool_result"}));
    type(panel, "1 / 0");
    auto* message = panel->findChild<QLabel*>("ExampleMessage");
    QTRY_COMPARE(message->text(), QStringLiteral("Expected a divisor other than zero, received 0."));
    QCOMPARE(results->rowCount(), 1);
    // What was worked out is there again in the next panel.
    QWidget* again = fixture.loader->create(panels.at(0).folder, "calculator", &window);
    QCOMPARE(again->findChild<QTableWidget*>("ExampleResults")->item(0, 1)->text(), QStringLiteral("389"));
  }

  void speaksChinese() {
    Fixture fixture;
    fixture.loader->refresh();
    QWidget window;
    QWidget* panel = fixture.loader->create(EXAMPLE_FOLDER, "calculator", &window);
    fixture.loader->setLanguage("zh_CN");
    QEvent change(QEvent::LanguageChange);
    QCoreApplication::sendEvent(panel, &change);
    QCOMPARE(panel->findChild<QPushButton*>("ExampleCalculate")->text(), QStringLiteral("计算"));
    QCOMPARE(fixture.loader->panels().at(0).spec.title, QStringLiteral("计算器"));
  }

  void unloadingTakesTheWidgetsAway() {
    Fixture fixture;
    fixture.loader->refresh();
    QWidget window;
    QPointer<QWidget> panel = fixture.loader->create(EXAMPLE_FOLDER, "calculator", &window);
    // A call is under way while its panel goes.
    type(panel, "1 + 1");
    fixture.loader->unload(EXAMPLE_FOLDER);
    QVERIFY(!panel);
    QVERIFY(fixture.loader->panels().empty());
    QVERIFY(fixture.manager->set_enabled(EXAMPLE_FOLDER, false).ok());
    QTest::qWait(100);
    fixture.loader->refresh();
    QVERIFY(fixture.loader->panels().empty());
    QVERIFY(fixture.manager->set_enabled(EXAMPLE_FOLDER, true).ok());
    fixture.loader->refresh();
    QCOMPARE(fixture.loader->panels().size(), std::size_t{1});
  }

  void aWidgetThatTheWindowDeletedIsNotDeletedTwice() {
    Fixture fixture;
    fixture.loader->refresh();
    delete fixture.loader->create(EXAMPLE_FOLDER, "calculator", nullptr);
    fixture.loader->unload(EXAMPLE_FOLDER);
    QVERIFY(!fixture.loader->create(EXAMPLE_FOLDER, "calculator", nullptr));
  }

  void aToolThatNeverReturnsDoesNotHoldUpTheEnd() {
    Fixture fixture({FULL_FOLDER, fs::path(HOSTILE_PANEL_FOLDER) / "calls_deaf_tool"});
    fixture.loader->refresh();
    QWidget window;
    QVERIFY(fixture.loader->create(fs::path(HOSTILE_PANEL_FOLDER) / "calls_deaf_tool", "one", &window));
    QTRY_VERIFY([&] {
      const std::lock_guard lock(fixture.mutex);
      return !fixture.actions.empty();
    }());
    QElapsedTimer timer;
    timer.start();
    fixture.loader.reset();
    QVERIFY2(timer.elapsed() < 2500, qPrintable(QString::number(timer.elapsed())));
  }
  void aPanelThatGoesCancelsWhatItCalled() {
    Fixture fixture({FULL_FOLDER, fs::path(HOSTILE_PANEL_FOLDER) / "calls_waiting_tool"});
    fixture.loader->refresh();
    QWidget window;
    QVERIFY(fixture.loader->create(fs::path(HOSTILE_PANEL_FOLDER) / "calls_waiting_tool", "one", &window));
    const auto noted = [&] {
      const std::lock_guard lock(fixture.mutex);
      return fixture.actions.size();
    };
    QTRY_COMPARE(noted(), std::size_t{1});
    fixture.loader->unload(fs::path(HOSTILE_PANEL_FOLDER) / "calls_waiting_tool");
    QTRY_COMPARE(noted(), std::size_t{2});  // its end
  }

  void anUnknownPanelIsAFailureOfThePlugin() {
    Fixture fixture;
    fixture.loader->refresh();
    QVERIFY(!fixture.loader->create(EXAMPLE_FOLDER, "nothing", nullptr));
    QCOMPARE(fixture.manager->list().at(0).panel_failure->kind, FailureKind::refused);
    QCOMPARE(fixture.manager->list().at(0).state, PluginState::running);
  }
};

QTEST_MAIN(TestPanelLoader)
#include "test_panel_loader.moc"
