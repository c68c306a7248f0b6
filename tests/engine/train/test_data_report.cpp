// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data_report.h"

#include <QtTest>

#include <random>

#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;

class TestDataReport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void lengthsAreCountedInDoublingBuckets() {
    const LengthHistogram histogram = LengthHistogram::of({3, 9, 4, 5, 3, 17});
    QCOMPARE(histogram.shortest, std::int64_t{3});
    QCOMPARE(histogram.longest, std::int64_t{17});
    QCOMPARE(histogram.median, std::int64_t{4});
    QCOMPARE(histogram.mean, 41.0 / 6.0);
    QCOMPARE(histogram.buckets.size(), std::size_t{4});
    const std::int64_t expected[][3] = {{3, 4, 3}, {5, 8, 1}, {9, 16, 1}, {17, 32, 1}};
    for (std::size_t i = 0; i < 4; ++i) {
      QCOMPARE(histogram.buckets[i].from, expected[i][0]);
      QCOMPARE(histogram.buckets[i].to, expected[i][1]);
      QCOMPARE(histogram.buckets[i].samples, expected[i][2]);
    }
    QVERIFY(LengthHistogram::of({}).buckets.empty());
  }
  void everyLengthIsInItsBucket() {
    std::mt19937 random(6);
    for (int round = 0; round < 100; ++round) {
      std::vector<std::int64_t> lengths;
      for (unsigned n = 1 + random() % 50; n > 0; --n) lengths.push_back(1 + random() % (1u << (random() % 16)));
      const LengthHistogram histogram = LengthHistogram::of(lengths);
      std::size_t all = 0;
      for (const auto& bucket : histogram.buckets) {
        QCOMPARE(bucket.samples, std::int64_t(std::count_if(lengths.begin(), lengths.end(), [&](std::int64_t n) { return n >= bucket.from && n <= bucket.to; })));
        all += std::size_t(bucket.samples);
      }
      QCOMPARE(all, lengths.size());
      const auto below = [&](std::int64_t limit) { return double(std::count_if(lengths.begin(), lengths.end(), [&](std::int64_t n) { return n <= limit; })) / double(lengths.size()); };
      QVERIFY(below(histogram.p90) >= 0.9 && below(histogram.p90 - 1) < 0.9);
      QVERIFY(below(histogram.p99) >= 0.99 && below(histogram.median) >= 0.5);
    }
  }
  // The texts of the tokens, one after the other, are the text; a character of several tokens is shown once.
  void tokensAreShownWithWhatIsLearned() {
    const auto tokenizer = tinyTokenizer();
    TrainingSample sample;
    sample.tokens = tokenizer->encode("hello \xE4\xB8\x93").value();
    sample.tokens.push_back(*tokenizer->eos());
    sample.learned.assign(sample.tokens.size(), false);
    sample.learned[0] = sample.learned.back() = true;
    const RenderedSample shown = render_sample(sample, {1, 7, 2}, *tokenizer);
    QCOMPARE(shown.tokens.size(), sample.tokens.size());
    std::string all;
    for (const auto& token : shown.tokens) all += token.text;
    QCOMPARE(all, std::string("hello \xE4\xB8\x93</s>"));
    QCOMPARE(shown.tokens[0].text, std::string("hello"));
    QVERIFY(!shown.tokens[0].learned && "the first token is never predicted");
    QVERIFY(shown.tokens.back().learned && shown.tokens.back().special && !shown.tokens[0].special);
    sample.learned.clear();
    QVERIFY(render_sample(sample, {}, *tokenizer).tokens[1].learned);

    DataReport report;
    report.first_batch.push_back(shown);
    report.train.files.push_back({"a.csv", {}, 3, 1, {{2, "why"}}});
    report.train.notes.push_back({SampleNote::Kind::dropped, {0, 5, 0}, 99, "long"});
    report.train.exact_examples.push_back({{0, 1, 0}, {0, 2, 0}});
    const Json json = data_report_json(report);
    QCOMPARE(json["first_batch"][0]["line"].get<int>(), 7);
    QVERIFY(json["first_batch"][0]["tokens"].back() == Json::array({"</s>", 1, 1}));
    QVERIFY(json["train"]["files"][0]["problems"][0] == Json({{"line", 2}, {"reason", "why"}}));
    QVERIFY(json["train"]["notes"][0] == Json({{"kind", "dropped"}, {"at", {0, 5, 0}}, {"tokens", 99}, {"reason", "long"}}));
    QVERIFY(json["train"]["exact_examples"][0]["second"] == Json::array({0, 2, 0}));
    QVERIFY(parse_json(dump_json(json), "report").ok());
  }
};

QTEST_GUILESS_MAIN(TestDataReport)
#include "test_data_report.moc"
