// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/error_advice.h"

#include <QtTest>

#include "app/bridge/log_guard.h"
#include "app/shell/format.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestErrorAdvice : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void itFitsWhatWasDone_data() {
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("operation");
    QTest::addColumn<QString>("helps");
    const auto row = [](const char* name, ErrorCode code, const char* operation, const char* helps) {
      QTest::newRow(name) << int(code) << QString(operation) << QString(helps);
    };
    row("a link while offline", ErrorCode::conflict, "open connection", "Allow the network");
    row("a model file that shrank", ErrorCode::conflict, "read tensor", "load it again");
    row("a locked log", ErrorCode::conflict, "append to the audit log", "Another program");
    row("no browser", ErrorCode::io, "open page", "Copy the address");
    row("a full disk", ErrorCode::io, "write file", "free space");
    row("a file that may not be read", ErrorCode::io, "attach file", "permissions");
    row("an unknown tool", ErrorCode::not_found, "call tool", "Plugins");
    row("no model", ErrorCode::not_found, "answer", "Load a model");
    row("a picture as text", ErrorCode::malformed, "attach file", "Only text");
    row("a cut model file", ErrorCode::malformed, "read GGUF file", "get it again");
    row("a missing file", ErrorCode::not_found, "load model", "still exists");
    row("no log", ErrorCode::io, LogGuard::kOperation, "Audit");
  }
  void itFitsWhatWasDone() {
    QFETCH(int, code);
    QFETCH(QString, operation);
    QFETCH(QString, helps);
    const Error error{ErrorCode(code), operation.toStdString(), "it", "a", "b"};
    QVERIFY2(errorAdvice(error).contains(helps), qPrintable(errorAdvice(error)));
    QVERIFY(errorText(error).line().contains(helps));
  }
  // Where nothing is certain to help, nothing is advised.
  void whatIsNotKnownIsNotAdvised() {
    for (const ErrorCode code : {ErrorCode::invalid_argument, ErrorCode::not_found, ErrorCode::malformed, ErrorCode::unsupported, ErrorCode::out_of_range,
                                 ErrorCode::io, ErrorCode::conflict, ErrorCode::cancelled, ErrorCode::limit}) {
      const Error error{code, "do something new", "it", "a", "b"};
      QCOMPARE(errorAdvice(error), QString());
      QCOMPARE(errorText(error).line(), errorText(error).title);
      QVERIFY(!errorText(error).title.isEmpty());
    }
  }
};

QTEST_APPLESS_MAIN(TestErrorAdvice)
#include "test_error_advice.moc"
