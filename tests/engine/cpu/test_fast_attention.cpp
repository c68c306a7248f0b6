// SPDX-License-Identifier: Apache-2.0
// Tests of engine/cpu/kernels: avx2/attention avx512/attention
#include <QtTest>

#include <algorithm>
#include <cmath>

#include "engine/base/memory_account.h"
#include "engine/cpu/kernels/select.h"
#include "fast_test_support.h"
#include "roundhouse/isa.h"

using namespace roundhouse;
using namespace fast_test;

namespace {

// Pages of one key/value head, in random order in memory, with noise (also NaN) where nothing was written.
struct Pages {
  int key_dim, value_dim, positions;
  std::vector<std::uint16_t> keys, values;  // [pages][dim][64], [pages][64][dim]
  std::vector<float> full_keys, full_values;  // the same numbers
  std::vector<std::int32_t> table;

  Pages(Random& random, int key, int value, int count) : key_dim(key), value_dim(value), positions(count) {
    const int pages = (count + 63) / 64 + 2;
    keys.resize(static_cast<std::size_t>(pages * 64 * key));
    values.resize(static_cast<std::size_t>(pages * 64 * value));
    for (auto* part : {&keys, &values}) {
      for (std::uint16_t& bits : *part) bits = static_cast<std::uint16_t>(random());
    }
    for (std::int32_t p = 0; p < pages; ++p) table.push_back(p);
    std::shuffle(table.begin(), table.end(), random);
    for (int p = 0; p < count; ++p) {
      for (int d = 0; d < key; ++d) keys[key_at(p, d)] = float_to_half(gaussian(random));
      for (int d = 0; d < value; ++d) values[value_at(p, d)] = float_to_half(gaussian(random));
    }
    for (const std::uint16_t bits : keys) full_keys.push_back(half_to_float(bits));
    for (const std::uint16_t bits : values) full_values.push_back(half_to_float(bits));
  }
  std::size_t key_at(int p, int d) const {
    return static_cast<std::size_t>((table[static_cast<std::size_t>(p / 64)] * key_dim + d) * 64 + p % 64);
  }
  std::size_t value_at(int p, int d) const {
    return static_cast<std::size_t>((table[static_cast<std::size_t>(p / 64)] * 64 + p % 64) * value_dim + d);
  }
};

struct Query {
  std::vector<float> q;
  std::int32_t first, last;
};

struct Answer {
  std::vector<float> out, probabilities;
  bool operator==(const Answer&) const = default;
};

std::vector<Answer> attend(Isa isa, const Pages& pages, const std::vector<Query>& queries, float scale, float softcap,
                           bool want_probabilities = true, bool full = false) {
  std::vector<Answer> answers;
  std::vector<const float*> q;
  std::vector<float*> out, probabilities;
  std::vector<std::int32_t> first, last;
  for (const Query& query : queries) {
    answers.push_back({std::vector<float>(static_cast<std::size_t>(pages.value_dim), -5.0f),
                       std::vector<float>(want_probabilities ? static_cast<std::size_t>(query.last) + 1 : 0)});
    q.push_back(query.q.data());
    first.push_back(query.first);
    last.push_back(query.last);
  }
  for (Answer& answer : answers) {
    out.push_back(answer.out.data());
    probabilities.push_back(answer.probabilities.data());
  }
  auto scratch = AlignedBuffer::allocate(nullptr, MemoryTag::other,
                                         4 * kernels::attention_scratch_floats(pages.key_dim, pages.value_dim), "test");
  const void* const keys = full ? static_cast<const void*>(pages.full_keys.data()) : pages.keys.data();
  const void* const values = full ? static_cast<const void*>(pages.full_values.data()) : pages.values.data();
  const kernels::AttentionArguments a{full, keys, values, 64 * pages.key_dim, 64 * pages.value_dim,
                                      pages.table.data(), pages.key_dim, pages.value_dim, scale, softcap,
                                      static_cast<int>(queries.size()), q.data(), out.data(), first.data(), last.data(),
                                      want_probabilities ? probabilities.data() : nullptr, scratch->as<float>().data()};
  kernels_for(isa)->attention(a);
  return answers;
}

}  // namespace

