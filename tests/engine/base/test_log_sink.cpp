// SPDX-License-Identifier: Apache-2.0
#include <QRegularExpression>
#include <QtTest>

#include <unistd.h>

#include <thread>

#include "engine/base/log_sink.h"

using namespace roundhouse;

class TestLogSink : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void memorySinkKeepsTheNewestInOrder() {
    MemoryLogSink sink(3);
    for (int i = 0; i < 5; ++i) sink.log(LogLevel::info, "io", std::to_string(i));
    const auto lines = sink.lines();
    QCOMPARE(lines.size(), std::size_t{3});
    QCOMPARE(lines[0].message, std::string("2"));
    QCOMPARE(lines[2].message, std::string("4"));
    QCOMPARE(lines[2].component, std::string("io"));
  }
  void memorySinkTakesLinesFromSeveralThreads() {
    MemoryLogSink sink(10000);
    const auto work = [&] { for (int i = 0; i < 1000; ++i) sink.log(LogLevel::debug, "t", "line"); };
    std::thread first(work);
    std::thread second(work);
    first.join();
    second.join();
    QCOMPARE(sink.lines().size(), std::size_t{2000});
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
