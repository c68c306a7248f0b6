// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>

#include "app/panels/finetune/finetune_widget.h"
#include "app/shell/panel.h"

namespace roundhouse::app {

class JobManager;

class FinetunePanel : public Panel {
 public:
  FinetunePanel(AppContext& context, FinetuneOptions options);
  QString id() const override { return QStringLiteral("finetune"); }
  QString title() const override;
  QString iconName() const override { return QStringLiteral("fine-tune"); }
  QWidget* createWidget(QWidget* parent) override;
  QWidget* focusWidget() override;
  void shown() override;
  void hidden() override;
  QStringList tourViews() const override;
  bool prepareTourView(const QString& view) override;

 private:
  AppContext& context_;
  FinetuneOptions options_;
  JobManager& jobs_;
  QPointer<FinetuneWidget> widget_;  // the window's
  QObject listener_;
};

PanelFactory finetunePanel(FinetuneOptions options);

}  // namespace roundhouse::app
