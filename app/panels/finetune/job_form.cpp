// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/job_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/panels/finetune/file_list.h"
#include "app/panels/finetune/number_edit.h"
#include "app/shell/format.h"
#include "app/shell/open_dialog.h"
#include "widgets/controls/fold_section.h"
#include "widgets/controls/spin_box.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
constexpr int kMost = std::numeric_limits<int>::max();
constexpr double kMegabyte = 1e6;
const char kEmbedded[] = "embedded";
// As the file writes them; what is shown beside each is the window's language.
const char* const kFormats[] = {"auto", "messages", "sharegpt", "alpaca", "preference", "text"};
const char* const kMerged[] = {"none", "same", "f32", "f16", "bf16", "q8_0", "q4_0"};
const char* const kIsas[] = {"automatic", "reference", "avx2", "avx512", "amx"};

QFormLayout* formLayout() {
  auto* made = new QFormLayout;
  made->setContentsMargins(0, 0, 0, 0);
  made->setHorizontalSpacing(grid::kMedium);
  made->setVerticalSpacing(grid::kSmall);
  made->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  made->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  return made;
}

QStringList texts(const std::vector<std::string>& list) {
  QStringList found;
  for (const std::string& each : list) found.append(QString::fromStdString(each));
  return found;
}

std::vector<std::string> words(const QString& text) {
  std::vector<std::string> found;
  for (const QString& each : text.split(QLatin1Char(','))) {
    if (!each.trimmed().isEmpty()) found.push_back(each.trimmed().toStdString());
  }
  return found;
}

// "prompt: question, response: answer"
std::optional<std::map<std::string, std::string>> mappingOf(const QString& text) {
  std::map<std::string, std::string> found;
  for (const QString& each : text.split(QLatin1Char(','))) {
    if (each.trimmed().isEmpty()) continue;
    const qsizetype colon = each.indexOf(QLatin1Char(':'));
    const QString role = each.left(colon).trimmed(), name = each.mid(colon + 1).trimmed();
    if (colon < 0 || role.isEmpty() || name.isEmpty()) return std::nullopt;
    found[role.toStdString()] = name.toStdString();
  }
  return found;
}

int clamped(std::int64_t value) { return int(std::clamp<std::int64_t>(value, -1, kMost)); }

// What the field holds becomes the job's, unless the field has only been given what the job had.
void take(std::int64_t& value, const QSpinBox* box) {
  if (clamped(value) != box->value()) value = box->value();
}
void take(double& value, const NumberEdit* edit) {
  if (const auto number = edit->value()) value = *number;
}
template <class T>
void take(T& value, const QComboBox* box) {
  if (box->currentIndex() >= 0) value = static_cast<T>(box->currentIndex());
}

bool isKind(const std::string& target) {
  return target == "attention" || target == "dense" || target == "shared" || target == "experts" || target == "all";
}

}  // namespace

JobForm::JobForm(QWidget* parent) : QWidget(parent), rows_(new FormRows(this)), scroll_(new QScrollArea(this)) {
  setObjectName(QStringLiteral("finetuneForm"));
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  scroll_->setObjectName(QStringLiteral("finetuneFormScroll"));
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setFocusPolicy(Qt::NoFocus);
  auto* page = new QWidget(scroll_);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, grid::kMedium, grid::kLarge);
  column->setSpacing(grid::kSmall);
  buildEssentials(column);
  buildExperts(column);
  buildData(column);
  buildAdapter(column);
  buildRouter(column);
  buildOptimizer(column);
  buildSteps(column);
  buildEvaluation(column);
  buildRest(column);
  column->addStretch(1);
  page->setMaximumWidth(grid::kReadingWidth);
  scroll_->setWidget(page);
  whole->addWidget(scroll_);
  setJob(TrainingJob());
}

QSpinBox* JobForm::whole(int least, int most, const QString& special) {
  auto* box = new widgets::SpinBox;
  box->setRange(least, most);
  box->setGroupSeparatorShown(true);
  box->setSpecialValueText(special);
  box->setMaximumWidth(box->fontMetrics().averageCharWidth() * 26);
  connect(box, &QSpinBox::valueChanged, this, &JobForm::edited);
  return box;
}

NumberEdit* JobForm::number() {
  auto* edit = new NumberEdit;
  connect(edit, &NumberEdit::valueChanged, this, &JobForm::edited);
  return edit;
}

QComboBox* JobForm::choice(const QStringList& names) {
  auto* box = new QComboBox;
  box->addItems(names);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->setMinimumContentsLength(12);
  connect(box, &QComboBox::currentIndexChanged, this, &JobForm::edited);
  return box;
}

QCheckBox* JobForm::check(const QString& text) {
  auto* box = new QCheckBox(text);
  connect(box, &QCheckBox::toggled, this, &JobForm::edited);
  return box;
}

