// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/base_and_adapter.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QSplitter>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "app/bridge/engine_controller.h"
#include "app/bridge/session_controller.h"
#include "app/shell/background.h"
#include "app/shell/show_error.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/elided_label.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/progress_line.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/markdown/split_compare.h"
#include "widgets/plots/metric_view.h"
#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
enum { kBase, kAdapter };
constexpr int kContextTokens = 4096;  // of both together: enough for questions, and no more memory than that
constexpr int kMostTokens = 256;

widgets::CompareSide sideOf(const AnswerSnapshotPtr& answer, const QString& title, const QString& note) {
  widgets::CompareSide side;
  side.title = title;
  side.note = note;
  if (!answer) return side;
  side.text = QByteArray::fromStdString(answer->text);
  for (const AnswerToken& token : answer->tokens) side.tokenEnds.append(int(token.textEnd));
  return side;
}

struct Routing {
  Result<std::vector<double>> divergence;
  Result<std::vector<double>> difference;
};

}  // namespace

BaseAndAdapter::BaseAndAdapter(EngineController& engine, QWidget* parent) : QWidget(parent), engine_(engine) {
  setObjectName(QStringLiteral("finetuneBaseAndAdapter"));
  loader_.setMaxThreadCount(1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kLarge, grid::kMedium, grid::kLarge, grid::kMedium);
  column->setSpacing(grid::kSmall);
  auto* head = new QHBoxLayout;
  head->setSpacing(grid::kSmall);
  title_ = new widgets::ElidedLabel(this);
  widgets::setTextRole(title_, widgets::TextRole::Title);
  head->addWidget(title_, 1);
  auto* close = widgets::makeActionButton(this, QStringLiteral("finetuneCloseChat"), tr("Close"), tr("Back to the run; the model's memory is freed."));
  head->addWidget(close);
  column->addLayout(head);
  error_ = new widgets::ErrorBar(this);
  error_->setObjectName(QStringLiteral("finetuneChatError"));
  column->addWidget(error_);
  progress_ = new widgets::ProgressLine(this);
  progress_->setObjectName(QStringLiteral("finetuneChatProgress"));
  progress_->hide();
  column->addWidget(progress_);
  tabs_ = new QTabWidget(this);
  tabs_->setObjectName(QStringLiteral("finetuneChatTabs"));
  tabs_->setAccessibleName(tr("Answers and routing of base and adapter"));
  tabs_->tabBar()->setAccessibleName(tabs_->accessibleName());
  tabs_->setDocumentMode(true);
  texts_ = new widgets::SplitCompare;
  texts_->setObjectName(QStringLiteral("finetuneChatTexts"));
  tabs_->addTab(texts_, tr("Answers"));
  auto* routing = new QWidget;
  routing->setObjectName(QStringLiteral("finetuneTabDifference"));
  auto* routingColumn = new QVBoxLayout(routing);
  routingColumn->setContentsMargins(0, grid::kSmall, 0, 0);
  routing_note_ = new QLabel(tr("Share of each layer's choices: adapter less base, over question and answer."));
  routing_note_->setWordWrap(true);
  widgets::setTextRole(routing_note_, widgets::TextRole::Small, widgets::Tone::Muted);
  routingColumn->addWidget(routing_note_);
  auto* split = new QSplitter(Qt::Horizontal);
  split->setObjectName(QStringLiteral("finetuneChatRouting"));
  split->setChildrenCollapsible(false);
  map_ = new widgets::HeatmapView(split);
  map_->setObjectName(QStringLiteral("finetuneChatMap"));
  map_->setAccessibleName(tr("Difference of expert load"));
  map_->setMode(widgets::HeatmapMode::Difference);
  map_->setEmptyText(tr("Ask something: where the two routings differ appears here when both have answered."));
  divergence_ = new widgets::MetricView(split);
  divergence_->setObjectName(QStringLiteral("finetuneChatDivergence"));
  divergence_->setAccessibleName(tr("Divergence per layer"));
  split->addWidget(map_);
  split->addWidget(divergence_);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 1);
  split->setSizes({640, 280});
  routingColumn->addWidget(split, 1);
  tabs_->addTab(routing, tr("Routing difference"));
  column->addWidget(tabs_, 1);
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  question_ = new QLineEdit;
  question_->setObjectName(QStringLiteral("finetuneQuestion"));
  question_->setAccessibleName(tr("Question to both"));
  question_->setPlaceholderText(tr("Ask both the same"));
  question_->setMaxLength(8000);
  ask_ = widgets::makeActionButton(this, QStringLiteral("finetuneAsk"), tr("Ask both"), tr("Both answer greedily: what differs is the adapter's doing."));
  widgets::setTone(ask_, widgets::Tone::Primary);
  stop_ = widgets::makeActionButton(this, QStringLiteral("finetuneStopAnswers"), tr("Stop"), tr("Ends both answers."));
  row->addWidget(question_, 1);
  row->addWidget(ask_);
  row->addWidget(stop_);
  column->addLayout(row);
  connect(close, &QPushButton::clicked, this, [this] {
    this->close();
    Q_EMIT closeRequested();
  });
  connect(question_, &QLineEdit::returnPressed, ask_, &QPushButton::click);
  connect(question_, &QLineEdit::textChanged, this, &BaseAndAdapter::refresh);
  connect(ask_, &QPushButton::clicked, this, [this] { ask(question_->text().trimmed()); });
  connect(stop_, &QPushButton::clicked, this, [this] {
    for (SessionController* session : sessions_) {
      if (session) session->cancel();
    }
  });
  connect(progress_, &widgets::ProgressLine::cancelRequested, this, [this] { loading_.cancel(); });
  widgets::keepFocusAt(question_, {ask_, stop_});
  thread_.start();
  refresh();
}

