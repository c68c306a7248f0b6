// SPDX-License-Identifier: Apache-2.0
#include "engine/train/training_batch.h"

#include <QtTest>

#include <random>

using namespace roundhouse;

namespace {

ModelSpec spec() {
  ModelSpec s;
  s.vocabulary = 50;
  s.context_tokens = 12;
  s.padding_token = 3;
  s.layers.resize(2);
  s.layers[1].routed = true;
  s.layers[1].router.experts = 4;
  s.layers[1].router.top_k = 2;
  return s;
}

}  // namespace

class TestTrainingBatch : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyLearnedTokenHasTheRowBeforeIt() {
    std::mt19937 random(1);
    for (int round = 0; round < 50; ++round) {
      std::vector<TrainingSample> samples(1 + random() % 5);
      for (TrainingSample& sample : samples) {
        sample.tokens.resize(2 + random() % 10);
        for (auto& token : sample.tokens) token = static_cast<std::int32_t>(random() % 50);
        if (random() % 3 == 0) continue;
        for (std::size_t i = 0; i < sample.tokens.size(); ++i) sample.learned.push_back(random() % 2);
        sample.learned[1] = true;
      }
      const auto packed = TrainingBatch::pack(samples, spec(), 2);
      QVERIFY(packed.ok());
      const Batch& b = packed->batch();
      std::size_t row = 0, learned = 0;
      for (std::size_t s = 0; s < samples.size(); ++s) {
        const TrainingSample& sample = samples[s];
        QCOMPARE(b.sequences[s].first_row, static_cast<std::int32_t>(row));
        QCOMPARE(b.sequences[s].rows, static_cast<std::int32_t>(sample.tokens.size()));
        for (std::size_t i = 0; i < sample.tokens.size(); ++i, ++row) {
          QCOMPARE(b.tokens[row], sample.tokens[i]);
          QCOMPARE(b.positions[row], static_cast<std::int32_t>(i));
          QCOMPARE(b.sequence[row], static_cast<std::int32_t>(s));
          QCOMPARE(b.adapter[row], 2);
          if (i == 0 || (!sample.learned.empty() && !sample.learned[i])) continue;
          QCOMPARE(b.output_rows[learned], static_cast<std::int32_t>(row) - 1);
          QCOMPARE(packed->targets()[learned++], sample.tokens[i]);
        }
      }
      QCOMPARE(b.rows, static_cast<std::int32_t>(row));
      QCOMPARE(b.outputs, static_cast<std::int32_t>(learned));
      QCOMPARE(packed->learned_tokens(), static_cast<std::int64_t>(learned));
      QCOMPARE(b.routed_layers, 1);
      QCOMPARE(b.padding_token, 3);
      QVERIFY(!b.cache);
    }
  }
  void aMovedBatchIsWhole() {
    const TrainingSample sample{{4, 5, 6}, {}};
    auto packed = TrainingBatch::pack({&sample, 1}, spec());
    const TrainingBatch moved = std::move(*packed);
    QCOMPARE(moved.batch().tokens[2], 6);
    QCOMPARE(moved.batch().sequences[0].rows, 3);
    QVERIFY(!moved.batch().adapter);
  }
  void whatCannotBeLearnedIsRefused() {
    const auto refused = [](const TrainingSample& sample, const char* named) {
      const TrainingSample samples[] = {{{1, 2}, {}}, sample};
      const auto packed = TrainingBatch::pack(samples, spec());
      return !packed.ok() && packed.error().object == "sample 1" && packed.error().message().find(named) != std::string::npos;
    };
    QVERIFY(refused({{1, 50}, {}}, "50"));
    QVERIFY(refused({{1, -1}, {}}, "-1"));
    QVERIFY(refused({std::vector<std::int32_t>(13, 1), {}}, "13"));
    QVERIFY(refused({{1, 2, 3}, {true}}, "mark"));
    const TrainingSample nothing[] = {{{1}, {}}, {{1, 2}, {true, false}}};
    QVERIFY(!TrainingBatch::pack(nothing, spec()).ok());
    QVERIFY(!TrainingBatch::pack({}, spec()).ok());
  }
};

QTEST_GUILESS_MAIN(TestTrainingBatch)
#include "test_training_batch.moc"
