// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/status_strip.h"

#include <QFileInfo>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include "app/bridge/engine_controller.h"
#include "app/net/network_gate.h"
#include "app/shell/app_context.h"
#include "app/shell/command_registry.h"
#include "app/shell/format.h"
#include "app/shell/settings.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

// Names are as long as their authors like; the window must stay as narrow as its user likes.
QString shortened(const QWidget* on, const QString& name) {
  constexpr int kLetters = 40;
  return on->fontMetrics().elidedText(name, Qt::ElideMiddle, kLetters * on->fontMetrics().averageCharWidth());
}

}  // namespace

StatusStrip::StatusStrip(AppContext& context, QWidget* parent) : QStatusBar(parent), context_(context) {
  setObjectName(QStringLiteral("statusStrip"));
  setSizeGripEnabled(false);

  model_ = new QToolButton(this);
  model_->setObjectName(QStringLiteral("statusModel"));
  model_->setAutoRaise(true);
  model_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  model_->setIcon(widgets::icon(QStringLiteral("models"), widgets::ColorToken::TextMuted));
  model_->setToolTip(tr("The model that answers. Opens Models."));
  connect(model_, &QToolButton::clicked, this, [this] { context_.commands.trigger(QStringLiteral("go.models")); });

  stage_ = new QLabel(this);
  stage_->setObjectName(QStringLiteral("statusStage"));
  widgets::setTextRole(stage_, widgets::TextRole::Small, widgets::Tone::Muted);
  progress_ = new QProgressBar(this);
  progress_->setObjectName(QStringLiteral("statusProgress"));
  progress_->setRange(0, 1000);
  progress_->setTextVisible(false);
  progress_->setFixedWidth(140);
  progress_->setAccessibleName(tr("Progress of loading the model"));
  cancel_ = new QToolButton(this);
  cancel_->setObjectName(QStringLiteral("statusCancel"));
  cancel_->setAutoRaise(true);
  cancel_->setIcon(widgets::icon(QStringLiteral("close"), widgets::ColorToken::TextMuted));
  cancel_->setToolTip(tr("Cancel loading"));
  cancel_->setAccessibleName(tr("Cancel loading"));
  connect(cancel_, &QToolButton::clicked, this, [this] {
    const QList<LoadState> loading = context_.engine.loading();
    if (!loading.isEmpty()) context_.engine.cancelLoad(loading.first().path);
  });

  network_ = new QToolButton(this);
  network_->setObjectName(QStringLiteral("statusNetwork"));
  network_->setAutoRaise(true);
  network_->setCheckable(true);
  network_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  connect(network_, &QToolButton::clicked, this, [this](bool on) { context_.settings.set(keys::offline, on); });

  addWidget(model_);
  addWidget(stage_);
  addWidget(progress_);
  addWidget(cancel_);
  addPermanentWidget(network_);

  connect(&context_.engine, &EngineController::currentChanged, this, &StatusStrip::showModel);
  connect(&context_.engine, &EngineController::startFailed, this, &StatusStrip::showModel);
  connect(&context_.engine, &EngineController::loadProgress, this, &StatusStrip::showLoading);
  connect(&context_.engine, &EngineController::loadFinished, this, &StatusStrip::showLoading);
  connect(&context_.network, &NetworkGate::offlineChanged, this, &StatusStrip::showNetwork);
  showModel();
  showLoading();
  showNetwork();
}

void StatusStrip::showModel() {
  const std::shared_ptr<Model> model = context_.engine.current();
  QString text = tr("No model");
  if (context_.engine.startError()) text = tr("The engine did not start");
  if (model) text = modelTitle(model->info());
  model_->setText(shortened(model_, text));
  model_->setAccessibleName(tr("Model: %1").arg(text));
  model_->setToolTip(tr("The model that answers. Opens Models.") + (model ? QLatin1Char('\n') + text : QString()));
}

void StatusStrip::showLoading() {
  const QList<LoadState> loading = context_.engine.loading();
  const bool any = !loading.isEmpty();
  stage_->setVisible(any);
  progress_->setVisible(any);
  cancel_->setVisible(any);
  if (!any) return;
  const LoadState& state = loading.first();
  const QString file = QFileInfo(state.path).fileName(), name = shortened(stage_, file);
  QString text = tr("Loading %1").arg(name);
  if (state.elapsedMs > 1500 && state.fraction > 0.05) {
    const qint64 left = qint64(double(state.elapsedMs) * (1.0 - state.fraction) / state.fraction);
    text = tr("Loading %1, %2 left").arg(name, durationText(left));
  }
  stage_->setText(text);
  stage_->setToolTip(stageText(state.stage) + QLatin1Char('\n') + file);
  progress_->setValue(int(state.fraction * 1000));
}

void StatusStrip::showNetwork() {
  const bool offline = context_.network.offline();
  network_->setChecked(offline);
  network_->setIcon(widgets::icon(offline ? QStringLiteral("offline") : QStringLiteral("online"), widgets::ColorToken::TextMuted));
  network_->setText(offline ? tr("Offline") : tr("Network allowed"));
  network_->setAccessibleName(tr("Offline switch"));
  network_->setToolTip(offline ? tr("Every connection is forbidden. Click to allow those that you start.")
                               : tr("Nothing connects unless you start it. Click to forbid every connection."));
}

}  // namespace roundhouse::app