BaseAndAdapter::~BaseAndAdapter() {
  close();
  loading_.cancel();
  loader_.waitForDone();
  thread_.quit();
  thread_.wait();
}

void BaseAndAdapter::close() {
  loading_.cancel();
  for (SessionController*& session : sessions_) {
    if (session) session->close();
    delete std::exchange(session, nullptr);
  }
  model_.reset();
  answers_ = {};
  asked_.clear();
  map_->setSnapshot({});
  divergence_->setTable({});
  refresh();
}

void BaseAndAdapter::open(const QString& name, const QString& model, const QString& adapter, const QString& question) {
  close();
  error_->dismiss();
  name_ = name;
  title_->setWholeText(tr("Base and adapter: %1").arg(name));
  question_->setText(question);
  adapter_ = QString::fromStdString(adapter_name(adapter.toStdString()));
  const std::shared_ptr<Engine> engine = engine_.engine();
  if (!engine) {
    error_->showError(tr("The engine has not started yet. Try again in a moment."));
    return;
  }
  loading_ = CancelToken();
  progress_->show();
  progress_->start(tr("Loading the model with its adapter"));
  LoadOptions options;
  options.context_tokens = kContextTokens;
  options.adapters = {adapter.toStdString()};
  options.verify_digest = false;
  const auto told = [page = QPointer<BaseAndAdapter>(this), token = loading_](const LoadProgress& progress) {
    QMetaObject::invokeMethod(QCoreApplication::instance(), [page, token, progress] {
      if (page && !token.cancelled()) page->progress_->setProgress(progress.fraction, 1.0, stageText(QString::fromStdString(progress.stage)));
    }, Qt::QueuedConnection);
  };
  runInBackground(this, [engine, path = model.toStdString(), options, told, token = loading_]() mutable {
    auto loaded = engine->load_model(path, options, told, token);
    if (!loaded.ok() && loaded.error().code == ErrorCode::invalid_argument && !token.cancelled()) {
      options.context_tokens = 0;  // a model with a smaller context
      loaded = engine->load_model(path, options, told, token);
    }
    return loaded;
  }, [this, token = loading_](const Result<std::shared_ptr<Model>>& loaded) {
    if (token.cancelled() && loaded.ok()) return;
    if (!loaded.ok()) {
      const bool cancelled = loaded.error().code == ErrorCode::cancelled;
      progress_->finish(cancelled ? widgets::ProgressLine::Outcome::Cancelled : widgets::ProgressLine::Outcome::Failed,
                        cancelled ? tr("Loading was cancelled.") : tr("The model was not loaded."));
      if (!cancelled) app::showError(error_, loaded.error(), tr("The model was not loaded with its adapter."));
      return;
    }
    progress_->finish(widgets::ProgressLine::Outcome::Done, tr("Ready: ask something."));
    model_ = *loaded;
    for (int side : {kBase, kAdapter}) {
      sessions_[size_t(side)] = new SessionController(model_, QStringLiteral("finetune-%1-%2").arg(side == kBase ? QStringLiteral("base") : QStringLiteral("adapter"), name_),
                                                      engine_.api(), &thread_, this);
      connect(sessions_[size_t(side)], &SessionController::snapshotChanged, this, [this, side](const AnswerSnapshotPtr& snapshot) { follow(side, snapshot); });
    }
    refresh();
    question_->setFocus(Qt::OtherFocusReason);
    question_->selectAll();
  }, &loader_);
}

