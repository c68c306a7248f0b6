// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>

#include "app/shell/panel.h"

namespace roundhouse::app {

class SettingsWidget;

class SettingsPanel : public Panel {
 public:
  explicit SettingsPanel(AppContext& context) : context_(context) {}

  QString id() const override { return QStringLiteral("settings"); }
  QString title() const override;
  QString iconName() const override { return QStringLiteral("settings"); }
  Place place() const override { return Place::Foot; }
  QWidget* createWidget(QWidget* parent) override;
  QWidget* focusWidget() override;
  QStringList tourViews() const override;
  bool prepareTourView(const QString& view) override;

 private:
  AppContext& context_;
  QPointer<SettingsWidget> widget_;
};

}  // namespace roundhouse::app