QLineEdit* JobForm::line(const QString& placeholder) {
  auto* edit = new QLineEdit;
  edit->setPlaceholderText(placeholder);
  connect(edit, &QLineEdit::textChanged, this, &JobForm::edited);
  return edit;
}

widgets::FoldSection* JobForm::section(QVBoxLayout* column, const QString& id, const QString& title, QFormLayout** rows) {
  auto* made = new widgets::FoldSection(title);
  made->setObjectName(QStringLiteral("finetuneSection.") + id);
  auto* content = new QWidget;
  *rows = formLayout();
  content->setLayout(*rows);
  made->setContent(content);
  column->addWidget(made);
  sections_.append(made);
  return made;
}

void JobForm::buildEssentials(QVBoxLayout* column) {
  auto* presets = new QGridLayout;
  presets->setSpacing(grid::kSmall);
  int at = 0;
  for (const JobPreset preset : kJobPresets) {
    auto* button = new QPushButton(presetName(preset));
    button->setObjectName(QStringLiteral("finetunePreset.%1").arg(int(preset)));
    button->setAccessibleName(tr("Preset: %1").arg(presetName(preset)));
    button->setAccessibleDescription(presetTip(preset));
    button->setToolTip(presetTip(preset));
    button->setCheckable(true);
    connect(button, &QPushButton::clicked, this, [this, preset] { usePreset(preset); });
    presets->addWidget(button, at / 2, at % 2);
    ++at;
    presets_.insert(preset, button);
  }
  column->addLayout(presets);
  auto* rows = formLayout();
  column->addLayout(rows);
  rows_->add(rows, QStringLiteral("name"), tr("Name"), name_ = line());
  auto* model = new QWidget;
  auto* modelRow = new QHBoxLayout(model);
  modelRow->setContentsMargins(0, 0, 0, 0);
  modelRow->setSpacing(grid::kSmall);
  model_ = new QComboBox;
  model_->setObjectName(QStringLiteral("finetuneModel"));
  model_->setAccessibleName(tr("Model to train"));
  model_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  model_->setMinimumContentsLength(10);
  auto* browse = new QPushButton(tr("Choose…"));
  browse->setObjectName(QStringLiteral("finetuneChooseModel"));
  browse->setAccessibleName(tr("Choose a model file"));
  modelRow->addWidget(model_, 1);
  modelRow->addWidget(browse);
  model->setFocusProxy(model_);
  rows_->add(rows, QStringLiteral("model"), tr("Model"), model, tr("Its weights stay as they are: what is trained lies beside them."));
  connect(model_, &QComboBox::currentIndexChanged, this, [this] {
    if (filling_) return;
    edited();
    Q_EMIT modelChanged(model_->currentData().toString());
  });
  connect(browse, &QPushButton::clicked, this, [this] {
    askOpenPath(this, tr("Choose a model"), tr("Models (*.gguf *.safetensors)"), [this](const QString& path) {
      // Safetensors come with their folder.
      chooseModel(path.endsWith(QLatin1String(".safetensors")) ? QFileInfo(path).absolutePath() : path);
      edited();
      Q_EMIT modelChanged(model_->currentData().toString());
    });
  });
  const QString filter = tr("Data sets (*.jsonl *.json *.csv *.txt *.md *.parquet);;All files (*)");
  rows_->add(rows, QStringLiteral("data.train"), tr("Training files"),
             train_ = new FileList(tr("Training files"), tr("Add training data"), filter), tr("Conversations, instructions, preference pairs or plain text."));
  rows_->add(rows, QStringLiteral("data.evaluation"), tr("Evaluation files"),
             evaluation_ = new FileList(tr("Evaluation files"), tr("Add evaluation data"), filter), tr("Never trained on: they show whether it learns or memorises."));
  connect(train_, &FileList::changed, this, &JobForm::edited);
  connect(evaluation_, &FileList::changed, this, &JobForm::edited);
  rows_->add(rows, QStringLiteral("data.evaluation_share"), tr("Kept for evaluation"), evaluation_share_ = number(),
             tr("Share of the training rows, 0 to 0.5, that is kept out when there are no files for evaluation."));
  auto* targets = new QWidget;
  auto* targetGrid = new QGridLayout(targets);
  targetGrid->setContentsMargins(0, 0, 0, 0);
  targetGrid->setVerticalSpacing(2);
  targetGrid->setHorizontalSpacing(grid::kMedium);
  attention_ = check(tr("Attention"));
  routed_ = check(tr("Routed experts"));
  shared_ = check(tr("Shared experts"));
  dense_ = check(tr("Dense layers"));
  everything_ = check(tr("Everything"));
  at = 0;
  for (QCheckBox* box : {attention_, routed_, shared_, dense_, everything_}) {
    targetGrid->addWidget(box, at / 2, at % 2);
    ++at;
  }
  targetGrid->setColumnStretch(1, 1);
  targets->setFocusProxy(attention_);
  rows_->add(rows, QStringLiteral("adapter.targets"), tr("What is trained"), targets, tr("The parts of the model that get an adapter."));
  rows_->add(rows, QStringLiteral("adapter.rank"), tr("Rank"), rank_ = whole(1, 4096), tr("How much an adapter can hold: its width. 8 for manner, 16 to 64 for knowledge."));
  rows_->add(rows, QStringLiteral("optimizer.learning_rate"), tr("Learning rate"), learning_rate_ = number(), tr("The greatest step. 2e-4 suits LoRA; less for whole experts."));
  rows_->add(rows, QStringLiteral("steps.epochs"), tr("Epochs"), epochs_ = number(), tr("How often each sample is seen. Not used where a number of steps is set."));
}