class TestFastAttention : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    if (available_isas().size() < 2) QSKIP("this processor has no fast path");
  }

  // Against double. Products add key_dim roundings relative to sum |q k|; e^x turns a score's absolute error into a
  // relative one of the probability: with scores below 30 and dims below 300, 2e-4 covers the sum several times over.
  void matchesTheDefinition_data() {
    QTest::addColumn<int>("keyDim");
    QTest::addColumn<int>("valueDim");
    QTest::addColumn<int>("positions");
    QTest::addColumn<int>("window");
    QTest::addColumn<double>("softcap");
    QTest::newRow("64") << 64 << 64 << 200 << 0 << 0.0;
    QTest::newRow("128, several panels") << 128 << 128 << 130 << 0 << 0.0;
    QTest::newRow("one position") << 64 << 64 << 1 << 0 << 0.0;
    QTest::newRow("odd dims") << 37 << 21 << 150 << 0 << 0.0;
    QTest::newRow("latent-like dims") << 192 << 136 << 70 << 0 << 0.0;
    QTest::newRow("window") << 64 << 80 << 300 << 40 << 0.0;
    QTest::newRow("soft cap") << 64 << 64 << 100 << 0 << 5.0;
  }
  void matchesTheDefinition() {
    QFETCH(int, keyDim);
    QFETCH(int, valueDim);
    QFETCH(int, positions);
    QFETCH(int, window);
    QFETCH(double, softcap);
    Random random(11);
    const Pages pages(random, keyDim, valueDim, positions);
    const float scale = 1.0f / std::sqrt(static_cast<float>(keyDim));
    for (const Isa isa : available_isas()) {
      if (!kernels_for(isa)) continue;
      for (const int count : {1, 2, 3, 5, 6, 7, 13, 24}) {
        std::vector<Query> queries;
        for (int i = 0; i < count; ++i) {
          const std::int32_t last = std::max(0, positions - 1 - i * 9 % positions);
          queries.push_back({gaussian_row(random, keyDim), window ? std::max(0, last - window + 1) : 0, last});
        }
        const std::vector<Answer> answers = attend(isa, pages, queries, scale, static_cast<float>(softcap));
        // f32 holds the same numbers, so it gives the same bits.
        QVERIFY(attend(isa, pages, queries, scale, static_cast<float>(softcap), true, true) == answers);
        for (std::size_t i = 0; i < queries.size(); ++i) {
          const Query& query = queries[i];
          std::vector<double> weight(static_cast<std::size_t>(query.last) + 1, 0.0);
          double total = 0;
          for (int p = query.first; p <= query.last; ++p) {
            double score = 0;
            for (int d = 0; d < keyDim; ++d) score += static_cast<double>(query.q[static_cast<std::size_t>(d)]) * half_to_float(pages.keys[pages.key_at(p, d)]);
            score *= scale;
            if (softcap > 0) score = softcap * std::tanh(score / softcap);
            total += weight[static_cast<std::size_t>(p)] = std::exp(score);
          }
          for (std::size_t p = 0; p < weight.size(); ++p) {
            weight[p] /= total;
            QVERIFY(std::abs(answers[i].probabilities[p] - weight[p]) <= 2e-4 * weight[p] + 1e-9);
          }
          for (int d = 0; d < valueDim; ++d) {
            double expected = 0, magnitude = 0;
            for (int p = query.first; p <= query.last; ++p) {
              const double v = half_to_float(pages.values[pages.value_at(p, d)]);
              expected += weight[static_cast<std::size_t>(p)] * v;
              magnitude += weight[static_cast<std::size_t>(p)] * std::abs(v);
            }
            const double got = answers[i].out[static_cast<std::size_t>(d)];
            QVERIFY2(std::abs(got - expected) <= 2e-4 * magnitude + 1e-7,
                     qPrintable(QString("%1 query %2 of %3, dim %4: %5, expected %6").arg(isa_name(isa)).arg(i).arg(count).arg(d).arg(got).arg(expected)));
          }
        }
      }
    }
  }

  void aQueryHasTheSameBitsInAnyCompany() {
    Random random(12);
    for (const Isa isa : available_isas()) {
      if (!kernels_for(isa)) continue;
      for (int round = 0; round < 25; ++round) {
        const int key_dim = 8 + static_cast<int>(random() % 90), value_dim = 8 + static_cast<int>(random() % 90);
        const int positions = 1 + static_cast<int>(random() % 400);
        const Pages pages(random, key_dim, value_dim, positions);
        std::vector<Query> queries;
        const int count = 1 + static_cast<int>(random() % 24);
        for (int i = 0; i < count; ++i) {
          const auto last = static_cast<std::int32_t>(random() % static_cast<unsigned>(positions));
          const std::int32_t first = random() % 3 ? 0 : static_cast<std::int32_t>(random() % static_cast<unsigned>(last + 1));
          queries.push_back({gaussian_row(random, key_dim), first, last});
        }
        const std::vector<Answer> together = attend(isa, pages, queries, 0.2f, 0.0f);
        for (std::size_t i = 0; i < queries.size(); ++i) {
          QVERIFY(attend(isa, pages, {queries[i]}, 0.2f, 0.0f)[0] == together[i]);
        }
        QVERIFY(attend(isa, pages, queries, 0.2f, 0.0f, false)[0].out == together[0].out);
      }
    }
  }

  void instructionSetsGiveTheSameBits() {
    Random random(13);
    const Pages pages(random, 64, 64, 333);
    std::vector<Query> queries;
    for (int i = 0; i < 24; ++i) queries.push_back({gaussian_row(random, 64), 0, 332 - 13 * i});
    std::vector<std::vector<Answer>> all;
    for (const Isa isa : available_isas()) {
      if (kernels_for(isa)) all.push_back(attend(isa, pages, queries, 0.125f, 0.0f));
    }
    for (const auto& answers : all) QVERIFY(answers == all[0]);
  }

  void largeScoresDoNotOverflow() {
    Random random(14);
    const Pages pages(random, 64, 64, 100);
    for (const Isa isa : available_isas()) {
      if (!kernels_for(isa)) continue;
      std::vector<float> q = gaussian_row(random, 64, 1000.0f);
      const Answer answer = attend(isa, pages, {{q, 0, 99}}, 1.0f, 0.0f)[0];
      double total = 0;
      for (const float p : answer.probabilities) {
        QVERIFY(p >= 0.0f && p <= 1.0f);
        total += p;
      }
      QVERIFY(std::abs(total - 1) < 1e-5);
      for (const float v : answer.out) QVERIFY(std::isfinite(v));
    }
  }
};

QTEST_APPLESS_MAIN(TestFastAttention)
#include "test_fast_attention.moc"
