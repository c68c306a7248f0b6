// SPDX-License-Identifier: Apache-2.0
#include "engine/train/training_loop.h"

#include <QtTest>

#include <limits>
#include <random>

#include "engine/cpu/create_backend.h"
#include "roundhouse/chat_template.h"
#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

const char* const plain_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}";

std::vector<TrainingSample> samples(unsigned seed, int count) {
  std::mt19937 random(seed);
  std::vector<TrainingSample> all(static_cast<std::size_t>(count));
  for (TrainingSample& sample : all) {
    for (unsigned i = 0; i < 4 + random() % 7; ++i) sample.tokens.push_back(static_cast<std::int32_t>(random() % 90));
  }
  return all;
}

TrainingParts parts(bool evaluated = true) {
  const auto model = tiny_model();
  auto backend = std::make_shared<SharedBackend>();
  backend->backend = create_training_backend(Isa::reference, 2).value();
  for (const Weight& w : model->weights().all()) {
    if (!backend->backend->prepare(1, w).ok()) qFatal("not prepared");
  }
  ModelText text{tinyTokenizer(), ChatTemplate::create(plain_template, "", "").value()};
  return {model, backend, 2, text, samples(1, 11), evaluated ? samples(2, 5) : std::vector<TrainingSample>{}, "abc", std::uint64_t{1} << 28};
}

TrainingJob job() {
  TrainingJob job;
  job.output = "/nowhere";
  job.data.train = {"data"};
  job.adapter.targets = {"all"};
  job.adapter.rank = 3;
  job.optimizer.learning_rate = 1e-2;
  job.steps = {8, 0.0, 4, 24};
  job.checkpoint = {3, 2};
  return job;
}

struct Ran {
  std::vector<std::vector<float>> values;
  AdamW::State moments;
  std::vector<Json> events;
  Status status = Ok{};

  std::vector<Json> of(const std::string& name) const {
    std::vector<Json> found;
    for (const Json& event : events) {
      if (event["event"] == name) found.push_back(event);
    }
    return found;
  }
};

// Runs, or goes on, in `folder`; pauses once `pause_after` steps are told.
Ran run(const TrainingJob& job, const QString& folder, bool resume, std::int64_t pause_after = -1, bool evaluated = true) {
  Ran ran;
  auto loop = TrainingLoop::create(job, parts(evaluated));
  if (!loop.ok()) qFatal("%s", loop.error().message().c_str());
  auto opened = RunFolder::open(folder.toStdString(), resume);
  if (!opened.ok()) qFatal("%s", opened.error().message().c_str());
  const CancelToken pause;
  opened->listen([&](const std::string& line) {
    ran.events.push_back(Json::parse(line));
    if (ran.events.back()["event"] == "step" && ran.events.back()["step"] == pause_after) pause.cancel();
  });
  if (resume) {
    const auto restored = loop->restore(*opened);
    if (!restored.ok()) {
      ran.status = restored.error();
      return ran;
    }
  }
  ran.status = loop->run(*opened, pause);
  for (const Parameter& p : loop->training().parameters()) ran.values.emplace_back(p.value.begin(), p.value.end());
  ran.moments = loop->optimiser().state();
  return ran;
}

std::vector<double> losses(const Ran& ran) {
  std::vector<double> all;
  for (const Json& event : ran.of("step")) all.push_back(event["loss"].get<double>());
  return all;
}

}  // namespace

