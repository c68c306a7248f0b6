// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "engine/base/system_error.h"
#include "engine/base/unique_fd.h"

using namespace roundhouse;

class TestSystemError : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void saysWhatPeopleUnderstand() {
    QCOMPARE(system_error("write file", "/a/b", ENOSPC).message(), std::string("write file: /a/b: no space left on the disk"));
    QVERIFY(system_error("write file", "/a/b", ENOSPC).code == ErrorCode::io);
    QVERIFY(system_error("open file", "x", ENOENT).code == ErrorCode::not_found);
    QVERIFY(system_error("map file", "x", ENOMEM).code == ErrorCode::out_of_memory);
    QVERIFY(system_error("lock file", "x", EWOULDBLOCK).code == ErrorCode::conflict);
    QCOMPARE(system_error("open file", "x", EACCES, "a readable file").message(),
             std::string("open file: x: expected a readable file, found permission denied"));
    QVERIFY(!system_error("read", "x", EIO).received.empty());
  }
  void descriptorsAreClosedOnce() {
    int raw = -1;
    {
      UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      raw = first.get();
      QVERIFY(first && raw >= 0);
      UniqueFd second(std::move(first));
      QVERIFY(!first && second.get() == raw);
      first = std::move(second);
      QVERIFY(::fcntl(raw, F_GETFD) >= 0);
    }
    QCOMPARE(::fcntl(raw, F_GETFD), -1);
    QCOMPARE(errno, EBADF);
  }
};

QTEST_APPLESS_MAIN(TestSystemError)
#include "test_system_error.moc"
