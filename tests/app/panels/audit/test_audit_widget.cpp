// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/panels/audit: audit_filter_bar audit_panel audit_tasks
// The Audit room in the whole window: audit_widget, audit_filter_bar, audit_panel, audit_tasks.
#include "app/panels/audit/audit_widget.h"

#include <sqlite3.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDateEdit>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QHeaderView>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTableView>
#include <QThreadPool>

#include <future>

#include "app/bridge/audit_service.h"
#include "app/panels/audit/audit_model.h"
#include "app/panels/audit/audit_tasks.h"
#include "tests/app/shell/workbench_fixture.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

AuditEntry question(const std::string& prompt) {
  AuditEntry entry;
  entry.kind = audit_kind::generation_started;
  entry.session = "talk";
  entry.model_name = "mini";
  entry.texts.push_back({"prompt", prompt});
  return entry;
}

}  // namespace

class TestAuditWidget : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<fake::WorkbenchFixture> run_;

  static bool until(const std::function<bool()>& what) { return QTest::qWaitFor(what, 5000); }
  AuditLog& log() { return *run_->bench().context().audit.log(); }
  AuditWidget& room() { return *static_cast<AuditWidget*>(run_->window().panelWidget("audit")); }
  template <class W>
  W* find(const char* name) {
    return run_->find<W>("audit", name);
  }
  int rows() { return find<QTableView>("auditTable")->model()->rowCount(); }
  QString verdict() { return find<QLabel>("auditVerdict")->text(); }
  QString details() { return find<QPlainTextEdit>("auditDetails")->toPlainText(); }
  void show() {
    run_->commands().trigger("go.audit");
    QVERIFY(until([&] { return room().isVisible() && room().idle(); }));
  }
  void choose(int row) {
    auto* table = find<QTableView>("auditTable");
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(row, AuditModel::Kind)).center());
    QVERIFY(until([&] { return room().idle(); }));
  }
  // Fills in the dialog that asks for a reason; empty: cancels it.
  void giveReason(const QString& reason) {
    QInputDialog* dialog = nullptr;
    QVERIFY(until([&] { return (dialog = room().findChild<QInputDialog*>("auditReason")) && dialog->isVisible(); }));
    QPushButton* ok = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
    QVERIFY(!ok->isEnabled());  // no reason, no deed
    if (reason.isEmpty()) {
      QTest::keyClick(dialog, Qt::Key_Escape);
      return;
    }
    QTest::keyClicks(dialog->findChild<QLineEdit*>(), reason);
    QVERIFY(ok->isEnabled());
    QTest::mouseClick(ok, Qt::LeftButton);
  }
  AuditTasks& tasks() { return auditTasks(run_->bench().context()); }
  // The next check or export waits for it.
  std::promise<void> holdTasks() {
    std::promise<void> go;
    tasks().findChild<QThreadPool*>()->start([wait = go.get_future().share()] { wait.wait(); });
    return go;
  }
  void speak(const char* language) {
    QSignalSpy replaced(&run_->bench(), &Workbench::windowReplaced);
    run_->bench().settings().set(keys::language, language);
    QVERIFY(until([&] { return replaced.size() == 1; }));
    run_->commands().trigger("go.audit");
    QVERIFY(until([&] { return room().isVisible() && rows() > 0; }));
  }
  void saveAs(const QString& name) {
    run_->click(find<QPushButton>("auditExport"));
    auto* dialog = find<QFileDialog>("saveDialog");
    QVERIFY(dialog);
    auto* file = dialog->findChild<QLineEdit*>("fileNameEdit");
    file->setText(run_->path(name));
    QTest::keyClick(file, Qt::Key_Return);
    QVERIFY(until([&] { return !find<QFileDialog>("saveDialog"); }));
  }
  // As somebody would who has another program.
  void tamper(const char* statement) {
    sqlite3* database = nullptr;
    QCOMPARE(sqlite3_open(run_->path("data/audit.db").toUtf8(), &database), SQLITE_OK);
    QCOMPARE(sqlite3_exec(database, statement, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

 private Q_SLOTS:
  void init() { run_ = std::make_unique<fake::WorkbenchFixture>(); }
  void cleanup() { run_.reset(); }

  void listsFiltersSearchesAndReads() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("How does steam work?")).ok());
    QVERIFY(log().append(question("蒸汽机如何工作")).ok());
    AuditEntry other;
    other.kind = "own_kind";
    QVERIFY(log().append(other).ok());
    show();
    QCOMPARE(rows(), 3);
    choose(2);
    QVERIFY(details().contains("How does steam work?"));
    QVERIFY(details().contains(QString::fromStdString(audit_hex(log().entry(1)->hash))));
    auto* search = find<QLineEdit>("auditSearch");
    search->setFocus();
    search->insert(QString::fromUtf8("汽机"));  // as an input method does
    QVERIFY(until([&] { return rows() == 1; }));
    search->clear();
    QVERIFY(until([&] { return rows() == 3; }));
    auto* kind = find<QComboBox>("auditKind");
    kind->setFocus();
    QTest::keyClick(kind, Qt::Key_Down);
    QCOMPARE(kind->currentText(), QString("Question"));
    QVERIFY(until([&] { return rows() == 2; }));
  }
  void filtersByTimeUserAndConversation() {
    QVERIFY(run_->start());
    const auto add = [&](const char* user, const char* session) {
      AuditEntry entry = question("q");
      entry.user = user;
      entry.session = session;
      QVERIFY(log().append(entry).ok());
    };
    add("ada", "one");
    add("bob", "one");
    add("bob", "two");
    run_->bench().sessions().setCurrentConversation("two");
    show();
    QCOMPARE(rows(), 3);
    auto *user = find<QComboBox>("auditUser"), *time = find<QComboBox>("auditTime"), *conversation = find<QComboBox>("auditConversation");
    auto* all = find<QPushButton>("auditShowAll");
    QVERIFY(!all->isEnabled());
    // Users of the whole log are offered.
    QVERIFY(until([&] { return user->findData("ada") > 0; }));
    user->setCurrentIndex(user->findData("bob"));
    QVERIFY(until([&] { return rows() == 2; }));
    conversation->setCurrentIndex(conversation->findData("two"));
    QVERIFY(until([&] { return rows() == 1; }));
    QVERIFY(all->isEnabled());
    run_->click(all);
    QVERIFY(until([&] { return rows() == 3; }));
    choose(2);  // the oldest; its conversation is not the open one
    QVERIFY(conversation->findData("one") > 0);
    conversation->setCurrentIndex(conversation->findData("one"));
    QVERIFY(until([&] { return rows() == 2; }));
    run_->click(all);
    time->setCurrentIndex(time->findData("today"));
    QVERIFY(until([&] { return room().idle() && rows() == 3; }));
    QVERIFY(!find<QDateEdit>("auditFrom")->isVisible());
    time->setCurrentIndex(time->findData("dates"));
    QVERIFY(find<QDateEdit>("auditFrom")->isVisible());
    QVERIFY2(room().minimumSizeHint().width() < 560, qPrintable(QString::number(room().minimumSizeHint().width())));  // beside Routing, at 1280 pixels
    QVERIFY(until([&] { return room().idle() && rows() == 3; }));  // a month until today
    const QDate today = QDate::currentDate();
    find<QDateEdit>("auditFrom")->setDate(today.addDays(-9));
    find<QDateEdit>("auditTo")->setDate(today.addDays(-2));
    QVERIFY(until([&] { return rows() == 0; }));
    auto* nothing = find<widgets::EmptyState>("auditNothing");
    QVERIFY(until([&] { return nothing->isVisible(); }));
    QVERIFY(!find<QPushButton>("auditExport")->isEnabled());
    run_->click(nothing->findChild<QPushButton*>("emptyAction"));
    QVERIFY(until([&] { return rows() == 3 && find<QTableView>("auditTable")->isVisible(); }));
    find<QDateEdit>("auditTo")->setDate(today);
    time->setCurrentIndex(time->findData("dates"));
    user->setCurrentIndex(user->findData("ada"));
    QVERIFY(until([&] { return rows() == 1; }));
    QVERIFY(run_->restart());
    show();
    QVERIFY(until([&] { return rows() == 1; }));
    QCOMPARE(find<QComboBox>("auditUser")->currentData().toString(), QString("ada"));
    QCOMPARE(find<QDateEdit>("auditFrom")->date(), today.addDays(-9));
  }
  void everyKindOfTheLogCanBeChosen() {
    QVERIFY(run_->start());
    const auto* kind = find<QComboBox>("auditKind");
    QCOMPARE(kind->count(), int(audit_kind::all.size()) + 1);
    for (const std::string_view each : audit_kind::all) {
      const int at = kind->findData(QString::fromStdString(std::string(each)));
      QVERIFY2(at > 0 && kind->itemText(at) != kind->itemData(at).toString(), std::string(each).c_str());
    }
  }
  void anEmptyLogSaysWhatWillBeHere() {
    QVERIFY(run_->start());
    show();
    auto* nothing = find<widgets::EmptyState>("auditNothing");
    QVERIFY(until([&] { return nothing->isVisible(); }));
    QVERIFY(!nothing->findChild<QPushButton*>("emptyAction")->isVisible());
    QVERIFY(log().append(question("one")).ok());
    room().reload();
    QVERIFY(until([&] { return find<QTableView>("auditTable")->isVisible() && rows() == 1; }));
  }
  void manyEntriesComeAsTheyAreScrolledTo() {
    QVERIFY(run_->start());
    AuditEntry many = question("q");
    for (int i = 0; i < 229; ++i) many.texts.push_back({"t" + std::to_string(i), "x"});
    QVERIFY(log().append(many).ok());
    QVERIFY(log().redact(1, "", "makes as many entries at once").ok());
    show();
    QCOMPARE(rows(), 200);
    auto* table = find<QTableView>("auditTable");
    table->setFocus();
    QTest::keyClick(table, Qt::Key_End, Qt::ControlModifier);
    QVERIFY2(until([&] { return rows() == 231; }), std::to_string(rows()).c_str());
  }
  void aRedactionWantsAReasonAndIsAnEntry() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("my secret")).ok());
    show();
    auto* redact = find<QPushButton>("auditRedact");
    QVERIFY(!redact->isEnabled());
    choose(0);
    QVERIFY(redact->isEnabled());
    run_->click(redact);
    giveReason({});
    QVERIFY(until([&] { return !room().findChild<QInputDialog*>(); }));
    QCOMPARE(rows(), 1);
    run_->click(redact);
    giveReason("asked for");
    QVERIFY(until([&] { return rows() == 2; }));
    QVERIFY(verdict().contains("entry 2"));
    QVERIFY(log().entry(1)->entry.texts.empty());
    QVERIFY(log().entry(2)->entry.extra_json.find("asked for") != std::string::npos);
    choose(1);
    QVERIFY(details().contains("redacted by entry 2"));
    QVERIFY(!redact->isEnabled());
  }
  void aWholeConversationIsRedactedOnRequest() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("my secret")).ok());
    QVERIFY(log().append(question("my secret, and what then?")).ok());
    AuditEntry other = question("another matter");
    other.session = "elsewhere";
    QVERIFY(log().append(other).ok());
    show();
    choose(2);
    auto* redact = find<QPushButton>("auditRedact");
    run_->click(redact);
    const auto dialog = [&] { return room().findChild<QInputDialog*>("auditReason"); };
    QVERIFY(until([&] { return dialog() && dialog()->isVisible(); }));
    QVERIFY2(dialog()->labelText().contains("1 other entr"), qPrintable(dialog()->labelText()));
    auto* all = dialog()->findChild<QCheckBox*>("auditReasonOption");
    QVERIFY(all && all->isVisible() && !all->isChecked());
    all->click();
    giveReason("asked for");
    QVERIFY(until([&] { return room().idle() && rows() == 5; }));
    QVERIFY(log().entry(1)->entry.texts.empty() && log().entry(2)->entry.texts.empty());
    QCOMPARE(log().entry(3)->entry.texts.size(), std::size_t(1));
    // Where no other entry holds a text, there is nothing to choose.
    choose(2);
    run_->click(redact);
    QVERIFY(until([&] { return dialog() && dialog()->isVisible(); }));
    QVERIFY(!dialog()->findChild<QCheckBox*>("auditReasonOption"));
    giveReason({});
  }
  void theFocusDoesNotJumpToWhatDestroys() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("one")).ok());
    show();
    choose(0);
    auto* verify = find<QPushButton>("auditVerify");
    verify->setFocus();
    QTest::keyClick(verify, Qt::Key_Space);
    QVERIFY(until([&] { return verdict().contains("whole"); }));
    QCOMPARE(QApplication::focusWidget(), find<QTableView>("auditTable"));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Space);
    QVERIFY(!room().findChild<QInputDialog*>());
  }
  void theConversationShownIsRemembered() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("one")).ok());
    AuditEntry other = question("two");
    other.session = "another";
    QVERIFY(log().append(other).ok());
    show();
    choose(1);
    auto* conversation = find<QComboBox>("auditConversation");
    conversation->setCurrentIndex(conversation->findData("talk"));
    QVERIFY(until([&] { return rows() == 1; }));
    QVERIFY(run_->restart());
    show();
    QCOMPARE(find<QComboBox>("auditConversation")->currentData().toString(), QString("talk"));
    QVERIFY(until([&] { return rows() == 1; }));
  }
  void tamperingIsNamedAndTheLogCanBeSetAside() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("one")).ok());
    QVERIFY(log().append(question("two")).ok());
    show();
    auto* aside = find<QPushButton>("auditSetAside");
    run_->click(find<QPushButton>("auditVerify"));
    QVERIFY(until([&] { return verdict().contains("whole"); }));
    QVERIFY(!aside->isVisible());
    tamper("DROP TRIGGER entries_keep_values; UPDATE entries SET model_name = 'another' WHERE sequence = 2");
    run_->click(find<QPushButton>("auditVerify"));
    QVERIFY(until([&] { return verdict().contains("tampered"); }));
    QVERIFY(verdict().contains("Entry 2"));
    QCOMPARE(find<QLabel>("auditVerdict")->property("tone").toString(), QString("danger"));
    QVERIFY(aside->isVisible());
    run_->click(aside);
    giveReason("somebody wrote into it");
    QVERIFY(until([&] { return verdict().contains("set-aside-"); }));
    QVERIFY(until([&] { return rows() == 1; }));
    QVERIFY(!aside->isVisible());
    QVERIFY(log().entry(1)->entry.extra_json.find("somebody wrote into it") != std::string::npos);
    run_->click(find<QPushButton>("auditVerify"));
    QVERIFY(until([&] { return verdict().contains("whole"); }));
  }
  void aLogThatCannotBeOpenedIsToldAndReplaced() {
    QDir().mkpath(run_->path("data"));
    QFile file(run_->path("data/audit.db"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(8192, '!'));
    file.close();
    run_->adjust = [](WorkbenchOptions& options) { options.loadModel = false; };
    QVERIFY(run_->start());
    show();
    auto* none = find<widgets::EmptyState>("auditNone");
    QVERIFY(none->isVisible());
    QPushButton* act = none->findChild<QPushButton*>();
    QVERIFY(act->isVisible());
    run_->click(act);
    giveReason("damaged");
    QVERIFY(until([&] { return rows() == 1 && !none->isVisible(); }));
    QVERIFY(verdict().contains("set-aside-"));
    std::lock_guard lock(run_->world->journal.mutex);
    QCOMPARE(run_->world->journal.audit.get(), &log());  // what is answered from now on is logged
  }
  void whenNothingIsLoggedItSaysSo() {
    run_->adjust = [](WorkbenchOptions& options) { options.openAudit = {}; };
    QVERIFY(run_->start());
    show();
    auto* none = find<widgets::EmptyState>("auditNone");
    QVERIFY(none->isVisible());
    QVERIFY(!none->findChild<QPushButton*>()->isVisible());
  }
  void aLogOpenedLaterAppears() {
    std::promise<void> go;
    run_->adjust = [wait = go.get_future().share(), this](WorkbenchOptions& options) {
      options.panels.clear();
      options.panels = allPanels({});
      options.openAudit = [wait, open = options.openAudit] {
        wait.wait();
        auto opened = open();
        if (opened.ok()) (void)(*opened)->append(question("early"));
        return opened;
      };
      QTimer::singleShot(0, this, [this] {
        run_->commands().trigger("go.audit");
        late_ = find<widgets::EmptyState>("auditNone")->isVisible();
      });
    };
    QTimer::singleShot(150, this, [&] { go.set_value(); });
    QVERIFY(run_->start());
    QVERIFY(late_);
    QVERIFY(until([&] { return rows() == 1; }));
    QVERIFY(find<QTableView>("auditTable")->isVisible());
  }
  void leavingOutTheTextsIsAnEntryItself() {
    QVERIFY(run_->start());
    run_->commands().trigger("go.settings");
    auto* hashes = run_->find<QRadioButton>("settings", "auditHashes");
    QVERIFY(hashes);
    hashes->click();
    QVERIFY(until([&] { return log().count({}).value() == 1; }));
    QCOMPARE(log().entry(1)->entry.action, std::string("audit_texts"));
    QVERIFY(!run_->world->journal.auditTexts);
    QVERIFY(log().append(question("not to be kept")).ok());  // a plugin's, say
    QVERIFY(log().entry(2)->entry.texts.empty());
    QVERIFY(run_->restart());
    QVERIFY(!run_->world->journal.auditTexts);
    QVERIFY(log().append(question("nor this")).ok());
    QVERIFY(log().entry(3)->entry.texts.empty());
    run_->find<QRadioButton>("settings", "auditTexts")->click();
    QVERIFY(until([&] { return log().count({}).value() == 4; }));
    QVERIFY(run_->world->journal.auditTexts);
  }
  void anExportCanBeCancelledAndDoesNotRunBesideACheck() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("one")).ok());
    show();
    std::promise<void> go = holdTasks();
    saveAs("log.json");
    auto *stop = find<QPushButton>("auditCancel"), *verify = find<QPushButton>("auditVerify"), *save = find<QPushButton>("auditExport");
    QVERIFY(find<QProgressBar>("auditProgress")->isVisible() && stop->isVisible());
    QVERIFY(!save->isEnabled() && !verify->isEnabled());
    run_->click(stop);
    go.set_value();
    QVERIFY(until([&] { return room().idle(); }));
    QVERIFY(!QFile::exists(run_->path("log.json")));
    QVERIFY(!find<QProgressBar>("auditProgress")->isVisible() && !stop->isVisible());
    QVERIFY(save->isEnabled() && verify->isEnabled());
  }
  void aChangeOfLanguageNeitherStopsACheckNorLosesItsVerdict() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("one")).ok());
    show();
    std::promise<void> go = holdTasks();
    run_->click(find<QPushButton>("auditVerify"));
    speak("zh_CN");
    QVERIFY(find<QProgressBar>("auditProgress")->isVisible() && find<QPushButton>("auditCancel")->isVisible());
    QVERIFY(!find<QPushButton>("auditVerify")->isEnabled());
    go.set_value();
    QVERIFY(until([&] { return room().idle() && !verdict().isEmpty(); }));
    const QString head = QString::fromStdString(audit_hex(log().entry(1)->hash)).left(16);
    QVERIFY2(verdict().contains(head) && !verdict().contains("whole"), qPrintable(verdict()));
    speak("en");
    QVERIFY2(verdict().contains("whole") && verdict().contains(head), qPrintable(verdict()));
    // So does an export, and the log is shown with its entry.
    go = holdTasks();
    saveAs("log.json");
    speak("zh_CN");
    go.set_value();
    QVERIFY(until([&] { return verdict().contains("log.json") && rows() == 2; }));
    QVERIFY(QFile::exists(run_->path("log.json")));
    speak("en");
  }
  void aCheckThatRunsWhenTheProgramEndsIsCancelled() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("one")).ok());
    show();
    std::promise<void> go = holdTasks();
    saveAs("log.json");
    go.set_value();
    run_->stop();
    QVERIFY(run_->start());  // the log is whole, with the export or without
    show();
    run_->click(find<QPushButton>("auditVerify"));
    QVERIFY(until([&] { return verdict().contains("whole"); }));
  }
  void theSearchKeepsEscapeForItself() {
    QVERIFY(run_->start());
    run_->world->change([](fake::Script& script) {
      script.tokensPerSecond = 50;
      script.answer = [](const auto&) {
        std::string text;
        for (int i = 0; i < 2000; ++i) text += "word ";
        return text;
      };
    });
    auto* edit = run_->find<QPlainTextEdit>("chat", "question");
    edit->setPlainText("go on");
    QTest::keyClick(edit, Qt::Key_Return);
    QVERIFY(until([&] { return run_->bench().sessions().anyBusy(); }));
    show();
    auto* search = find<QLineEdit>("auditSearch");
    search->setFocus();
    QTest::keyClicks(search, "steam");
    QTest::keyClick(search, Qt::Key_Escape);
    QVERIFY(search->text().isEmpty());
    QVERIFY(run_->bench().sessions().anyBusy());
    run_->commands().trigger("chat.stop");
    QVERIFY(until([&] { return !run_->bench().sessions().anyBusy(); }));
  }
  void daysBeyondTheLogsClockAreTheLastOnes() {
    run_->adjust = [](WorkbenchOptions& options) {
      options.settings.insert("view/auditTime", "dates");
      options.settings.insert("view/auditFrom", "2000-01-01");
      options.settings.insert("view/auditTo", "9999-12-31");
    };
    QVERIFY(run_->start());
    QVERIFY(log().append(question("one")).ok());
    show();
    QVERIFY(until([&] { return rows() == 1; }));
    auto *from = find<QDateEdit>("auditFrom"), *to = find<QDateEdit>("auditTo");
    QCOMPARE(from->date(), QDate(2000, 1, 1));
    QVERIFY2(to->date().year() < 2262, qPrintable(to->date().toString(Qt::ISODate)));
    QVERIFY2(from->text().contains("2000"), qPrintable(from->text()));
    from->setDate(QDate(1752, 9, 14));
    to->setDate(QDate(9999, 12, 31));
    QVERIFY(until([&] { return room().idle() && rows() == 1; }));
  }
  void whatWasDoneIsReadWholeInASmallWindow() {
    run_->adjust = [](WorkbenchOptions& options) { options.size = QSize(1280, 720); };
    QVERIFY(run_->start());
    AuditEntry entry = question("one");
    entry.user = "a-user-with-a-really-long-login-name";
    entry.model_name = "A model with quite a long name, Q4_K_M";
    entry.edits_json = "{}";
    QVERIFY(log().append(entry).ok());
    show();
    auto* table = find<QTableView>("auditTable");
    QVERIFY(until([&] { return rows() == 1; }));
    const int left = table->columnViewportPosition(AuditModel::Kind), width = table->columnWidth(AuditModel::Kind);
    QVERIFY2(width >= table->sizeHintForIndex(table->model()->index(0, AuditModel::Kind)).width(), qPrintable(QString::number(width)));
    QVERIFY2(left >= 0 && left + width <= table->viewport()->width(), qPrintable(QString("%1 + %2").arg(left).arg(width)));
  }
  void whatAnExportAndAnEntryFindWrongIsShown() {
    QVERIFY(run_->start());
    const QString head = run_->path("data/audit.head"), kept = run_->path("kept.head");
    QVERIFY(log().append(question("one")).ok());
    QVERIFY(QFile::copy(head, kept));
    QVERIFY(log().append(question("two")).ok());
    QVERIFY(QFile::remove(head) && QFile::copy(kept, head));
    show();
    saveAs("log.json");
    QVERIFY(until([&] { return verdict().contains("log.json"); }));
    QVERIFY2(verdict().contains("cut"), qPrintable(verdict()));
    QVERIFY(QFile::remove(head) && QFile::copy(kept, head));
    run_->commands().trigger("go.settings");
    run_->find<QRadioButton>("settings", "auditHashes")->click();  // writes an entry
    const auto shown = [&] {
      for (const auto* bar : run_->window().findChildren<widgets::ErrorBar*>()) {
        if (bar->isVisible() && bar->copyText().contains("cut")) return true;
      }
      return false;
    };
    QVERIFY(until(shown));
  }
  void exportsWithProof() {
    QVERIFY(run_->start());
    QVERIFY(log().append(question("one")).ok());
    show();
    for (const QString& name : QStringList{"log.json", "log.csv"}) {
      saveAs(name);
      QVERIFY(until([&] { return verdict().contains(name); }));
      QVERIFY(QFile::exists(run_->path(name)));
    }
    QVERIFY(QFile::exists(run_->path("log.csv.proof.json")));
    // The type that is chosen is what is written, under the offered name.
    run_->click(find<QPushButton>("auditExport"));
    auto* dialog = find<QFileDialog>("saveDialog");
    auto* types = dialog->findChild<QComboBox*>("fileTypeCombo");
    types->setFocus();
    QTest::keyClick(types, Qt::Key_Down);
    auto* file = dialog->findChild<QLineEdit*>("fileNameEdit");
    QCOMPARE(file->text(), QString("audit.csv"));
    QTest::keyClick(dialog, Qt::Key_Escape);
    QVERIFY(until([&] { return !find<QFileDialog>("saveDialog"); }));
    QVERIFY(until([&] { return rows() == 3; }));  // each export is an entry
  }

 private:
  bool late_ = false;
};

QTEST_MAIN(TestAuditWidget)
#include "test_audit_widget.moc"
