// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings/settings_panel.h"

#include <QCoreApplication>
#include <QListWidget>

#include "app/settings/settings_widget.h"

namespace roundhouse::app {

QString SettingsPanel::title() const { return QCoreApplication::translate("SettingsPanel", "Settings"); }

QWidget* SettingsPanel::createWidget(QWidget* parent) {
  widget_ = new SettingsWidget(context_, parent);
  return widget_;
}

QWidget* SettingsPanel::focusWidget() { return widget_ ? widget_->sections() : nullptr; }

QStringList SettingsPanel::tourViews() const { return {QString(), QStringLiteral("engine"), QStringLiteral("network"), QStringLiteral("shortcuts")}; }

bool SettingsPanel::prepareTourView(const QString& view) {
  if (widget_) widget_->showSection(view.isEmpty() ? QStringLiteral("look") : view);
  return true;
}

}  // namespace roundhouse::app