void JobForm::buildExperts(QVBoxLayout* column) {
  experts_section_ = new widgets::FoldSection(tr("Experts"));
  experts_section_->setObjectName(QStringLiteral("finetuneSection.experts"));
  auto* content = new QWidget;
  auto* rows = formLayout();
  rows->setRowWrapPolicy(QFormLayout::WrapAllRows);
  content->setLayout(rows);
  rows_->add(rows, QStringLiteral("adapter.expert_score"), tr("Which experts"),
             expert_score_ = choice({tr("Those marked below, or all"), tr("By routing weight on the training data"), tr("By tokens of the training data")}),
             tr("By the training data, the worker scores the experts before it starts and takes the best of each layer (ESFT)."), experts_section_);
  rows_->add(rows, QStringLiteral("adapter.expert_threshold"), tr("Share to reach"), expert_threshold_ = number(),
             tr("Of each layer the best experts until their shares add up to this."), experts_section_);
  experts_ = new ExpertChooser;
  rows_->add(rows, QStringLiteral("adapter.experts"), tr("Experts to train"), experts_, {}, experts_section_);
  experts_->setObjectName(QStringLiteral("finetuneExpertChooser"));
  experts_section_->setContent(content);
  column->addWidget(experts_section_);
  sections_.append(experts_section_);
  connect(experts_, &ExpertChooser::changed, this, [this] {
    // Experts were chosen for what trains them.
    if (!experts_->experts().empty() && !routed_->isChecked() && !everything_->isChecked() && words(patterns_->text()).empty()) routed_->setChecked(true);
    edited();
  });
}

void JobForm::buildData(QVBoxLayout* column) {
  QFormLayout* rows;
  auto* fold = data_section_ = section(column, QStringLiteral("data"), tr("Data"), &rows);
  rows_->add(rows, QStringLiteral("data.format"), tr("Format"),
             format_ = choice({tr("Detect"), tr("Messages (OpenAI)"), tr("ShareGPT"), tr("Alpaca"), tr("Preference pairs"), tr("Raw text")}),
             tr("How rows are read."), fold);
  rows_->add(rows, QStringLiteral("data.mapping"), tr("Field names"), format_mapping_ = line(QStringLiteral("prompt: question, response: answer")),
             tr("Where the file calls things otherwise: role, colon, the file's own name; several with commas."), fold);
  rows_->add(rows, QStringLiteral("data.max_tokens"), tr("Longest sample"), max_tokens_ = whole(1, kMost), tr("In tokens; at most the model's context."), fold);
  max_tokens_->setSuffix(tr(" tokens"));
  rows_->add(rows, QStringLiteral("data.too_long"), tr("Longer samples"), too_long_ = choice({tr("are left out"), tr("are cut")}), {}, fold);
  rows_->add(rows, QStringLiteral("data.problems"), tr("Unusable rows"), problems_ = choice({tr("stop the start"), tr("are skipped")}),
             tr("Rows that cannot be read or used. The check names each by its line."), fold);
}

void JobForm::buildAdapter(QVBoxLayout* column) {
  QFormLayout* rows;
  auto* fold = section(column, QStringLiteral("adapter"), tr("Adapter"), &rows);
  rows_->add(rows, QStringLiteral("adapter.method"), tr("Method"), method_ = choice({tr("LoRA"), tr("DoRA"), tr("Bottleneck"), tr("Whole experts (ESFT)")}),
             tr("LoRA adds a low-rank product. DoRA also trains each row's length. A bottleneck follows the block. Whole experts are trained themselves."), fold);
  rows_->add(rows, QStringLiteral("adapter.alpha"), tr("Alpha"), alpha_ = number(), tr("The adapter's scale is alpha / rank."), fold);
  rows_->add(rows, QStringLiteral("adapter.rank_stabilised"), tr("Scale"), stabilised_ = check(tr("alpha / √rank (rsLoRA)")), tr("Keeps high ranks learning as fast as low ones."), fold);
  rows_->add(rows, QStringLiteral("adapter.learning_rate_ratio"), tr("LoRA+ ratio"), ratio_ = number(), tr("Learning rate of B, as a multiple of that of A. 1: the same; 16 is usual for LoRA+."), fold);
  rows_->add(rows, QStringLiteral("adapter.patterns"), tr("Further weights"), patterns_ = line(QStringLiteral("layers.2*.q")), tr("Patterns of weights' names, with commas; they are trained, too."), fold);
  rows_->add(rows, QStringLiteral("adapter.exclude"), tr("Leave alone"), exclude_ = line(QStringLiteral("layers.0.*")), tr("Patterns of weights that stay as they are."), fold);
}

