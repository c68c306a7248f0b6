// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plugins/plugin_service.h"

#include <QCoreApplication>
#include <QLocale>
#include <QLoggingCategory>
#include <QPointer>

#include "app/bridge/engine_controller.h"
#include "app/net/network_gate.h"
#include "app/shell/app_context.h"
#include "plugins/host/model_services.h"
#include "plugins/panel_host/guarded_application.h"
#include "roundhouse/audit.h"
#include "roundhouse/engine.h"

Q_LOGGING_CATEGORY(pluginLog, "roundhouse.plugins", QtInfoMsg)

namespace roundhouse::app {
namespace {

namespace fs = std::filesystem;

constexpr int kPatienceMs = 500;  // after stop_all(), which has its own

fs::path toPath(const QString& text) { return fs::path(text.toStdString()); }

// Helpers lie beside the program in the build tree, in libexec when installed.
fs::path helper(const fs::path& folder, const char* name) {
  std::error_code error;
  const fs::path installed = folder / ".." / "libexec" / "roundhouse" / name;
  return fs::exists(folder / name, error) || !fs::exists(installed, error) ? folder / name : installed;
}

void writeLine(plugin::LogLevel level, const std::string& plugin, std::string_view line) {
  const QString text = QString::fromStdString(plugin) + QStringLiteral(": ") + QString::fromUtf8(line.data(), qsizetype(line.size()));
  switch (level) {
    case plugin::LogLevel::debug: qCDebug(pluginLog).noquote() << text; break;
    case plugin::LogLevel::info: qCInfo(pluginLog).noquote() << text; break;
    case plugin::LogLevel::warning: qCWarning(pluginLog).noquote() << text; break;
    case plugin::LogLevel::error: qCCritical(pluginLog).noquote() << text; break;
  }
}

}  // namespace

PluginServiceOptions PluginServiceOptions::forProgram(const QString& dataFolder) {
  PluginServiceOptions options;
  const fs::path program = toPath(QCoreApplication::applicationDirPath());
  // Without a data folder nothing can be remembered; it is a folder that cannot be made, and each step says so.
  const fs::path data = dataFolder.isEmpty() ? fs::path("/dev/null/roundhouse") : toPath(dataFolder);
  options.folders = plugins::plugin_folders(program, data / "plugins");
  options.stateFolder = data / "plugin-state";
  options.probe = helper(program, "roundhouse-plugin-probe");
  options.panelProbe = helper(program, "roundhouse-panel-probe");
  return options;
}

PluginService::PluginService(PluginServiceOptions options, EngineController& engine, NetworkGate& network, const QString& language)
    : user_folder_(options.folders.empty() ? fs::path() : options.folders.back().path) {
  lifecycle_.setMaxThreadCount(1);  // one step after the other
  auto services = std::make_shared<plugins::HostServices>();
  services->program = "roundhouse";
  services->program_version = version();
  services->language = language.startsWith(QLatin1String("zh")) ? "zh" : "en";
  services->log = writeLine;
  shared_->network = &network;
  shared_->service = this;
  services->audit = [shared = shared_](AuditEntry entry) -> Result<std::int64_t> {
    std::shared_ptr<AuditLog> log;
    {
      const std::lock_guard lock(shared->mutex);
      log = shared->audit;
    }
    if (!log) return Error{ErrorCode::io, "write audit entry", entry.plugin, "an open audit log", "none in this run"};
    RH_ASSIGN(const AuditReceipt receipt, log->append(std::move(entry)));
    return receipt.sequence;
  };
  services->score = plugins::make_score_service(
      [shared = shared_]() -> Result<std::shared_ptr<Model>> {
        const std::lock_guard lock(shared->mutex);
        if (auto model = shared->model.lock()) return model;
        return Error{ErrorCode::not_found, "score labels", "model", "a loaded model", "none"};
      },
      plugins::ScoreSession::for_each_request);
  services->allow_connection = [shared = shared_](const std::string& id, const plugin::NetworkRequest& request) -> Status {
    const std::lock_guard lock(shared->mutex);
    if (!shared->network) return Error{ErrorCode::cancelled, "open connection", request.host, "a running program", "one that ends"};
    return shared->network->allow(QString::fromStdString(request.host), request.port, QString::fromStdString(request.purpose),
                                  QString::fromStdString(id));
  };
  plugins::PluginManagerOptions manager;
  manager.folders = std::move(options.folders);
  manager.state_folder = std::move(options.stateFolder);
  manager.probe = {std::move(options.probe), options.probeSeconds};
  manager.panel_probe = plugins::ProbeProgram{std::move(options.panelProbe), options.panelProbeSeconds};
  manager.stop_seconds = options.stopSeconds;
  manager.services = std::move(services);
  manager_ = std::make_shared<plugins::PluginManager>(std::move(manager));
  manager_->set_listener([this] {
    if (refresh_posted_.exchange(true)) return;
    QMetaObject::invokeMethod(this, [this] {
      refresh_posted_ = false;
      refresh();
    }, Qt::QueuedConnection);
  });
  loader_ = std::make_unique<plugins::PanelLoader>(manager_);
  loader_->setLanguage(language);
  if (auto* application = dynamic_cast<plugins::GuardedApplication*>(QCoreApplication::instance())) {
    application->setHandler([this](QObject* receiver, const QString& what) { return loader_->blame(receiver, what); });
  }
  const auto takeModel = [this, &engine] {
    const std::lock_guard lock(shared_->mutex);
    shared_->model = engine.current();
  };
  connect(&engine, &EngineController::currentChanged, this, takeModel);
  takeModel();
}

PluginService::~PluginService() {
  if (auto* application = dynamic_cast<plugins::GuardedApplication*>(QCoreApplication::instance())) application->setHandler({});
  cancel_.cancel();
  lifecycle_.clear();
  lifecycle_.waitForDone();
  loader_.reset();
  manager_->stop_all();  // also ends calls under way
  manager_->set_listener({});
  if (!calls_->waitForDone(kPatienceMs)) (void)calls_.release();  // a pool waits for its threads, however long
  const std::lock_guard lock(shared_->mutex);
  shared_->audit.reset();
  shared_->network = nullptr;
  shared_->service = nullptr;
}

void PluginService::setAudit(std::shared_ptr<AuditLog> audit) {
  const std::lock_guard lock(shared_->mutex);
  shared_->audit = std::move(audit);
}

void PluginService::setLanguage(const QString& language) { loader_->setLanguage(language); }

void PluginService::start() {
  if (started_) return;
  started_ = true;
  rescan();
}

void PluginService::rescan() {
  run([this](const CancelToken& cancel) -> Status {
    manager_->discover();
    manager_->start_all(cancel);
    return Ok{};
  });
}

void PluginService::setEnabled(const fs::path& folder, bool enabled) {
  run([this, folder, enabled](const CancelToken& cancel) { return manager_->set_enabled(folder, enabled, cancel); }, folder);
}

void PluginService::checkAgain(const fs::path& folder) {
  run([this, folder](const CancelToken& cancel) { return manager_->check_again(folder, cancel); }, folder);
}

void PluginService::cancel() {
  cancel_.cancel();
  cancel_ = CancelToken();
}

// `forgotten`: a plugin whose panels go before.
void PluginService::run(std::function<Status(const CancelToken&)> work, const fs::path& forgotten) {
  if (!forgotten.empty()) loader_->unload(forgotten);
  ++jobs_;
  Q_EMIT changed();
  lifecycle_.start([this, work = std::move(work), cancel = cancel_] {
    const Status status = work(cancel);
    QMetaObject::invokeMethod(this, [this, status] {
      --jobs_;
      // Panels once nothing goes on: what runs now may be about to stop.
      if (jobs_ == 0) loader_->refresh();
      refresh();
      if (!status.ok()) Q_EMIT failed(status.error());
    }, Qt::QueuedConnection);
  });
}

void PluginService::refresh() {
  list_ = manager_->list();
  tools_ = manager_->tools();
  Q_EMIT changed();
}

Result<plugins::ToolInput> PluginService::parseInput(const QString& typed) const {
  return plugins::parse_tool_input(typed.toStdString(), tools_, {});
}

void PluginService::callTool(const ToolCallPart& call, const QString& conversation, const CancelToken& cancel, QObject* context,
                             std::function<void(const Result<ToolResultPart>&)> done) {
  calls_->start([shared = shared_, manager = manager_, call, conversation, cancel, context = QPointer<QObject>(context), done = std::move(done)] {
    auto result = std::make_shared<const Result<ToolResultPart>>(manager->call_tool(call, conversation.toStdString(), cancel));
    const std::lock_guard lock(shared->mutex);
    if (!shared->service) return;
    // The pointer is looked at on this object's thread only.
    QMetaObject::invokeMethod(shared->service, [context, done, result] {
      if (context) done(*result);
    }, Qt::QueuedConnection);
  });
}

QString windowLanguage() { return QLocale().language() == QLocale::Chinese ? QStringLiteral("zh_CN") : QStringLiteral("en"); }

PluginService& pluginService(AppContext& context) {
  return context.keep<PluginService>(QStringLiteral("plugins"), [&context] {
    return new PluginService(PluginServiceOptions::forProgram(context.dataFolder), context.engine, context.network,
                             windowLanguage());
  });
}

}  // namespace roundhouse::app
