// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QCoreApplication;

namespace roundhouse::app {

class Settings;

// Each file dialog, whoever opens it, begins in the folder where the last of its kind (to save, to open, to choose a
// folder) ended, in this run or before. `settings` and `app` outlive it.
class DialogFolders : public QObject {
 public:
  DialogFolders(QCoreApplication& app, Settings& settings);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  Settings& settings_;
};

}  // namespace roundhouse::app
