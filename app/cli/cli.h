// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/exit_codes.h"
#include "app/cli/interrupt.h"
#include "app/cli/streams.h"
#include "app/common/window_settings.h"
#include "plugins/host/plugin_manager.h"
#include "roundhouse/audit.h"
#include "roundhouse/engine.h"

namespace roundhouse::cli {

// What the program takes from outside, so that tests can give it.
struct Environment {
  std::function<Result<std::shared_ptr<Engine>>(EngineOptions)> create_engine;
  std::function<Result<ModelInfo>(const std::string&)> inspect;
  std::function<Result<ModelText>(const std::string&)> load_text;
  std::filesystem::path executable_folder;
  int in = 0, out = 1, err = 2;

  static Environment system();
};

// --model, --threads, --isa, --context: which model, and on what it runs.
struct ModelOptions {
  std::string model;  // empty: the embedded one
  std::string adapter;  // LoRA beside it; empty: none
  std::string isa = "automatic";
  int threads = 0;
  int context = 0;
};

// What the commands share: streams, audit log, engine, plugins. Each is made when it is first asked for.
class Cli {
 public:
  Cli(Environment environment, Interrupt& interrupt);
  ~Cli();
  Cli(const Cli&) = delete;
  Cli& operator=(const Cli&) = delete;

  OutStream out;
  LineReader in;
  Interrupt& interrupt;

  // A line for a person, on standard error: "roundhouse-cli: text".
  void note(const std::string& text);
  // A question that is answered on the same line.
  void ask(const std::string& text) { (void)err_.write(text); }
  // One line on standard error, where that is a terminal, that end_progress() takes away again.
  void show_progress(const LoadProgress& progress);
  void end_progress();
  // Ends a command that failed: the error on standard error, and as {"error": ...} on standard output with `json`.
  int fail(const Error& error, bool json);

  const Environment& environment() const { return environment_; }
  std::filesystem::path data() const;  // the user's data folder
  const app::SharedSettings& settings();

  Result<std::shared_ptr<AuditLog>> audit();
  // Path of the model that the options mean.
  Result<std::string> model_path(const ModelOptions& options) const;
  // Blocks; shows its progress on a terminal; ends with `cancelled` on Ctrl+C. Without `logged` nothing of what the
  // model does comes into the audit log (it does nothing then but run benchmarks).
  Result<std::shared_ptr<Model>> load(const ModelOptions& options, bool logged);
  const std::shared_ptr<Engine>& engine() const { return engine_; }

  // Manifests read; nothing started.
  plugins::PluginManager& plugins();
  // What plugins score with: loaded at their first request.
  void set_plugin_model(const ModelOptions& options) { plugin_model_ = options; }

 private:
  const Environment environment_;
  OutStream err_;
  int shown_percent_ = -1;
  std::optional<app::SharedSettings> settings_;
  std::shared_ptr<AuditLog> audit_;
  std::shared_ptr<Engine> engine_;
  ModelOptions plugin_model_;
  std::shared_ptr<Model> plugin_model_loaded_;
  std::unique_ptr<plugins::PluginManager> plugins_;
};

// The whole program. `arguments` without the program's name.
int run(const std::vector<std::string>& arguments, const Environment& environment, Interrupt& interrupt);

}  // namespace roundhouse::cli
