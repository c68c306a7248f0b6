// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <map>
#include <random>

#include "engine/text/bpe.h"

using namespace roundhouse::text;

class TestBpe : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Words of every length, short search and heap alike, against merging step by step.
  void agreesWithMergingStepByStep() {
    std::mt19937 random(3);
    for (int table = 0; table < 20; ++table) {
      BpeMerges merges;
      std::map<std::pair<Symbol, Symbol>, std::pair<std::uint32_t, Symbol>> rules;
      std::map<std::vector<Symbol>, Symbol> symbols;  // what a symbol is made of
      std::vector<std::vector<Symbol>> parts = {{0}, {1}, {2}};
      for (Symbol s = 0; s < 3; ++s) symbols[{s}] = s;
      for (std::uint32_t rank = 0; rank < 60; ++rank) {
        const auto left = static_cast<Symbol>(random() % parts.size()), right = static_cast<Symbol>(random() % parts.size());
        std::vector<Symbol> joined = parts[left];
        joined.insert(joined.end(), parts[right].begin(), parts[right].end());
        const auto [entry, fresh] = symbols.emplace(joined, static_cast<Symbol>(parts.size()));
        if (fresh) parts.push_back(joined);
        rules.emplace(std::pair(left, right), std::pair(rank, entry->second));
        merges.add(left, right, rank, entry->second);
      }
      QCOMPARE(merges.size(), rules.size());
      BpeMerges::Scratch scratch;
      for (int round = 0; round < 100; ++round) {
        std::vector<Symbol> word;
        for (std::size_t i = random() % 120; i > 0; --i) word.push_back(static_cast<Symbol>(random() % 3));
        std::vector<Symbol> expected = word;
        for (;;) {
          auto best = rules.end();
          std::size_t at = 0;
          for (std::size_t i = 0; i + 1 < expected.size(); ++i) {
            const auto rule = rules.find({expected[i], expected[i + 1]});
            if (rule != rules.end() && (best == rules.end() || rule->second.first < best->second.first)) best = rule, at = i;
          }
          if (best == rules.end()) break;
          expected[at] = best->second.second;
          expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(at) + 1);
        }
        merges.merge(word, scratch);
        QCOMPARE(word, expected);
      }
    }
  }

  void withoutMergesAWordStaysAsItIs() {
    const BpeMerges merges;
    BpeMerges::Scratch scratch;
    for (const std::size_t length : {0u, 1u, 5u, 100u}) {
      std::vector<Symbol> word(length, 7);
      merges.merge(word, scratch);
      QCOMPARE(word, std::vector<Symbol>(length, 7));
    }
  }
};

QTEST_APPLESS_MAIN(TestBpe)
#include "test_bpe.moc"
