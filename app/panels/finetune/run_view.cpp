// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/run_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

#include "app/panels/finetune/evaluation_view.h"
#include "app/panels/finetune/job_text.h"
#include "app/panels/finetune/result_view.h"
#include "app/panels/finetune/run_pictures.h"
#include "app/panels/finetune/text_table.h"
#include "app/shell/format.h"
#include "app/shell/save_dialog.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/elided_label.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/table.h"
#include "widgets/heatmap/heatmap_export.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/plots/curve_stack.h"
#include "widgets/plots/metric_view.h"
#include "widgets/style/file_export.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
constexpr int kRefreshMs = 250;
constexpr int kDrawMs = 8;
constexpr QSize kPicture(1600, 1000);

QString count(qint64 value) { return QLocale().toString(value); }

}  // namespace

RunView::RunView(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("finetuneRun"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kLarge, grid::kMedium, grid::kLarge, grid::kMedium);
  column->setSpacing(grid::kSmall);
  buildHead(column);
  tabs_ = new QTabWidget(this);
  tabs_->setObjectName(QStringLiteral("finetuneRunTabs"));
  tabs_->setAccessibleName(tr("Details of the run"));
  tabs_->tabBar()->setAccessibleName(tabs_->accessibleName());
  tabs_->setDocumentMode(true);
  buildTabs();
  column->addWidget(tabs_, 1);
  refresh_.setSingleShot(true);
  refresh_.setInterval(kRefreshMs);
  connect(&refresh_, &QTimer::timeout, this, &RunView::refresh);
  draw_.setSingleShot(true);
  draw_.setInterval(kDrawMs);
  connect(&draw_, &QTimer::timeout, this, &RunView::drawNext);
  connect(tabs_, &QTabWidget::currentChanged, this, [this] {
    stale_ = true;
    if (active_) refresh();
  });
}

void RunView::buildHead(QVBoxLayout* column) {
  auto* head = new QHBoxLayout;
  head->setSpacing(grid::kSmall);
  title_ = new widgets::ElidedLabel(this);
  title_->setObjectName(QStringLiteral("finetuneRunTitle"));
  widgets::setTextRole(title_, widgets::TextRole::Title);
  head->addWidget(title_, 1);
  const auto action = [&](RunAction what, const char* name, const QString& text, const QString& tip) {
    auto* button = widgets::makeActionButton(this, QString::fromLatin1(name), text, tip);
    connect(button, &QPushButton::clicked, this, [this, what] { Q_EMIT actionRequested(what); });
    head->addWidget(button);
    return button;
  };
  pause_ = action(RunAction::Pause, "finetunePause", tr("Pause"), tr("Finishes the step, writes a checkpoint and ends; it can go on later."));
  resume_ = action(RunAction::Resume, "finetuneResume", tr("Resume"), tr("Goes on from the last checkpoint."));
  cancel_ = action(RunAction::Cancel, "finetuneCancel", tr("Cancel"), tr("Ends the run for good; what it has written stays."));
  more_ = new QToolButton(this);
  more_->setObjectName(QStringLiteral("finetuneMore"));
  more_->setText(tr("More"));
  more_->setAccessibleName(tr("More about this run"));
  more_->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(more_);
  menu->setObjectName(QStringLiteral("finetuneMoreMenu"));
  connect(menu, &QMenu::aboutToShow, this, [this, menu] {
    menu->clear();
    const auto add = [&](const QString& text, const char* icon, RunAction what) {
      return menu->addAction(widgets::icon(QString::fromLatin1(icon)), text, this, [this, what] { Q_EMIT actionRequested(what); });
    };
    add(tr("New job like this"), "copy", RunAction::Clone);
    add(tr("Copy the equivalent command"), "command", RunAction::Command);
    add(tr("Open the folder"), "folder-open", RunAction::Folder);
    exportMenu(menu->addMenu(widgets::icon(QStringLiteral("export")), tr("Export")));
    menu->addSeparator();
    add(tr("Delete"), "trash", RunAction::Delete)->setEnabled(job_.state != JobState::running);
  });
  more_->setMenu(menu);
  head->addWidget(more_);
  column->addLayout(head);
  error_ = new widgets::ErrorBar(this);
  error_->setObjectName(QStringLiteral("finetuneRunError"));
  connect(error_, &widgets::ErrorBar::actionTriggered, this, [this] { Q_EMIT actionRequested(RunAction::Resume); });
  column->addWidget(error_);
  auto* progress = new QHBoxLayout;
  progress->setSpacing(grid::kMedium);
  state_ = new QLabel(this);
  state_->setObjectName(QStringLiteral("finetuneState"));
  bar_ = new QProgressBar(this);
  bar_->setObjectName(QStringLiteral("finetuneProgress"));
  bar_->setAccessibleName(tr("Progress of the run"));
  bar_->setTextVisible(false);
  bar_->setFixedHeight(grid::kSmall);
  left_ = new QLabel(this);
  left_->setObjectName(QStringLiteral("finetuneLeft"));
  left_->setFont(widgets::tabularFont());
  progress->addWidget(state_);
  progress->addWidget(bar_, 1);
  progress->addWidget(left_);
  column->addLayout(progress);
  figures_ = new QLabel(this);
  figures_->setObjectName(QStringLiteral("finetuneFigures"));
  figures_->setFont(widgets::tabularFont());
  figures_->setWordWrap(true);
  widgets::setTextRole(figures_, widgets::TextRole::Body, widgets::Tone::Muted);
  column->addWidget(figures_);
  widgets::keepFocusAt(more_, {pause_, resume_, cancel_});
}

