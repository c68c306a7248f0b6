// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QMainWindow>
#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

#include "app/shell/app_context.h"
#include "app/shell/panel.h"
#include "roundhouse/result.h"

class QDockWidget;
class QStackedWidget;

namespace roundhouse::widgets {
class CommandPalette;
class ErrorBar;
class NavigationRail;
}

namespace roundhouse::app {

class PaletteSource;
class StatusStrip;

// Rail, work area, docked inspectors, status strip, palette. Knows panels only by their interface.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  MainWindow(AppContext& context, const QList<PanelFactory>& factories, QWidget* parent = nullptr);
  ~MainWindow() override;

  QStringList panelIds() const;  // in rail order
  Panel* panel(const QString& id) const;
  // Makes the widget when it is not there yet; null for an unknown id.
  QWidget* panelWidget(const QString& id);
  QString currentPanel() const { return current_; }
  void showPanel(const QString& id);
  // Whether an inspector stands beside the rooms it belongs to. Remembered.
  bool inspectorWanted(const QString& id) const;
  void setInspectorWanted(const QString& id, bool wanted);
  QDockWidget* inspectorDock(const QString& id) const;

  // Just so large, whatever the screen; at other times the window opens within it.
  void setExactSize(const QSize& size);

  void openPalette();
  // Tells of something above the work area. `title` empty: the kind of error says it. `room`: the one that helps, to
  // which a button leads.
  void showProblem(const Error& error, const QString& title = {}, const QString& room = {});
  void showWarning(const QString& title, const QString& details);
  void showTampering(const QString& title, const QString& details, const QString& room);
  // What was told last is over, if it led to this room.
  void dismissProblem(const QString& room);

 Q_SIGNALS:
  void currentPanelChanged(const QString& id);
  void closed();

 protected:
  void closeEvent(QCloseEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void moveEvent(QMoveEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Room {
    std::unique_ptr<Panel> panel;
    QWidget* page = nullptr;         // in the stack
    QWidget* dockPage = nullptr;     // in the dock
    QDockWidget* dock = nullptr;     // inspectors only
    QWidget* widget = nullptr;       // null until needed
    bool shown = false;              // what the panel was told last
  };

  Room* room(const QString& id);
  const Room* room(const QString& id) const;
  QWidget* ensureWidget(Room& room);
  void makeNextRoom();
  void addCommands();
  void showKeys();       // of the rooms, in the rail's tool tips
  void arrange();        // widgets to the places where they belong now
  void tellPanels();     // shown() and hidden()
  void focusRoom(const Room& room);
  void fitScreen();      // once its frame is known, and when that becomes another one
  void keepShare();      // of docks at the sides, when the window has become wider or narrower
  void saveLayoutSoon();
  void saveLayout();
  void restoreLayout();
  void raiseFloating();  // docks that were pulled out: over the window, not under it
  QString wayTo(const QString& room);
  bool visibleBeside(const Room& room) const;
  void expectSessionsEnd();

  AppContext& context_;
  std::vector<Room> rooms_;
  widgets::NavigationRail* rail_;
  QStackedWidget* stack_;
  StatusStrip* status_;
  widgets::ErrorBar* problem_;
  QString problem_room_;  // to which the button leads
  std::unique_ptr<PaletteSource> palette_source_;
  widgets::CommandPalette* palette_ = nullptr;
  QString current_;
  QTimer save_timer_;
  double dock_share_ = 0;  // of the window's width; 0: not known yet
  int shared_width_ = 0;   // of the window, when it was applied
  std::optional<QMargins> fitted_frame_;
  bool exact_size_ = false;
  bool session_ends_ = false;  // closing asks nothing
  bool arranging_ = false;
  bool restored_ = false;
};

}  // namespace roundhouse::app
