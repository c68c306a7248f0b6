// SPDX-License-Identifier: Apache-2.0
#include <QtTest>
#include <cmath>
#include <limits>
#include <random>

#include "engine/runtime/sampler.h"

using namespace roundhouse;

namespace {

SamplingSettings plain() {
  SamplingSettings s;
  s.temperature = 1.0f;
  s.top_k = 0;
  s.top_p = 1.0f;
  s.min_p = 0.0f;
  return s;
}

std::vector<float> random_logits(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, 2.0f);
  std::vector<float> logits(n);
  for (float& l : logits) l = normal(random);
  return logits;
}

std::vector<int> counts(const SamplingSettings& settings, const std::vector<float>& logits, int draws) {
  std::vector<int> n(logits.size(), 0);
  Sampler sampler(settings, 7);
  for (int i = 0; i < draws; ++i) ++n[static_cast<std::size_t>(sampler.draw(logits, {}).id)];
  return n;
}

std::vector<double> softmax(const std::vector<float>& logits) {
  double sum = 0;
  std::vector<double> p;
  for (const float l : logits) sum += std::exp(static_cast<double>(l));
  for (const float l : logits) p.push_back(std::exp(static_cast<double>(l)) / sum);
  return p;
}

}  // namespace

class TestSampler : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void greedyTakesTheLargestAndTheLowerIdAmongEquals() {
    SamplingSettings s = plain();
    s.temperature = 0;
    QCOMPARE(Sampler(s, 1).draw(std::vector<float>{1, 5, 5, 2}, {}).id, 1);
  }
  void frequenciesFollowTheSoftmax() {
    const auto logits = random_logits(20, 3);
    const auto p = softmax(logits);
    const int draws = 40000;
    const auto n = counts(plain(), logits, draws);
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double deviation = std::sqrt(p[i] * (1 - p[i]) / draws);
      QVERIFY2(std::abs(n[i] / double(draws) - p[i]) < 5 * deviation + 1e-9, qPrintable(QString::number(i)));
    }
  }
  void sameSeedSameTokens() {
    const auto logits = random_logits(500, 4);
    Sampler a(plain(), 42), b(plain(), 42), c(plain(), 43);
    bool differs = false;
    for (int i = 0; i < 50; ++i) {
      const auto x = a.draw(logits, {}).id;
      QCOMPARE(b.draw(logits, {}).id, x);
      differs |= c.draw(logits, {}).id != x;
    }
    QVERIFY(differs);
  }
  void filtersKeepExactlyTheirTokens() {
    const auto logits = random_logits(200, 5);
    const auto p = softmax(logits);
    std::vector<std::size_t> order(p.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return p[a] > p[b]; });
    const auto kept = [&](const SamplingSettings& s) {
      const auto n = counts(s, logits, 20000);
      std::size_t last = 0;
      for (std::size_t i = 0; i < order.size(); ++i) {
        if (n[order[i]] > 0) last = i + 1;
      }
      return last;
    };
    SamplingSettings s = plain();
    s.top_k = 5;
    QCOMPARE(kept(s), std::size_t{5});
    s = plain();
    s.top_p = 0.6f;
    double mass = 0;
    std::size_t expected = 0;
    while (mass < 0.6) mass += p[order[expected++]];
    QCOMPARE(kept(s), expected);
    s = plain();
    s.min_p = 0.2f;
    expected = 0;
    while (expected < p.size() && p[order[expected]] >= 0.2 * p[order[0]]) ++expected;
    QCOMPARE(kept(s), expected);
  }
  void typicalDropsTheObviousWhenItIsNotTypical() {
    // One token with p = 0.4, 60 with 0.01: entropy 3.13 nats; -ln 0.4 = 0.92 is further away than -ln 0.01 = 4.6.
    std::vector<float> logits(61, std::log(0.01f));
    logits[0] = std::log(0.4f);
    SamplingSettings s = plain();
    s.typical_p = 0.5f;
    QCOMPARE(counts(s, logits, 2000)[0], 0);
  }
  void penaltiesAndBiasChangeTheChoice() {
    SamplingSettings s = plain();
    s.temperature = 0;
    const std::vector<float> logits{2.0f, 1.9f, -1.0f};
    const std::vector<std::int32_t> history{0, 0, 1};
    s.repetition_penalty = 1.5f;
    s.penalty_window_tokens = 2;  // sees {0, 1}: both penalised
    QCOMPARE(Sampler(s, 1).draw(logits, history).id, 0);
    s.penalty_window_tokens = 0;
    QCOMPARE(Sampler(s, 1).draw(logits, history).id, 0);
    s.repetition_penalty = 1.0f;
    s.penalty_window_tokens = -1;
    s.frequency_penalty = 0.15f;  // 2.0 - 0.3 < 1.9 - 0.15
    QCOMPARE(Sampler(s, 1).draw(logits, history).id, 1);
    s.frequency_penalty = 0;
    s.presence_penalty = 4;
    QCOMPARE(Sampler(s, 1).draw(logits, history).id, 2);
    s.presence_penalty = 0;
    s.logit_bias[0] = -std::numeric_limits<float>::infinity();
    QCOMPARE(Sampler(s, 1).draw(logits, history).id, 1);
  }
  void logprobsAreOfTheUnchangedDistribution() {
    const auto logits = random_logits(300, 6);
    const auto p = softmax(logits);
    SamplingSettings s = plain();
    s.temperature = 0.3f;
    s.top_k = 3;
    s.top_logprobs = 5;
    const auto drawn = Sampler(s, 9).draw(logits, {});
    QVERIFY(std::abs(drawn.logprob - std::log(p[static_cast<std::size_t>(drawn.id)])) < 1e-5);
    QCOMPARE(drawn.alternatives.size(), std::size_t{5});
    for (std::size_t i = 1; i < 5; ++i) QVERIFY(drawn.alternatives[i - 1].logprob >= drawn.alternatives[i].logprob);
    QVERIFY(std::abs(drawn.alternatives[0].logprob - std::log(*std::max_element(p.begin(), p.end()))) < 1e-5);
  }
  void logitsAreChecked() {
    constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    QVERIFY(check_logits(std::vector<float>{-infinity, 1, 2}, "m").ok());
    for (const auto& [logits, told] : {std::pair(std::vector<float>{1, 2, nan}, "NaN"), std::pair(std::vector<float>{nan, 2, 1}, "NaN"),
                                       std::pair(std::vector<float>{1, infinity}, "infinity"), std::pair(std::vector<float>{-infinity, -infinity}, "minus infinity")}) {
      const Status status = check_logits(logits, "m");
      QVERIFY(!status.ok());
      QCOMPARE(status.error().code, ErrorCode::malformed);
      QVERIFY2(status.error().message().starts_with(std::string("run model: m: expected finite logits, found ") + told), status.error().message().c_str());
    }
  }
  void settingsOutOfRangeAreNamed() {
    SamplingSettings s;
    s.top_p = 0;
    QVERIFY(!s.validate().ok());
    QCOMPARE(s.validate().error().object, std::string("top-p"));
    s = {};
    s.temperature = std::numeric_limits<float>::quiet_NaN();
    QCOMPARE(s.validate().error().object, std::string("temperature"));
  }
};

QTEST_APPLESS_MAIN(TestSampler)
#include "test_sampler.moc"
