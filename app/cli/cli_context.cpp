// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/cli_context.h"

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/common/resource_locator.h"
#include "roundhouse/data_folder.h"

namespace roundhouse::cli {

int report(const Error& error, bool json) {
  if (json) {
    const nlohmann::json out = {{"error", {{"code", error_code_name(error.code)}, {"message", error.message()},
                                           {"operation", error.operation}, {"object", error.object},
                                           {"expected", error.expected}, {"received", error.received}}}};
    print(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  std::fprintf(stderr, "roundhouse-cli: %s\n", error.message().c_str());
  return error.code == ErrorCode::tampered ? exit_tampered : exit_failed;
}

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

Result<std::shared_ptr<AuditLog>> open_audit(bool read_only) {
  AuditOptions options = AuditOptions::in(data_folder());
  options.program = "roundhouse-cli";
  options.read_only = read_only;
  if (!read_only) {
    RH_TRY(create_private_folder(data_folder()));
  }
  RH_ASSIGN(auto log, AuditLog::open(std::move(options)));
  return std::shared_ptr<AuditLog>(std::move(log));
}

Result<std::string> model_path(const CommonOptions& options) {
  if (!options.model.empty()) return options.model;
  RH_ASSIGN(const auto path, app::embedded_model_path());
  return path.string();
}

Result<LoadedModel> load(const CommonOptions& options) {
  LoadedModel loaded;
  RH_ASSIGN(const std::string path, model_path(options));
  if (!options.no_audit) {
    RH_ASSIGN(loaded.audit, open_audit(false));
  }
  EngineOptions engine;
  engine.threads = options.threads;
  RH_ASSIGN(engine.isa, parse_isa(options.isa));
  engine.audit = loaded.audit;
  engine.program = "roundhouse-cli";
  RH_ASSIGN(loaded.engine, Engine::create(std::move(engine)));
  LoadOptions load_options;
  load_options.context_tokens = options.context_tokens;
  RH_ASSIGN(loaded.model, loaded.engine->load_model(path, load_options));
  return loaded;
}

}  // namespace roundhouse::cli
