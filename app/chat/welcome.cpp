// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/welcome.h"

#include <QEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "app/shell/format.h"
#include "app/shell/show_error.h"
#include "widgets/controls/elided_button.h"
#include "widgets/controls/wrapped_label.h"
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
    auto* label = new widgets::WrappedLabel(this);
    label->setObjectName(id);
    widgets::setTextRole(label, role, tone);
    column->addWidget(label);
    return label;
  };
  title_ = text(QStringLiteral("welcomeTitle"), widgets::TextRole::Display);
  lead_ = text(QStringLiteral("welcomeLead"), widgets::TextRole::Body, widgets::Tone::Muted);
  about_ = new QLabel(this);
  about_->setObjectName(QStringLiteral("welcomeAbout"));
  about_->setWordWrap(true);
  column->addWidget(about_);
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
    auto* question = new widgets::ElidedButton(examples_);
    question->setIcon(widgets::icon(QStringLiteral("chat"), widgets::ColorToken::TextMuted));
    question->setObjectName(QStringLiteral("example.%1").arg(i));
    list->addWidget(question, 0, Qt::AlignLeft);
    connect(question, &QPushButton::clicked, this, [this, question] { Q_EMIT questionChosen(question->wholeText()); });
    questions_[i] = question;
  }
  column->addWidget(examples_);

  ways_ = new QHBoxLayout;
  ways_->setSpacing(grid::kSmall);
  load_ = new widgets::ElidedButton(this);
  load_->setWholeText(tr("Load the embedded model"));
  load_->setObjectName(QStringLiteral("loadEmbedded"));
  widgets::setTone(load_, widgets::Tone::Primary);
  models_ = new widgets::ElidedButton(this);
  models_->setIcon(widgets::icon(QStringLiteral("models")));
  models_->setWholeText(tr("Add a larger model"));
  models_->setObjectName(QStringLiteral("addModel"));
  ways_->addWidget(load_, 0, Qt::AlignLeft);
  ways_->addWidget(models_, 0, Qt::AlignLeft);
  ways_->addStretch(1);
  column->addLayout(ways_);
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
    title_->setWholeText(tr("The engine did not start"));
    lead_->setWholeText(tr("Nothing can answer until it does."));
    showError(error_, *engine_.startError());
  } else if (model) {
    title_->setWholeText(first_run_ ? tr("Welcome to Roundhouse") : tr("Ask %1").arg(modelTitle(model->info())));
    const int experts = model->info().routing.max_experts();
    const int layers = int(model->info().routing.layers.size());
    if (first_run_) {
      lead_->setWholeText(tr("Ask a model, and see which of its experts answer each word: click a word of the answer."));
    } else if (layers > 0) {
      lead_->setWholeText(tr("%n routed layers of %1 experts each; %2 of them work on each token. Click a word of the answer to see which.", nullptr, int(layers))
                         .arg(experts).arg(model->info().routing.max_top_k()));
    } else {
      lead_->setWholeText(tr("A dense model: it has no experts to choose from."));
    }
  } else if (!loading.isEmpty()) {
    title_->setWholeText(first_run_ ? tr("Welcome to Roundhouse") : tr("Loading a model"));
    lead_->setWholeText(tr("Loading %1. You can write your question already; it waits.").arg(QFileInfo(loading.first().path).fileName()));
  } else if (!engine_.running()) {
    title_->setWholeText(first_run_ ? tr("Welcome to Roundhouse") : tr("Starting"));
    lead_->setWholeText(tr("The engine is starting."));
  } else {
    title_->setWholeText(tr("No model is loaded"));
    lead_->setWholeText(tr("Load the embedded model, or choose one of your own."));
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
    questions_[i]->setWholeText(aboutEmbedded ? QString::fromLatin1(questions[i]) : tr(questions[i]));  // that model knows English only
  }
  examples_->setVisible(model || !loading.isEmpty());
  const bool canLoad = engine_.running() && !model && loading.isEmpty() && !embedded_.isEmpty();
  load_->setVisible(canLoad);
  models_->setVisible(!engine_.startError());
}

// Below each other where there is no room beside each other.
void Welcome::arrange() {
  const int needed = load_->sizeHint().width() + ways_->spacing() + models_->sizeHint().width();
  ways_->setDirection(!load_->isHidden() && needed > width() ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

bool Welcome::event(QEvent* event) {
  const bool done = QWidget::event(event);
  if (event->type() == QEvent::Resize || event->type() == QEvent::LayoutRequest) arrange();
  return done;
}

}  // namespace roundhouse::app
