// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/routing_widget.h"

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QSaveFile>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/shell/format.h"
#include <algorithm>

#include "app/bridge/session_hub.h"
#include "app/panels/routing/compare_view.h"
#include "app/panels/routing/decision_model.h"
#include "app/panels/routing/edits_editor.h"
#include "app/shell/app_context.h"
#include "widgets/heatmap/heatmap_export.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/plots/metric_view.h"

namespace roundhouse::app {

namespace {

constexpr int kExportWidth = 1600, kExportHeight = 1000;  // pixels
constexpr int kExpertTokens = 50;

enum class Span { All, Prompt, Answer, Selection };

QString visible(const std::string& text) {
  QString shown = QString::fromStdString(text);
  shown.replace(QLatin1Char('\n'), QStringLiteral("⏎")).replace(QLatin1Char('\t'), QStringLiteral("⇥")).replace(QLatin1Char(' '), QStringLiteral("·"));
  return shown;
}

std::vector<std::string> contextTexts(const AnswerSnapshot& answer) {
  std::vector<std::string> texts;
  for (int t = 0; t < answer.trace.token_count(); ++t) texts.push_back(answer.contextText(t));
  return texts;
}

}  // namespace

RoutingWidget::RoutingWidget(AppContext& context, QWidget* parent) : QWidget(parent), context_(context) {
  setObjectName(QStringLiteral("routingPanel"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(8, 8, 8, 8);
  column->setSpacing(8);
  auto* bar = new QHBoxLayout;
  bar->setSpacing(8);
  buildToolbar(bar);
  column->addLayout(bar);
  message_ = new QLabel(this);
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
  connect(measure_, &QComboBox::currentIndexChanged, this, &RoutingWidget::scheduleRefresh);
  connect(range_, &QComboBox::currentIndexChanged, this, &RoutingWidget::scheduleRefresh);
  connect(tabs_, &QTabWidget::currentChanged, this, &RoutingWidget::scheduleRefresh);
  connect(edits_, &EditsEditor::edited, this, [this](const RoutingEdits& edits) {
    const Status set = context_.sessions.setEdits(context_.sessions.currentConversation(), edits);
    edits_->showError(set.ok() ? QString() : errorLine(set.error()));
    scheduleRefresh();
  });
  connect(edits_, &EditsEditor::answerAgainRequested, this, &RoutingWidget::answerAgain);
  SessionHub& hub = context_.sessions;
  connect(&hub, &SessionHub::snapshotChanged, this, [this](const AnswerSnapshotPtr& snapshot) {
    if (snapshot->conversation == context_.sessions.currentConversation()) setSnapshot(snapshot);
  });
  connect(&hub, &SessionHub::currentConversationChanged, this, &RoutingWidget::followConversation);
  connect(&hub, &SessionHub::editsChanged, this, [this](const QString& conversation) {
    if (conversation == context_.sessions.currentConversation()) edits_->setEdits(context_.sessions.edits(conversation));
    scheduleRefresh();
  });
  connect(&context_.selection, &TokenSelection::changed, this, &RoutingWidget::followSelection);
  followConversation();
}

void RoutingWidget::buildToolbar(QLayout* into) {
  title_ = new QLabel(this);
  title_->setTextFormat(Qt::PlainText);
  title_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
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
  auto* exporter = new QToolButton(this);
  exporter->setObjectName(QStringLiteral("routingExport"));
  exporter->setText(tr("Export"));
  exporter->setAccessibleName(tr("Export the picture or the trace"));
  exporter->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(exporter);
  for (const QString& kind : {QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("csv"), QStringLiteral("rhtrace"), QStringLiteral("trace.csv"), QStringLiteral("trace.json")}) {
    const QString text = kind == QLatin1String("png") ? tr("Picture as PNG…") : kind == QLatin1String("svg") ? tr("Picture as SVG…")
                         : kind == QLatin1String("csv") ? tr("Picture's data as CSV…") : kind == QLatin1String("rhtrace") ? tr("Trace as .rhtrace…")
                         : kind == QLatin1String("trace.csv") ? tr("Trace as CSV…") : tr("Trace as JSON…");
    menu->addAction(text, this, [this, kind] { exportAs(kind); });
  }
  exporter->setMenu(menu);
  auto* row = static_cast<QHBoxLayout*>(into);
  row->addWidget(title_, 1);
  row->addWidget(range_);
  row->addWidget(measure_);
  row->addWidget(exporter);
}

QTableView* RoutingWidget::table(QAbstractItemModel* model, const QString& name, const char* object) {
  auto* view = new QTableView;
  view->setObjectName(QString::fromLatin1(object));
  view->setAccessibleName(name);
  view->setModel(model);
  view->verticalHeader()->hide();
  view->setSelectionBehavior(QAbstractItemView::SelectRows);
  view->setSelectionMode(QAbstractItemView::SingleSelection);
  view->setShowGrid(false);
  view->setTabKeyNavigation(false);
  view->setAlternatingRowColors(true);
  view->setWordWrap(false);
  view->horizontalHeader()->setHighlightSections(false);
  view->verticalHeader()->setDefaultSectionSize(view->fontMetrics().height() + 8);
  return view;
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
  decisions_ = new DecisionModel(this);
  decision_table_ = table(decisions_, tr("Decisions per layer"), "routingDecisions");
  decision_table_->horizontalHeader()->setStretchLastSection(false);
  decision_table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  page(tr("Token"), "routingTabToken", &decision_title_, decision_table_);
  balance_ = new BalanceModel(this);
  balance_table_ = table(balance_, tr("Balance per layer"), "routingBalance");
  balance_table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  balance_table_->setItemDelegate(new widgets::MetricDelegate(balance_table_));
  page(tr("Balance"), "routingTabBalance", nullptr, balance_table_);
  together_ = new widgets::HeatmapView;
  together_->setObjectName(QStringLiteral("routingTogether"));
  together_->setAccessibleName(tr("Experts chosen together"));
  together_->setEmptyText(tr("Choose a cell of the heatmap: its layer's experts that answer together appear here."));
  page(tr("Together"), "routingTabTogether", &together_title_, together_);
  expert_tokens_ = new ExpertTokensModel(this);
  expert_table_ = table(expert_tokens_, tr("Tokens of the chosen expert"), "routingExpertTokens");
  expert_table_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  page(tr("Expert"), "routingTabExpert", &expert_title_, expert_table_);
  edits_ = new EditsEditor;
  page(tr("Edits"), "routingTabEdits", nullptr, edits_);
  compare_ = new CompareView;
  page(tr("Compare"), "routingTabCompare", nullptr, compare_);
  // Choosing a row of a layer table chooses the layer.
  connect(decision_table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& current) {
    if (current.isValid() && !following_) context_.selection.selectExpert(current.row(), -1, this);
  });
}

void RoutingWidget::showTab(const QString& objectName) {
  for (int i = 0; i < tabs_->count(); ++i) {
    if (tabs_->widget(i)->objectName() == objectName) tabs_->setCurrentIndex(i);
  }
}

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

void RoutingWidget::followConversation() {
  const QString& conversation = context_.sessions.currentConversation();
  edits_->setEdits(context_.sessions.edits(conversation));
  again_of_.clear();
  setSnapshot(context_.sessions.latest(conversation));
}

void RoutingWidget::followSelection(const TokenRange& value, QObject* by) {
  // Other tokens bring their answer; another expert stays with the answer on show.
  const bool tokens = value.hasTokens() && (value.answer != followed_.answer || value.first != followed_.first || value.last != followed_.last);
  followed_ = value;
  if (tokens && (!snapshot_ || snapshot_->answer != value.answer)) {
    if (const auto other = context_.sessions.snapshot(value.answer)) snapshot_ = other;
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
  if (!snapshot_ || snapshot_->trace.layer_count() == 0) {
    title_->setText(snapshot_ && snapshot_->finished() ? tr("This model has no routed experts.") : QString());
    heatmap_->setSnapshot({});
    edits_->setLayout({});
    showDetails();
    return;
  }
  const RoutingTrace& trace = snapshot_->trace;
  const auto [first, last] = range();
  counter_.count(trace, first, last);
  // Edits that wait for the next answer are marked too: what is seen is what will be asked for.
  const RoutingEdits pending = context_.sessions.edits(snapshot_->conversation);
  heatmap_->setSnapshot(counter_.picture(static_cast<LoadMeasure>(measure_->currentData().toInt()), pending.empty() ? snapshot_->edits : pending));
  QString title = tr("Tokens: %1").arg(QLocale().toString(std::max(0, last - first)));
  if (!snapshot_->edits.empty()) title += tr(" · edited: %1").arg(editsText(snapshot_->edits));
  title_->setText(title);
  title_->setToolTip(title);
  const TokenRange& chosen = context_.selection.value();
  const bool own = chosen.hasTokens() && chosen.answer == snapshot_->answer;
  heatmap_->setHighlight(own ? expertsOf(trace, chosen.first, chosen.last) : QList<widgets::HeatmapCell>());
  edits_->setLayout(trace.layout());
  edits_->setTargets(heatmap_->selectedCells());
  edits_->setCanAnswerAgain(snapshot_->finished() && !context_.sessions.busy(snapshot_->conversation));
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
  const bool own = snapshot_ && chosen.hasTokens() && chosen.answer == snapshot_->answer && chosen.first < trace.token_count();
  const auto [first, last] = range();
  const int layer = chosen.layer >= 0 && chosen.layer < trace.layer_count() ? chosen.layer : -1;
  if (tab == QLatin1String("routingTabToken")) {
    const int from = own ? chosen.first : -1, to = own ? std::min(chosen.last, trace.token_count()) : -1;
    const QScopedValueRollback<bool> guard(following_, true);
    // What was decided for a token of an answer does not change while the answer grows.
    const DecisionsShown wanted{own ? snapshot_->answer : QString(), from, to};
    if (wanted != decisions_shown_) {
      decisions_->show(trace, from, to);
      decisions_shown_ = wanted;
    }
    if (!own) decision_title_->setText(tr("Click a token of the answer to see its experts in every layer."));
    else if (to - from == 1) decision_title_->setText(tr("Token %1: “%2”").arg(QLocale().toString(from + 1), visible(snapshot_->contextText(from))));
    else decision_title_->setText(tr("Tokens %1 to %2: mean weights").arg(QLocale().toString(from + 1), QLocale().toString(to)));
    if (own && layer >= 0 && decision_table_->currentIndex().row() != layer) decision_table_->selectRow(layer);
  } else if (tab == QLatin1String("routingTabBalance")) {
    balance_->show(trace, first, last);
  } else if (tab == QLatin1String("routingTabTogether")) {
    const auto picture = layer >= 0 ? coActivationPicture(trace, layer, first, last) : widgets::HeatmapSnapshotPtr();
    together_->setSnapshot(picture);
    together_title_->setText(layer >= 0 ? tr("Layer %1: how often the column's expert is chosen when the row's is").arg(trace.layout().layers[static_cast<size_t>(layer)].layer) : QString());
  } else if (tab == QLatin1String("routingTabExpert")) {
    std::vector<ExpertTokensModel::Row> rows;
    if (layer >= 0 && chosen.expert >= 0) {
      for (const ExpertToken& token : top_tokens(trace, layer, chosen.expert, first, last, kExpertTokens)) {
        QString text;
        for (int t = first; t < last && text.isEmpty(); ++t) {
          if (trace.token_id(t) == token.token_id) text = visible(snapshot_->contextText(t));
        }
        if (text.isEmpty()) text = tr("token %1").arg(token.token_id);
        rows.push_back({text, token.count, token.gate_mass});
      }
      expert_title_->setText(tr("Layer %1, expert %2: the tokens that gave it most weight").arg(trace.layout().layers[static_cast<size_t>(layer)].layer).arg(chosen.expert));
    } else {
      expert_title_->setText(tr("Choose a cell of the heatmap to see the tokens of its expert."));
    }
    expert_tokens_->show(std::move(rows));
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

void RoutingWidget::chooseCells() {
  edits_->setTargets(heatmap_->selectedCells());
  if (following_) return;
  const widgets::HeatmapCell cell = heatmap_->currentCell();
  if (heatmap_->selectedCount() == 0) context_.selection.selectExpert(-1, -1, this);
  else if (cell.valid()) context_.selection.selectExpert(cell.row, cell.column, this);
}

void RoutingWidget::answerAgain() {
  if (!snapshot_) return;
  again_of_ = snapshot_->answer;
  context_.sessions.requestAnswerAgain(snapshot_->conversation, snapshot_->answer, edits_->edits());
  showTab(QStringLiteral("routingTabCompare"));
}

void RoutingWidget::exportAs(const QString& kind) {
  if (!snapshot_ || snapshot_->trace.layer_count() == 0) {
    message_->setText(snapshot_ && snapshot_->finished() ? tr("This model has no routed experts.")
                                                         : tr("There is nothing to export yet: ask something first."));
    message_->show();
    return;
  }
  const QString suffix = kind.section(QLatin1Char('.'), -1);
  const QString path = QFileDialog::getSaveFileName(this, tr("Export"), QStringLiteral("routing.") + suffix, QStringLiteral("*.") + suffix);
  if (path.isEmpty()) return;
  QString error;
  const auto keep = [&](const Status& status) { if (!status.ok()) error = errorLine(status.error()); };
  const auto write = [&](const std::string& text) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.data(), qint64(text.size())) != qint64(text.size()) || !file.commit()) {
      error = tr("%1 could not be written: %2").arg(path, file.errorString());
    }
  };
  const QSize size(kExportWidth, kExportHeight);
  if (kind == QLatin1String("png")) widgets::exportHeatmapPng(heatmap_->painter(), size, path, &error);
  else if (kind == QLatin1String("svg")) widgets::exportHeatmapSvg(heatmap_->painter(), size, path, &error);
  else if (kind == QLatin1String("csv")) widgets::exportHeatmapCsv(*heatmap_->snapshot(), path, &error);
  else if (kind == QLatin1String("rhtrace")) keep(snapshot_->trace.save(path.toStdString(), contextTexts(*snapshot_)));
  else if (kind == QLatin1String("trace.csv")) write(snapshot_->trace.to_csv(contextTexts(*snapshot_)));
  else write(snapshot_->trace.to_json(contextTexts(*snapshot_)));
  message_->setText(error.isEmpty() ? tr("Saved: %1").arg(path) : error);
  message_->show();
}

}  // namespace roundhouse::app
