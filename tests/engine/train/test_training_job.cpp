// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/training_job.h"

#include <QtTest>

#include <random>

using namespace roundhouse;

namespace {

constexpr const char* least = "version: 1\noutput: out\ndata: {train: a.jsonl}\n";

Result<TrainingJob> parse(const std::string& text) { return parse_training_job(text, "job.yaml", "/folder"); }

QString refusal(const std::string& text) {
  const auto job = parse(text);
  return job.ok() ? QString("read") : QString::fromStdString(job.error().message());
}

}  // namespace

class TestTrainingJob : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whatIsLeftOutHasItsDefault() {
    const auto job = parse(least);
    QVERIFY2(job.ok(), qPrintable(refusal(least)));
    TrainingJob expected;
    expected.output = "/folder/out";
    expected.data.train = {"/folder/a.jsonl"};
    QVERIFY(*job == expected);
  }
  void aWholeJobIsReadBackAsItWas() {
    TrainingJob job;
    job.name = "it's \"a\" name: # ü 漢\n\ttab";
    job.model = "/models/x y.gguf";
    job.output = "/runs/1";
    job.seed = 18446744073709551615ull;
    job.data = {{"/a", "/b"}, {"/c"}, 0.125, "alpaca", {{"prompt", "question: the"}, {"response", "a"}}, 77, TrainingJob::TooLong::truncate, TrainingJob::Problems::skip};
    job.adapter = {TrainingJob::Method::experts, {"layers.*.q", "experts"}, {"layers.0*"}, {{3, {1, 2}}, {4, {}}}, TrainingJob::ExpertScore::none, 0.5, 7, 0.1, true, 16.0};
    job.router = {true, TrainingJob::Balance::sequence, 1e-3, 1e-4, 1.0 / 3};
    job.optimizer = {1e-5, 0.5, 0.75, 1e-6, 0.1, 0.0, TrainingJob::Moments::int8, TrainingJob::Schedule::wsd, 3, 4, 0.1};
    job.steps = {10, 0.0, 3, 4};
    job.evaluation = {5, {"- Who?", "{}", "null", "~", ""}, 6};
    job.checkpoint = {7, 8};
    job.exports = {false, "q8_0"};
    job.compute = {2, "reference", TrainingJob::Precision::bfloat16, 1ull << 40};
    const auto again = parse(training_job_yaml(job));
    QVERIFY2(again.ok(), qPrintable(refusal(training_job_yaml(job))));
    QVERIFY(*again == job);
    QVERIFY(*parse(training_job_yaml(*parse(least))) == *parse(least));
  }
  void pathsAreOfTheFilesFolder() {
    const auto job = parse("version: 1\nmodel: ../m.gguf\noutput: /abs\ndata: {train: [x/../a, /b], evaluation: c}\n");
    QCOMPARE(job->model, std::string("/m.gguf"));
    QCOMPARE(job->output, std::string("/abs"));
    QCOMPARE(job->data.train, (std::vector<std::string>{"/folder/a", "/b"}));
    QCOMPARE(job->data.evaluation, (std::vector<std::string>{"/folder/c"}));
    QCOMPARE(parse(std::string(least) + "model: embedded\n")->model, std::string("embedded"));
  }
  void faultsAreNamedByLineAndKey() {
    const std::string head = least;
    const std::pair<std::string, const char*> cases[] = {
        {"", "keys with values"},
        {"[1, 2]", "keys with values"},
        {"a: [", "YAML"},
        {"output: a\n", "version"},
        {"version: 2\n", "expected 1"},
        {"version: 1\n", "output"},
        {"version: 1\noutput: a\n", "data.train"},
        {head + "speed: 3\n", "speed in line 4"},
        {head + "adapter: {rnak: 3}\n", "adapter.rnak in line 4"},
        {head + "adapter:\n  rank: many\n", "adapter.rank in line 5"},
        {head + "adapter:\n  rank: 1.5\n", "whole number"},
        {head + "adapter: 3\n", "adapter"},
        {head + "adapter: {rank: 0}\n", "adapter.rank"},
        {head + "adapter: {rank: 3, rank: 4}\n", "twice"},
        {head + "adapter: {method: magic}\n", "lora, dora, bottleneck, experts"},
        {head + "adapter: {experts: [1]}\n", "adapter.experts"},
        {head + "adapter: {experts: {x: [1]}}\n", "whole number"},
        {head + "adapter: {method: experts}\n", "adapter.expert_score"},
        {head + "adapter: {expert_score: gate, experts: {1: [2]}}\n", "adapter.expert_score"},
        {head + "adapter: {targets: []}\n", "adapter.targets"},
        {head + "optimizer: {learning_rate: .nan}\n", "finite"},
        {head + "optimizer: {learning_rate: -1}\n", "optimizer.learning_rate"},
        {head + "optimizer: {beta1: 1}\n", "optimizer.beta1"},
        {head + "steps: {epochs: 0}\n", "steps"},
        {head + "seed: -1\n", "at least 0"},
        {head + "compute: {isa: z80}\n", "compute.isa"},
        {head + "data2: {train: b}\n", "data2"},
        {head + "exports: {merged: zip}\n", "exports.merged"},
        {"version: 1\noutput: out\ndata: {train: a, format: xml}\n", "data.format"},
        {"version: 1\noutput: out\ndata: {train: {a: b}}\n", "list"},
        {"version: 1\noutput: {}\ndata: {train: a}\n", "text"},
    };
    for (const auto& [text, words] : cases) QVERIFY2(refusal(text).contains(words), qPrintable(QString::fromStdString(text) + " -> " + refusal(text)));
  }
  void damagedTextIsNeverMoreThanAnError() {
    TrainingJob job;
    job.output = "/o";
    job.data.train = {"/a"};
    const std::string whole = training_job_yaml(job);
    std::mt19937 random(5);
    int read = 0;
    for (int i = 0; i < 3000; ++i) {
      std::string text = whole;
      for (int n = 0; n < 3; ++n) {
        const std::size_t at = random() % text.size();
        if (i % 3 == 0) text[at] = static_cast<char>(random());
        if (i % 3 == 1) text.erase(at, random() % 9);
        if (i % 3 == 2) text.insert(at, std::string(1, "{}[]:-\n &*!|>'\"%@`,#?"[random() % 22]));
      }
      if (parse(text).ok()) ++read;
    }
    QVERIFY2(read > 0 && read < 3000, qPrintable(QString::number(read)));
    QVERIFY(!parse(std::string(100000, '[')).ok());
    QVERIFY(!parse("version: 1\na: &a [*a]\n").ok());
  }
};

QTEST_GUILESS_MAIN(TestTrainingJob)
#include "test_training_job.moc"
