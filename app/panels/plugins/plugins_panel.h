// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QObject>

#include "app/shell/panel.h"

namespace roundhouse::app {

class PluginService;
class PluginsWidget;

// The Plugins room. It also starts the plugins: once the audit log is open, so that what they do is logged from the
// first moment, or when it turned out that there will be none.
class PluginsPanel : public Panel {
 public:
  explicit PluginsPanel(AppContext& context);
  QString id() const override { return QStringLiteral("plugins"); }
  QString title() const override;
  QString iconName() const override { return QStringLiteral("plugins"); }
  QWidget* createWidget(QWidget* parent) override;
  QWidget* focusWidget() override;
  bool prepareTourView(const QString& view) override;

 private:
  AppContext& context_;
  PluginService& service_;
  QObject listener_;
  QPointer<PluginsWidget> widget_;
};

}  // namespace roundhouse::app