class TestTrainingLoop : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Train 2N = train N, resume, train N: parameters, moments and losses, bit for bit; also when the pause does not fall on a checkpoint.
  void aResumedRunIsTheSameBitForBit() {
    TrainingJob eight_bits = job();
    eight_bits.optimizer.moments = TrainingJob::Moments::int8;
    TrainingJob routers = job();
    routers.router = {true, TrainingJob::Balance::batch, 0.02, 1e-3, 1e-3};
    routers.adapter.learning_rate_ratio = 4;
    TrainingJob whole = job();
    whole.adapter.method = TrainingJob::Method::experts;
    whole.adapter.experts = {{1, {2, 5}}};
    TrainingJob dora = job();
    dora.adapter.method = TrainingJob::Method::dora;
    for (const TrainingJob& each : {job(), eight_bits, routers, whole, dora}) {
      const QTemporaryDir one, two;
      const Ran through = run(each, one.path(), false);
      QVERIFY2(through.status.ok(), through.status.ok() ? "" : through.status.error().message().c_str());
      const Ran first = run(each, two.path(), false, 4);
      QVERIFY(!first.status.ok() && first.status.error().code == ErrorCode::cancelled);
      QCOMPARE(first.of("checkpoint").back()["step"], Json(4));
      const Ran second = run(each, two.path(), true);
      QVERIFY(second.status.ok());
      QVERIFY(second.values == through.values);
      QVERIFY(second.moments == through.moments);
      std::vector<double> joined = losses(first), rest = losses(second);
      joined.insert(joined.end(), rest.begin(), rest.end());
      QCOMPARE(joined, losses(through));
    }
  }
  void stepsAndEvaluationsAreTold() {
    const QTemporaryDir folder;
    TrainingJob each = job();
    each.evaluation = {4, {"HELLO"}, 3};
    const Ran ran = run(each, folder.path(), false);
    QVERIFY2(ran.status.ok(), ran.status.ok() ? "" : ran.status.error().message().c_str());
    const auto steps = ran.of("step");
    QCOMPARE(steps.size(), std::size_t{8});
    for (const Json& step : steps) {
      QVERIFY(step["steps"] == 8 && step["gradient_norm"].get<double>() > 0 && step["memory_bytes"].get<std::uint64_t>() > 1'000'000);
      // Each token has two experts of eight in each of the routed layers.
      const Json& counts = step["routing"]["counts"];
      QCOMPARE(counts.size(), step["routing"]["layers"].size());
      for (const Json& layer : counts) {
        std::int64_t sum = 0;
        for (const Json& count : layer) sum += count.get<std::int64_t>();
        QCOMPARE(sum, 2 * step["tokens"].get<std::int64_t>());
      }
    }
    QVERIFY(steps.front()["learning_rate"].get<double>() > steps.back()["learning_rate"].get<double>());  // cosine
    const auto evaluations = ran.of("evaluation");
    QCOMPARE(evaluations.size(), std::size_t{3});
    for (const Json& drift : evaluations[0]["drift"]) QCOMPARE(drift.get<double>(), 0.0);
    for (const Json& evaluation : evaluations) {
      QVERIFY(std::abs(evaluation["perplexity"].get<double>() - std::exp(evaluation["loss"].get<double>())) < 1e-9);
      QCOMPARE(evaluation["best"].size(), std::size_t{3});
      QVERIFY(evaluation["best"][0]["loss"] <= evaluation["best"][1]["loss"] && evaluation["worst"][0]["loss"] >= evaluation["worst"][1]["loss"]);
      QVERIFY(evaluation["worst"][0]["loss"] >= evaluation["loss"] && evaluation["best"][0]["loss"] <= evaluation["loss"]);
    }
    QVERIFY(evaluations[2]["loss"] != evaluations[0]["loss"]);
    QCOMPARE(ran.of("answers").size(), std::size_t{3});
    QCOMPARE(ran.of("answers")[0]["answers"][0]["prompt"], Json("HELLO"));
    QCOMPARE(ran.of("checkpoint").size(), std::size_t{3});  // after 3, 6 and the last
  }
  void aCheckpointOfAnotherJobIsRefusedByName() {
    const QTemporaryDir folder;
    QVERIFY(!run(job(), folder.path(), false, 3).status.ok());
    TrainingJob other = job();
    other.optimizer.learning_rate = 2e-2;
    const Ran ran = run(other, folder.path(), true);
    QVERIFY(!ran.status.ok() && ran.status.error().code == ErrorCode::conflict);
    // What does not change the numbers may change.
    other = job();
    other.checkpoint.every = 1;
    other.evaluation.every = 100;
    other.name = "renamed";
    QVERIFY(run(other, folder.path(), true).status.ok());
  }
  void aLossThatIsNoNumberEndsTheRunBeforeItsStep() {
    const QTemporaryDir folder;
    auto loop = TrainingLoop::create(job(), parts(false));
    auto opened = RunFolder::open(folder.path().toStdString(), false);
    loop->training().parameters().front().value[0] = std::numeric_limits<float>::quiet_NaN();
    QVERIFY(loop->training().updated().ok());
    const Status status = loop->run(*opened, {});
    QVERIFY(!status.ok() && QString::fromStdString(status.error().message()).contains("learning rate"));
    QCOMPARE(loop->step(), std::int64_t{0});
    QVERIFY(CheckpointFolder(folder.path().toStdString()).steps().empty());
  }
  void withoutSamplesThereIsNothingToPlan() {
    TrainingParts none = parts();
    none.train.clear();
    QVERIFY(!TrainingLoop::create(job(), std::move(none)).ok());
  }
};

QTEST_GUILESS_MAIN(TestTrainingLoop)
#include "test_training_loop.moc"
