// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/plugins/plugins_panel.h"

#include <QCoreApplication>
#include <QTableView>
#include <QTimer>

#include "app/bridge/audit_service.h"
#include "app/panels/plugins/plugins_widget.h"
#include "app/plugins/plugin_service.h"
#include "app/shell/app_context.h"

namespace roundhouse::app {

PluginsPanel::PluginsPanel(AppContext& context) : context_(context), service_(pluginService(context)) {
  service_.setLanguage(windowLanguage());
  const AuditService& audit = context_.audit;
  const auto follow = [this, &audit] {
    service_.setAudit(audit.log());
    if (audit.log() || audit.error() || !audit.wanted()) service_.start();
  };
  QObject::connect(&audit, &AuditService::opened, &listener_, follow);
  QObject::connect(&audit, &AuditService::failed, &listener_, follow);
  QTimer::singleShot(0, &listener_, follow);  // once the window is there
}

QString PluginsPanel::title() const { return QCoreApplication::translate("PluginsPanel", "Plugins"); }

QWidget* PluginsPanel::createWidget(QWidget* parent) {
  widget_ = new PluginsWidget(service_, context_.settings, parent);
  return widget_;
}

QWidget* PluginsPanel::focusWidget() { return widget_ ? widget_->table() : nullptr; }

bool PluginsPanel::prepareTourView(const QString&) { return service_.started() && !service_.busy(); }

}  // namespace roundhouse::app
