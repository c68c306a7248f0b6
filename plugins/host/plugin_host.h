// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "plugins/api/core/host.h"
#include "plugins/host/manifest.h"
#include "plugins/host/state_store.h"
#include "roundhouse/audit.h"

namespace roundhouse::plugins {

// What a program puts behind plugin::Host. Every function may be called from any thread; an empty one means that this
// program does not have it, and plugins get `unsupported`.
struct HostServices {
  std::string program = "roundhouse";
  std::string program_version;
  std::string language = "en";
  std::function<void(plugin::LogLevel, const std::string& plugin, std::string_view line)> log;
  std::function<Result<plugin::ScoreResult>(const plugin::ScoreRequest&)> score;  // see model_services.h
  std::function<Result<plugin::Embedding>(const plugin::EmbeddingRequest&)> embed;
  plugin::Jobs* jobs = nullptr;  // outlives the plugins
  std::function<Result<std::int64_t>(AuditEntry)> audit;
  std::function<Status(const std::string& plugin, const plugin::NetworkRequest&)> allow_connection;
};

// The Host of one plugin: checks what comes from the plugin, names it, and passes it to the program's services.
class PluginHost final : public plugin::Host, private plugin::Settings {
 public:
  using CallTool = std::function<Result<ToolResultPart>(const std::string& name, const std::string& arguments_json, const CancelToken&)>;
  PluginHost(Manifest manifest, std::shared_ptr<const HostServices> services, StateStore store, CallTool call_tool);

  std::string program() const override;
  std::string program_version() const override;
  std::string language() const override;
  Result<std::filesystem::path> data_folder() override;
  void log(plugin::LogLevel level, std::string_view line) override;
  plugin::Settings& settings() override { return *this; }
  Result<plugin::ScoreResult> score(const plugin::ScoreRequest& request) override;
  Result<plugin::Embedding> embed(const plugin::EmbeddingRequest& request) override;
  plugin::Jobs& jobs() override;
  Result<std::int64_t> audit(const plugin::AuditNote& note) override;
  Status allow_connection(const plugin::NetworkRequest& request) override;
  Result<ToolResultPart> call_tool(const std::string& name, const std::string& arguments_json, const CancelToken& cancel) override;

 private:
  Result<std::optional<std::string>> get(const std::string& key) override;
  Status set(const std::string& key, const std::string& value) override;
  Status remove(const std::string& key) override;

  const Manifest manifest_;
  const std::shared_ptr<const HostServices> services_;
  const StateStore store_;
  const CallTool call_tool_;
};

}  // namespace roundhouse::plugins
