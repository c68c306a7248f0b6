// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program/panels.h"

#include "app/common/resource_locator.h"
#include "app/models/models_panel.h"
#include "app/panels/audit/audit_panel.h"
#include "app/panels/finetune/finetune_panel.h"
#include "app/panels/plugins/plugins_panel.h"
#include "app/panels/routing/routing_panel.h"
#include "app/settings/settings_panel.h"

namespace roundhouse::app {
namespace {

template <class P>
PanelFactory simple() {
  return [](AppContext& context) -> std::unique_ptr<Panel> { return std::make_unique<P>(context); };
}

FinetuneOptions fineTuneOptions(const QString& embeddedModel) {
  FinetuneOptions options;
  options.embeddedModel = embeddedModel;
  if (const auto job = find_resource("examples/roundhouse-mini.yaml"); job.ok()) options.exampleJob = QString::fromStdString(job->string());
  return options;
}

}  // namespace

QList<PanelFactory> allPanels(const ChatPanelOptions& chat) {
  return {
      chatPanel(chat),
      simple<RoutingPanel>(),
      finetunePanel(fineTuneOptions(chat.embeddedModel)),
      modelsPanel(chat.embeddedModel),
      simple<AuditPanel>(),
      simple<PluginsPanel>(),
      simple<SettingsPanel>(),
  };
}

}  // namespace roundhouse::app
