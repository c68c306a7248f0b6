// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/streams.h"

#include <QDateTime>
#include <QTest>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <thread>

using namespace roundhouse;
using namespace roundhouse::cli;

namespace {

struct Pipe {
  int ends[2];
  Pipe() { (void)!::pipe(ends); }
  ~Pipe() {
    for (int end : ends) ::close(end);
  }
  void write(const std::string& text) { (void)!::write(ends[1], text.data(), text.size()); }
  void end() { ::close(std::exchange(ends[1], -1)); }
};

}  // namespace

class TestStreams : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { std::signal(SIGPIPE, SIG_IGN); }

  void linesAsTheyCome() {
    Pipe pipe;
    LineReader reader(pipe.ends[0], "test", -1);
    pipe.write("one\r\ntwo\n\nthr");
    QCOMPARE(**reader.line(), std::string("one"));
    QCOMPARE(**reader.line(), std::string("two"));
    QCOMPARE(**reader.line(), std::string(""));
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      pipe.write("ee");
      pipe.end();
    });
    QCOMPARE(**reader.line(), std::string("three"));  // the last line needs no end
    later.join();
    QVERIFY(!reader.line()->has_value());
    QVERIFY(!reader.line()->has_value());
  }
  void everything() {
    Pipe pipe;
    LineReader reader(pipe.ends[0], "test", -1);
    pipe.write("one\ntwo\n");
    QCOMPARE(**reader.line(), std::string("one"));
    pipe.end();
    QCOMPARE(*reader.all(), std::string("two\n"));
  }
  void wakesUp() {
    Pipe pipe;
    const int wake = ::eventfd(0, 0);
    LineReader reader(pipe.ends[0], "test", wake);
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      ::eventfd_write(wake, 1);
    });
    QCOMPARE(reader.line().error().code, ErrorCode::cancelled);
    later.join();
    ::close(wake);
  }
  void aDirectoryIsNoInput() {
    const int fd = ::open("/", O_RDONLY);
    LineReader reader(fd, "test", -1);
    QCOMPARE(reader.all().error().code, ErrorCode::io);
    ::close(fd);
  }
  void endlessInputIsBounded() {
    const int fd = ::open("/dev/zero", O_RDONLY);
    LineReader reader(fd, "test", -1);
    QCOMPARE(reader.line().error().code, ErrorCode::limit);
    ::close(fd);
  }

  void failuresOfWritingStay() {
    const int fd = ::open("/dev/full", O_WRONLY);
    OutStream stream(fd, "standard output");
    const Status first = stream.write("x");
    QCOMPARE(first.error().message(), std::string("write: standard output: No space left on device"));
    QCOMPARE(stream.write("y").error().code, ErrorCode::io);
    QVERIFY(!stream.reader_gone());
    ::close(fd);
    OutStream closed(fd, "standard output");
    QCOMPARE(closed.write("x").error().received, std::string("it is closed"));
  }
  void aReaderThatWentAwayIsTold() {
    Pipe pipe;
    ::close(std::exchange(pipe.ends[0], -1));
    OutStream stream(pipe.ends[1], "standard output");
    QVERIFY(!stream.write("x").ok());
    QVERIFY(stream.reader_gone());
  }
  void slowReadersGetAll() {
    Pipe pipe;
    ::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
    const std::string sent(1 << 20, 'x');
    std::size_t received = 0;
    std::thread reader([&] {
      char buffer[4096];
      while (received < sent.size()) received += static_cast<std::size_t>(::read(pipe.ends[0], buffer, sizeof buffer));
    });
    QVERIFY(OutStream(pipe.ends[1], "test").write(sent).ok());
    reader.join();
    QCOMPARE(received, sent.size());
  }

  void terminalTextSteersNothing() {
    QCOMPARE(terminal_safe("a\x1b[2Jb\r\n\tc\x7f"), std::string("a␛[2Jb␍\n\tc␡"));
    QCOMPARE(terminal_safe("\xc2\x9b" "31m圆 é"), std::string("\xef\xbf\xbd" "31m圆 é"));
    QCOMPARE(terminal_safe("\x01\x1f"), std::string("␁␟"));
  }
  void utf8IsRequired() {
    QVERIFY(require_utf8("PROMPT", "圆").ok());
    QCOMPARE(require_utf8("PROMPT", "a\xff").error().message(), std::string("read argument: PROMPT: expected UTF-8, found byte 0xff at offset 1"));
  }
  void utcTimes() {
    for (const char* text : {"2026-11-24", "2024-02-29T10:11:12", "1999-12-31 23:59:59", "2026-11-24T00:00:00Z"}) {
      QString iso = QString::fromLatin1(text).replace(' ', 'T');
      if (iso.size() == 10) iso += "T00:00:00";
      if (!iso.endsWith('Z')) iso += 'Z';
      QCOMPARE(parse_utc(text).value() / 1'000'000, std::int64_t{QDateTime::fromString(iso, Qt::ISODate).toMSecsSinceEpoch()});
    }
    QCOMPARE(parse_utc("9999-12-31").value() / 1'000'000'000, std::int64_t{9223372036});
    QCOMPARE(parse_utc("0001-01-01").value() / 1'000'000'000, std::int64_t{-9223372036});
    for (const char* text : {"", "yesterday", "2026-13-01", "2026-02-31", "2026-11-24x", "2026-11-24T25:00:00"}) QVERIFY2(!parse_utc(text), text);
  }
};

QTEST_APPLESS_MAIN(TestStreams)
#include "test_streams.moc"
