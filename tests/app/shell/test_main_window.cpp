// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/shell: palette_source
// The window as a whole: main_window, workbench, status_strip, palette_source, localization.
#include <QDockWidget>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QProgressBar>
#include <QSessionManager>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTemporaryFile>
#include <QToolButton>
#include <QtTest>

#include <cstddef>

#include "app/shell/status_strip.h"
#include "tests/app/shell/workbench_fixture.h"
#include "widgets/controls/command_palette.h"
#include "widgets/controls/error_bar.h"
#include "widgets/style/theme.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

// Never lets the window close.
class Stubborn : public Panel {
 public:
  explicit Stubborn(int& asked) : asked_(asked) {}
  QString id() const override { return QStringLiteral("stubborn"); }
  QString title() const override { return QStringLiteral("Stubborn"); }
  QString iconName() const override { return QStringLiteral("chat"); }
  QWidget* createWidget(QWidget* parent) override { return new QWidget(parent); }
  bool mayClose(const std::function<void()>&) override { return ++asked_, false; }

 private:
  int& asked_;
};

}  // namespace

class TestMainWindow : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<fake::WorkbenchFixture> run_;

  MainWindow& window() { return run_->window(); }
  template <class W>
  W* part(const QString& name) { return window().findChild<W*>(name); }
  QWidget* rail(const QString& id) { return part<QWidget>(QStringLiteral("rail.") + id); }
  QLineEdit* paletteEdit() { return part<QWidget>(QStringLiteral("palette"))->findChild<QLineEdit*>(); }
  QListView* paletteList() { return part<QWidget>(QStringLiteral("palette"))->findChild<QListView*>(); }
  void keys(const QKeySequence& sequence) { QTest::keySequence(&window(), sequence); }

 private Q_SLOTS:
  // One run serves the tests that need no other: starting takes a third of a second.
  void initTestCase() {
    run_ = std::make_unique<fake::WorkbenchFixture>();
    QVERIFY(run_->start());
  }
  void init() {
    if (auto* palette = part<widgets::CommandPalette>("palette")) palette->dismiss();
    window().showPanel("chat");
  }
  void cleanupTestCase() { run_.reset(); }

  void fitsAScreenOf720Pixels() {
    const auto tallest = [this] {
      QStringList rooms;
      for (const QString& id : window().panelIds()) {
        const QWidget* room = window().panelWidget(id);
        rooms.append(QString("%1 %2").arg(id).arg(room->minimumSizeHint().height()));
      }
      return rooms.join(", ");
    };
    QVERIFY2(window().minimumSizeHint().height() <= 640, qPrintable(QString::number(window().minimumSizeHint().height()) + ": " + tallest()));
  }
  void opensWithinTheScreen() {
    const QRect screen = window().screen()->availableGeometry();
    if (QGuiApplication::platformName() == "offscreen") QCOMPARE(screen.size(), QSize(1280, 720));
    QVERIFY(window().frameGeometry().height() > window().height());  // it has a frame
    QTRY_VERIFY2(window().frameGeometry().height() <= screen.height(), qPrintable(QString::number(window().frameGeometry().height())));
    QVERIFY(window().frameGeometry().top() >= screen.top());
    QVERIFY(window().frameGeometry().bottom() <= screen.bottom());
  }
  // Comes before what is remembered.
  void theInspectorKeepsItsShareOfTheWindow() {
    QDockWidget* dock = window().inspectorDock("routing");
    const auto share = [&] { return double(dock->width()) / window().width(); };
    window().resize(1400, 800);
    QTRY_VERIFY(qAbs(share() - 0.45) < 0.03);
    window().resize(3000, 900);
    QTRY_VERIFY(qAbs(share() - 0.45) < 0.03);
    run_->click(rail("models"));
    window().resize(1400, 800);
    run_->click(rail("chat"));
    QTRY_VERIFY(qAbs(share() - 0.45) < 0.03);
  }
  void theRailLeadsToEveryRoom() {
    const QStringList ids = window().panelIds();
    QCOMPARE(ids, (QStringList{"chat", "routing", "finetune", "models", "audit", "plugins", "settings"}));
    QSignalSpy entered(&window(), &MainWindow::currentPanelChanged);
    for (const QString& id : QStringList{"routing", "finetune", "models", "audit", "plugins", "settings", "chat"}) {
      run_->click(rail(id));
      QCOMPARE(window().currentPanel(), id);
      QVERIFY2(window().panelWidget(id)->isVisible(), qPrintable(id));
      QVERIFY(window().windowTitle().startsWith(window().panel(id)->title()));
      for (const QString& other : ids) {
        const bool beside = other == "routing" && window().inspectorDock("routing")->isVisible();
        QCOMPARE(window().panelWidget(other)->isVisible(), other == id || beside);
      }
    }
    QCOMPARE(entered.size(), 7);
  }
  void theRailWorksByKeyboard() {
    run_->click(rail("chat"));
    rail("chat")->setFocus(Qt::TabFocusReason);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    QVERIFY(rail("routing")->hasFocus());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(window().currentPanel(), QString("finetune"));
    rail("finetune")->setFocus(Qt::TabFocusReason);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_End);
    QVERIFY(rail("settings")->hasFocus());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Home);
    QVERIFY(rail("chat")->hasFocus());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QCOMPARE(window().currentPanel(), QString("chat"));
  }
  void shortcutsLeadToRooms() {
    keys(QKeySequence("Ctrl+3"));
    QCOMPARE(window().currentPanel(), QString("finetune"));
    keys(QKeySequence("Ctrl+4"));
    QCOMPARE(window().currentPanel(), QString("models"));
    keys(QKeySequence("Ctrl+,"));
    QCOMPARE(window().currentPanel(), QString("settings"));
    keys(QKeySequence("Ctrl+1"));
    QCOMPARE(window().currentPanel(), QString("chat"));
  }
  void theInspectorStandsBesideChat() {
    QDockWidget* dock = window().inspectorDock("routing");
    QVERIFY(dock->isVisible());
    keys(QKeySequence("Ctrl+Shift+B"));
    QVERIFY(!dock->isVisible());
    keys(QKeySequence("Ctrl+Shift+B"));
    QVERIFY(dock->isVisible());
    QVERIFY(dock->isAncestorOf(window().panelWidget("routing")));
    keys(QKeySequence("Ctrl+2"));  // the same widget fills the work area now
    QVERIFY(!dock->isVisible());
    QVERIFY(window().panelWidget("routing")->isVisible());
    keys(QKeySequence("Ctrl+1"));
    QVERIFY(dock->isVisible());
    QVERIFY(dock->isAncestorOf(window().panelWidget("routing")));
  }
  void theLayoutIsRemembered() {
    window().resize(1100, 700);
    QDockWidget* dock = window().inspectorDock("routing");
    window().resizeDocks({dock}, {500}, Qt::Horizontal);
    QTRY_COMPARE(dock->width(), 500);
    QVERIFY(run_->restart());
    QCOMPARE(window().size(), QSize(1100, 700));
    QTRY_COMPARE(window().inspectorDock("routing")->width(), 500);
    window().addDockWidget(Qt::LeftDockWidgetArea, window().inspectorDock("routing"));
    run_->click(rail("audit"));
    QVERIFY(run_->restart());
    QCOMPARE(window().currentPanel(), QString("audit"));
    QVERIFY(window().panelWidget("audit")->isVisible());
    QVERIFY(!window().inspectorDock("routing")->isVisible());
    run_->click(rail("chat"));
    QVERIFY(window().inspectorDock("routing")->isVisible());
    QCOMPARE(window().dockWidgetArea(window().inspectorDock("routing")), Qt::LeftDockWidgetArea);
  }
  // A dock that was pulled out comes before the window; it has to come to lie over it.
  void aPulledOutInspectorIsNotUnderTheWindow() {
    class Order : public QObject {
     public:
      bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::Show && watched->objectName() == "mainWindow") raised = false;
        if (event->type() == QEvent::ZOrderChange && watched->objectName() == "dock.routing") raised = true;
        return false;
      }
      bool raised = false;
    } order;
    run_->click(rail("chat"));
    window().inspectorDock("routing")->setFloating(true);
    qApp->installEventFilter(&order);
    QVERIFY(run_->restart());
    QVERIFY(window().inspectorDock("routing")->isFloating() && window().inspectorDock("routing")->isVisible());
    QTRY_VERIFY(order.raised);
    window().inspectorDock("routing")->setFloating(false);
  }
  void aBrokenLayoutIsNoProblem() {
    run_->stop();
    {
      SettingsStore store(run_->path("settings.ini"));
      store.write("window/geometry", "%%% no base64 %%%");
      store.write("window/docks", 17);
      store.write("window/room", "no such room");
      store.write("look/theme", QJsonValue::Null);
      store.write("look/text_scale", "large");
      store.write("engine/threads", -2147483648.0);
    }
    QVERIFY(run_->start());
    {
      std::lock_guard lock(run_->world->journal.mutex);
      QCOMPARE(run_->world->journal.created.back().threads, 0);
    }
    QCOMPARE(window().currentPanel(), QString("chat"));
    QVERIFY(window().width() > 400);
  }

  void thePaletteOpensFindsAndRuns() {
    keys(QKeySequence("Ctrl+K"));
    auto* palette = part<widgets::CommandPalette>("palette");
    QVERIFY(palette && palette->isVisible());
    QVERIFY(paletteEdit()->hasFocus());
    QTest::keyClicks(paletteEdit(), "gosetng");  // letters in order, not together
    QVERIFY(paletteList()->model()->rowCount() > 0);
    QCOMPARE(paletteList()->currentIndex().data().toString(), QString("Go to Settings"));
    QTest::keyClick(paletteEdit(), Qt::Key_Return);
    QVERIFY(!palette->isVisible());
    QCOMPARE(window().currentPanel(), QString("settings"));
  }
  void thePaletteWalksAndWraps() {
    keys(QKeySequence("Ctrl+K"));
    QTest::keyClicks(paletteEdit(), "go to");
    QListView* list = paletteList();
    const int last = list->model()->rowCount() - 1;
    QVERIFY(last >= 5);
    QTest::keyClick(paletteEdit(), Qt::Key_Down);
    QCOMPARE(list->currentIndex().row(), 1);
    QTest::keyClick(paletteEdit(), Qt::Key_Up);
    QTest::keyClick(paletteEdit(), Qt::Key_Up);
    QCOMPARE(list->currentIndex().row(), last);
    QTest::keyClick(paletteEdit(), Qt::Key_Down);
    QCOMPARE(list->currentIndex().row(), 0);
  }
  void escapeGivesTheFocusBack() {
    QWidget* before = QApplication::focusWidget();
    QVERIFY(before);
    const QString room = window().currentPanel();
    keys(QKeySequence("Ctrl+K"));
    QTest::keyClicks(paletteEdit(), "xqzzy");
    QCOMPARE(paletteList()->model()->rowCount(), 0);
    QTest::keyClick(paletteEdit(), Qt::Key_Return);  // nothing to run
    QTest::keyClick(paletteEdit(), Qt::Key_Escape);
    QVERIFY(!part<QWidget>("palette")->isVisible());
    QCOMPARE(QApplication::focusWidget(), before);
    QCOMPARE(window().currentPanel(), room);
  }
  void aClickElsewhereClosesThePalette() {
    keys(QKeySequence("Ctrl+K"));
    QVERIFY(part<QWidget>("palette")->isVisible());
    run_->click(rail("audit"));
    QVERIFY(!part<QWidget>("palette")->isVisible());
  }
  void thePaletteRunsByMouseAndRemembersWhatWasRun() {
    keys(QKeySequence("Ctrl+K"));
    QTest::keyClicks(paletteEdit(), "Full screen");
    QCOMPARE(paletteList()->currentIndex().data().toString(), QString("Full screen"));
    QTest::mouseClick(paletteList()->viewport(), Qt::LeftButton, {}, paletteList()->visualRect(paletteList()->model()->index(0, 0)).center());
    QVERIFY(window().isFullScreen());
    keys(QKeySequence(Qt::Key_F11));
    QVERIFY(!window().isFullScreen());
    keys(QKeySequence("Ctrl+K"));
    QCOMPARE(paletteList()->model()->index(0, 0).data().toString(), QString("Full screen"));
    QTest::keyClick(paletteEdit(), Qt::Key_Escape);
    QTRY_COMPARE(run_->bench().settings().texts("window/palette_recent").value(0), QString("window.fullscreen"));
  }
  void thePaletteFindsModels() {
    run_->addModel("more/olmoe-tiny.gguf");
    run_->bench().settings().setTexts(keys::modelFolders, {run_->path("more")});
    run_->click(rail("models"));
    QTRY_VERIFY(window().panel("models")->prepareTourView({}));
    keys(QKeySequence("Ctrl+1"));
    keys(QKeySequence("Ctrl+K"));
    QTest::keyClicks(paletteEdit(), "olmoe");
    QCOMPARE(paletteList()->currentIndex().data().toString(), QString("olmoe-tiny"));
    QTest::keyClick(paletteEdit(), Qt::Key_Return);
    QCOMPARE(window().currentPanel(), QString("models"));
    QCOMPARE(run_->find<QLabel>("models", "modelName")->text(), QString("olmoe-tiny"));
  }

  void theStripShowsTheModel() {
    auto* model = part<QToolButton>("statusModel");
    QCOMPARE(model->text(), QString("mini"));
    run_->click(model);
    QCOMPARE(window().currentPanel(), QString("models"));
    run_->bench().engine().unload(run_->embedded);
    QCOMPARE(model->text(), QString("No model"));
    QVERIFY(model->accessibleName().contains("No model"));
    AuditLog& log = *run_->bench().context().audit.log();
    AuditFilter unloads;
    unloads.kinds = {std::string(audit_kind::model_unload)};
    QTRY_COMPARE(log.count(unloads).value(), 1);
    QCOMPARE((*log.query(unloads))[0].entry.model_name, std::string("mini"));
  }
  void aRunStartsOnItsModelWhateverContextIsRemembered() {
    fake::WorkbenchFixture run;
    run.adjust = [&](WorkbenchOptions& options) { options.settings.insert(keys::contexts, QJsonObject{{run.embedded, 128}}); };
    QVERIFY(run.start());
    QCOMPARE(run.bench().engine().current()->context_tokens(), 128);
    run.adjust = {};
    rememberContext(run.bench().settings(), run.embedded, 4096);  // of another file that was there
    rememberContext(run.bench().settings(), "/m/other.gguf", 300);
    run.world->journal.loads = 0;
    QVERIFY(run.restart());
    QCOMPARE(run.bench().engine().current()->context_tokens(), 512);
    QCOMPARE(run.world->journal.loads.load(), 2);
    QCOMPARE(rememberedContext(run.bench().settings(), run.embedded), 0);
    QCOMPARE(rememberedContext(run.bench().settings(), "/m/other.gguf"), 300);
  }
  void theStripShowsALoadAndCancelsIt() {
    run_->bench().engine().load(run_->embedded);
    QTRY_VERIFY(run_->bench().engine().current());
    run_->world->change([](fake::Script& script) { script.loadMs = 3000; });
    QVERIFY(!part<QWidget>("statusProgress")->isVisible());
    run_->bench().engine().load("/m/slow.gguf");
    auto* bar = part<QProgressBar>("statusProgress");
    QTRY_VERIFY(bar->isVisible() && bar->value() > 0);
    QVERIFY(part<QLabel>("statusStage")->text().contains("slow.gguf"));
    QSignalSpy ended(&run_->bench().engine(), &EngineController::loadFinished);
    run_->click(part<QWidget>("statusCancel"));
    QTRY_COMPARE(ended.size(), 1);
    QVERIFY(ended[0][0].value<LoadOutcome>().error->code == ErrorCode::cancelled);
    QVERIFY(!bar->isVisible());
    QCOMPARE(part<QToolButton>("statusModel")->text(), QString("mini"));
    run_->world->change([](fake::Script& script) { script.loadMs = 0; });
  }
  void theOfflineSwitchForbids() {
    auto* network = part<QToolButton>("statusNetwork");
    AppContext& context = run_->bench().context();
    QVERIFY(context.network.allow("example.org", 443, "test").ok());
    QVERIFY(!network->isChecked());
    run_->click(network);
    QCOMPARE(network->text(), QString("Offline"));
    const Status refused = context.network.allow("example.org", 443, "test");
    QVERIFY(!refused.ok());
    QVERIFY(refused.error().message().find("offline") != std::string::npos);
    QCOMPARE(context.network.records().size(), 2);
    run_->click(network);
    QVERIFY(context.network.allow("example.org", 443, "test").ok());
  }

  void problemsAreToldAboveTheRoom() {
    auto* bar = part<widgets::ErrorBar>("problem");
    QVERIFY(!bar->isVisible());
    run_->bench().tell(Error{ErrorCode::io, "write settings", "/x/settings.ini", "a writable file", "No space left on device"});
    QVERIFY(bar->isVisible());
    QVERIFY(bar->copyText().contains("No space left on device"));
    QVERIFY(bar->copyText().contains("/x/settings.ini"));
    run_->click(bar->findChild<QWidget*>("errorClose"));
    QVERIFY(!bar->isVisible());
  }
  void aStartThatFailsSaysWhy() {
    run_->stop();
    run_->world->change([](fake::Script& script) {
      script.createError = Error{ErrorCode::out_of_memory, "start engine", "worker threads", "2 threads", "1"};
    });
    run_->adjust = [](WorkbenchOptions& options) {
      options.openAudit = []() -> Result<std::shared_ptr<AuditLog>> { return Error{ErrorCode::io, "open audit log", "/x/audit.db", {}, "Permission denied"}; };
      options.problems.push_back(Error{ErrorCode::malformed, "read settings", "/x/settings.ini", "an INI file", "a picture"});
    };
    QVERIFY(!run_->start());
    QCOMPARE(part<QToolButton>("statusModel")->text(), QString("The engine did not start"));
    auto* bar = part<widgets::ErrorBar>("problem");
    QVERIFY(bar->isVisible());
    QVERIFY2(bar->copyText().contains("Permission denied"), qPrintable(bar->copyText()));
    run_->adjust = {};
    run_->world->change([](fake::Script& script) { script.createError.reset(); });
  }

  void aLogThatWasCutIsToldAtTheStart() {
    fake::WorkbenchFixture run;
    QVERIFY(run.start());
    AuditEntry entry;
    entry.kind = audit_kind::settings;
    QVERIFY(run.bench().context().audit.log()->append(entry).ok());
    run.stop();
    const QString database = run.path("data/audit.db"), kept = run.path("kept.db");
    QVERIFY(QFile::copy(database, kept));
    QVERIFY(run.start());
    QVERIFY(!run.window().findChild<widgets::ErrorBar*>("problem")->isVisible());
    QVERIFY(run.bench().context().audit.log()->append(entry).ok());
    run.stop();
    for (const char* each : {"", "-wal", "-shm"}) QFile::remove(database + each);
    QVERIFY(QFile::copy(kept, database));
    QVERIFY(run.start());
    auto* bar = run.window().findChild<widgets::ErrorBar*>("problem");
    QTRY_VERIFY(bar->isVisible());
    QVERIFY2(bar->copyText().contains("does not end where its head says"), qPrintable(bar->copyText()));
    QVERIFY(bar->severity() == widgets::ErrorBar::Severity::Error);
    run.click(bar->findChild<QPushButton*>());
    QCOMPARE(run.window().currentPanel(), QString("audit"));
  }
  // No log, no answer: until it is mended and opened again.
  void withoutItsLogNothingIsAnswered() {
    fake::WorkbenchFixture run;
    QDir().mkpath(run.path("data"));
    QFile file(run.path("data/audit.db"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(8192, '!'));
    file.close();
    QVERIFY(run.start());
    SessionHub& hub = run.bench().sessions();
    const auto ask = [&] {
      const AnswerSnapshotPtr before = hub.latest(hub.currentConversation());
      run.window().showPanel("chat");
      auto* question = run.find<QPlainTextEdit>("chat", "question");
      question->setPlainText("Why?");
      QTest::keyClick(question, Qt::Key_Return);
      (void)QTest::qWaitFor([&] {
        const AnswerSnapshotPtr now = hub.latest(hub.currentConversation());
        return now && now->finished() && (!before || now->answer != before->answer);
      });
      return hub.latest(hub.currentConversation());
    };
    auto* bar = run.window().findChild<widgets::ErrorBar*>("problem");
    QVERIFY(bar->isVisible());
    const AnswerSnapshotPtr refused = ask();
    QVERIFY(refused && refused->result->error);
    QCOMPARE(refused->result->error->operation, std::string("log the answer"));
    QCOMPARE(run.world->journal.generations.load(), 0);
    run.click(bar->findChild<QPushButton*>());
    QCOMPARE(run.window().currentPanel(), QString("audit"));
    QVERIFY(QFile::remove(file.fileName()));
    auto* again = run.find<QPushButton>("audit", "auditRetry");
    QVERIFY(again->isVisible());
    run.click(again);
    QTRY_VERIFY(run.bench().context().audit.log());
    QVERIFY(!bar->isVisible());
    QVERIFY(!again->isVisible());
    const AnswerSnapshotPtr answered = ask();
    QVERIFY(answered != refused && !answered->result->error);
    QCOMPARE(run.world->journal.generations.load(), 1);
  }

  void choicesAreRemembered() {
    QVERIFY(run_->restart());
    Settings& settings = run_->bench().settings();
    settings.set(keys::theme, "dark");
    QVERIFY(run_->bench().theme().scheme() == widgets::Scheme::Dark);
    QSignalSpy replaced(&run_->bench(), &Workbench::windowReplaced);
    settings.set(keys::language, "zh_CN");
    QTRY_COMPARE(replaced.size(), 1);
    QCOMPARE(run_->bench().localization().language(), QString("zh_CN"));
    QVERIFY(window().isVisible());
    QVERIFY(run_->bench().engine().current());  // the model stays
    run_->click(part<QWidget>("statusNetwork"));
    const qsizetype records = run_->bench().context().network.records().size();
    QVERIFY(records > 0);
    QVERIFY(run_->restart());
    QVERIFY(run_->bench().theme().scheme() == widgets::Scheme::Dark);
    QCOMPARE(run_->bench().localization().language(), QString("zh_CN"));
    QVERIFY(part<QToolButton>("statusNetwork")->isChecked());
    QVERIFY(run_->bench().context().network.offline());
    QCOMPARE(run_->bench().context().network.records().size(), records);  // the log outlives the run
    run_->click(part<QWidget>("statusNetwork"));
    run_->bench().settings().remove(keys::language);
    run_->bench().settings().remove(keys::theme);
    QTRY_COMPARE(run_->bench().localization().language(), QString("en"));
  }
  void aThemeOfThisRunIsNotRemembered() {
    run_->adjust = [](WorkbenchOptions& options) {
      options.theme = "dark";
      options.language = "zh_CN";
      options.size = QSize(1100, 640);
    };
    QVERIFY(run_->restart());
    QVERIFY(run_->bench().theme().scheme() == widgets::Scheme::Dark);
    QCOMPARE(window().size(), QSize(1100, 640));
    QVERIFY(!run_->stored().contains("look/theme"));
    QVERIFY(!run_->stored().contains("look/language"));
    run_->adjust = {};
  }
  void theFocusIsInTheRoomThatIsEntered() {
    const auto inside = [this](const QString& id) {
      const QWidget *room = window().panelWidget(id), *focus = QApplication::focusWidget();
      return focus && (focus == room || room->isAncestorOf(focus));
    };
    const QStringList rooms = window().panelIds();
    for (const QString& id : rooms) {
      window().showPanel(id);
      QVERIFY2(inside(id), qPrintable(id));
      if (id == "routing") QCOMPARE(QApplication::focusWidget()->objectName(), QString("routingHeatmap"));
      QVERIFY(run_->restart());  // it starts in it
      QCOMPARE(window().currentPanel(), id);
      QTRY_VERIFY2(inside(id), qPrintable(id + ": " + QApplication::focusWidget()->objectName()));
    }
    window().showPanel("chat");
  }
  void nothingIsAskedWhenTheSessionEnds() {
    fake::WorkbenchFixture run;
    int asked = 0;
    run.adjust = [&](WorkbenchOptions& options) {
      options.panels = {[&asked](AppContext&) { return std::make_unique<Stubborn>(asked); }};
      options.loadModel = false;
    };
    QVERIFY(run.start());
    MainWindow& window = run.window();
    window.close();
    QVERIFY(asked == 1 && window.isVisible());
    // Nobody looks into it; only Qt can make one.
    alignas(QSessionManager) std::byte place[sizeof(QSessionManager)]{};
    auto& manager = reinterpret_cast<QSessionManager&>(place);
    Q_EMIT qGuiApp->commitDataRequest(manager);
    QTest::keyClick(&window, Qt::Key_Shift);  // it was called off: somebody goes on
    window.close();
    QVERIFY(asked == 2 && window.isVisible());
    Q_EMIT qGuiApp->commitDataRequest(manager);
    window.close();
    QVERIFY(asked == 2 && !window.isVisible());
  }
  void theLastModelIsRemembered() {
    const QString other = run_->addModel("other.gguf");
    run_->bench().engine().load(other);
    QTRY_COMPARE(run_->bench().engine().currentPath(), other);
    QVERIFY(run_->restart());
    QCOMPARE(run_->bench().engine().currentPath(), other);
    QFile::remove(other);  // gone: the embedded one
    QVERIFY(run_->restart());
    QCOMPARE(run_->bench().engine().currentPath(), run_->embedded);
  }
};

// On a small screen, so that a window which opens too large for it is found.
int main(int argc, char** argv) {
  QTemporaryFile screens;
  if (!screens.open() || screens.write(R"({"screens": [{"name": "small", "x": 0, "y": 0, "width": 1280, "height": 720}]})") < 0) return 1;
  screens.close();
  if (qgetenv("QT_QPA_PLATFORM") == "offscreen") qputenv("QT_QPA_PLATFORM", "offscreen:configfile=" + screens.fileName().toLocal8Bit());
  QApplication app(argc, argv);
  TestMainWindow test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_main_window.moc"
