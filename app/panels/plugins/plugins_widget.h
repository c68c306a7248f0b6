// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <filesystem>
#include <functional>

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTableView;
class QTabWidget;

namespace roundhouse::widgets {
class EmptyState;
class ErrorBar;
}

namespace roundhouse::app {

class PluginService;
class PluginsModel;

// The manager page (what was found, its state, the reason when it does not run; switch on and off, check again), and
// beside it a tab for each panel that a running plugin brings.
class PluginsWidget : public QWidget {
  Q_OBJECT
 public:
  explicit PluginsWidget(PluginService& service, QWidget* parent = nullptr);

  QTableView* table() const { return table_; }
  QTabWidget* tabs() const { return tabs_; }
  // Opens a folder in the desktop's file manager; tests put another in its place.
  void setFolderOpener(std::function<bool(const std::filesystem::path&)> opener) { open_folder_ = std::move(opener); }

 private:
  void refresh();
  void refreshPanels();
  void showChosen();
  std::filesystem::path chosen() const;
  void openFolder(const std::filesystem::path& folder, bool make);

  PluginService& service_;
  PluginsModel* model_;
  QTabWidget* tabs_;
  QStackedWidget* pages_;
  widgets::ErrorBar* error_;
  widgets::EmptyState* empty_;
  QTableView* table_;
  QLabel *title_, *state_, *reason_;
  QPlainTextEdit* details_;
  QPushButton *switch_, *check_, *open_, *rescan_, *user_folder_;
  std::function<bool(const std::filesystem::path&)> open_folder_;
};

}  // namespace roundhouse::app
