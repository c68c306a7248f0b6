// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_settings.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRegularExpressionValidator>
#include <QScrollArea>
#include <QScrollBar>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>
#include <utility>

#include "widgets/controls/spin_box.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

QLabel* heading(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  widgets::setTextRole(label, widgets::TextRole::Title);
  return label;
}

}  // namespace

ConversationSettings::ConversationSettings(TokenFinder tokens, QWidget* parent) : QWidget(parent), tokens_(std::move(tokens)) {
  setObjectName(QStringLiteral("conversationSettings"));
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->setSpacing(0);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* inner = new QWidget(scroll);
  auto* column = new QVBoxLayout(inner);
  column->setContentsMargins(grid::kLarge, grid::kMedium, grid::kLarge, grid::kLarge);
  column->setSpacing(grid::kSmall);
  scroll->setWidget(inner);
  outer->addWidget(scroll);

  auto* top = new QHBoxLayout;
  auto* systemHeading = heading(tr("System prompt"), inner);
  auto* close = new QToolButton(inner);
  close->setObjectName(QStringLiteral("closeSettings"));
  close->setAutoRaise(true);
  close->setIcon(widgets::icon(QStringLiteral("close"), widgets::ColorToken::TextMuted));
  close->setToolTip(tr("Close the drawer"));
  close->setAccessibleName(tr("Close the drawer"));
  top->addWidget(systemHeading, 1);
  top->addWidget(close);
  column->addLayout(top);
  connect(close, &QToolButton::clicked, this, &ConversationSettings::closeRequested);

  system_ = new QPlainTextEdit(inner);
  system_->setObjectName(QStringLiteral("systemPrompt"));
  system_->setAccessibleName(tr("System prompt"));
  system_->setPlaceholderText(tr("How the model should behave in this conversation"));
  system_->setTabChangesFocus(true);
  system_->setFixedHeight(96);
  column->addWidget(system_);
  connect(system_, &QPlainTextEdit::textChanged, this, [this] {
    if (!showing_) Q_EMIT systemPromptChanged(system_->toPlainText());
  });

  column->addSpacing(grid::kSmall);
  column->addWidget(heading(tr("Sampling"), inner));
  buildPresets(inner, column);
  note_ = new QLabel(inner);
  note_->setWordWrap(true);
  widgets::setTextRole(note_, widgets::TextRole::Small, widgets::Tone::Muted);
  column->addWidget(note_);

  auto* form = new QFormLayout;
  form->setHorizontalSpacing(grid::kMedium);
  form->setVerticalSpacing(grid::kTight);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  auto add = [&](const QString& id, const QString& name, const QString& tip, QWidget* field) {
    field->setObjectName(id);
    field->setAccessibleName(name);
    field->setToolTip(tip);
    auto* label = new QLabel(name, inner);
    label->setBuddy(field);
    label->setToolTip(tip);
    form->addRow(label, field);
  };
  auto real = [&](const QString& id, float SamplingSettings::* value, const QString& name, const QString& tip, double least, double most, double step) {
    auto* box = new widgets::DoubleSpinBox(inner);
    box->setRange(least, most);
    box->setSingleStep(step);
    box->setDecimals(2);
    add(id, name, tip, box);
    connect(box, &QDoubleSpinBox::valueChanged, this, [this, value](double now) {
      change([value, now](SamplingSettings& sampling) { sampling.*value = float(now); });
    });
    return box;
  };
  auto whole = [&](const QString& id, std::int32_t SamplingSettings::* value, const QString& name, const QString& tip, int least, int most, const QString& special, int off) {
    auto* box = new widgets::SpinBox(inner);
    box->setRange(least, most);
    box->setSpecialValueText(special);
    box->setGroupSeparatorShown(true);
    add(id, name, tip, box);
    connect(box, &QSpinBox::valueChanged, this, [this, value, least, off](int now) {
      change([&](SamplingSettings& sampling) { sampling.*value = now == least ? off : now; });
    });
    return box;
  };
  temperature_ = real(QStringLiteral("temperature"), &SamplingSettings::temperature, tr("Temperature"), tr("0: always the most likely token. Higher: more chance."), 0, 5, 0.05);
  top_k_ = whole(QStringLiteral("topK"), &SamplingSettings::top_k, tr("Top-k"), tr("Only the so many most likely tokens."), 0, 100000, tr("off"), 0);
  top_p_ = real(QStringLiteral("topP"), &SamplingSettings::top_p, tr("Top-p"), tr("Only the most likely tokens that together reach this probability. 1: off."), 0.01, 1, 0.01);
  min_p_ = real(QStringLiteral("minP"), &SamplingSettings::min_p, tr("Min-p"), tr("Only tokens at least this likely, compared with the most likely one. 0: off."), 0, 0.99, 0.01);
  typical_ = real(QStringLiteral("typicalP"), &SamplingSettings::typical_p, tr("Typical-p"), tr("Only tokens about as surprising as expected. 1: off."), 0.01, 1, 0.01);
  repetition_ = real(QStringLiteral("repetition"), &SamplingSettings::repetition_penalty, tr("Repetition penalty"), tr("Makes tokens that have occurred less likely. 1: off."), 0.01, 5, 0.01);
  frequency_ = real(QStringLiteral("frequency"), &SamplingSettings::frequency_penalty, tr("Frequency penalty"), tr("Subtracted once for each time that a token has occurred. 0: off."), -10, 10, 0.05);
  presence_ = real(QStringLiteral("presence"), &SamplingSettings::presence_penalty, tr("Presence penalty"), tr("Subtracted when a token has occurred at all. 0: off."), -10, 10, 0.05);
  window_ = whole(QStringLiteral("window"), &SamplingSettings::penalty_window_tokens, tr("Penalties look back"), tr("Over so many tokens."), -1, 1000000, tr("everything"), -1);
  window_->setSuffix(tr(" tokens"));
  max_tokens_ = whole(QStringLiteral("maxTokens"), &SamplingSettings::max_tokens, tr("Longest answer"), tr("The answer ends after so many tokens, and always when the context is full."), 0, 1000000, tr("no limit"), -1);
  max_tokens_->setSuffix(tr(" tokens"));
  seed_ = new QLineEdit(inner);
  seed_->setPlaceholderText(tr("random"));
  seed_->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("\\d{0,20}")), seed_));
  add(QStringLiteral("seed"), tr("Seed"), tr("The same seed with the same settings gives the same text."), seed_);
  form_ = form;
  auto problem = [&](const char* id) {
    auto* label = new QLabel(inner);
    label->setObjectName(QString::fromLatin1(id));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    widgets::setTextRole(label, widgets::TextRole::Small, widgets::Tone::Danger);
    form->addRow(label);
    form->setRowVisible(label, false);
    return label;
  };
  seed_problem_ = problem("seedProblem");
  seed_problem_->setText(tr("Too large: a seed is at most %1.").arg(std::numeric_limits<quint64>::max()));
  stop_ = new QLineEdit(inner);
  stop_->setPlaceholderText(tr("none"));
  add(QStringLiteral("stopStrings"), tr("Stop at"), tr("The answer ends before the first of these texts. Separate them by |; \\n is a line end."), stop_);
  bias_ = new QPlainTextEdit(inner);
  bias_->setPlaceholderText(tr("none"));
  bias_->setTabChangesFocus(true);
  bias_->setFixedHeight(72);
  add(QStringLiteral("logitBias"), tr("Logit bias"),
      tr("Makes tokens more or less likely. One a line, with what is added to its logit: “ sure: 2”, “\\n: never”, “#123: -1.5”. "
         "The space before a word is part of its token."), bias_);
  bias_problem_ = problem("logitBiasProblem");
  connect(seed_, &QLineEdit::textChanged, this, &ConversationSettings::readSeed);
  // Not while it is being written: a number's first digits would be in force.
  constexpr int kRestMs = 800;
  bias_rest_.setSingleShot(true);
  bias_rest_.setInterval(kRestMs);
  connect(&bias_rest_, &QTimer::timeout, this, &ConversationSettings::readBias);
  connect(bias_, &QPlainTextEdit::textChanged, this, [this] {
    if (!showing_) bias_rest_.start();
  });
  bias_->installEventFilter(this);
  connect(stop_, &QLineEdit::textChanged, this, [this](const QString& text) {
    change([&text](SamplingSettings& sampling) {
      sampling.stop.clear();
      const QStringList stops = text.split(QLatin1Char('|'), Qt::SkipEmptyParts);
      for (const QString& each : stops) sampling.stop.push_back(QString(each).replace(QLatin1String("\\n"), QLatin1String("\n")).toStdString());
    });
  });
  column->addLayout(form);
  column->addStretch(1);
  scroll->setMinimumWidth(inner->minimumSizeHint().width() + scroll->verticalScrollBar()->sizeHint().width());

  fillPresets();
  showSampling();
}