void JobForm::buildRouter(QVBoxLayout* column) {
  QFormLayout* rows;
  auto* fold = router_section_ = section(column, QStringLiteral("router"), tr("Router"), &rows);
  rows_->add(rows, QStringLiteral("router.train"), tr("Router"), train_router_ = check(tr("is trained, too")), tr("Frozen, tokens keep going to the experts they went to."), fold);
  rows_->add(rows, QStringLiteral("router.balance"), tr("Balance loss"), balance_ = choice({tr("None"), tr("Over each batch"), tr("Over each sequence")}),
             tr("Penalises uneven use of experts."), fold);
  rows_->add(rows, QStringLiteral("router.balance_weight"), tr("Its weight"), balance_weight_ = number(), {}, fold);
  rows_->add(rows, QStringLiteral("router.z_weight"), tr("z-loss weight"), z_weight_ = number(), tr("Keeps router logits small; 0: none."), fold);
  rows_->add(rows, QStringLiteral("router.bias_rate"), tr("Bias update"), bias_rate_ = number(), tr("Of the selection bias, each step; 0: it stays."), fold);
}

void JobForm::buildOptimizer(QVBoxLayout* column) {
  QFormLayout* rows;
  auto* fold = section(column, QStringLiteral("optimizer"), tr("Optimiser"), &rows);
  rows_->add(rows, QStringLiteral("optimizer.schedule"), tr("Schedule"), schedule_ = choice({tr("Constant"), tr("Cosine"), tr("Warm-up, stable, decay")}), {}, fold);
  rows_->add(rows, QStringLiteral("optimizer.warmup_steps"), tr("Warm-up"), warmup_ = whole(0, kMost), tr("Steps in which the learning rate grows to its full value."), fold);
  rows_->add(rows, QStringLiteral("optimizer.decay_steps"), tr("Decay"), decay_ = whole(0, kMost), tr("Steps at the end in which the learning rate falls."), fold);
  for (QSpinBox* box : {warmup_, decay_}) box->setSuffix(tr(" steps"));
  rows_->add(rows, QStringLiteral("optimizer.floor"), tr("Lowest rate"), floor_ = number(), tr("As a share of the learning rate, at the end."), fold);
  rows_->add(rows, QStringLiteral("optimizer.weight_decay"), tr("Weight decay"), decay_weight_ = number(), {}, fold);
  rows_->add(rows, QStringLiteral("optimizer.clip"), tr("Clip gradients at"), clip_ = number(), tr("Greatest norm of all gradients together; 0: no limit."), fold);
  rows_->add(rows, QStringLiteral("optimizer.beta1"), tr("Beta 1"), beta1_ = number(), tr("Memory of the gradients' mean."), fold);
  rows_->add(rows, QStringLiteral("optimizer.beta2"), tr("Beta 2"), beta2_ = number(), tr("Memory of the gradients' squares."), fold);
  rows_->add(rows, QStringLiteral("optimizer.epsilon"), tr("Epsilon"), epsilon_ = number(), {}, fold);
  rows_->add(rows, QStringLiteral("optimizer.moments"), tr("Moments"), moments_ = choice({tr("32-bit float"), tr("8-bit")}), tr("8 bits take a quarter of the optimiser's memory."), fold);
}

void JobForm::buildSteps(QVBoxLayout* column) {
  QFormLayout* rows;
  auto* fold = section(column, QStringLiteral("steps"), tr("Steps and batches"), &rows);
  rows_->add(rows, QStringLiteral("steps.steps"), tr("Steps"), steps_ = whole(0, kMost, tr("as the epochs need")), {}, fold);
  rows_->add(rows, QStringLiteral("steps.samples"), tr("Samples a step"), samples_ = whole(1, kMost), {}, fold);
  rows_->add(rows, QStringLiteral("steps.batch_tokens"), tr("Tokens at once"), batch_tokens_ = whole(1, kMost), tr("Run through the model together; a step takes as many such batches as it needs. Fewer take less memory."), fold);
  batch_tokens_->setSuffix(tr(" tokens"));
}

