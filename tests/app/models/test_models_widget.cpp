// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/models: folder_menu metadata_view model_details
// The Models room through real events; its item models: models_model, metadata_model, memory_model; memory_bars.
#include "app/models/models_widget.h"

#include <QAbstractItemModelTester>
#include <QDropEvent>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSemaphore>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableView>
#include <QThread>
#include <QToolButton>
#include <QtTest>

#include "app/models/memory_bars.h"
#include "app/models/memory_model.h"
#include "app/models/metadata_model.h"
#include "app/models/models_model.h"
#include "app/models/models_panel.h"
#include "app/shell/format.h"
#include "tests/app/shell/workbench_fixture.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/progress_line.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestModelsWidget : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<fake::WorkbenchFixture> run_;

  template <class W>
  W* part(const QString& name) { return run_->find<W>("models", name); }
  ModelsWidget* room() { return part<ModelsWidget>("modelsPanel"); }
  EngineController& engine() { return run_->bench().engine(); }
  void settle() { QTRY_VERIFY(room()->settled()); }
  QString cell(int row, int column) { return room()->table()->model()->index(row, column).data().toString(); }
  int rowOf(const QString& name) {
    for (int row = 0; row < room()->table()->model()->rowCount(); ++row) {
      if (cell(row, ModelsModel::Name) == name) return row;
    }
    return -1;
  }
  void choose(const QString& name) {
    const int row = rowOf(name);
    QVERIFY2(row >= 0, qPrintable(name));
    QTableView* table = room()->table();
    const QModelIndex at = table->model()->index(row, 0);
    table->scrollTo(at);
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(at).center());
    QCOMPARE(part<QLabel>("modelName")->text(), name);
  }
  bool paletteKnows(const QString& path) {
    const QList<PaletteTarget> targets = run_->commands().targets();
    return std::any_of(targets.begin(), targets.end(), [&](const PaletteTarget& each) { return each.id == "model." + path; });
  }
  // False: the drag is refused.
  bool drop(const QList<QUrl>& urls) {
    QMimeData data;
    data.setUrls(urls);
    QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(room(), &enter);
    if (!enter.isAccepted()) return false;
    QDropEvent event(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(room(), &event);
    return event.isAccepted();
  }
  QString state(const QString& name) { return cell(rowOf(name), ModelsModel::State); }

 private Q_SLOTS:
  void initTestCase() {
    run_ = std::make_unique<fake::WorkbenchFixture>();
    run_->addModel("lib/alpha.gguf", [](ModelInfo& info) { info.file_bytes = 900u << 20; });
    run_->addModel("lib/beta.gguf", [](ModelInfo& info) {
      info.not_loadable = Error{ErrorCode::unsupported, "read tensor", "blk.3.ffn_up_exps.weight", "a type that is read", "IQ2_XS"};
    });
    run_->addModel("lib/deep/dense.gguf", [](ModelInfo& info) {
      info.routing.layers.clear();
      info.has_chat_template = false;
    });
    QFile(run_->path("lib/broken.gguf")).open(QIODevice::WriteOnly);  // malformed by the script
    QVERIFY(run_->start());
    // The palette finds models before this room was ever seen.
    QVERIFY(!room()->isVisible());
    QTRY_VERIFY(paletteKnows(run_->embedded));
  }
  void init() {
    run_->window().showPanel("models");
    run_->bench().settings().setTexts(keys::modelFolders, {run_->path("lib")});
    settle();
  }
  void cleanupTestCase() { run_.reset(); }

  void everythingIsListed() {
    QCOMPARE(room()->table()->model()->rowCount(), 5);
    QCOMPARE(cell(0, ModelsModel::Name), QString("mini"));  // the embedded one stands first
    QCOMPARE(part<QLabel>("scanState")->text(), QString("5 models"));
    QCOMPARE(state("mini"), QString("Loaded, answers"));
    QCOMPARE(state("alpha"), QString("Can be loaded"));
    QCOMPARE(cell(rowOf("alpha"), ModelsModel::Experts), QString::fromUtf8("5 × 8, top 2"));
    QCOMPARE(cell(rowOf("dense"), ModelsModel::Experts), QString("dense"));
    QCOMPARE(cell(rowOf("alpha"), ModelsModel::Types), QString("Q4_0, Q8_0, F32"));
    QCOMPARE(cell(rowOf("alpha"), ModelsModel::License), QString("apache-2.0"));
    QVERIFY(cell(rowOf("alpha"), ModelsModel::Parameters).contains("125.4"));
  }
  void whatCannotBeLoadedSaysWhy() {
    QVERIFY(state("beta").contains("IQ2_XS"));
    const QAbstractItemModel* shown = room()->table()->model();
    QVERIFY(shown->index(rowOf("beta"), ModelsModel::State).data(Qt::ForegroundRole).isValid());
    QVERIFY(!shown->index(rowOf("alpha"), ModelsModel::State).data(Qt::ForegroundRole).isValid());
    choose("beta");
    QVERIFY(part<QLabel>("whyNot")->isVisible());
    QVERIFY(part<QLabel>("whyNot")->text().contains("IQ2_XS"));
    QVERIFY(!part<QPushButton>("load")->isEnabled());
    choose("broken.gguf");
    QVERIFY2(part<QLabel>("whyNot")->text().contains("magic \"GGUF\""), qPrintable(part<QLabel>("whyNot")->text()));
    QVERIFY(!part<QPushButton>("load")->isEnabled());
    QTest::keyClick(room()->table(), Qt::Key_Return);  // nor by keyboard
    QVERIFY(engine().loading().isEmpty());
    choose("dense");
    QVERIFY(!part<QLabel>("whyNot")->isVisible());
    QVERIFY(part<QLabel>("modelSummary")->text().contains("no chat template"));
  }
  void loadsAnswersWithAndUnloads() {
    choose("alpha");
    auto *load = part<QPushButton>("load"), *use = part<QPushButton>("use"), *unload = part<QPushButton>("unload");
    QVERIFY(load->isVisible() && !use->isVisible() && !unload->isVisible());
    load->setFocus();
    QTest::keyClick(load, Qt::Key_Space);
    QCOMPARE(QApplication::focusWidget(), room()->table());  // the button went
    QTRY_COMPARE(state("alpha"), QString("Loaded, answers"));
    QCOMPARE(state("mini"), QString("Loaded"));
    QVERIFY(!load->isVisible() && use->isVisible() && !use->isEnabled() && unload->isVisible());
    choose("mini");
    QVERIFY(use->isEnabled());
    run_->click(use);
    QCOMPARE(engine().currentPath(), run_->embedded);
    QCOMPARE(state("mini"), QString("Loaded, answers"));
    choose("alpha");
    run_->click(unload);
    QCOMPARE(state("alpha"), QString("Can be loaded"));
    QTRY_COMPARE(run_->world->journal.liveModels.load(), 1);
    QTest::keyClick(room()->table(), Qt::Key_Return);  // Enter on a row loads it
    QTRY_COMPARE(state("alpha"), QString("Loaded, answers"));
    run_->click(unload);
    QTRY_COMPARE(engine().currentPath(), run_->embedded);
  }
  void aLoadShowsProgressAndIsCancelled() {
    run_->world->change([](fake::Script& script) { script.loadMs = 3000; });
    choose("alpha");
    run_->click(part<QPushButton>("load"));
    auto* progress = part<widgets::ProgressLine>("loadProgress");
    QTRY_VERIFY(progress->isVisible() && progress->running());
    QTRY_VERIFY(state("alpha").startsWith("Loading, "));
    QVERIFY(!part<QPushButton>("load")->isEnabled());
    QVERIFY(!part<QSpinBox>("contextTokens")->isEnabled());
    choose("mini");
    QVERIFY(!progress->isVisible());  // it belongs to the other one
    choose("alpha");
    QVERIFY(progress->isVisible());
    QSignalSpy ended(&engine(), &EngineController::loadFinished);
    run_->click(progress->findChild<QWidget*>("progressCancel"));
    QTRY_COMPARE(ended.size(), 1);
    QCOMPARE(state("alpha"), QString("Can be loaded"));
    QVERIFY(!part<widgets::ErrorBar>("loadError")->isVisible());  // the user wanted it so
    QVERIFY(part<QPushButton>("load")->isEnabled());
    run_->world->change([](fake::Script& script) { script.loadMs = 0; });
  }
  void aLoadThatFailsSaysWhyWhereItWasAsked() {
    run_->world->change([](fake::Script& script) {
      script.loadError = Error{ErrorCode::out_of_memory, "load model", "expert weights", "900 MB", "512 MB free"};
    });
    choose("alpha");
    run_->click(part<QPushButton>("load"));
    auto* bar = part<widgets::ErrorBar>("loadError");
    QTRY_VERIFY(bar->isVisible());
    QVERIFY(bar->copyText().contains("512 MB free"));
    QVERIFY(state("alpha").contains("Loading failed"));
    choose("dense");
    QVERIFY(!bar->isVisible());
    run_->world->change([](fake::Script& script) { script.loadError.reset(); });
    choose("alpha");
    QVERIFY(bar->isVisible());
    run_->click(part<QPushButton>("load"));
    QTRY_COMPARE(state("alpha"), QString("Loaded, answers"));
    QVERIFY(!bar->isVisible());
    run_->click(part<QPushButton>("unload"));
  }
  void memoryFollowsTheContext() {
    choose("alpha");
    auto* context = part<QSpinBox>("contextTokens");
    context->setFocus();
    context->selectAll();
    QTest::keyClicks(context, "128");
    QTest::keyClick(context, Qt::Key_Return);
    const MemoryUse small = *room()->memory().predicted();
    QCOMPARE(small.kv_cache_bytes, std::uint64_t(46080 * 128));
    QVERIFY(!room()->memory().used());
    QVERIFY(part<QLabel>("fits")->text().startsWith("Fits"));
    context->selectAll();
    QTest::keyClicks(context, "512");
    QTest::keyClick(context, Qt::Key_Return);
    QCOMPARE(room()->memory().predicted()->kv_cache_bytes, std::uint64_t(46080 * 512));
    QCOMPARE(room()->memory().predicted()->dense_weights_bytes, small.dense_weights_bytes);
    auto* bars = part<MemoryBars>("memoryBars");
    QVERIFY(bars->accessibleName().contains(bytesText(room()->memory().predicted()->total_bytes())));
    choose("mini");  // loaded: what it uses stands beside
    QTRY_VERIFY(room()->memory().used().has_value());
    QVERIFY(part<QLabel>("fits")->text().contains(" % "));
    QVERIFY(bars->accessibleName().contains(bytesText(room()->memory().used()->total_bytes())));
    QVERIFY(!context->isEnabled());
  }
  void theContextIsRememberedForEachModel() {
    run_->addModel("lib/long.gguf", [](ModelInfo& info) { info.context_tokens = 4096; });
    run_->click(part<QToolButton>("rescan"));
    settle();
    auto* context = part<QSpinBox>("contextTokens");
    const auto type = [&](const char* text) {
      context->setFocus();
      context->selectAll();
      QTest::keyClicks(context, text);
      QTest::keyClick(context, Qt::Key_Return);
    };
    choose("alpha");
    type("512");
    choose("long");
    QCOMPARE(context->value(), 4096);
    type("300");
    choose("alpha");
    QCOMPARE(context->value(), 512);
    choose("long");
    QCOMPARE(context->value(), 300);
    const QString path = run_->path("lib/long.gguf");
    QCOMPARE(rememberedContext(run_->bench().settings(), path), 300);
    type("4096");
    QCOMPARE(rememberedContext(run_->bench().settings(), path), 0);  // its own
    rememberContext(run_->bench().settings(), run_->path("lib/alpha.gguf"), 4096);  // more than it takes
    choose("alpha");
    QCOMPARE(context->value(), 512);
    run_->click(part<QPushButton>("load"));
    QTRY_COMPARE(state("alpha"), QString("Loaded, answers"));
    run_->click(part<QPushButton>("unload"));
    rememberContext(run_->bench().settings(), run_->path("lib/alpha.gguf"), 0);
    QFile::remove(path);
    QTest::keyClick(room()->table(), Qt::Key_F5);
    settle();
  }
  void measuringHoldsNothingUp() {
    choose("alpha");
    struct Gate {
      QSemaphore open;
      std::atomic<int> calls{0}, inside{0}, most{0};
      std::atomic<bool> window{false};
    };
    const auto gate = std::make_shared<Gate>();
    run_->world->change([&](fake::Script& script) {
      script.measuring = [gate] {
        if (QThread::currentThread() == qApp->thread()) {
          gate->window = true;
          return;
        }
        ++gate->calls;
        gate->most = std::max(gate->most.load(), ++gate->inside);
        gate->open.acquire();
        --gate->inside;
      };
    });
    choose("mini");
    QTRY_VERIFY(gate->window || gate->inside == 1);
    for (int i = 0; i < 3; ++i) {
      choose("alpha");
      choose("mini");
    }
    run_->world->change([](fake::Script& script) { script.measuring = {}; });
    gate->open.release(10);
    QTRY_COMPARE(gate->inside.load(), 0);
    QTRY_VERIFY(room()->memory().used().has_value());
    QCOMPARE(gate->calls.load(), 1);
    QCOMPARE(gate->most.load(), 1);
    QVERIFY(!gate->window);
  }
  void tooLargeIsSaidBeforeLoading() {
    run_->addModel("lib/huge.gguf", [](ModelInfo& info) { info.expert_bytes = std::uint64_t(1) << 50; });
    run_->click(part<QToolButton>("rescan"));
    settle();
    choose("huge");
    QVERIFY(part<QLabel>("fits")->text().startsWith("Does not fit"));
    QFile::remove(run_->path("lib/huge.gguf"));
    QTest::keyClick(room()->table(), Qt::Key_F5);
    settle();
    QCOMPARE(rowOf("huge"), -1);
  }
  void theListIsFilteredAndSorted() {
    QTableView* table = room()->table();
    auto* filter = part<QLineEdit>("modelsFilter");
    choose("mini");  // the row that goes is the chosen one
    QAbstractItemModelTester tester(table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QTest::keyClicks(filter, "alph");
    QTRY_COMPARE(table->model()->rowCount(), 1);
    QCOMPARE(cell(0, ModelsModel::Name), QString("alpha"));
    QTest::keyClick(filter, Qt::Key_Escape);
    QTRY_COMPARE(table->model()->rowCount(), 5);
    QHeaderView* header = table->horizontalHeader();
    const auto sort = [&] {
      QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, QPoint(header->sectionViewportPosition(ModelsModel::Size) + 12, header->height() / 2));
    };
    sort();
    const bool ascending = header->sortIndicatorOrder() == Qt::AscendingOrder;
    QCOMPARE(cell(ascending ? 4 : 0, ModelsModel::Name), QString("alpha"));  // by bytes, not by text
    sort();
    QCOMPARE(cell(ascending ? 0 : 4, ModelsModel::Name), QString("alpha"));
    sort();  // and back to the order of finding
    QCOMPARE(cell(0, ModelsModel::Name), QString("mini"));
  }
  void metadataIsShownAndSearched() {
    choose("alpha");
    auto* table = part<QTableView>("metadataTable");
    QCOMPARE(table->model()->rowCount(), 2);
    QTest::keyClicks(part<QLineEdit>("metadataFilter"), "glm4");
    QTRY_COMPARE(table->model()->rowCount(), 1);
    QCOMPARE(table->model()->index(0, 1).data().toString(), QString("glm4moe"));
    QTest::keyClick(part<QLineEdit>("metadataFilter"), Qt::Key_Escape);
    QTRY_COMPARE(table->model()->rowCount(), 2);
  }
  void foldersComeAndGo() {
    run_->addModel("elsewhere/gamma.gguf");
    QFile(run_->path("notes.txt")).open(QIODevice::WriteOnly);
    const QUrl notes = QUrl::fromLocalFile(run_->path("notes.txt")), gamma = QUrl::fromLocalFile(run_->path("elsewhere/gamma.gguf"));
    QVERIFY(!drop({QUrl("https://example.org/model.gguf"), QUrl::fromLocalFile(run_->path("no-such-folder")), notes}));
    QCOMPARE(run_->bench().settings().texts(keys::modelFolders), QStringList{run_->path("lib")});
    QVERIFY(drop({gamma, notes}));
    QVERIFY(part<widgets::ErrorBar>("scanError")->isVisible());  // what was of no use is named
    QVERIFY(part<widgets::ErrorBar>("scanError")->copyText().contains("notes.txt"));
    settle();
    QTRY_COMPARE(part<QLabel>("modelName")->text(), QString("gamma"));  // what was dropped is chosen
    choose("mini");
    QVERIFY(drop({gamma}));  // also when it is known
    QCOMPARE(part<QLabel>("modelName")->text(), QString("gamma"));
    choose("mini");
    run_->commands().trigger("models.folder");
    auto* dialog = room()->findChild<QFileDialog*>("folderDialog");
    QVERIFY(dialog && dialog->isVisible());
    Q_EMIT dialog->filesSelected({run_->path("elsewhere/../elsewhere/gamma.gguf")});
    dialog->close();
    QCOMPARE(part<QLabel>("modelName")->text(), QString("gamma"));
    choose("mini");
    QVERIFY(drop({QUrl::fromLocalFile(run_->path("lib"))}));
    QVERIFY(part<QLabel>("modelPath")->text().startsWith(run_->path("lib/")));
    QCOMPARE(run_->stored().value(keys::modelFolders).toArray().size(), 2);
    auto* menu = part<QToolButton>("folders")->menu();
    QAction* forget = nullptr;
    for (QAction* action : menu->actions()) {
      if (action->text().contains("gamma.gguf")) forget = action;
    }
    QVERIFY(forget);
    menu->popup({10, 10});
    QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(forget).center());
    settle();
    QCOMPARE(rowOf("gamma"), -1);
  }
  void theHubCacheIsSearchedWhenWanted() {
    run_->addModel("hub/models--org--x/snapshots/1/hub-model.gguf");
    run_->click(part<QToolButton>("rescan"));
    settle();
    QVERIFY(rowOf("hub-model") >= 0);
    run_->bench().settings().set(keys::scanHubCache, false);
    settle();
    QCOMPARE(rowOf("hub-model"), -1);
    QDir(run_->path("hub")).removeRecursively();
    run_->bench().settings().set(keys::scanHubCache, true);
  }
  void aMissingFolderIsNamed() {
    run_->bench().settings().setTexts(keys::modelFolders, {run_->path("lib"), run_->path("gone")});
    settle();
    auto* bar = part<widgets::ErrorBar>("scanError");
    QVERIFY(bar->isVisible());
    QVERIFY(bar->copyText().contains(run_->path("gone")));
    run_->bench().settings().setTexts(keys::modelFolders, {run_->path("lib")});
    settle();
    QVERIFY(!bar->isVisible());
  }
  void aLoadedModelIsListedWhereverItIs() {
    const QString path = run_->addModel("far/away.gguf");
    engine().load(path);
    QTRY_VERIFY(engine().loaded().contains(path));
    settle();
    QTRY_COMPARE(state("away"), QString("Loaded, answers"));
    choose("away");
    run_->click(part<QPushButton>("unload"));
    QTRY_COMPARE(engine().currentPath(), run_->embedded);
    run_->click(part<QToolButton>("rescan"));
    settle();
    QCOMPARE(rowOf("away"), -1);
  }
  void aFinishedLoadIsToldWhereItBelongs() {
    choose("alpha");
    run_->click(part<QPushButton>("load"));
    auto* progress = part<widgets::ProgressLine>("loadProgress");
    QTRY_COMPARE(state("alpha"), QString("Loaded, answers"));
    QTRY_VERIFY(progress->isVisible() && progress->statusText().contains("Loaded"));
    choose("dense");
    QVERIFY(!progress->isVisible());
    choose("alpha");
    run_->click(part<QPushButton>("unload"));
    QVERIFY(!progress->isVisible());
    run_->click(part<QPushButton>("load"));
    QTRY_VERIFY(progress->isVisible() && progress->statusText().contains("Loaded"));
    run_->click(part<QPushButton>("unload"));
    QVERIFY(!progress->isVisible());
    QTRY_COMPARE(engine().currentPath(), run_->embedded);
  }
  void aSearchIsStopped() {
    auto* again = part<QToolButton>("rescan");
    {
      std::lock_guard slow(run_->world->mutex);  // the scripted engine reads no header meanwhile
      run_->click(again);
      QVERIFY(!room()->settled());
      QCOMPARE(again->accessibleName(), QString("Stop searching"));
      run_->click(again);
      QVERIFY(room()->settled());
      QCOMPARE(part<QLabel>("scanState")->text(), QString("Stopped at 0 models"));
    }
    QCOMPARE(again->accessibleName(), QString("Search again"));
    run_->click(again);
    settle();
    QVERIFY(rowOf("alpha") >= 0);
  }
  void aFilterWithoutAMatchSaysSo() {
    auto* filter = part<QLineEdit>("modelsFilter");
    choose("alpha");
    QTest::keyClicks(filter, "zzz");
    QTRY_VERIFY(!room()->table()->isVisible());
    auto* clear = part<QPushButton>("emptyAction");
    QVERIFY(clear->isVisible());
    run_->click(clear);
    QTRY_VERIFY(room()->table()->isVisible());
    QVERIFY(filter->text().isEmpty());
    choose("alpha");
    QTest::keyClicks(part<QLineEdit>("metadataFilter"), "zzz");
    auto* nothing = part<QLabel>("metadataNothing");
    QTRY_VERIFY(nothing->isVisible());
    QVERIFY(nothing->text().contains("zzz"));
    QTest::keyClick(part<QLineEdit>("metadataFilter"), Qt::Key_Escape);
    QTRY_VERIFY(!nothing->isVisible() && part<QTableView>("metadataTable")->isVisible());
  }
  void whatWasChosenAndSoughtIsRemembered() {
    choose("dense");
    part<QLineEdit>("metadataFilter")->setText("glm4");
    QVERIFY(run_->restart());
    run_->window().showPanel("models");
    settle();
    QCOMPARE(part<QLabel>("modelName")->text(), QString("dense"));
    QCOMPARE(part<QLineEdit>("metadataFilter")->text(), QString("glm4"));
    QTRY_COMPARE(part<QTableView>("metadataTable")->model()->rowCount(), 1);
    part<QLineEdit>("metadataFilter")->clear();
    choose("mini");
  }
  void aHiddenRoomDoesNotScan() {
    run_->window().showPanel("chat");
    run_->bench().settings().setTexts(keys::modelFolders, {});
    QVERIFY(!room()->settled());  // it waits until it is seen
    run_->window().showPanel("models");
    settle();
    QCOMPARE(room()->table()->model()->rowCount(), 1);
  }

  void modelsModelKeepsItsContract() {
    ModelsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QRandomGenerator random(5);
    for (int step = 0; step < 300; ++step) {
      const QString path = QString("/m/%1.gguf").arg(random.bounded(20));
      FoundModel found{path, "folder", random.bounded(1u << 30), std::nullopt, std::nullopt};
      switch (random.bounded(6)) {
        case 0: found.error = Error{ErrorCode::io, "read", path.toStdString(), {}, "gone"}; [[fallthrough]];
        case 1: {
          if (!found.error) found.info = fake::modelInfo(path.toStdString());
          const int before = model.rowOf(path), rows = model.rowCount();
          model.add(found);
          QCOMPARE(model.rowCount(), before < 0 ? rows + 1 : rows);
          break;
        }
        case 2: model.setLoaded({path}, path); break;
        case 3: model.setLoading({LoadState{path, "mapping", 0.5, 10}}); break;
        case 4: model.setFailure(path, random.bounded(2) ? std::optional(Error{ErrorCode::io, "load", {}, {}, "x"}) : std::nullopt); break;
        case 5:
          if (random.bounded(20) == 0) model.clear();
          break;
      }
      for (int row = 0; row < model.rowCount(); ++row) QVERIFY(!model.index(row, ModelsModel::State).data().toString().isEmpty());
    }
  }
  void memoryModelKeepsItsContract() {
    MemoryModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    MemoryBars bars(model);
    QVERIFY(bars.accessibleName().contains("not known"));
    const MemoryUse use{1000, 2000, 300, 40};
    model.setValues(use, std::nullopt);
    std::uint64_t sum = 0;
    for (int row = 0; row < MemoryModel::Total; ++row) sum += model.index(row, MemoryModel::Predicted).data(MemoryModel::BytesRole).toULongLong();
    QCOMPARE(sum, use.total_bytes());
    QCOMPARE(model.index(MemoryModel::Total, MemoryModel::Predicted).data(MemoryModel::BytesRole).toULongLong(), sum);
    QVERIFY(!model.index(0, MemoryModel::Used).data(MemoryModel::BytesRole).isValid());
    QCOMPARE(model.index(0, MemoryModel::Used).data(Qt::AccessibleTextRole).toString(), QString("not known"));
    model.setValues(use, use);
    QVERIFY(bars.accessibleName().contains("used"));
    bars.resize(300, bars.sizeHint().height());
    const QImage picture = bars.grab().toImage();
    QVERIFY(picture.pixelColor(10, bars.fontMetrics().height() + 8) != picture.pixelColor(290, bars.fontMetrics().height() + 8));
  }
  void metadataModelKeepsItsContract() {
    MetadataModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setMetadata({{"a", "1"}, {"b", "\xff not UTF-8"}});
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0, 1).data().toString(), QString("1"));
    model.setMetadata({});
    QCOMPARE(model.rowCount(), 0);
  }
  void thePanelKnowsItsName() {
    const std::unique_ptr<Panel> panel = modelsPanel({})(run_->bench().context());
    QCOMPARE(panel->id(), QString("models"));
    QVERIFY(dynamic_cast<ModelsPanel*>(panel.get()));
    QVERIFY(panel->prepareTourView({}));  // not made yet: nothing to wait for
  }
};

QTEST_MAIN(TestModelsWidget)
#include "test_models_widget.moc"
