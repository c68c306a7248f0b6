// SPDX-License-Identifier: Apache-2.0
#include <QtTest>
#include <new>
#include <system_error>

#include "engine/base/guarded.h"

using namespace roundhouse;

class TestGuarded : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void resultsPass() {
    QCOMPARE(guarded("count", "sheep", []() -> Result<int> { return 3; }).value(), 3);
    const auto failed = guarded("count", "sheep", []() -> Result<int> { return Error{ErrorCode::conflict, "a", "b", "c", "d"}; });
    QCOMPARE(failed.error().code, ErrorCode::conflict);
    QCOMPARE(failed.error().operation, std::string("a"));
  }
  void exceptionsBecomeErrors_data() {
    QTest::addColumn<std::function<void()>>("throws");
    QTest::addColumn<int>("code");
    const auto row = [](const char* name, std::function<void()> throws, ErrorCode code) { QTest::newRow(name) << throws << int(code); };
    row("no memory", [] { throw std::bad_alloc(); }, ErrorCode::out_of_memory);
    row("too long", [] { std::string().append(std::string().max_size(), 'a'); }, ErrorCode::out_of_memory);
    row("no thread", [] { throw std::system_error(EAGAIN, std::generic_category()); }, ErrorCode::io);
    row("a bug", [] { throw std::logic_error("half a sheep"); }, ErrorCode::internal);
  }
  void exceptionsBecomeErrors() {
    QFETCH(std::function<void()>, throws);
    QFETCH(int, code);
    const Status status = guarded("count", "sheep", [&]() -> Status {
      throws();
      return Ok{};
    });
    QVERIFY(!status.ok());
    QCOMPARE(int(status.error().code), code);
    QVERIFY2(status.error().message().starts_with("count: sheep: "), status.error().message().c_str());
  }
};

QTEST_APPLESS_MAIN(TestGuarded)
#include "test_guarded.moc"
