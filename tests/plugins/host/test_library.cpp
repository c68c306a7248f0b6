// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/library.h"

#include <QTest>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse::plugins;
namespace fs = std::filesystem;

// What a broken library gives is tested through the probe (test_probe_runner): it must not be loaded here.
class TestLibrary : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void findsTheEntry() {
    void* handle = nullptr;
    QVERIFY(!open_library(fs::path(FULL_FOLDER) / "libplugin_full.so", Phase::open, &handle));
    const RoundhousePluginEntry* entry = nullptr;
    QVERIFY(!check_entry(handle, ROUNDHOUSE_PLUGIN_SYMBOL, ROUNDHOUSE_PLUGIN_MAGIC, "test.full", Phase::check, &entry));
    QCOMPARE(entry->id, "test.full");
    QVERIFY(entry->create && entry->destroy);
  }
  void refusesAnotherId() {
    void* handle = nullptr;
    QVERIFY(!open_library(fs::path(FULL_FOLDER) / "libplugin_full.so", Phase::open, &handle));
    const RoundhousePluginEntry* entry = nullptr;
    const auto failure = check_entry(handle, ROUNDHOUSE_PLUGIN_SYMBOL, ROUNDHOUSE_PLUGIN_MAGIC, "test.other", Phase::check, &entry);
    QCOMPARE(failure->kind, FailureKind::wrong_id);
    QVERIFY(!entry);
  }
  void aCoreIsNoPanel() {
    void* handle = nullptr;
    QVERIFY(!open_library(fs::path(FULL_FOLDER) / "libplugin_full.so", Phase::open, &handle));
    const RoundhousePluginEntry* entry = nullptr;
    QCOMPARE(check_entry(handle, ROUNDHOUSE_PANEL_SYMBOL, ROUNDHOUSE_PANEL_MAGIC, "test.full", Phase::panel_check, &entry)->kind, FailureKind::no_entry);
    QCOMPARE(check_entry(handle, ROUNDHOUSE_PLUGIN_SYMBOL, ROUNDHOUSE_PANEL_MAGIC, "test.full", Phase::panel_check, &entry)->kind, FailureKind::no_entry);
  }
  void versionIsCheckedBeforeAll() {
    void* handle = nullptr;
    QVERIFY(!open_library(fs::path(HOSTILE_FOLDER) / "wrong_version" / "libwrong_version.so", Phase::open, &handle));
    const RoundhousePluginEntry* entry = nullptr;
    // Also the id is another one; the version is what is told.
    QCOMPARE(check_entry(handle, ROUNDHOUSE_PLUGIN_SYMBOL, ROUNDHOUSE_PLUGIN_MAGIC, "test.full", Phase::check, &entry)->kind, FailureKind::version);
  }
  void tellsWhyNot() {
    const scratch::Folder folder;
    void* handle = nullptr;
    QCOMPARE(open_library(folder.path() / "none.so", Phase::open, &handle)->kind, FailureKind::missing_file);
    QCOMPARE(open_library(folder.path(), Phase::open, &handle)->kind, FailureKind::missing_file);
    QCOMPARE(open_library(folder.write("text.so", "hello"), Phase::open, &handle)->kind, FailureKind::not_a_library);
    QCOMPARE(open_library(fs::path(HOSTILE_FOLDER) / "missing_library" / "libmissing_library.so", Phase::open, &handle)->kind, FailureKind::missing_library);
    QVERIFY(!handle);
  }
};

QTEST_APPLESS_MAIN(TestLibrary)
#include "test_library.moc"
