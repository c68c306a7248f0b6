// SPDX-License-Identifier: Apache-2.0
#include <QRegularExpression>
#include <QtTest>

#include <unistd.h>

#include <string>
#include <vector>

#include "engine/base/log_sink.h"

using namespace roundhouse;

class TestLogSink : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void callbackSinkHandsLinesOn() {
    std::vector<std::string> lines;
    CallbackLogSink sink([&](const std::string& line) { lines.push_back(line); });
    sink.log(LogLevel::info, "io", "a");
    sink.log(LogLevel::error, "runtime", "b: c");
    QCOMPARE(lines, (std::vector<std::string>{"info io: a", "error runtime: b: c"}));
  }
  void levelsHaveNames() {
    for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
      QVERIFY(log_level_named(log_level_name(level), LogLevel::debug) == level);
    }
    QVERIFY(log_level_named("loud", LogLevel::warning) == LogLevel::warning);
    QVERIFY(log_level_named("", LogLevel::error) == LogLevel::error);
  }
  void stderrSinkWritesOnlyFromItsLevelOn() {
    int pipe_ends[2];
    QCOMPARE(::pipe(pipe_ends), 0);
    const int saved = ::dup(2);
    ::dup2(pipe_ends[1], 2);
    make_stderr_log_sink()->log(LogLevel::info, "io", "quiet");
    make_stderr_log_sink()->log(LogLevel::warning, "io", "a {brace} stays");
    ::dup2(saved, 2);
    ::close(saved);
    ::close(pipe_ends[1]);
    char text[512];
    const auto count = ::read(pipe_ends[0], text, sizeof text);
    ::close(pipe_ends[0]);
    const QString line = QString::fromUtf8(text, count);
    static const QRegularExpression form(R"(^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} warning io: a \{brace\} stays\n$)");
    QVERIFY2(form.match(line).hasMatch(), qPrintable(line));
  }
};

QTEST_APPLESS_MAIN(TestLogSink)
#include "test_log_sink.moc"
