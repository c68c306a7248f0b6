// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "roundhouse/result.h"

using namespace roundhouse;

namespace {
Result<int> half(int value) {
  if (value % 2 != 0) return Error{ErrorCode::invalid_argument, "halve", "number", "an even number", std::to_string(value)};
  return value / 2;
}
Result<int> quarter(int value) {
  RH_ASSIGN(const int first, half(value));
  RH_ASSIGN(const int second, half(first));
  return second;
}
}  // namespace

class TestResult : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void carriesValues() { QCOMPARE(*quarter(12), 3); }
  void propagatesTheFirstError() {
    const auto result = quarter(6);
    QVERIFY(!result.ok());
    QCOMPARE(result.error().message(), std::string("halve: number: expected an even number, found 3"));
  }
};

QTEST_APPLESS_MAIN(TestResult)
#include "test_result.moc"