void RunView::buildTabs() {
  const auto page = [this](QWidget* widget, const char* name, const QString& title) {
    widget->setObjectName(QString::fromLatin1(name));
    tabs_->addTab(widget, title);
  };
  curve_pages_ = new QStackedWidget;
  auto* empty = new widgets::EmptyState;
  empty->setIcon(QStringLiteral("chart"));
  empty->setText(tr("No step yet"), tr("With the first step the curves begin: loss, gradient norm, learning rate, speed and memory."));
  curve_pages_->addWidget(empty);
  curves_ = new widgets::CurveStack({tr("Step"), {}}, {{tr("Loss"), tr("nats")}, {tr("Gradient norm"), {}}, {tr("Learning rate"), {}},
                                                     {tr("Speed"), tr("tokens/s")}, {tr("Memory"), tr("GB")}});
  curves_->setObjectName(QStringLiteral("finetuneCurves"));
  curve_pages_->addWidget(curves_);
  page(curve_pages_, "finetuneTabCurves", tr("Curves"));

  auto* routing = new QWidget;
  auto* column = new QVBoxLayout(routing);
  column->setContentsMargins(0, grid::kSmall, 0, 0);
  column->setSpacing(grid::kSmall);
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  measure_ = new QComboBox;
  measure_->setObjectName(QStringLiteral("finetuneMeasure"));
  measure_->setAccessibleName(tr("What the colours measure"));
  measure_->addItem(tr("Load in the newest step"), int(RunMeasure::Newest));
  measure_->addItem(tr("Load over all steps"), int(RunMeasure::Whole));
  measure_->addItem(tr("Change of load since the start"), int(RunMeasure::Change));
  measure_->addItem(tr("Drift from the base model"), int(RunMeasure::Drift));
  dead_ = new widgets::ElidedLabel;
  dead_->setObjectName(QStringLiteral("finetuneDead"));
  dead_->setFont(widgets::tabularFont());
  widgets::setTextRole(dead_, widgets::TextRole::Body, widgets::Tone::Muted);
  row->addWidget(measure_);
  row->addWidget(dead_, 1);
  column->addLayout(row);
  auto* split = new QSplitter(Qt::Horizontal);
  split->setObjectName(QStringLiteral("finetuneRoutingSplit"));
  split->setChildrenCollapsible(false);
  map_ = new widgets::HeatmapView(split);
  map_->setObjectName(QStringLiteral("finetuneMap"));
  map_->setAccessibleName(tr("Expert load of the training data"));
  balance_ = new widgets::MetricView(split);
  balance_->setObjectName(QStringLiteral("finetuneBalance"));
  balance_->setAccessibleName(tr("Balance per layer"));
  split->addWidget(map_);
  split->addWidget(balance_);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 1);
  split->setSizes({560, 260});
  column->addWidget(split, 1);
  page(routing, "finetuneTabRouting", tr("Routing"));
  connect(measure_, &QComboBox::currentIndexChanged, this, [this] {
    if (active_) showRouting();
  });

  evaluation_ = new EvaluationView;
  page(evaluation_, "finetuneTabEvaluation", tr("Evaluation"));
  result_ = new ResultView;
  page(result_, "finetuneTabResult", tr("Result"));
  connect(result_, &ResultView::chatRequested, this, [this] { Q_EMIT actionRequested(RunAction::Chat); });
  log_ = new TextTable({tr("Step"), tr("What happened"), tr("Details")}, this);
  log_->setFigures({0});
  auto* events = new QWidget;
  auto* eventColumn = new QVBoxLayout(events);
  eventColumn->setContentsMargins(0, grid::kSmall, 0, 0);
  auto* table = widgets::makeTable(nullptr, QStringLiteral("finetuneLog"), tr("What happened"));
  table->setModel(log_);
  table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table->horizontalHeader()->setStretchLastSection(true);
  eventColumn->addWidget(table);
  page(events, "finetuneTabLog", tr("Log"));
}

