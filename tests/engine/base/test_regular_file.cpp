// SPDX-License-Identifier: Apache-2.0
#include "engine/base/regular_file.h"

#include <fcntl.h>

#include <QtTest>
#include <filesystem>

#include "tests/engine/io/file_fixture.h"

using namespace roundhouse;
using roundhouse::test::Folder;

class TestRegularFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void opensToReadToWriteAndToCreate() {
    const Folder folder;
    const std::string path = folder.write("a", "12345");
    for (const int flags : {O_RDONLY, O_RDWR, O_WRONLY | O_NOFOLLOW}) {
      const auto file = open_regular_file("open file", path, flags);
      RH_VERIFY_OK(file);
      QCOMPARE(static_cast<int>(file->info.st_size), 5);
    }
    const auto made = open_regular_file("open file", folder.path("new"), O_RDWR | O_CREAT, 0600);
    RH_VERIFY_OK(made);
    QCOMPARE(static_cast<int>(made->info.st_mode & 0777), 0600);
    std::filesystem::create_symlink(path, folder.path("link"));
    RH_VERIFY_OK(open_regular_file("open file", folder.path("link"), O_RDONLY));
  }
  // Each of these returns at once: nobody is at the pipe's other end.
  void whatIsNoFileIsRefusedAndNotWaitedFor() {
    const Folder folder;
    const std::string pipe = folder.path("pipe");
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    for (const int flags : {O_RDONLY, O_RDWR | O_CREAT, O_WRONLY | O_CREAT | O_TRUNC}) {
      RH_VERIFY_ERROR(open_regular_file("open file", pipe, flags, 0600), ErrorCode::invalid_argument, "open file: " + pipe, "a regular file", "a special file");
      RH_VERIFY_ERROR(open_regular_file("open file", "/dev/zero", flags, 0600), ErrorCode::invalid_argument, "a special file");
      RH_VERIFY_ERROR(open_regular_file("open file", folder.root(), flags, 0600), ErrorCode::invalid_argument, "a folder");
    }
    std::filesystem::create_symlink(folder.write("a", ""), folder.path("link"));
    RH_VERIFY_ERROR(open_regular_file("open file", folder.path("link"), O_RDWR | O_NOFOLLOW), ErrorCode::invalid_argument, "a symbolic link");
  }
  void theSystemsErrorIsTold() {
    const Folder folder;
    RH_VERIFY_ERROR(open_regular_file("open file", folder.path("none"), O_RDONLY, 0, "a readable file"), ErrorCode::not_found, "a readable file", "no such file");
    RH_VERIFY_ERROR(open_regular_file("open file", folder.path(std::string(300, 'x').c_str()), O_RDONLY), ErrorCode::io);
  }
};

QTEST_APPLESS_MAIN(TestRegularFile)
#include "test_regular_file.moc"
