// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/models_widget.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QSortFilterProxyModel>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

#include "app/models/memory_bars.h"
#include "app/models/memory_model.h"
#include "app/models/metadata_model.h"
#include "app/models/models_model.h"
#include "app/shell/background.h"
#include "app/shell/command_registry.h"
#include "app/shell/remembered.h"
#include "app/shell/settings.h"
#include "app/shell/show_error.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/search_field.h"
#include "widgets/controls/table.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

// A colour chip before each purpose: the key to the bars.
class PurposeDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    if (index.row() >= MemoryModel::Total) return;
    const QRect chip(option.rect.left() + grid::kTight, option.rect.center().y() - 5, 10, 10);
    painter->fillRect(chip, MemoryBars::colorOf(index.row()));
  }
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
    QStyledItemDelegate::initStyleOption(option, index);
    option->features |= QStyleOptionViewItem::HasDecoration;
    option->decorationSize = {10 + grid::kTight, 10};
    option->icon = QIcon();
  }
};

bool mayHoldModels(const QString& path) {
  const QFileInfo info(path);
  return info.isDir() || (info.isFile() && info.suffix().compare(QLatin1String("gguf"), Qt::CaseInsensitive) == 0);
}

QStringList localFiles(const QMimeData* data) {
  QStringList paths;
  const QList<QUrl> urls = data->urls();
  for (const QUrl& url : urls) {
    if (url.isLocalFile()) paths.append(url.toLocalFile());
  }
  return paths;
}

}  // namespace

ModelsWidget::ModelsWidget(AppContext& context, const QString& embeddedModel, QWidget* parent)
    : QWidget(parent), context_(context), embedded_(embeddedModel), scanner_(context.engine.api().inspect),
      models_(new ModelsModel(this)), sorted_(new QSortFilterProxyModel(this)), memory_(new MemoryModel(this)),
      metadata_(new MetadataModel(this)), metadata_found_(new QSortFilterProxyModel(this)) {
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
  splitter_->addWidget(buildDetails());
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
    if (!progress_->running()) progress_of_.clear();  // how it ended has been read
    showDetails();
  });
  connect(table_, &QTableView::activated, this, &ModelsWidget::loadChosen);

  EngineController& engine = context_.engine;
  auto loadedChanged = [this] {
    models_->setLoaded(context_.engine.loaded(), context_.engine.currentPath());
    if (!progress_->running() && !models_->isLoaded(progress_of_)) progress_of_.clear();  // "Loaded" is no longer true
    showDetails();
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
    showLoading();
  });
  connect(&engine, &EngineController::loadFinished, this, [this](const LoadOutcome& outcome) {
    models_->setLoading(context_.engine.loading());
    const bool cancelled = outcome.error && outcome.error->code == ErrorCode::cancelled;
    models_->setFailure(outcome.path, cancelled ? std::nullopt : outcome.error);
    if (progress_of_ == outcome.path && progress_->running()) {
      progress_->finish(outcome.model ? widgets::ProgressLine::Outcome::Done
                        : cancelled   ? widgets::ProgressLine::Outcome::Cancelled
                                      : widgets::ProgressLine::Outcome::Failed,
                        outcome.model ? tr("Loaded") : cancelled ? tr("Loading was cancelled") : tr("Loading failed"));
    }
    showDetails();
    scanFirst();
  });
  connect(&context_.settings, &Settings::changed, this, [this](const QString& key) {
    if (key != keys::modelFolders && key != keys::scanHubCache) return;
    showFolders();
    stale_ = true;
    if (active_) rescan();
  });
  measure_timer_.setInterval(1000);
  connect(&measure_timer_, &QTimer::timeout, this, [this] {
    showMemory();
    measure();
  });
  addCommands();
  showFolders();
  loadedChanged();
  QMetaObject::invokeMethod(this, &ModelsWidget::scanFirst, Qt::QueuedConnection);
  remember(context_.settings, splitter_);
  remember(context_.settings, filter_);
  for (QTableView* table : {table_, metadata_table_}) remember(context_.settings, table);
}

