// SPDX-License-Identifier: Apache-2.0
#include "engine/train/duplicates.h"

#include <QtTest>

#include <random>
#include <set>
#include <sstream>

using namespace roundhouse;

namespace {

std::string drawn_text(std::mt19937& random, int words) {
  std::string text;
  for (int i = 0; i < words; ++i) text += (i > 0 ? " w" : "w") + std::to_string(random() % 5000);
  return text;
}

// Words replaced with a probability.
std::string changed(const std::string& text, double share, std::mt19937& random) {
  std::istringstream words(text);
  std::string out, word;
  while (words >> word) out += (out.empty() ? "" : " ") + (double(random()) / 4294967296.0 < share ? "v" + std::to_string(random() % 5000) : word);
  return out;
}

double jaccard(const std::string& a, const std::string& b) {
  const auto runs = [](const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    std::set<std::string> all;
    for (std::size_t i = 0; i + 2 < words.size(); ++i) all.insert(words[i] + " " + words[i + 1] + " " + words[i + 2]);
    return all;
  };
  const auto one = runs(a), other = runs(b);
  std::size_t both = 0;
  for (const auto& run : one) both += other.count(run);
  return double(both) / double(one.size() + other.size() - both);
}

}  // namespace

class TestDuplicates : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void caseSpacesAndPunctuationDoNotMatter() {
    QCOMPARE(normalized_text("  Who\tARE,\nyou?! "), std::string("who are you"));
    QCOMPARE(normalized_text("a-b_C"), std::string("a b c"));
    QCOMPARE(normalized_text("\xC3\x89t\xC3\xA9 \xE4\xB8\x93"), std::string("\xC3\x89t\xC3\xA9 \xE4\xB8\x93"));
    QCOMPARE(normalized_text("?!"), std::string());
    QVERIFY(text_hash("a") != text_hash("b") && text_hash("") != text_hash(std::string_view("\0", 1)));
  }
  // The estimate stays within what its deviation allows, over the whole range.
  void sketchesEstimateTheShareOfRuns() {
    std::mt19937 random(2);
    double error = 0.0, squares = 0.0;
    constexpr int rounds = 400;
    for (int i = 0; i < rounds; ++i) {
      const std::string a = drawn_text(random, 150), b = changed(a, double(i) / rounds * 0.5, random);
      const double difference = sketch_similarity(text_sketch(a), text_sketch(b)) - jaccard(a, b);
      error += difference;
      squares += difference * difference;
    }
    QVERIFY2(std::abs(error / rounds) < 0.01, std::to_string(error / rounds).c_str());
    QVERIFY2(std::sqrt(squares / rounds) < 0.07, std::to_string(std::sqrt(squares / rounds)).c_str());
  }
  void nearTextsAreFoundAndOthersAreNot() {
    std::mt19937 random(4);
    std::vector<std::string> texts;
    for (int i = 0; i < 500; ++i) texts.push_back(drawn_text(random, 120));
    for (int i = 0; i < 100; ++i) {  // one word of 120: the runs that hold it are 3 of 118
      std::string text = texts[std::size_t(i)];
      text.replace(text.rfind(' '), std::string::npos, " other");
      texts.push_back(text);
    }
    std::vector<TextSketch> sketches;
    for (const auto& text : texts) sketches.push_back(text_sketch(text));
    const auto matches = near_matches(sketches);
    for (std::size_t i = 0; i < 500; ++i) QCOMPARE(matches[i], std::int64_t{-1});
    for (std::size_t i = 500; i < 600; ++i) QCOMPARE(matches[i], std::int64_t(i - 500));
  }
  void shortAndChineseTextsHaveSketches() {
    const auto similar = [](const char* a, const char* b) { return sketch_similarity(text_sketch(a), text_sketch(b)); };
    QCOMPARE(similar("hello", "hello"), 1.0);
    QVERIFY(similar("hello", "world") < 0.2);
    QVERIFY(similar("hello you", "you hello") < 0.2);
    QVERIFY(similar("\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xB8\x93\xE5\xAE\xB6\xE4\xBD\xA0\xE5\xA5\xBD", "\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xB8\x93\xE5\xAE\xB6\xE4\xBD\xA0\xE5\xA4\xBD") > 0.3);
    const std::vector<TextSketch> empty = {text_sketch(""), text_sketch("")};
    QCOMPARE(near_matches(empty), (std::vector<std::int64_t>{-1, -1}));
  }
  // Very many equal texts take no longer than as many different ones.
  void manyEqualTextsAreQuick() {
    const std::vector<TextSketch> same(100000, text_sketch("the same words in every text"));
    QElapsedTimer timer;
    timer.start();
    const auto matches = near_matches(same);
    QVERIFY(timer.elapsed() < 5000);
    QCOMPARE(matches[0], std::int64_t{-1});
    QVERIFY(std::all_of(matches.begin() + 1, matches.end(), [](std::int64_t match) { return match == 0; }));
  }
};

QTEST_GUILESS_MAIN(TestDuplicates)
#include "test_duplicates.moc"
