// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/models_panel.h"

#include <QCoreApplication>
#include <QTableView>

#include "app/models/models_widget.h"

namespace roundhouse::app {

QString ModelsPanel::title() const { return QCoreApplication::translate("ModelsPanel", "Models"); }

QWidget* ModelsPanel::createWidget(QWidget* parent) {
  widget_ = new ModelsWidget(context_, embedded_, parent);
  return widget_;
}

void ModelsPanel::shown() {
  if (widget_) widget_->setActive(true);
}

void ModelsPanel::hidden() {
  if (widget_) widget_->setActive(false);
}

QWidget* ModelsPanel::focusWidget() { return widget_ ? widget_->table() : nullptr; }

bool ModelsPanel::prepareTourView(const QString&) { return !widget_ || widget_->settled(); }

PanelFactory modelsPanel(const QString& embeddedModel) {
  return [embeddedModel](AppContext& context) -> std::unique_ptr<Panel> {
    return std::make_unique<ModelsPanel>(context, embeddedModel);
  };
}

}  // namespace roundhouse::app
