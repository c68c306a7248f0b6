// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/model_details.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "app/models/memory_bars.h"
#include "app/models/memory_model.h"
#include "app/models/metadata_view.h"
#include "app/models/models_model.h"
#include "app/shell/app_context.h"
#include "app/shell/background.h"
#include "app/shell/engine_text.h"
#include "app/shell/format.h"
#include "app/shell/settings.h"
#include "app/shell/show_error.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/spin_box.h"
#include "widgets/controls/table.h"
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

}  // namespace

ModelDetails::ModelDetails(AppContext& context, ModelsModel& models, QWidget* parent)
    : QWidget(parent), context_(context), models_(models), memory_(new MemoryModel(this)) {
  setObjectName(QStringLiteral("modelDetails"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, grid::kSmall, 0, 0);
  row->setSpacing(grid::kLarge);
  row->addWidget(buildFacts(), 5);
  row->addWidget(buildMemory(), 5);
  metadata_ = new MetadataView(context_.settings, this);
  row->addWidget(metadata_, 6);

  connect(load_, &QPushButton::clicked, this, &ModelDetails::load);
  connect(unload_, &QPushButton::clicked, this, &ModelDetails::unload);
  connect(use_, &QPushButton::clicked, this, [this] {
    if (model()) context_.engine.setCurrent(path_);
  });
  connect(progress_, &widgets::ProgressLine::cancelRequested, this, [this] {
    context_.engine.cancelLoad(progress_of_);
  });
  connect(context_tokens_, &QSpinBox::valueChanged, this, [this] {
    if (model()) rememberContext(context_.settings, path_, loadOptions().context_tokens);
    showMemory();
  });
  measure_timer_.setInterval(1000);
  connect(&measure_timer_, &QTimer::timeout, this, [this] {
    showMemory();
    measure();
  });
  refresh();
}

QWidget* ModelDetails::buildFacts() {
  auto* scroll = new QScrollArea(this);
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
  path_label_ = label(QStringLiteral("modelPath"), widgets::TextRole::Small, widgets::Tone::Muted);
  why_not_ = label(QStringLiteral("whyNot"), widgets::TextRole::Body, widgets::Tone::Danger);

  auto* contextRow = new QHBoxLayout;
  auto* contextLabel = new QLabel(tr("Context"), left);
  context_tokens_ = new widgets::SpinBox(left);
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
  return scroll;
}

QWidget* ModelDetails::buildMemory() {
  auto* scroll = new QScrollArea(this);
  scroll->setObjectName(QStringLiteral("modelMemory"));
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* middle = new QWidget(scroll);
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
  widgets::showAllRows(memory_table_);
  fits_ = new QLabel(middle);
  fits_->setObjectName(QStringLiteral("fits"));
  fits_->setWordWrap(true);
  widgets::setTextRole(fits_, widgets::TextRole::Small, widgets::Tone::Muted);
  middleColumn->addWidget(bars_);
  middleColumn->addWidget(memory_table_);
  middleColumn->addWidget(fits_);
  middleColumn->addStretch(1);
  scroll->setWidget(middle);
  return scroll;
}

const FoundModel* ModelDetails::model() const { return path_.isEmpty() ? nullptr : models_.at(models_.rowOf(path_)); }

QList<QWidget*> ModelDetails::controls() const { return QList<QWidget*>{load_, use_, unload_, context_tokens_} + progress_->findChildren<QWidget*>(); }

void ModelDetails::choose(const QString& path) {
  path_ = path;
  if (!progress_->running()) progress_of_.clear();  // how it ended has been read
  refresh();
}

void ModelDetails::showLoaded() {
  if (!progress_->running() && !models_.isLoaded(progress_of_)) progress_of_.clear();  // "Loaded" is no longer true
  refresh();
}

void ModelDetails::endLoading(const LoadOutcome& outcome) {
  const bool cancelled = outcome.error && outcome.error->code == ErrorCode::cancelled;
  if (progress_of_ == outcome.path && progress_->running()) {
    progress_->finish(outcome.model ? widgets::ProgressLine::Outcome::Done
                      : cancelled   ? widgets::ProgressLine::Outcome::Cancelled
                                    : widgets::ProgressLine::Outcome::Failed,
                      outcome.model ? tr("Loaded") : cancelled ? tr("Loading was cancelled") : tr("Loading failed"));
  }
  refresh();
}

void ModelDetails::setActive(bool active) {
  active_ = active;
  if (!active) return measure_timer_.stop();
  measure_timer_.start();
  refresh();
}

LoadOptions ModelDetails::loadOptions() const {
  LoadOptions options;
  const FoundModel* model = this->model();
  // The model's own length is asked for as 0, so that the audit log says what was chosen.
  if (model && model->info && context_tokens_->value() < model->info->context_tokens) options.context_tokens = context_tokens_->value();
  return options;
}

QStringList ModelDetails::facts(const FoundModel& model) const {
  QStringList facts;
  if (model.origin == QLatin1String("embedded")) facts.append(tr("Comes with Roundhouse"));
  if (model.info) {
    const ModelInfo& info = *model.info;
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
    if (!info.has_chat_template && !info.not_loadable) add(tr("Has no chat template: it continues texts, it does not chat"));
  }
  return facts;
}

void ModelDetails::refresh() {
  const FoundModel* model = this->model();
  for (QWidget* each : std::initializer_list<QWidget*>{load_, use_, unload_, context_tokens_}) each->setEnabled(model);
  if (!model) {
    name_->setText(tr("Choose a model"));
    for (QLabel* each : {facts_, path_label_, why_not_}) each->hide();
    for (QWidget* each : std::initializer_list<QWidget*>{use_, unload_, progress_}) each->hide();
    load_->setEnabled(false);
    load_error_->dismiss();
    metadata_->setMetadata({});
    showMemory();
    return;
  }
  const int row = models_.rowOf(model->path);
  name_->setText(models_.index(row, ModelsModel::Name).data().toString());
  const QStringList facts = this->facts(*model);
  facts_->setText(facts.join(QLatin1Char('\n')));
  facts_->setVisible(!facts.isEmpty());
  path_label_->setText(model->path);
  path_label_->show();
  const QString why = models_.reason(*model);
  why_not_->setText(tr("Cannot be loaded: %1").arg(why));
  why_not_->setVisible(!why.isEmpty());
  metadata_->setMetadata(model->info ? model->info->metadata : decltype(ModelInfo::metadata){});

  const bool loaded = models_.isLoaded(model->path);
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
  if (const auto failure = models_.failure(model->path)) showError(load_error_, *failure, tr("The model was not loaded"));
  else load_error_->dismiss();
  showLoading();
  showMemory();
  measure();
}

// Tells the model nothing: a filter that takes the chosen row away asks for this in the midst of it.
void ModelDetails::showLoading() {
  const QList<LoadState> loads = context_.engine.loading();
  const FoundModel* model = this->model();
  const bool loading = model && std::any_of(loads.begin(), loads.end(), [model](const LoadState& each) { return each.path == model->path; });
  const bool can = model && !loading && !models_.isLoaded(model->path) && models_.reason(*model).isEmpty();
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

void ModelDetails::showMemory() {
  const FoundModel* model = this->model();
  std::optional<MemoryUse> predicted, used;
  const std::shared_ptr<Model> there = model ? context_.engine.model(model->path) : nullptr;
  if (model && model->info && !model->info->not_loadable && context_.engine.api().predict) {
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
void ModelDetails::measure() {
  std::shared_ptr<Model> there = model() ? context_.engine.model(path_) : nullptr;
  if (!there || measuring_) return;
  measuring_ = true;
  std::weak_ptr<Model> measured = there;
  runInBackground(this, [there = std::move(there)]() mutable { return std::exchange(there, nullptr)->memory_use(); },
                  [this, measured](const MemoryUse& use) {
    measuring_ = false;
    measured_ = measured;
    used_ = use;
    showMemory();
    if (active_ && model() && context_.engine.model(path_) != measured.lock()) measure();
  });
}

void ModelDetails::load() {
  const FoundModel* model = this->model();
  if (!model || !models_.reason(*model).isEmpty() || models_.isLoaded(model->path)) return;
  models_.setFailure(model->path, std::nullopt);
  context_.engine.load(model->path, loadOptions());
}

void ModelDetails::unload() {
  if (model()) context_.engine.unload(path_);
}

}  // namespace roundhouse::app