void ModelsWidget::buildTools(QVBoxLayout* column) {
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  auto* add = new QPushButton(widgets::icon(QStringLiteral("folder")), tr("Add a folder"), this);
  add->setObjectName(QStringLiteral("addFolder"));
  add->setToolTip(tr("It is searched with all its subfolders. Nothing is copied."));
  connect(add, &QPushButton::clicked, this, [this] { context_.commands.trigger(QStringLiteral("models.folder")); });
  folders_ = new QToolButton(this);
  folders_->setObjectName(QStringLiteral("folders"));
  folders_->setText(tr("Folders"));
  folders_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  folders_->setPopupMode(QToolButton::InstantPopup);
  folders_->setToolTip(tr("Which folders are searched"));
  folder_menu_ = new QMenu(folders_);
  folder_menu_->setObjectName(QStringLiteral("folderMenu"));
  folders_->setMenu(folder_menu_);
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
  row->addWidget(folders_);
  row->addWidget(again_);
  row->addWidget(scan_state_);
  row->addStretch(1);
  row->addWidget(filter_, 1);
  column->addLayout(row);
}

QWidget* ModelsWidget::buildDetails() {
  auto* details = new QWidget(splitter_);
  details->setObjectName(QStringLiteral("modelDetails"));
  auto* row = new QHBoxLayout(details);
  row->setContentsMargins(0, grid::kSmall, 0, 0);
  row->setSpacing(grid::kLarge);

  auto* scroll = new QScrollArea(details);
  scroll->setObjectName(QStringLiteral("modelFacts"));
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* left = new QWidget(scroll);
  auto* column = new QVBoxLayout(left);
  column->setContentsMargins(0, 0, grid::kSmall, 0);
  column->setSpacing(grid::kSmall);
  auto label = [&](const QString& id, widgets::TextRole role, widgets::Tone tone) {
    auto* made = new QLabel(left);
    made->setObjectName(id);
    made->setTextFormat(Qt::PlainText);
    made->setWordWrap(true);
    made->setTextInteractionFlags(Qt::TextSelectableByMouse);
    widgets::setTextRole(made, role, tone);
    column->addWidget(made);
    return made;
  };
  name_ = label(QStringLiteral("modelName"), widgets::TextRole::Title, widgets::Tone::Normal);
  facts_ = label(QStringLiteral("modelSummary"), widgets::TextRole::Body, widgets::Tone::Muted);
  path_ = label(QStringLiteral("modelPath"), widgets::TextRole::Small, widgets::Tone::Muted);
  why_not_ = label(QStringLiteral("whyNot"), widgets::TextRole::Body, widgets::Tone::Danger);

  auto* contextRow = new QHBoxLayout;
  auto* contextLabel = new QLabel(tr("Context"), left);
  context_tokens_ = new QSpinBox(left);
  context_tokens_->setObjectName(QStringLiteral("contextTokens"));
  context_tokens_->setAccessibleName(tr("Context in tokens"));
  context_tokens_->setToolTip(tr("Memory is reserved for so many tokens of prompt and answer together."));
  context_tokens_->setRange(64, 1 << 20);
  context_tokens_->setSingleStep(256);
  context_tokens_->setGroupSeparatorShown(true);
  context_tokens_->setSuffix(tr(" tokens"));
  contextLabel->setBuddy(context_tokens_);
  contextRow->addWidget(contextLabel);
  contextRow->addWidget(context_tokens_);
  contextRow->addStretch(1);
  column->addLayout(contextRow);

  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(grid::kSmall);
  load_ = new QPushButton(tr("Load"), left);
  load_->setObjectName(QStringLiteral("load"));
  widgets::setTone(load_, widgets::Tone::Primary);
  use_ = new QPushButton(tr("Answer with it"), left);
  use_->setObjectName(QStringLiteral("use"));
  unload_ = new QPushButton(tr("Unload"), left);
  unload_->setObjectName(QStringLiteral("unload"));
  buttons->addWidget(load_);
  buttons->addWidget(use_);
  buttons->addWidget(unload_);
  buttons->addStretch(1);
  column->addLayout(buttons);
  progress_ = new widgets::ProgressLine(left);
  progress_->setObjectName(QStringLiteral("loadProgress"));
  column->addWidget(progress_);
  load_error_ = new widgets::ErrorBar(left);
  load_error_->setObjectName(QStringLiteral("loadError"));
  column->addWidget(load_error_);
  column->addStretch(1);
  scroll->setWidget(left);

  auto* middle = new QWidget(details);
  auto* middleColumn = new QVBoxLayout(middle);
  middleColumn->setContentsMargins(0, 0, 0, 0);
  middleColumn->setSpacing(grid::kSmall);
  bars_ = new MemoryBars(*memory_, middle);
  memory_table_ = widgets::makeTable(middle, QStringLiteral("memoryTable"), tr("Memory by purpose"));
  memory_table_->setModel(memory_);
  memory_table_->setItemDelegateForColumn(MemoryModel::Purpose, new PurposeDelegate(memory_table_));
  memory_table_->setSelectionMode(QAbstractItemView::NoSelection);
  memory_table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  memory_table_->horizontalHeader()->setStretchLastSection(false);
  memory_table_->horizontalHeader()->setSectionResizeMode(MemoryModel::Purpose, QHeaderView::Stretch);
  memory_table_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  memory_table_->setFixedHeight(memory_table_->verticalHeader()->defaultSectionSize() * MemoryModel::RowCount + memory_table_->horizontalHeader()->sizeHint().height() + 2);
  fits_ = new QLabel(middle);
  fits_->setObjectName(QStringLiteral("fits"));
  fits_->setWordWrap(true);
  widgets::setTextRole(fits_, widgets::TextRole::Small, widgets::Tone::Muted);
  middleColumn->addWidget(bars_);
  middleColumn->addWidget(memory_table_);
  middleColumn->addWidget(fits_);
  middleColumn->addStretch(1);

  auto* right = new QWidget(details);
  auto* rightColumn = new QVBoxLayout(right);
  rightColumn->setContentsMargins(0, 0, 0, 0);
  rightColumn->setSpacing(grid::kSmall);
  metadata_filter_ = new widgets::SearchField(right);
  metadata_filter_->setObjectName(QStringLiteral("metadataFilter"));
  metadata_filter_->setPlaceholderText(tr("Search the metadata"));
  metadata_filter_->setAccessibleName(tr("Search the metadata"));
  metadata_stack_ = new QStackedWidget(right);
  metadata_nothing_ = new QLabel(metadata_stack_);
  metadata_nothing_->setObjectName(QStringLiteral("metadataNothing"));
  metadata_nothing_->setTextFormat(Qt::PlainText);
  metadata_nothing_->setWordWrap(true);
  metadata_nothing_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  widgets::setTextRole(metadata_nothing_, widgets::TextRole::Small, widgets::Tone::Muted);
  metadata_table_ = widgets::makeTable(metadata_stack_, QStringLiteral("metadataTable"), tr("Metadata"));
  metadata_stack_->addWidget(metadata_table_);
  metadata_stack_->addWidget(metadata_nothing_);
  metadata_found_->setSourceModel(metadata_);
  metadata_found_->setFilterKeyColumn(-1);
  metadata_found_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  metadata_table_->setModel(metadata_found_);
  metadata_table_->horizontalHeader()->setStretchLastSection(true);
  metadata_table_->setColumnWidth(0, 220 * fontMetrics().averageCharWidth() / 8);
  connect(metadata_filter_, &widgets::SearchField::searchChanged, this, [this](const QString& text) {
    metadata_found_->setFilterFixedString(text.trimmed());
    showMetadataFound();
  });
  connect(metadata_found_, &QAbstractItemModel::modelReset, this, &ModelsWidget::showMetadataFound);
  rightColumn->addWidget(metadata_filter_);
  rightColumn->addWidget(metadata_stack_, 1);

  row->addWidget(scroll, 5);
  row->addWidget(middle, 5);
  row->addWidget(right, 6);

  connect(load_, &QPushButton::clicked, this, &ModelsWidget::loadChosen);
  connect(unload_, &QPushButton::clicked, this, &ModelsWidget::unloadChosen);
  connect(use_, &QPushButton::clicked, this, [this] {
    if (const FoundModel* model = chosen()) context_.engine.setCurrent(model->path);
  });
  connect(progress_, &widgets::ProgressLine::cancelRequested, this, [this] {
    context_.engine.cancelLoad(progress_of_);
  });
  connect(context_tokens_, &QSpinBox::valueChanged, this, [this] {
    if (const FoundModel* model = chosen()) rememberContext(context_.settings, model->path, loadOptions().context_tokens);
    showMemory();
  });
  return details;
}

