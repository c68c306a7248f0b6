// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Qt-free core of a plugin. Life: create (the constructor) -> initialise -> extensions_ready -> start, then stop ->
// release -> destroy (the destructor). Each phase is called once, on one thread, and should take well under a second:
// slow work belongs into the extensions. What a phase throws is caught and listed as the reason why the plugin is not
// running; a phase that fails ends the plugin: release follows if initialise had succeeded, destroy in any case.
// plugins/README.md is the guide.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/api/core/abi.h"
#include "plugins/api/core/entry.h"
#include "plugins/api/core/host.h"
#include "roundhouse/cancel.h"
#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace roundhouse::plugin {

// Where a command or task writes. `out` is standard output (the result only); `note` goes to the error stream.
class Output {
 public:
  virtual Status out(std::string_view text) = 0;  // `io`: the reader is gone; end the work
  virtual void note(std::string_view line) = 0;

 protected:
  ~Output() = default;
};

struct CommandCall {
  std::vector<std::string> arguments;  // after the command's name; any bytes, as the shell gave them
  bool json = false;                   // --json was given (it is taken out of `arguments`): one JSON value on `out`
  Output& output;
  CancelToken cancel;                  // Ctrl+C
};

// `roundhouse-cli NAME ARGUMENTS...`. Names and summaries stand in the manifest.
class Command {
 public:
  virtual ~Command() = default;
  virtual std::string name() const = 0;
  virtual std::string usage() const = 0;  // the text of --help, several lines
  // The value is the exit code: 0 for success, 1 to 99 of the command's own.
  virtual Result<int> run(const CommandCall& call) = 0;
};

struct ToolCall {
  std::string arguments_json;  // valid JSON, an object; whether it meets the schema the tool checks
  std::string conversation;    // may be empty
  CancelToken cancel;
};

struct ToolResult {
  std::string content;              // what the model and the reader see
  std::vector<Citation> citations;  // where each value in it comes from
};

// A function that a model or a person calls in chat. A person writes "/name text" or "/name {"json": ...}".
class Tool {
 public:
  virtual ~Tool() = default;
  virtual ToolSpec spec() const = 0;  // name: [a-z][a-z0-9_]{0,63}
  // The property of the schema that takes what a person writes after "/name "; empty: only JSON will do.
  virtual std::string text_argument() const = 0;
  // Any thread, several at once.
  virtual Result<ToolResult> call(const ToolCall& call) = 0;
};

struct EvalCall {
  std::string data;        // path of the task's data set; empty: its own
  std::int64_t limit = 0;  // at most so many items; 0: all
  std::string adapter;     // for ScoreRequest::adapter
  std::function<void(std::int64_t done, std::int64_t total)> progress;  // may be empty
  CancelToken cancel;
};

struct EvalMetric {
  std::string name;    // "accuracy"
  double value = 0.0;
  std::string unit;    // "share", "nats/token"; may be empty
};

struct EvalReport {
  std::int64_t items = 0;
  std::vector<EvalMetric> metrics;
  std::string details_json;  // one JSON array with an object an item, or empty
};

// `roundhouse-cli eval NAME`: a measurement of the model at hand through Host::score.
class EvalTask {
 public:
  virtual ~EvalTask() = default;
  virtual std::string name() const = 0;
  virtual Result<EvalReport> run(const EvalCall& call) = 0;
};

struct ImportedConversation {
  std::vector<Message> messages;
  std::string source;  // where in the input: "row 12"
};

struct ImportProblem {
  std::string source;
  std::string what;
};

// Takes what an import finds. `io`: it can take no more; end the work.
class ImportSink {
 public:
  virtual Status conversation(const ImportedConversation& conversation) = 0;
  virtual Status problem(const ImportProblem& problem) = 0;  // an input item that was left out, and why

 protected:
  ~ImportSink() = default;
};

// Reads one kind of data into conversations. A change of what the same input gives is a new version; both the
// version and the file's digest are kept with what was imported.
class DataImport {
 public:
  virtual ~DataImport() = default;
  virtual std::string name() const = 0;
  virtual int version() const = 0;
  virtual Status run(const std::string& path, ImportSink& sink, const CancelToken& cancel) = 0;
};

// Takes the plugin's extensions during initialise(); exactly those that the manifest lists, of each kind.
class Registry {
 public:
  virtual Status add_command(std::unique_ptr<Command> command) = 0;
  virtual Status add_tool(std::unique_ptr<Tool> tool) = 0;
  virtual Status add_eval_task(std::unique_ptr<EvalTask> task) = 0;
  virtual Status add_import(std::unique_ptr<DataImport> import) = 0;

 protected:
  ~Registry() = default;
};

class Plugin {
 public:
  virtual ~Plugin() = default;
  // `host` lives until release() has returned, `registry` only during this call.
  virtual Status initialise(Host& host, Registry& registry) = 0;
  // All plugins are initialised: tools of others can be called.
  virtual Status extensions_ready() { return Ok{}; }
  virtual Status start() { return Ok{}; }
  // Undoes start(): no thread of the plugin's runs after it. No extension is called any more.
  virtual void stop() {}
  // Undoes initialise(). The extensions are destroyed after it, then the plugin.
  virtual void release() {}
};

}  // namespace roundhouse::plugin

// Exports CLASS (derived from roundhouse::plugin::Plugin, with a default constructor) as the core of plugin ID.
#define ROUNDHOUSE_PLUGIN(CLASS, ID)                                                                       \
  extern "C" __attribute__((visibility("default"))) const RoundhousePluginEntry roundhouse_plugin_entry = { \
      ROUNDHOUSE_PLUGIN_MAGIC,                                                                             \
      ROUNDHOUSE_PLUGIN_API_MAJOR,                                                                         \
      ROUNDHOUSE_PLUGIN_API_MINOR,                                                                         \
      sizeof(RoundhousePluginEntry),                                                                       \
      roundhouse::plugin::cxx_abi(),                                                                       \
      0,                                                                                                   \
      0,                                                                                                   \
      ID,                                                                                                  \
      []() -> void* { return static_cast<roundhouse::plugin::Plugin*>(new CLASS); },                       \
      [](void* plugin) { delete static_cast<roundhouse::plugin::Plugin*>(plugin); }}
