// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/event_tail.h"

#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QtTest>

using namespace roundhouse::app;

namespace {

void append(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  if (!file.open(QIODevice::Append) || file.write(bytes) != bytes.size()) qFatal("cannot write");
}

QList<QByteArray> texts(const EventTail::Part& part) {
  QList<QByteArray> out;
  for (const auto& line : part.lines) out.append(line.text);
  return out;
}

}  // namespace

class TestEventTail : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() {
    dir_ = std::make_unique<QTemporaryDir>();
    path_ = dir_->filePath(QStringLiteral("e v\"é.jsonl"));
  }

  void givesWholeLinesOnce() {
    EventTail tail(path_);
    QVERIFY(tail.read(100).lines.isEmpty());  // no file yet
    append(path_, "one\ntw");
    QCOMPARE(texts(tail.read(100)), QList<QByteArray>{"one"});
    QVERIFY(tail.read(100).lines.isEmpty());
    append(path_, "o\n\nthree\n");
    const auto part = tail.read(100);
    QCOMPARE(texts(part), (QList<QByteArray>{"two", "three"}));
    QCOMPARE(part.lines[0].offset, 4);
    QCOMPARE(part.lines[1].offset, 9);
    QVERIFY(!part.anew && !part.more);
  }

  void anySplitGivesTheSameLines() {
    QRandomGenerator random(7);
    for (int round = 0; round < 50; ++round) {
      QFile::remove(path_);
      EventTail tail(path_);
      QByteArray written;
      QList<QByteArray> got;
      for (int piece = 0; piece < 40; ++piece) {
        QByteArray bytes;
        for (quint32 n = random.bounded(30u); n > 0; --n) bytes.append(random.bounded(6) ? char('a' + random.bounded(26)) : '\n');
        append(path_, bytes);
        written += bytes;
        bool more = random.bounded(2);
        while (more) {
          const auto part = tail.read(1 + random.bounded(20));
          for (const auto& line : part.lines) {
            QCOMPARE(written.mid(line.offset, line.text.size()), line.text);
            QVERIFY(line.offset == 0 || written[line.offset - 1] == '\n');
            got.append(line.text);
          }
          more = part.more;
        }
      }
      for (const auto& line : texts(tail.read(1 << 20))) got.append(line);
      QList<QByteArray> wanted = written.split('\n');
      wanted.removeLast();  // unfinished
      wanted.removeAll(QByteArray());
      QCOMPARE(got, wanted);
    }
  }

  void aShorterOrAnotherFileBeginsAnew() {
    append(path_, "one\ntwo\n");
    EventTail tail(path_);
    QCOMPARE(tail.read(100).lines.size(), 2);
    QFile(path_).resize(0);
    append(path_, "x\n");
    auto part = tail.read(100);
    QVERIFY(part.anew);
    QCOMPARE(texts(part), QList<QByteArray>{"x"});
    const QString other = dir_->filePath(QStringLiteral("other"));
    append(other, "a\nb\nc\nd\n");
    QFile::remove(path_);
    QVERIFY(tail.read(100).lines.isEmpty());
    QVERIFY(QFile::rename(other, path_));
    part = tail.read(100);
    QVERIFY(part.anew);
    QCOMPARE(part.lines.size(), 4);
  }

  void whatIsNoFileGivesNothing() {
    QVERIFY(QDir().mkpath(path_));
    EventTail tail(path_);
    QVERIFY(tail.read(100).lines.isEmpty());
  }

  void endlessLinesAreLetGo() {
    EventTail tail(path_);
    append(path_, QByteArray(EventTail::kLongestLine + 10, 'x'));
    EventTail::Part part;
    do part = tail.read(8 << 20);
    while (part.more);
    append(path_, "xx\nshort\n");
    part = tail.read(100);
    QCOMPARE(part.passedOver, 1);
    QCOMPARE(texts(part), QList<QByteArray>{"short"});
  }

 private:
  std::unique_ptr<QTemporaryDir> dir_;
  QString path_;
};

QTEST_GUILESS_MAIN(TestEventTail)
#include "test_event_tail.moc"
