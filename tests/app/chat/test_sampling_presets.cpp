// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/sampling_presets.h"

#include <QSet>
#include <QtTest>

#include <cmath>
#include <random>

using namespace roundhouse;
using namespace roundhouse::app;

class TestSamplingPresets : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void eachPresetIsValidDistinctAndRecognised() {
    QSet<QString> ids;
    for (const SamplingPreset& preset : samplingPresets()) {
      QVERIFY(preset.settings.validate().ok());
      QVERIFY(!preset.title.isEmpty() && !preset.note.isEmpty());
      QCOMPARE(presetOf(preset.settings), preset.id);
      ids.insert(preset.id);
      SamplingSettings mine;
      mine.seed = 5;
      mine.stop = {"END"};
      mine.max_tokens = 12;
      applyPreset(preset, mine);
      QCOMPARE(presetOf(mine), preset.id);
      QCOMPARE(*mine.seed, std::uint64_t{5});
      QCOMPARE(mine.max_tokens, 12);
      QCOMPARE(mine.stop.size(), std::size_t{1});
      mine.logit_bias[3] = 1;  // is drawn otherwise
      QVERIFY(presetOf(mine).isEmpty());
      applyPreset(preset, mine);
      QVERIFY(mine.logit_bias.empty());
      mine.temperature += 0.05f;
      QVERIFY(presetOf(mine) != preset.id);
    }
    QCOMPARE(ids.size(), samplingPresets().size());
    QVERIFY(ids.contains("model") && ids.contains("greedy"));
  }
  void onesOwnAreKept() {
    SamplingSettings mine;
    mine.temperature = 0.33f;
    mine.logit_bias[3] = 1;
    mine.seed = 5;  // no part of a preset
    const SamplingPreset made = ownPreset("Mine \"1\"", mine);
    QVERIFY(!made.settings.seed);
    const QList<SamplingPreset> read = presetsFromJson(presetsToJson({made, ownPreset("Other", SamplingSettings{})}));
    QCOMPARE(read.size(), 2);
    QCOMPARE(read[0].title, QString("Mine \"1\""));
    QCOMPARE(presetOf(mine, samplingPresets() + read), made.id);
    QVERIFY(presetOf(mine).isEmpty());
    QVERIFY(presetsFromJson("nonsense").isEmpty());
    QCOMPARE(presetsFromJson(R"([{"title":"","sampling":{}},{"title":"x","sampling":{"top_p":0}},{"title":"y","sampling":{}}])").size(), 1);
  }
  void jsonKeepsEverything() {
    std::mt19937_64 random(3);
    for (int i = 0; i < 200; ++i) {
      SamplingSettings s;
      s.temperature = float(random() % 200) / 100.0f;
      s.top_k = int(random() % 100);
      s.top_p = float(random() % 99 + 1) / 100.0f;
      s.min_p = float(random() % 99) / 100.0f;
      s.typical_p = float(random() % 99 + 1) / 100.0f;
      s.repetition_penalty = float(random() % 100 + 50) / 100.0f;
      s.frequency_penalty = float(int(random() % 200) - 100) / 100.0f;
      s.presence_penalty = float(int(random() % 200) - 100) / 100.0f;
      s.penalty_window_tokens = int(random() % 512) - 1;
      s.max_tokens = int(random() % 512) - 1;
      s.top_logprobs = int(random() % 21);
      if (random() % 2) s.seed = random();
      if (random() % 2) s.stop = {"\n\n", "终"};
      if (random() % 2) s.logit_bias = {{3, -1.5f}, {70, -HUGE_VALF}};
      const auto read = samplingFromJson(samplingToJson(s));
      QVERIFY2(read, qPrintable(samplingToJson(s)));
      QCOMPARE(read->temperature, s.temperature);
      QCOMPARE(read->top_k, s.top_k);
      QCOMPARE(read->top_p, s.top_p);
      QCOMPARE(read->min_p, s.min_p);
      QCOMPARE(read->typical_p, s.typical_p);
      QCOMPARE(read->repetition_penalty, s.repetition_penalty);
      QCOMPARE(read->frequency_penalty, s.frequency_penalty);
      QCOMPARE(read->presence_penalty, s.presence_penalty);
      QCOMPARE(read->penalty_window_tokens, s.penalty_window_tokens);
      QCOMPARE(read->max_tokens, s.max_tokens);
      QCOMPARE(read->top_logprobs, s.top_logprobs);
      QVERIFY(read->seed == s.seed);
      QVERIFY(read->stop == s.stop);
      QVERIFY(read->logit_bias == s.logit_bias);
    }
    QVERIFY(samplingToJson(samplingPresets()[0].settings).contains("\"temperature\":0.4,"));
  }
  void nonsenseGivesNothing_data() {
    QTest::addColumn<QString>("json");
    QTest::newRow("no JSON") << "temperature";
    QTest::newRow("list") << "[]";
    QTest::newRow("type") << R"({"temperature":"hot"})";
    QTest::newRow("range") << R"({"top_p":0})";
    QTest::newRow("negative") << R"({"temperature":-1})";
    QTest::newRow("fraction") << R"({"top_k":1.5})";
    QTest::newRow("huge") << R"({"max_tokens":1e300})";
    QTest::newRow("seed") << R"({"seed":"x"})";
    QTest::newRow("stop") << R"({"stop":"x"})";
    QTest::newRow("bias") << R"({"logit_bias":{"x":1}})";
  }
  void nonsenseGivesNothing() {
    QFETCH(QString, json);
    QVERIFY(!samplingFromJson(json));
  }
  void absentMembersAreDefaults() {
    const auto read = samplingFromJson("{}");
    QVERIFY(read);
    QCOMPARE(samplingToJson(*read), samplingToJson(SamplingSettings{}));
  }
};

QTEST_APPLESS_MAIN(TestSamplingPresets)
#include "test_sampling_presets.moc"
