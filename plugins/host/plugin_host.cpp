// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/plugin_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plugins/host/guarded.h"
#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

Error unsupported(const std::string& operation, const std::string& object, std::string received) {
  return Error{ErrorCode::unsupported, operation, object, {}, std::move(received)};
}

// Stands where a program runs no jobs.
class NoJobs final : public plugin::Jobs {
 public:
  Result<std::string> submit(const plugin::JobRequest& request) override { return refuse("submit job", request.kind); }
  Result<plugin::JobSnapshot> status(const std::string& id) override { return refuse("job status", id); }
  Result<std::uint64_t> watch(const std::string& id, std::function<void(const plugin::JobSnapshot&)>) override {
    return refuse("watch job", id);
  }
  void unwatch(std::uint64_t) override {}
  Status cancel(const std::string& id) override { return refuse("cancel job", id); }

 private:
  static Error refuse(const std::string& operation, const std::string& object) {
    return unsupported(operation, object.empty() ? "job" : one_line(object, 80), "this program runs no jobs");
  }
};

}  // namespace

PluginHost::PluginHost(Manifest manifest, std::shared_ptr<const HostServices> services, StateStore store, CallTool call_tool)
    : manifest_(std::move(manifest)), services_(std::move(services)), store_(std::move(store)), call_tool_(std::move(call_tool)) {}

std::string PluginHost::program() const { return services_->program; }
std::string PluginHost::program_version() const { return services_->program_version; }
std::string PluginHost::language() const { return services_->language; }
Result<std::filesystem::path> PluginHost::data_folder() { return store_.data_folder(manifest_.id); }

void PluginHost::log(plugin::LogLevel level, std::string_view line) {
  if (services_->log) services_->log(level, manifest_.id, one_line(line, 1000));
}

Result<plugin::ScoreResult> PluginHost::score(const plugin::ScoreRequest& request) {
  const auto invalid = [](const char* object, std::string expected, std::string received) {
    return Error{ErrorCode::invalid_argument, "score labels", object, std::move(expected), std::move(received)};
  };
  if (request.prompt.empty() == request.messages.empty()) {
    return invalid("prompt", "either a prompt or messages", request.prompt.empty() ? "neither" : "both");
  }
  if (request.labels.empty()) return invalid("labels", "at least one", "none");
  for (std::size_t i = 0; i < request.labels.size(); ++i) {
    if (request.labels[i].empty()) return invalid("labels", "a text each", fmt::format("an empty one at {}", i));
  }
  if (!services_->score) return unsupported("score labels", "model", "this program has no model");
  return services_->score(request);
}

Result<plugin::Embedding> PluginHost::embed(const plugin::EmbeddingRequest& request) {
  if (request.text.empty() == !request.image) {
    return Error{ErrorCode::invalid_argument, "embed", "request", "either a text or an image", request.image ? "both" : "neither"};
  }
  if (!services_->embed) return unsupported("embed", request.image ? "image" : "text", "this program has no encoder");
  return services_->embed(request);
}

plugin::Jobs& PluginHost::jobs() {
  static NoJobs none;  // without state
  return services_->jobs ? *services_->jobs : none;
}

Result<std::int64_t> PluginHost::audit(const plugin::AuditNote& note) {
  const auto& declared = manifest_.audit_actions;
  if (std::none_of(declared.begin(), declared.end(), [&](const Contribution& entry) { return entry.name == note.action; })) {
    return Error{ErrorCode::invalid_argument, "write audit entry", "action " + one_line(note.action, 80),
                 "an action that the manifest lists under contributes.audit", "another"};
  }
  // (The log checks the rest: names of parts, JSON.)
  if (!services_->audit) return unsupported("write audit entry", note.action, "this program keeps no audit log");
  AuditEntry entry;
  entry.kind = std::string(audit_kind::plugin);
  entry.session = note.session;
  entry.refers_to = note.refers_to;
  entry.plugin = manifest_.id;
  entry.action = note.action;
  nlohmann::json extra = {{"version", manifest_.version}};
  if (!note.extra_json.empty()) {
    const nlohmann::json given = nlohmann::json::parse(note.extra_json, nullptr, false);
    if (given.is_discarded()) {
      return Error{ErrorCode::invalid_argument, "write audit entry", note.action + ": extra_json", "JSON", one_line(note.extra_json, 60)};
    }
    extra["data"] = given;
  }
  entry.extra_json = extra.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  for (const auto& [part, text] : note.texts) entry.texts.push_back({part, text});
  return services_->audit(std::move(entry));
}

Status PluginHost::allow_connection(const plugin::NetworkRequest& request) {
  if (request.host.empty() || request.port == 0 || request.purpose.empty()) {
    return Error{ErrorCode::invalid_argument, "open connection", manifest_.id, "host, port and purpose",
                 fmt::format("host '{}', port {}, purpose '{}'", one_line(request.host, 80), request.port, one_line(request.purpose, 80))};
  }
  if (!services_->allow_connection) return unsupported("open connection", one_line(request.host, 80), "this program opens no connections");
  return services_->allow_connection(manifest_.id, request);
}

Result<ToolResultPart> PluginHost::call_tool(const std::string& name, const std::string& arguments_json, const CancelToken& cancel) {
  if (!call_tool_) return Error{ErrorCode::not_found, "call tool", one_line(name, 80), "a running plugin's tool", "none"};
  return call_tool_(name, arguments_json, cancel);
}

Result<std::optional<std::string>> PluginHost::get(const std::string& key) { return store_.setting(manifest_.id, key); }
Status PluginHost::set(const std::string& key, const std::string& value) { return store_.set_setting(manifest_.id, key, value); }
Status PluginHost::remove(const std::string& key) { return store_.set_setting(manifest_.id, key, std::nullopt); }

}  // namespace roundhouse::plugins
