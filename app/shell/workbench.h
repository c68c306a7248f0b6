// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QJsonValue>
#include <QList>
#include <QObject>
#include <QSize>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/bridge/audit_service.h"
#include "app/bridge/engine_controller.h"
#include "app/bridge/log_guard.h"
#include "app/bridge/session_hub.h"
#include "app/bridge/token_selection.h"
#include "app/net/network_gate.h"
#include "app/shell/app_context.h"
#include "app/shell/command_registry.h"
#include "app/shell/dialog_folders.h"
#include "app/shell/localization.h"
#include "app/shell/panel.h"
#include "app/shell/settings.h"

class QApplication;

namespace roundhouse::app {

class MainWindow;

struct WorkbenchOptions {
  EngineApi api;
  QString dataFolder;                          // exists and is writable
  QString embeddedModel;                       // path; empty: none to start on
  QList<PanelFactory> panels;                  // in rail order
  QString startModel;                          // path to start on instead of the remembered one; empty: that
  AuditService::Open openAudit;                // before the engine starts, and after the log was set aside
  std::vector<Error> problems;                 // to be told when the window is there
  QHash<QString, QJsonValue> settings;         // as remembered
  Settings::Write writeSetting;
  std::optional<QString> theme, language;      // for this run only, instead of the remembered ones
  std::optional<QSize> size;
  bool loadModel = true;                       // false: the window starts without a model
};

// Composes services and window. The window comes first; engine and model start once it is on the screen.
class Workbench : public QObject {
  Q_OBJECT
 public:
  Workbench(QApplication& app, WorkbenchOptions options);
  ~Workbench() override;

  void show();
  // Tells of something at the top of the window.
  void tell(const Error& error, const QString& title = {});
  MainWindow* window() const { return window_.get(); }
  AppContext& context() { return *context_; }
  Settings& settings() { return settings_; }
  EngineController& engine() { return engine_; }
  SessionHub& sessions() { return sessions_; }
  widgets::Theme& theme() { return *theme_; }
  Localization& localization() { return localization_; }

 Q_SIGNALS:
  void windowReplaced();

 private:
  void buildWindow();
  void openAudit();
  void takeAudit();
  void startEngine();
  void loadWithItsOwnContext(const LoadOutcome& outcome);
  void applySetting(const QString& key);
  void setAuditTexts(bool on);

  QApplication& app_;
  WorkbenchOptions options_;
  Settings settings_;
  DialogFolders dialog_folders_;
  std::unique_ptr<widgets::Theme> theme_;
  Localization localization_;
  NetworkGate network_;
  AuditService audit_;
  const std::shared_ptr<LogGuard> log_guard_ = std::make_shared<LogGuard>();
  EngineController engine_;
  SessionHub sessions_;
  TokenSelection selection_;
  QHash<QString, std::shared_ptr<void>> kept_;
  std::unique_ptr<CommandRegistry> commands_;
  std::unique_ptr<AppContext> context_;
  std::unique_ptr<MainWindow> window_;
  QString start_path_;  // of the model that the run starts on, while it loads with a remembered context
  bool started_ = false, engine_started_ = false;
};

}  // namespace roundhouse::app
