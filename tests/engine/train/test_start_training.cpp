// SPDX-License-Identifier: Apache-2.0
#include "engine/train/start_training.h"

#include <QtTest>

#include "engine/cpu/create_backend.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestStartTraining : public QObject {
  Q_OBJECT

  std::shared_ptr<const TextModel> model_ = tiny_model();
  std::unique_ptr<Backend> backend_ = create_training_backend(Isa::reference, 1).value();
  std::vector<TrainingSample> samples_{{{1, 2, 3, 4, 5, 6}, {}}, {{7, 8, 9, 10}, {}}};

  Result<LoraTraining> start(const TrainingJob& job) { return start_training(job, model_, *backend_, 7, std::uint64_t{1} << 26, samples_); }

 private Q_SLOTS:
  void initTestCase() {
    for (const Weight& w : model_->weights().all()) QVERIFY(backend_->prepare(1, w).ok());
  }
  void lowRankFormsAreThoseOfThePlan() {
    TrainingJob job;
    job.adapter.targets = {"attention"};
    job.adapter.rank = 2;
    job.adapter.learning_rate_ratio = 8;
    job.name = "mine";
    auto training = start(job);
    QVERIFY(training.ok());
    QCOMPARE(training->adapter().name, std::string("mine"));
    QVERIFY(training->whole().entries.empty());
    for (const Parameter& p : training->parameters()) QCOMPARE(p.rate, p.name.ends_with(".B") ? 8.0 : 1.0);
  }
  void routersAreTrainedOnRequest() {
    TrainingJob job;
    job.adapter.targets = {"attention"};
    const std::size_t without = start(job)->parameters().size();
    job.router.train = true;
    auto training = start(job);
    QVERIFY(training->parameters().size() > without);
    QVERIFY(!training->whole().entries.empty());
  }
  void expertsAreChosenByTheDataOrByHand() {
    TrainingJob job;
    job.adapter.method = TrainingJob::Method::experts;
    job.adapter.experts = {{1, {3}}};
    auto by_hand = start(job);
    QVERIFY(by_hand.ok() && by_hand->adapter().modules.empty());
    QCOMPARE(by_hand->whole().entries.size(), std::size_t{3});
    job.adapter.experts.clear();
    job.adapter.expert_score = TrainingJob::ExpertScore::tokens;
    job.adapter.expert_threshold = 0.3;
    auto few = start(job);
    QVERIFY2(few.ok(), few.ok() ? "" : few.error().message().c_str());
    job.adapter.expert_threshold = 0.9;
    QVERIFY(start(job)->whole().parameters() > few->whole().parameters());
    // The same choice for a low-rank form.
    job.adapter.method = TrainingJob::Method::lora;
    job.adapter.targets = {"experts"};
    auto lora = start(job);
    QVERIFY(lora.ok());
    for (const LoraModule& module : lora->adapter().modules) QVERIFY(!module.trained_experts.empty());
  }
  void whatTheModelHasNotIsRefused() {
    TrainingJob job;
    job.adapter.method = TrainingJob::Method::experts;
    job.adapter.experts = {{0, {1}}};  // a dense layer
    QVERIFY(!start(job).ok());
    job = {};
    job.adapter.targets = {"shared"};
    QVERIFY(!start(job).ok());
  }
};

QTEST_GUILESS_MAIN(TestStartTraining)
#include "test_start_training.moc"
