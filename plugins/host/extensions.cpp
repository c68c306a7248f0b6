// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/extensions.h"

#include <algorithm>

#include "plugins/host/guarded.h"

namespace roundhouse::plugins {
namespace {

template <class Extension>
bool taken(const std::vector<Registered<Extension>>& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return entry.name == name; });
}

// The extension's own name; its code may throw.
template <class Call>
Result<std::string> asked(const char* kind, Call call) {
  return guarded("register extension", kind, [&]() -> Result<std::string> { return std::string(call()); });
}

template <class Extension>
std::optional<std::string> missing(const char* kind, const std::vector<Contribution>& declared,
                                   const std::vector<Registered<Extension>>& list) {
  for (const Contribution& contribution : declared) {
    if (!taken(list, contribution.name)) return std::string(kind) + " " + contribution.name + " is declared and was not registered";
  }
  return {};
}

Error no_extension(const char* kind) {
  return Error{ErrorCode::invalid_argument, "register extension", kind, "an object", "null"};
}

}  // namespace

Status ExtensionRegistry::admit(const std::string& kind, const std::string& name, const std::vector<Contribution>& declared,
                                bool already) {
  const bool known = std::any_of(declared.begin(), declared.end(), [&](const auto& entry) { return entry.name == name; });
  if (known && !already) return Ok{};
  const std::string shown = one_line(name, 80);
  if (first_refusal_.empty()) {
    first_refusal_ = kind + " " + shown + (known ? " was registered twice" : " was registered and is not declared");
  }
  return Error{ErrorCode::invalid_argument, "register extension", kind + " " + shown,
               known ? "each extension once" : "a name that the manifest declares", known ? "a second one" : shown};
}

Status ExtensionRegistry::add_command(std::unique_ptr<plugin::Command> command) {
  if (!command) return no_extension("command");
  RH_ASSIGN(std::string name, asked("command", [&] { return command->name(); }));
  RH_TRY(admit("command", name, manifest_.commands, taken(into_.commands, name)));
  into_.commands.push_back({std::move(name), std::move(command)});
  return Ok{};
}

Status ExtensionRegistry::add_tool(std::unique_ptr<plugin::Tool> tool) {
  if (!tool) return no_extension("tool");
  RH_ASSIGN(std::string name, asked("tool", [&] { return tool->spec().name; }));
  RH_TRY(admit("tool", name, manifest_.tools, taken(into_.tools, name)));
  into_.tools.push_back({std::move(name), std::move(tool)});
  return Ok{};
}

Status ExtensionRegistry::add_eval_task(std::unique_ptr<plugin::EvalTask> task) {
  if (!task) return no_extension("eval task");
  RH_ASSIGN(std::string name, asked("eval task", [&] { return task->name(); }));
  RH_TRY(admit("eval task", name, manifest_.eval_tasks, taken(into_.eval_tasks, name)));
  into_.eval_tasks.push_back({std::move(name), std::move(task)});
  return Ok{};
}

Status ExtensionRegistry::add_import(std::unique_ptr<plugin::DataImport> import) {
  if (!import) return no_extension("import");
  RH_ASSIGN(std::string name, asked("import", [&] { return import->name(); }));
  RH_TRY(admit("import", name, manifest_.imports, taken(into_.imports, name)));
  into_.imports.push_back({std::move(name), std::move(import)});
  return Ok{};
}

std::optional<std::string> ExtensionRegistry::difference() const {
  if (!first_refusal_.empty()) return first_refusal_;
  if (auto what = missing("command", manifest_.commands, into_.commands)) return what;
  if (auto what = missing("tool", manifest_.tools, into_.tools)) return what;
  if (auto what = missing("eval task", manifest_.eval_tasks, into_.eval_tasks)) return what;
  return missing("import", manifest_.imports, into_.imports);
}

}  // namespace roundhouse::plugins