void ConversationSettings::buildPresets(QWidget* inner, QVBoxLayout* column) {
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kTight);
  preset_ = new QComboBox(inner);
  preset_->setObjectName(QStringLiteral("preset"));
  preset_->setAccessibleName(tr("Preset"));
  preset_->setPlaceholderText(tr("Your own"));
  auto button = [&](const char* id, const QString& icon, const QString& name) {
    auto* made = new QToolButton(inner);
    made->setObjectName(QString::fromLatin1(id));
    made->setAutoRaise(true);
    made->setIcon(widgets::icon(icon, widgets::ColorToken::TextMuted));
    made->setToolTip(name);
    made->setAccessibleName(name);
    return made;
  };
  save_preset_ = button("savePreset", QStringLiteral("save"), tr("Save these values as a preset"));
  delete_preset_ = button("deletePreset", QStringLiteral("trash"), tr("Delete this preset"));
  row->addWidget(preset_, 1);
  row->addWidget(save_preset_);
  row->addWidget(delete_preset_);
  column->addLayout(row);
  connect(preset_, &QComboBox::activated, this, &ConversationSettings::choosePreset);
  connect(save_preset_, &QToolButton::clicked, this, &ConversationSettings::askPresetName);
  connect(delete_preset_, &QToolButton::clicked, this, [this] {
    own_.removeIf([id = preset_->currentData().toString()](const SamplingPreset& each) { return each.id == id; });
    fillPresets();
    Q_EMIT ownPresetsChanged(own_);
  });
}

