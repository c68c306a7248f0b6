// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QString>

#include "app/shell/panel.h"

namespace roundhouse::app {

class ModelsWidget;

class ModelsPanel : public Panel {
 public:
  // `embeddedModel`: path, stands first; empty: none.
  ModelsPanel(AppContext& context, QString embeddedModel) : context_(context), embedded_(std::move(embeddedModel)) {}

  QString id() const override { return QStringLiteral("models"); }
  QString title() const override;
  QString iconName() const override { return QStringLiteral("models"); }
  QWidget* createWidget(QWidget* parent) override;
  void shown() override;
  void hidden() override;
  QWidget* focusWidget() override;
  bool prepareTourView(const QString& view) override;

 private:
  AppContext& context_;
  QString embedded_;
  QPointer<ModelsWidget> widget_;
};

PanelFactory modelsPanel(const QString& embeddedModel);

}  // namespace roundhouse::app
