// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <filesystem>
#include <functional>

#include "roundhouse/result.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTableView;
class QTabWidget;

namespace roundhouse::widgets {
class EmptyState;
class ErrorBar;
class ProgressLine;
}

namespace roundhouse::app {

class PluginService;
class PluginsModel;
class Settings;

// The manager page (what was found, its state, the reason when it does not run; switch on and off, check again), and
// beside it a tab for each panel that a running plugin brings.
class PluginsWidget : public QWidget {
  Q_OBJECT
 public:
  PluginsWidget(PluginService& service, Settings& settings, QWidget* parent = nullptr);

  QTableView* table() const { return table_; }
  QTabWidget* tabs() const { return tabs_; }
  // Opens a folder in the desktop's file manager; tests put another in its place.
  void setFolderOpener(std::function<Status(const QString&)> opener) { open_folder_ = std::move(opener); }

 private:
  void refresh();
  void refreshPanels();
  void showProgress();
  void showChosen();
  std::filesystem::path chosen() const;
  void showFolder(const std::filesystem::path& folder, bool make);

  PluginService& service_;
  Settings& settings_;
  PluginsModel* model_;
  QTabWidget* tabs_;
  QStackedWidget* pages_;
  widgets::ErrorBar* error_;
  widgets::ProgressLine* progress_;
  widgets::EmptyState* empty_;
  QTableView* table_;
  QLabel *title_, *state_, *reason_;
  QPlainTextEdit* details_;
  QPushButton *switch_, *check_, *open_, *rescan_, *user_folder_;
  std::function<Status(const QString&)> open_folder_;
};

}  // namespace roundhouse::app
