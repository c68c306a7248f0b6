// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/shell: open_folder
// Settings through their widgets, and back from disk: settings_panel, shortcuts_model, connections_model, command_registry.
#include "app/settings/settings_widget.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QFileDialog>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QRadioButton>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QtTest>

#include "app/settings/connections_model.h"
#include "app/settings/settings_panel.h"
#include "app/settings/shortcuts_model.h"
#include "roundhouse/isa.h"
#include "tests/app/shell/workbench_fixture.h"
#include "widgets/controls/error_bar.h"
#include "widgets/style/theme.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestSettingsWidget : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<fake::WorkbenchFixture> run_;

  template <class W>
  W* part(const QString& name) { return run_->find<W>("settings", name); }
  Settings& settings() { return run_->bench().settings(); }
  void section(const QString& id) { run_->find<SettingsWidget>("settings", "settingsPanel")->showSection(id); }
  void choose(QComboBox* box, const QString& value) {
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Home);
    while (box->currentData().toString() != value && box->currentIndex() + 1 < box->count()) QTest::keyClick(box, Qt::Key_Down);
    QCOMPARE(box->currentData().toString(), value);
  }
  void write(QSpinBox* box, const QString& text) {
    box->setFocus();
    box->selectAll();
    QTest::keyClicks(box, text);
    QTest::keyClick(box, Qt::Key_Return);
  }
  void check(QAbstractButton* box) {  // on its mark: the label of a check box may be short of its width
    QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(8, box->height() / 2));
  }
  void chooseCommand(const QString& id) {
    auto* table = part<QTableView>("shortcuts");
    for (int row = 0; row < table->model()->rowCount(); ++row) {
      const QModelIndex at = table->model()->index(row, 0);
      if (at.data(ShortcutsModel::IdRole).toString() != id) continue;
      table->scrollTo(at);
      QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(at).center());
      QCOMPARE(table->currentIndex().row(), row);
      return;
    }
    QFAIL(qPrintable(id + " is not in the list"));
  }
  void press(const QKeySequence& keys) {
    auto* edit = part<QKeySequenceEdit>("newKeys");
    edit->setFocus();
    edit->clear();
    QSignalSpy finished(edit, &QKeySequenceEdit::editingFinished);
    QTest::keyClick(edit, Qt::Key(keys[0].key()), keys[0].keyboardModifiers());
    part<QWidget>("shortcuts")->setFocus();
    QTRY_VERIFY(!finished.isEmpty());
    QCOMPARE(edit->keySequence(), keys);
  }

 private Q_SLOTS:
  void initTestCase() {
    run_ = std::make_unique<fake::WorkbenchFixture>();
    QVERIFY(run_->start());
  }
  void init() {
    run_->window().showPanel("settings");
    run_->window().activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&run_->window()));
  }
  void cleanupTestCase() { run_.reset(); }

  void sectionsByKeyboardAndRemembered() {
    auto* list = part<QListWidget>("settingsSections");
    QVERIFY(list->hasFocus());
    QTest::keyClick(list, Qt::Key_Home);
    QStringList seen;
    for (int i = 0; i < list->count(); ++i) {
      const QString id = list->currentItem()->data(Qt::UserRole).toString();
      seen.append(id);
      QVERIFY2(part<QWidget>("settings." + id)->isVisible(), qPrintable(id));
      QTest::keyClick(list, Qt::Key_Down);
    }
    QCOMPARE(seen, (QStringList{"look", "models", "engine", "evidence", "network", "shortcuts", "about"}));
    QCOMPARE(settings().text("window/settings_section"), QString("about"));
  }

  void aFolderThatNobodyOpensIsTold() {
    section("evidence");
    auto* problem = part<widgets::ErrorBar>("dataFolderProblem");
    QVERIFY(problem->isHidden());
    run_->click(part<QPushButton>("openDataFolder"));  // there is no file manager here
    QVERIFY(problem->isVisible());
    QVERIFY(problem->copyText().contains(run_->path("data")));
  }
  void keptAnswersAreCountedAndDeletedOnRequest() {
    const QString folder = run_->path("data/answers/talk");
    QVERIFY(QDir().mkpath(folder));
    QFile file(folder + "/a.json");
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(1500, 'x')) == 1500);
    file.close();
    section("look");
    section("evidence");
    auto* label = part<QLabel>("keptAnswers");
    QTRY_VERIFY2(label->text().contains("1 answer takes"), qPrintable(label->text()));
    const auto question = [&] { return part<QMessageBox>("deleteKeptQuestion"); };
    run_->click(part<QPushButton>("deleteKeptAnswers"));
    QTRY_VERIFY(question());
    QTest::keyClick(question(), Qt::Key_Escape);
    QTRY_VERIFY(!question());
    QVERIFY(file.exists());
    run_->click(part<QPushButton>("deleteKeptAnswers"));
    QTRY_VERIFY(question());
    const QList<QAbstractButton*> buttons = question()->buttons();
    const auto accept = std::find_if(buttons.begin(), buttons.end(), [&](QAbstractButton* each) { return question()->buttonRole(each) == QMessageBox::DestructiveRole; });
    QVERIFY(accept != buttons.end());
    run_->click(*accept);
    QTRY_VERIFY(!file.exists());
    QTRY_COMPARE(label->text(), QString("Nothing is kept."));
    QVERIFY(!part<QPushButton>("deleteKeptAnswers")->isEnabled());
    // Counted anew when the room is entered.
    run_->window().showPanel("chat");
    QVERIFY(QDir().mkpath(folder));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("x") == 1);
    file.close();
    run_->window().showPanel("settings");
    QTRY_VERIFY2(label->text().contains("1 answer takes"), qPrintable(label->text()));
  }
  void aSearchWithoutACommandSaysSo() {
    section("shortcuts");
    auto* find = part<QLineEdit>("shortcutFilter");
    find->setText("no such command");
    auto* nothing = part<QWidget>("noShortcut");
    QTRY_VERIFY(nothing->isVisible());
    QVERIFY(!part<QTableView>("shortcuts")->isVisible());
    run_->click(nothing->findChild<QPushButton*>("emptyAction"));
    QTRY_VERIFY(part<QTableView>("shortcuts")->isVisible());
    QVERIFY(part<QTableView>("shortcuts")->model()->rowCount() > 10);
  }

  // Each option through its widget, then on disk, then in the next run.
  void everyOptionIsRemembered() {
    section("look");
    choose(part<QComboBox>("theme"), "dark");
    QVERIFY(run_->bench().theme().scheme() == widgets::Scheme::Dark);
    write(part<QSpinBox>("textScale"), "125");
    QCOMPARE(run_->bench().theme().textScale(), 1.25);
    check(part<QCheckBox>("reducedMotion"));
    QVERIFY(run_->bench().theme().reducedMotion());
    section("models");
    check(part<QCheckBox>("scanHubCache"));
    section("engine");
    write(part<QSpinBox>("threads"), "3");
    choose(part<QComboBox>("isa"), "reference");
    section("evidence");
    check(part<QRadioButton>("auditHashes"));
    check(part<QCheckBox>("keepAnswers"));
    section("network");
    check(part<QCheckBox>("offline"));
    QVERIFY(run_->bench().context().network.offline());

    const QHash<QString, QJsonValue> stored = run_->stored();
    QCOMPARE(stored.value(keys::theme), QJsonValue("dark"));
    QCOMPARE(stored.value(keys::textScale), QJsonValue(1.25));
    QCOMPARE(stored.value(keys::reducedMotion), QJsonValue(true));
    QCOMPARE(stored.value(keys::scanHubCache), QJsonValue(false));
    QCOMPARE(stored.value(keys::threads), QJsonValue(3));
    QCOMPARE(stored.value(keys::isa), QJsonValue("reference"));
    QCOMPARE(stored.value(keys::auditTexts), QJsonValue(false));
    QCOMPARE(stored.value(keys::keepAnswers), QJsonValue(false));
    QCOMPARE(stored.value(keys::offline), QJsonValue(true));

    QVERIFY(run_->restart());
    QCOMPARE(part<QComboBox>("theme")->currentData().toString(), QString("dark"));
    QCOMPARE(part<QSpinBox>("textScale")->value(), 125);
    QVERIFY(part<QCheckBox>("reducedMotion")->isChecked());
    QVERIFY(!part<QCheckBox>("scanHubCache")->isChecked());
    QCOMPARE(part<QSpinBox>("threads")->value(), 3);
    QCOMPARE(part<QComboBox>("isa")->currentData().toString(), QString("reference"));
    QVERIFY(part<QRadioButton>("auditHashes")->isChecked());
    QVERIFY(part<QCheckBox>("offline")->isChecked());
    {
      std::lock_guard lock(run_->world->journal.mutex);
      const EngineOptions& engine = run_->world->journal.created.back();
      QCOMPARE(engine.threads, 3);
      QVERIFY(engine.isa == Isa::reference);
      QVERIFY(!engine.audit_texts);
    }
    run_->window().showPanel("settings");
    section("look");
    write(part<QSpinBox>("textScale"), "100");
    check(part<QCheckBox>("reducedMotion"));
    choose(part<QComboBox>("theme"), "light");
    QVERIFY(run_->bench().theme().scheme() == widgets::Scheme::Light);
    section("evidence");
    check(part<QRadioButton>("auditTexts"));
    QVERIFY(settings().flag(keys::auditTexts, false));
  }
  void aChangeOfLanguageMakesTheWindowAnew() {
    section("look");
    QSignalSpy replaced(&run_->bench(), &Workbench::windowReplaced);
    choose(part<QComboBox>("language"), "zh_CN");
    QTRY_COMPARE(replaced.size(), 1);
    QCOMPARE(run_->window().currentPanel(), QString("settings"));
    QCOMPARE(part<QComboBox>("language")->currentData().toString(), QString("zh_CN"));
    choose(part<QComboBox>("language"), "en");
    QTRY_COMPARE(replaced.size(), 2);
    QTRY_VERIFY(run_->window().isActiveWindow());
  }
  void whatWaitsForTheNextStartSaysSo() {
    section("engine");
    auto* restart = part<QLabel>("engineRestart");
    // The scripted engine runs one thread on the reference path.
    write(part<QSpinBox>("threads"), "1");
    choose(part<QComboBox>("isa"), "reference");
    QVERIFY(restart->isVisible());
    const QString quiet = restart->text();
    QVERIFY2(quiet.contains("next start"), qPrintable(quiet));
    QCOMPARE(restart->property("tone"), part<QLabel>("engineNow")->property("tone"));
    write(part<QSpinBox>("threads"), "2");
    QVERIFY(restart->text() != quiet);
    QVERIFY(restart->text().contains("next start"));
    write(part<QSpinBox>("threads"), "1");
    QCOMPARE(restart->text(), quiet);
    choose(part<QComboBox>("isa"), "automatic");
    QCOMPARE(restart->text() == quiet, available_isas().back() == Isa::reference);
    QVERIFY(part<QLabel>("engineNow")->text().contains("1 thread"));
  }
  void foldersAreAddedAndRemoved() {
    section("models");
    QDir(run_->folder.path()).mkpath("more/deep");
    run_->click(part<QPushButton>("addModelFolder"));
    auto* dialog = run_->window().findChild<QFileDialog*>();
    QVERIFY(dialog && dialog->isVisible());
    dialog->selectFile(run_->path("more"));
    auto* name = dialog->findChild<QLineEdit*>("fileNameEdit");
    QVERIFY(name);
    name->setText(run_->path("more"));
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_COMPARE(settings().texts(keys::modelFolders), (QStringList{run_->path("more")}));
    auto* list = part<QListWidget>("modelFolders");
    QCOMPARE(list->count(), 1);
    auto* remove = part<QPushButton>("removeModelFolder");
    QVERIFY(!remove->isEnabled());
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(0)).center());
    QVERIFY(remove->isEnabled());
    run_->click(remove);
    QCOMPARE(list->count(), 0);
    QVERIFY(part<QLabel>("noModelFolder")->isVisible());
    QVERIFY(settings().texts(keys::modelFolders).isEmpty());
  }

  void connectionsAreListedNewestFirst() {
    section("network");
    NetworkGate& gate = run_->bench().context().network;
    if (gate.offline()) check(part<QCheckBox>("offline"));
    gate.clear();
    auto* table = part<QTableView>("connections");
    QTRY_COMPARE(table->model()->rowCount(), 0);
    QCOMPARE(part<QLabel>("connectionCount")->text(), QString("No connection was ever attempted."));
    QVERIFY(!part<QPushButton>("clearConnections")->isEnabled());
    QAbstractItemModelTester tester(table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(gate.allow("one.example", 443, "first", "plugin.a").ok());
    check(part<QCheckBox>("offline"));
    QVERIFY(!gate.allow("two.example", 0, "second").ok());
    QTRY_COMPARE(table->model()->rowCount(), 2);
    const auto cell = [&](int row, int column) { return table->model()->index(row, column).data().toString(); };
    QCOMPARE(cell(0, ConnectionsModel::Host), QString("two.example"));
    QCOMPARE(cell(0, ConnectionsModel::Outcome), QString("forbidden"));
    QCOMPARE(cell(1, ConnectionsModel::Host), QString("one.example:443"));
    QCOMPARE(cell(1, ConnectionsModel::By), QString("plugin.a"));
    QCOMPARE(cell(1, ConnectionsModel::Outcome), QString("allowed"));
    QVERIFY(part<QLabel>("connectionCount")->text().startsWith("2 attempt"));
    run_->click(part<QPushButton>("clearConnections"));
    QTRY_COMPARE(table->model()->rowCount(), 0);
    check(part<QCheckBox>("offline"));
  }

  void aShortcutIsRebound() {
    section("shortcuts");
    MainWindow& window = run_->window();
    chooseCommand("go.audit");
    press(QKeySequence("Ctrl+J"));
    run_->click(part<QPushButton>("setKeys"));
    QTest::keySequence(&window, QKeySequence("Ctrl+J"));
    QCOMPARE(window.currentPanel(), QString("audit"));
    QVERIFY(window.findChild<QWidget*>("rail.audit")->toolTip().contains("Ctrl+J"));
    window.showPanel("settings");
    QTest::keySequence(&window, QKeySequence("Ctrl+5"));  // the old keys
    QCOMPARE(window.currentPanel(), QString("settings"));

    QVERIFY(run_->restart());
    QTest::keySequence(&run_->window(), QKeySequence("Ctrl+J"));
    QCOMPARE(run_->window().currentPanel(), QString("audit"));
    run_->window().showPanel("settings");
    section("shortcuts");
    chooseCommand("go.audit");
    QCOMPARE(part<QKeySequenceEdit>("newKeys")->keySequence(), QKeySequence("Ctrl+J"));
    run_->click(part<QPushButton>("resetKeys"));
    QVERIFY(!part<QPushButton>("resetKeys")->isEnabled());
    QCOMPARE(run_->commands().shortcut("go.audit"), QKeySequence("Ctrl+5"));
    QVERIFY(!run_->stored().contains("shortcuts/go.audit"));
  }
  void aConflictIsNamedAndRefused() {
    section("shortcuts");
    chooseCommand("go.audit");
    press(QKeySequence("Ctrl+K"));
    QVERIFY2(part<QLabel>("shortcutConflict")->text().contains("Find a command"), qPrintable(part<QLabel>("shortcutConflict")->text()));
    QVERIFY(!part<QPushButton>("setKeys")->isEnabled());
    run_->click(part<QPushButton>("setKeys"));
    QCOMPARE(run_->commands().shortcut("go.audit"), QKeySequence("Ctrl+5"));
    // The keys of a command that gave them up can go to another; then its default is taken.
    chooseCommand("window.palette");
    run_->click(part<QPushButton>("clearKeys"));
    QVERIFY(run_->commands().shortcut("window.palette").isEmpty());
    chooseCommand("go.audit");
    press(QKeySequence("Ctrl+K"));
    run_->click(part<QPushButton>("setKeys"));
    chooseCommand("window.palette");
    QVERIFY(!part<QPushButton>("resetKeys")->isEnabled());
    QVERIFY(part<QPushButton>("resetKeys")->toolTip().contains("Go to Audit"));
    chooseCommand("go.audit");
    run_->click(part<QPushButton>("resetKeys"));
    chooseCommand("window.palette");
    run_->click(part<QPushButton>("resetKeys"));
    QCOMPARE(run_->commands().shortcut("window.palette"), QKeySequence("Ctrl+K"));
  }
  void whatIsNeededForWritingIsNoShortcut() {
    section("shortcuts");
    for (const QKeySequence& bare : {QKeySequence(Qt::Key_A), QKeySequence(Qt::SHIFT | Qt::Key_A), QKeySequence(Qt::Key_Space)}) {
      chooseCommand("go.audit");
      press(bare);
      QVERIFY(!part<QPushButton>("setKeys")->isEnabled());
      QVERIFY2(part<QLabel>("shortcutConflict")->text().contains("Ctrl, Alt or Meta"), qPrintable(part<QLabel>("shortcutConflict")->text()));
    }
    press(QKeySequence(Qt::Key_F7));
    QVERIFY(part<QPushButton>("setKeys")->isEnabled());
    chooseCommand("go.audit");
  }
  void theFocusStaysWithTheListOfShortcuts() {
    section("shortcuts");
    chooseCommand("go.audit");
    press(QKeySequence("Ctrl+J"));
    part<QPushButton>("setKeys")->setFocus();
    QTest::keyClick(part<QPushButton>("setKeys"), Qt::Key_Space);  // and is disabled by it
    QCOMPARE(QApplication::focusWidget(), part<QTableView>("shortcuts"));
    QCOMPARE(run_->commands().shortcut("go.audit"), QKeySequence("Ctrl+J"));
    run_->click(part<QPushButton>("resetKeys"));
  }
  void theListOfShortcutsIsFiltered() {
    section("shortcuts");
    auto* table = part<QTableView>("shortcuts");
    const int all = table->model()->rowCount();
    QVERIFY2(all > 15, qPrintable(QString::number(all)));
    auto* find = part<QLineEdit>("shortcutFilter");
    QTest::keyClicks(find, "full screen");
    QTRY_COMPARE(table->model()->rowCount(), 1);
    QTest::keyClick(find, Qt::Key_Escape);
    QTRY_COMPARE(table->model()->rowCount(), all);
  }
  void theShortcutsModelFollows() {
    Settings own;
    CommandRegistry commands(own);
    ShortcutsModel model(commands);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 0);
    commands.add({"a", "Act", "Room", {}, QKeySequence("Ctrl+A")}, [] {});
    commands.add({"b", "Be", "Room", {}, {}}, [] {});
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(1, 0).data(ShortcutsModel::IdRole).toString(), QString("b"));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    commands.setShortcut("b", QKeySequence("Ctrl+B"));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(model.index(1, ShortcutsModel::Keys).data().toString(), QString("Ctrl+B"));
    QVERIFY(model.index(1, 0).data(ShortcutsModel::ChangedRole).toBool());
    QVERIFY(!model.index(0, 0).data(ShortcutsModel::ChangedRole).toBool());
  }

  // Whatever is bound and reset in whatever order: no two commands share keys, and what is stored is what differs.
  void randomRebindingNeverCollides() {
    QHash<QString, QJsonValue> disk;
    const auto write = [&disk](const QString& key, const QJsonValue& value) {
      if (value.isUndefined()) disk.remove(key);
      else disk.insert(key, value);
    };
    const auto fill = [](CommandRegistry& commands) {
      for (int i = 0; i < 12; ++i) {
        commands.add({QString::number(i), "C", "G", {}, i < 8 ? QKeySequence(QString("Ctrl+%1").arg(QChar('A' + i))) : QKeySequence()}, [] {});
      }
    };
    Settings settings({}, write);
    CommandRegistry commands(settings);
    fill(commands);
    QRandomGenerator random(7);
    for (int step = 0; step < 3000; ++step) {
      const QString id = QString::number(random.bounded(12));
      const QKeySequence keys = random.bounded(5) ? QKeySequence(QString("Ctrl+%1").arg(QChar('A' + random.bounded(14)))) : QKeySequence();
      const QKeySequence wanted = random.bounded(4) ? keys : commands.defaultShortcut(id);
      const QString other = commands.conflict(id, wanted);
      QCOMPARE(commands.conflict(id, {}), QString());
      if (!other.isEmpty()) {
        QCOMPARE(commands.shortcut(other), wanted);
        continue;
      }
      commands.setShortcut(id, wanted);
      QCOMPARE(commands.shortcut(id), wanted);
      QCOMPARE(disk.contains("shortcuts/" + id), wanted != commands.defaultShortcut(id));
      QSet<QString> used;
      for (int i = 0; i < 12; ++i) {
        const QString text = commands.shortcut(QString::number(i)).toString();
        QVERIFY(text.isEmpty() || !used.contains(text));
        used.insert(text);
      }
    }
    Settings again(disk);
    CommandRegistry later(again);
    fill(later);
    for (int i = 0; i < 12; ++i) QCOMPARE(later.shortcut(QString::number(i)), commands.shortcut(QString::number(i)));
  }
  void roomsApartMayShareKeysNestedOnesNot() {
    Settings own;
    CommandRegistry commands(own);
    QWidget whole;
    auto* left = new QWidget(&whole);
    auto* right = new QWidget(&whole);
    commands.add({"left", "L", "G", {}, QKeySequence("F5"), left}, [] {});
    commands.add({"right", "R", "G", {}, {}, right}, [] {});
    commands.add({"whole", "W", "G", {}, {}, &whole}, [] {});
    commands.add({"app", "A", "G", {}, {}}, [] {});
    QCOMPARE(commands.conflict("right", QKeySequence("F5")), QString());
    QCOMPARE(commands.conflict("whole", QKeySequence("F5")), QString("left"));
    QCOMPARE(commands.conflict("app", QKeySequence("F5")), QString("left"));
    QCOMPARE(commands.conflict("app", QKeySequence("F5, F6")), QString("left"));  // begins like it
    int runs = 0;
    QAction* counted = commands.add({"count", "C", "G", {}, {}}, [&runs] { ++runs; });
    QVERIFY(commands.trigger("count"));
    counted->setEnabled(false);
    QVERIFY(!commands.trigger("count"));
    QVERIFY(!commands.trigger("nothing"));
    QCOMPARE(runs, 1);
  }
};

QTEST_MAIN(TestSettingsWidget)
#include "test_settings_widget.moc"
