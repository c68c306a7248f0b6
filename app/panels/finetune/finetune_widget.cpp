// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/finetune_widget.h"

#include <QCheckBox>
#include <QClipboard>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

#include "app/bridge/audit_service.h"
#include "app/bridge/engine_controller.h"
#include "app/bridge/session_hub.h"
#include "app/jobs/job_manager.h"
#include "app/panels/finetune/base_and_adapter.h"
#include "app/panels/finetune/check_report.h"
#include "app/panels/finetune/compare_runs.h"
#include "app/panels/finetune/job_text.h"
#include "app/panels/finetune/jobs_model.h"
#include "app/panels/finetune/setup_page.h"
#include "app/shell/app_context.h"
#include "app/shell/background.h"
#include "app/shell/command_registry.h"
#include "app/shell/open_folder.h"
#include "app/shell/remembered.h"
#include "app/shell/show_error.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/elided_button.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/focus_home.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
constexpr int kMostCompared = 7;  // as many as there are colours

// How often each expert was taken in the newest answers, [layers, experts].
std::vector<float> loadOf(const RoutingTrace& trace) {
  const RoutingLayout& layout = trace.layout();
  const size_t width = size_t(layout.max_experts());
  std::vector<float> shares(layout.layers.size() * width, 0.0f);
  for (size_t row = 0; row < layout.layers.size(); ++row) {
    const LayerLoad load = layer_load(trace, int(row), 0, trace.token_count());
    double sum = 0;
    for (const std::int64_t each : load.assignments) sum += double(each);
    for (size_t expert = 0; sum > 0 && expert < load.assignments.size(); ++expert) shares[row * width + expert] = float(double(load.assignments[expert]) / sum);
  }
  return shares;
}

}  // namespace

// What outlives the window: the form that was not started yet.
struct FinetuneWidget::Draft {
  TrainingJob job;
  bool open = false;
};

