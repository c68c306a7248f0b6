// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/io/mapped_file.h"
#include "file_fixture.h"

using namespace roundhouse;
using roundhouse::test::Folder;

class TestMappedFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void showsTheBytesOfTheFile() {
    const Folder folder;
    std::string content(100000, 'x');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7);
    auto opened = MappedFile::open(folder.write("data", content));
    RH_VERIFY_OK(opened);
    MappedFile file = std::move(opened).value();
    const std::byte* const before = file.bytes().data();
    MappedFile moved = std::move(file);
    QCOMPARE(moved.bytes().data(), before);  // views survive a move
    QCOMPARE(moved.size_bytes(), 100000);
    QVERIFY(std::memcmp(moved.bytes().data(), content.data(), content.size()) == 0);
    RH_VERIFY_OK(moved.verify_unchanged());
  }
  void saysWhatIsWrongWithAPath() {
    const Folder folder;
    RH_VERIFY_ERROR(MappedFile::open(folder.path("none")), ErrorCode::not_found, "open file", "none", "no such file");
    RH_VERIFY_ERROR(MappedFile::open(folder.root()), ErrorCode::invalid_argument, "a regular file", "a folder");
    RH_VERIFY_ERROR(MappedFile::open(folder.write("empty", "")), ErrorCode::malformed, "an empty file");
    RH_VERIFY_ERROR(MappedFile::open("/dev/null"), ErrorCode::invalid_argument, "a special file");
    QCOMPARE(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
    RH_VERIFY_ERROR(MappedFile::open(folder.path("pipe")), ErrorCode::invalid_argument, "a special file");  // and does not wait
    const std::string secret = folder.write("secret", "x");
    QCOMPARE(::chmod(secret.c_str(), 0), 0);
    if (::geteuid() != 0) RH_VERIFY_ERROR(MappedFile::open(secret), ErrorCode::io, "a readable file", "permission denied");
  }
  void noticesAChangedFile() {
    const Folder folder;
    const std::string path = folder.write("data", std::string(10000, 'a'));
    {
      auto file = MappedFile::open(path);
      QCOMPARE(::truncate(path.c_str(), 20000), 0);
      RH_VERIFY_ERROR(file->verify_unchanged(), ErrorCode::conflict, "data", "10000 bytes", "20000 bytes");
    }
    auto file = MappedFile::open(path);
    RH_VERIFY_OK(file->verify_unchanged());
    const timespec times[2] = {{0, UTIME_OMIT}, {12345, 0}};
    QCOMPARE(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    RH_VERIFY_ERROR(file->verify_unchanged(), ErrorCode::conflict, "a later modification");
  }
  void keepsTheOldContentWhenTheFileIsReplaced() {
    const Folder folder;
    const std::string path = folder.write("data", "old");
    auto file = MappedFile::open(path);
    const std::string other = folder.write("other", "new content");
    QCOMPARE(::rename(other.c_str(), path.c_str()), 0);
    RH_VERIFY_OK(file->verify_unchanged());
    QCOMPARE(static_cast<char>(file->bytes()[0]), 'o');
  }
  void survivesAFileThatShrinks() {
    const Folder folder;
    const std::string path = folder.write("data", std::string(1 << 20, 'a'));
    auto file = MappedFile::open(path);
    QCOMPARE(::truncate(path.c_str(), 5000), 0);
    std::size_t a = 0;
    std::size_t zero = 0;
    for (const std::byte byte : file->bytes()) {
      if (byte == std::byte{'a'}) ++a;
      if (byte == std::byte{0}) ++zero;
    }
    QCOMPARE(a, std::size_t{5000});  // the rest of its page is zeros of the system's, then come ours
    QCOMPARE(zero, std::size_t{(1 << 20) - 5000});
    RH_VERIFY_ERROR(file->verify_unchanged(), ErrorCode::conflict, "1048576 bytes", "5000 bytes");
  }
  void remembersAFaultWhenSizeAndTimeAreBack() {
    const Folder folder;
    const std::string path = folder.write("data", std::string(40000, 'a'));
    struct stat info {};
    QCOMPARE(::stat(path.c_str(), &info), 0);
    auto file = MappedFile::open(path);
    QCOMPARE(::truncate(path.c_str(), 100), 0);
    QCOMPARE(static_cast<int>(file->bytes()[30000]), 0);
    QCOMPARE(::truncate(path.c_str(), 40000), 0);
    const timespec times[2] = {info.st_atim, info.st_mtim};
    QCOMPARE(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    RH_VERIFY_ERROR(file->verify_unchanged(), ErrorCode::io, "a page that the disk could not deliver");
  }
};

QTEST_APPLESS_MAIN(TestMappedFile)
#include "test_mapped_file.moc"
