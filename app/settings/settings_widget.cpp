// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings/settings_widget.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QListWidget>
#include <QMessageBox>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QSortFilterProxyModel>
#include <QSpinBox>
#include <QStackedWidget>
#include <QTableView>
#include <QThread>
#include <QVBoxLayout>

#include "app/settings/connections_model.h"
#include "app/settings/shortcuts_model.h"
#include "app/bridge/engine_controller.h"
#include "app/shell/background.h"
#include "app/shell/command_registry.h"
#include "app/shell/compute_threads.h"
#include "app/shell/format.h"
#include "app/shell/localization.h"
#include "app/shell/model_folders.h"
#include "app/shell/open_folder.h"
#include "app/shell/remembered.h"
#include "app/shell/settings.h"
#include "app/shell/show_error.h"
#include "app/stores/kept_answers.h"
#include "roundhouse/engine.h"
#include "roundhouse/isa.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/search_field.h"
#include "widgets/controls/table.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"
#include "widgets/style/tokens.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
const QString kSection = QStringLiteral("window/settings_section");

QLabel* note(const QString& text, QWidget* parent, widgets::Tone tone = widgets::Tone::Muted) {
  auto* label = new QLabel(text, parent);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  widgets::setTextRole(label, widgets::TextRole::Small, tone);
  return label;
}

QVBoxLayout* columnOf(QWidget* page) { return static_cast<QVBoxLayout*>(page->layout()); }

QFormLayout* form(QWidget* page) {
  auto* made = new QFormLayout;
  made->setHorizontalSpacing(grid::kLarge);
  made->setVerticalSpacing(grid::kMedium);
  made->setFieldGrowthPolicy(QFormLayout::FieldsStayAtSizeHint);
  made->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  columnOf(page)->addLayout(made);
  return made;
}

// Keys that one presses in writing, or to move about, would be taken from every field and list.
bool canBeShortcut(const QKeySequence& keys) {
  if (keys.isEmpty()) return false;
  const QKeyCombination first = keys[0];
  const bool function = first.key() >= Qt::Key_F1 && first.key() <= Qt::Key_F35;
  return function || (first.keyboardModifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
}

void addRow(QFormLayout* layout, const QString& name, QWidget* field, const QString& id) {
  field->setObjectName(id);
  field->setAccessibleName(name);
  auto* label = new QLabel(name);
  label->setBuddy(field);
  layout->addRow(label, field);
}

}  // namespace

