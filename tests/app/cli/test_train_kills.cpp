// SPDX-License-Identifier: GPL-3.0-or-later
// A fine-tune is killed (SIGKILL) a hundred times at random moments and resumed: the newest checkpoint is always whole, each
// kill loses at most the steps since it, and the adapter in the end is that of a run that nobody disturbed, bit for bit.

#include <QElapsedTimer>
#include <QRandomGenerator>

#include "tests/app/cli/program.h"

namespace {

using nlohmann::json;

constexpr int kills = 100, steps = 150, every = 2;

QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QString job(const program::Program& cli, const QString& name) {
  QFile file(cli.file(name + ".yaml"));
  const QByteArray text = "version: 1\noutput: " + name.toUtf8() + "\ndata: {train: ['" ROUNDHOUSE_SOURCE_DIR "/resources/examples/roundhouse-mini.jsonl'], max_tokens: 48}\n" +
                          "adapter: {targets: ['layers.2*.q'], rank: 2}\noptimizer: {moments: int8}\nsteps: {steps: " + QByteArray::number(steps) +
                          ", samples: 1}\ncheckpoint: {every: " + QByteArray::number(every) + "}\nexports: {gguf: false}\n";
  return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() ? file.fileName() : QString();
}

}  // namespace

class TestTrainKills : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void nothingIsLostButTheStepsSinceTheLastCheckpoint() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"train", job(cli, "whole"), "--json"}, {}, 600000), 0);
    const QString path = job(cli, "killed");
    QRandomGenerator random(7);
    bool begun = false, finished = false;
    qint64 told = 0, farthest = 0;  // steps: that the last process told of; ever
    int done = 0;
    for (; done < kills && !finished; ++done) {
      QProcess process;
      process.setProcessEnvironment(cli.environment());
      process.start(CLI_PROGRAM, QStringList{"train", path, "--json"} + (begun ? QStringList{"--resume"} : QStringList{}));
      QVERIFY(process.waitForStarted());
      // Every other time not before some steps, so that the run gets on.
      QByteArray out;
      if (done % 2 == 1) {
        const int wanted = 1 + static_cast<int>(random.bounded(5));
        while (out.count("\"event\":\"step\"") < wanted && process.waitForReadyRead(60000)) out += process.readAllStandardOutput();
      }
      process.waitForFinished(static_cast<int>(random.bounded(done % 2 == 1 ? 150 : 900)));
      process.kill();
      process.waitForFinished();
      out += process.readAllStandardOutput();
      begun = begun || QFile::exists(cli.file("killed/events.jsonl"));
      for (const QByteArray& line : out.split('\n')) {
        const json event = json::parse(line.toStdString(), nullptr, false);
        if (!event.is_object()) continue;
        const std::string name = event["event"].get<std::string>();
        if (name == "start" && told > 0) {
          QVERIFY2(event["step"].get<qint64>() > told - every - 1, qPrintable(QString("from %1 after %2").arg(event["step"].get<qint64>()).arg(told)));
        }
        if (name == "start") told = event["step"].get<qint64>();
        if (name == "step") told = event["step"].get<qint64>();
        if (name == "finished") finished = true;
        farthest = std::max(farthest, told);
      }
    }
    QVERIFY2(farthest > 10 * every, qPrintable(QString::number(farthest)));  // else the kills came too soon to mean anything
    if (!finished) VERIFY_ENDED(cli.run({"train", path, "--json", "--resume"}, {}, 600000), 0);
    qInfo("%d kills, step %lld reached under them", done, static_cast<long long>(farthest));
    const QByteArray whole = content(cli.file("whole/adapter/adapter_model.safetensors"));
    QVERIFY(!whole.isEmpty());
    QVERIFY(whole == content(cli.file("killed/adapter/adapter_model.safetensors")));
    // The newest checkpoints hold the same moments, too.
    const QString last = QString("checkpoint-%1/state.safetensors").arg(steps, 6, 10, QChar('0'));
    QVERIFY(!content(cli.file("whole/" + last)).isEmpty());
    QVERIFY(content(cli.file("whole/" + last)) == content(cli.file("killed/" + last)));
  }
};

QTEST_GUILESS_MAIN(TestTrainKills)
#include "test_train_kills.moc"
