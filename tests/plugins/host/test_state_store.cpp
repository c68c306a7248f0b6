// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/state_store.h"

#include <QTest>

#include <fstream>
#include <thread>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse;
using namespace roundhouse::plugins;

class TestStateStore : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void remembersWhatIsSwitchedOff() {
    const scratch::Folder folder;
    const StateStore store(folder.path() / "state");
    QVERIFY(store.disabled()->empty());
    QVERIFY(store.set_disabled("a.b", true).ok() && store.set_disabled("c.d", true).ok() && store.set_disabled("a.b", false).ok());
    QCOMPARE(*StateStore(folder.path() / "state").disabled(), std::set<std::string>{"c.d"});
  }
  void settingsOfEachPlugin() {
    const scratch::Folder folder;
    const StateStore store(folder.path());
    QVERIFY(!store.setting("a.b", "key")->has_value());
    QVERIFY(store.set_setting("a.b", "key", "圆\n\"").ok());
    QCOMPARE(**store.setting("a.b", "key"), std::string("圆\n\""));
    QVERIFY(!store.setting("c.d", "key")->has_value());
    QVERIFY(store.set_setting("a.b", "key", std::nullopt).ok());
    QVERIFY(!store.setting("a.b", "key")->has_value());
  }
  void refusesBadKeysAndValues() {
    const scratch::Folder folder;
    const StateStore store(folder.path());
    for (const std::string key : {"", "a/b", "a b", "\xff"}) {
      QCOMPARE(store.set_setting("a.b", key, "x").error().code, ErrorCode::invalid_argument);
      QCOMPARE(store.setting("a.b", key).error().code, ErrorCode::invalid_argument);
    }
    QCOMPARE(store.set_setting("a.b", std::string(65, 'k'), "x").error().code, ErrorCode::invalid_argument);
    QCOMPARE(store.set_setting("a.b", "k", "\xff").error().code, ErrorCode::invalid_argument);
    QVERIFY(store.set_setting("a.b", "k", std::string(65536, 'x')).ok());
    QCOMPARE(store.set_setting("a.b", "k", std::string(65537, 'x')).error().code, ErrorCode::invalid_argument);
  }
  void damagedFilesAreToldAndKept() {
    const scratch::Folder folder;
    const StateStore store(folder.path());
    folder.write("disabled.json", "{\"disabled\": [\"a.b\"");
    QCOMPARE(store.disabled().error().code, ErrorCode::malformed);
    QVERIFY(!store.set_disabled("c.d", true).ok());
    std::ifstream file(folder.path() / "disabled.json");
    std::string kept;
    std::getline(file, kept);
    QCOMPARE(kept, std::string("{\"disabled\": [\"a.b\""));
  }
  void unwritableFolderIsTold() {
    const StateStore store("/proc/self/nowhere");
    QVERIFY(!store.set_disabled("a.b", true).ok());
    QVERIFY(!store.data_folder("a.b").ok());
    QVERIFY(store.disabled()->empty());
  }
  void concurrentChangesAllArrive() {
    const scratch::Folder folder;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        const StateStore store(folder.path());
        for (int i = 0; i < 10; ++i) (void)store.set_disabled("p." + std::string(1, static_cast<char>('a' + t)) + std::to_string(i), true);
      });
    }
    for (auto& thread : threads) thread.join();
    QCOMPARE(StateStore(folder.path()).disabled()->size(), std::size_t{40});
  }
  void countsLoadsThatNeverEnded() {
    const scratch::Folder folder;
    const StateStore store(folder.path());
    QCOMPARE(store.unfinished_loads("a.b"), 0);
    QVERIFY(store.begin_loading("a.b").ok() && store.begin_loading("a.b").ok());
    QCOMPARE(store.unfinished_loads("a.b"), 2);
    QCOMPARE(store.unfinished_loads("c.d"), 0);
    store.loaded("a.b");
    QCOMPARE(store.unfinished_loads("a.b"), 0);
  }
  void aPluginsFolderIsPrivate() {
    const scratch::Folder folder;
    const auto data = StateStore(folder.path()).data_folder("a.b");
    QCOMPARE(std::filesystem::status(*data).permissions(), std::filesystem::perms::owner_all);
  }
};

QTEST_APPLESS_MAIN(TestStateStore)
#include "test_state_store.moc"
