// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QThreadPool>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "plugins/host/plugin_manager.h"
#include "plugins/host/tool_invocation.h"
#include "plugins/panel_host/panel_loader.h"
#include "roundhouse/model.h"

namespace roundhouse {
class AuditLog;
}

namespace roundhouse::app {

struct AppContext;
class EngineController;
class NetworkGate;

struct PluginServiceOptions {
  std::vector<plugins::PluginFolder> folders;
  std::filesystem::path stateFolder;
  std::filesystem::path probe, panelProbe;
  double probeSeconds = 5, panelProbeSeconds = 15;
  double stopSeconds = 3;  // how long a tool that hangs is waited for

  // Folders and probes of an installed program or a build tree; state in the data folder.
  static PluginServiceOptions forProgram(const QString& dataFolder);
};

// The window's plugins: finds and starts them on a worker thread, keeps their panels, passes calls on. GUI thread only,
// never blocks. Outlives windows.
class PluginService : public QObject {
  Q_OBJECT
 public:
  PluginService(PluginServiceOptions options, EngineController& engine, NetworkGate& network, const QString& language);
  // Stops the plugins; waits for them, and no longer than a few seconds for one that hangs: that keeps its thread and
  // what it stands on until the process ends.
  ~PluginService() override;

  // Null: none; tools refuse then, because they could not be logged.
  void setAudit(std::shared_ptr<AuditLog> audit);
  void setLanguage(const QString& language);

  // Once, when the window is there. Every later call does nothing.
  void start();
  bool started() const { return started_; }
  // Work is under way.
  bool busy() const { return jobs_ > 0; }
  // Ends it: what was not tried or started by now waits for the next rescan().
  void cancel();

  // In the order they were found; `found` until they were tried.
  const std::vector<plugins::PluginInfo>& list() const { return list_; }
  void setEnabled(const std::filesystem::path& folder, bool enabled);
  void checkAgain(const std::filesystem::path& folder);
  // Looks for new plugins and starts them.
  void rescan();
  const std::filesystem::path& userFolder() const { return user_folder_; }

  plugins::PanelLoader& panels() { return *loader_; }
  const std::vector<plugins::ToolInfo>& tools() const { return tools_; }
  // See plugins::parse_tool_input().
  Result<plugins::ToolInput> parseInput(const QString& typed) const;
  // `done` comes on this thread, unless `context` is gone by then. Cancel with the token.
  void callTool(const ToolCallPart& call, const QString& conversation, const CancelToken& cancel, QObject* context,
                std::function<void(const Result<ToolResultPart>&)> done);

 Q_SIGNALS:
  void changed();                                     // list(), tools() or busy()
  void failed(const roundhouse::Error& error);        // of setEnabled(), checkAgain()

 private:
  void run(std::function<Status(const CancelToken&)> work, const std::filesystem::path& forgotten = {});
  void refresh();

  // What worker threads use, and a tool that hangs after the service is gone.
  struct Shared {
    std::mutex mutex;
    std::weak_ptr<Model> model;         // guarded, as all that follows
    std::shared_ptr<AuditLog> audit;
    NetworkGate* network = nullptr;     // null once the service is gone
    PluginService* service = nullptr;   // likewise
  };

  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  const std::filesystem::path user_folder_;
  std::shared_ptr<plugins::PluginManager> manager_;
  std::unique_ptr<plugins::PanelLoader> loader_;
  QThreadPool lifecycle_;
  std::unique_ptr<QThreadPool> calls_ = std::make_unique<QThreadPool>();
  CancelToken cancel_;  // of all that run() has begun
  std::vector<plugins::PluginInfo> list_;
  std::vector<plugins::ToolInfo> tools_;
  int jobs_ = 0;
  bool started_ = false;
  std::atomic<bool> refresh_posted_{false};
};

// "en" or "zh_CN": what the window speaks now (the workbench keeps QLocale at it).
QString windowLanguage();

// The one of this workbench; made with the first call.
PluginService& pluginService(AppContext& context);

}  // namespace roundhouse::app
