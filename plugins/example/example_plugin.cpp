// SPDX-License-Identifier: GPL-3.0-or-later
// The core of the example plugin: what plugin.json lists, registered in initialise(). plugins/README.md walks through it.
#include <nlohmann/json.hpp>

#include "plugins/api/core/plugin.h"
#include "plugins/example/expression.h"
#include "plugins/example/pairs_import.h"
#include "plugins/example/sums_task.h"

namespace example {
namespace {

using namespace roundhouse;
using Json = nlohmann::json;

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Works it out and leaves an audit entry: the one thing that tool and command share.
Result<Calculation> calculate_and_log(plugin::Host& host, const std::string& expression, const std::string& conversation) {
  RH_ASSIGN(Calculation calculation, calculate(expression));
  plugin::AuditNote note;
  note.action = "calculated";
  note.session = conversation;
  note.texts = {{"expression", expression}, {"result", calculation.result()}};
  RH_ASSIGN(const std::int64_t entry, host.audit(note));
  host.log(plugin::LogLevel::debug, "audit entry " + std::to_string(entry));
  return calculation;
}

class CalculateTool final : public plugin::Tool {
 public:
  explicit CalculateTool(plugin::Host& host) : host_(host) {}

  ToolSpec spec() const override {
    return {"calculate", "Works out an arithmetic expression exactly as a pocket calculator does.",
            R"({"type":"object","properties":{"expression":{"type":"string","description":"for example (17 + 4) * 2.5"}},"required":["expression"]})"};
  }
  std::string text_argument() const override { return "expression"; }

  Result<plugin::ToolResult> call(const plugin::ToolCall& call) override {
    const Json arguments = Json::parse(call.arguments_json, nullptr, false);
    const auto expression = arguments.is_object() ? arguments.find("expression") : arguments.end();
    if (expression == arguments.end() || !expression->is_string()) {
      return Error{ErrorCode::invalid_argument, "calculate", "arguments", R"({"expression": TEXT}, for example /calculate 17 * 23)", call.arguments_json};
    }
    const std::string text = expression->get<std::string>();
    RH_ASSIGN(const Calculation calculation, calculate_and_log(host_, text, call.conversation));
    return plugin::ToolResult{text + " = " + calculation.result(), citations(calculation)};
  }

 private:
  plugin::Host& host_;
};

class CalculateCommand final : public plugin::Command {
 public:
  explicit CalculateCommand(plugin::Host& host) : host_(host) {}

  std::string name() const override { return "example-calculate"; }
  std::string usage() const override {
    return "usage: roundhouse-cli example-calculate [--json] EXPRESSION...\n"
           "Works out an arithmetic expression with + - * / % ^ and parentheses, for example\n"
           "  roundhouse-cli example-calculate '(17 + 4) * 2.5'\n";
  }

  Result<int> run(const plugin::CommandCall& call) override {
    std::string expression;
    for (const std::string& argument : call.arguments) expression += (expression.empty() ? "" : " ") + argument;
    if (expression.empty()) {
      call.output.note(usage());
      return 2;
    }
    RH_ASSIGN(const Calculation calculation, calculate_and_log(host_, expression, {}));
    if (!call.json) {
      RH_TRY(call.output.out(calculation.result() + "\n"));
      return 0;
    }
    Json json = {{"expression", expression}, {"result", calculation.value}, {"citations", Json::array()}};
    for (const Citation& citation : citations(calculation)) {
      json["citations"].push_back({{"source", citation.source}, {"locator", citation.locator}, {"quote", citation.quote}});
    }
    RH_TRY(call.output.out(to_text(json) + "\n"));
    return 0;
  }

 private:
  plugin::Host& host_;
};

class ExamplePlugin final : public plugin::Plugin {
 public:
  Status initialise(plugin::Host& host, plugin::Registry& registry) override {
    RH_TRY(registry.add_tool(std::make_unique<CalculateTool>(host)));
    RH_TRY(registry.add_command(std::make_unique<CalculateCommand>(host)));
    RH_TRY(registry.add_eval_task(std::make_unique<SumsTask>(host)));
    return registry.add_import(std::make_unique<PairsImport>());
  }
};

}  // namespace
}  // namespace example

ROUNDHOUSE_PLUGIN(example::ExamplePlugin, "roundhouse.example");
