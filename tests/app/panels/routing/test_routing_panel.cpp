// SPDX-License-Identifier: GPL-3.0-or-later
// What the Routing room shows of an answer, used by mouse and keys: routing_panel, routing_widget, token_pieces.
#include "app/panels/routing/routing_panel.h"

#include <QClipboard>
#include <QComboBox>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QTabBar>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>

#include "app/chat/chat_controller.h"
#include "app/chat/chat_panel.h"
#include "app/panels/routing/compare_view.h"
#include "app/panels/routing/routing_widget.h"
#include "tests/app/shell/workbench_fixture.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/markdown/split_compare.h"
#include "widgets/plots/bars_view.h"
#include "widgets/plots/metric_view.h"
#include "widgets/tokens/token_strip.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestRoutingPanel : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<fake::WorkbenchFixture> run_;

  static bool until(const std::function<bool()>& what) { return QTest::qWaitFor(what, 5000); }
  AppContext& context() { return run_->bench().context(); }
  RoutingWidget& room() { return *static_cast<RoutingWidget*>(run_->window().panelWidget("routing")); }
  ChatController& chat() {
    return *context().keep<ChatServices>("chat", []() -> ChatServices* { return nullptr; }).controller;
  }
  template <class W>
  W* find(const QString& name) {
    return run_->find<W>("routing", name);
  }
  bool settled() { return until([&] { return room().settled(); }); }
  bool ask(const QString& text) {
    return chat().send(text) && until([&] { return !chat().busy(); }) && settled();
  }
  AnswerSnapshotPtr answer() { return context().sessions.latest(chat().current().id); }
  void openTab(const QString& name) {
    auto* tabs = find<QTabWidget>("routingTabs");
    for (int i = 0; i < tabs->count(); ++i) {
      if (tabs->widget(i)->objectName() == name) QTest::mouseClick(tabs->tabBar(), Qt::LeftButton, {}, tabs->tabBar()->tabRect(i).center());
    }
    QCOMPARE(tabs->currentWidget()->objectName(), name);
    QVERIFY(settled());
  }
  void clickToken(int position, Qt::KeyboardModifiers modifiers = {}) {
    auto* strip = find<widgets::TokenStrip>("routingTokens");
    strip->ensureVisible(position);
    QTest::mouseClick(strip->viewport(), Qt::LeftButton, modifiers, strip->tokenRect(position).center());
    QVERIFY(settled());
  }
  void clickCell(int row, int column) {
    widgets::HeatmapView* map = room().heatmap();
    QTest::mouseClick(map->viewport(), Qt::LeftButton, {}, map->cellRect(row, column).center());
    QVERIFY(settled());
  }
  QString cell(int row, int column) {
    const auto* model = find<QTableView>("routingDecisions")->model();
    return model->index(row, column).data().toString();
  }

 private Q_SLOTS:
  void initTestCase() {
    run_ = std::make_unique<fake::WorkbenchFixture>();
    QVERIFY(run_->start());
    run_->window().resize(1400, 900);
  }
  void init() {
    run_->window().showPanel("routing");
    chat().startNew();
    context().selection.clear();
    openTab("routingTabToken");
  }
  void cleanupTestCase() { run_.reset(); }

  void emptyItSaysWhatWillBeHere() {
    QVERIFY(!find<QToolButton>("routingExport")->isEnabled());
    QCOMPARE(find<QTableView>("routingDecisions")->model()->rowCount(), 0);
  }
  void theHeatmapFollowsTheAnswer() {
    run_->world->change([](fake::Script& s) {
      s.tokensPerSecond = 300;
      s.answer = [](const auto&) {
        std::string text;
        for (int i = 0; i < 400; ++i) text += "word" + std::to_string(i) + " ";
        return text;
      };
    });
    QVERIFY(chat().send("stream"));
    int pictures = 0;
    widgets::HeatmapSnapshotPtr last;
    const auto follows = [&] {
      if (room().heatmap()->snapshot() != last) ++pictures;
      last = room().heatmap()->snapshot();
      return pictures > 5;
    };
    QVERIFY(QTest::qWaitFor(follows, 5000));
    QVERIFY(chat().busy());  // all this while the answer came
    chat().stop();
    QVERIFY(QTest::qWaitFor([&] { return !chat().busy(); }, 5000));
    QVERIFY(settled());
    QCOMPARE(room().heatmap()->snapshot()->rows, 5);
    QCOMPARE(room().heatmap()->snapshot()->columns, 8);
    QCOMPARE(find<widgets::TokenStrip>("routingTokens")->tokens()->size(), answer()->trace.token_count());
    run_->world->change([](fake::Script& s) {
      s.tokensPerSecond = 2000;
      s.answer = {};
    });
  }
  void anEarlierAnswerIsReadWhileAnotherStreams() {
    QVERIFY(ask("one two three"));
    const AnswerSnapshotPtr first = answer();
    auto* strip = find<widgets::TokenStrip>("routingTokens");
    const auto streams = [&](int tokens) {
      const int before = answer() == first ? 0 : answer()->trace.token_count();
      return until([&] { return answer() != first && answer()->answer != first->answer && answer()->trace.token_count() >= before + tokens; });
    };
    run_->world->change([](fake::Script& s) {
      s.tokensPerSecond = 100;
      s.answer = [](const auto&) {
        std::string text;
        for (int i = 0; i < 2000; ++i) text += "word" + std::to_string(i) + " ";
        return text;
      };
    });
    QVERIFY(chat().send("stream"));
    QVERIFY(streams(30));
    QVERIFY(until([&] { return strip->tokens()->size() > first->trace.token_count(); }));  // a new answer is followed
    context().selection.selectTokens(first->conversation, first->answer, 2, 3);
    QVERIFY(until([&] { return strip->tokens()->size() == first->trace.token_count(); }));
    QVERIFY(streams(20));
    QVERIFY(settled());
    QCOMPARE(strip->tokens()->size(), first->trace.token_count());
    QCOMPARE(strip->firstSelected(), 2);
    QTest::keyClick(strip, Qt::Key_Escape);  // back to what streams
    QVERIFY(until([&] { return strip->tokens()->size() > first->trace.token_count(); }));
    chat().stop();
    QVERIFY(until([&] { return !chat().busy(); }) && settled());
    run_->world->change([](fake::Script& s) {
      s.tokensPerSecond = 2000;
      s.answer = {};
    });
  }
  void aTokenIsChosenHereAndShownEverywhere() {
    QVERIFY(ask("alpha beta gamma"));
    const int position = answer()->promptTokens() + 2;
    clickToken(position);
    const TokenRange chosen = context().selection.value();
    QCOMPARE(chosen.answer, answer()->answer);
    QCOMPARE(chosen.first, position);
    QCOMPARE(chosen.size(), 1);
    for (int l = 0; l < 5; ++l) {
      const TokenDecision decision = token_decision(answer()->trace, position, l, 3);
      QVERIFY(cell(l, 1).startsWith(QString::number(decision.selected[0].expert)));
      QVERIFY(cell(l, 2).startsWith(QString::number(decision.runners_up[0].expert)));
      QCOMPARE(cell(l, 3), QLocale().toString(decision.entropy, 'f', 3));
      QCOMPARE(cell(l, 4), QLocale().toString(decision.margin, 'f', 4));
    }
    // A layer of the table: its experts as bars; a bar: the expert in the heatmap.
    auto* table = find<QTableView>("routingDecisions");
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(2, 0)).center());
    QVERIFY(settled());
    QCOMPARE(context().selection.value().layer, 2);
    auto* bars = find<widgets::BarsView>("routingDecisionBars");
    QVERIFY(bars->isVisible());
    const TokenDecision decision = token_decision(answer()->trace, position, 2, 4);
    QCOMPARE(bars->bars()->bars().bars[0].id, decision.selected[0].expert);
    QTest::mouseClick(bars->viewport(), Qt::LeftButton, {}, bars->visualRect(bars->model()->index(0, 0)).center());
    QVERIFY(settled());
    QCOMPARE(context().selection.value().expert, decision.selected[0].expert);
    QCOMPARE(room().heatmap()->selectedCells(), (QList<widgets::HeatmapCell>{{2, decision.selected[0].expert}}));
    QCOMPARE(context().selection.value().first, position);
  }
  void aRangeOfTokensIsChosenByMouseAndByKeys() {
    QVERIFY(ask("one two three four five"));
    const int first = answer()->promptTokens();
    clickToken(first + 1);
    clickToken(first + 4, Qt::ShiftModifier);
    QCOMPARE(context().selection.value().first, first + 1);
    QCOMPARE(context().selection.value().last, first + 5);
    const LayerLoad load = layer_load(answer()->trace, 1, first + 1, first + 5);
    QVERIFY(cell(1, 1).startsWith(QString::number(std::ranges::max_element(load.gate_mass) - load.gate_mass.begin())));
    auto* strip = find<widgets::TokenStrip>("routingTokens");
    QTest::keyClick(strip, Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(context().selection.value().last, first + 6);
    QTest::keyClick(strip, Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(context().selection.value().size(), answer()->trace.token_count());
    auto* range = find<QComboBox>("routingRange");
    QTest::keyClick(strip, Qt::Key_Escape);
    QVERIFY(!context().selection.value().hasTokens());
    clickToken(first);
    range->setCurrentIndex(3);  // chosen tokens
    QVERIFY(settled());
    const auto picture = room().heatmap()->snapshot();
    for (int l = 0; l < 5; ++l) QCOMPARE(picture->value(l, answer()->trace.ids(first, l)[0]), 0.5f);
    range->setCurrentIndex(0);
  }
  void aTokenChosenInTheChatIsMarkedHere() {
    QVERIFY(ask("one two"));
    const int position = answer()->promptTokens() + 1;
    openTab("routingTabBalance");
    context().selection.selectTokens(chat().current().id, answer()->answer, position, position + 1);
    QVERIFY(settled());
    QCOMPARE(find<QTabWidget>("routingTabs")->currentWidget()->objectName(), QString("routingTabToken"));
    auto* strip = find<widgets::TokenStrip>("routingTokens");
    QCOMPARE(strip->firstSelected(), position);
    QCOMPARE(strip->lastSelected(), position);
  }
  void theBalanceOfEachLayer() {
    QVERIFY(ask("one two three"));
    openTab("routingTabBalance");
    auto* balance = find<widgets::MetricView>("routingBalance");
    QCOMPARE(balance->metrics()->rowCount(), 5);
    const LayerLoad load = layer_load(answer()->trace, 3, 0, answer()->trace.token_count());
    QCOMPARE(balance->metrics()->table().value(3, 3), load.entropy);
    QTest::mouseClick(balance->viewport(), Qt::LeftButton, {}, balance->visualRect(balance->model()->index(3, 0)).center());
    QCOMPARE(context().selection.value().layer, 3);
    find<QComboBox>("routingRange")->setCurrentIndex(1);  // the prompt
    QVERIFY(settled());
    QCOMPARE(balance->metrics()->table().value(3, 3), layer_load(answer()->trace, 3, 0, answer()->promptTokens()).entropy);
    QCOMPARE(balance->currentTableRow(), 3);
    find<QComboBox>("routingRange")->setCurrentIndex(0);
  }
  void aCellShowsWhoAnswersWithItAndItsTokens() {
    QVERIFY(ask("one two three"));
    const int expert = answer()->trace.ids(0, 1)[0];
    clickCell(1, expert);
    QCOMPARE(context().selection.value().layer, 1);
    QCOMPARE(context().selection.value().expert, expert);
    openTab("routingTabTogether");
    auto* together = find<widgets::HeatmapView>("routingTogether");
    QCOMPARE(together->snapshot()->rows, 8);
    openTab("routingTabExpert");
    const auto wanted = top_tokens(answer()->trace, 1, expert, 0, answer()->trace.token_count(), 50);
    const auto& bars = find<widgets::BarsView>("routingExpertTokens")->bars()->bars().bars;
    QCOMPARE(bars.size(), wanted.size());
    QCOMPARE(bars[0].value, wanted[0].gate_mass);
  }
  void aCellHasAMenuAndOpens() {
    QVERIFY(ask("one two three"));
    widgets::HeatmapView* map = room().heatmap();
    const int expert = answer()->trace.ids(0, 1)[0], layer = answer()->trace.layout().layers[1].layer;
    const auto choose = [&](const QString& text) {
      const QPoint at = map->cellRect(1, expert).center();
      QContextMenuEvent asked(QContextMenuEvent::Mouse, at, map->viewport()->mapToGlobal(at));
      QCoreApplication::sendEvent(map->viewport(), &asked);
      auto* menu = find<QMenu>("routingCellMenu");
      QVERIFY(menu && menu->isVisible());
      for (QAction* action : menu->actions()) {
        if (action->text() == text) menu->setActiveAction(action);
      }
      QVERIFY2(menu->activeAction() && menu->activeAction()->isEnabled(), qPrintable(text));
      QTest::keyClick(menu, Qt::Key_Return);
      QVERIFY(until([&] { return !find<QMenu>("routingCellMenu"); }) && settled());
    };
    const auto edits = [&] { return context().sessions.edits(chat().current().id).experts; };
    const auto tab = [&] { return find<QTabWidget>("routingTabs")->currentWidget()->objectName(); };
    choose("Disable");
    QCOMPARE(edits(), (std::vector<ExpertEdit>{{layer, expert, ExpertAction::disable, 0}}));
    QCOMPARE(tab(), QString("routingTabEdits"));
    choose("Boost by 1");
    QCOMPARE(edits(), (std::vector<ExpertEdit>{{layer, expert, ExpertAction::boost, 1}}));
    choose("No edit");
    QVERIFY(edits().empty());
    choose("Tokens of this expert");
    QCOMPARE(tab(), QString("routingTabExpert"));
    QCOMPARE(context().selection.value().expert, expert);
    choose("Copy");
    QVERIFY(QGuiApplication::clipboard()->text().contains(QString("xpert %1: ").arg(expert)));
    // Double click and Enter: who came to this expert.
    openTab("routingTabBalance");
    const QPoint other = map->cellRect(2, 3).center();
    QTest::mouseClick(map->viewport(), Qt::LeftButton, {}, other);
    QTest::mouseDClick(map->viewport(), Qt::LeftButton, {}, other);
    QCOMPARE(tab(), QString("routingTabExpert"));
    QCOMPARE(context().selection.value().layer, 2);
    QCOMPARE(context().selection.value().expert, 3);
    openTab("routingTabBalance");
    QTest::keyClick(map, Qt::Key_Right, Qt::ControlModifier);
    QTest::keyClick(map, Qt::Key_Return);
    QCOMPARE(tab(), QString("routingTabExpert"));
    QCOMPARE(context().selection.value().expert, 4);
    QCOMPARE(map->selectedCells(), (QList<widgets::HeatmapCell>{{2, 4}}));
  }
  void theTextOfTokensIsCopied() {
    QVERIFY(ask("one two three"));
    const int first = answer()->promptTokens();
    clickToken(first);
    clickToken(first + 2, Qt::ShiftModifier);
    auto* strip = find<widgets::TokenStrip>("routingTokens");
    const QPoint at = strip->tokenRect(first + 1).center();
    QContextMenuEvent asked(QContextMenuEvent::Mouse, at, strip->viewport()->mapToGlobal(at));
    QCoreApplication::sendEvent(strip->viewport(), &asked);
    auto* menu = find<QMenu>("routingTokenMenu");
    QVERIFY(menu && menu->isVisible());
    menu->setActiveAction(menu->actions().first());
    QTest::keyClick(menu, Qt::Key_Return);
    QCOMPARE(QGuiApplication::clipboard()->text(),
             QString::fromStdString(answer()->contextText(first) + answer()->contextText(first + 1) + answer()->contextText(first + 2)));
  }
  void answeringAgainWithAnEditComparesBoth() {
    const auto logged = [&] { return *context().audit.log()->query(AuditFilter{{}, {}, {std::string(audit_kind::edit)}, {}, {}, {}, {}, 0, {}}); };
    const size_t earlier = logged().size();
    QVERIFY(ask("one two three"));
    const QString before = answer()->answer;
    const int expert = answer()->trace.ids(0, 1)[0];
    clickCell(1, expert);
    openTab("routingTabEdits");
    run_->click(find<QPushButton>("routingDisable"));
    QVERIFY(settled());
    QVERIFY(!context().sessions.edits(chat().current().id).empty());
    QCOMPARE(find<QListWidget>("routingEditList")->count(), 1);
    QVERIFY(until([&] { return logged().size() == earlier + 1; }));
    QCOMPARE(logged()[0].entry.session, chat().current().id.toStdString());
    QVERIFY(RoutingEdits::from_json(logged()[0].entry.edits_json).value() == context().sessions.edits(chat().current().id));
    run_->world->change([](fake::Script& s) { s.answer = [](const auto&) { return std::string("Answer to: something else"); }; });
    run_->click(find<QPushButton>("routingAnswerAgain"));
    QVERIFY(until([&] { return answer()->answer != before && answer()->finished() && room().settled(); }));
    QCOMPARE(find<QTabWidget>("routingTabs")->currentWidget()->objectName(), QString("routingTabCompare"));
    for (int t = 0; t < answer()->trace.token_count(); ++t) {
      for (const auto id : answer()->trace.ids(t, 1)) QVERIFY(id != expert);
    }
    QVERIFY(until([&] { return find<widgets::HeatmapView>("routingCompareMap")->snapshot()->rows == 5; }));
    auto* texts = find<widgets::SplitCompare>("routingCompareTexts");
    QVERIFY(texts->isVisible());
    QVERIFY(!texts->difference().equal);
    QCOMPARE(texts->difference().token, 2);  // "Answer", " to:"
    QCOMPARE(find<QComboBox>("routingCompareFirst")->currentData().toString(), before);
    QCOMPARE(find<QComboBox>("routingCompareSecond")->currentData().toString(), answer()->answer);
    run_->world->change([](fake::Script& s) { s.answer = {}; });
  }
  void everythingSeenIsExported() {
    QVERIFY(ask("one two three"));
    clickCell(1, answer()->trace.ids(0, 1)[0]);
    const QHash<QString, int> kinds{{"routingTabToken", 6}, {"routingTabBalance", 9}, {"routingTabTogether", 9}, {"routingTabExpert", 9}};
    for (auto tab = kinds.begin(); tab != kinds.end(); ++tab) {
      openTab(tab.key());
      auto* menu = find<QMenu>("routingExportMenu");
      QTimer::singleShot(0, this, [&] {
        QVERIFY(until([&] { return menu->isVisible(); }));
        QTest::keyClick(menu, Qt::Key_Escape);
      });
      run_->click(find<QToolButton>("routingExport"));
      QCOMPARE(menu->actions().size(), tab.value());
      if (tab.key() != "routingTabTogether") continue;
      const QList<QAction*> actions = menu->actions();
      for (int i = 0; i < actions.size(); ++i) {
        const QString base = run_->path(QString("out%1").arg(i));
        actions[i]->trigger();
        auto* dialog = find<QFileDialog>("saveDialog");
        auto* file = dialog->findChild<QLineEdit*>("fileNameEdit");
        file->setText(base);
        QTest::keyClick(file, Qt::Key_Return);
        auto* button = find<QToolButton>("routingExport");
        QVERIFY(!button->isEnabled());  // written by another thread
        QVERIFY(until([&] { return button->isEnabled() && !room().findChild<QFileDialog*>(); }));
        const QString said = find<QLabel>("routingMessage")->text();
        QVERIFY2(said.startsWith("Saved") && said.contains(base), qPrintable(said));
      }
      const auto logged = [&] { return *context().audit.log()->query(AuditFilter{{}, {}, {std::string(audit_kind::exported)}, {}, {}, {}, {}, 0, {}}); };
      QVERIFY(until([&] { return logged().size() == 9; }));
      QVERIFY(logged()[2].entry.extra_json.find("out6.rhtrace") != std::string::npos);
      QVERIFY(QImage(run_->path("out0.png")).width() > 100);
      QVERIFY(QFileInfo(run_->path("out1.svg")).size() > 100 && QFileInfo(run_->path("out2.csv")).size() > 100);
      QVERIFY(QImage(run_->path("out3.png")).width() > 100);
      const auto trace = RoutingTrace::load(run_->path("out6.rhtrace").toStdString());
      QVERIFY(trace.ok());
      QCOMPARE(trace->trace.token_count(), answer()->trace.token_count());
      QCOMPARE(trace->texts[0], answer()->contextText(0));
      QVERIFY(QFileInfo(run_->path("out7.csv")).size() > 100 && QFileInfo(run_->path("out8.json")).size() > 100);
    }
    QVERIFY(find<QLabel>("routingMessage")->isVisible());
    chat().startNew();  // "Saved" was about another conversation
    QVERIFY(!find<QLabel>("routingMessage")->isVisible());
  }
};

QTEST_MAIN(TestRoutingPanel)
#include "test_routing_panel.moc"
