// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/files.h"

#include <QCryptographicHash>
#include <QTest>

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse;
using namespace roundhouse::plugins;

class TestFiles : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsUpToTheLimit() {
    const scratch::Folder folder;
    const auto file = folder.write("a", std::string(40000, 'x'));
    QCOMPARE(read_file(file, 1 << 20, "test")->size(), std::size_t{40000});
    QCOMPARE(read_file(file, 17000, "test")->size(), std::size_t{17000});
  }
  void whatIsNoFileIsRefusedAtOnce() {
    const scratch::Folder folder;
    QCOMPARE(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
    for (const auto& path : {folder.path() / "pipe", folder.path()}) {
      QCOMPARE(read_file(path, 10, "test").error().code, ErrorCode::invalid_argument);
      QCOMPARE(file_sha256(path, "test").error().code, ErrorCode::invalid_argument);
      QCOMPARE(file_stamp(path, "test").error().code, ErrorCode::invalid_argument);
    }
    QCOMPARE(read_file(folder.path() / "none", 10, "test").error().code, ErrorCode::not_found);
  }
  void replacesWholeFiles() {
    const scratch::Folder folder;
    const auto file = folder.write("a", "old");
    QVERIFY(write_file(file, "new content", "test").ok());
    QCOMPARE(*read_file(file, 100, "test"), std::string("new content"));
    QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path()), {}), std::ptrdiff_t{1});
    QCOMPARE(write_file(folder.path() / "no" / "where", "x", "test").error().code, ErrorCode::not_found);
  }
  void digestsAsQtDoes() {
    const scratch::Folder folder;
    std::string bytes(700001, 0);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
    const QByteArray expected = QCryptographicHash::hash(QByteArray::fromStdString(bytes), QCryptographicHash::Sha256).toHex();
    QCOMPARE(QByteArray::fromStdString(*file_sha256(folder.write("a", bytes), "test")), expected);
  }
  void stampChangesWithTheFile() {
    const scratch::Folder folder;
    const auto file = folder.write("a", "one");
    const auto before = file_stamp(file, "test");
    QVERIFY(*before == *file_stamp(file, "test"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    folder.write("a", "two");  // the same size
    QVERIFY(!(*before == *file_stamp(file, "test")));
  }
  void oneHolderOfALockAtATime() {
    const scratch::Folder folder;
    std::atomic<int> inside = 0, together = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) {
          const auto lock = FileLock::acquire(folder.path() / "lock");
          if (!lock.ok() || ++inside > 1) ++together;
          std::this_thread::sleep_for(std::chrono::microseconds(200));
          --inside;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    QCOMPARE(together.load(), 0);
  }
};

QTEST_APPLESS_MAIN(TestFiles)
#include "test_files.moc"
