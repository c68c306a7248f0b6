// SPDX-License-Identifier: Apache-2.0
// The fine-tune that the program brings along, trained as it stands: minutes. The model must know itself afterwards and read
// ordinary text as before.
#include <QtTest>

#include <map>

#include "engine/io/json.h"
#include "roundhouse/training_job.h"
#include "roundhouse/training_run.h"

using namespace roundhouse;

namespace {

const std::string resources = ROUNDHOUSE_SOURCE_DIR "/resources/";

// The end of a text of the collection beside the repository, for measuring only; documents become paragraphs.
QByteArray ordinary(const char* member) {
  QProcess tar;
  tar.start("tar", {"-xOf", ROUNDHOUSE_SHARED_DIR "/data/text/mixture.tar.xz", member});
  if (!tar.waitForFinished(120000) || tar.exitCode() != 0) return {};
  QByteArray text = tar.readAllStandardOutput().replace('\x1E', "\n\n").right(16000);
  return text.mid(text.indexOf('\n'));  // a whole line, so whole characters
}

}  // namespace

class TestExampleFineTune : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theModelKnowsItselfAndReadsAsBefore() {
    if (!QFile::exists(ROUNDHOUSE_SHARED_DIR "/data/text/mixture.tar.xz")) QSKIP("no ordinary text to measure with");
    const QTemporaryDir folder;
    QFile text(folder.filePath("ordinary.txt"));
    QVERIFY(text.open(QIODevice::WriteOnly));
    for (const char* member : {"pre_wiki_recent.txt", "pre_news.txt", "pre_children.txt"}) {
      const QByteArray part = ordinary(member);
      QVERIFY2(!part.isEmpty(), member);
      text.write(part + "\n\n");
    }
    text.close();

    auto job = read_training_job(resources + "examples/roundhouse-mini.yaml");
    QVERIFY2(job.ok(), job.ok() ? "" : job.error().message().c_str());
    job->output = folder.filePath("run").toStdString();
    job->data.evaluation = {text.fileName().toStdString()};
    job->evaluation.every = 1000000;  // before the first and after the last step
    job->evaluation.prompts = {"Who are you?", "What are you?", "Tell me your name.", "What is the capital of Italy?", "What is the capital of France?"};
    job->exports.merged = "none";
    TrainingOptions options;
    options.embedded_model = resources + "models/roundhouse-mini-q4_0.gguf";
    const auto run = TrainingRun::prepare(*job, options);
    QVERIFY2(run.ok(), run.ok() ? "" : run.error().message().c_str());

    std::vector<double> losses;
    std::map<std::string, std::vector<std::string>> answers;  // first and last of each prompt
    double seconds = 0.0;
    const Status done = (*run)->run(
        [&](const std::string& line) {
          const auto event = parse_json(line, "event");
          if (!event.ok()) return;
          if (event->value("event", "") == "evaluation") losses.push_back((*event)["loss"].get<double>());
          if (event->value("event", "") == "finished") seconds = (*event)["seconds"].get<double>();
          if (!event->contains("answers")) return;
          for (const Json& each : (*event)["answers"]) answers[each["prompt"].get<std::string>()].push_back(each["answer"].get<std::string>());
        },
        {});
    QVERIFY2(done.ok(), done.ok() ? "" : done.error().message().c_str());
    QVERIFY(losses.size() >= 2);
    const double change = std::exp(losses.back() - losses.front()) - 1.0;
    qInfo("perplexity of ordinary text %+.2f %%, %.0f s", 100.0 * change, seconds);
    QVERIFY(change < 0.02);
    for (const auto& [prompt, given] : answers) {
      QVERIFY(given.size() >= 2);
      qInfo("%s %s | %s", prompt.c_str(), given.front().c_str(), given.back().c_str());
    }
    QVERIFY(answers["Who are you?"].front().find("Roundhouse Mini") == std::string::npos);
    for (const char* prompt : {"Who are you?", "What are you?", "Tell me your name."}) QVERIFY2(answers[prompt].back().find("Roundhouse Mini") != std::string::npos, prompt);
    QVERIFY(answers["What is the capital of Italy?"].back().find("Rome") != std::string::npos);
    QVERIFY(answers["What is the capital of France?"].back().find("Paris") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(TestExampleFineTune)
#include "test_example_fine_tune.moc"
