// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/discovery.h"

#include <QTest>

#include <sys/stat.h>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse::plugins;
namespace fs = std::filesystem;

class TestDiscovery : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void findsFoldersWithManifestsByName() {
    const scratch::Folder folder;
    folder.write("b/plugin.json", scratch::manifest("test.b"));
    folder.write("a/plugin.json", scratch::manifest("test.a"));
    folder.write("c/other.json", "{}");
    folder.write("plugin.txt", "");
    const auto found = discover_plugins({{PluginOrigin::user, folder.path()}, {PluginOrigin::user, folder.path() / "none"}});
    QCOMPARE(found.size(), std::size_t{2});
    QCOMPARE(found[0].manifest->id, std::string("test.a"));
    QCOMPARE(found[1].manifest->id, std::string("test.b"));
    QVERIFY(!found[0].failure && !found[1].failure);
  }
  void aFolderMayBeOnePlugin() {
    const scratch::Folder folder;
    folder.write("plugin.json", scratch::manifest("test.only"));
    QCOMPARE(discover_plugins({{PluginOrigin::environment, folder.path()}}).at(0).manifest->id, std::string("test.only"));
  }
  void brokenOnesAreListedAndOthersStand() {
    const scratch::Folder folder;
    folder.write("a/plugin.json", "{");
    folder.write("b/plugin.json", std::string(100000, '{'));
    folder.write("c/plugin.json", "{\"id\": \"\xff\"}");
    fs::create_directories(folder.path() / "d" / "plugin.json");
    fs::create_directories(folder.path() / "e");
    QCOMPARE(::mkfifo((folder.path() / "e" / "plugin.json").c_str(), 0600), 0);
    fs::create_directories(folder.path() / "f");
    fs::create_symlink("/nowhere", folder.path() / "f" / "plugin.json");
    folder.write("g/plugin.json", scratch::manifest("test.good"));
    const auto found = discover_plugins({{PluginOrigin::user, folder.path()}});
    QCOMPARE(found.size(), std::size_t{7});
    for (std::size_t i = 0; i < 6; ++i) {
      QVERIFY(found[i].failure.has_value());
      QCOMPARE(found[i].failure->kind, FailureKind::manifest);
      QVERIFY(found[i].failure->reason().size() > 30);
    }
    QVERIFY(!found[6].failure);
  }
  void anotherInterfaceIsToldFromTheManifestAlone() {
    const scratch::Folder folder;
    std::string text = scratch::manifest("test.future");
    text.replace(text.find("1.0"), 3, "2.0");
    folder.write("a/plugin.json", text);
    const auto found = discover_plugins({{PluginOrigin::user, folder.path()}});
    QCOMPARE(found.at(0).failure->kind, FailureKind::version);
    QVERIFY(found.at(0).failure->detail.find("2.0") != std::string::npos);
  }
  void theFirstOfTwoStands() {
    const scratch::Folder first, second;
    const std::string command = R"(,"contributes":{"commands":[{"name":"a-b","summary":"x"}]})";
    first.write("x/plugin.json", scratch::manifest("test.one", command));
    second.write("a/plugin.json", scratch::manifest("test.one"));
    second.write("b/plugin.json", scratch::manifest("test.two", command));
    second.write("c/plugin.json", scratch::manifest("test.three"));
    const auto found = discover_plugins({{PluginOrigin::environment, first.path()}, {PluginOrigin::user, second.path()}});
    QCOMPARE(found.size(), std::size_t{4});
    QVERIFY(!found[0].failure);
    QCOMPARE(found[1].failure->kind, FailureKind::duplicate);
    QVERIFY(found[1].failure->detail.find("id test.one is taken by " + first.path().string()) == 0);
    QVERIFY(found[2].failure->detail.find("command a-b is taken by") == 0);
    QVERIFY(!found[3].failure);
  }
  void placesInOrder() {
    const scratch::Folder folder;
    for (const char* name : {"env1", "env2", "plugins", "lib/roundhouse/plugins"}) fs::create_directories(folder.path() / name);
    fs::create_directories(folder.path() / "bin");
    qputenv("ROUNDHOUSE_PLUGINS", ((folder.path() / "env1").string() + ":/nowhere::" + (folder.path() / "env2").string()).c_str());
    const auto folders = plugin_folders(folder.path() / "bin", folder.path() / "user");
    qunsetenv("ROUNDHOUSE_PLUGINS");
    const fs::path root = fs::canonical(folder.path());
    QCOMPARE(folders.size(), std::size_t{5});
    QCOMPARE(folders[0].path, root / "env1");
    QCOMPARE(folders[0].origin, PluginOrigin::environment);
    QCOMPARE(folders[1].path, root / "env2");
    QCOMPARE(folders[2].path, root / "plugins");
    QCOMPARE(folders[2].origin, PluginOrigin::bundled);
    QCOMPARE(folders[3].path, root / "lib" / "roundhouse" / "plugins");
    QCOMPARE(folders[4].path, folder.path() / "user");
    QCOMPARE(folders[4].origin, PluginOrigin::user);
  }
};

QTEST_APPLESS_MAIN(TestDiscovery)
#include "test_discovery.moc"