void ModelsWidget::addCommands() {
  CommandRegistry& commands = context_.commands;
  const QString group = tr("Models");
  commands.add({QStringLiteral("models.folder"), tr("Add a folder with models…"), group, QStringLiteral("folder"), {}}, [this] {
    context_.commands.trigger(QStringLiteral("go.models"));
    auto* dialog = new QFileDialog(this, tr("A folder with models"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(QStringLiteral("folderDialog"));
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly, true);
    connect(dialog, &QFileDialog::filesSelected, this, &ModelsWidget::addFolders);
    dialog->open();
  });
  commands.add({QStringLiteral("models.rescan"), tr("Search for models again"), group, QStringLiteral("regenerate"), QKeySequence(Qt::Key_F5), this}, [this] { rescan(); });
  commands.add({QStringLiteral("models.load"), tr("Load the chosen model"), group, QStringLiteral("play"), {}, this}, [this] { loadChosen(); });
  commands.add({QStringLiteral("models.unload"), tr("Unload the chosen model"), group, QStringLiteral("close"), {}, this}, [this] { unloadChosen(); });
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

void ModelsWidget::addFolders(const QStringList& paths) {
  QStringList folders = context_.settings.texts(keys::modelFolders), others;
  QString known;  // one that is in the list already
  for (const QString& path : paths) {
    const QString clean = QFileInfo(path).absoluteFilePath();
    if (!mayHoldModels(path)) {
      others.append(clean);
      continue;
    }
    if (QFileInfo(path).isFile()) wanted_ = clean;
    if (!folders.contains(clean)) folders.append(clean);
    for (int row = 0; row < models_->rowCount() && known.isEmpty(); ++row) {
      const QString& found = models_->at(row)->path;
      if (found == clean || found.startsWith(clean + QLatin1Char('/'))) known = found;
    }
  }
  context_.settings.setTexts(keys::modelFolders, folders);
  if (!known.isEmpty()) select(known);
  if (others.isEmpty()) return;
  scan_error_->showMessage(widgets::ErrorBar::Severity::Warning, tr("Only folders and GGUF files hold models"), others.join(QLatin1Char('\n')));
}

void ModelsWidget::showFolders() {
  folder_menu_->clear();
  const QStringList folders = context_.settings.texts(keys::modelFolders);
  for (const QString& folder : folders) {
    QAction* remove = folder_menu_->addAction(widgets::icon(QStringLiteral("remove")), tr("Do not search %1").arg(folder));
    connect(remove, &QAction::triggered, this, [this, folder] {
      QStringList left = context_.settings.texts(keys::modelFolders);
      left.removeAll(folder);
      context_.settings.setTexts(keys::modelFolders, left);
    });
  }
  if (!folders.isEmpty()) folder_menu_->addSeparator();
  QAction* hub = folder_menu_->addAction(tr("Search the Hugging Face cache, %1").arg(hubCacheFolder()));
  hub->setCheckable(true);
  hub->setChecked(context_.settings.flag(keys::scanHubCache, true));
  connect(hub, &QAction::toggled, this, [this](bool on) { context_.settings.set(keys::scanHubCache, on); });
}

void ModelsWidget::setActive(bool active) {
  active_ = active;
  if (!active) {
    measure_timer_.stop();
    return;
  }
  measure_timer_.start();
  if (stale_) rescan();
  showDetails();
}

bool ModelsWidget::settled() const { return !scanner_.running() && !stale_; }

// Once the engine has nothing to load, so that reading the headers does not hold that up.
void ModelsWidget::scanFirst() {
  if (!scanned_ && context_.engine.running() && context_.engine.loading().isEmpty()) rescan();
}

void ModelsWidget::rescan() {
  stale_ = false;
  scanned_ = true;
  if (wanted_.isEmpty()) wanted_ = chosen() ? chosen()->path : context_.engine.currentPath();
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

void ModelsWidget::showMetadataFound() {
  const bool none = metadata_->rowCount() > 0 && metadata_found_->rowCount() == 0;
  metadata_nothing_->setText(tr("Nothing in the metadata matches “%1”.").arg(metadata_filter_->text().trimmed()));
  metadata_stack_->setCurrentWidget(none ? static_cast<QWidget*>(metadata_nothing_) : metadata_table_);
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

LoadOptions ModelsWidget::loadOptions() const {
  LoadOptions options;
  const FoundModel* model = chosen();
  // The model's own length is asked for as 0, so that the audit log says what was chosen.
  if (model && model->info && context_tokens_->value() < model->info->context_tokens) options.context_tokens = context_tokens_->value();
  return options;
}

void ModelsWidget::showDetails() {
  const FoundModel* model = chosen();
  for (QWidget* each : std::initializer_list<QWidget*>{load_, use_, unload_, context_tokens_}) each->setEnabled(model);
  if (!model) {
    name_->setText(tr("Choose a model"));
    for (QLabel* each : {facts_, path_, why_not_}) each->hide();
    for (QWidget* each : std::initializer_list<QWidget*>{use_, unload_, progress_}) each->hide();
    load_->setEnabled(false);
    load_error_->dismiss();
    metadata_->setMetadata({});
    showMemory();
    return;
  }
  const int row = models_->rowOf(model->path);
  name_->setText(models_->index(row, ModelsModel::Name).data().toString());
  QStringList facts;
  if (model->origin == QLatin1String("embedded")) facts.append(tr("Comes with Roundhouse"));
  if (model->info) {
    const ModelInfo& info = *model->info;
    auto add = [&](const QString& text) {
      if (!text.isEmpty()) facts.append(text);
    };
    add(QString::fromStdString(info.description));
    add(QStringLiteral("%1, %2").arg(QString::fromStdString(info.format), QString::fromStdString(info.architecture)));
    if (info.layers) add(tr("%1 layers, width %2, vocabulary %3").arg(QLocale().toString(info.layers), QLocale().toString(info.width), QLocale().toString(info.vocabulary)));
    if (!info.routing.layers.empty()) {
      add(tr("Experts: %n routed layers of %1, %2 per token, scored by %3", nullptr, int(info.routing.layers.size()))
              .arg(info.routing.max_experts()).arg(info.routing.max_top_k())
              .arg(QString::fromStdString(info.routing.layers.front().score)));
    }
    if (!info.license.empty()) add(tr("Licence: %1").arg(QString::fromStdString(info.license)));
    if (!info.author.empty()) add(tr("By %1").arg(QString::fromStdString(info.author)));
    if (!info.base_model.empty()) add(tr("Made from %1").arg(QString::fromStdString(info.base_model)));
    if (!info.has_chat_template && info.loadable) add(tr("Has no chat template: it continues texts, it does not chat"));
  }
  facts_->setText(facts.join(QLatin1Char('\n')));
  facts_->setVisible(!facts.isEmpty());
  path_->setText(model->path);
  path_->show();
  const QString why = models_->reason(*model);
  why_not_->setText(tr("Cannot be loaded: %1").arg(why));
  why_not_->setVisible(!why.isEmpty());
  metadata_->setMetadata(model->info ? model->info->metadata : decltype(ModelInfo::metadata){});

  const bool loaded = models_->isLoaded(model->path);
  load_->setVisible(!loaded);
  unload_->setVisible(loaded);
  use_->setVisible(loaded);
  use_->setEnabled(context_.engine.currentPath() != model->path);
  if (model->info && model->info->context_tokens > 0) {
    const QSignalBlocker quiet(context_tokens_);
    context_tokens_->setRange(std::min(64, model->info->context_tokens), model->info->context_tokens);
    const std::shared_ptr<Model> there = context_.engine.model(model->path);
    const int remembered = rememberedContext(context_.settings, model->path);
    context_tokens_->setValue(there ? there->context_tokens() : remembered > 0 ? remembered : model->info->context_tokens);
  }
  if (const auto failure = models_->failure(model->path)) showError(load_error_, *failure, tr("The model was not loaded"));
  else load_error_->dismiss();
  showLoading();
  showMemory();
  measure();
}

// Tells the model nothing: a filter that takes the chosen row away asks for this in the midst of it.
void ModelsWidget::showLoading() {
  const QList<LoadState> loads = context_.engine.loading();
  const FoundModel* model = chosen();
  const bool loading = model && std::any_of(loads.begin(), loads.end(), [model](const LoadState& each) { return each.path == model->path; });
  const bool can = model && !loading && !models_->isLoaded(model->path) && models_->reason(*model).isEmpty();
  load_->setEnabled(can && !context_.engine.startError());
  context_tokens_->setEnabled(can);
  for (const LoadState& each : loads) {
    if (!model || each.path != model->path) continue;
    if (!progress_->running() || progress_of_ != each.path) progress_->start(tr("Loading"));
    progress_of_ = each.path;
    if (!each.stage.isEmpty()) progress_->setProgress(each.fraction, 1.0, stageText(each.stage));
    progress_->show();
    return;
  }
  progress_->setVisible(model && model->path == progress_of_);
}

void ModelsWidget::showMemory() {
  const FoundModel* model = chosen();
  std::optional<MemoryUse> predicted, used;
  const std::shared_ptr<Model> there = model ? context_.engine.model(model->path) : nullptr;
  if (model && model->info && model->info->loadable && context_.engine.api().predict) {
    LoadOptions options = loadOptions();
    if (there) options.context_tokens = there->context_tokens();
    predicted = context_.engine.api().predict(*model->info, options);
  }
  if (there && measured_.lock() == there) used = used_;
  memory_->setValues(predicted, used);
  const std::uint64_t available = available_memory_bytes();
  bars_->setAvailable(there ? 0 : available);
  QString text;
  widgets::Tone tone = widgets::Tone::Muted;
  if (predicted && !there && available) {
    if (predicted->total_bytes() <= available) {
      text = tr("Fits: %1 of memory are free.").arg(bytesText(available));
    } else {
      text = tr("Does not fit: only %1 of memory are free. Choose a shorter context or a smaller model.").arg(bytesText(available));
      tone = widgets::Tone::Warning;
    }
  } else if (used && predicted) {
    const double ratio = double(used->total_bytes()) / double(std::max<std::uint64_t>(1, predicted->total_bytes()));
    text = tr("Used is %1 % of what was predicted. The KV cache counts what sessions have reserved.").arg(QLocale().toString(ratio * 100.0, 'f', 0));
  }
  widgets::setTextRole(fits_, widgets::TextRole::Small, tone);
  fits_->setText(text);
}

// In the background, one at a time: a model that answers lets it wait for its whole step.
void ModelsWidget::measure() {
  const FoundModel* model = chosen();
  std::shared_ptr<Model> there = model ? context_.engine.model(model->path) : nullptr;
  if (!there || measuring_) return;
  measuring_ = true;
  std::weak_ptr<Model> measured = there;
  runInBackground(this, [there = std::move(there)]() mutable { return std::exchange(there, nullptr)->memory_use(); },
                  [this, measured](const MemoryUse& use) {
    measuring_ = false;
    measured_ = measured;
    used_ = use;
    showMemory();
    const FoundModel* now = chosen();
    if (active_ && now && context_.engine.model(now->path) != measured.lock()) measure();
  });
}

void ModelsWidget::loadChosen() {
  const FoundModel* model = chosen();
  if (!model || !models_->reason(*model).isEmpty() || models_->isLoaded(model->path)) return;
  models_->setFailure(model->path, std::nullopt);
  context_.engine.load(model->path, loadOptions());
}

void ModelsWidget::unloadChosen() {
  if (const FoundModel* model = chosen()) context_.engine.unload(model->path);
}

void ModelsWidget::dragEnterEvent(QDragEnterEvent* event) {
  const QStringList paths = localFiles(event->mimeData());
  if (std::any_of(paths.begin(), paths.end(), mayHoldModels)) event->acceptProposedAction();
}

void ModelsWidget::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  addFolders(localFiles(event->mimeData()));
}

}  // namespace roundhouse::app