bool BaseAndAdapter::busy() const {
  return std::any_of(sessions_.begin(), sessions_.end(), [](const SessionController* session) { return session && session->busy(); });
}

void BaseAndAdapter::ask(const QString& question) {
  if (!model_ || busy() || question.isEmpty()) return;
  error_->dismiss();
  asked_ = question;
  answers_ = {};
  map_->setSnapshot({});
  divergence_->setTable({});
  ++number_;
  for (int side : {kBase, kAdapter}) {
    AnswerRequest request;
    request.answer = QStringLiteral("%1-%2").arg(number_).arg(side);
    request.adapter = side == kAdapter ? adapter_.toStdString() : std::string();
    if (model_->info().has_chat_template) {
      request.request.messages.push_back(Message::text(Role::user, question.toStdString()));
    } else {
      request.request.raw_prompt = question.toStdString();
    }
    request.request.sampling.temperature = 0;
    request.request.sampling.max_tokens = kMostTokens;
    sessions_[size_t(side)]->submit(std::move(request));
  }
  refresh();
}

void BaseAndAdapter::follow(int side, const AnswerSnapshotPtr& snapshot) {
  answers_[size_t(side)] = snapshot;
  if (snapshot->finished() && snapshot->result->error) app::showError(error_, *snapshot->result->error);
  if (answers_[kBase] && answers_[kAdapter] && answers_[kBase]->finished() && answers_[kAdapter]->finished()) compareRouting();
  refresh();
}

void BaseAndAdapter::refresh() {
  const bool answering = busy();
  ask_->setEnabled(model_ && !answering && !question_->text().trimmed().isEmpty());
  question_->setEnabled(model_ != nullptr);
  stop_->setVisible(answering);
  texts_->setSides(sideOf(answers_[kBase], tr("Base"), asked_), sideOf(answers_[kAdapter], tr("With adapter"), asked_));
}

void BaseAndAdapter::compareRouting() {
  const RoutingTrace base = answers_[kBase]->trace, adapted = answers_[kAdapter]->trace;
  if (base.token_count() == 0 || adapted.token_count() == 0) return;
  runInBackground(this, [base, adapted] { return Routing{layer_divergence(base, adapted), load_difference(base, adapted)}; },
                  [this, number = number_, layout = base.layout()](const Routing& routing) {
    if (number != number_ || !routing.difference.ok() || !routing.divergence.ok()) return;
    auto picture = std::make_shared<widgets::HeatmapSnapshot>();
    picture->rows = int(layout.layers.size());
    picture->columns = layout.max_experts();
    picture->rowTitle = tr("Layer");
    picture->columnTitle = tr("Expert");
    picture->valueName = tr("Adapter less base");
    picture->unit = tr("percentage points");
    picture->unitScale = 100;
    picture->values.assign(routing.difference->begin(), routing.difference->end());
    widgets::MetricTable table;
    table.rowTitle = tr("Layer");
    table.columns = {{tr("Divergence"), {}, 1, 0, 0, tr("Jensen–Shannon divergence of the shares: 0 the same, 1 no expert in common.")}};
    for (const RoutedLayer& layer : layout.layers) {
      picture->rowLabels.append(QString::number(layer.layer));
      table.rowLabels.append(QString::number(layer.layer));
    }
    table.values = *routing.divergence;
    map_->setSnapshot(picture);
    divergence_->setTable(table);
  });
}

void BaseAndAdapter::showTab(const QString& objectName) {
  for (int i = 0; i < tabs_->count(); ++i) {
    if (tabs_->widget(i)->objectName() == objectName) tabs_->setCurrentIndex(i);
  }
}

}  // namespace roundhouse::app