void RunView::setRun(const JobInfo& job, const JobRun& run) {
  const bool other = job.id != job_.id;
  job_ = job;
  run_ = run;
  stale_ = true;
  if (other) {
    told_.clear();
    error_->dismiss();
    next_curve_ = kRunCurves;
    if (active_) refresh();
  }
  showHead();
  if (active_ && !refresh_.isActive() && stale_) refresh_.start();
}

void RunView::setLayerNames(const QStringList& layers) {
  if (layers == layers_) return;
  layers_ = layers;
  stale_ = true;
  if (active_ && !refresh_.isActive()) refresh_.start();
}

void RunView::setActive(bool active) {
  active_ = active;
  if (!active) {
    refresh_.stop();
    draw_.stop();
  } else if (stale_) {
    refresh();
  }
}

void RunView::showTab(const QString& objectName) {
  for (int i = 0; i < tabs_->count(); ++i) {
    if (tabs_->widget(i)->objectName() == objectName) tabs_->setCurrentIndex(i);
  }
}

void RunView::showHead() {
  title_->setWholeText(job_.name);
  QString state = job_.ending ? tr("Ending after this step") : stateText(job_.state);
  if (job_.state == JobState::running && !job_.stage.isEmpty()) state += QStringLiteral(" · ") + trainingStageText(job_.stage);
  state_->setText(state);
  pause_->setVisible(job_.canPause() || (job_.state == JobState::running && job_.ending) || job_.state == JobState::queued);
  pause_->setEnabled(job_.canPause() || job_.state == JobState::queued);
  resume_->setVisible(job_.canResume());
  resume_->setText(job_.state == JobState::failed || job_.state == JobState::cancelled ? tr("Try again") : tr("Resume"));
  resume_->setAccessibleName(resume_->text());
  cancel_->setVisible(job_.canCancel() || job_.ending);
  cancel_->setEnabled(job_.canCancel());
  const bool preparing = job_.state == JobState::running && !job_.stage.isEmpty();
  bar_->setRange(0, 1000);
  bar_->setValue(preparing ? int(job_.fraction * 1000) : job_.steps > 0 ? int(1000 * job_.step / job_.steps) : 0);
  bar_->setVisible(job_.state != JobState::finished && job_.state != JobState::queued);
  const auto left = secondsLeft(job_, run_);
  left_->setText(left ? tr("%1 left").arg(widgets::ProgressLine::formatDuration(*left)) : QString());
  QStringList figures;
  if (job_.steps > 0) figures << tr("Step %1 of %2").arg(count(job_.step), count(job_.steps));
  if (std::isfinite(job_.loss)) figures << tr("Loss %1").arg(widgets::formatQuantity(job_.loss));
  if (std::isfinite(job_.evaluationLoss)) figures << tr("Evaluation %1").arg(widgets::formatQuantity(job_.evaluationLoss));
  const StepPoint& newest = run_.newest();
  if (std::isfinite(newest.tokensPerSecond)) figures << speedText(newest.tokensPerSecond);
  if (std::isfinite(newest.memoryBytes)) figures << bytesText(std::uint64_t(newest.memoryBytes));
  if (run_.checkpointStep() >= 0) figures << tr("Checkpoint at step %1").arg(count(run_.checkpointStep()));
  if (job_.state == JobState::queued) figures << tr("It starts when the jobs before it have ended.");
  figures_->setText(figures.join(QStringLiteral(" · ")));
  const QString tells = jobStateName(job_.state) + (job_.error ? QString::fromStdString(job_.error->message()) : QString());
  if (tells == told_) return;
  told_ = tells;
  if (job_.state == JobState::failed || job_.state == JobState::interrupted) {
    const ErrorText text = job_.error ? errorText(*job_.error) : ErrorText{};
    const QString lost = run_.checkpointStep() >= 0 ? tr("It can go on from step %1.").arg(count(run_.checkpointStep())) : tr("It had no checkpoint yet and begins anew.");
    const QString what = job_.state == JobState::failed ? tr("The run failed: %1").arg(job_.error ? text.line() : tr("the reason is not known.")) : tr("The worker was ended from outside. %1").arg(lost);
    error_->showError(what, text.details, job_.canResume() ? (job_.state == JobState::failed ? tr("Try again") : tr("Resume")) : QString());
  } else {
    error_->dismiss();
  }
}

