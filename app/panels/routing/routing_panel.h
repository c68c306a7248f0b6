// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/panel.h"

namespace roundhouse::app {

class RoutingWidget;

class RoutingPanel : public Panel {
 public:
  explicit RoutingPanel(AppContext& context) : context_(context) {}
  QString id() const override { return QStringLiteral("routing"); }
  QString title() const override;
  QString iconName() const override { return QStringLiteral("routing"); }
  Place place() const override { return Place::Inspector; }
  QStringList beside() const override { return {QStringLiteral("chat")}; }
  QWidget* createWidget(QWidget* parent) override;
  QWidget* focusWidget() override;
  void shown() override;
  void hidden() override;
  QStringList tourViews() const override;
  bool prepareTourView(const QString& view) override;

 private:
  AppContext& context_;
  RoutingWidget* widget_ = nullptr;  // the window's
};

}  // namespace roundhouse::app
