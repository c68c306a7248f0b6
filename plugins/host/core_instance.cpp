// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/core_instance.h"

#include "plugins/host/guarded.h"
#include "plugins/host/library.h"

namespace roundhouse::plugins {

CoreInstance::CoreInstance(Manifest manifest, std::filesystem::path folder, std::function<void(Phase)> entering)
    : manifest_(std::move(manifest)), folder_(std::move(folder)), entering_(std::move(entering)) {}

CoreInstance::~CoreInstance() { shut_down(); }

// `call` gives a Status or void.
template <class Call>
std::optional<Failure> CoreInstance::phase(Phase phase, Call&& call) {
  if (entering_) entering_(phase);
  return caught(
      [&]() -> std::optional<Failure> {
        if constexpr (std::is_void_v<decltype(call())>) {
          call();
        } else {
          const Status status = call();
          if (!status.ok()) {
            const Error& error = status.error();
            std::string said = error.operation + ": " + error.object;
            if (!error.expected.empty()) said += ": expected " + error.expected;
            if (!error.received.empty()) said += ", received " + error.received;
            return Failure{FailureKind::refused, phase, one_line(said, 400)};
          }
        }
        return {};
      },
      [&](std::string what) -> std::optional<Failure> { return Failure{FailureKind::threw, phase, std::move(what)}; });
}

std::optional<Failure> CoreInstance::load() {
  void* handle = nullptr;
  if (entering_) entering_(Phase::open);
  if (auto failure = open_library(folder_ / manifest_.core, Phase::open, &handle)) return failure;
  if (entering_) entering_(Phase::check);
  if (auto failure = check_entry(handle, ROUNDHOUSE_PLUGIN_SYMBOL, ROUNDHOUSE_PLUGIN_MAGIC, manifest_.id, Phase::check, &entry_)) {
    return failure;
  }
  if (auto failure = phase(Phase::create, [&] { plugin_ = static_cast<plugin::Plugin*>(entry_->create()); })) return failure;
  if (!plugin_) return Failure{FailureKind::refused, Phase::create, "it made no plugin"};
  return {};
}

std::optional<Failure> CoreInstance::initialise(plugin::Host& host) {
  ExtensionRegistry registry(manifest_, extensions_);
  auto failure = phase(Phase::initialise, [&] { return plugin_->initialise(host, registry); });
  // A refused registration that the plugin passed on is told as what it is.
  if (const auto difference = registry.difference(); difference && (!failure || failure->kind == FailureKind::refused)) {
    const bool succeeded = !failure;
    if (succeeded) initialised_ = true;
    if (succeeded || difference->find("not declared") != std::string::npos || difference->find("twice") != std::string::npos) {
      return Failure{FailureKind::contributions, Phase::initialise, *difference};
    }
  }
  if (failure) return failure;
  initialised_ = true;
  return {};
}

std::optional<Failure> CoreInstance::extensions_ready() {
  return phase(Phase::extensions_ready, [&] { return plugin_->extensions_ready(); });
}

std::optional<Failure> CoreInstance::start() {
  if (auto failure = phase(Phase::start, [&] { return plugin_->start(); })) return failure;
  started_ = true;
  return {};
}

std::optional<Failure> CoreInstance::shut_down() {
  std::optional<Failure> first;
  const auto note = [&](std::optional<Failure> failure) {
    if (failure && !first) first = std::move(failure);
  };
  if (!plugin_) return {};
  if (started_) note(phase(Phase::stop, [&] { plugin_->stop(); }));
  started_ = false;
  if (initialised_) note(phase(Phase::release, [&] { plugin_->release(); }));
  initialised_ = false;
  note(phase(Phase::destroy, [&] {
    extensions_ = Extensions{};
    plugin::Plugin* plugin = std::exchange(plugin_, nullptr);
    entry_->destroy(plugin);
  }));
  plugin_ = nullptr;
  return first;
}

}  // namespace roundhouse::plugins