SettingsWidget::SettingsWidget(AppContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  setObjectName(QStringLiteral("settingsPanel"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(grid::kSmall, grid::kMedium, 0, 0);
  row->setSpacing(grid::kSmall);
  sections_ = new QListWidget(this);
  sections_->setObjectName(QStringLiteral("settingsSections"));
  sections_->setAccessibleName(tr("Sections"));
  sections_->setFrameShape(QFrame::NoFrame);
  sections_->setStyleSheet(QStringLiteral("QListWidget { border: none; background: transparent; }"));
  sections_->setIconSize({grid::kIcon, grid::kIcon});
  sections_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  sections_->setFixedWidth(fontMetrics().averageCharWidth() * 24);
  pages_ = new QStackedWidget(this);
  row->addWidget(sections_);
  row->addWidget(pages_, 1);
  buildLook();
  buildModels();
  buildEngine();
  buildEvidence();
  buildNetwork();
  buildShortcuts();
  buildAbout();
  connect(sections_, &QListWidget::currentRowChanged, this, [this](int at) {
    pages_->setCurrentIndex(at);
    const QListWidgetItem* item = sections_->item(at);
    if (!item) return;
    const QString id = item->data(Qt::UserRole).toString();
    context_.settings.set(kSection, id);
    if (id == QLatin1String("evidence")) showKept();
  });
  showSection(context_.settings.text(kSection, QStringLiteral("look")));
  if (sections_->currentRow() < 0) sections_->setCurrentRow(0);
  CommandRegistry& commands = context_.commands;
  commands.add({QStringLiteral("settings.shortcuts"), tr("List of shortcuts"), tr("Settings"), QStringLiteral("keyboard"),
                QKeySequence(QStringLiteral("Ctrl+/"))},
               [this] {
                 context_.commands.trigger(QStringLiteral("go.settings"));
                 showSection(QStringLiteral("shortcuts"));
               });
  commands.add({QStringLiteral("settings.dark"), tr("Switch between light and dark"), tr("Settings"), QStringLiteral("theme"), {}}, [this] {
    const bool dark = widgets::Tokens::current().scheme() == widgets::Scheme::Dark;
    context_.settings.set(keys::theme, dark ? QStringLiteral("light") : QStringLiteral("dark"));
  });
  commands.add({QStringLiteral("settings.offline"), tr("Switch offline on or off"), tr("Settings"), QStringLiteral("offline"), {}},
               [this] { context_.settings.set(keys::offline, !context_.settings.flag(keys::offline, false)); });
}

// Answers were kept, and deleted, since it was last seen.
void SettingsWidget::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  showKept();
}

QWidget* SettingsWidget::addSection(const QString& id, const QString& title, const QString& icon) {
  auto* item = new QListWidgetItem(widgets::icon(icon, widgets::ColorToken::TextMuted), title, sections_);
  item->setData(Qt::UserRole, id);
  item->setSizeHint({0, fontMetrics().height() + grid::kLarge});
  auto* scroll = new QScrollArea(pages_);
  scroll->setObjectName(QStringLiteral("settings.") + id);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* outer = new QWidget(scroll);
  auto* outerRow = new QHBoxLayout(outer);
  outerRow->setContentsMargins(grid::kLarge, 0, grid::kLarge, grid::kLarge);
  auto* page = new QWidget(outer);
  page->setMaximumWidth(grid::kReadingWidth);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(grid::kMedium);
  auto* heading = new QLabel(title, page);
  widgets::setTextRole(heading, widgets::TextRole::Display);
  column->addWidget(heading);
  outerRow->addWidget(page, 1000);
  outerRow->addStretch(1);
  scroll->setWidget(outer);
  pages_->addWidget(scroll);
  return page;
}

void SettingsWidget::showSection(const QString& id) {
  for (int i = 0; i < sections_->count(); ++i) {
    if (sections_->item(i)->data(Qt::UserRole).toString() == id) sections_->setCurrentRow(i);
  }
}

void SettingsWidget::buildLook() {
  QWidget* page = addSection(QStringLiteral("look"), tr("Appearance"), QStringLiteral("theme"));
  QFormLayout* rows = form(page);
  Settings& settings = context_.settings;
  auto* theme = new QComboBox(page);
  theme->addItem(tr("As the system"), QStringLiteral("system"));
  theme->addItem(tr("Light"), QStringLiteral("light"));
  theme->addItem(tr("Dark"), QStringLiteral("dark"));
  theme->setCurrentIndex(std::max(0, theme->findData(settings.text(keys::theme, QStringLiteral("system")))));
  connect(&context_.settings, &Settings::changed, theme, [this, theme](const QString& key) {
    if (key == keys::theme) theme->setCurrentIndex(std::max(0, theme->findData(context_.settings.text(keys::theme))));
  });
  connect(theme, &QComboBox::activated, this, [this, theme] { context_.settings.set(keys::theme, theme->currentData().toString()); });
  addRow(rows, tr("Theme"), theme, QStringLiteral("theme"));

  auto* language = new QComboBox(page);
  language->addItem(tr("As the system"), QStringLiteral("system"));
  const QStringList languages = Localization::languages();
  for (const QString& each : languages) language->addItem(Localization::nameOf(each), each);
  language->setCurrentIndex(std::max(0, language->findData(settings.text(keys::language, QStringLiteral("system")))));
  connect(language, &QComboBox::activated, this, [this, language] { context_.settings.set(keys::language, language->currentData().toString()); });
  addRow(rows, tr("Language"), language, QStringLiteral("language"));

  auto* scale = new QSpinBox(page);
  scale->setRange(80, 200);
  scale->setSingleStep(5);
  scale->setSuffix(QStringLiteral(" %"));
  scale->setKeyboardTracking(false);
  scale->setValue(int(settings.number(keys::textScale, 1.0) * 100 + 0.5));
  connect(scale, &QSpinBox::valueChanged, this, [this](int percent) { context_.settings.set(keys::textScale, percent / 100.0); });
  addRow(rows, tr("Text size"), scale, QStringLiteral("textScale"));

  auto* motion = new QCheckBox(tr("Nothing moves: panels and sections change at once"), page);
  motion->setChecked(settings.flag(keys::reducedMotion, false));
  connect(motion, &QCheckBox::toggled, this, [this](bool on) { context_.settings.set(keys::reducedMotion, on); });
  addRow(rows, tr("Reduced motion"), motion, QStringLiteral("reducedMotion"));
  columnOf(page)->addStretch(1);
}

void SettingsWidget::buildModels() {
  QWidget* page = addSection(QStringLiteral("models"), tr("Model folders"), QStringLiteral("folder"));
  QVBoxLayout* column = columnOf(page);
  column->addWidget(note(tr("Searched with all their subfolders for GGUF files and safetensors. Nothing is ever copied."), page));
  auto* list = new QListWidget(page);
  list->setObjectName(QStringLiteral("modelFolders"));
  list->setAccessibleName(tr("Model folders"));
  list->setMinimumHeight(140);
  column->addWidget(list);
  auto* none = note(tr("No folder is named yet. Roundhouse Mini, which comes with the program, needs none."), page);
  none->setObjectName(QStringLiteral("noModelFolder"));
  column->addWidget(none);
  auto* row = new QHBoxLayout;
  auto* add = new QPushButton(widgets::icon(QStringLiteral("add")), tr("Add a folder"), page);
  add->setObjectName(QStringLiteral("addModelFolder"));
  auto* remove = new QPushButton(widgets::icon(QStringLiteral("remove")), tr("Remove"), page);
  remove->setObjectName(QStringLiteral("removeModelFolder"));
  row->addWidget(add);
  row->addWidget(remove);
  row->addStretch(1);
  column->addLayout(row);
  auto* hub = new QCheckBox(tr("Also search the Hugging Face cache"), page);
  hub->setObjectName(QStringLiteral("scanHubCache"));
  hub->setChecked(context_.settings.flag(keys::scanHubCache, true));
  column->addWidget(hub);
  column->addStretch(1);
  auto fill = [this, list, none, remove, hub] {
    list->clear();
    list->addItems(context_.settings.texts(keys::modelFolders));
    list->setVisible(list->count() > 0);
    none->setVisible(list->count() == 0);
    remove->setEnabled(list->currentRow() >= 0);
    const QSignalBlocker quiet(hub);
    hub->setChecked(context_.settings.flag(keys::scanHubCache, true));
  };
  widgets::keepFocusAt(list, {remove});
  widgets::keepFocusAt(add, {list});
  fill();
  connect(&context_.settings, &Settings::changed, list, [fill](const QString& key) {
    if (key == keys::modelFolders || key == keys::scanHubCache) fill();
  });
  connect(list, &QListWidget::currentRowChanged, remove, [remove](int at) { remove->setEnabled(at >= 0); });
  connect(hub, &QCheckBox::toggled, this, [this](bool on) { context_.settings.set(keys::scanHubCache, on); });
  connect(remove, &QPushButton::clicked, this, [this, list] {
    QStringList folders = context_.settings.texts(keys::modelFolders);
    if (list->currentItem()) folders.removeAll(list->currentItem()->text());
    context_.settings.setTexts(keys::modelFolders, folders);
  });
  connect(add, &QPushButton::clicked, this, [this] {
    askForModelFolder(this, [this](const ModelPaths& paths) { addModelFolders(context_.settings, paths); });
  });
}

void SettingsWidget::buildEngine() {
  QWidget* page = addSection(QStringLiteral("engine"), tr("Engine"), QStringLiteral("speed"));
  QFormLayout* rows = form(page);
  const int processors = QThread::idealThreadCount();
  auto* threads = new QSpinBox(page);
  threads->setRange(0, kMostThreads);
  threads->setSpecialValueText(tr("one per processor (%1)").arg(processors));
  threads->setMinimumWidth(threads->fontMetrics().horizontalAdvance(threads->specialValueText()) + 12 * grid::kUnit);
  threads->setKeyboardTracking(false);
  threads->setValue(computeThreads(context_.settings));
  addRow(rows, tr("Compute threads"), threads, QStringLiteral("threads"));
  auto* isa = new QComboBox(page);
  isa->addItem(tr("the fastest that this processor has"), QString::fromLatin1(isa_name(Isa::automatic)));
  for (Isa each : available_isas()) {
    const QString name = QString::fromLatin1(isa_name(each));
    isa->addItem(each == Isa::reference ? tr("reference: exact, slow") : name, name);
  }
  isa->setCurrentIndex(std::max(0, isa->findData(context_.settings.text(keys::isa, QString::fromLatin1(isa_name(Isa::automatic))))));
  addRow(rows, tr("Arithmetic"), isa, QStringLiteral("isa"));
  auto* restart = note(QString(), page);
  restart->setObjectName(QStringLiteral("engineRestart"));
  columnOf(page)->addWidget(restart);
  auto* now = note(QString(), page);
  now->setObjectName(QStringLiteral("engineNow"));
  columnOf(page)->addWidget(now);
  columnOf(page)->addWidget(note(QString::fromStdString(processor_description()), page));
  columnOf(page)->addStretch(1);
  auto show = [this, now, restart, threads, isa] {
    const std::shared_ptr<Engine> engine = context_.engine.engine();
    now->setText(engine ? tr("Running now: %n thread(s), %1.", nullptr, engine->threads()).arg(QString::fromLatin1(isa_name(engine->isa())))
                        : tr("The engine is not running."));
    const int wanted = threads->value() ? threads->value() : QThread::idealThreadCount();
    QString path = isa->currentData().toString();
    if (path == QLatin1String(isa_name(Isa::automatic))) path = QLatin1String(isa_name(available_isas().back()));
    const bool waiting = engine && (wanted != engine->threads() || path != QLatin1String(isa_name(engine->isa())));
    restart->setText(waiting ? tr("The change counts from the next start of Roundhouse on.")
                             : tr("A change of threads or arithmetic counts from the next start of Roundhouse on."));
    widgets::setTextRole(restart, widgets::TextRole::Small, waiting ? widgets::Tone::Warning : widgets::Tone::Muted);
  };
  connect(&context_.engine, &EngineController::started, now, show);
  connect(threads, &QSpinBox::valueChanged, this, [this, show](int count) {
    context_.settings.set(keys::threads, count);
    show();
  });
  connect(isa, &QComboBox::activated, this, [this, isa, show] {
    context_.settings.set(keys::isa, isa->currentData().toString());
    show();
  });
  show();
}

void SettingsWidget::buildEvidence() {
  QWidget* page = addSection(QStringLiteral("evidence"), tr("Audit and data"), QStringLiteral("audit"));
  QVBoxLayout* column = columnOf(page);
  column->addWidget(note(tr("Every answer is an entry of the audit log: model, settings, edits, counts and, as you choose here, "
                            "the texts themselves or only what proves them later."), page));
  auto* texts = new QRadioButton(tr("Log prompts and answers in full"), page);
  texts->setObjectName(QStringLiteral("auditTexts"));
  auto* hashes = new QRadioButton(tr("Log only their salted hashes"), page);
  hashes->setObjectName(QStringLiteral("auditHashes"));
  (context_.settings.flag(keys::auditTexts, true) ? texts : hashes)->setChecked(true);
  column->addWidget(texts);
  column->addWidget(hashes);
  column->addWidget(note(tr("The choice counts from the next answer on and is itself an entry."), page));
  connect(texts, &QRadioButton::toggled, this, [this](bool on) { context_.settings.set(keys::auditTexts, on); });
  column->addSpacing(grid::kMedium);
  buildKeptAnswers(page);
  column->addSpacing(grid::kMedium);
  auto* place = note(context_.dataFolder.isEmpty() ? tr("Nothing is kept in this run.") : tr("Conversations, audit log and settings lie in %1").arg(context_.dataFolder), page);
  place->setObjectName(QStringLiteral("dataFolder"));
  column->addWidget(place);
  auto* open = new QPushButton(widgets::icon(QStringLiteral("folder-open")), tr("Open the folder"), page);
  open->setObjectName(QStringLiteral("openDataFolder"));
  open->setEnabled(!context_.dataFolder.isEmpty());
  auto* problem = new widgets::ErrorBar(page);
  problem->setObjectName(QStringLiteral("dataFolderProblem"));
  connect(open, &QPushButton::clicked, this, [this, problem] {
    problem->dismiss();
    if (const Status opened = openFolder(context_.dataFolder); !opened.ok()) showError(problem, opened.error(), tr("The folder was not opened"));
  });
  column->addWidget(open, 0, Qt::AlignLeft);
  column->addWidget(problem);
  column->addStretch(1);
}

void SettingsWidget::buildKeptAnswers(QWidget* page) {
  QVBoxLayout* column = columnOf(page);
  auto* keep = new QCheckBox(tr("Keep tokens and routing of answers"), page);
  keep->setObjectName(QStringLiteral("keepAnswers"));
  keep->setChecked(context_.settings.flag(keys::keepAnswers, true));
  connect(keep, &QCheckBox::toggled, this, [this](bool on) { context_.settings.set(keys::keepAnswers, on); });
  column->addWidget(keep);
  column->addWidget(note(tr("So that the words of older answers can be clicked and compared in later runs. Beyond 1 GiB the oldest are given up. "
                            "Without this, later answers are looked into in the same run only; conversations are kept all the same."), page));
  auto* row = new QHBoxLayout;
  kept_ = note(tr("Nothing is kept."), page);  // until it is counted, and without a data folder
  kept_->setObjectName(QStringLiteral("keptAnswers"));
  delete_kept_ = new QPushButton(tr("Delete all kept…"), page);
  delete_kept_->setObjectName(QStringLiteral("deleteKeptAnswers"));
  delete_kept_->setEnabled(false);
  row->addWidget(kept_, 1);
  row->addWidget(delete_kept_);
  column->addLayout(row);
  kept_problem_ = new widgets::ErrorBar(page);
  kept_problem_->setObjectName(QStringLiteral("keptAnswersProblem"));
  column->addWidget(kept_problem_);
  widgets::keepFocusAt(sections_, {delete_kept_});
  connect(delete_kept_, &QPushButton::clicked, this, &SettingsWidget::deleteKept);
}

void SettingsWidget::showKept() {
  if (context_.dataFolder.isEmpty()) return;
  runInBackground(this, [folder = context_.dataFolder] { return keptAnswers(folder); }, [this](const KeptAnswers& kept) {
    kept_->setText(kept.answers ? tr("%n answers take %1 on the disk.", nullptr, kept.answers).arg(bytesText(std::uint64_t(kept.bytes))) : tr("Nothing is kept."));
    delete_kept_->setEnabled(kept.answers > 0 || kept.bytes > 0);
  });
}

void SettingsWidget::deleteKept() {
  auto* question = new QMessageBox(QMessageBox::Warning, tr("Delete all kept"),
                                   tr("Tokens and routing of all older answers are deleted for good. Conversations and the audit log stay."),
                                   QMessageBox::Cancel, this);
  question->setObjectName(QStringLiteral("deleteKeptQuestion"));
  question->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* accept = question->addButton(tr("Delete"), QMessageBox::DestructiveRole);
  connect(accept, &QPushButton::clicked, this, [this] {
    kept_problem_->dismiss();
    delete_kept_->setEnabled(false);
    runInBackground(this, [folder = context_.dataFolder] { return deleteKeptAnswers(folder); }, [this](const Status& deleted) {
      if (!deleted.ok()) showError(kept_problem_, deleted.error(), tr("Not all was deleted"));
      showKept();
    });
  });
  question->open();
}

void SettingsWidget::buildNetwork() {
  QWidget* page = addSection(QStringLiteral("network"), tr("Network"), QStringLiteral("offline"));
  QVBoxLayout* column = columnOf(page);
  auto* offline = new QCheckBox(tr("Offline: forbid every connection"), page);
  offline->setObjectName(QStringLiteral("offline"));
  offline->setChecked(context_.settings.flag(keys::offline, false));
  column->addWidget(offline);
  column->addWidget(note(tr("Roundhouse opens no connection by itself. Following a link or a plugin's request does, and is noted below, "
                            "forbidden or not."), page));
  connect(offline, &QCheckBox::toggled, this, [this](bool on) { context_.settings.set(keys::offline, on); });
  connect(&context_.network, &NetworkGate::offlineChanged, offline, [offline](bool on) {
    const QSignalBlocker quiet(offline);
    offline->setChecked(on);
  });
  auto* model = new ConnectionsModel(context_.network, this);
  auto* table = widgets::makeTable(page, QStringLiteral("connections"), tr("Connection log"));
  table->setModel(model);
  table->horizontalHeader()->setStretchLastSection(true);
  table->setMinimumHeight(220);
  const int letter = fontMetrics().averageCharWidth();
  for (const auto& [at, letters] : {std::pair{ConnectionsModel::Time, 22}, {ConnectionsModel::Host, 26}, {ConnectionsModel::Purpose, 30}, {ConnectionsModel::By, 16}}) {
    table->setColumnWidth(at, letters * letter);
  }
  remember(context_.settings, table);
  auto* row = new QHBoxLayout;
  auto* count = note(QString(), page);
  count->setObjectName(QStringLiteral("connectionCount"));
  auto* clear = new QPushButton(tr("Clear the log"), page);
  clear->setObjectName(QStringLiteral("clearConnections"));
  row->addWidget(count, 1);
  row->addWidget(clear);
  column->addWidget(table, 1);
  column->addLayout(row);
  widgets::keepFocusAt(table, {clear});
  connect(clear, &QPushButton::clicked, this, [this] { context_.network.clear(); });
  auto show = [count, model, clear] {
    count->setText(model->rowCount() ? tr("%n attempt(s)", nullptr, model->rowCount()) : tr("No connection was ever attempted."));
    clear->setEnabled(model->rowCount() > 0);
  };
  connect(model, &QAbstractItemModel::modelReset, count, show);
  show();
}

void SettingsWidget::buildShortcuts() {
  QWidget* page = addSection(QStringLiteral("shortcuts"), tr("Shortcuts"), QStringLiteral("keyboard"));
  QVBoxLayout* column = columnOf(page);
  auto* find = new widgets::SearchField(page);
  find->setObjectName(QStringLiteral("shortcutFilter"));
  find->setPlaceholderText(tr("Search commands"));
  find->setAccessibleName(tr("Search commands"));
  column->addWidget(find);
  auto* model = new ShortcutsModel(context_.commands, this);
  shortcuts_ = new QSortFilterProxyModel(this);
  shortcuts_->setSourceModel(model);
  shortcuts_->setFilterKeyColumn(-1);
  shortcuts_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  connect(find, &widgets::SearchField::searchChanged, this, [this](const QString& text) { shortcuts_->setFilterFixedString(text.trimmed()); });
  shortcut_table_ = widgets::makeTable(page, QStringLiteral("shortcuts"), tr("Shortcuts"));
  shortcut_table_->setModel(shortcuts_);
  shortcut_table_->horizontalHeader()->setStretchLastSection(true);
  shortcut_table_->setMinimumHeight(300);
  shortcut_table_->setColumnWidth(ShortcutsModel::Command, 330 * fontMetrics().averageCharWidth() / 8);
  shortcut_table_->setColumnWidth(ShortcutsModel::Room, 130 * fontMetrics().averageCharWidth() / 8);
  remember(context_.settings, shortcut_table_);
  auto* nothing = new widgets::EmptyState(page);
  nothing->setObjectName(QStringLiteral("noShortcut"));
  nothing->setText(tr("No command matches"), tr("Search for another word of its name, its room or its keys."));
  nothing->setAction(tr("Show all"));
  connect(nothing, &widgets::EmptyState::actionTriggered, find, &QLineEdit::clear);
  auto* found = new QStackedWidget(page);
  found->addWidget(shortcut_table_);
  found->addWidget(nothing);
  const auto show = [this, found] { found->setCurrentIndex(shortcuts_->rowCount() > 0 ? 0 : 1); };
  for (const auto change : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) connect(shortcuts_, change, found, show);
  connect(shortcuts_, &QAbstractItemModel::modelReset, found, show);
  column->addWidget(found, 1);
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  keys_ = new QKeySequenceEdit(page);
  keys_->setObjectName(QStringLiteral("newKeys"));
  keys_->setAccessibleName(tr("New keys"));
  keys_->setToolTip(tr("Click here and press the keys"));
  set_keys_ = new QPushButton(tr("Use these keys"), page);
  set_keys_->setObjectName(QStringLiteral("setKeys"));
  clear_keys_ = new QPushButton(tr("No keys"), page);
  clear_keys_->setObjectName(QStringLiteral("clearKeys"));
  reset_keys_ = new QPushButton(tr("Default"), page);
  reset_keys_->setObjectName(QStringLiteral("resetKeys"));
  row->addWidget(keys_, 1);
  row->addWidget(set_keys_);
  row->addWidget(clear_keys_);
  row->addWidget(reset_keys_);
  column->addLayout(row);
  conflict_ = note(QString(), page, widgets::Tone::Warning);
  conflict_->setObjectName(QStringLiteral("shortcutConflict"));
  column->addWidget(conflict_);
  connect(shortcut_table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &SettingsWidget::showShortcut);
  connect(shortcuts_, &QAbstractItemModel::modelReset, this, &SettingsWidget::showShortcut);
  connect(keys_, &QKeySequenceEdit::keySequenceChanged, this, &SettingsWidget::setShortcut);
  connect(set_keys_, &QPushButton::clicked, this, [this] {
    const QString id = shortcut_table_->currentIndex().data(ShortcutsModel::IdRole).toString();
    context_.commands.setShortcut(id, keys_->keySequence());  // the button is enabled only where that is possible
    showShortcut();
  });
  connect(clear_keys_, &QPushButton::clicked, this, [this] {
    const QString id = shortcut_table_->currentIndex().data(ShortcutsModel::IdRole).toString();
    if (!id.isEmpty()) context_.commands.setShortcut(id, {});
    showShortcut();
  });
  connect(reset_keys_, &QPushButton::clicked, this, [this] {
    const QString id = shortcut_table_->currentIndex().data(ShortcutsModel::IdRole).toString();
    if (!id.isEmpty()) context_.commands.resetShortcut(id);
    showShortcut();
  });
  widgets::keepFocusAt(shortcut_table_, {keys_, set_keys_, clear_keys_, reset_keys_});
  showShortcut();
}

void SettingsWidget::showShortcut() {
  const QModelIndex index = shortcut_table_->currentIndex();
  const QString id = index.data(ShortcutsModel::IdRole).toString();
  const bool any = index.isValid() && !id.isEmpty();
  const QSignalBlocker quiet(keys_);
  keys_->setKeySequence(any ? context_.commands.shortcut(id) : QKeySequence());
  keys_->setEnabled(any);
  clear_keys_->setEnabled(any && !context_.commands.shortcut(id).isEmpty());
  const QString taken = any ? context_.commands.conflict(id, context_.commands.defaultShortcut(id)) : QString();
  reset_keys_->setEnabled(any && taken.isEmpty() && index.data(ShortcutsModel::ChangedRole).toBool());
  reset_keys_->setToolTip(taken.isEmpty() ? QString() : belongsTo(context_.commands.defaultShortcut(id), taken));
  setShortcut();
}

QString SettingsWidget::belongsTo(const QKeySequence& keys, const QString& id) const {
  return tr("%1 belongs to “%2”.").arg(keys.toString(QKeySequence::NativeText), context_.commands.action(id)->text());
}

void SettingsWidget::setShortcut() {
  const QString id = shortcut_table_->currentIndex().data(ShortcutsModel::IdRole).toString();
  const QKeySequence keys = keys_->keySequence();
  const QString other = id.isEmpty() ? QString() : context_.commands.conflict(id, keys);
  const bool other_keys = !id.isEmpty() && !keys.isEmpty() && keys != context_.commands.shortcut(id);
  const bool possible = !other_keys || (other.isEmpty() && canBeShortcut(keys));
  set_keys_->setEnabled(other_keys && possible);
  QString text = id.isEmpty() ? tr("Choose a command to change its keys.") : QString();
  if (!other.isEmpty()) text = belongsTo(keys, other);
  else if (!possible) text = tr("%1 alone is needed for writing: press it with Ctrl, Alt or Meta, or take a function key.").arg(keys.toString(QKeySequence::NativeText));
  conflict_->setText(text);
  widgets::setTextRole(conflict_, widgets::TextRole::Small, possible ? widgets::Tone::Muted : widgets::Tone::Warning);
}

void SettingsWidget::buildAbout() {
  QWidget* page = addSection(QStringLiteral("about"), tr("About"), QStringLiteral("info"));
  QVBoxLayout* column = columnOf(page);
  column->addWidget(new QLabel(tr("Roundhouse %1").arg(QString::fromLatin1(version())), page));
  column->addWidget(note(tr("A workbench for mixture-of-experts models: ask, see which experts answer and why, change the routing, and prove "
                            "afterwards what was done. Everything happens on this machine."), page));
  column->addWidget(note(tr("The engine is licensed under the Apache License 2.0, the window under the GNU General Public License 3 or later. "
                            "The embedded model was made from SmolLM2-135M-Instruct (Apache License 2.0); NOTICE names all sources."), page));
  column->addWidget(note(tr("Built with Qt %1.").arg(QString::fromLatin1(qVersion())), page));
  column->addStretch(1);
}

}  // namespace roundhouse::app
