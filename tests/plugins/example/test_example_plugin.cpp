// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <nlohmann/json.hpp>

#include "plugins/host/plugin_manager.h"
#include "plugins/host/tool_invocation.h"
#include "tests/plugins/host/scratch.h"

using namespace roundhouse;
using namespace roundhouse::plugins;

namespace {

struct Collected final : plugin::Output {
  Status out(std::string_view text) override {
    written += text;
    return Ok{};
  }
  void note(std::string_view line) override { notes += line; }
  std::string written, notes;
};

struct Fixture {
  Fixture() {
    PluginManagerOptions options;
    options.folders = {{PluginOrigin::bundled, EXAMPLE_FOLDER}};
    options.state_folder = state.path();
    options.probe = {PROBE_PROGRAM, 30};
    auto services = std::make_shared<HostServices>();
    services->audit = [this](AuditEntry entry) -> Result<std::int64_t> {
      entries.push_back(std::move(entry));
      return static_cast<std::int64_t>(entries.size());
    };
    options.services = services;
    manager = std::make_unique<PluginManager>(std::move(options));
    manager->discover();
    manager->start_all();
  }
  scratch::Folder state;
  std::vector<AuditEntry> entries;
  std::unique_ptr<PluginManager> manager;
};

}  // namespace

// The template that authors copy, as a user meets it: tool, command and audit entry of the built plugin.
class TestExamplePlugin : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void runs() {
    Fixture fixture;
    const auto list = fixture.manager->list();
    QCOMPARE(list.size(), std::size_t{1});
    QVERIFY2(list[0].state == PluginState::running, list[0].failure ? list[0].failure->reason().c_str() : "");
  }
  void aPersonCallsTheTool() {
    Fixture fixture;
    const auto input = parse_tool_input("/calculate 17 * 23", fixture.manager->tools(), "c1");
    QVERIFY(input.ok() && input->call);
    const auto result = fixture.manager->call_tool(*input->call, "talk");
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().message().c_str());
    QCOMPARE(tool_result_text(*result), std::string("17 * 23 = 391\n[1] expression, characters 1 to 2: 17\n[2] expression, characters 6 to 7: 23\n"));
    QCOMPARE(fixture.entries.at(1).action, std::string("calculated"));
    QCOMPARE(fixture.entries.at(1).plugin, std::string("roundhouse.example"));
    QCOMPARE(fixture.entries.at(1).texts.at(0).text, std::string("17 * 23"));
    QCOMPARE(fixture.entries.at(1).texts.at(1).text, std::string("391"));
  }
  void wrongArgumentsAreTold() {
    Fixture fixture;
    for (const char* arguments : {"{}", "{\"expression\": 7}"}) {
      QCOMPARE(fixture.manager->call_tool({"c", "calculate", arguments}, {}).error().code, ErrorCode::invalid_argument);
    }
    QCOMPARE(fixture.manager->call_tool({"c", "calculate", "{\"expression\": \"1 +\"}"}, {}).error().code, ErrorCode::malformed);
  }
  void command() {
    Fixture fixture;
    Collected output;
    QCOMPARE(*fixture.manager->run_command("example-calculate", {{"(17", "+ 4)", "* 2.5"}, false, output, {}}), 0);
    QCOMPARE(output.written, std::string("52.5\n"));
    Collected json;
    QCOMPARE(*fixture.manager->run_command("example-calculate", {{"2^10"}, true, json, {}}), 0);
    const auto parsed = nlohmann::json::parse(json.written);
    QCOMPARE(parsed["result"].get<double>(), 1024.0);
    QCOMPARE(parsed["citations"][1]["quote"].get<std::string>(), std::string("10"));
    Collected none;
    QCOMPARE(*fixture.manager->run_command("example-calculate", {{}, false, none, {}}), 2);
    QVERIFY(none.notes.find("usage:") == 0 && none.written.empty());
  }
};

QTEST_GUILESS_MAIN(TestExamplePlugin)
#include "test_example_plugin.moc"
