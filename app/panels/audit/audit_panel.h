// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/panel.h"

namespace roundhouse::app {

class AuditWidget;

class AuditPanel : public Panel {
 public:
  explicit AuditPanel(AppContext& context) : context_(context) {}
  QString id() const override { return QStringLiteral("audit"); }
  QString title() const override;
  QString iconName() const override { return QStringLiteral("audit"); }
  QWidget* createWidget(QWidget* parent) override;
  QWidget* focusWidget() override;
  void shown() override;
  bool prepareTourView(const QString& view) override;

 private:
  AppContext& context_;
  AuditWidget* widget_ = nullptr;  // the window's
};

}  // namespace roundhouse::app