FinetuneWidget::FinetuneWidget(AppContext& context, JobManager& jobs, FinetuneOptions options, QWidget* parent)
    : QWidget(parent), context_(context), jobs_(jobs), options_(std::move(options)), model_(new JobsModel(this)) {
  setObjectName(QStringLiteral("finetunePanel"));
  context_.keep<Draft>(QStringLiteral("finetune.draft"), [] { return new Draft; });
  draft_ = std::static_pointer_cast<Draft>(context_.kept[QStringLiteral("finetune.draft")]);
  auto* whole = new QHBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  auto* split = new QSplitter(Qt::Horizontal, this);
  split->setObjectName(QStringLiteral("finetuneSplit"));
  split->setChildrenCollapsible(false);
  whole->addWidget(split);
  auto* side = new QWidget(split);
  buildList(side);
  auto* right = new QWidget(split);
  auto* column = new QVBoxLayout(right);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  error_ = new widgets::ErrorBar(right);
  error_->setObjectName(QStringLiteral("finetuneError"));
  column->addWidget(error_);
  pages_ = new QStackedWidget(right);
  column->addWidget(pages_, 1);
  empty_ = new widgets::EmptyState;
  empty_->setObjectName(QStringLiteral("finetuneEmpty"));
  empty_->setIcon(QStringLiteral("fine-tune"));
  empty_->setText(tr("No fine-tunes yet"),
                  tr("Here a model learns from your own conversations, in its experts and its attention, and you watch it do so. The example takes some minutes: it teaches the model that comes with the program who it is."));
  if (!options_.exampleJob.isEmpty()) empty_->setAction(tr("Teach Roundhouse Mini who it is"), QStringLiteral("fine-tune"));
  else empty_->setAction(tr("New fine-tune"), QStringLiteral("add"));
  setup_ = new SetupPage;
  run_ = new RunView;
  comparison_ = new CompareRuns;
  chat_ = new BaseAndAdapter(context_.engine);
  for (QWidget* page : QList<QWidget*>{empty_, setup_, run_, comparison_, chat_}) pages_->addWidget(page);
  split->addWidget(side);
  split->addWidget(right);
  split->setStretchFactor(0, 0);
  split->setStretchFactor(1, 1);
  split->setSizes({240, 900});

  connect(empty_, &widgets::EmptyState::actionTriggered, this, [this] {
    if (options_.exampleJob.isEmpty()) newJob();
    else openExample();
  });
  connect(&jobs_, &JobManager::jobsChanged, this, &FinetuneWidget::takeJobs);
  connect(&jobs_, &JobManager::runChanged, this, &FinetuneWidget::takeRun);
  connect(&jobs_, &JobManager::failed, this, [this](const QString& id, const Error& error) {
    const JobInfo job = jobs_.job(id);
    app::showError(error_, error, job.id.isEmpty() ? QString() : job.name);
  });
  connect(&jobs_, &JobManager::noticed, this, [this](const QString& text) { error_->showMessage(widgets::ErrorBar::Severity::Warning, text); });
  connect(setup_, &SetupPage::checkRequested, this, &FinetuneWidget::check);
  connect(setup_, &SetupPage::checkCancelled, this, [this] { jobs_.cancelPreflight(check_); });
  connect(setup_, &SetupPage::startRequested, this, &FinetuneWidget::start);
  connect(setup_, &SetupPage::closeRequested, this, [this] {
    draft_->open = false;
    showChosen();
  });
  connect(setup_->form(), &JobForm::changed, this, [this] { draft_->job = setup_->form()->job(); });
  connect(setup_->form(), &JobForm::modelChanged, this, &FinetuneWidget::showModelInfo);
  connect(run_, &RunView::actionRequested, this, [this](RunAction action) { act(action, run_->job().id); });
  connect(run_, &RunView::exported, this, [this](const QString& path, const QString& error) {
    if (!error.isEmpty()) return error_->showError(tr("The picture was not saved."), error);
    context_.audit.append(AuditService::exportEntry(path, QStringLiteral("finetune")));
    tell(tr("Saved: %1").arg(path));
  });
  connect(comparison_, &CompareRuns::closeRequested, this, [this] {
    compared_.clear();
    if (const auto at = list_->currentIndex(); at.isValid()) list_->setCurrentIndex(at);
    showChosen();
  });
  connect(chat_, &BaseAndAdapter::closeRequested, this, &FinetuneWidget::showChosen);
  connect(&context_.engine, &EngineController::loadedChanged, this, &FinetuneWidget::listModels);

  TrainingJob begin = draft_->job;
  if (begin == TrainingJob()) begin.evaluation.prompts.clear();
  listModels();
  setup_->setJob(begin);
  addCommands();
  takeJobs();
  showPage(draft_->open ? Page::Setup : model_->rowCount() > 0 ? Page::Run : Page::Empty);
  for (QSplitter* each : findChildren<QSplitter*>()) {
    if (!each->objectName().isEmpty()) remember(context_.settings, each);
  }
  for (QTabWidget* each : run_->findChildren<QTabWidget*>()) remember(context_.settings, each);
}

FinetuneWidget::~FinetuneWidget() {
  if (check_ != 0) jobs_.cancelPreflight(check_);
}