void JobForm::buildEvaluation(QVBoxLayout* column) {
  QFormLayout* rows;
  auto* fold = section(column, QStringLiteral("evaluation"), tr("Evaluation"), &rows);
  rows_->add(rows, QStringLiteral("evaluation.every"), tr("Every"), evaluate_every_ = whole(0, kMost, tr("ten times in all")), tr("Also before the first and after the last step."), fold);
  prompts_ = new QPlainTextEdit;
  prompts_->setTabChangesFocus(true);
  prompts_->setFixedHeight(prompts_->fontMetrics().lineSpacing() * 4 + grid::kMedium);
  prompts_->setPlaceholderText(tr("One question a line"));
  connect(prompts_, &QPlainTextEdit::textChanged, this, &JobForm::edited);
  rows_->add(rows, QStringLiteral("evaluation.prompts"), tr("Questions"), prompts_, tr("Answered at each evaluation, so that one sees the answers change. One a line."), fold);
  rows_->add(rows, QStringLiteral("evaluation.answer_tokens"), tr("Longest answer"), answer_tokens_ = whole(1, kMost), {}, fold);
  answer_tokens_->setSuffix(tr(" tokens"));
  evaluate_every_->setSuffix(tr(" steps"));
}

void JobForm::buildRest(QVBoxLayout* column) {
  QFormLayout* rows;
  auto* fold = section(column, QStringLiteral("compute"), tr("Output, compute and checkpoints"), &rows);
  rows_->add(rows, QStringLiteral("compute.threads"), tr("Threads"), threads_ = whole(0, 4096, tr("one per processor")), {}, fold);
  QStringList isas;
  for (const char* isa : kIsas) isas.append(isas.isEmpty() ? tr("Best there is") : QString::fromLatin1(isa));
  rows_->add(rows, QStringLiteral("compute.isa"), tr("Arithmetic"), isa_ = choice(isas), {}, fold);
  rows_->add(rows, QStringLiteral("compute.precision"), tr("Precision"), precision_ = choice({tr("32-bit float"), tr("bfloat16")}), tr("Of the activations; trained weights are 32-bit in any case."), fold);
  rows_->add(rows, QStringLiteral("compute.activation_bytes"), tr("Activations (MB)"), activations_ = number(), tr("Kept between forward and backward pass, at most. 0: half of what is free."), fold);
  rows_->add(rows, QStringLiteral("exports.gguf"), tr("Also write"), gguf_ = check(tr("the adapter as GGUF")), tr("As llama.cpp reads it, where the model is in GGUF."), fold);
  rows_->add(rows, QStringLiteral("exports.merged"), tr("Merged model"),
             merged_ = choice({tr("none"), tr("in the model's own types"), QStringLiteral("F32"), QStringLiteral("F16"), QStringLiteral("BF16"), QStringLiteral("Q8_0"), QStringLiteral("Q4_0")}),
             tr("A model of its own with the adapter in its weights; it is compared with what was trained, too."), fold);
  rows_->add(rows, QStringLiteral("checkpoint.every"), tr("Checkpoint every"), save_every_ = whole(1, kMost), tr("What a crash can cost at most."), fold);
  save_every_->setSuffix(tr(" steps"));
  rows_->add(rows, QStringLiteral("checkpoint.keep"), tr("Kept checkpoints"), keep_ = whole(1, kMost), {}, fold);
  rows_->add(rows, QStringLiteral("seed"), tr("Seed"), seed_ = line(), tr("Of fresh weights and of the order of samples."), fold);
  rows_->add(rows, QStringLiteral("output"), tr("Folder"), output_ = line(tr("in Roundhouse's own data")), tr("Where checkpoints and adapter are written."), fold);
}

void JobForm::chooseModel(const QString& model) {
  int at = model_->findData(model);
  if (at < 0) {
    model_->addItem(QFileInfo(model).fileName(), model);
    at = model_->count() - 1;
    model_->setItemData(at, model, Qt::ToolTipRole);
  }
  model_->setCurrentIndex(at);
}

void JobForm::setModels(const QStringList& paths) {
  const bool before = std::exchange(filling_, true);
  const QString chosen = QString::fromStdString(job_.model);
  model_->clear();
  model_->addItem(tr("Roundhouse Mini (comes with the program)"), QLatin1String(kEmbedded));
  for (const QString& path : paths) {
    if (model_->findData(path) >= 0) continue;
    model_->addItem(QFileInfo(path).fileName(), path);
    model_->setItemData(model_->count() - 1, path, Qt::ToolTipRole);
  }
  chooseModel(chosen);
  filling_ = before;
}

void JobForm::setModelInfo(const Result<ModelInfo>* info) {
  experts_->setLayout(info && info->ok() ? (*info)->routing : RoutingLayout());
  if (info && !info->ok()) {
    rows_->showError(QStringLiteral("model"), errorText(info->error()).line());
  } else if (info && (*info)->not_loadable) {
    rows_->showError(QStringLiteral("model"), errorText(*(*info)->not_loadable).line());
  }
  follow();
}