QList<SamplingPreset> ConversationSettings::allPresets() const { return samplingPresets() + own_; }

void ConversationSettings::setOwnPresets(const QList<SamplingPreset>& presets) {
  own_ = presets;
  fillPresets();
}

void ConversationSettings::fillPresets() {
  preset_->clear();
  const QList<SamplingPreset> all = allPresets();
  for (const SamplingPreset& preset : all) preset_->addItem(preset.title, preset.id);
  showNote();
}

void ConversationSettings::choosePreset() {
  const QString id = preset_->currentData().toString();
  const QList<SamplingPreset> all = allPresets();
  for (const SamplingPreset& preset : all) {
    if (preset.id != id) continue;
    applyPreset(preset, sampling_);
    showSampling();
    Q_EMIT samplingChanged(sampling_);
  }
  showNote();
}

void ConversationSettings::askPresetName() {
  auto* dialog = new QInputDialog(this);
  dialog->setObjectName(QStringLiteral("presetName"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Save these values as a preset"));
  dialog->setLabelText(tr("Name (a preset of yours with the same name is replaced):"));
  connect(dialog, &QInputDialog::textValueSelected, this, [this](const QString& value) {
    const QString title = value.simplified().left(60);
    if (title.isEmpty()) return;
    own_.removeIf([&title](const SamplingPreset& each) { return each.title == title; });
    own_.append(ownPreset(title, sampling_));
    fillPresets();
    Q_EMIT ownPresetsChanged(own_);
  });
  dialog->open();
}

QString ConversationSettings::systemPrompt() const { return system_->toPlainText(); }

void ConversationSettings::setValues(const QString& systemPrompt, const SamplingSettings& sampling) {
  showing_ = true;
  if (system_->toPlainText() != systemPrompt) system_->setPlainText(systemPrompt);
  showing_ = false;
  if (samplingToJson(sampling) == samplingToJson(sampling_)) return;
  sampling_ = sampling;
  showSampling();
}

void ConversationSettings::showSampling() {
  showing_ = true;
  temperature_->setValue(double(sampling_.temperature));
  top_k_->setValue(sampling_.top_k);
  top_p_->setValue(double(sampling_.top_p));
  min_p_->setValue(double(sampling_.min_p));
  typical_->setValue(double(sampling_.typical_p));
  repetition_->setValue(double(sampling_.repetition_penalty));
  frequency_->setValue(double(sampling_.frequency_penalty));
  presence_->setValue(double(sampling_.presence_penalty));
  window_->setValue(sampling_.penalty_window_tokens);
  max_tokens_->setValue(std::max(0, sampling_.max_tokens));
  seed_->setText(sampling_.seed ? QString::number(*sampling_.seed) : QString());
  QStringList stops;
  for (const std::string& each : sampling_.stop) stops.append(QString::fromStdString(each).replace(QLatin1Char('\n'), QLatin1String("\\n")));
  stop_->setText(stops.join(QLatin1Char('|')));
  showing_ = false;
  // What means the same stays as it was typed.
  if (const LogitBiasText typed = readLogitBias(bias_->toPlainText(), tokens_); !typed.problem.isEmpty() || typed.bias != sampling_.logit_bias) showBias();
  showNote();
}

void ConversationSettings::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  tokens_.prepare(this, [] {});
}

void ConversationSettings::showModel() {
  if (!isVisible() && bias_->document()->isEmpty() && sampling_.logit_bias.empty()) return;
  tokens_.prepare(this, [this] {
    const LogitBiasText typed = readLogitBias(bias_->toPlainText(), tokens_);
    const bool same = typed.problem.isEmpty() && typed.bias == sampling_.logit_bias;
    // A text that could not be read is not in force: only what is must be said in the other model's words.
    if (same || bias_rest_.isActive() || !bias_problem_->text().isEmpty()) readBias();
    else showBias();
  });
}

void ConversationSettings::showBias() {
  bias_rest_.stop();
  showing_ = true;
  bias_->setPlainText(writeLogitBias(sampling_.logit_bias, tokens_));
  showing_ = false;
  bias_problem_->clear();
  form_->setRowVisible(bias_problem_, false);
}

void ConversationSettings::showNote() {
  const QList<SamplingPreset> all = allPresets();
  const QString id = presetOf(sampling_, all);
  preset_->setCurrentIndex(id.isEmpty() ? -1 : preset_->findData(id));
  QString note = tr("Values of your own.");
  for (const SamplingPreset& preset : all) {
    if (preset.id == id) note = preset.note;
  }
  note_->setText(note);
  save_preset_->setEnabled(id.isEmpty());
  delete_preset_->setEnabled(id.startsWith(QLatin1String("own:")));
}

bool ConversationSettings::eventFilter(QObject* watched, QEvent* event) {
  if (watched == bias_ && bias_rest_.isActive()) {
    // Before Ctrl+Enter asks again, too.
    const bool key = event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress;
    const int pressed = key ? static_cast<QKeyEvent*>(event)->key() : 0;
    if (event->type() == QEvent::FocusOut || pressed == Qt::Key_Return || pressed == Qt::Key_Enter) readBias();
  }
  return QWidget::eventFilter(watched, event);
}

void ConversationSettings::readBias() {
  bias_rest_.stop();
  const LogitBiasText read = readLogitBias(bias_->toPlainText(), tokens_);
  bias_problem_->setText(read.problem);
  form_->setRowVisible(bias_problem_, !read.problem.isEmpty());
  if (!read.problem.isEmpty() || read.bias == sampling_.logit_bias) return;
  change([&](SamplingSettings& sampling) { sampling.logit_bias = read.bias; });
}

void ConversationSettings::readSeed() {
  bool number = false;
  const quint64 seed = seed_->text().toULongLong(&number);
  const bool refused = !number && !seed_->text().isEmpty();
  form_->setRowVisible(seed_problem_, refused);
  if (!refused) change([&](SamplingSettings& sampling) { sampling.seed = number ? std::optional<std::uint64_t>(seed) : std::nullopt; });
}

// The other values stay as they are: a field may show them rounded.
void ConversationSettings::change(const std::function<void(SamplingSettings&)>& write) {
  if (showing_) return;
  write(sampling_);
  showNote();
  Q_EMIT samplingChanged(sampling_);
}

}  // namespace roundhouse::app