void FinetuneWidget::buildList(QWidget* side) {
  side->setMinimumWidth(120);
  auto* column = new QVBoxLayout(side);
  column->setContentsMargins(grid::kSmall, grid::kMedium, grid::kSmall, grid::kSmall);
  column->setSpacing(grid::kSmall);
  new_ = new widgets::ElidedButton(side);
  new_->setObjectName(QStringLiteral("finetuneNew"));
  new_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  new_->setIcon(widgets::icon(QStringLiteral("add")));
  new_->setWholeText(tr("New fine-tune"), tr("Opens the form of a new job."));
  column->addWidget(new_);
  list_ = new QListView(side);
  list_->setObjectName(QStringLiteral("finetuneJobs"));
  list_->setAccessibleName(tr("Jobs and runs"));
  list_->setModel(model_);
  list_->setItemDelegate(new JobDelegate(list_));
  list_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  list_->setFrameShape(QFrame::NoFrame);
  list_->setMouseTracking(true);
  list_->setStyleSheet(QStringLiteral("QListView { border: none; background: transparent; }"));
  list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->setContextMenuPolicy(Qt::CustomContextMenu);
  column->addWidget(list_, 1);
  no_jobs_ = new QLabel(tr("Queued, running and finished jobs are listed here."), side);
  no_jobs_->setWordWrap(true);
  widgets::setTextRole(no_jobs_, widgets::TextRole::Small, widgets::Tone::Muted);
  column->addWidget(no_jobs_);
  compare_ = widgets::makeActionButton(side, QStringLiteral("finetuneCompareButton"), tr("Compare"), tr("Lays the curves of the chosen runs over each other. Choose several with Ctrl or Shift."));
  compare_->setIcon(widgets::icon(QStringLiteral("compare")));
  column->addWidget(compare_);
  widgets::keepFocusAt(list_, {compare_});
  connect(new_, &QPushButton::clicked, this, &FinetuneWidget::newJob);
  connect(compare_, &QPushButton::clicked, this, &FinetuneWidget::compareChosen);
  connect(list_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    const qsizetype count = list_->selectionModel()->selectedRows().size();
    compare_->setEnabled(count >= 2 && count <= kMostCompared);
    if (choosing_) return;
    if (count == 1) {
      compared_.clear();
      draft_->open = false;
      showChosen();
    }
  });
  connect(list_, &QListView::clicked, this, [this] {
    // A click on the run that is chosen already leads back to it.
    if (list_->selectionModel()->selectedRows().size() == 1) {
      compared_.clear();
      draft_->open = false;
      showChosen();
    }
  });
  connect(list_, &QListView::customContextMenuRequested, this, [this](const QPoint& at) {
    const QModelIndex index = list_->indexAt(at);
    if (!index.isValid()) return;
    const QString id = index.data(JobsModel::IdRole).toString();
    const JobInfo job = jobs_.job(id);
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("finetuneJobMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto add = [&](const QString& text, RunAction what, bool can) { menu->addAction(text, this, [this, what, id] { act(what, id); })->setEnabled(can); };
    add(tr("Pause"), RunAction::Pause, job.canPause() || job.state == JobState::queued);
    add(tr("Resume"), RunAction::Resume, job.canResume());
    add(tr("Cancel"), RunAction::Cancel, job.canCancel());
    menu->addSeparator();
    add(tr("New job like this"), RunAction::Clone, true);
    add(tr("Copy the equivalent command"), RunAction::Command, true);
    add(tr("Open the folder"), RunAction::Folder, true);
    if (job.state == JobState::queued) {
      menu->addAction(tr("Next in the queue"), this, [this, id] { jobs_.move(id, 0); });
    }
    menu->addSeparator();
    add(tr("Delete"), RunAction::Delete, job.state != JobState::running);
    menu->popup(list_->viewport()->mapToGlobal(at));
  });
}

