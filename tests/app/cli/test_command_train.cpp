// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>

#include <QDir>
#include <QElapsedTimer>
#include <QRandomGenerator>

#include "tests/app/cli/program.h"

namespace {

using nlohmann::json;

const char* const example = ROUNDHOUSE_SOURCE_DIR "/resources/examples/roundhouse-mini.jsonl";

QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool write(const QString& path, const QByteArray& text) {
  QFile file(path);
  return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

std::vector<json> events(const QByteArray& lines) {
  std::vector<json> all;
  for (const QByteArray& line : lines.trimmed().split('\n')) {
    json event = json::parse(line.toStdString(), nullptr, false);
    if (event.is_object()) all.push_back(std::move(event));
  }
  return all;
}

// A short fine-tune of the embedded model; `more` is added to the job.
QString job(const program::Program& cli, const QString& name, int steps, const QByteArray& more = {}) {
  const QString path = cli.file(name + ".yaml");
  const QByteArray text = "version: 1\nname: short\noutput: " + name.toUtf8() + "\ndata: {train: ['" + example + "'], evaluation_share: 0.02, max_tokens: 64}\n" +
                          "adapter: {targets: [attention], rank: 2}\nsteps: {steps: " + QByteArray::number(steps) + ", samples: 1}\nevaluation: {every: 1000}\n" + more;
  return write(path, text) ? path : QString();
}

QByteArray adapter(const program::Program& cli, const QString& name) { return content(cli.file(name + "/adapter/adapter_model.safetensors")); }

}  // namespace

class TestCommandTrain : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void aCheckSaysWhatWouldTrainAndWritesNothing() {
    const program::Program cli;
    const QString path = job(cli, "run", 3);
    const auto report = cli.run({"train", path, "--check", "--json"});
    VERIFY_ENDED(report, 0);
    const json value = report.json();
    QCOMPARE(value["steps"]["steps"], json(3));
    QCOMPARE(value["trained"]["groups"].size(), std::size_t{1});
    QVERIFY(value["trained"]["parameters"].get<int>() > 1000 && value["predicted"]["memory_bytes"].get<double>() > 1e8);
    QCOMPARE(value["data"]["train"]["rows"], json(188));
    QCOMPARE(value["data"]["first_batch"].size(), std::size_t{1});
    QVERIFY(!QDir(cli.file("run")).exists());
    const auto text = cli.run({"train", path, "--check"});
    VERIFY_ENDED(text, 0);
    QVERIFY(text.out.contains("attention") && text.out.contains("Router frozen") && text.out.contains("188 rows"));
  }
  void aRunLeavesEventsAdapterParityAndAnEntryInTheLog() {
    const program::Program cli;
    const QString path = job(cli, "run", 2, "exports: {merged: same}\n");
    const auto ended = cli.run({"train", path, "--json"});
    VERIFY_ENDED(ended, 0);
    QCOMPARE(ended.out, content(cli.file("run/events.jsonl")));
    const std::vector<json> all = events(ended.out);
    QStringList names;
    for (const json& event : all) names << QString::fromStdString(event["event"].get<std::string>());
    QCOMPARE(names, (QStringList{"start", "evaluation", "step", "step", "checkpoint", "evaluation", "export", "export", "export", "parity", "finished"}));
    const json& parity = all[9];
    QVERIFY2(parity["passed"] == true, parity.dump().c_str());
    QCOMPARE(parity["exports"].size(), std::size_t{3});
    // What was trained is what runs.
    const auto answer = cli.run({"generate", "--adapter", cli.file("run/adapter"), "--temperature", "0", "-n", "3", "Hello"});
    VERIFY_ENDED(answer, 0);
    VERIFY_ENDED(cli.run({"audit", "export", "-o", cli.file("log.json")}), 0);
    const QByteArray log = content(cli.file("log.json"));
    QVERIFY(log.contains("training_started") && log.contains("finished") && log.contains("sha256:"));
    VERIFY_ENDED(cli.run({"audit", "verify"}), 0);
    // A second run into the same folder would mix them.
    const auto again = cli.run({"train", path, "--json"});
    VERIFY_ENDED(again, 1);
    QVERIFY(again.json()["error"]["code"] == "conflict");
  }
  void aPausedRunGoesOnWithTheSameNumbers() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"train", job(cli, "whole", 6), "--json"}), 0);
    const QString path = job(cli, "paused", 6);
    QProcess process;
    process.setProcessEnvironment(cli.environment());
    process.start(CLI_PROGRAM, {"train", path, "--json"});
    QByteArray out;
    while (!out.contains("\"event\":\"step\"") && process.waitForReadyRead(60000)) out += process.readAllStandardOutput();
    process.terminate();
    QVERIFY(process.waitForFinished(60000));
    out += process.readAllStandardOutput();
    QCOMPARE(process.exitCode(), 143);
    QCOMPARE(events(out).back()["event"], json("paused"));
    QVERIFY(!QFile::exists(cli.file("paused/adapter")));
    VERIFY_ENDED(cli.run({"train", path, "--json", "--resume"}), 0);
    QVERIFY(!adapter(cli, "whole").isEmpty());
    QVERIFY(adapter(cli, "whole") == adapter(cli, "paused"));
  }
  void badDataAndBadJobsAreToldByLine() {
    const program::Program cli;
    QVERIFY(write(cli.file("bad.jsonl"), "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}]}\n{oops\n"));
    QVERIFY(write(cli.file("bad.yaml"), "version: 1\noutput: out\ndata: {train: bad.jsonl}\nadapter: {targets: [attention]}\nsteps: {steps: 1}\n"));
    const auto stopped = cli.run({"train", cli.file("bad.yaml")});
    VERIFY_ENDED(stopped, 1);
    QVERIFY2(stopped.err.contains("line 2"), stopped.err.constData());
    QVERIFY(!QDir(cli.file("out")).exists());
    VERIFY_ENDED(cli.run({"train", cli.file("bad.yaml"), "--check"}), 0);  // shown, not refused
    QVERIFY(write(cli.file("skip.yaml"), "version: 1\noutput: out\ndata: {train: bad.jsonl, problems: skip}\nadapter: {targets: [attention]}\nsteps: {steps: 1}\n"));
    VERIFY_ENDED(cli.run({"train", cli.file("skip.yaml")}), 0);
    const auto unknown = cli.run({"train", job(cli, "x", 1, "speed: 9\n"), "--json"});
    VERIFY_ENDED(unknown, 1);
    QVERIFY(unknown.json()["error"]["object"].get<std::string>().find("speed in line 8") != std::string::npos);
    VERIFY_ENDED(cli.run({"train", cli.file("none.yaml")}), 1);
    VERIFY_ENDED(cli.run({"train"}), 2);
    VERIFY_ENDED(cli.run({"train", job(cli, "never", 1), "--resume"}), 1);
  }
};

QTEST_GUILESS_MAIN(TestCommandTrain)
#include "test_command_train.moc"
