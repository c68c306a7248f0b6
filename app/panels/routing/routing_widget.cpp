// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/routing_widget.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <map>
#include <utility>

#include "app/bridge/audit_service.h"
#include "app/bridge/engine_controller.h"
#include "app/bridge/session_hub.h"
#include "app/panels/routing/compare_view.h"
#include "app/panels/routing/decision_model.h"
#include "app/panels/routing/edits_editor.h"
#include "app/shell/app_context.h"
#include "app/shell/command_registry.h"
#include "app/shell/format.h"
#include "app/shell/remembered.h"
#include "app/shell/save_dialog.h"
#include "roundhouse/atomic_file.h"
#include "widgets/controls/elided_label.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/table.h"
#include "widgets/heatmap/heatmap_export.h"
#include "widgets/heatmap/heatmap_model.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/plots/bars_view.h"
#include "widgets/plots/metric_view.h"
#include "widgets/plots/view_picture.h"
#include "widgets/style/file_export.h"
#include "widgets/tokens/token_strip.h"

namespace roundhouse::app {

namespace {

constexpr int kExportWidth = 1600, kExportHeight = 1000;  // pixels
constexpr int kExpertTokens = 50;

enum class Span { All, Prompt, Answer, Selection };

// What an answer is called.
QString firstWords(const AnswerSnapshot& answer) {
  constexpr qsizetype kLength = 32;
  const QString text = QString::fromStdString(answer.text.substr(0, 8 * kLength)).simplified();
  if (text.isEmpty()) return QString::fromStdString(answer.modelName);
  return text.size() <= kLength ? text : text.left(kLength) + QChar(0x2026);
}

std::vector<std::string> contextTexts(const AnswerSnapshot& answer) {
  std::vector<std::string> texts;
  for (int t = 0; t < answer.trace.token_count(); ++t) texts.push_back(answer.contextText(t));
  return texts;
}

// Piece by piece: a long trace's text would need more memory than the trace.
Status saveText(const AnswerSnapshot& answer, Status (RoutingTrace::*write)(const RoutingTrace::TextSink&, const std::vector<std::string>&) const,
                const std::string& path) {
  RH_ASSIGN(AtomicFile file, AtomicFile::create(path));
  RH_TRY((answer.trace.*write)([&file](std::string_view piece) { return file.write(piece); }, contextTexts(answer)));
  return file.commit();
}

AuditEntry entryOf(const QString& conversation, const std::string& model, const std::string& sha256) {
  AuditEntry entry;
  entry.session = conversation.toStdString();
  entry.model_name = model;
  if (!sha256.empty()) entry.model_digest = "sha256:" + sha256;
  return entry;
}

}  // namespace

RoutingWidget::RoutingWidget(AppContext& context, QWidget* parent) : QWidget(parent), context_(context), exports_(routingExports(context)) {
  setObjectName(QStringLiteral("routingPanel"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(8, 8, 8, 8);
  column->setSpacing(8);
  auto* bar = new QHBoxLayout;
  bar->setSpacing(8);
  buildToolbar(bar);
  column->addLayout(bar);
  message_ = new QLabel(this);
  message_->setObjectName(QStringLiteral("routingMessage"));
  message_->setTextFormat(Qt::PlainText);
  message_->setWordWrap(true);
  message_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  message_->hide();
  column->addWidget(message_);

  auto* split = new QSplitter(Qt::Vertical, this);
  split->setObjectName(QStringLiteral("routingSplit"));
  split->setChildrenCollapsible(false);
  heatmap_ = new widgets::HeatmapView(split);
  heatmap_->setObjectName(QStringLiteral("routingHeatmap"));
  heatmap_->setAccessibleName(tr("Expert load by layer"));
  heatmap_->setEmptyText(tr("Ask something in Chat: which experts answer, layer by layer, appears here as the answer streams."));
  tabs_ = new QTabWidget(split);
  tabs_->setObjectName(QStringLiteral("routingTabs"));
  tabs_->setAccessibleName(tr("Details of the routing"));
  tabs_->setDocumentMode(true);
  buildTabs();
  split->addWidget(heatmap_);
  split->addWidget(tabs_);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  column->addWidget(split, 1);

  // Streaming snapshots come up to 60 times a second; the picture follows at most that often, and only when seen.
  refresh_.setSingleShot(true);
  refresh_.setInterval(16);
  connect(&refresh_, &QTimer::timeout, this, &RoutingWidget::refresh);
  // Figures that change with every token cannot be read: those below the picture follow four times a second.
  details_.setSingleShot(true);
  details_.setInterval(250);
  connect(&details_, &QTimer::timeout, this, &RoutingWidget::refreshTab);
  connect(heatmap_, &widgets::HeatmapView::selectionChanged, this, &RoutingWidget::chooseCells);
  connect(heatmap_, &widgets::HeatmapView::cellActivated, this, [this](int layer, int expert) { showTokensOf({layer, expert}); });
  connect(heatmap_, &widgets::HeatmapView::contextMenuRequested, this, [this](int layer, int expert, const QPoint& at) { showCellMenu({layer, expert}, at); });
  connect(measure_, &QComboBox::currentIndexChanged, this, &RoutingWidget::scheduleRefresh);
  connect(range_, &QComboBox::currentIndexChanged, this, &RoutingWidget::scheduleRefresh);
  connect(tabs_, &QTabWidget::currentChanged, this, &RoutingWidget::scheduleRefresh);
  connect(edits_, &EditsEditor::edited, this, [this](const RoutingEdits& edits) {
    const Status set = context_.sessions.setEdits(context_.sessions.currentConversation(), edits);
    edits_->showError(set.ok() ? QString() : errorLine(set.error()));
    if (set.ok()) {
      AuditEntry done = ofConversation();
      done.kind = audit_kind::edit;
      done.action = edits.empty() ? "taken_back" : "applied";
      if (!edits.empty()) done.edits_json = edits.to_json();
      context_.audit.append(std::move(done));
    }
    scheduleRefresh();
  });
  connect(edits_, &EditsEditor::saveRequested, this, [this](const QString& path, const RoutingEdits& edits) {
    AuditEntry entry = ofConversation();
    entry.edits_json = edits.to_json();
    exportTo(path, [edits](const QString& file, QString* error) {
      if (const Status saved = edits.save(file.toStdString()); !saved.ok()) *error = errorLine(saved.error());
    }, std::move(entry));
  });
  connect(&exports_, &RoutingExports::finished, this, &RoutingWidget::showExported);
  connect(edits_, &EditsEditor::answerAgainRequested, this, &RoutingWidget::answerAgain);
  SessionHub& hub = context_.sessions;
  connect(&hub, &SessionHub::snapshotChanged, this, [this](const AnswerSnapshotPtr& snapshot) {
    if (snapshot->conversation == context_.sessions.currentConversation()) followAnswer(snapshot);
  });
  connect(&hub, &SessionHub::broughtBack, this, [this](const AnswerSnapshotPtr& snapshot) {
    if (snapshot->conversation != context_.sessions.currentConversation()) return;
    if (snapshot->answer == context_.sessions.shownAnswer()) followShownAnswer();
    else scheduleRefresh();  // one more to compare with
  });
  connect(&hub, &SessionHub::currentConversationChanged, this, &RoutingWidget::followConversation);
  connect(&hub, &SessionHub::shownAnswerChanged, this, &RoutingWidget::followShownAnswer);
  connect(&hub, &SessionHub::editsChanged, this, [this](const QString& conversation) {
    if (conversation == context_.sessions.currentConversation()) edits_->setEdits(context_.sessions.edits(conversation));
    scheduleRefresh();
  });
  connect(&context_.selection, &TokenSelection::changed, this, &RoutingWidget::followSelection);
  followConversation();
  showExportable();
  for (QComboBox* box : {measure_, range_}) remember(context_.settings, box);
  edits_->rememberIn(context_.settings);
  for (QSplitter* each : findChildren<QSplitter*>()) remember(context_.settings, each);
  for (QTableView* table : findChildren<QTableView*>()) remember(context_.settings, table);
  remember(context_.settings, tabs_);
}

void RoutingWidget::buildToolbar(QLayout* into) {
  title_ = new widgets::ElidedLabel(this);
  const auto box = [this](const QString& name, const char* object) {
    auto* made = new QComboBox(this);
    made->setObjectName(QString::fromLatin1(object));
    made->setAccessibleName(name);
    made->setToolTip(name);
    return made;
  };
  measure_ = box(tr("What the colours measure"), "routingMeasure");
  measure_->addItem(tr("Share"), int(LoadMeasure::Share));
  measure_->addItem(tr("Gate mass"), int(LoadMeasure::GateMass));
  range_ = box(tr("Which tokens are counted"), "routingRange");
  range_->addItem(tr("All tokens"), int(Span::All));
  range_->addItem(tr("Prompt"), int(Span::Prompt));
  range_->addItem(tr("Answer"), int(Span::Answer));
  range_->addItem(tr("Chosen tokens"), int(Span::Selection));
  export_ = new QToolButton(this);
  export_->setObjectName(QStringLiteral("routingExport"));
  export_->setText(tr("Export"));
  export_->setAccessibleName(tr("Export the picture or the trace"));
  export_->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(export_);
  menu->setObjectName(QStringLiteral("routingExportMenu"));
  connect(menu, &QMenu::aboutToShow, this, [this, menu] {
    menu->clear();
    for (const Export& each : exports()) menu->addAction(each.text, this, [this, each] { exportAs(each); });
  });
  export_->setMenu(menu);
  fine_tune_ = new QPushButton(tr("Fine-tune…"), this);
  fine_tune_->setObjectName(QStringLiteral("routingFineTune"));
  fine_tune_->setAccessibleName(tr("Fine-tune the chosen experts"));
  fine_tune_->setToolTip(tr("Begins a job that trains the experts chosen in the heatmap, and no others."));
  fine_tune_->hide();
  connect(fine_tune_, &QPushButton::clicked, this, &RoutingWidget::fineTuneChosen);
  widgets::keepFocusAt(this, {fine_tune_});
  context_.commands.add({QStringLiteral("routing.finetune"), tr("Fine-tune the chosen experts"), tr("Routing"), QStringLiteral("fine-tune"), {}},
                        [this] { fineTuneChosen(); });
  auto* row = static_cast<QHBoxLayout*>(into);
  row->addWidget(title_, 1);
  row->addWidget(range_);
  row->addWidget(measure_);
  row->addWidget(fine_tune_);
  row->addWidget(export_);
}

void RoutingWidget::buildTabs() {
  const auto page = [this](const QString& title, const char* object, QLabel** label, QWidget* body) {
    auto* widget = new QWidget;
    widget->setObjectName(QString::fromLatin1(object));
    auto* column = new QVBoxLayout(widget);
    column->setContentsMargins(0, 8, 0, 0);
    column->setSpacing(4);
    if (label) {
      *label = new QLabel(widget);
      (*label)->setTextFormat(Qt::PlainText);
      (*label)->setWordWrap(true);
      column->addWidget(*label);
    }
    column->addWidget(body, 1);
    tabs_->addTab(widget, title);
  };
  strip_ = new widgets::TokenStrip;
  strip_->setObjectName(QStringLiteral("routingTokens"));
  strip_->setAccessibleName(tr("Tokens of the prompt and the answer"));
  strip_->setEmptyText(tr("The tokens of the answer appear here: choose one, or several, to see their experts."));
  decisions_ = new DecisionModel(this);
  decision_table_ = widgets::makeTable(nullptr, QStringLiteral("routingDecisions"), tr("Decisions per layer"));
  decision_table_->setModel(decisions_);
  decision_table_->setAlternatingRowColors(true);
  decision_table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  decision_bars_ = new widgets::BarsView;
  decision_bars_->setObjectName(QStringLiteral("routingDecisionBars"));
  decision_bars_->setAccessibleName(tr("Experts of the chosen layer"));
  auto* decided = new QSplitter(Qt::Horizontal);
  decided->setObjectName(QStringLiteral("routingDecidedSplit"));
  decided->setChildrenCollapsible(false);
  decided->addWidget(decision_table_);
  decided->addWidget(decision_bars_);
  decided->setStretchFactor(0, 3);
  decided->setStretchFactor(1, 2);
  decision_title_ = new QLabel;
  decision_title_->setTextFormat(Qt::PlainText);
  decision_title_->setWordWrap(true);
  auto* below = new QWidget;
  auto* belowColumn = new QVBoxLayout(below);
  belowColumn->setContentsMargins(0, 0, 0, 0);
  belowColumn->setSpacing(4);
  belowColumn->addWidget(decision_title_);
  belowColumn->addWidget(decided, 1);
  auto* tokens = new QSplitter(Qt::Vertical);
  tokens->setObjectName(QStringLiteral("routingTokenSplit"));
  tokens->setChildrenCollapsible(false);
  tokens->addWidget(strip_);
  tokens->addWidget(below);
  tokens->setStretchFactor(0, 1);
  tokens->setStretchFactor(1, 3);
  tokens->setSizes({96, 220});
  page(tr("Token"), "routingTabToken", nullptr, tokens);
  balance_ = new widgets::MetricView;
  balance_->setObjectName(QStringLiteral("routingBalance"));
  balance_->setAccessibleName(tr("Balance per layer"));
  page(tr("Balance"), "routingTabBalance", nullptr, balance_);
  together_ = new widgets::HeatmapView;
  together_->setObjectName(QStringLiteral("routingTogether"));
  together_->setAccessibleName(tr("Experts chosen together"));
  together_->setEmptyText(tr("Choose a cell of the heatmap: its layer's experts that answer together appear here."));
  page(tr("Together"), "routingTabTogether", &together_title_, together_);
  expert_tokens_ = new widgets::BarsView;
  expert_tokens_->setObjectName(QStringLiteral("routingExpertTokens"));
  expert_tokens_->setAccessibleName(tr("Tokens of the chosen expert"));
  page(tr("Expert"), "routingTabExpert", &expert_title_, expert_tokens_);
  edits_ = new EditsEditor;
  page(tr("Edits"), "routingTabEdits", nullptr, edits_);
  compare_ = new CompareView;
  page(tr("Compare"), "routingTabCompare", nullptr, compare_);
  // Choosing a row of a layer table chooses the layer.
  connect(decision_table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& current) {
    if (current.isValid() && !following_) context_.selection.selectExpert(current.row(), -1, this);
  });
  connect(balance_, &widgets::MetricView::currentTableRowChanged, this, [this](int row) {
    if (row >= 0 && !following_) context_.selection.selectExpert(row, -1, this);
  });
  connect(decision_bars_, &widgets::BarsView::currentBarChanged, this, [this](int expert) {
    const int layer = context_.selection.value().layer;
    if (expert < 0 || layer < 0 || following_) return;
    context_.selection.selectExpert(layer, expert);  // by nobody: the heatmap shows it, too
  });
  connect(strip_, &widgets::TokenStrip::selectionChanged, this, &RoutingWidget::chooseTokens);
  connect(strip_, &widgets::TokenStrip::contextMenuRequested, this, [this](int, const QPoint& at) { showTokenMenu(at); });
}

void RoutingWidget::showTab(const QString& objectName) {
  for (int i = 0; i < tabs_->count(); ++i) {
    if (tabs_->widget(i)->objectName() == objectName) tabs_->setCurrentIndex(i);
  }
}

bool RoutingWidget::settled() const { return !refresh_.isActive() && !details_.isActive() && compare_->settled(); }

void RoutingWidget::setActive(bool active) {
  active_ = active;
  if (active) scheduleRefresh();
}

void RoutingWidget::setSnapshot(const AnswerSnapshotPtr& snapshot) {
  const bool grows = snapshot && snapshot_ && snapshot->answer == snapshot_->answer && !snapshot->finished();
  snapshot_ = snapshot;
  if (!grows) details_due_ = true;
  if (active_ && !refresh_.isActive()) refresh_.start();
}

void RoutingWidget::followAnswer(const AnswerSnapshotPtr& snapshot) {
  const QString& shown = context_.sessions.shownAnswer();
  if (!looking_back_ && (shown.isEmpty() || shown == snapshot->answer)) setSnapshot(snapshot);
  else if (snapshot->finished()) scheduleRefresh();  // what waited for its end
}

void RoutingWidget::followConversation() {
  edits_->setEdits(context_.sessions.edits(context_.sessions.currentConversation()));
  again_of_.clear();
  followShownAnswer();
}

void RoutingWidget::followShownAnswer() {
  looking_back_ = false;
  message_->hide();
  setSnapshot(context_.sessions.snapshot(context_.sessions.shownAnswer()));
}

void RoutingWidget::followSelection(const TokenRange& value, QObject* by) {
  // Other tokens bring their answer; another expert stays with the answer on show.
  const bool tokens = value.hasTokens() && (value.answer != followed_.answer || value.first != followed_.first || value.last != followed_.last);
  followed_ = value;
  if (const auto other = tokens ? context_.sessions.snapshot(value.answer) : nullptr) {
    looking_back_ = value.answer != context_.sessions.shownAnswer();
    if (!snapshot_ || snapshot_->answer != value.answer) snapshot_ = other;
  } else if (!value.hasTokens() && std::exchange(looking_back_, false) && context_.sessions.busy(context_.sessions.currentConversation())) {
    snapshot_ = context_.sessions.snapshot(context_.sessions.shownAnswer());
  }
  if (by != this) {
    const QScopedValueRollback<bool> guard(following_, true);
    if (value.layer >= 0 && value.expert >= 0) heatmap_->setSelectedCells({{value.layer, value.expert}});
    else if (value.layer < 0) heatmap_->clearSelection();
  }
  if (tokens && by != this) showTab(QStringLiteral("routingTabToken"));
  scheduleRefresh();
}

void RoutingWidget::scheduleRefresh() {
  details_due_ = true;
  if (active_ && !refresh_.isActive()) refresh_.start();
}

std::pair<int, int> RoutingWidget::range() const {
  if (!snapshot_) return {0, 0};
  const int count = snapshot_->trace.token_count(), prompt = std::min(snapshot_->promptTokens(), count);
  const TokenRange& chosen = context_.selection.value();
  switch (static_cast<Span>(range_->currentData().toInt())) {
    case Span::All: return {0, count};
    case Span::Prompt: return {0, prompt};
    case Span::Answer: return {prompt, count};
    case Span::Selection:
      if (chosen.hasTokens() && chosen.answer == snapshot_->answer) return {chosen.first, std::min(chosen.last, count)};
      return {0, 0};
  }
  return {0, count};
}

void RoutingWidget::refresh() {
  if (!active_) return;
  showExportable();
  const bool finished = snapshot_ && snapshot_->finished();
  const bool again = finished && !snapshot_->tokens.empty() && !context_.sessions.busy(snapshot_->conversation);
  edits_->setAnswered(again ? std::optional(snapshot_->edits) : std::nullopt);
  if (!snapshot_ || snapshot_->trace.token_count() == 0) {
    const bool failed = finished && snapshot_->result->error;
    title_->setWholeText(failed ? tr("The answer failed before its first token was routed.") : finished ? tr("This model has no routed experts.") : QString());
    heatmap_->setSnapshot({});
    edits_->setLayout(snapshot_ ? snapshot_->trace.layout() : RoutingLayout());
    showDetails();
    return;
  }
  const RoutingTrace& trace = snapshot_->trace;
  const auto [first, last] = range();
  counter_.count(snapshot_->answer, trace, first, last);
  // Edits that wait for the next answer are marked too: what is seen is what will be asked for.
  const RoutingEdits pending = context_.sessions.edits(snapshot_->conversation);
  heatmap_->setSnapshot(counter_.picture(static_cast<LoadMeasure>(measure_->currentData().toInt()), pending.empty() ? snapshot_->edits : pending));
  QString title = tr("“%1” · Tokens: %2").arg(firstWords(*snapshot_), QLocale().toString(std::max(0, last - first)));
  if (!snapshot_->edits.empty()) title += tr(" · edited: %1").arg(editsText(snapshot_->edits));
  title_->setWholeText(title);
  const TokenRange& chosen = context_.selection.value();
  const bool own = chosen.hasTokens() && chosen.answer == snapshot_->answer;
  heatmap_->setHighlight(own ? expertsOf(trace, chosen.first, chosen.last) : QList<widgets::HeatmapCell>());
  edits_->setLayout(trace.layout());
  edits_->setTargets(heatmap_->selectedCells());
  showDetails();
}

void RoutingWidget::showDetails() {
  if (!details_due_) {
    if (!details_.isActive()) details_.start();
    return;
  }
  details_.stop();
  details_due_ = false;
  refreshTab();
}

void RoutingWidget::refreshTab() {
  const QString tab = tabs_->currentWidget() ? tabs_->currentWidget()->objectName() : QString();
  const RoutingTrace trace = snapshot_ ? snapshot_->trace : RoutingTrace();
  const TokenRange& chosen = context_.selection.value();
  const auto [first, last] = range();
  const int layer = chosen.layer >= 0 && chosen.layer < trace.layer_count() ? chosen.layer : -1;
  const QScopedValueRollback<bool> guard(following_, true);
  if (tab == QLatin1String("routingTabToken")) {
    showTokenTab(trace, layer);
  } else if (tab == QLatin1String("routingTabBalance")) {
    balance_->setTable(balanceTable(trace, first, last));
    if (balance_->currentTableRow() != layer) balance_->setCurrentTableRow(layer);
  } else if (tab == QLatin1String("routingTabTogether")) {
    const auto picture = layer >= 0 ? coActivationPicture(trace, layer, first, last) : widgets::HeatmapSnapshotPtr();
    together_->setSnapshot(picture);
    together_title_->setText(layer >= 0 ? tr("Layer %1: how often the column's expert is chosen when the row's is").arg(trace.layout().layers[static_cast<size_t>(layer)].layer) : QString());
  } else if (tab == QLatin1String("routingTabExpert")) {
    const bool some = layer >= 0 && chosen.expert >= 0;
    expert_title_->setText(some ? tr("Layer %1, expert %2: the tokens that gave it most weight").arg(trace.layout().layers[static_cast<size_t>(layer)].layer).arg(chosen.expert)
                                : tr("Choose a cell of the heatmap to see the tokens of its expert."));
    expert_tokens_->setBars(some ? expertTokenBars(*snapshot_, layer, chosen.expert, first, last, kExpertTokens) : widgets::BarSet());
  } else if (tab == QLatin1String("routingTabCompare")) {
    QList<AnswerSnapshotPtr> answers;
    for (const auto& answer : context_.sessions.snapshots(context_.sessions.currentConversation())) {
      if (answer->finished()) answers.append(answer);
    }
    compare_->setAnswers(answers);
    if (!again_of_.isEmpty() && snapshot_ && snapshot_->finished() && snapshot_->answer != again_of_) {
      compare_->choose(std::exchange(again_of_, {}), snapshot_->answer);
    }
  }
}

void RoutingWidget::showTokenTab(const RoutingTrace& trace, int layer) {
  const TokenRange& chosen = context_.selection.value();
  const bool own = snapshot_ && chosen.hasTokens() && chosen.answer == snapshot_->answer && chosen.first < trace.token_count();
  const int from = own ? chosen.first : -1, to = own ? std::min(chosen.last, trace.token_count()) : -1;
  strip_->setTokens(snapshot_ ? pieces_.update(*snapshot_) : nullptr);
  if (strip_->firstSelected() != from || strip_->lastSelected() != to - 1) {
    strip_->select(from, own ? to - 1 : -1);
    if (own) strip_->ensureVisible(from);
  }
  // What was decided for a token of an answer does not change while the answer grows.
  const DecisionsShown wanted{own ? snapshot_->answer : QString(), from, to, own ? layer : -1};
  const bool sameTokens = wanted.ofTokens(decisions_shown_), sameLayer = sameTokens && wanted.layer == decisions_shown_.layer;
  decisions_shown_ = wanted;
  if (!sameTokens) decisions_->show(trace, from, to);
  if (!own) decision_title_->setText(tr("Choose a token, here or in the answer, to see its experts in every layer."));
  else if (to - from == 1) decision_title_->setText(tr("Token %1: “%2”").arg(QLocale().toString(from + 1), widgets::visibleToken(tokenText(*snapshot_, from))));
  else decision_title_->setText(tr("Tokens %1 to %2: mean weights").arg(QLocale().toString(from + 1), QLocale().toString(to)));
  if (own && layer >= 0 && decision_table_->currentIndex().row() != layer) decision_table_->selectRow(layer);
  decision_bars_->setVisible(wanted.layer >= 0);
  decision_table_->setHorizontalScrollBarPolicy(own ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);  // not for heads alone
  if (wanted.layer >= 0 && !sameLayer) decision_bars_->setBars(decisionBars(trace, layer, from, to));
}

void RoutingWidget::chooseTokens(int first, int last) {
  if (following_ || !snapshot_) return;
  context_.selection.selectTokens(snapshot_->conversation, snapshot_->answer, first, first < 0 ? -1 : last + 1, this);
}

void RoutingWidget::fineTuneChosen() {
  std::map<std::int32_t, std::vector<std::int32_t>> experts;
  if (snapshot_) {
    const auto& layers = snapshot_->trace.layout().layers;
    const QList<widgets::HeatmapCell> cells = heatmap_->selectedCells();
    for (const widgets::HeatmapCell& cell : cells) {
      if (size_t(cell.row) < layers.size() && cell.column < layers[size_t(cell.row)].experts) experts[layers[size_t(cell.row)].layer].push_back(cell.column);
    }
  }
  if (!experts.empty()) context_.sessions.requestFineTune(experts);
}

void RoutingWidget::chooseCells() {
  edits_->setTargets(heatmap_->selectedCells());
  fine_tune_->setVisible(heatmap_->selectedCount() > 0);
  if (following_) return;
  const widgets::HeatmapCell cell = heatmap_->currentCell();
  if (heatmap_->selectedCount() == 0) context_.selection.selectExpert(-1, -1, this);
  else if (cell.valid()) context_.selection.selectExpert(cell.row, cell.column, this);
}

void RoutingWidget::showTokensOf(const widgets::HeatmapCell& cell) {
  heatmap_->setSelectedCells({cell});
  context_.selection.selectExpert(cell.row, cell.column, this);
  showTab(QStringLiteral("routingTabExpert"));
}

void RoutingWidget::showCellMenu(const widgets::HeatmapCell& cell, const QPoint& at) {
  if (!cell.valid()) return;
  edits_->setTargets(heatmap_->selectedCells());
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("routingCellMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  edits_->fillMenu(menu);
  // There the edit is listed, or stands why it is not possible; and there is the next step.
  const QList<QAction*> actions = menu->actions();
  for (QAction* edit : actions) connect(edit, &QAction::triggered, this, [this] { showTab(QStringLiteral("routingTabEdits")); });
  menu->addSeparator();
  menu->addAction(tr("Fine-tune these experts…"), this, &RoutingWidget::fineTuneChosen);
  menu->addAction(tr("Tokens of this expert"), this, [this, cell] { showTokensOf(cell); });
  menu->addAction(tr("Copy"), this, [this] {
    QStringList lines;
    const QList<widgets::HeatmapCell> cells = heatmap_->selectedCells();
    for (const widgets::HeatmapCell& each : cells) lines.append(heatmap_->model()->describe(each.row, each.column));
    QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
  });
  menu->popup(at);
}

void RoutingWidget::showTokenMenu(const QPoint& at) {
  if (strip_->firstSelected() < 0) return;
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("routingTokenMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Copy text"), this, [this] { QGuiApplication::clipboard()->setText(strip_->selectedText()); });
  menu->popup(at);
}

void RoutingWidget::answerAgain() {
  if (!snapshot_) return;
  again_of_ = snapshot_->answer;
  context_.sessions.requestAnswerAgain(snapshot_->conversation, snapshot_->answer, edits_->edits());
  showTab(QStringLiteral("routingTabCompare"));
}

QList<RoutingWidget::Export> RoutingWidget::exports() const {
  QList<Export> found;
  const AnswerSnapshotPtr answer = snapshot_;
  if (!answer || answer->trace.token_count() == 0) return found;
  const auto add = [&](const QString& text, const QString& suffix, RoutingExports::Write write) {
    found.append({text, suffix, std::move(write), answer});
  };
  const auto picture = [&](const QString& name, const widgets::HeatmapView* view) {
    const widgets::HeatmapSnapshotPtr cells = view->snapshot();
    if (!cells || cells->rows == 0) return;
    const QSize size(kExportWidth, kExportHeight);
    const widgets::HeatmapPainter painter = view->painter();
    add(tr("%1 as PNG…").arg(name), QStringLiteral("png"), [painter, size](const QString& path, QString* error) { widgets::exportHeatmapPng(painter, size, path, error); });
    add(tr("%1 as SVG…").arg(name), QStringLiteral("svg"), [painter, size](const QString& path, QString* error) { widgets::exportHeatmapSvg(painter, size, path, error); });
    add(tr("%1 as CSV…").arg(name), QStringLiteral("csv"), [cells](const QString& path, QString* error) { widgets::exportHeatmapCsv(*cells, path, error); });
  };
  const auto table = [&](const QString& name, const QByteArray& csv) {
    add(tr("%1 as CSV…").arg(name), QStringLiteral("csv"), [csv](const QString& path, QString* error) { widgets::writeWholeFile(path, csv, error); });
  };
  const auto bars = [&](const QString& name, const QAbstractItemView* view, const QByteArray& csv) {
    if (view->model()->rowCount() == 0) return;
    const widgets::ViewPicture drawn = widgets::viewPicture(*view);
    add(tr("%1 as PNG…").arg(name), QStringLiteral("png"), [drawn](const QString& path, QString* error) { widgets::exportViewPng(drawn, path, error); });
    add(tr("%1 as SVG…").arg(name), QStringLiteral("svg"), [drawn, name](const QString& path, QString* error) { widgets::exportViewSvg(drawn, name, path, error); });
    table(name, csv);
  };
  picture(tr("Heatmap"), heatmap_);
  const QString tab = tabs_->currentWidget()->objectName();
  if (tab == QLatin1String("routingTabToken") && decisions_->rowCount() > 0) {
    table(tr("Decisions"), decisionsCsv(answer->trace, decisions_shown_.from, decisions_shown_.to));
    if (!decision_bars_->isHidden()) bars(tr("Experts of the layer"), decision_bars_, decision_bars_->bars()->csv());
  }
  if (tab == QLatin1String("routingTabBalance")) bars(tr("Balance"), balance_, balance_->metrics()->csv());
  if (tab == QLatin1String("routingTabTogether")) picture(tr("Experts chosen together"), together_);
  if (tab == QLatin1String("routingTabExpert")) bars(tr("Tokens of the expert"), expert_tokens_, expert_tokens_->bars()->csv());
  if (tab == QLatin1String("routingTabCompare")) {
    picture(tr("Difference"), compare_->map());
    bars(tr("Divergence"), compare_->divergence(), compare_->divergence()->metrics()->csv());
  }
  const auto trace = [&](const QString& name, const QString& suffix, auto save) {
    add(name, suffix, [answer, save](const QString& path, QString* error) {
      if (const Status saved = save(*answer, path.toStdString()); !saved.ok()) *error = errorLine(saved.error());
    });
  };
  trace(tr("Trace as .rhtrace…"), QStringLiteral("rhtrace"), [](const AnswerSnapshot& of, const std::string& path) { return of.trace.save(path, contextTexts(of)); });
  trace(tr("Trace as CSV…"), QStringLiteral("csv"), [](const AnswerSnapshot& of, const std::string& path) { return saveText(of, &RoutingTrace::write_csv, path); });
  trace(tr("Trace as JSON…"), QStringLiteral("json"), [](const AnswerSnapshot& of, const std::string& path) { return saveText(of, &RoutingTrace::write_json, path); });
  return found;
}

AuditEntry RoutingWidget::ofConversation() const {
  const std::shared_ptr<Model> model = context_.engine.current();
  return entryOf(context_.sessions.currentConversation(), model ? model->info().name : std::string(), model ? model->sha256() : std::string());
}

void RoutingWidget::exportAs(const Export& kind) {
  askSavePath(this, tr("Export"), QStringLiteral("routing"), {QStringLiteral("%1 (*.%2)").arg(kind.suffix.toUpper(), kind.suffix)},
              [this, kind](const QString& path) {
    exportTo(path, kind.write, entryOf(kind.answer->conversation, kind.answer->modelName, kind.answer->modelSha256));
  });
}

void RoutingWidget::exportTo(const QString& path, RoutingExports::Write write, AuditEntry entry) {
  message_->hide();
  exports_.start(path, std::move(write), std::move(entry));
  showExportable();
}

void RoutingWidget::showExportable() { export_->setEnabled(!exports_.busy() && snapshot_ && snapshot_->trace.token_count() > 0); }

void RoutingWidget::showExported(const QString& path, const QString& error) {
  showExportable();
  message_->setText(error.isEmpty() ? tr("Saved: %1").arg(path) : error);
  message_->show();
}

}  // namespace roundhouse::app
