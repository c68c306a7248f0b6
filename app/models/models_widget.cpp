// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/models_widget.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QThreadPool>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

#include "app/models/folder_menu.h"
#include "app/models/model_details.h"
#include "app/models/models_model.h"
#include "app/shell/command_registry.h"
#include "app/shell/model_folders.h"
#include "app/shell/remembered.h"
#include "app/shell/settings.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/search_field.h"
#include "widgets/controls/table.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

const QString kChosen = QStringLiteral("view/modelsChosen");  // path

QStringList localFiles(const QMimeData* data) {
  QStringList paths;
  const QList<QUrl> urls = data->urls();
  for (const QUrl& url : urls) {
    if (url.isLocalFile()) paths.append(url.toLocalFile());
  }
  return paths;
}

// Outlives windows, so that a change of language waits for no disk.
QThreadPool& scanPool(AppContext& context) {
  return context.keep<QThreadPool>(QStringLiteral("models.scans"), [] {
    auto* pool = new QThreadPool;
    pool->setMaxThreadCount(2);  // the present scan, and one that was cancelled in the midst of a file
    return pool;
  });
}

}  // namespace

ModelsWidget::ModelsWidget(AppContext& context, const QString& embeddedModel, QWidget* parent)
    : QWidget(parent), context_(context), embedded_(embeddedModel), scanner_(context.engine.api().inspect, scanPool(context)),
      models_(new ModelsModel(this)), sorted_(new QSortFilterProxyModel(this)) {
  setObjectName(QStringLiteral("modelsPanel"));
  setAcceptDrops(true);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kLarge, grid::kMedium, grid::kLarge, grid::kMedium);
  column->setSpacing(grid::kSmall);
  buildTools(column);

  scan_error_ = new widgets::ErrorBar(this);
  scan_error_->setObjectName(QStringLiteral("scanError"));
  column->addWidget(scan_error_);

  splitter_ = new QSplitter(Qt::Vertical, this);
  splitter_->setObjectName(QStringLiteral("modelsSplitter"));
  splitter_->setChildrenCollapsible(false);
  stack_ = new QStackedWidget(splitter_);
  table_ = widgets::makeTable(stack_, QStringLiteral("modelsTable"), tr("Models"));
  sorted_->setSourceModel(models_);
  sorted_->setSortRole(ModelsModel::SortRole);
  sorted_->setFilterKeyColumn(-1);
  sorted_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  table_->setModel(sorted_);
  table_->setSortingEnabled(true);
  table_->horizontalHeader()->setSortIndicatorClearable(true);
  table_->sortByColumn(-1, Qt::AscendingOrder);
  table_->horizontalHeader()->setStretchLastSection(true);
  nothing_ = new widgets::EmptyState(stack_);
  nothing_->setIcon(QStringLiteral("models"));
  stack_->addWidget(table_);
  stack_->addWidget(nothing_);
  splitter_->addWidget(stack_);
  details_ = new ModelDetails(context_, *models_, splitter_);
  splitter_->addWidget(details_);
  splitter_->setStretchFactor(0, 1);
  splitter_->setStretchFactor(1, 1);
  splitter_->setSizes({260, 380});
  column->addWidget(splitter_, 1);

  connect(nothing_, &widgets::EmptyState::actionTriggered, this, [this] {
    if (models_->rowCount() > 0) filter_->clear();
    else context_.commands.trigger(QStringLiteral("models.folder"));
  });
  connect(filter_, &widgets::SearchField::searchChanged, this, [this](const QString& text) {
    sorted_->setFilterFixedString(text.trimmed());
    showFound();
  });
  // A state that changes can bring a row into the filter or take it out.
  connect(sorted_, &QAbstractItemModel::rowsInserted, this, &ModelsWidget::showFound);
  connect(sorted_, &QAbstractItemModel::rowsRemoved, this, &ModelsWidget::showFound);
  connect(&scanner_, &ModelScanner::found, this, [this](const FoundModel& model) {
    models_->add(model);
    if (!wanted_.isEmpty() && model.path == wanted_) select(wanted_);
    else if (!table_->currentIndex().isValid()) table_->setCurrentIndex(sorted_->index(0, 0));
    scan_state_->setText(tr("Searching… %n model(s)", nullptr, models_->rowCount()));
  });
  connect(&scanner_, &ModelScanner::finished, this, [this](int count, const QStringList& unreadable) {
    endScan(tr("%n model(s)", nullptr, count));
    if (!unreadable.isEmpty()) {
      scan_error_->showMessage(widgets::ErrorBar::Severity::Warning, tr("Some folders could not be read"), unreadable.join(QLatin1Char('\n')));
    }
  });
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
    details_->choose(chosen() ? chosen()->path : QString());
    if (chosen() && wanted_.isEmpty()) context_.settings.set(kChosen, chosen()->path);  // not what stands in until that is found
  });
  connect(table_, &QTableView::activated, details_, &ModelDetails::load);

  EngineController& engine = context_.engine;
  auto loadedChanged = [this] {
    models_->setLoaded(context_.engine.loaded(), context_.engine.currentPath());
    details_->showLoaded();
  };
  connect(&engine, &EngineController::loadedChanged, this, loadedChanged);
  connect(&engine, &EngineController::loadedChanged, this, [this] {
    const QStringList loaded = context_.engine.loaded();
    if (stale_ || scanner_.running() || std::all_of(loaded.begin(), loaded.end(), [this](const QString& path) { return models_->rowOf(path) >= 0; })) return;
    stale_ = true;  // one that no folder has
    if (active_) rescan();
  });
  connect(&engine, &EngineController::started, this, &ModelsWidget::scanFirst, Qt::QueuedConnection);
  connect(&engine, &EngineController::currentChanged, this, loadedChanged);
  connect(&engine, &EngineController::loadProgress, this, [this] {
    models_->setLoading(context_.engine.loading());
    details_->showLoading();
  });
  connect(&engine, &EngineController::loadFinished, this, [this](const LoadOutcome& outcome) {
    models_->setLoading(context_.engine.loading());
    const bool cancelled = outcome.error && outcome.error->code == ErrorCode::cancelled;
    models_->setFailure(outcome.path, cancelled ? std::nullopt : outcome.error);
    details_->endLoading(outcome);
    scanFirst();
  });
  connect(&context_.settings, &Settings::changed, this, [this](const QString& key) {
    if (key != keys::modelFolders && key != keys::scanHubCache) return;
    stale_ = true;
    if (active_) rescan();
  });
  widgets::keepFocusAt(table_, details_->controls());
  addCommands();
  loadedChanged();
  QMetaObject::invokeMethod(this, &ModelsWidget::scanFirst, Qt::QueuedConnection);
  remember(context_.settings, splitter_);
  remember(context_.settings, filter_);
  remember(context_.settings, table_);
}