void JobForm::setJob(const TrainingJob& job) {
  filling_ = true;
  const bool otherModel = job_.model != job.model || model_->count() == 0;
  job_ = job;
  rows_->clearErrors();
  name_->setText(QString::fromStdString(job.name));
  output_->setText(QString::fromStdString(job.output));
  seed_->setText(QString::number(job.seed));
  if (model_->count() == 0) setModels({});
  filling_ = true;
  chooseModel(QString::fromStdString(job.model));
  train_->setFiles(texts(job.data.train));
  evaluation_->setFiles(texts(job.data.evaluation));
  evaluation_share_->setValue(job.data.evaluation_share);
  const auto format = std::find(std::begin(kFormats), std::end(kFormats), job.data.format);
  format_->setCurrentIndex(format == std::end(kFormats) ? -1 : int(format - std::begin(kFormats)));
  QStringList mapping;
  for (const auto& [role, field] : job.data.mapping) mapping.append(QString::fromStdString(role + ": " + field));
  format_mapping_->setText(mapping.join(QStringLiteral(", ")));
  max_tokens_->setValue(clamped(job.data.max_tokens));
  too_long_->setCurrentIndex(int(job.data.too_long));
  problems_->setCurrentIndex(int(job.data.problems));

  const auto& targets = job.adapter.targets;
  const auto has = [&](const char* kind) { return std::find(targets.begin(), targets.end(), kind) != targets.end(); };
  attention_->setChecked(has("attention"));
  routed_->setChecked(has("experts"));
  shared_->setChecked(has("shared"));
  dense_->setChecked(has("dense"));
  everything_->setChecked(has("all"));
  QStringList patterns;
  for (const std::string& each : targets) {
    if (!isKind(each)) patterns.append(QString::fromStdString(each));
  }
  patterns_->setText(patterns.join(QStringLiteral(", ")));
  exclude_->setText(texts(job.adapter.exclude).join(QStringLiteral(", ")));
  method_->setCurrentIndex(int(job.adapter.method));
  experts_->setExperts(job.adapter.experts);
  expert_score_->setCurrentIndex(int(job.adapter.expert_score));
  expert_threshold_->setValue(job.adapter.expert_threshold);
  rank_->setValue(clamped(job.adapter.rank));
  alpha_->setValue(job.adapter.alpha);
  stabilised_->setChecked(job.adapter.rank_stabilised);
  ratio_->setValue(job.adapter.learning_rate_ratio);

  train_router_->setChecked(job.router.train);
  balance_->setCurrentIndex(int(job.router.balance));
  balance_weight_->setValue(job.router.balance_weight);
  z_weight_->setValue(job.router.z_weight);
  bias_rate_->setValue(job.router.bias_rate);

  learning_rate_->setValue(job.optimizer.learning_rate);
  beta1_->setValue(job.optimizer.beta1);
  beta2_->setValue(job.optimizer.beta2);
  epsilon_->setValue(job.optimizer.epsilon);
  decay_weight_->setValue(job.optimizer.weight_decay);
  clip_->setValue(job.optimizer.clip);
  moments_->setCurrentIndex(int(job.optimizer.moments));
  schedule_->setCurrentIndex(int(job.optimizer.schedule));
  warmup_->setValue(clamped(job.optimizer.warmup_steps));
  decay_->setValue(clamped(job.optimizer.decay_steps));
  floor_->setValue(job.optimizer.floor);

  steps_->setValue(clamped(job.steps.steps));
  epochs_->setValue(job.steps.epochs);
  samples_->setValue(clamped(job.steps.samples));
  batch_tokens_->setValue(clamped(job.steps.batch_tokens));

  evaluate_every_->setValue(clamped(job.evaluation.every));
  if (const QString prompts = texts(job.evaluation.prompts).join(QLatin1Char('\n')); prompts != prompts_->toPlainText()) prompts_->setPlainText(prompts);
  answer_tokens_->setValue(clamped(job.evaluation.answer_tokens));
  save_every_->setValue(clamped(job.checkpoint.every));
  keep_->setValue(clamped(job.checkpoint.keep));
  threads_->setValue(job.compute.threads);
  const auto isa = std::find(std::begin(kIsas), std::end(kIsas), job.compute.isa);
  isa_->setCurrentIndex(isa == std::end(kIsas) ? -1 : int(isa - std::begin(kIsas)));
  precision_->setCurrentIndex(int(job.compute.precision));
  gguf_->setChecked(job.exports.gguf);
  const auto merged = std::find(std::begin(kMerged), std::end(kMerged), job.exports.merged);
  merged_->setCurrentIndex(merged == std::end(kMerged) ? -1 : int(merged - std::begin(kMerged)));
  activations_->setValue(double(job.compute.activation_bytes) / kMegabyte);
  filling_ = false;
  follow();
  Q_EMIT changed();
  if (otherModel) Q_EMIT modelChanged(QString::fromStdString(job.model));
}

