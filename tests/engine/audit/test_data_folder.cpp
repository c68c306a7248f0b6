// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <cstdlib>

#include "roundhouse/data_folder.h"
#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;

class TestDataFolder : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void followsTheEnvironment() {
    ::setenv("ROUNDHOUSE_DATA", "/own/place", 1);
    ::setenv("XDG_DATA_HOME", "/xdg", 1);
    ::setenv("HOME", "/home/ada", 1);
    QCOMPARE(data_folder().string(), std::string("/own/place"));
    ::setenv("ROUNDHOUSE_DATA", "relative", 1);
    QCOMPARE(data_folder(), std::filesystem::current_path() / "relative");
    ::setenv("ROUNDHOUSE_DATA", "", 1);
    QCOMPARE(data_folder().string(), std::string("/xdg/roundhouse"));
    ::unsetenv("ROUNDHOUSE_DATA");
    ::setenv("XDG_DATA_HOME", "relative/is/ignored", 1);
    QCOMPARE(data_folder().string(), std::string("/home/ada/.local/share/roundhouse"));
    ::unsetenv("XDG_DATA_HOME");
    QCOMPARE(data_folder().string(), std::string("/home/ada/.local/share/roundhouse"));
    ::unsetenv("HOME");
    QVERIFY(data_folder().is_absolute());
  }

  // A relative path where the working directory was deleted: an error, not an exception.
  void aDeletedWorkingDirectoryIsAnError() {
    const LogFolder parent;
    const auto before = std::filesystem::current_path();
    std::filesystem::create_directory(parent.path() / "gone");
    std::filesystem::current_path(parent.path() / "gone");
    std::filesystem::remove(parent.path() / "gone");
    const Status folder = create_private_folder("a/b");
    AuditOptions options;
    options.database = "audit.db";
    const auto log = AuditLog::open(options);
    options.read_only = true;
    const auto reader = AuditLog::open(options);
    std::filesystem::current_path(before);
    QVERIFY(!folder.ok() && !log.ok() && !reader.ok());
    QVERIFY2(folder.error().message().starts_with("create folder: a"), folder.error().message().c_str());
  }

  void createsOnlyForTheUser() {
    const LogFolder parent;
    const auto folder = parent.path() / "a" / "b";
    QVERIFY(create_private_folder(folder).ok());
    QVERIFY(create_private_folder(folder).ok());
    struct stat info {};
    QCOMPARE(::stat((parent.path() / "a").c_str(), &info), 0);
    QCOMPARE(info.st_mode & 0777, mode_t{0700});
    write_file(folder / "file", "");
    const auto below = create_private_folder(folder / "file" / "c");
    QVERIFY(!below.ok());
    QVERIFY(below.error().code == ErrorCode::io);
    QVERIFY(below.error().message().find((folder / "file").string()) != std::string::npos);
  }
};

QTEST_APPLESS_MAIN(TestDataFolder)
#include "test_data_folder.moc"
