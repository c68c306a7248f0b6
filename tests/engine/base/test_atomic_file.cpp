// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "roundhouse/atomic_file.h"
#include "tests/engine/io/file_fixture.h"

using namespace roundhouse;
using roundhouse::test::Folder;

class TestAtomicFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void writesPiecesOfAnySize() {
    const Folder folder;
    std::mt19937 random(1);
    std::string expected;
    auto file = AtomicFile::create(folder.path("out"));
    RH_VERIFY_OK(file);
    while (expected.size() < (3u << 20)) {
      std::string piece(random() % 400000, static_cast<char>('a' + random() % 26));
      expected += piece;
      RH_VERIFY_OK(file->write(piece));
    }
    QCOMPARE(file->written_bytes(), std::uint64_t{expected.size()});
    QVERIFY(!folder.names().contains("out"));
    RH_VERIFY_OK(file->commit());
    QVERIFY(folder.read("out") == expected);
    QCOMPARE(folder.names(), QStringList{"out"});
    QVERIFY(!file->commit().ok());
  }
  void leavesTheOldContentWithoutCommit() {
    const Folder folder;
    const std::string path = folder.write("out", "old");
    {
      auto file = AtomicFile::create(path);
      RH_VERIFY_OK(file->write("new"));
      const AtomicFile moved = std::move(file).value();
    }
    QCOMPARE(folder.read("out"), std::string("old"));
    QCOMPARE(folder.names(), QStringList{"out"});
  }
  void followsLinksAndKeepsPermissions() {
    const Folder folder;
    const std::string path = folder.write("real", "old");
    QCOMPARE(::chmod(path.c_str(), 0640), 0);
    QCOMPARE(::symlink(path.c_str(), folder.path("link").c_str()), 0);
    RH_VERIFY_OK(write_file_atomically(folder.path("link"), "new"));
    QCOMPARE(folder.read("real"), std::string("new"));
    struct stat info {};
    QCOMPARE(::lstat(folder.path("link").c_str(), &info), 0);
    QVERIFY(S_ISLNK(info.st_mode));
    QCOMPARE(::stat(path.c_str(), &info), 0);
    QCOMPARE(info.st_mode & 07777, 0640u);
  }
  void aPrivateFileIsItsOwnersAlone() {
    const Folder folder;
    auto file = AtomicFile::create(folder.path("out"), FileAccess::owner_only);
    RH_VERIFY_OK(file->write("secret"));
    RH_VERIFY_OK(file->sync());
    const QStringList drafts = folder.names();
    QCOMPARE(drafts.size(), 1);
    QVERIFY(drafts[0] != QStringLiteral("out"));
    QCOMPARE(folder.read(drafts[0].toStdString().c_str()), std::string("secret"));
    RH_VERIFY_OK(file->commit());
    struct stat info {};
    QCOMPARE(::stat(folder.path("out").c_str(), &info), 0);
    QCOMPARE(info.st_mode & 07777, 0600u);
  }
  void saysWhyItCannot() {
    const Folder folder;
    RH_VERIFY_ERROR(write_file_atomically(folder.path("none/out"), "x"), ErrorCode::not_found, "create file", "none/out");
    RH_VERIFY_ERROR(write_file_atomically(folder.root(), "x"), ErrorCode::invalid_argument, "a folder");
    if (::geteuid() != 0) {
      QCOMPARE(::chmod(folder.root().c_str(), 0500), 0);
      RH_VERIFY_ERROR(write_file_atomically(folder.path("out"), "x"), ErrorCode::io, "permission denied");
      QCOMPARE(::chmod(folder.root().c_str(), 0700), 0);
    }
  }
  // A write that stops half-way, as on a full disk: here by a limit on the size of files.
  void aFailedWriteChangesNothing() {
    const Folder folder;
    const std::string path = folder.write("out", "old");
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit saved{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &saved), 0);
    rlimit small = saved;
    small.rlim_cur = 100000;
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Status status = write_file_atomically(path, std::string(3 << 20, 'n'));
    Status first = Ok{};
    Status second = Ok{};
    Status commit = Ok{};
    {
      auto file = AtomicFile::create(path);
      first = file->write(std::string(3 << 20, 'n'));
      QCOMPARE(::setrlimit(RLIMIT_FSIZE, &saved), 0);
      second = file->write("n");
      commit = file->commit();
    }
    QVERIFY(!status.ok() && !first.ok() && !second.ok() && !commit.ok());
    QVERIFY(status.error().message().find("larger than the limit") != std::string::npos);
    QCOMPARE(commit.error().message(), first.error().message());
    QCOMPARE(folder.read("out"), std::string("old"));
    QCOMPARE(folder.names(), QStringList{"out"});
  }
};

QTEST_APPLESS_MAIN(TestAtomicFile)
#include "test_atomic_file.moc"
