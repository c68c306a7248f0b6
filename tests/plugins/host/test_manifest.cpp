// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/manifest.h"

#include <QTest>

#include <nlohmann/json.hpp>
#include <random>

#include "plugins/api/core/entry.h"
#include "plugins/host/files.h"
#include "tests/plugins/host/scratch.h"

using namespace roundhouse;
using namespace roundhouse::plugins;
using Json = nlohmann::json;

namespace {

Json good() {
  return {{"roundhouse_plugin", 1},
          {"id", "org.example.words"},
          {"name", {{"en", "Words"}, {"zh", "词"}}},
          {"description", "Counts."},
          {"version", "1.2.3"},
          {"api", "1.0"},
          {"licence", "MIT"},
          {"author", "A"},
          {"core", "libwords.so"},
          {"panel", "libwords-panel.so"},
          {"contributes",
           {{"commands", {{{"name", "words-count"}, {"summary", {{"en", "Counts"}, {"zh", "计数"}}}}}},
            {"tools", {{{"name", "word_count"}, {"summary", "Counts"}}}},
            {"panels", {{{"name", "words"}, {"summary", "Words"}}}}}}};
}

}  // namespace

class TestManifest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsAll() {
    const auto manifest = parse_manifest(good().dump(), "plugin.json");
    QVERIFY2(manifest.ok(), manifest.ok() ? "" : manifest.error().message().c_str());
    QCOMPARE(manifest->id, std::string("org.example.words"));
    QCOMPARE(manifest->name.in("zh_CN"), std::string("词"));
    QCOMPARE(manifest->name.in("de"), std::string("Words"));
    QCOMPARE(manifest->description.in("zh"), std::string("Counts."));
    QCOMPARE(manifest->api_major, 1);
    QCOMPARE(manifest->api_minor, 0);
    QCOMPARE(manifest->panel, std::string("libwords-panel.so"));
    QCOMPARE(manifest->commands.at(0).name, std::string("words-count"));
    QCOMPARE(manifest->commands.at(0).summary.zh, std::string("计数"));
    QCOMPARE(manifest->tools.at(0).name, std::string("word_count"));
    QVERIFY(manifest->imports.empty());
  }

  void refuses_data() {
    QTest::addColumn<QByteArray>("patch");  // JSON merge patch (RFC 7386) on a good manifest
    QTest::addColumn<QByteArray>("named");  // what the error must name
    const auto row = [](const char* name, const char* patch, const char* named) {
      QTest::newRow(name) << QByteArray(patch) << QByteArray(named);
    };
    row("no format", R"({"roundhouse_plugin": null})", "roundhouse_plugin");
    row("format of the future", R"({"roundhouse_plugin": 2})", "roundhouse_plugin");
    row("huge format", R"({"roundhouse_plugin": 1e300})", "roundhouse_plugin");
    row("no id", R"({"id": null})", "id");
    row("id without dot", R"({"id": "words"})", "id");
    row("id that is a path", R"({"id": "../../etc.passwd"})", "id");
    row("id with capitals", R"({"id": "org.Example"})", "id");
    row("id ends in a dot", R"({"id": "org.example."})", "id");
    row("id of another type", R"({"id": 7})", "id");
    row("name with a line break", R"({"name": "a\nb"})", "name");
    row("name with an escape", "{\"name\": {\"en\": \"\\u001b[2J\"}}", "name.en");  // (moc cannot read \\u in a raw string)
    row("empty name", R"({"name": ""})", "name");
    row("name only in Chinese", R"({"name": {"en": null}})", "name.en");
    row("version", R"({"version": "one"})", "version");
    row("api without minor", R"({"api": "1"})", "api");
    row("api not a version", R"({"api": "1.x"})", "api");
    row("api beyond numbers", R"({"api": "99999999999.1"})", "api");
    row("no licence", R"({"licence": null})", "licence");
    row("core elsewhere", R"({"core": "../libwords.so"})", "core");
    row("core absolute", R"({"core": "/lib/libc.so"})", "core");
    row("core not a library", R"({"core": "words.py"})", "core");
    row("core empty", R"({"core": ""})", "core");
    row("panel elsewhere", R"({"panel": "x/y.so"})", "panel");
    row("panels without library", R"({"panel": null})", "panel");
    row("command of one word", R"({"contributes": {"commands": [{"name": "chat", "summary": "x"}]}})", "contributes.commands[0].name");
    row("command twice", R"({"contributes": {"commands": [{"name": "a-b", "summary": "x"}, {"name": "a-b", "summary": "x"}]}})", "contributes.commands[1].name");
    row("tool with a dash", R"({"contributes": {"tools": [{"name": "a-b", "summary": "x"}]}})", "contributes.tools[0].name");
    row("command without summary", R"({"contributes": {"commands": [{"name": "a-b"}]}})", "contributes.commands[0].summary");
    row("contributions not a list", R"({"contributes": {"tools": "word_count"}})", "contributes.tools");
    row("contributions not an object", R"({"contributes": []})", "contributes");
  }
  void refuses() {
    QFETCH(QByteArray, patch);
    QFETCH(QByteArray, named);
    Json manifest = good();
    manifest.merge_patch(Json::parse(patch.toStdString()));
    const auto result = parse_manifest(manifest.dump(), "plugin.json");
    QVERIFY(!result.ok());
    const QByteArray message = QByteArray::fromStdString(result.error().message());
    QVERIFY2(message.contains("plugin.json: " + named), message.constData());
  }

  void refusesBytes() {
    const auto code = [](const std::string& bytes) { return parse_manifest(bytes, "x").error().code; };
    QCOMPARE(code(""), ErrorCode::malformed);
    QCOMPARE(code("[]"), ErrorCode::malformed);
    QCOMPARE(code("{\"id\": "), ErrorCode::malformed);
    QCOMPARE(code(std::string(60000, '[')), ErrorCode::malformed);
    QCOMPARE(code(std::string(manifest_limit_bytes + 1, ' ')), ErrorCode::limit);
    std::string bytes = good().dump();
    bytes.replace(bytes.find("Counts."), 7, "Coun\xff\xfes");
    const auto result = parse_manifest(bytes, "x");
    QCOMPARE(result.error().code, ErrorCode::malformed);
    QVERIFY(result.error().message().find("0xff") != std::string::npos);
  }

  void tellsTooLargeFromAFile() {
    const scratch::Folder folder;
    std::string text = good().dump();
    text.resize(manifest_limit_bytes, ' ');
    QVERIFY(read_manifest(folder.write("fits", text)).ok());
    QCOMPARE(read_manifest(folder.write("larger", text + " ")).error().code, ErrorCode::limit);
    QCOMPARE(read_manifest(folder.path() / "none").error().code, ErrorCode::not_found);
  }

  // Whatever a byte becomes, the reader answers; and what it accepts obeys its own rules.
  void survivesRandomChanges() {
    std::mt19937 random(2);
    int accepted = 0;
    for (int i = 0; i < 20000; ++i) {
      std::string bytes = good().dump();
      for (unsigned n = 1 + random() % 3; n > 0; --n) {
        const std::size_t at = random() % bytes.size();
        switch (random() % 3) {
          case 0: bytes[at] = static_cast<char>(random()); break;
          case 1: bytes.erase(at, random() % 9); break;
          default: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 20)); break;
        }
      }
      const auto manifest = parse_manifest(bytes, "x");
      if (!manifest.ok()) continue;
      ++accepted;
      QVERIFY(manifest->core.find('/') == std::string::npos && !manifest->core.empty());
      QVERIFY(manifest->id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos);
    }
    QVERIFY(accepted > 100);
  }

  void apiVersions() {
    QVERIFY(check_api_version(ROUNDHOUSE_PLUGIN_API_MAJOR, ROUNDHOUSE_PLUGIN_API_MINOR, "x").ok());
    QCOMPARE(check_api_version(ROUNDHOUSE_PLUGIN_API_MAJOR, ROUNDHOUSE_PLUGIN_API_MINOR + 1, "x").error().code, ErrorCode::unsupported);
    QCOMPARE(check_api_version(ROUNDHOUSE_PLUGIN_API_MAJOR + 1, 0, "x").error().code, ErrorCode::unsupported);
    QCOMPARE(check_api_version(ROUNDHOUSE_PLUGIN_API_MAJOR - 1, 0, "x").error().code, ErrorCode::unsupported);
  }
};

QTEST_APPLESS_MAIN(TestManifest)
#include "test_manifest.moc"
