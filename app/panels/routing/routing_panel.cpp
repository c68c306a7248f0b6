// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/routing_panel.h"

#include <QCoreApplication>

#include "app/panels/routing/routing_widget.h"
#include "widgets/heatmap/heatmap_view.h"

namespace roundhouse::app {

QString RoutingPanel::title() const { return QCoreApplication::translate("Routing", "Routing"); }

QWidget* RoutingPanel::createWidget(QWidget* parent) {
  widget_ = new RoutingWidget(context_, parent);
  return widget_;
}

QWidget* RoutingPanel::focusWidget() { return widget_ ? widget_->heatmap() : nullptr; }

void RoutingPanel::shown() { widget_->setActive(true); }
void RoutingPanel::hidden() { widget_->setActive(false); }

QStringList RoutingPanel::tourViews() const { return {QString(), QStringLiteral("balance"), QStringLiteral("edits")}; }

bool RoutingPanel::prepareTourView(const QString& view) {
  widget_->showTab(view == QLatin1String("balance") ? QStringLiteral("routingTabBalance")
                   : view == QLatin1String("edits") ? QStringLiteral("routingTabEdits") : QStringLiteral("routingTabToken"));
  return widget_->settled();
}

}  // namespace roundhouse::app
