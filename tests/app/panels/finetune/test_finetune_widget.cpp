// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/panels/finetune: finetune_panel
#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMessageBox>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QtTest>

#include "app/panels/finetune/base_and_adapter.h"
#include "app/panels/finetune/compare_runs.h"
#include "app/panels/finetune/jobs_model.h"
#include "app/panels/finetune/setup_page.h"
#include "tests/app/panels/finetune/scripted_worker.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/plots/curve_stack.h"
#include "widgets/style/theme.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestFinetuneWidget : public QObject {
  Q_OBJECT

 private:
  static JobInfo named(Room& room, const char* name) {
    for (const JobInfo& each : room.jobs.jobs()) {
      if (each.name == QLatin1String(name)) return each;
    }
    return {};
  }
  static bool shows(Room& room, QWidget* page) { return room.part<QStackedWidget>("")->currentWidget() == page; }

 private Q_SLOTS:
  void emptyItOffersTheExample() {
    Room room;
    const QString file = room.folder.filePath("example.yaml");
    QFile yaml(file);
    QVERIFY(yaml.open(QIODevice::WriteOnly));
    TrainingJob example = room.job("who-am-i");
    example.output = room.folder.filePath("run").toStdString();
    yaml.write(QByteArray::fromStdString(training_job_yaml(example)));
    yaml.close();
    room.open(file);
    QTRY_VERIFY(room.jobs.ready());
    auto* empty = room.part<widgets::EmptyState>("finetuneEmpty");
    QVERIFY(empty->isVisible());
    empty->findChild<QPushButton*>("emptyAction")->click();
    QTRY_COMPARE(room.widget->setup()->form()->job().name, std::string("who-am-i"));
    QVERIFY(room.widget->setup()->isVisible());
  }

  void fromTheFormToTheResult() {
    Room room;
    room.open();
    room.widget->newJob();
    room.widget->setup()->setJob(room.job("clean", 30));
    room.part<QPushButton>("finetuneCheckJob")->click();
    QTRY_VERIFY(room.widget->setup()->canStart());
    room.part<QPushButton>("finetuneStart")->click();
    QTRY_COMPARE(named(room, "clean").state, JobState::finished);
    RunView* run = room.widget->runView();
    QTRY_VERIFY(run->isVisible());
    QTRY_COMPARE(run->job().state, JobState::finished);
    QTRY_VERIFY(!run->curves()->plot(0)->series().empty());
    QTRY_COMPARE(run->curves()->plot(0)->series().front().x.size(), 30u);
    QVERIFY(named(room, "clean").folder.startsWith(room.folder.path()));
  }

  void unusableRowsNeedAWord() {
    Room room;
    room.open();
    room.widget->newJob();
    room.widget->setup()->setJob(room.job("dirty"));
    room.widget->setup()->check();
    QTRY_VERIFY(!room.widget->setup()->checking());
    QVERIFY(!room.widget->setup()->canStart());
    room.part<QCheckBox>("finetuneLeaveOut")->setChecked(true);
    room.widget->setup()->start();
    QTRY_COMPARE(named(room, "dirty").state, JobState::finished);
    QVERIFY(named(room, "dirty").job.data.problems == TrainingJob::Problems::skip);
  }

  void aRunIsPausedAndResumed() {
    Room room;
    room.open();
    room.jobs.add(room.job("long", 200, 20));
    QTRY_VERIFY(room.widget->runView()->job().step > 2);
    auto* pause = room.part<QPushButton>("finetunePause");
    QTRY_VERIFY(pause->isVisible() && pause->isEnabled());
    pause->click();
    QTRY_COMPARE(named(room, "long").state, JobState::paused);
    QTRY_VERIFY(room.part<QPushButton>("finetuneResume")->isVisible());
    QVERIFY(!pause->isVisible());
    room.part<QPushButton>("finetuneCancel")->click();
    QTRY_COMPARE(named(room, "long").state, JobState::cancelled);
  }

  void runsAreComparedClonedAndDeleted() {
    Room room;
    room.open();
    TrainingJob second = room.job("second", 20);
    second.adapter.rank = 4;
    room.jobs.add(room.job("first", 20));
    room.jobs.add(second);
    QTRY_COMPARE(named(room, "second").state, JobState::finished);
    auto* list = room.part<QListView>("finetuneJobs");
    QTRY_COMPARE(list->model()->rowCount(), 2);
    list->selectAll();
    auto* compare = room.part<QPushButton>("finetuneCompareButton");
    QTRY_VERIFY(compare->isEnabled());
    compare->click();
    auto* comparison = room.part<CompareRuns>("finetuneCompare");
    QVERIFY(comparison->isVisible());
    QTRY_COMPARE(comparison->curves()->plot(0)->series().size(), 2u);
    QCOMPARE(room.part<QTableView>("finetuneDifferentSettings")->model()->rowCount(), 1);
    room.part<QPushButton>("finetuneCloseCompare")->click();
    room.widget->showJob(named(room, "second").id);
    QVERIFY(room.commands.trigger("finetune.command"));
    QVERIFY(QApplication::clipboard()->text().contains("train"));
    QVERIFY(room.commands.trigger("finetune.clone"));
    QVERIFY(room.widget->setup()->isVisible());
    QCOMPARE(room.widget->setup()->form()->job().adapter.rank, 4);
    QVERIFY(room.widget->setup()->form()->job().output.empty());
    const QString id = named(room, "first").id;
    room.widget->showJob(id);
    Q_EMIT room.widget->runView()->actionRequested(RunAction::Delete);
    QPointer<QMessageBox> question;
    QTRY_VERIFY((question = room.part<QMessageBox>("finetuneDelete")) && question->isVisible());
    question->findChild<QPushButton*>("finetuneDeleteConfirm")->click();
    QTRY_COMPARE(room.jobs.jobs().size(), 1);
    QTRY_COMPARE(list->model()->rowCount(), 1);
  }

  void expertsOfAnotherRoomOpenTheForm() {
    Room room;
    room.open();
    room.engine.start({});
    room.engine.load(room.folder.filePath("mini.gguf"));
    QTRY_VERIFY(room.engine.current());
    room.widget->newJobFor({{1, {0, 2}}, {4, {7}}});
    QVERIFY(room.widget->setup()->isVisible());
    const TrainingJob job = room.widget->setup()->form()->job();
    QCOMPARE(job.model, std::string("embedded"));
    QVERIFY(job.adapter.targets == std::vector<std::string>{"experts"});
    QVERIFY((job.adapter.experts == ExpertChooser::Experts{{1, {0, 2}}, {4, {7}}}));
    QTRY_VERIFY(!room.widget->setup()->form()->experts()->layout().layers.empty());
    QCOMPARE(room.widget->setup()->form()->experts()->map()->selectedCount(), 3);
  }

  void theFormOutlivesTheWindow() {
    Room room;
    room.open();
    room.widget->newJob();
    room.part<QLineEdit>("finetune.name")->setText("half written");
    room.widget.reset();
    CommandRegistry again(room.settings);
    AppContext context{room.engine, room.sessions, room.selection, room.settings, room.network, again, room.folder.path(), room.audit, room.kept};
    FinetuneWidget other(context, room.jobs, {});
    QCOMPARE(other.setup()->form()->job().name, std::string("half written"));
  }

  void baseAndAdapterAnswerSideBySide() {
    Room room;
    room.open();
    room.engine.start({});
    QTRY_VERIFY(room.engine.running());
    BaseAndAdapter* chat = room.widget->baseAndAdapter();
    room.world->change([](fake::Script& script) { script.answer = [](const auto&) { return std::string("I am a model."); }; });
    chat->open("who", room.folder.filePath("mini.gguf"), room.folder.filePath("adapter"), "Who are you?");
    QTRY_VERIFY(chat->ready());
    chat->ask("Who are you?");
    QTRY_VERIFY(!chat->busy());
    QTRY_VERIFY(room.part<widgets::HeatmapView>("finetuneChatMap")->snapshot()->rows > 0 || !room.part<widgets::ErrorBar>("finetuneChatError")->isHidden());
    QCOMPARE(room.world->journal.liveSessions.load(), 2);
    chat->close();
    QVERIFY(!chat->ready());
    QTRY_COMPARE(room.world->journal.liveSessions.load(), 0);
  }

  // Every page at the least width of a window: nothing is cut off at the right, and what acts has a name.
  void pagesFitAndHaveNames() {
    QAccessible::setActive(true);
    Room room;
    room.open();
    room.jobs.add(room.job("first", 20));
    room.jobs.add(room.job("second", 20));
    QTRY_COMPARE(named(room, "second").state, JobState::finished);
    QStringList problems;
    const auto walk = [&](const QString& state) {
      QCoreApplication::processEvents();
      QTRY_VERIFY(room.widget->settled());
      for (QWidget* each : room.widget->findChildren<QWidget*>()) {
        if (!each->isVisible()) continue;
        const bool acts = qobject_cast<QAbstractButton*>(each) || qobject_cast<QComboBox*>(each) || qobject_cast<QAbstractItemView*>(each) ||
                          (qobject_cast<QLineEdit*>(each) && !qobject_cast<QAbstractSpinBox*>(each->parentWidget()));
        QAccessibleInterface* face = QAccessible::queryAccessibleInterface(each);
        if (acts && !each->inherits("QHeaderView") && !each->objectName().startsWith("qt_") && !qobject_cast<QTabBar*>(each->parentWidget()) && face && face->text(QAccessible::Name).trimmed().isEmpty()) {
          problems.append(state + ": no name: " + each->metaObject()->className() + " " + each->objectName());
        }
        if (auto* scroll = qobject_cast<QScrollArea*>(each); scroll && scroll->widget() && scroll->widget()->width() > scroll->viewport()->width() + 1) {
          problems.append(state + ": wider than its place: " + each->objectName());
        }
        if (auto* button = qobject_cast<QPushButton*>(each); button && button->width() < button->minimumSizeHint().width()) {
          problems.append(state + ": cut off: " + button->text());
        }
      }
    };
    room.widget->showJob(named(room, "first").id);
    for (const char* tab : {"finetuneTabCurves", "finetuneTabRouting", "finetuneEvaluation", "finetuneTabEvaluation", "finetuneTabResult", "finetuneTabLog"}) {
      room.widget->runView()->showTab(tab);
      walk(tab);
    }
    room.part<QListView>("finetuneJobs")->selectAll();
    room.part<QPushButton>("finetuneCompareButton")->click();
    walk("compare");
    room.widget->newJob();
    walk("form");
    room.widget->setup()->setJob(room.job("dirty"));
    room.widget->setup()->check();
    QTRY_VERIFY(!room.widget->setup()->checking());
    room.widget->setup()->form()->unfold(true);
    QTest::qWait(200);
    walk("form, unfolded");
    // Beside an inspector of 500 pixels in a window of 1100, whatever page is behind the one on show.
    if (room.widget->minimumSizeHint().width() > 520) problems.append(QStringLiteral("%1 pixels are too wide for a room").arg(room.widget->minimumSizeHint().width()));
    problems.removeDuplicates();
    for (const QString& each : std::as_const(problems)) qWarning("%s", qPrintable(each));
    QVERIFY(problems.isEmpty());
  }
};

int main(int argc, char** argv) {
  if (argc > 2 && QByteArray(argv[1]) == "train") return scriptedWorker(argc, argv);
  QApplication application(argc, argv);
  widgets::Theme theme(application);
  TestFinetuneWidget test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_finetune_widget.moc"