void JobForm::listTargets(std::vector<std::string>* targets) const {
  std::vector<std::string> chosen;
  const std::pair<const QCheckBox*, const char*> kinds[] = {
      {attention_, "attention"}, {routed_, "experts"}, {shared_, "shared"}, {dense_, "dense"}, {everything_, "all"}};
  for (const auto& [box, kind] : kinds) {
    if (box->isChecked()) chosen.emplace_back(kind);
  }
  for (std::string& each : words(patterns_->text())) chosen.push_back(std::move(each));
  // The same ones stay in the order in which the file has them.
  auto a = chosen, b = *targets;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  if (a != b) *targets = std::move(chosen);
}

TrainingJob JobForm::job() const {
  TrainingJob job = job_;
  job.name = name_->text().trimmed().toStdString();
  job.output = output_->text().trimmed().toStdString();
  bool ok = false;
  if (const qulonglong seed = seed_->text().trimmed().toULongLong(&ok); ok) job.seed = seed;
  if (model_->currentIndex() >= 0) job.model = model_->currentData().toString().toStdString();
  const auto paths = [](const FileList* list) {
    std::vector<std::string> found;
    for (const QString& each : list->files()) found.push_back(each.toStdString());
    return found;
  };
  job.data.train = paths(train_);
  job.data.evaluation = paths(evaluation_);
  take(job.data.evaluation_share, evaluation_share_);
  if (format_->currentIndex() >= 0) job.data.format = kFormats[format_->currentIndex()];
  if (const auto mapping = mappingOf(format_mapping_->text())) job.data.mapping = *mapping;
  take(job.data.max_tokens, max_tokens_);
  take(job.data.too_long, too_long_);
  take(job.data.problems, problems_);

  listTargets(&job.adapter.targets);
  job.adapter.exclude = words(exclude_->text());
  take(job.adapter.method, method_);
  job.adapter.experts = experts_->experts();
  take(job.adapter.expert_score, expert_score_);
  take(job.adapter.expert_threshold, expert_threshold_);
  take(job.adapter.rank, rank_);
  take(job.adapter.alpha, alpha_);
  job.adapter.rank_stabilised = stabilised_->isChecked();
  take(job.adapter.learning_rate_ratio, ratio_);

  job.router.train = train_router_->isChecked();
  take(job.router.balance, balance_);
  take(job.router.balance_weight, balance_weight_);
  take(job.router.z_weight, z_weight_);
  take(job.router.bias_rate, bias_rate_);

  take(job.optimizer.learning_rate, learning_rate_);
  take(job.optimizer.beta1, beta1_);
  take(job.optimizer.beta2, beta2_);
  take(job.optimizer.epsilon, epsilon_);
  take(job.optimizer.weight_decay, decay_weight_);
  take(job.optimizer.clip, clip_);
  take(job.optimizer.moments, moments_);
  take(job.optimizer.schedule, schedule_);
  take(job.optimizer.warmup_steps, warmup_);
  take(job.optimizer.decay_steps, decay_);
  take(job.optimizer.floor, floor_);

  take(job.steps.steps, steps_);
  take(job.steps.epochs, epochs_);
  take(job.steps.samples, samples_);
  take(job.steps.batch_tokens, batch_tokens_);

  take(job.evaluation.every, evaluate_every_);
  if (prompts_->toPlainText() != texts(job.evaluation.prompts).join(QLatin1Char('\n'))) {
    job.evaluation.prompts.clear();
    for (const QString& each : prompts_->toPlainText().split(QLatin1Char('\n'))) {
      if (!each.trimmed().isEmpty()) job.evaluation.prompts.push_back(each.trimmed().toStdString());
    }
  }
  take(job.evaluation.answer_tokens, answer_tokens_);
  take(job.checkpoint.every, save_every_);
  take(job.checkpoint.keep, keep_);
  job.compute.threads = threads_->value();
  if (isa_->currentIndex() >= 0) job.compute.isa = kIsas[isa_->currentIndex()];
  take(job.compute.precision, precision_);
  job.exports.gguf = gguf_->isChecked();
  if (merged_->currentIndex() >= 0) job.exports.merged = kMerged[merged_->currentIndex()];
  if (const auto megabytes = activations_->value(); megabytes && *megabytes >= 0 && *megabytes < 1e12) {
    job.compute.activation_bytes = std::uint64_t(std::llround(*megabytes * kMegabyte));
  }
  return job;
}

void JobForm::usePreset(JobPreset preset) {
  setJob(withPreset(job(), preset));
  if (preset == JobPreset::Chosen) showExperts();
}

