// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/api/core/plugin.h"
#include "plugins/host/manifest.h"

namespace roundhouse::plugins {

// What one plugin registered, with the names it had at that time (a plugin's name() is not asked again).
template <class Extension>
struct Registered {
  std::string name;
  std::unique_ptr<Extension> extension;
};

struct Extensions {
  std::vector<Registered<plugin::Command>> commands;
  std::vector<Registered<plugin::Tool>> tools;
  std::vector<Registered<plugin::EvalTask>> eval_tasks;
  std::vector<Registered<plugin::DataImport>> imports;
};

// Collects during initialise(). What is not in the manifest is refused at once.
class ExtensionRegistry final : public plugin::Registry {
 public:
  ExtensionRegistry(const Manifest& manifest, Extensions& into) : manifest_(manifest), into_(into) {}

  Status add_command(std::unique_ptr<plugin::Command> command) override;
  Status add_tool(std::unique_ptr<plugin::Tool> tool) override;
  Status add_eval_task(std::unique_ptr<plugin::EvalTask> task) override;
  Status add_import(std::unique_ptr<plugin::DataImport> import) override;

  // Where the plugin departed from its manifest: an undeclared extension (also when the plugin ignored the refusal)
  // or a declared one that never came.
  std::optional<std::string> difference() const;

 private:
  Status admit(const std::string& kind, const std::string& name, const std::vector<Contribution>& declared, bool taken);

  const Manifest& manifest_;
  Extensions& into_;
  std::string first_refusal_;
};

}  // namespace roundhouse::plugins
