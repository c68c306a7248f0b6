// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/base/thread_pool.h"

using namespace roundhouse;
using namespace std::chrono_literals;

class TestThreadPool : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void coversEveryIndexOnceInWholeGrains() {
    std::mt19937_64 random(1);
    for (const int threads : {1, 2, 3, 7}) {
      ThreadPool pool(threads);
      QCOMPARE(pool.threads(), threads);
      for (int round = 0; round < 400; ++round) {
        const auto count = static_cast<std::int64_t>(random() % 5000);
        const auto grain = static_cast<std::int64_t>(random() % 40 + 1);
        std::vector<int> visits(static_cast<std::size_t>(count));  // plain: each element is one thread's
        std::atomic<bool> bad{false};
        std::vector<std::atomic<int>> busy(static_cast<std::size_t>(threads));
        pool.parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end, int worker) {
          if (worker < 0 || worker >= threads) return bad.store(true);
          if (busy[static_cast<std::size_t>(worker)].fetch_add(1) != 0) bad = true;
          if (begin % grain != 0 || (end != count && end % grain != 0) || begin >= end) bad = true;
          for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
          busy[static_cast<std::size_t>(worker)].fetch_sub(1);
        });
        QVERIFY(!bad);
        QVERIFY(std::all_of(visits.begin(), visits.end(), [](int n) { return n == 1; }));
      }
    }
  }

  void doesNothingForNothing() {
    ThreadPool pool(2);
    pool.parallel_for(0, 1, [](std::int64_t, std::int64_t, int) { QFAIL("called"); });
    pool.parallel_for(-5, 1, [](std::int64_t, std::int64_t, int) { QFAIL("called"); });
  }

  void severalThreadsReallyWork() {
    ThreadPool pool(2);
    std::atomic<int> inside{0};
    std::atomic<bool> met{false};
    // Each piece waits for the other: only two threads at once can get through.
    pool.parallel_for(2, 1, [&](std::int64_t, std::int64_t, int) {
      inside.fetch_add(1);
      const auto limit = std::chrono::steady_clock::now() + 20s;
      while (inside.load() < 2 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
      if (inside.load() == 2) met = true;
    });
    QVERIFY(met);
  }

  // A worker that lags behind while the caller has nothing left to do.
  void returnsOnlyWhenEveryPieceIsDone() {
    for (const auto spin : {0us, 50us}) {
      ThreadPool pool(2, spin);
      const std::thread::id self = std::this_thread::get_id();
      for (int round = 0; round < 20; ++round) {
        std::atomic<int> inside{0}, done{0};
        pool.parallel_for(2, 1, [&](std::int64_t, std::int64_t, int) {
          inside.fetch_add(1);
          const auto limit = std::chrono::steady_clock::now() + 1s;
          while (inside.load() < 2 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
          if (std::this_thread::get_id() != self) std::this_thread::sleep_for(2ms);
          done.fetch_add(1);
        });
        QCOMPARE(done.load(), 2);
      }
    }
  }

  void oneThreadRunsInline() {
    ThreadPool pool(1);
    const std::thread::id self = std::this_thread::get_id();
    int calls = 0;
    pool.parallel_for(1000, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
      QCOMPARE(std::this_thread::get_id(), self);
      QCOMPARE(begin, 0);
      QCOMPARE(end, 1000);
      QCOMPARE(worker, 0);
      ++calls;
    });
    QCOMPARE(calls, 1);
  }

  void nestedRegionsRunOnTheWorkerTheyAreOn() {
    ThreadPool pool(3);
    std::atomic<std::int64_t> sum{0};
    std::atomic<bool> moved{false};
    pool.parallel_for(64, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
      for (std::int64_t i = begin; i < end; ++i) {
        pool.parallel_for(10, 1, [&](std::int64_t b, std::int64_t e, int inner) {
          if (inner != worker) moved = true;
          sum += e - b;
        });
      }
    });
    QCOMPARE(sum.load(), 640);
    QVERIFY(!moved);
  }

  void callersOfSeveralThreadsTakeTurns() {
    ThreadPool pool(2);
    std::vector<std::int64_t> sums(4);
    std::vector<std::thread> callers;
    for (std::size_t c = 0; c < sums.size(); ++c) {
      callers.emplace_back([&, c] {
        for (int round = 0; round < 500; ++round) {
          std::atomic<std::int64_t> sum{0};
          pool.parallel_for(100, 3, [&](std::int64_t b, std::int64_t e, int) {
            for (std::int64_t i = b; i < e; ++i) sum += i;
          });
          sums[c] += sum;
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
    for (const std::int64_t sum : sums) QCOMPARE(sum, 500 * 4950);
  }

  void exceptionsComeOutAndThePoolGoesOn() {
    ThreadPool pool(2);
    for (int round = 0; round < 50; ++round) {
      bool caught = false;
      try {
        pool.parallel_for(100, 1, [&](std::int64_t begin, std::int64_t, int) {
          if (begin >= 10) throw std::runtime_error("piece");
        });
      } catch (const std::runtime_error& error) {
        caught = std::string(error.what()) == "piece";
      }
      QVERIFY(caught);
      std::atomic<int> n{0};
      pool.parallel_for(100, 1, [&](std::int64_t b, std::int64_t e, int) { n += static_cast<int>(e - b); });
      QCOMPARE(n.load(), 100);
    }
  }

  // Gaps around the spin time: workers are caught spinning, falling asleep and sleeping.
  void noWakeUpIsLost() {
    ThreadPool pool(2, 20us);
    std::mt19937_64 random(2);
    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < 5000; ++round) {
      std::atomic<int> n{0};
      pool.parallel_for(4, 1, [&](std::int64_t b, std::int64_t e, int) { n += static_cast<int>(e - b); });
      QCOMPARE(n.load(), 4);
      const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 60);
      while (std::chrono::steady_clock::now() < until) {
      }
    }
    QVERIFY(std::chrono::steady_clock::now() - start < 60s);
  }

  // Strangers that never sleep on every processor: small regions must not take a scheduler's slice each, whether the
  // pool has as many threads as there are processors or more.
  void doesNotStarveWhenProcessorsAreTaken() {
    std::atomic<bool> stop{false};
    std::vector<std::thread> strangers;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
      strangers.emplace_back([&] { while (!stop.load(std::memory_order_relaxed)) {} });
    }
    std::int64_t sum = 0;
    std::chrono::nanoseconds slowest{0};
    for (const unsigned times : {1u, 2u}) {
      ThreadPool pool(static_cast<int>(times * std::max(1u, std::thread::hardware_concurrency())));
      const auto start = std::chrono::steady_clock::now();
      for (int round = 0; round < 1000; ++round) {
        std::atomic<std::int64_t> part{0};
        pool.parallel_for(32, 1, [&](std::int64_t b, std::int64_t e, int) { part += e - b; });
        sum += part;
      }
      slowest = std::max(slowest, std::chrono::steady_clock::now() - start);
    }
    stop = true;
    for (std::thread& stranger : strangers) stranger.join();
    QCOMPARE(sum, 64000);
    QVERIFY2(slowest < 30s, qPrintable(QString::number(std::chrono::duration<double>(slowest).count())));
  }

  void comesAndGoesQuickly() {
    for (int i = 0; i < 200; ++i) {
      ThreadPool pool(4);
      if (i % 2 == 0) pool.parallel_for(8, 1, [](std::int64_t, std::int64_t, int) {});
    }
  }

  // Fork and join while workers spin: two pieces that wait for each other, so that both threads must have come.
  // Printed, as it depends on the machine's other load.
  void tellsTheCostOfASmallRegion() {
    ThreadPool pool(2);
    std::vector<double> microseconds;
    for (int i = 0; i < 2000; ++i) {
      std::atomic<int> inside{0};
      const auto start = std::chrono::steady_clock::now();
      pool.parallel_for(2, 1, [&](std::int64_t, std::int64_t, int) {
        inside.fetch_add(1);
        const auto limit = std::chrono::steady_clock::now() + 1ms;
        while (inside.load() < 2 && std::chrono::steady_clock::now() < limit) {
        }
      });
      microseconds.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
    }
    std::sort(microseconds.begin(), microseconds.end());
    qInfo("fork and join of 2 threads: 10 %% %.2f, median %.2f, 99 %% %.2f microseconds", microseconds[200], microseconds[1000],
          microseconds[1980]);
    QVERIFY(microseconds.front() < 1000);
  }
};

QTEST_APPLESS_MAIN(TestThreadPool)
#include "test_thread_pool.moc"
