// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/text_file.h"

#include <sys/stat.h>

#include <QtTest>

#include "tests/engine/io/file_fixture.h"

using namespace roundhouse;
using roundhouse::test::Folder;

class TestTextFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsTheWhole() {
    const Folder folder;
    QCOMPARE(*read_text_file(folder.write("empty", ""), 10), std::string());
    QCOMPARE(*read_text_file(folder.write("text", "0123456789"), 10), std::string("0123456789"));
    const std::string much(200'000, 'x');
    QVERIFY(*read_text_file(folder.write("much", much), much.size()) == much);
  }
  void isBounded() {
    const Folder folder;
    RH_VERIFY_ERROR(read_text_file(folder.write("text", "0123456789x"), 10), ErrorCode::limit, "at most 10 bytes", "11");
    RH_VERIFY_ERROR(read_text_file("/proc/self/maps", 10), ErrorCode::limit, "at most 10 bytes");  // says that it is empty
  }
  void whatIsNoFileIsRefusedAndNotWaitedFor() {
    const Folder folder;
    RH_VERIFY_ERROR(read_text_file("/dev/zero", 10), ErrorCode::invalid_argument, "a special file");
    RH_VERIFY_ERROR(read_text_file(folder.root(), 10), ErrorCode::invalid_argument, "a folder");
    const std::string pipe = folder.path("pipe");
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    RH_VERIFY_ERROR(read_text_file(pipe, 10), ErrorCode::invalid_argument, "a special file");
    RH_VERIFY_ERROR(read_text_file(folder.path("none"), 10), ErrorCode::not_found, "none");
  }
};

QTEST_APPLESS_MAIN(TestTextFile)
#include "test_text_file.moc"
