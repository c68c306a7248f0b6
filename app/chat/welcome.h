// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <array>

#include "app/bridge/engine_controller.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace roundhouse::widgets {
class ErrorBar;
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

 private:
  void showState();

  EngineController& engine_;
  bool first_run_;
  QString embedded_;
  QLabel *title_, *lead_, *about_;
  QWidget* examples_;
  std::array<QPushButton*, 3> questions_{};
  QPushButton *models_, *load_;
  widgets::ErrorBar* error_;
  std::optional<Error> load_error_;
};

}  // namespace roundhouse::app
