// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/plugins/plugins_panel.h"

#include <QCoreApplication>
#include <QTableView>

#include "app/panels/plugins/plugins_widget.h"
#include "app/plugins/plugin_service.h"
#include "app/shell/app_context.h"

namespace roundhouse::app {
namespace {

constexpr int kPollMs = 100;
constexpr int kMostPolls = 50;  // then the plugins start without a log

}  // namespace

PluginsPanel::PluginsPanel(AppContext& context) : context_(context), service_(pluginService(context)) {
  service_.setLanguage(windowLanguage());
  poll_.setInterval(kPollMs);
  QObject::connect(&poll_, &QTimer::timeout, &poll_, [this] {
    service_.setAudit(context_.audit);
    if (context_.audit || ++polls_ >= kMostPolls) {
      service_.start();
      if (context_.audit) poll_.stop();
      else poll_.setInterval(1000);  // it may come yet
    }
  });
  poll_.start();
}

QString PluginsPanel::title() const { return QCoreApplication::translate("PluginsPanel", "Plugins"); }

QWidget* PluginsPanel::createWidget(QWidget* parent) {
  widget_ = new PluginsWidget(service_, parent);
  return widget_;
}

QWidget* PluginsPanel::focusWidget() { return widget_ ? widget_->table() : nullptr; }

bool PluginsPanel::prepareTourView(const QString&) { return service_.started() && !service_.busy(); }

}  // namespace roundhouse::app