bool JobForm::validate() {
  rows_->clearErrors();
  bool good = true;
  const auto wrong = [&](const char* key, const QString& text) {
    good = false;
    rows_->showError(QString::fromLatin1(key), text);
  };
  const std::pair<const char*, const NumberEdit*> numbers[] = {
      {"data.evaluation_share", evaluation_share_}, {"adapter.alpha", alpha_}, {"adapter.learning_rate_ratio", ratio_},
      {"router.balance_weight", balance_weight_}, {"router.z_weight", z_weight_}, {"router.bias_rate", bias_rate_},
      {"optimizer.learning_rate", learning_rate_}, {"optimizer.beta1", beta1_}, {"optimizer.beta2", beta2_}, {"optimizer.epsilon", epsilon_},
      {"optimizer.weight_decay", decay_weight_}, {"adapter.expert_threshold", expert_threshold_}, {"optimizer.clip", clip_}, {"optimizer.floor", floor_}, {"steps.epochs", epochs_},
      {"compute.activation_bytes", activations_}};
  for (const auto& [key, edit] : numbers) {
    if (!edit->value()) wrong(key, tr("This is no number."));
  }
  bool ok = false;
  seed_->text().trimmed().toULongLong(&ok);
  if (!ok) wrong("seed", tr("A whole number, 0 or more, is expected."));
  if (!mappingOf(format_mapping_->text())) wrong("data.mapping", tr("Expected: role, colon, the file's own name; several with commas."));
  const TrainingJob value = job();
  if (value.name.empty()) wrong("name", tr("A name is needed: the adapter is called by it."));
  if (value.data.train.empty()) wrong("data.train", tr("Add at least one file to learn from."));
  const auto present = [&](const char* key, const std::vector<std::string>& files) {
    for (const std::string& each : files) {
      if (!QFileInfo::exists(QString::fromStdString(each))) wrong(key, tr("%1 is not there.").arg(QString::fromStdString(each)));
    }
  };
  present("data.train", value.data.train);
  present("data.evaluation", value.data.evaluation);
  if (value.model != kEmbedded && !QFileInfo::exists(QString::fromStdString(value.model))) wrong("model", tr("%1 is not there.").arg(QString::fromStdString(value.model)));
  if (value.adapter.targets.empty()) wrong("adapter.targets", tr("Choose what is trained."));
  return good;
}

bool JobForm::showError(const Error& error) {
  const QString said = QString::fromStdString(error.object + ' ' + error.operation);
  QString key = rows_->keyIn(said);
  if (key.isEmpty()) key = rows_->keyIn(QString::fromStdString(error.message()));
  if (key.isEmpty()) key = rows_->firstOf(QString::fromStdString(error.object));
  if (key.isEmpty()) return false;
  return rows_->showError(key, errorLine(error));
}

void JobForm::showFirstError() {
  QWidget* field = rows_->firstWrong();
  if (!field) return;
  scroll_->ensureWidgetVisible(field->parentWidget());
  field->setFocus(Qt::OtherFocusReason);
}

void JobForm::showExperts() {
  experts_section_->setExpanded(true);
  // Once it has its place.
  QTimer::singleShot(widgets::motionDuration(this, 120) + 20, this, [this] { scroll_->ensureWidgetVisible(experts_, 0, grid::kLarge); });
}

void JobForm::unfold(bool open) {
  for (widgets::FoldSection* each : std::as_const(sections_)) each->setExpanded(open);
}

void JobForm::edited() {
  if (filling_) return;
  follow();
  Q_EMIT changed();
}

void JobForm::follow() {
  const TrainingJob value = job();
  for (const JobPreset preset : kJobPresets) {
    // A check on the button that was just pressed must not go by itself when nothing changed.
    const bool chosen = presetOf(value) == preset;
    presets_[preset]->setChecked(chosen);
    presets_[preset]->setIcon(chosen ? widgets::icon(QStringLiteral("check")) : QIcon());
  }
  const bool all = everything_->isChecked();
  for (QCheckBox* box : {attention_, dense_, shared_, routed_}) box->setEnabled(!all);
  const bool lora = value.adapter.method == TrainingJob::Method::lora || value.adapter.method == TrainingJob::Method::dora;
  rank_->setEnabled(value.adapter.method != TrainingJob::Method::experts);
  alpha_->setEnabled(value.adapter.method != TrainingJob::Method::experts);
  stabilised_->setEnabled(lora);
  ratio_->setEnabled(lora);
  const bool scored = value.adapter.expert_score != TrainingJob::ExpertScore::none;
  expert_threshold_->setEnabled(scored);
  experts_->setEnabled(!scored);
  balance_weight_->setEnabled(value.router.balance != TrainingJob::Balance::none);
  decay_->setEnabled(value.optimizer.schedule == TrainingJob::Schedule::wsd);
  floor_->setEnabled(value.optimizer.schedule != TrainingJob::Schedule::constant);
  epochs_->setEnabled(value.steps.steps == 0);
  evaluation_share_->setEnabled(value.data.evaluation.empty());
  format_mapping_->setEnabled(value.data.format != "text");
  experts_section_->setSummary(scored ? expert_score_->currentText() : experts_->summary());
  router_section_->setSummary(value.router.train ? tr("trained") : tr("frozen"));
  data_section_->setSummary(format_->currentText());
}

}  // namespace roundhouse::app
