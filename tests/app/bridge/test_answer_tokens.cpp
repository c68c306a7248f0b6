// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/answer_tokens.h"

#include <QElapsedTimer>
#include <QtTest>

#include <algorithm>
#include <thread>

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

AnswerToken token(int n) {
  AnswerToken made;
  made.id = n;
  made.position = 10 + n;
  made.textBegin = std::uint32_t(4 * n);
  made.textEnd = std::uint32_t(4 * n + 4);
  made.alternatives.resize(5);
  return made;
}

AnswerTokens tokens(int count) {
  AnswerTokens made;
  for (int n = 0; n < count; ++n) made.push_back(token(n));
  return made;
}

bool holds(const AnswerTokens& list, int count, int otherwiseFrom = -1) {
  if (list.size() != std::size_t(count)) return false;
  int n = 0;
  for (const AnswerToken& each : list) {
    const int id = otherwiseFrom >= 0 && n >= otherwiseFrom ? -n : n;
    if (each.id != id || (id >= 0 && each.alternatives.size() != 5)) return false;
    ++n;
  }
  return true;
}

}  // namespace

class TestAnswerTokens : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void holdsThemInOrder() {
    for (const int count : {0, 1, 255, 256, 257, 1000}) {
      const AnswerTokens list = tokens(count);
      QVERIFY(holds(list, count));
      QCOMPARE(list.empty(), count == 0);
      if (count > 0) QCOMPARE(list.back().id, count - 1);
      for (const int at : {0, count / 2, count - 1}) {
        if (at < 0 || at >= count) continue;
        const auto found = std::lower_bound(list.begin(), list.end(), 10 + at, [](const AnswerToken& each, int position) { return each.position < position; });
        QCOMPARE(found - list.begin(), at);
      }
    }
  }
  void copiesGoOnEachForItself() {
    for (const int count : {1, 255, 256, 300}) {
      AnswerTokens first = tokens(count), second = first;
      const AnswerTokens before = first;
      for (int n = count; n < count + 300; ++n) {
        first.push_back(token(n));
        AnswerToken other;
        other.id = -n;
        second.push_back(other);
      }
      QVERIFY(holds(before, count));
      QVERIFY(holds(first, count + 300));
      QVERIFY(holds(second, count + 300, count));
      QCOMPARE(&first[0], &before[0]);  // shared
    }
  }
  void otherSpansAreThoseOfOneCopy() {
    AnswerTokens list = tokens(300);
    const AnswerTokens before = list;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> spans(300, {7, 9});
    list.setSpans(spans);
    QVERIFY(holds(list, 300));
    QCOMPARE(list[299].textBegin, 7u);
    QCOMPARE(before[299].textBegin, std::uint32_t(4 * 299));
  }
  void copiesAreReadWhileOneGrows() {
    AnswerTokens growing;
    std::vector<std::thread> readers;
    std::atomic<bool> right{true};
    for (int n = 0; n < 2000; ++n) {
      growing.push_back(token(n));
      if (n % 500 == 499) readers.emplace_back([&right, copy = growing, count = n + 1] {
        for (int i = 0; i < 20; ++i) right = right && holds(copy, count);
      });
    }
    for (std::thread& each : readers) each.join();
    QVERIFY(right);
  }
  // A snapshot is taken up to sixty times a second.
  void aSnapshotOfALongAnswerIsCheap() {
    constexpr int kTokens = 20'000, kSnapshots = 1000;
    AnswerTokens growing = tokens(kTokens);
    std::vector<AnswerToken> plain(growing.begin(), growing.end());
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < 20; ++i) {
      const std::vector<AnswerToken> copy = plain;
      if (copy.size() != plain.size()) QFAIL("not copied");
    }
    const double plainMs = double(clock.nsecsElapsed()) / 20e6;
    clock.restart();
    for (int i = 0; i < kSnapshots; ++i) {
      growing.push_back(token(kTokens + i));
      const AnswerTokens copy = growing;
      if (copy.size() != growing.size()) QFAIL("not copied");
    }
    const double ms = double(clock.nsecsElapsed()) / (kSnapshots * 1e6);
    qInfo("20,000 tokens: a snapshot %.4f ms, as a plain list %.4f ms", ms, plainMs);
    QVERIFY2(ms < 0.2, qPrintable(QString::number(ms)));
  }
};

QTEST_GUILESS_MAIN(TestAnswerTokens)
#include "test_answer_tokens.moc"