void ModelsWidget::buildTools(QVBoxLayout* column) {
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  auto* add = new QPushButton(widgets::icon(QStringLiteral("folder")), tr("Add a folder"), this);
  add->setObjectName(QStringLiteral("addFolder"));
  add->setToolTip(tr("It is searched with all its subfolders. Nothing is copied."));
  connect(add, &QPushButton::clicked, this, [this] { context_.commands.trigger(QStringLiteral("models.folder")); });
  auto* folders = new QToolButton(this);
  folders->setObjectName(QStringLiteral("folders"));
  folders->setText(tr("Folders"));
  folders->setToolButtonStyle(Qt::ToolButtonTextOnly);
  folders->setPopupMode(QToolButton::InstantPopup);
  folders->setToolTip(tr("Which folders are searched"));
  folders->setMenu(new FolderMenu(context_.settings, folders));
  again_ = new QToolButton(this);
  again_->setObjectName(QStringLiteral("rescan"));
  connect(again_, &QToolButton::clicked, this, [this] {
    if (scanner_.running()) stopScan();
    else context_.commands.trigger(QStringLiteral("models.rescan"));
  });
  scan_state_ = new QLabel(this);
  scan_state_->setObjectName(QStringLiteral("scanState"));
  widgets::setTextRole(scan_state_, widgets::TextRole::Small, widgets::Tone::Muted);
  filter_ = new widgets::SearchField(this);
  filter_->setObjectName(QStringLiteral("modelsFilter"));
  filter_->setPlaceholderText(tr("Filter"));
  filter_->setAccessibleName(tr("Filter models"));
  filter_->setMaximumWidth(260);
  row->addWidget(add);
  row->addWidget(folders);
  row->addWidget(again_);
  row->addWidget(scan_state_);
  row->addStretch(1);
  row->addWidget(filter_, 1);
  column->addLayout(row);
}

void ModelsWidget::addCommands() {
  CommandRegistry& commands = context_.commands;
  const QString group = tr("Models");
  commands.add({QStringLiteral("models.folder"), tr("Add a folder with models…"), group, QStringLiteral("folder"), {}}, [this] {
    context_.commands.trigger(QStringLiteral("go.models"));
    askForModelFolder(this, [this](const ModelPaths& paths) { addFolders(paths); });
  });
  commands.add({QStringLiteral("models.rescan"), tr("Search for models again"), group, QStringLiteral("regenerate"), QKeySequence(Qt::Key_F5), this}, [this] { rescan(); });
  commands.add({QStringLiteral("models.load"), tr("Load the chosen model"), group, QStringLiteral("play"), {}, this}, [this] { details_->load(); });
  commands.add({QStringLiteral("models.unload"), tr("Unload the chosen model"), group, QStringLiteral("close"), {}, this}, [this] { details_->unload(); });
  commands.addTargets([this] {
    QList<PaletteTarget> targets;
    for (int row = 0; row < models_->rowCount(); ++row) {
      const FoundModel* model = models_->at(row);
      targets.append({QStringLiteral("model.") + model->path, models_->index(row, ModelsModel::Name).data().toString(), tr("Models"),
                      models_->index(row, ModelsModel::State).data().toString(), QStringLiteral("models"), [this, path = model->path] {
                        context_.commands.trigger(QStringLiteral("go.models"));
                        select(path);
                      }});
    }
    return targets;
  });
}

