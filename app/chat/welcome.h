// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <array>

#include "app/bridge/engine_controller.h"

class QBoxLayout;
class QLabel;

namespace roundhouse::widgets {
class ElidedButton;
class ErrorBar;
class WrappedLabel;
}

namespace roundhouse::app {

// What an empty conversation shows: on the first run what Roundhouse and its embedded model are and are not, later
// only who answers; always questions to begin with, and the way to another model.
class Welcome : public QWidget {
  Q_OBJECT
 public:
  Welcome(EngineController& engine, bool firstRun, const QString& embeddedModel, QWidget* parent = nullptr);

 Q_SIGNALS:
  void questionChosen(const QString& question);
  void modelsRequested();
  void loadEmbeddedRequested();

 protected:
  bool event(QEvent* event) override;

 private:
  void showState();
  void arrange();

  EngineController& engine_;
  bool first_run_;
  QString embedded_;
  widgets::WrappedLabel *title_, *lead_;
  QLabel* about_;
  QWidget* examples_;
  std::array<widgets::ElidedButton*, 3> questions_{};
  QBoxLayout* ways_;  // to a model
  widgets::ElidedButton *models_, *load_;
  widgets::ErrorBar* error_;
  std::optional<Error> load_error_;
};

}  // namespace roundhouse::app