void FinetuneWidget::addCommands() {
  CommandRegistry& commands = context_.commands;
  const QString group = tr("Fine-tune");
  const auto here = [this](std::function<void()> then) {
    return [this, then = std::move(then)] {
      context_.commands.trigger(QStringLiteral("go.finetune"));
      then();
    };
  };
  commands.add({QStringLiteral("finetune.new"), tr("New fine-tune"), group, QStringLiteral("add"), {}}, here([this] { newJob(); }));
  if (!options_.exampleJob.isEmpty()) {
    commands.add({QStringLiteral("finetune.example"), tr("Teach Roundhouse Mini who it is"), group, QStringLiteral("fine-tune"), {}}, here([this] { openExample(); }));
  }
  const auto shown = [this](RunAction action) {
    return [this, action] {
      if (!shown_.isEmpty()) act(action, shown_);
    };
  };
  commands.add({QStringLiteral("finetune.pause"), tr("Pause the fine-tune"), group, QStringLiteral("pause"), {}}, shown(RunAction::Pause));
  commands.add({QStringLiteral("finetune.resume"), tr("Resume the fine-tune"), group, QStringLiteral("play"), {}}, shown(RunAction::Resume));
  commands.add({QStringLiteral("finetune.cancel"), tr("Cancel the fine-tune"), group, QStringLiteral("stop"), {}}, shown(RunAction::Cancel));
  commands.add({QStringLiteral("finetune.clone"), tr("New job like the one on show"), group, QStringLiteral("copy"), {}}, here([this] {
    if (!shown_.isEmpty()) act(RunAction::Clone, shown_);
  }));
  commands.add({QStringLiteral("finetune.command"), tr("Copy the fine-tune's command"), group, QStringLiteral("command"), {}}, shown(RunAction::Command));
  commands.add({QStringLiteral("finetune.compare"), tr("Compare the chosen runs"), group, QStringLiteral("compare"), {}}, here([this] { compareChosen(); }));
  commands.addTargets([self = QPointer<FinetuneWidget>(this), group] {
    QList<PaletteTarget> found;
    if (!self) return found;
    for (const JobInfo& job : self->jobs_.jobs()) {
      found.append({QStringLiteral("finetune.job.") + job.id, job.name, group, jobLine(job), stateIcon(job.state), [self, id = job.id] {
        if (!self) return;
        self->context_.commands.trigger(QStringLiteral("go.finetune"));
        self->showJob(id);
      }});
    }
    return found;
  });
}

void FinetuneWidget::showPage(Page page) {
  pages_->setCurrentIndex(int(page));
  run_->setActive(active_ && page == Page::Run);
}

void FinetuneWidget::setActive(bool active) {
  active_ = active;
  run_->setActive(active && pages_->currentIndex() == int(Page::Run));
  if (active) {
    takeJobs();
    if (pages_->currentIndex() == int(Page::Setup)) offerLoad();
    if (pages_->currentIndex() == int(Page::Setup) && infos_.isEmpty()) showModelInfo();
  }
}

bool FinetuneWidget::settled() const { return jobs_.ready() && run_->settled() && !setup_->checking(); }

QWidget* FinetuneWidget::focusHome() const { return model_->rowCount() > 0 ? static_cast<QWidget*>(list_) : new_; }

// The list ------------------------------------------------------------------------------------------------------

void FinetuneWidget::takeJobs() {
  const QScopedValueRollback<bool> guard(choosing_, true);
  const bool before = model_->rowCount() > 0;
  model_->setJobs(jobs_.jobs());
  const bool some = model_->rowCount() > 0;
  no_jobs_->setVisible(!some);
  compare_->setVisible(model_->rowCount() > 1);
  const qsizetype chosen = list_->selectionModel()->selectedRows().size();
  compare_->setEnabled(chosen >= 2 && chosen <= kMostCompared);
  if (some && !list_->currentIndex().isValid()) list_->setCurrentIndex(model_->index(0));
  const auto page = Page(pages_->currentIndex());
  if (page == Page::Empty && some) showChosen();
  if (!some && before && page != Page::Setup) showPage(Page::Empty);
  if (page == Page::Run || (page == Page::Empty && some)) {
    if (model_->rowOf(shown_) < 0) showChosen();
    else run_->setRun(jobs_.job(shown_), jobs_.run(shown_));
  }
}

void FinetuneWidget::takeRun(const QString& id) {
  if (id == shown_) run_->setRun(jobs_.job(id), jobs_.run(id));
  if (compared_.contains(id) && pages_->currentIndex() == int(Page::Compare)) {
    QList<ComparedRun> runs;
    for (const QString& each : std::as_const(compared_)) runs.append({jobs_.job(each), jobs_.run(each)});
    comparison_->setRuns(runs);
  }
}

QStringList FinetuneWidget::chosenIds() const {
  QStringList ids;
  const QModelIndexList rows = list_->selectionModel()->selectedRows();
  for (const QModelIndex& each : rows) ids.append(each.data(JobsModel::IdRole).toString());
  return ids;
}