void ModelsWidget::addFolders(const ModelPaths& paths) {
  QString known;  // one that is in the list already
  for (const QString& path : paths.usable) {
    if (QFileInfo(path).isFile()) wanted_ = path;
    for (int row = 0; row < models_->rowCount() && known.isEmpty(); ++row) {
      const QString& found = models_->at(row)->path;
      if (found == path || found.startsWith(path + QLatin1Char('/'))) known = found;
    }
  }
  addModelFolders(context_.settings, paths);
  if (!known.isEmpty()) select(known);
  if (paths.refused.isEmpty()) return;
  scan_error_->showMessage(widgets::ErrorBar::Severity::Warning, tr("Only folders and GGUF files hold models"), paths.refused.join(QLatin1Char('\n')));
}

void ModelsWidget::setActive(bool active) {
  active_ = active;
  if (active && stale_) rescan();
  details_->setActive(active);
}

MemoryModel& ModelsWidget::memory() const { return details_->memory(); }

bool ModelsWidget::settled() const { return !scanner_.running() && !stale_; }

// Once the engine has nothing to load, so that reading the headers does not hold that up.
void ModelsWidget::scanFirst() {
  if (!scanned_ && context_.engine.running() && context_.engine.loading().isEmpty()) rescan();
}

void ModelsWidget::rescan() {
  stale_ = false;
  scanned_ = true;
  if (wanted_.isEmpty()) wanted_ = chosen() ? chosen()->path : context_.settings.text(kChosen, context_.engine.currentPath());
  scan_error_->dismiss();
  models_->clear();
  scan_state_->setText(tr("Searching…"));
  QStringList used = context_.engine.loaded();
  const QList<LoadState> loads = context_.engine.loading();
  for (const LoadState& each : loads) used.append(each.path);
  scanner_.scan({embedded_, context_.settings.texts(keys::modelFolders), context_.settings.flag(keys::scanHubCache, true), used});
  showScanning();
  showFound();
}

void ModelsWidget::stopScan() {
  scanner_.cancel();
  endScan(tr("Stopped at %n model(s)", nullptr, models_->rowCount()));
}

void ModelsWidget::endScan(const QString& told) {
  wanted_.clear();
  scan_state_->setText(told);
  showScanning();
  showFound();
  if (!hasUserWidths(table_)) widgets::fitColumns(table_);
}

void ModelsWidget::showScanning() {
  const QString does = scanner_.running() ? tr("Stop searching") : tr("Search again");
  again_->setIcon(widgets::icon(scanner_.running() ? QStringLiteral("stop") : QStringLiteral("regenerate")));
  again_->setToolTip(does);
  again_->setAccessibleName(does);
}

void ModelsWidget::showFound() {
  const bool none = models_->rowCount() == 0;
  const bool shown = none ? scanner_.running() : sorted_->rowCount() > 0;
  stack_->setCurrentWidget(shown ? static_cast<QWidget*>(table_) : nothing_);
  if (none) {
    nothing_->setText(tr("No models were found"), tr("Name a folder with GGUF files or safetensors. Nothing is copied."));
    nothing_->setAction(tr("Add a folder"), QStringLiteral("folder"));
  } else {
    nothing_->setText(tr("No model matches “%1”").arg(filter_->text().trimmed()), {});
    nothing_->setAction(tr("Clear the filter"), QStringLiteral("close"));
  }
}

const FoundModel* ModelsWidget::chosen() const {
  const QModelIndex index = sorted_->mapToSource(table_->currentIndex());
  return index.isValid() ? models_->at(index.row()) : nullptr;
}

void ModelsWidget::select(const QString& path) {
  const int row = models_->rowOf(path);
  if (row < 0) {
    wanted_ = path;
    return;
  }
  wanted_.clear();
  table_->setCurrentIndex(sorted_->mapFromSource(models_->index(row, 0)));
}

void ModelsWidget::dragEnterEvent(QDragEnterEvent* event) {
  if (!modelPaths(localFiles(event->mimeData())).usable.isEmpty()) event->acceptProposedAction();
}

void ModelsWidget::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  addFolders(modelPaths(localFiles(event->mimeData())));
}

}  // namespace roundhouse::app
