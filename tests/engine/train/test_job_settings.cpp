// SPDX-License-Identifier: Apache-2.0
#include "engine/train/job_settings.h"

#include <QtTest>

using namespace roundhouse;

class TestJobSettings : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void eachWordReachesItsPart() {
    TrainingJob job;
    job.seed = 5;
    job.adapter = {TrainingJob::Method::lora, {"a"}, {"b"}, {{1, {2}}}, TrainingJob::ExpertScore::none, 0.2, 3, 4.0, true, 1.0};
    const LoraPlan plan = lora_plan_of(job);
    QVERIFY(plan.targets == job.adapter.targets && plan.exclude == job.adapter.exclude && plan.experts == job.adapter.experts);
    QVERIFY(plan.rank == 3 && plan.alpha == 4.0 && plan.rank_stabilised && plan.seed == 5);
    QVERIFY(!plan.magnitudes);
    job.adapter.method = TrainingJob::Method::dora;
    QVERIFY(lora_plan_of(job).magnitudes);
    job.optimizer = {1e-3, 0.1, 0.2, 0.3, 0.4, 0.5, TrainingJob::Moments::int8, TrainingJob::Schedule::wsd, 6, 7, 0.8};
    const AdamWSettings adamw = adamw_settings_of(job);
    QVERIFY(adamw.learning_rate == 1e-3 && adamw.beta1 == 0.1 && adamw.beta2 == 0.2 && adamw.epsilon == 0.3 && adamw.weight_decay == 0.4);
    QVERIFY(adamw.moments == AdamWSettings::Moments::int8);
    const Schedule schedule = schedule_of(job, 99);
    QVERIFY(schedule.kind == ScheduleKind::warmup_stable_decay && schedule.steps == 99 && schedule.warmup_steps == 6 && schedule.decay_steps == 7 && schedule.floor == 0.8);
    job.optimizer.schedule = TrainingJob::Schedule::cosine;
    QVERIFY(schedule_of(job, 1).kind == ScheduleKind::cosine);
    job.optimizer.schedule = TrainingJob::Schedule::constant;
    QVERIFY(schedule_of(job, 1).kind == ScheduleKind::constant);
  }
  void thePlanOfNumbersIsBlindToWhatChangesNone() {
    TrainingJob job;
    const std::string plan = numeric_plan_of(job, 10);
    TrainingJob other = job;
    other.name = "x";
    other.output = "/y";
    other.evaluation.every = 3;
    other.checkpoint.every = 7;
    other.compute.threads = 1;
    other.compute.activation_bytes = 5;
    other.exports.merged = "same";
    QCOMPARE(numeric_plan_of(other, 10), plan);
    other.seed = 2;
    QVERIFY(numeric_plan_of(other, 10) != plan);
    QVERIFY(numeric_plan_of(job, 11) != plan);
    other = job;
    other.steps.batch_tokens = 5;  // another order of sums
    QVERIFY(numeric_plan_of(other, 10) != plan);
  }
};

QTEST_GUILESS_MAIN(TestJobSettings)
#include "test_job_settings.moc"
