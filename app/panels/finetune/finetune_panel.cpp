// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/finetune_panel.h"

#include <QCoreApplication>

#include "app/bridge/session_hub.h"
#include "app/jobs/job_manager.h"
#include "app/shell/app_context.h"
#include "app/shell/command_registry.h"

namespace roundhouse::app {

FinetunePanel::FinetunePanel(AppContext& context, FinetuneOptions options)
    : context_(context), options_(std::move(options)), jobs_(context.keep<JobManager>(QStringLiteral("jobs"), [&] {
        JobManagerOptions made;
        made.dataFolder = context.dataFolder;
        made.program = options_.program;
        return new JobManager(std::move(made));
      })) {
  QObject::connect(&context_.sessions, &SessionHub::fineTuneRequested, &listener_, [this](const ExpertChooser::Experts& experts) {
    context_.commands.trigger(QStringLiteral("go.finetune"));  // makes the widget, if it is not there yet
    if (widget_) widget_->newJobFor(experts);
  });
}

QString FinetunePanel::title() const { return QCoreApplication::translate("FinetunePanel", "Fine-tune"); }

QWidget* FinetunePanel::createWidget(QWidget* parent) {
  widget_ = new FinetuneWidget(context_, jobs_, options_, parent);
  return widget_;
}

QWidget* FinetunePanel::focusWidget() { return widget_ ? widget_->focusHome() : nullptr; }

void FinetunePanel::shown() {
  if (widget_) widget_->setActive(true);
}

void FinetunePanel::hidden() {
  if (widget_) widget_->setActive(false);
}

QStringList FinetunePanel::tourViews() const { return {QString(), QStringLiteral("form")}; }

bool FinetunePanel::prepareTourView(const QString& view) {
  if (!widget_) return true;
  if (view == QLatin1String("form")) widget_->newJob();
  return widget_->settled();
}

PanelFactory finetunePanel(FinetuneOptions options) {
  return [options = std::move(options)](AppContext& context) -> std::unique_ptr<Panel> { return std::make_unique<FinetunePanel>(context, options); };
}

}  // namespace roundhouse::app
