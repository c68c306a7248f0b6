// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/panel_host/panel_library.h"

#include <QVersionNumber>

#include <algorithm>

#include "plugins/host/guarded.h"
#include "plugins/host/library.h"

namespace roundhouse::plugins {

PanelLibrary::PanelLibrary(Manifest manifest, std::filesystem::path folder, std::function<void(Phase)> entering)
    : manifest_(std::move(manifest)), folder_(std::move(folder)), entering_(std::move(entering)) {}

PanelLibrary::~PanelLibrary() { (void)destroy(); }

std::optional<Failure> PanelLibrary::load() {
  void* handle = nullptr;
  if (entering_) entering_(Phase::panel_open);
  if (auto failure = open_library(folder_ / manifest_.panel, Phase::panel_open, &handle)) return failure;
  if (entering_) entering_(Phase::panel_check);
  const RoundhousePluginEntry* entry = nullptr;
  if (auto failure = check_entry(handle, ROUNDHOUSE_PANEL_SYMBOL, ROUNDHOUSE_PANEL_MAGIC, manifest_.id, Phase::panel_check, &entry)) {
    return failure;
  }
  // Qt keeps its binary interface within a major version, upwards.
  const QVersionNumber built(static_cast<int>(entry->qt_version >> 16), static_cast<int>(entry->qt_version >> 8 & 0xff));
  const QVersionNumber here = QVersionNumber::fromString(QString::fromLatin1(qVersion()));
  if (built.majorVersion() != here.majorVersion() || built.minorVersion() > here.minorVersion()) {
    return Failure{FailureKind::abi, Phase::panel_check,
                   QStringLiteral("built with Qt %1, this is Qt %2").arg(built.toString(), here.toString()).toStdString()};
  }
  entry_ = entry;
  if (entering_) entering_(Phase::panel_create);
  return caught(
      [&]() -> std::optional<Failure> {
        plugin_ = static_cast<plugin::PanelPlugin*>(entry_->create());
        if (!plugin_) return Failure{FailureKind::refused, Phase::panel_create, "it made nothing"};
        return {};
      },
      [](std::string what) -> std::optional<Failure> { return Failure{FailureKind::threw, Phase::panel_create, std::move(what)}; });
}

std::optional<Failure> PanelLibrary::describe(const QString& language, std::vector<plugin::PanelSpec>& specs) {
  if (entering_) entering_(Phase::panel_show);
  if (auto failure = caught(
          [&]() -> std::optional<Failure> {
            specs = plugin_->panels(language);
            return {};
          },
          [](std::string what) -> std::optional<Failure> { return Failure{FailureKind::threw, Phase::panel_show, std::move(what)}; })) {
    return failure;
  }
  std::vector<std::string> declared, offered;
  for (const Contribution& contribution : manifest_.panels) declared.push_back(contribution.name);
  for (const plugin::PanelSpec& spec : specs) offered.push_back(spec.id.toStdString());
  std::sort(declared.begin(), declared.end());
  std::sort(offered.begin(), offered.end());
  if (declared == offered) return {};
  const auto joined = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + one_line(name, 80);
    return text.empty() ? std::string("none") : text;
  };
  return Failure{FailureKind::contributions, Phase::panel_show, "panels " + joined(offered) + "; declared " + joined(declared)};
}

std::optional<Failure> PanelLibrary::create_panel(const QString& id, plugin::PanelHost& host, QWidget* parent, QWidget** panel) {
  if (entering_) entering_(Phase::panel_show);
  return caught(
      [&]() -> std::optional<Failure> {
        *panel = plugin_->createPanel(id, host, parent);
        if (!*panel) return Failure{FailureKind::refused, Phase::panel_show, "it made no widget for panel " + one_line(id.toStdString(), 80)};
        return {};
      },
      [](std::string what) -> std::optional<Failure> { return Failure{FailureKind::threw, Phase::panel_show, std::move(what)}; });
}

std::optional<Failure> PanelLibrary::destroy() {
  if (!plugin_) return {};
  if (entering_) entering_(Phase::panel_destroy);
  return caught(
      [&]() -> std::optional<Failure> {
        entry_->destroy(std::exchange(plugin_, nullptr));
        return {};
      },
      [](std::string what) -> std::optional<Failure> { return Failure{FailureKind::threw, Phase::panel_destroy, std::move(what)}; });
}

}  // namespace roundhouse::plugins