void FinetuneWidget::showChosen() {
  const QModelIndex at = list_->currentIndex();
  if (!at.isValid()) {
    shown_.clear();
    return showPage(Page::Empty);
  }
  if (chat_->ready() || pages_->currentIndex() == int(Page::Chat)) chat_->close();
  shown_ = at.data(JobsModel::IdRole).toString();
  const JobInfo job = jobs_.job(shown_);
  run_->setRun(job, jobs_.run(shown_));
  inspect(modelPath(job.job.model));
  showModelInfo();
  showPage(Page::Run);
}

void FinetuneWidget::showJob(const QString& id) {
  const int row = model_->rowOf(id);
  if (row < 0) return;
  draft_->open = false;
  compared_.clear();
  list_->setCurrentIndex(model_->index(row));
  showChosen();
}

void FinetuneWidget::compareChosen() {
  QStringList ids = chosenIds();
  if (ids.size() < 2) return tell(tr("Choose two or more runs in the list, with Ctrl or Shift."));
  if (ids.size() > kMostCompared) ids = ids.first(kMostCompared);
  std::sort(ids.begin(), ids.end(), [this](const QString& a, const QString& b) { return model_->rowOf(a) < model_->rowOf(b); });
  compared_ = ids;
  takeRun(ids.first());
  QList<ComparedRun> runs;
  for (const QString& each : std::as_const(ids)) runs.append({jobs_.job(each), jobs_.run(each)});
  comparison_->setRuns(runs);
  showPage(Page::Compare);
}

void FinetuneWidget::tell(const QString& text) { error_->showMessage(widgets::ErrorBar::Severity::Info, text); }

void FinetuneWidget::act(RunAction action, const QString& id) {
  const JobInfo job = jobs_.job(id);
  if (job.id.isEmpty()) return;
  error_->dismiss();
  switch (action) {
    case RunAction::Pause:
      if (job.canPause() || job.state == JobState::queued) jobs_.pause(id);
      break;
    case RunAction::Resume:
      if (job.canResume()) jobs_.resume(id);
      break;
    case RunAction::Cancel:
      if (job.canCancel()) jobs_.cancel(id);
      break;
    case RunAction::Clone: {
      TrainingJob again = jobs_.clone(id);
      setup_->setJob(again);
      newJob();
      break;
    }
    case RunAction::Command:
      QGuiApplication::clipboard()->setText(jobs_.command(id));
      tell(tr("Copied: %1").arg(jobs_.command(id)));
      break;
    case RunAction::Folder:
      if (const Status opened = openFolder(job.folder); !opened.ok()) app::showError(error_, opened.error());
      break;
    case RunAction::Delete: askDelete(id); break;
    case RunAction::Chat: openChat(id); break;
  }
}

