// SPDX-License-Identifier: GPL-3.0-or-later
// `roundhouse --tour` on the embedded model, under strace where that is allowed.
#include <QFile>
#include <QImage>
#include <QRegularExpression>
#include <QSet>
#include <QStandardPaths>
#include <QtTest>

#include "tests/smoke/window_program.h"

class TestTour : public QObject {
  Q_OBJECT

 private:
  WindowProgram program_;
  QString strace_;
  QString out_;
  int code_ = -1;

  QString log() const { return program_.file("connects.txt"); }

 private Q_SLOTS:
  void initTestCase() {
    strace_ = QStandardPaths::findExecutable("strace");
    if (!strace_.isEmpty()) {  // it may be there and be forbidden
      QProcess probe;
      probe.start(strace_, {"-f", "-qq", "-e", "trace=connect", "-o", log(), "true"});
      if (!probe.waitForFinished(10000) || probe.exitCode() != 0) strace_.clear();
    }
    QProcess tour;
    program_.prepare(tour);
    QStringList command{WINDOW_PROGRAM, "--tour", "--question", "Say hello.", "--size", "1280x720"};
    if (!strace_.isEmpty()) command = QStringList{strace_, "-f", "-qq", "-e", "trace=connect", "-o", log()} + command;
    tour.start(command.first(), command.mid(1));
    QVERIFY2(tour.waitForFinished(110000), "the tour did not end by itself");
    QCOMPARE(tour.exitStatus(), QProcess::NormalExit);
    code_ = tour.exitCode();
    out_ = QString::fromUtf8(tour.readAllStandardOutput());
    const QByteArray complaints = tour.readAllStandardError();
    QVERIFY2(code_ == 0, complaints.constData());
    QCOMPARE(complaints, QByteArray());  // quiet when all is well
  }

  void printsAnAnswerAndItsExperts() {
    const QRegularExpressionMatch answer =
        QRegularExpression("^Question: Say hello\\.\nAnswer: (.+?)\nExperts of the last token \\(number (\\d+), \"",
                           QRegularExpression::DotMatchesEverythingOption)
            .match(out_);
    QVERIFY2(answer.hasMatch(), qPrintable(out_));
    QVERIFY(answer.captured(1).simplified().split(' ').size() > 5);
    static const QRegularExpression line("\n  layer +\\d+:((?:  +\\d+ \\(\\d\\.\\d\\d\\))+)");
    int layers = 0;
    for (auto match = line.globalMatch(out_); match.hasNext(); ++layers) {
      QCOMPARE(match.next().captured(1).count('('), 4);  // the embedded model's top 4
    }
    QCOMPARE(layers, 29);
  }
  void everyPictureIsThereAndNotBlank() {
    const QStringList paths = out_.section("Screenshots:\n", 1).split('\n', Qt::SkipEmptyParts);
    QSet<QString> rooms;
    QSet<QByteArray> seen;
    for (const QString& path : paths) {
      QImage picture(path);
      QVERIFY2(!picture.isNull(), qPrintable(path));
      QCOMPARE(picture.size(), QSize(1280, 720));
      picture = picture.convertToFormat(QImage::Format_RGB32);
      QHash<QRgb, int> colors;
      for (int y = 0; y < picture.height(); y += 2) {
        for (int x = 0; x < picture.width(); x += 2) ++colors[picture.pixel(x, y)];
      }
      int most = 0;
      for (const int count : std::as_const(colors)) most = std::max(most, count);
      QVERIFY2(colors.size() > 30 && most < 640 * 360 * 99 / 100, qPrintable(QString("%1: %2 colours").arg(path).arg(colors.size())));
      seen.insert(QByteArray(reinterpret_cast<const char*>(picture.constBits()), picture.sizeInBytes()));
      rooms.insert(QFileInfo(path).completeBaseName().section('-', 0, 0));
    }
    QCOMPARE(seen.size(), paths.size());  // no two alike
    QCOMPARE(rooms, (QSet<QString>{"chat", "routing", "finetune", "models", "audit", "plugins", "settings"}));
  }
  void leavesTheRoomsAsTheirUserArrangedThem() {
    QFile file(program_.file("settings.ini"));
    if (!file.exists()) return;  // the tour writes none
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray settings = file.readAll();
    QVERIFY2(settings.trimmed().isEmpty(), settings.constData());
  }
  void opensNoConnection() {
    if (strace_.isEmpty()) QSKIP("strace is not there or may not trace");
    QFile file(log());
    QVERIFY(file.open(QIODevice::ReadOnly));
    while (!file.atEnd()) {
      const QByteArray line = file.readLine();
      QVERIFY2(!line.contains("AF_INET"), line.constData());  // AF_INET6 too
    }
  }
  void strayAddressesWouldBeSeen() {
    if (strace_.isEmpty()) QSKIP("strace is not there or may not trace");
    QProcess probe;
    probe.start(strace_, {"-f", "-qq", "-e", "trace=connect", "-o", log(), "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9; exit 0"});
    QVERIFY(probe.waitForFinished(10000));
    QFile file(log());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("AF_INET"));
  }
};

QTEST_GUILESS_MAIN(TestTour)
#include "test_tour.moc"
