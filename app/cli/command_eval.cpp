// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <functional>
#include <limits>
#include <optional>

#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "roundhouse/atomic_file.h"

namespace roundhouse::cli {
namespace {

struct EvalOptions : CommandOptions {
  ModelOptions model;
  std::string task, data;
  std::int64_t limit = 0;
};

Result<int> run_eval(Cli& cli, const EvalOptions& options) {
  cli.set_plugin_model(options.model);
  const CancelToken cancel;
  {
    const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
    RH_TRY(cli.plugins().start_owner(plugins::PluginManager::Kind::eval_task, options.task, cancel));
  }
  plugin::EvalCall call;
  call.data = options.data;
  call.limit = options.limit;
  call.adapter = options.model.adapter;
  call.cancel = cancel;
  // (Loading the model has a scope of its own, within the first request.)
  const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
  RH_ASSIGN(const plugin::EvalReport report, cli.plugins().run_eval(options.task, call));
  if (options.json) {
    Json json = {{"task", options.task}, {"items", report.items}, {"metrics", Json::object()}};
    for (const plugin::EvalMetric& metric : report.metrics) json["metrics"][metric.name] = {{"value", metric.value}, {"unit", metric.unit}};
    if (!report.details_json.empty()) json["details"] = Json::parse(report.details_json, nullptr, false);
    RH_TRY(cli.out.write(to_text(json) + "\n"));
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows = {{"items", std::to_string(report.items), ""}};
  for (const plugin::EvalMetric& metric : report.metrics) rows.push_back({metric.name, fmt::format("{:.4g}", metric.value), metric.unit});
  RH_TRY(cli.out.write(terminal_safe(table_text(rows))));
  return exit_ok;
}

struct ImportOptions : CommandOptions {
  std::string import, file, output;
};

const char* role_name(Role role) {
  switch (role) {
    case Role::system: return "system";
    case Role::user: return "user";
    case Role::assistant: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

// One conversation a line, as chat data is commonly written: {"messages": [{"role", "content"}]}.
class LineSink final : public plugin::ImportSink {
 public:
  LineSink(Cli& cli, std::function<Status(std::string_view)> write) : cli_(cli), write_(std::move(write)) {}
  Status conversation(const plugin::ImportedConversation& conversation) override {
    Json messages = Json::array();
    for (const Message& message : conversation.messages) {
      std::string text;
      for (const Part& part : message.parts) {
        const auto* piece = std::get_if<TextPart>(&part.content);
        if (!piece) return problem({conversation.source, "it has a part that is not text"});
        text += piece->text;
      }
      messages.push_back({{"role", role_name(message.role)}, {"content", text}});
    }
    ++conversations;
    return write_(to_text({{"messages", messages}, {"source", conversation.source}}) + "\n");
  }
  Status problem(const plugin::ImportProblem& problem) override {
    if (++problems <= 20) cli_.note(problem.source + ": " + problem.what);
    return Ok{};
  }
  std::int64_t conversations = 0, problems = 0;

 private:
  Cli& cli_;
  std::function<Status(std::string_view)> write_;
};

Result<int> run_import(Cli& cli, const ImportOptions& options) {
  const CancelToken cancel;
  const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
  RH_TRY(cli.plugins().start_owner(plugins::PluginManager::Kind::import, options.import, cancel));
  std::optional<AtomicFile> file;
  if (!options.output.empty()) {
    RH_ASSIGN(file, AtomicFile::create(options.output));
  }
  LineSink sink(cli, [&](std::string_view text) { return file ? file->write(text) : cli.out.write(text); });
  RH_TRY(cli.plugins().run_import(options.import, options.file, sink, cancel));
  if (file) RH_TRY(file->commit());
  RH_ASSIGN(const int version, cli.plugins().import_version(options.import));
  if (options.json && file) {
    RH_TRY(cli.out.write(to_text({{"import", options.import}, {"version", version}, {"file", options.output}, {"conversations", sink.conversations}, {"problems", sink.problems}}) + "\n"));
  } else {
    cli.note(fmt::format("{} (version {}): {} conversations, {} items left out", options.import, version, sink.conversations, sink.problems));
  }
  return exit_ok;
}

}  // namespace

void add_eval(CLI::App& root, Commands& commands) {
  auto& options = add_command<EvalOptions>(root, commands, "eval", "Measure a model with a plugin's task", &run_eval);
  options.app->add_option("TASK", options.task, "Name of the task; `plugins` lists them")->required();
  options.app->add_option("--data", options.data, "Data set [the task's own]");
  options.app->add_option("--limit", options.limit, "At most so many items; 0: all [0]")->transform(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  add_model_options(*options.app, options.model);
}

void add_import(CLI::App& root, Commands& commands) {
  auto& options = add_command<ImportOptions>(root, commands, "import", "Turn a file into conversations with a plugin's import", &run_import);
  options.app->add_option("IMPORT", options.import, "Name of the import; `plugins` lists them")->required();
  options.app->add_option("FILE", options.file, "What to read")->required();
  options.app->add_option("-o,--output", options.output, "JSONL file to write [standard output]");
}

}  // namespace roundhouse::cli