void RunView::refresh() {
  refresh_.stop();
  stale_ = false;
  const QString tab = tabs_->currentWidget() ? tabs_->currentWidget()->objectName() : QString();
  if (tab == QLatin1String("finetuneTabCurves")) {
    curve_pages_->setCurrentIndex(run_.points().isEmpty() && run_.evaluations().isEmpty() ? 0 : 1);
    next_curve_ = 0;
    drawNext();
  } else if (tab == QLatin1String("finetuneTabRouting")) {
    showRouting();
  } else if (tab == QLatin1String("finetuneTabEvaluation")) {
    evaluation_->setEvaluations(run_.evaluations());
  } else if (tab == QLatin1String("finetuneTabResult")) {
    result_->setRun(job_, run_);
  } else {
    showLog();
  }
}

// One plot a turn: each takes a good part of a frame.
void RunView::drawNext() {
  if (next_curve_ >= kRunCurves) return;
  auto curves = runCurves(run_, {});
  curves_->setSeries(next_curve_, std::move(curves[size_t(next_curve_)]));
  if (++next_curve_ < kRunCurves) draw_.start();
}

void RunView::showRouting() {
  const auto measure = RunMeasure(measure_->currentData().toInt());
  map_->setMode(measure == RunMeasure::Change ? widgets::HeatmapMode::Difference : widgets::HeatmapMode::Magnitude);
  map_->setEmptyText(measure == RunMeasure::Drift    ? tr("At each evaluation it is counted how many of the experts' choices differ from the base model's. None has counted yet.")
                     : measure == RunMeasure::Change ? tr("Once there are some steps, what they changed appears here.")
                                                     : tr("Which experts the training data takes, layer by layer, appears here with the first step."));
  map_->setSnapshot(runPicture(run_, measure, layers_));
  const widgets::MetricTable table = runBalance(run_, measure, layers_);
  double dead = 0, worst = 0;
  bool known = false;
  for (int row = 0; row < table.rowLabels.size(); ++row) {
    if (!std::isfinite(table.value(row, 1))) continue;
    known = true;
    dead += table.value(row, 1);
    worst = std::max(worst, table.value(row, 0));
  }
  dead_->setWholeText(known ? tr("%1 experts without a token · greatest MaxVio %2").arg(count(qint64(dead)), widgets::formatQuantity(worst)) : QString());
  balance_->setTable(table);
}