void FinetuneWidget::askDelete(const QString& id) {
  const JobInfo job = jobs_.job(id);
  if (job.state == JobState::running) return;
  auto* box = new QMessageBox(QMessageBox::Question, tr("Delete a run"), tr("Delete “%1” from the list?").arg(job.name), QMessageBox::NoButton, this);
  box->setObjectName(QStringLiteral("finetuneDelete"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  auto* folder = new QCheckBox(tr("Delete its folder, too: checkpoints, events and adapter"), box);
  folder->setObjectName(QStringLiteral("finetuneDeleteFolder"));
  box->setCheckBox(folder);
  box->setInformativeText(job.folder);
  QPushButton* remove = box->addButton(tr("Delete"), QMessageBox::DestructiveRole);
  remove->setObjectName(QStringLiteral("finetuneDeleteConfirm"));
  box->setDefaultButton(box->addButton(QMessageBox::Cancel));
  connect(remove, &QPushButton::clicked, this, [this, id, folder] { jobs_.remove(id, folder->isChecked()); });
  box->open();
}

// A new job -----------------------------------------------------------------------------------------------------

void FinetuneWidget::newJob() {
  draft_->open = true;
  listModels();
  showModelInfo();
  showPage(Page::Setup);
  offerLoad();
}

void FinetuneWidget::newJobFor(const ExpertChooser::Experts& experts) {
  TrainingJob job = setup_->form()->job();
  const QString current = context_.engine.currentPath();
  if (!current.isEmpty()) job.model = current == options_.embeddedModel ? "embedded" : current.toStdString();
  job.adapter.experts = experts;
  job = withPreset(std::move(job), JobPreset::Chosen);
  setup_->setJob(job);
  newJob();
  setup_->form()->showExperts();
}

void FinetuneWidget::openExample() {
  if (options_.exampleJob.isEmpty()) return;
  setup_->openJob(options_.exampleJob, true);
  newJob();
}

void FinetuneWidget::check(const TrainingJob& job) {
  check_ = jobs_.preflight(job, this, [this, job](const Result<QJsonObject>& report) {
    check_ = 0;
    if (report.ok()) setup_->setReport(job, checkReport(*report));
    else setup_->setFailed(report.error());
  });
}

void FinetuneWidget::start(const TrainingJob& job) {
  const QString id = jobs_.add(job);
  if (id.isEmpty()) return;
  draft_->open = false;
  takeJobs();
  showJob(id);
  if (model_->rowOf(id) >= 0) return;
  // It is listed with the next look at the store.
  connect(&jobs_, &JobManager::jobsChanged, this, [this, id] { showJob(id); }, Qt::SingleShotConnection);
}

// Models ----------------------------------------------------------------------------------------------------------

QString FinetuneWidget::modelPath(const std::string& model) const { return model == "embedded" ? options_.embeddedModel : QString::fromStdString(model); }

void FinetuneWidget::listModels() {
  QStringList paths = context_.engine.loaded();
  for (const JobInfo& job : jobs_.jobs()) {
    if (job.job.model != "embedded") paths.append(QString::fromStdString(job.job.model));
  }
  paths.removeAll(options_.embeddedModel);
  paths.removeDuplicates();
  setup_->form()->setModels(paths);
}

void FinetuneWidget::inspect(const QString& path) {
  if (path.isEmpty() || infos_.contains(path)) return;
  infos_.insert(path, nullptr);
  runInBackground(this, [api = context_.engine.api().inspect, path] { return std::make_shared<const Result<ModelInfo>>(api(path.toStdString())); },
                  [this, path](const std::shared_ptr<const Result<ModelInfo>>& info) {
    infos_.insert(path, info);
    showModelInfo();
    if (!info->ok()) infos_.remove(path);  // the file may be there the next time
  });
}

void FinetuneWidget::showModelInfo() {
  const QString wanted = modelPath(setup_->form()->job().model);
  if (pages_->currentIndex() == int(Page::Setup) || draft_->open) inspect(wanted);
  const auto info = infos_.value(wanted);
  setup_->form()->setModelInfo(info.get());
  if (const auto of = infos_.value(modelPath(run_->job().job.model)); of && of->ok()) {
    QStringList names;
    for (const RoutedLayer& layer : (**of).routing.layers) names.append(QString::number(layer.layer));
    run_->setLayerNames(names);
  }
  if (info) offerLoad();
}

void FinetuneWidget::offerLoad() {
  const AnswerSnapshotPtr answer = context_.sessions.latest(context_.sessions.currentConversation());
  const std::shared_ptr<Model> current = context_.engine.current();
  const QString wanted = modelPath(setup_->form()->job().model);
  if (!answer || answer->trace.token_count() == 0 || !current || context_.engine.currentPath() != wanted) {
    setup_->form()->experts()->setLoad({}, {});
    return;
  }
  runInBackground(this, [trace = answer->trace] { return loadOf(trace); }, [this, wanted](const std::vector<float>& load) {
    if (modelPath(setup_->form()->job().model) == wanted) setup_->form()->experts()->setLoad(load, tr("share of the tokens in the newest answer of the conversation in Chat"));
  });
}

void FinetuneWidget::openChat(const QString& id) {
  const JobInfo job = jobs_.job(id);
  const JobRun run = jobs_.run(id);
  if (run.adapter().isEmpty()) return;
  const QString question = job.job.evaluation.prompts.empty() ? QString() : QString::fromStdString(job.job.evaluation.prompts.front());
  showPage(Page::Chat);
  chat_->open(job.name, modelPath(job.job.model), run.adapter(), question);
}

}  // namespace roundhouse::app
