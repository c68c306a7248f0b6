// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/cli.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/cli/argument_error.h"
#include "app/cli/json_text.h"
#include "app/common/resource_locator.h"
#include "plugins/host/model_services.h"
#include "roundhouse/data_folder.h"

namespace roundhouse::cli {
namespace {

namespace fs = std::filesystem;

// Helpers lie beside the program in the build tree, in libexec when installed.
fs::path helper(const fs::path& folder, const char* name) {
  std::error_code error;
  const fs::path installed = folder / ".." / "libexec" / "roundhouse" / name;
  return fs::exists(folder / name, error) || !fs::exists(installed, error) ? folder / name : installed;
}

}  // namespace

Environment Environment::system() {
  Environment environment;
  environment.create_engine = [](EngineOptions options) { return Engine::create(std::move(options)); };
  environment.inspect = [](const std::string& path) { return inspect_model(path); };
  environment.load_text = [](const std::string& path) { return load_model_text(path); };
  std::error_code error;
  environment.executable_folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  return environment;
}

Cli::Cli(Environment environment, Interrupt& interrupt_source)
    : out(environment.out, "standard output"), in(environment.in, "standard input", interrupt_source.wake_fd()),
      interrupt(interrupt_source), environment_(std::move(environment)), err_(environment_.err, "standard error") {}

Cli::~Cli() = default;

void Cli::note(const std::string& text) { (void)err_.write("roundhouse-cli: " + (err_.is_terminal() ? terminal_safe(text) : text) + "\n"); }

void Cli::show_progress(const LoadProgress& progress) {
  const int percent = static_cast<int>(progress.fraction * 100);
  if (!err_.is_terminal() || percent == shown_percent_) return;
  shown_percent_ = percent;
  (void)err_.write(fmt::format("\r\x1b[K{} {} %", progress.stage, percent));
}

void Cli::end_progress() {
  if (shown_percent_ >= 0) (void)err_.write("\r\x1b[K");
  shown_percent_ = -1;
}

int Cli::fail(const Error& error, bool json) {
  if (out.reader_gone()) return exit_reader_gone;
  note(error.message());
  if (json) (void)out.write(to_text({{"error", error_json(error)}}) + "\n");
  if (error.code == ErrorCode::cancelled && interrupt.came()) return interrupt.exit_code();
  return exit_failed;
}

fs::path Cli::data() const { return data_folder(); }

const app::SharedSettings& Cli::settings() {
  if (!settings_) {
    auto read = app::read_window_settings(app::window_settings_file());
    if (read.ok()) {
      settings_ = *read;
    } else {
      note(read.error().message() + " (going on without texts in the audit log, and offline)");
      settings_ = app::SharedSettings{false, true, "en"};
    }
  }
  return *settings_;
}

Result<std::shared_ptr<AuditLog>> Cli::audit() {
  if (!audit_) {
    RH_TRY(create_private_folder(data()));
    AuditOptions options = AuditOptions::in(data());
    options.program = "roundhouse-cli";
    options.text_mode = settings().audit_texts ? AuditTextMode::store : AuditTextMode::hashes_only;
    RH_ASSIGN(audit_, AuditLog::open(std::move(options)));
  }
  return audit_;
}

Result<std::string> Cli::model_path(const ModelOptions& options) const {
  if (!options.model.empty()) return options.model;
  RH_ASSIGN(const fs::path path, app::embedded_model_path());
  return path.string();
}

Result<std::shared_ptr<Model>> Cli::load(const ModelOptions& options, bool logged) {
  RH_ASSIGN(const std::string path, model_path(options));
  EngineOptions engine_options;
  const auto isa = parse_isa(options.isa);
  if (!isa.ok()) return argument_error(isa.error());
  engine_options.isa = *isa;
  engine_options.threads = options.threads;
  engine_options.program = "roundhouse-cli";
  if (logged) {
    RH_ASSIGN(engine_options.audit, audit());
    engine_options.audit_texts = settings().audit_texts;
  }
  auto engine = environment_.create_engine(std::move(engine_options));
  if (!engine.ok()) return engine.error().code == ErrorCode::invalid_argument ? argument_error(engine.error()) : engine.error();
  engine_ = std::move(*engine);
  LoadOptions load_options;
  load_options.context_tokens = options.context;
  if (!options.adapter.empty()) load_options.adapters = {options.adapter};
  load_options.verify_digest = logged;
  const CancelToken cancel;
  const Interrupt::Scope scope(interrupt, [cancel] { cancel.cancel(); });
  auto model = engine_->load_model(path, load_options, [&](const LoadProgress& progress) { show_progress(progress); }, cancel);
  end_progress();
  // (Of its arguments load_model() judges the context; what is wrong with files has other operations.)
  if (!model.ok() && model.error().code == ErrorCode::invalid_argument && model.error().operation == "load model") return argument_error(model.error());
  return model;
}

plugins::PluginManager& Cli::plugins() {
  if (plugins_) return *plugins_;
  auto services = std::make_shared<plugins::HostServices>();
  services->program = "roundhouse-cli";
  services->program_version = version();
  services->language = settings().language;
  services->log = [this](plugin::LogLevel level, const std::string& id, std::string_view line) {
    if (level >= plugin::LogLevel::warning) note(id + ": " + std::string(line));
  };
  // Opened with the first entry: listing plugins writes nothing.
  services->audit = [this](AuditEntry entry) -> Result<std::int64_t> {
    RH_ASSIGN(const auto log, audit());
    return plugins::make_audit_service(log, [this](const std::string& warning) { note(warning); })(std::move(entry));
  };
  services->score = plugins::make_score_service([this]() -> Result<std::shared_ptr<Model>> {
    if (!plugin_model_loaded_) {
      RH_ASSIGN(plugin_model_loaded_, load(plugin_model_, true));
    }
    return plugin_model_loaded_;
  }, plugins::ScoreSession::between_requests);
  services->allow_connection = [this](const std::string& id, const plugin::NetworkRequest& request) -> Status {
    const std::string target = fmt::format("{}:{}", request.host, request.port);
    if (settings().offline) return Error{ErrorCode::conflict, "open connection", target, "to be online", "the offline switch is on"};
    // Without a window the note is where the user sees it; the audit log is where it stays.
    RH_ASSIGN(const auto log, audit());
    AuditEntry entry;
    entry.kind = std::string(audit_kind::plugin);
    entry.plugin = id;
    entry.action = "connection";
    entry.extra_json = to_text({{"target", target}, {"purpose", request.purpose}});
    RH_ASSIGN(const AuditReceipt receipt, log->append(std::move(entry)));
    note(fmt::format("{} connects to {}: {}", id, target, request.purpose));
    return Ok{};
  };
  plugins::PluginManagerOptions options;
  options.folders = plugins::plugin_folders(environment_.executable_folder, data() / "plugins");
  options.state_folder = data() / "plugin-state";
  options.probe = {helper(environment_.executable_folder, "roundhouse-plugin-probe"), 5};
  options.services = services;
  plugins_ = std::make_unique<plugins::PluginManager>(std::move(options));
  plugins_->discover();
  return *plugins_;
}

}  // namespace roundhouse::cli
