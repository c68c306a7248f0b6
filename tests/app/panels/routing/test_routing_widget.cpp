// SPDX-License-Identifier: GPL-3.0-or-later
// The Routing room in the window: routing_widget, routing_panel.
#include "app/panels/routing/routing_widget.h"

#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMetaObject>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QThreadPool>
#include <QToolButton>
#include <QtTest>

#include <future>

#include "app/panels/routing/routing_exports.h"
#include "roundhouse/trace.h"
#include "tests/app/shell/workbench_fixture.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/plots/metric_view.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestRoutingWidget : public QObject {
  Q_OBJECT

 private:
  static constexpr int kLayers = 5;  // that route: the scripted model has one dense layer more
  std::unique_ptr<fake::WorkbenchFixture> run_;

  template <class W>
  W* part(const QString& name) { return run_->find<W>("routing", name); }
  RoutingWidget* room() { return qobject_cast<RoutingWidget*>(run_->window().panelWidget("routing")); }
  AppContext& context() { return run_->bench().context(); }
  AnswerSnapshotPtr latest() { return context().sessions.latest(context().sessions.currentConversation()); }
  void showTab(const QString& name) {
    run_->window().showPanel("routing");
    room()->showTab(name);
    QTRY_VERIFY(room()->settled());
  }
  void ask(const QString& question) {
    const AnswerSnapshotPtr before = latest();
    run_->window().showPanel("chat");
    auto* edit = run_->find<QPlainTextEdit>("chat", "question");
    edit->setPlainText(question);
    QTest::keyClick(edit, Qt::Key_Return);
    QTRY_VERIFY(latest() && latest() != before && latest()->finished());
  }
  void selectCell(int layer, int expert) {
    auto* map = room()->heatmap();
    QTRY_VERIFY(map->snapshot());
    QTest::mouseClick(map->viewport(), Qt::LeftButton, {}, map->cellRect(layer, expert).center());
  }
  QString labels() {
    QStringList texts;
    for (const QLabel* each : room()->findChildren<QLabel*>()) texts << each->text() << each->accessibleName();
    return texts.join('\n');
  }
  // As the menu has them when it opens.
  QList<QAction*> forms() {
    QMenu* menu = part<QToolButton>("routingExport")->menu();
    QMetaObject::invokeMethod(menu, "aboutToShow");
    return menu->actions();
  }
  QAction* form(const QString& text) {
    for (QAction* each : forms()) {
      if (each->text() == text) return each;
    }
    return nullptr;
  }
  // What each answer to a question says.
  void answers(const std::string& text) {
    run_->world->change([text](fake::Script& script) { script.answer = [text](const auto&) { return text; }; });
  }
  void saveAs(const QString& path) {
    auto* dialog = room()->findChild<QFileDialog*>("saveDialog");
    // As if it was chosen there: typing races with the dialog, which chooses a file of the suggested name when its folder is read.
    Q_EMIT dialog->fileSelected(path);
    dialog->close();
    (void)QTest::qWaitFor([this] { return !room()->findChild<QFileDialog*>(); });
  }
  AuditEntry newestExport() {
    const auto found = context().audit.log()->query(AuditFilter{{}, {}, {std::string(audit_kind::exported)}, {}, {}, {}, {}, 0, {}});
    return found.ok() && !found->empty() ? found->front().entry : AuditEntry{};
  }
  QByteArray exported(const QString& text, const QString& name) {
    const QString path = run_->path(name);
    QAction* const action = form(text);
    if (!action) return {};
    action->trigger();
    saveAs(path);
    auto* button = part<QToolButton>("routingExport");
    (void)QTest::qWaitFor([button] { return button->isEnabled(); });  // written by another thread
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }

 private Q_SLOTS:
  void initTestCase() {
    run_ = std::make_unique<fake::WorkbenchFixture>();
    run_->adjust = [](WorkbenchOptions& options) { options.language = "en"; };
    QVERIFY(run_->start());
  }
  void cleanupTestCase() { run_.reset(); }

  void withoutAnAnswerNothingIsExported() {
    showTab("routingTabToken");
    QVERIFY(!part<QToolButton>("routingExport")->isEnabled());
  }

  // What is chosen in the map becomes the experts of a job, by the model's own layers.
  void chosenExpertsAreOfferedForATuning() {
    ask("Which ones?");
    showTab("routingTabToken");
    auto* button = part<QPushButton>("routingFineTune");
    room()->heatmap()->clearSelection();
    QVERIFY(!button->isVisible());
    room()->heatmap()->setSelectedCells({{0, 1}, {0, 3}, {2, 0}});
    QVERIFY(button->isVisible());
    std::map<std::int32_t, std::vector<std::int32_t>> asked;
    const auto link = QObject::connect(&context().sessions, &SessionHub::fineTuneRequested, [&](const auto& experts) { asked = experts; });
    button->click();
    QObject::disconnect(link);
    QVERIFY((asked == std::map<std::int32_t, std::vector<std::int32_t>>{{1, {1, 3}}, {3, {0}}}));
    QCOMPARE(run_->window().currentPanel(), QStringLiteral("finetune"));
  }
  void anAnswerIsShown() {
    ask("Why is the sky blue?");
    showTab("routingTabBalance");
    QTRY_COMPARE(room()->heatmap()->snapshot()->rows, kLayers);
    QTRY_COMPARE(part<QTableView>("routingBalance")->model()->rowCount(), kLayers);
    QVERIFY(labels().contains(QString("Tokens: %1").arg(latest()->trace.token_count())));
  }
  void tokensAreNumberedAsInChat() {
    const int position = latest()->promptTokens() + 1;
    context().selection.selectTokens(latest()->conversation, latest()->answer, position, position + 1);
    showTab("routingTabToken");
    QTRY_COMPARE(part<QTableView>("routingDecisions")->model()->rowCount(), kLayers);
    QTRY_VERIFY(labels().contains(QString("Token %1: ").arg(position + 1)));
    run_->window().showPanel("chat");
    const auto bars = run_->window().findChildren<QLabel*>("tokenDetail");
    QTRY_VERIFY(std::any_of(bars.begin(), bars.end(), [&](const QLabel* bar) { return bar->isVisible() && bar->text().startsWith(QString("token %1 ").arg(position + 1)); }));
    context().selection.selectTokens(latest()->conversation, latest()->answer, position, position + 3);
    showTab("routingTabToken");
    QTRY_VERIFY(labels().contains(QString("Tokens %1 to %2: ").arg(position + 1).arg(position + 3)));
  }
  void aCellIsAnExpert() {
    showTab("routingTabExpert");
    selectCell(2, 4);
    QCOMPARE(context().selection.value().layer, 2);
    QCOMPARE(context().selection.value().expert, 4);
    QTRY_VERIFY(labels().contains("Layer 3, expert 4: "));
    showTab("routingTabTogether");
    QTRY_VERIFY(part<widgets::HeatmapView>("routingTogether")->snapshot());
    QCOMPARE(part<widgets::HeatmapView>("routingTogether")->snapshot()->rows, 8);
  }
  void anotherExpertStaysWithTheAnswerOnShow() {
    const AnswerSnapshotPtr first = latest();
    QVERIFY(context().selection.value().hasTokens());
    ask("Why is grass green, and the sea blue?");
    QVERIFY(latest()->trace.token_count() != first->trace.token_count());
    showTab("routingTabExpert");
    selectCell(1, 3);
    QTRY_VERIFY(labels().contains("Layer 2, expert 3: "));
    QVERIFY(labels().contains(QString("Tokens: %1").arg(latest()->trace.token_count())));
    context().selection.selectTokens(first->conversation, first->answer, 2, 3);
    QTRY_VERIFY(labels().contains(QString("Tokens: %1").arg(first->trace.token_count())));
    context().selection.selectTokens(latest()->conversation, latest()->answer, 2, 3);
    QTRY_VERIFY(labels().contains(QString("Tokens: %1").arg(latest()->trace.token_count())));
  }
  void walkingTheBranchesMovesTheRouting() {
    answers("A first answer of some words");
    ask("Which way?");
    const AnswerSnapshotPtr first = latest();
    answers("Another");
    context().commands.trigger("chat.again");
    QTRY_VERIFY(latest() != first && latest()->finished());
    context().selection.clear();
    run_->window().showPanel("routing");
    QTRY_VERIFY(labels().contains("“Another” · Tokens: "));
    context().commands.trigger("chat.branch.back");
    QTRY_VERIFY(labels().contains(QString("“A first answer of some words” · Tokens: %1").arg(first->trace.token_count())));
    context().commands.trigger("chat.branch.forward");
    QTRY_VERIFY(labels().contains("“Another” · Tokens: "));
    run_->world->change([](fake::Script& script) { script.answer = {}; });
  }
  void everyFormIsExported() {
    showTab("routingTabToken");
    QVERIFY(exported("Heatmap as PNG…", "routing.png").startsWith("\x89PNG"));
    QVERIFY(exported("Heatmap as SVG…", "routing.svg").contains("<svg"));
    QVERIFY(exported("Heatmap as CSV…", "routing.csv").count('\n') >= kLayers);
    QVERIFY(!exported("Trace as .rhtrace…", "routing.rhtrace").isEmpty());
    const auto trace = RoutingTrace::load(run_->path("routing.rhtrace").toStdString());
    QVERIFY(trace.ok());
    QCOMPARE(trace->trace.token_count(), latest()->trace.token_count());
    QVERIFY(exported("Trace as CSV…", "trace.csv").count('\n') >= latest()->trace.token_count());
    QVERIFY(QJsonDocument::fromJson(exported("Trace as JSON…", "trace.json")).isObject());
    QVERIFY(labels().contains("Saved: "));
  }
  // A picture as PNG, SVG and CSV, whichever page is on show.
  void everyPageIsExported() {
    const auto picture = [&](const QString& name) {
      QVERIFY2(form(name + " as PNG…") && form(name + " as SVG…") && form(name + " as CSV…"), qPrintable(name));
      QVERIFY(exported(name + " as PNG…", name + ".png").startsWith("\x89PNG"));
      QVERIFY(exported(name + " as SVG…", name + ".svg").contains("<text"));
      QVERIFY(exported(name + " as CSV…", name + ".csv").count('\n') > 1);
    };
    const AnswerSnapshotPtr answer = latest();
    selectCell(1, answer->trace.ids(0, 1)[0]);
    showTab("routingTabToken");
    context().selection.selectTokens(answer->conversation, answer->answer, 2, 3);
    QTRY_VERIFY(form("Decisions as CSV…"));
    const QByteArray decisions = exported("Decisions as CSV…", "decisions.csv");
    QVERIFY2(decisions.startsWith("layer,expert,chosen,weight,score,entropy,margin\r\n"), decisions.left(80));
    QCOMPARE(decisions.count(",yes,"), kLayers * answer->trace.top_k());
    QCOMPARE(decisions.count('\n'), 1 + kLayers * 8);  // all experts have a score
    context().selection.selectTokens(answer->conversation, answer->answer, 0, 4);
    QTRY_VERIFY(room()->settled());
    QVERIFY(exported("Decisions as CSV…", "several.csv").startsWith("layer,expert,times,"));
    picture("Experts of the layer");
    showTab("routingTabBalance");
    picture("Balance");
    showTab("routingTabExpert");
    picture("Tokens of the expert");
    ask("Another question");
    showTab("routingTabCompare");
    QTRY_COMPARE(part<widgets::MetricView>("routingDivergence")->model()->rowCount(), kLayers);
    picture("Divergence");
  }
  void anAnswerThatFailedIsNoPicture() {
    run_->world->change([](fake::Script& script) { script.generateError = Error{ErrorCode::out_of_memory, "run model", "batch", "1 GB", "none"}; });
    run_->commands().trigger("chat.new");
    ask("What now?");
    showTab("routingTabEdits");
    QTRY_VERIFY(!room()->heatmap()->snapshot() || room()->heatmap()->snapshot()->rows == 0);
    QVERIFY2(!labels().contains("Tokens: 0"), qPrintable(labels()));
    QVERIFY(labels().contains("failed before"));
    QVERIFY(!part<QPushButton>("routingAnswerAgain")->isEnabled());
    QVERIFY(!part<QToolButton>("routingExport")->isEnabled());
    run_->world->change([](fake::Script& script) { script.generateError.reset(); });
    ask("And now?");
    showTab("routingTabEdits");
    QTRY_VERIFY(room()->heatmap()->snapshot() && room()->heatmap()->snapshot()->rows == kLayers);
    QVERIFY(!part<QPushButton>("routingAnswerAgain")->isEnabled());  // no edit
  }
  void anAnswerUnderAnEditIsComparedWithTheFirst() {
    const AnswerSnapshotPtr first = latest();
    selectCell(2, 4);
    showTab("routingTabEdits");
    QTRY_VERIFY(part<QPushButton>("routingDisable")->isEnabled());
    run_->click(part<QPushButton>("routingDisable"));
    QCOMPARE(part<QListWidget>("routingEditList")->count(), 1);
    run_->click(part<QPushButton>("routingEditSave"));
    saveAs(run_->path("edits.json"));
    QTRY_VERIFY(labels().contains("Saved: " + run_->path("edits.json")));
    const auto written = RoutingEdits::load(run_->path("edits.json").toStdString());
    QVERIFY(written.ok());
    QCOMPARE(written->experts, (std::vector<ExpertEdit>{{3, 4, ExpertAction::disable, 0}}));
    QTRY_VERIFY(newestExport().extra_json.find("edits.json") != std::string::npos);
    QVERIFY(RoutingEdits::from_json(newestExport().edits_json).value() == *written);
    run_->click(part<QPushButton>("routingAnswerAgain"));
    QTRY_VERIFY(latest() != first && latest()->finished() && latest()->answer != first->answer);
    QCOMPARE(part<QTabWidget>("routingTabs")->currentWidget()->objectName(), QString("routingTabCompare"));
    QTRY_COMPARE(part<QComboBox>("routingCompareSecond")->currentData().toString(), latest()->answer);
    QCOMPARE(part<QComboBox>("routingCompareFirst")->currentData().toString(), first->answer);
    QTRY_COMPARE(part<widgets::MetricView>("routingDivergence")->model()->rowCount(), kLayers);
    QVERIFY(labels().contains("edited: Expert 4 in layer 3: disabled"));
    // What a person compares afterwards stays.
    auto* second = part<QComboBox>("routingCompareSecond");
    second->setCurrentIndex(second->findData(first->answer));
    showTab("routingTabToken");
    showTab("routingTabCompare");
    QCOMPARE(second->currentData().toString(), first->answer);
  }
  void anExportIsOfTheAnswerThatItWasAskedFor() {
    const AnswerSnapshotPtr answer = latest();
    const QString other = run_->addModel("other.gguf");
    for (const QString& text : QStringList{"Heatmap as PNG…", "Heatmap as CSV…", "Trace as JSON…"}) {
      showTab("routingTabToken");
      QAction* action = form(text);
      QVERIFY2(action, qPrintable(text));
      // Before a place is chosen another conversation is opened, which has no picture, and another model answers.
      action->trigger();
      context().sessions.setCurrentConversation("another");
      QTRY_VERIFY(room()->heatmap()->snapshot()->rows == 0);
      context().engine.load(other);
      QTRY_COMPARE(context().engine.currentPath(), other);
      const QString path = run_->path(text.chopped(1).replace(' ', '-') + '.' + text.chopped(1).right(3).toLower());
      saveAs(path);
      QTRY_VERIFY(newestExport().extra_json.find(path.toStdString()) != std::string::npos);
      QCOMPARE(newestExport().session, answer->conversation.toStdString());
      QCOMPARE(newestExport().model_name, answer->modelName);
      QVERIFY(answer->modelName != context().engine.current()->info().name);
      context().engine.unload(other);
      QTRY_COMPARE(context().engine.currentPath(), run_->embedded);
      context().sessions.setCurrentConversation(answer->conversation);
      context().sessions.setShownAnswer(answer->answer);
    }
    QVERIFY(QImage(run_->path("Heatmap-as-PNG.png")).width() > 100);
    QVERIFY(QFileInfo(run_->path("Heatmap-as-CSV.csv")).size() > 100);
  }
  void anExportGoesOnWhenTheWindowIsMadeAnew() {
    showTab("routingTabToken");
    QThreadPool* writer = routingExports(context()).findChild<QThreadPool*>();
    std::promise<void> go;
    writer->start([wait = go.get_future().share()] { wait.wait(); });
    const QString path = run_->path("anew.rhtrace");
    form("Trace as .rhtrace…")->trigger();
    saveAs(path);
    QSignalSpy replaced(&run_->bench(), &Workbench::windowReplaced);
    run_->bench().localization().setChoice("zh_CN");
    QTRY_COMPARE(replaced.size(), 1);
    run_->window().showPanel("routing");
    QVERIFY(!part<QToolButton>("routingExport")->isEnabled());  // one at a time
    go.set_value();
    auto* message = part<QLabel>("routingMessage");
    QTRY_VERIFY(message->isVisible() && message->text().contains(path));
    QVERIFY(QFile::exists(path));
    QTRY_VERIFY(newestExport().extra_json.find("anew.rhtrace") != std::string::npos);
    run_->bench().localization().setChoice("en");
    QTRY_COMPARE(replaced.size(), 2);
    QTRY_VERIFY(run_->window().isActiveWindow());
  }
  void aDenseModelHasNothingToExport() {
    run_->world->change([](fake::Script& script) { script.denseLayers = script.layers; });
    const QString dense = run_->addModel("dense.gguf");
    context().engine.load(dense);
    QTRY_COMPARE(context().engine.currentPath(), dense);
    ask("And now?");
    showTab("routingTabToken");
    QTRY_VERIFY(labels().contains("This model has no routed experts."));
    QVERIFY(!part<QToolButton>("routingExport")->isEnabled());
    QVERIFY(forms().isEmpty());
  }
};

QTEST_MAIN(TestRoutingWidget)
#include "test_routing_widget.moc"
