// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/plugin_host.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse;
using namespace roundhouse::plugins;

namespace {

Manifest manifest() {
  Manifest result;
  result.id = "test.host";
  result.version = "1.5";
  result.audit_actions = {{"noted", {}}};
  return result;
}

struct Fixture {
  scratch::Folder folder;
  std::vector<AuditEntry> entries;
  std::vector<std::string> lines;
  std::shared_ptr<HostServices> services = std::make_shared<HostServices>();
  std::unique_ptr<PluginHost> host;
  Fixture() {
    services->audit = [this](AuditEntry entry) -> Result<std::int64_t> {
      entries.push_back(std::move(entry));
      return std::int64_t{41};
    };
    services->log = [this](plugin::LogLevel, const std::string& plugin, std::string_view line) { lines.push_back(plugin + ": " + std::string(line)); };
    host = std::make_unique<PluginHost>(manifest(), services, StateStore(folder.path()), PluginHost::CallTool());
  }
};

}  // namespace

class TestPluginHost : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void auditEntriesAreNamed() {
    Fixture fixture;
    const auto number = fixture.host->audit({"noted", "talk-1", 7, R"({"n": 2})", {{"input", "text"}}});
    QCOMPARE(*number, std::int64_t{41});
    const AuditEntry& entry = fixture.entries.at(0);
    QCOMPARE(entry.kind, std::string("plugin"));
    QCOMPARE(entry.plugin, std::string("test.host"));
    QCOMPARE(entry.action, std::string("noted"));
    QCOMPARE(entry.session, std::string("talk-1"));
    QCOMPARE(entry.refers_to, std::int64_t{7});
    QCOMPARE(entry.extra_json, std::string(R"({"data":{"n":2},"version":"1.5"})"));
    QCOMPARE(entry.texts.at(0).part, std::string("input"));
    QCOMPARE(entry.texts.at(0).text, std::string("text"));
  }
  void auditRefusesWhatIsNotDeclaredOrNotJson() {
    Fixture fixture;
    QCOMPARE(fixture.host->audit({"other", {}, 0, {}, {}}).error().code, ErrorCode::invalid_argument);
    QCOMPARE(fixture.host->audit({"noted", {}, 0, "{", {}}).error().code, ErrorCode::invalid_argument);
    QVERIFY(fixture.entries.empty());
    fixture.services->audit = {};
    QCOMPARE(fixture.host->audit({"noted", {}, 0, {}, {}}).error().code, ErrorCode::unsupported);
  }
  void scoreChecksItsRequest() {
    Fixture fixture;
    plugin::ScoreRequest request;
    QCOMPARE(fixture.host->score(request).error().code, ErrorCode::invalid_argument);  // no prompt
    request.prompt = "p";
    QCOMPARE(fixture.host->score(request).error().code, ErrorCode::invalid_argument);  // no labels
    request.labels = {"a", ""};
    QCOMPARE(fixture.host->score(request).error().code, ErrorCode::invalid_argument);  // an empty one
    request.labels = {"a"};
    QCOMPARE(fixture.host->score(request).error().code, ErrorCode::unsupported);       // no model behind it
    request.messages = {Message::text(Role::user, "x")};
    QCOMPARE(fixture.host->score(request).error().code, ErrorCode::invalid_argument);  // both
    request.prompt.clear();
    fixture.services->score = [](const plugin::ScoreRequest& given) -> Result<plugin::ScoreResult> {
      return plugin::ScoreResult{{{given.labels[0], -1.5, 2}}, nullptr, "m", ""};
    };
    QCOMPARE(fixture.host->score(request)->scores.at(0).logprob, -1.5);
  }
  void whatTheProgramHasNotIsUnsupported() {
    Fixture fixture;
    plugin::EmbeddingRequest request;
    QCOMPARE(fixture.host->embed(request).error().code, ErrorCode::invalid_argument);
    request.text = "x";
    QCOMPARE(fixture.host->embed(request).error().code, ErrorCode::unsupported);
    QCOMPARE(fixture.host->jobs().submit({"train", "", ""}).error().code, ErrorCode::unsupported);
    QCOMPARE(fixture.host->jobs().status("1").error().code, ErrorCode::unsupported);
    QCOMPARE(fixture.host->jobs().watch("1", {}).error().code, ErrorCode::unsupported);
    QCOMPARE(fixture.host->jobs().cancel("1").error().code, ErrorCode::unsupported);
    QCOMPARE(fixture.host->allow_connection({"example.org", 443, "prices"}).error().code, ErrorCode::unsupported);
    QCOMPARE(fixture.host->call_tool("x", "{}", {}).error().code, ErrorCode::not_found);
  }
  void connectionsAskTheProgram() {
    Fixture fixture;
    fixture.services->allow_connection = [](const std::string& plugin, const plugin::NetworkRequest& request) -> Status {
      if (plugin == "test.host" && request.host == "example.org") return Ok{};
      return Error{ErrorCode::conflict, "open connection", request.host, "to be online", "offline"};
    };
    QVERIFY(fixture.host->allow_connection({"example.org", 443, "prices"}).ok());
    QCOMPARE(fixture.host->allow_connection({"example.net", 443, "prices"}).error().code, ErrorCode::conflict);
    QCOMPARE(fixture.host->allow_connection({"example.org", 0, "prices"}).error().code, ErrorCode::invalid_argument);
    QCOMPARE(fixture.host->allow_connection({"example.org", 443, ""}).error().code, ErrorCode::invalid_argument);
  }
  void settingsAndFolderAreItsOwn() {
    Fixture fixture;
    QVERIFY(fixture.host->settings().set("k", "v").ok());
    QCOMPARE(**fixture.host->settings().get("k"), std::string("v"));
    QVERIFY(fixture.host->settings().remove("k").ok());
    QVERIFY(!fixture.host->settings().get("k")->has_value());
    QCOMPARE(*fixture.host->data_folder(), fixture.folder.path() / "data" / "test.host");
  }
  void logLinesAreOneLine() {
    Fixture fixture;
    fixture.host->log(plugin::LogLevel::info, "a\nb");
    QCOMPARE(fixture.lines.at(0), std::string("test.host: a\\x0ab"));
  }
};

QTEST_APPLESS_MAIN(TestPluginHost)
#include "test_plugin_host.moc"