void RunView::showLog() {
  struct Line {
    qint64 step;
    int order;
    QStringList cells;
  };
  QList<Line> lines;
  const auto add = [&](qint64 step, int order, const QString& what, const QString& details) { lines.append({step, order, {count(step), what, details}}); };
  const QLocale locale;
  for (const RunSession& session : run_.sessions()) {
    const QString when = locale.toString(session.started.toLocalTime(), QLocale::ShortFormat);
    add(session.firstStep, 0, session.firstStep > 0 ? tr("Resumed") : tr("Started"), tr("%1, process %2").arg(when, QString::number(session.pid)));
    if (session.end.isEmpty() && !(job_.state == JobState::running && &session == &run_.sessions().last())) {
      add(session.lastStep, 8, tr("The worker was ended from outside"), {});
    } else if (!session.end.isEmpty()) {
      const QString what = session.end == QLatin1String("paused") ? tr("Paused") : session.end == QLatin1String("finished") ? tr("Finished") : tr("Failed");
      add(session.lastStep, 9, what, locale.toString(session.ended.toLocalTime(), QLocale::ShortFormat));
    }
  }
  for (const EvaluationPoint& point : run_.evaluations()) {
    add(point.step, 3, tr("Evaluation"), tr("loss %1, perplexity %2").arg(widgets::formatQuantity(point.loss), widgets::formatQuantity(point.perplexity)));
  }
  if (run_.checkpointStep() >= 0) add(run_.checkpointStep(), 4, tr("Newest checkpoint"), run_.checkpointPath());
  for (const RunExport& each : run_.exports()) add(run_.step(), 5, tr("Exported: %1").arg(kindText(each.kind)), each.path);
  for (const ExportParity& each : run_.parity()) {
    add(run_.step(), 6, each.passed ? tr("Parity passed: %1").arg(kindText(each.exported)) : tr("Parity failed: %1").arg(kindText(each.exported)),
        tr("KL %1 on average, %2 at most; %3 the same tokens").arg(widgets::formatQuantity(each.klMean), widgets::formatQuantity(each.klMax), widgets::formatQuantity(each.agreement, QStringLiteral("%"), 100)));
  }
  if (run_.error()) add(run_.step(), 10, tr("Reason"), QString::fromStdString(run_.error()->message()));
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.step != b.step ? a.step < b.step : a.order < b.order; });
  QList<QStringList> rows;
  for (const Line& line : lines) rows.append(line.cells);
  log_->setRows(rows);
}

void RunView::exportMenu(QMenu* menu) {
  const auto ask = [this](const QString& name, const QString& suffix, std::function<void(const QString&, QString*)> write) {
    askSavePath(this, tr("Export"), name, {QStringLiteral("%1 (*.%2)").arg(suffix.toUpper(), suffix)}, [this, write](const QString& path) {
      QString error;
      write(path, &error);
      Q_EMIT exported(path, error);
    });
  };
  const QString name = job_.name;
  menu->addAction(tr("Curves as PNG…"), this, [=, this] { ask(name, QStringLiteral("png"), [this](const QString& path, QString* error) { curves_->exportPng(path, kPicture, error); }); });
  menu->addAction(tr("Curves as SVG…"), this, [=, this] { ask(name, QStringLiteral("svg"), [this, name](const QString& path, QString* error) { curves_->exportSvg(path, kPicture, name, error); }); });
  menu->addAction(tr("Curves as CSV…"), this, [=, this] { ask(name, QStringLiteral("csv"), [this](const QString& path, QString* error) { widgets::writeWholeFile(path, curves_->csv(), error); }); });
  if (!map_->snapshot() || map_->snapshot()->rows == 0) return;
  const widgets::HeatmapPainter painter = map_->painter();
  const widgets::HeatmapSnapshotPtr cells = map_->snapshot();
  menu->addAction(tr("Heatmap as PNG…"), this, [=] { ask(name, QStringLiteral("png"), [painter](const QString& path, QString* error) { widgets::exportHeatmapPng(painter, kPicture, path, error); }); });
  menu->addAction(tr("Heatmap as SVG…"), this, [=] { ask(name, QStringLiteral("svg"), [painter](const QString& path, QString* error) { widgets::exportHeatmapSvg(painter, kPicture, path, error); }); });
  menu->addAction(tr("Heatmap as CSV…"), this, [=] { ask(name, QStringLiteral("csv"), [cells](const QString& path, QString* error) { widgets::exportHeatmapCsv(*cells, path, error); }); });
}

}  // namespace roundhouse::app
