// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStatusBar>

class QLabel;
class QProgressBar;
class QToolButton;

namespace roundhouse::app {

struct AppContext;

// The foot of the window: the current model, a load on its way with cancel, and the network switch.
class StatusStrip : public QStatusBar {
  Q_OBJECT
 public:
  StatusStrip(AppContext& context, QWidget* parent);

 private:
  void showModel();
  void showLoading();
  void showNetwork();

  AppContext& context_;
  QToolButton* model_;
  QLabel* stage_;
  QProgressBar* progress_;
  QToolButton* cancel_;
  QToolButton* network_;
};

}  // namespace roundhouse::app
