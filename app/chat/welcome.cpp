// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/welcome.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/shell/format.h"
#include "app/shell/show_error.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {

namespace grid = widgets::grid;

Welcome::Welcome(EngineController& engine, bool firstRun, const QString& embeddedModel, QWidget* parent)
    : QWidget(parent), engine_(engine), first_run_(firstRun), embedded_(embeddedModel) {
  setObjectName(QStringLiteral("welcome"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, grid::kLarge, 0, grid::kLarge);
  column->setSpacing(grid::kMedium);
  auto text = [&](const QString& id, widgets::TextRole role, widgets::Tone tone = widgets::Tone::Normal) {
    auto* label = new QLabel(this);
    label->setObjectName(id);
    label->setWordWrap(true);
    widgets::setTextRole(label, role, tone);
    column->addWidget(label);
    return label;
  };
  title_ = text(QStringLiteral("welcomeTitle"), widgets::TextRole::Display);
  lead_ = text(QStringLiteral("welcomeLead"), widgets::TextRole::Body, widgets::Tone::Muted);
  about_ = text(QStringLiteral("welcomeAbout"), widgets::TextRole::Body);
  error_ = new widgets::ErrorBar(this);
  error_->setObjectName(QStringLiteral("welcomeError"));
  column->addWidget(error_);

  examples_ = new QWidget(this);
  auto* list = new QVBoxLayout(examples_);
  list->setContentsMargins(0, grid::kSmall, 0, 0);
  list->setSpacing(grid::kSmall);
  auto* begin = new QLabel(tr("Begin with one of these, or write your own below:"), examples_);
  begin->setWordWrap(true);
  list->addWidget(begin);
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    auto* question = new QPushButton(widgets::icon(QStringLiteral("chat"), widgets::ColorToken::TextMuted), QString(), examples_);
    question->setObjectName(QStringLiteral("example.%1").arg(i));
    list->addWidget(question, 0, Qt::AlignLeft);
    connect(question, &QPushButton::clicked, this, [this, question] { Q_EMIT questionChosen(question->text()); });
    questions_[i] = question;
  }
  column->addWidget(examples_);

  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  load_ = new QPushButton(tr("Load the embedded model"), this);
  load_->setObjectName(QStringLiteral("loadEmbedded"));
  widgets::setTone(load_, widgets::Tone::Primary);
  models_ = new QPushButton(widgets::icon(QStringLiteral("models")), tr("Add a larger model"), this);
  models_->setObjectName(QStringLiteral("addModel"));
  row->addWidget(load_);
  row->addWidget(models_);
  row->addStretch(1);
  column->addLayout(row);
  connect(models_, &QPushButton::clicked, this, &Welcome::modelsRequested);
  connect(load_, &QPushButton::clicked, this, &Welcome::loadEmbeddedRequested);

  connect(&engine_, &EngineController::started, this, &Welcome::showState);
  connect(&engine_, &EngineController::startFailed, this, &Welcome::showState);
  connect(&engine_, &EngineController::currentChanged, this, &Welcome::showState);
  connect(&engine_, &EngineController::loadProgress, this, &Welcome::showState);
  connect(&engine_, &EngineController::loadFinished, this, [this](const LoadOutcome& outcome) {
    load_error_ = outcome.error && outcome.error->code != ErrorCode::cancelled ? outcome.error : std::nullopt;
    showState();
  });
  showState();
}

void Welcome::showState() {
  const std::shared_ptr<Model> model = engine_.current();
  const QList<LoadState> loading = engine_.loading();
  const bool embedded = !embedded_.isEmpty() && QFileInfo(engine_.currentPath()) == QFileInfo(embedded_);
  error_->setVisible(false);
  if (engine_.startError()) {
    title_->setText(tr("The engine did not start"));
    lead_->setText(tr("Nothing can answer until it does."));
    showError(error_, *engine_.startError());
  } else if (model) {
    title_->setText(first_run_ ? tr("Welcome to Roundhouse") : tr("Ask %1").arg(modelTitle(model->info())));
    const int experts = model->info().routing.max_experts();
    const int layers = int(model->info().routing.layers.size());
    if (first_run_) {
      lead_->setText(tr("Ask a model, and see which of its experts answer each word: click a word of the answer."));
    } else if (layers > 0) {
      lead_->setText(tr("%n routed layers of %1 experts each; %2 of them work on each token. Click a word of the answer to see which.", nullptr, int(layers))
                         .arg(experts).arg(model->info().routing.max_top_k()));
    } else {
      lead_->setText(tr("A dense model: it has no experts to choose from."));
    }
  } else if (!loading.isEmpty()) {
    title_->setText(first_run_ ? tr("Welcome to Roundhouse") : tr("Loading a model"));
    lead_->setText(tr("Loading %1. You can write your question already; it waits.").arg(QFileInfo(loading.first().path).fileName()));
  } else if (!engine_.running()) {
    title_->setText(first_run_ ? tr("Welcome to Roundhouse") : tr("Starting"));
    lead_->setText(tr("The engine is starting."));
  } else {
    title_->setText(tr("No model is loaded"));
    lead_->setText(tr("Load the embedded model, or choose one of your own."));
    if (load_error_) showError(error_, *load_error_, tr("The model was not loaded"));
  }
  const bool aboutEmbedded = embedded || (first_run_ && !model);
  about_->setVisible(aboutEmbedded && !engine_.startError());
  about_->setText(
      tr("<b>Roundhouse Mini</b> comes with the program: a small mixture of experts of 125 million parameters that works "
         "without network and without GPU. It writes fluent English, answers simple questions and is often wrong. It is "
         "<b>not a source of facts</b>, it hardly knows who it is, and it knows only a few Chinese greetings. It is here so "
         "that you can see routing at work at once. For real work, add a larger model (GGUF) under Models: name its folder, "
         "nothing is copied."));
  const char* const questions[] = {QT_TR_NOOP("Why does ice float on water?"), QT_TR_NOOP("Write three short tips for learning to cook."),
                                   QT_TR_NOOP("What is a roundhouse on a railway?")};
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    questions_[i]->setText(aboutEmbedded ? QString::fromLatin1(questions[i]) : tr(questions[i]));  // that model knows English only
  }
  examples_->setVisible(model || !loading.isEmpty());
  const bool canLoad = engine_.running() && !model && loading.isEmpty() && !embedded_.isEmpty();
  load_->setVisible(canLoad);
  models_->setVisible(!engine_.startError());
}

}  // namespace roundhouse::app
