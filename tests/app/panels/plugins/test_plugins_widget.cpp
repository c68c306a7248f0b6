// SPDX-License-Identifier: GPL-3.0-or-later
// The Plugins room over real plugins, good and hostile: plugins_widget, plugins_model, failure_text, plugin_service.
#include "app/bridge/audit_service.h"
#include "app/panels/plugins/plugins_widget.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabBar>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>
#include <set>

#include "app/net/network_gate.h"
#include "app/panels/plugins/failure_text.h"
#include "app/panels/plugins/plugins_model.h"
#include "app/panels/plugins/plugins_panel.h"
#include "app/plugins/plugin_service.h"
#include "app/shell/app_context.h"
#include "app/shell/command_registry.h"
#include "app/shell/settings.h"
#include "app/bridge/session_hub.h"
#include "app/bridge/token_selection.h"
#include "plugins/panel_host/guarded_application.h"
#include "roundhouse/audit.h"
#include "tests/app/fake/fake_engine.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/progress_line.h"

using namespace roundhouse;
using namespace roundhouse::app;
namespace fs = std::filesystem;

class TestPluginsWidget : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> data_;
  std::shared_ptr<fake::World> world_;
  std::unique_ptr<EngineController> engine_;
  std::unique_ptr<NetworkGate> network_;
  std::shared_ptr<AuditLog> audit_;
  std::unique_ptr<PluginService> service_;
  std::unique_ptr<PluginsWidget> page_;
  std::vector<fs::path> folders_;
  std::unique_ptr<Settings> settings_;

  static fs::path hostile(const char* name) { return fs::path(HOSTILE_FOLDER) / name; }
  // One run of the program, as far as plugins go.
  void run() {
    begin(1);
    settle();
  }
  void begin(double probeSeconds) {
    page_.reset();
    service_.reset();
    PluginServiceOptions options;
    for (const fs::path& folder : folders_) options.folders.push_back({plugins::PluginOrigin::bundled, folder});
    options.folders.push_back({plugins::PluginOrigin::user, user()});
    options.stateFolder = fs::path(data_->path().toStdString()) / "state";
    options.probe = PROBE_PROGRAM;
    options.panelProbe = PANEL_PROBE_PROGRAM;
    options.probeSeconds = probeSeconds;
    options.stopSeconds = 0.3;
    service_ = std::make_unique<PluginService>(std::move(options), *engine_, *network_, QStringLiteral("en"));
    service_->setAudit(audit_);
    page_ = std::make_unique<PluginsWidget>(*service_, *settings_);
    page_->resize(1000, 600);
    page_->show();
    QVERIFY(QTest::qWaitForWindowExposed(page_.get()));
    service_->start();
  }
  void settle() { QTRY_VERIFY_WITH_TIMEOUT(!service_->busy(), 20000); }
  fs::path user() const { return fs::path(data_->path().toStdString()) / "plugins"; }
  template <class W>
  W* part(const char* name) { return page_->findChild<W*>(QString::fromLatin1(name)); }
  int rowOf(const QString& name) {
    for (int row = 0; row < page_->table()->model()->rowCount(); ++row) {
      if (page_->table()->model()->index(row, PluginsModel::Name).data().toString() == name) return row;
    }
    return -1;
  }
  QString state(const QString& name) { return page_->table()->model()->index(rowOf(name), PluginsModel::State).data().toString(); }
  void choose(const QString& name) {
    const int row = rowOf(name);
    QVERIFY2(row >= 0, qPrintable(name));
    const QModelIndex at = page_->table()->model()->index(row, 0);
    page_->table()->scrollTo(at);
    QTest::mouseClick(page_->table()->viewport(), Qt::LeftButton, {}, page_->table()->visualRect(at).center());
    QCOMPARE(page_->table()->currentIndex().row(), row);
  }
  QStringList actions() {
    QStringList list;
    const auto entries = audit_->query(AuditFilter{});
    for (const AuditRecord& each : *entries) list.prepend(QString::fromStdString(each.entry.action));
    return list;
  }

 private Q_SLOTS:
  void init() {
    data_ = std::make_unique<QTemporaryDir>();
    settings_ = std::make_unique<Settings>();
    world_ = std::make_shared<fake::World>();
    engine_ = std::make_unique<EngineController>(fake::api(world_));
    network_ = std::make_unique<NetworkGate>(QString());
    auto log = AuditLog::open(AuditOptions::in(data_->path().toStdString()));
    QVERIFY(log.ok());
    audit_ = std::move(log).value();
  }
  void cleanup() {
    page_.reset();
    service_.reset();
    audit_.reset();
    network_.reset();
    engine_.reset();
  }

  // Whatever is broken, old or hostile is listed with its reason, the good ones run, and the window lives.
  void eachIsListedWithItsReason() {
    folders_ = {FULL_FOLDER, EXAMPLE_FOLDER};
    const QMap<QString, QString> expected{
        {"aborts", "crashed"}, {"exits", "ended the process"}, {"throws_in_constructor", "threw an exception in its constructor"},
        {"wrong_version", "another version of the plugin interface"}, {"wrong_abi", "incompatible compiler"},
        {"hangs_in_constructor", "hung in its constructor"}, {"missing_library", "a library that is not installed"},
        {"unresolved_symbol", "a function that nothing provides"}, {"no_entry", "not a Roundhouse plugin"},
        {"wrong_id", "disagree"}, {"refuses", "gave up"}, {"undeclared_extension", "other things than its manifest lists"}};
    for (auto it = expected.begin(); it != expected.end(); ++it) folders_.push_back(hostile(qPrintable(it.key())));
    run();
    QCOMPARE(page_->table()->model()->rowCount(), int(expected.size()) + 2);
    for (auto it = expected.begin(); it != expected.end(); ++it) {
      const fs::path folder = hostile(qPrintable(it.key()));
      int row = -1;
      for (std::size_t i = 0; i < service_->list().size(); ++i) {
        if (service_->list()[i].folder == folder) row = int(i);
      }
      QVERIFY2(row >= 0, qPrintable(it.key()));
      page_->table()->selectRow(row);
      QVERIFY(part<QLabel>("pluginReason")->isVisible());
      const QString reason = part<QLabel>("pluginReason")->text();
      QVERIFY2(reason.contains(it.value()), qPrintable(it.key() + ": " + reason));
      QCOMPARE(page_->table()->model()->index(row, PluginsModel::State).data().toString(), QString("Not running"));
      QVERIFY(page_->table()->model()->index(row, 0).data(Qt::ToolTipRole).toString().contains(it.value()));
      QVERIFY(part<QPlainTextEdit>("pluginDetails")->toPlainText().contains(QString::fromStdString(folder.string())));
    }
    QCOMPARE(state("Full"), QString("Running"));
    choose("Full");
    QVERIFY(!part<QLabel>("pluginReason")->isVisible());
    const QString details = part<QPlainTextEdit>("pluginDetails")->toPlainText();
    for (const char* each : {"test.full", "2.1.0-rc1", "/full_json", "full-echo", "GPL-3.0-or-later"}) QVERIFY2(details.contains(each), each);
    QCOMPARE(service_->tools().size(), std::size_t(7));
  }

  void switchingOffIsDoneRememberedAndLogged() {
    folders_ = {FULL_FOLDER};
    run();
    auto* toggle = part<QPushButton>("pluginSwitch");
    choose("Full");
    QCOMPARE(toggle->text(), QString("Switch off"));
    QTest::mouseClick(toggle, Qt::LeftButton);
    settle();
    QCOMPARE(state("Full"), QString("Switched off"));
    QCOMPARE(toggle->text(), QString("Switch on"));
    QVERIFY(!part<QPushButton>("pluginCheck")->isEnabled());
    QVERIFY(service_->tools().empty());
    run();
    QCOMPARE(state("Full"), QString("Switched off"));
    choose("Full");
    part<QPushButton>("pluginSwitch")->setFocus();
    QTest::keyClick(part<QPushButton>("pluginSwitch"), Qt::Key_Space);
    settle();
    QCOMPARE(state("Full"), QString("Running"));
    QVERIFY(!service_->tools().empty());
    QCOMPARE(actions().filter("abled"), (QStringList{"disabled", "enabled"}));
  }
  void aDuplicateCannotBeSwitchedAndSaysWhatToDo() {
    const fs::path copy = user() / "copy";
    fs::create_directories(user());
    fs::copy(FULL_FOLDER, copy, fs::copy_options::recursive);
    folders_ = {FULL_FOLDER};
    run();
    page_->table()->selectRow(1);
    QVERIFY(part<QPlainTextEdit>("pluginDetails")->toPlainText().contains(QString::fromStdString(copy.string())));
    QVERIFY(!part<QPushButton>("pluginSwitch")->isEnabled());
    QVERIFY2(part<QLabel>("pluginReason")->text().contains("remove one of the two"), qPrintable(part<QLabel>("pluginReason")->text()));
    page_->table()->selectRow(0);
    auto* toggle = part<QPushButton>("pluginSwitch");
    QVERIFY(toggle->isEnabled());
    toggle->setFocus();
    QTest::keyClick(toggle, Qt::Key_Space);
    QCOMPARE(page_->focusWidget(), page_->table());  // not "Open its folder"
    settle();
  }
  void withoutALogNothingIsSwitched() {
    folders_ = {FULL_FOLDER};
    run();
    service_->setAudit(nullptr);
    choose("Full");
    QTest::mouseClick(part<QPushButton>("pluginSwitch"), Qt::LeftButton);
    settle();
    auto* bar = page_->findChild<widgets::ErrorBar*>();
    QVERIFY(bar->isVisible());
    QVERIFY2(bar->copyText().contains("audit log"), qPrintable(bar->copyText()));
  }
  void checkingAgainTriesAgain() {
    fs::create_directories(user());
    const fs::path copy = user() / "aborts";
    fs::copy(hostile("aborts"), copy, fs::copy_options::recursive);
    folders_ = {};
    run();
    page_->table()->selectRow(0);
    QVERIFY(part<QLabel>("pluginReason")->text().contains("crashed"));
    QVERIFY(part<QLabel>("pluginState")->text().contains("Installed by you"));
    QSignalSpy changed(service_.get(), &PluginService::changed);
    QTest::mouseClick(part<QPushButton>("pluginCheck"), Qt::LeftButton);
    QVERIFY(service_->busy());
    QVERIFY(!part<QPushButton>("pluginCheck")->isEnabled());
    settle();
    QVERIFY(changed.size() >= 2);
    QVERIFY(part<QLabel>("pluginReason")->text().contains("crashed"));
  }
  void newOnesAreFoundAndAnEmptyPageSaysWhatToDo() {
    folders_ = {};
    run();
    auto* empty = page_->findChild<widgets::EmptyState*>();
    QVERIFY(empty->isVisible());
    fs::path opened;
    page_->setFolderOpener([&](const QString& folder) -> Status {
      opened = folder.toStdString();
      return Ok{};
    });
    QTest::mouseClick(empty->findChild<QPushButton*>(), Qt::LeftButton);
    QCOMPARE(opened, user());
    QVERIFY(fs::is_directory(user()));  // made, so that something can be put in
    fs::copy(FULL_FOLDER, user() / "full", fs::copy_options::recursive);
    QTest::mouseClick(part<QPushButton>("pluginRescan"), Qt::LeftButton);
    settle();
    QVERIFY(!empty->isVisible());
    QCOMPARE(state("Full"), QString("Running"));
    QTest::mouseClick(part<QPushButton>("pluginOpen"), Qt::LeftButton);
    QCOMPARE(opened, user() / "full");
    page_->setFolderOpener([](const QString& folder) -> Status { return Error{ErrorCode::io, "open folder", folder.toStdString(), {}, "nobody"}; });
    QTest::mouseClick(part<QPushButton>("pluginOpen"), Qt::LeftButton);
    QVERIFY(page_->findChild<widgets::ErrorBar*>()->isVisible());
  }
  void aDamagedManifestIsListed() {
    folders_ = {};
    for (const auto& [name, text] : std::vector<std::pair<std::string, QByteArray>>{
             {"empty", ""}, {"nojson", "{\"id\": "}, {"list", "[]"}, {"nul", QByteArray("\0\0\0", 3)}, {"deep", QByteArray(100000, '[')}}) {
      fs::create_directories(user() / name);
      QFile file(QString::fromStdString((user() / name / "plugin.json").string()));
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write(text);
    }
    run();
    QCOMPARE(page_->table()->model()->rowCount(), 5);
    for (int row = 0; row < 5; ++row) {
      page_->table()->selectRow(row);
      QVERIFY(part<QLabel>("pluginReason")->text().startsWith("Its manifest cannot be used: "));
      QVERIFY(!part<QPushButton>("pluginSwitch")->isEnabled());
      QVERIFY(!part<QLabel>("pluginTitle")->text().isEmpty());
    }
  }
  void panelsBecomeTabsAndGo() {
    folders_ = {EXAMPLE_FOLDER};
    run();
    QTRY_COMPARE(page_->tabs()->count(), 2);
    QCOMPARE(page_->tabs()->tabText(1), QString("Calculator"));
    choose("Calculator (example plugin)");
    QTest::mouseClick(part<QPushButton>("pluginSwitch"), Qt::LeftButton);
    settle();
    QTRY_COMPARE(page_->tabs()->count(), 1);
    QTest::mouseClick(part<QPushButton>("pluginSwitch"), Qt::LeftButton);
    settle();
    QTRY_COMPARE(page_->tabs()->count(), 2);
    QTest::mouseClick(page_->tabs()->tabBar(), Qt::LeftButton, {}, page_->tabs()->tabBar()->tabRect(1).center());
    QCOMPARE(page_->tabs()->currentIndex(), 1);
    run();  // a plugin's tab comes late
    QTRY_COMPARE(page_->tabs()->currentIndex(), 1);
  }
  void whileItLooksAndTriesItSaysSo() {
    folders_ = {FULL_FOLDER};
    run();
    auto* progress = part<widgets::ProgressLine>("pluginProgress");
    auto* rescan = part<QPushButton>("pluginRescan");
    QVERIFY(progress->isHidden() && rescan->isEnabled());
    QTest::mouseClick(rescan, Qt::LeftButton);
    QVERIFY(service_->busy());
    QVERIFY(progress->isVisible() && progress->running());
    QVERIFY(!rescan->isEnabled() && !part<QPushButton>("pluginCheck")->isEnabled() && !part<QPushButton>("pluginSwitch")->isEnabled());
    settle();
    QVERIFY(progress->isHidden() && rescan->isEnabled());
  }
  void tryingThemIsCancelled() {
    folders_ = {hostile("hangs_in_constructor")};
    begin(600);
    const auto tried = [&](plugins::PluginState state) { return service_->list().size() == 1 && service_->list()[0].state == state; };
    QTRY_VERIFY(tried(plugins::PluginState::checking));
    auto* cancel = part<widgets::ProgressLine>("pluginProgress")->findChild<QWidget*>("progressCancel");
    QVERIFY(cancel->isVisible());
    QTest::mouseClick(cancel, Qt::LeftButton);
    settle();
    // Nothing was found out about it: it is tried when somebody looks again.
    QVERIFY(tried(plugins::PluginState::found) && !service_->list()[0].failure);
    QTest::mouseClick(part<QPushButton>("pluginRescan"), Qt::LeftButton);
    QTRY_VERIFY(tried(plugins::PluginState::checking));
    service_->cancel();
    settle();
  }
  void toolsAreCalledAndLogged() {
    folders_ = {FULL_FOLDER};
    run();
    const auto input = service_->parseInput("/full_json {\"a\": 1}");
    QVERIFY(input.ok() && input->call);
    QVERIFY(!service_->parseInput("/no_such_tool").ok());
    QVERIFY(!service_->parseInput("just words")->call);
    std::optional<Result<ToolResultPart>> answer;
    service_->callTool(*input->call, "talk", {}, this, [&](const Result<ToolResultPart>& result) { answer = result; });
    QTRY_VERIFY(answer);
    QVERIFY(answer->ok());
    QVERIFY((*answer)->content.find("\"a\"") != std::string::npos);
    QVERIFY(actions().contains("tool_call") && actions().contains("tool_result"));
    answer.reset();
    CancelToken cancel;
    service_->callTool({"id", "full_waits", "{}"}, "talk", cancel, this, [&](const Result<ToolResultPart>& result) { answer = result; });
    cancel.cancel();
    QTRY_VERIFY(answer);
    auto gone = std::make_unique<QObject>();
    bool told = false;
    service_->callTool(*input->call, "talk", {}, gone.get(), [&](const Result<ToolResultPart>&) { told = true; });
    gone.reset();
    QTRY_COMPARE(actions().count("tool_result"), 2);
    QTest::qWait(10);
    QVERIFY(!told);  // whoever asked is gone
  }
  void aToolThatNeverReturnsDoesNotHoldUpTheEnd() {
    folders_ = {FULL_FOLDER};
    run();
    bool told = false;
    service_->callTool({"id", "full_deaf", "{}"}, "talk", {}, this, [&](const Result<ToolResultPart>&) { told = true; });
    QTRY_VERIFY(actions().contains("tool_call"));
    page_.reset();
    QElapsedTimer timer;
    timer.start();
    service_.reset();
    QVERIFY2(timer.elapsed() < 2500, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(!told);
  }
  void thePanelStartsPluginsOnceTheLogIsThere() {
    qputenv("ROUNDHOUSE_PLUGINS", FULL_FOLDER);
    SessionHub sessions(*engine_);
    TokenSelection selection;
    Settings settings;
    CommandRegistry commands(settings);
    QHash<QString, std::shared_ptr<void>> kept;
    AuditService audit([this]() -> Result<std::shared_ptr<AuditLog>> { return audit_; });
    AppContext context{*engine_, sessions, selection, settings, *network_, commands, data_->path(), audit, kept};
    {
      PluginsPanel panel(context);
      PluginService& service = pluginService(context);
      QCOMPARE(&service, &pluginService(context));  // one for all windows
      QCOMPARE(panel.id(), QString("plugins"));
      QCoreApplication::processEvents();
      QVERIFY(!service.started());
      audit.open();
      QTRY_VERIFY(service.started());
      QTRY_VERIFY(panel.prepareTourView({}));
      QCOMPARE(service.list().size(), std::size_t(1));
    }
    qunsetenv("ROUNDHOUSE_PLUGINS");
    kept.clear();
  }

  void pluginsModelKeepsItsContract() {
    PluginsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto info = [](const char* folder, plugins::PluginState state) {
      plugins::PluginInfo made;
      made.folder = folder;
      made.state = state;
      return made;
    };
    model.replace({info("/a", plugins::PluginState::found), info("/b", plugins::PluginState::running)});
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset), changed(&model, &QAbstractItemModel::dataChanged);
    model.replace({info("/a", plugins::PluginState::failed), info("/b", plugins::PluginState::running)});
    QCOMPARE(reset.size(), 0);  // the same rows: selection and scrolling stay
    QCOMPARE(changed.size(), 1);
    QCOMPARE(model.index(0, PluginsModel::Name).data().toString(), QString("a"));
    QCOMPARE(model.rowOf("/b"), 1);
    QCOMPARE(model.rowOf("/c"), -1);
    QCOMPARE(model.plugin(2), nullptr);
    model.replace({});
    QCOMPARE(reset.size(), 1);
    QCOMPARE(model.rowCount(), 0);
  }
  void everyFailureIsASentence() {
    std::set<QString> kinds;
    for (int kind = 0; kind <= int(plugins::FailureKind::probe); ++kind) {
      for (int phase = 0; phase <= int(plugins::Phase::panel_destroy); ++phase) {
        plugins::Failure failure;
        failure.kind = plugins::FailureKind(kind);
        failure.phase = plugins::Phase(phase);
        const QString bare = failureText(failure);
        QVERIFY2(bare.size() > 8 && (bare.startsWith("It") || bare.startsWith("The") || bare.startsWith("Another")), qPrintable(bare));
        QVERIFY(!bare.endsWith(' '));
        failure.detail = "SIGSEGV";
        QCOMPARE(failureText(failure), bare + ": SIGSEGV");
        if (phase == 0) kinds.insert(bare);
      }
    }
    QCOMPARE(int(kinds.size()), int(plugins::FailureKind::probe) + 1);  // each kind reads differently
    std::set<QString> states;
    for (int state = 0; state <= int(plugins::PluginState::failed); ++state) states.insert(stateText(plugins::PluginState(state)));
    QCOMPARE(int(states.size()), int(plugins::PluginState::failed) + 1);
  }
};

int main(int argc, char** argv) {
  plugins::GuardedApplication app(argc, argv);
  TestPluginsWidget test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_plugins_widget.moc"
