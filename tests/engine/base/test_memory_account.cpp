// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "engine/base/memory_account.h"

using namespace roundhouse;

class TestMemoryAccount : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void countsByPurposeAndRemembersPeaks() {
    const auto account = std::make_shared<MemoryAccount>();
    {
      const auto cache = AlignedBuffer::allocate(account, MemoryTag::kv_cache, 1000, "cache");
      QVERIFY(cache.ok());
      { const MemoryClaim mapped(account, MemoryTag::weights_experts, 5000); }
      const MemoryClaim work(account, MemoryTag::workspace, 70);
      QCOMPARE(account->use(MemoryTag::kv_cache).current_bytes, 1000);
      QCOMPARE(account->use(MemoryTag::weights_experts).current_bytes, 0);
      QCOMPARE(account->use(MemoryTag::weights_experts).peak_bytes, 5000);
      QCOMPARE(account->total().current_bytes, 1070);
      QCOMPARE(account->total().peak_bytes, 6000);  // not 6070: the two were never held together
    }
    for (int tag = 0; tag < memory_tag_count; ++tag) {
      QCOMPARE(account->use(static_cast<MemoryTag>(tag)).current_bytes, 0);
    }
    QCOMPARE(account->total().current_bytes, 0);
  }
  void movingABufferCountsItOnce() {
    const auto account = std::make_shared<MemoryAccount>();
    auto first = AlignedBuffer::allocate(account, MemoryTag::other, 100, "first").value();
    auto second = AlignedBuffer::allocate(account, MemoryTag::trace, 40, "second").value();
    std::memset(first.data(), 7, 100);
    second = std::move(first);
    QCOMPARE(account->use(MemoryTag::trace).current_bytes, 0);
    QCOMPARE(account->use(MemoryTag::other).current_bytes, 100);
    QCOMPARE(second.size_bytes(), 100);
    QCOMPARE(first.size_bytes(), 0);
    QCOMPARE(static_cast<int>(second.data()[99]), 7);
    second = AlignedBuffer();
    QCOMPARE(account->total().current_bytes, 0);
  }
  void alignsAndViewsAsArray() {
    for (const std::size_t alignment : {std::size_t{64}, std::size_t{4096}}) {
      auto buffer = AlignedBuffer::allocate(nullptr, MemoryTag::other, 1001, "odd", alignment).value();
      QCOMPARE(reinterpret_cast<std::uintptr_t>(buffer.data()) % alignment, std::uintptr_t{0});
      QCOMPARE(buffer.as<float>().size(), std::size_t{250});
      QCOMPARE(buffer.size_bytes(), 1001);
    }
  }
  void refusesWhatCannotBe() {
    const auto account = std::make_shared<MemoryAccount>();
    const auto huge = AlignedBuffer::allocate(account, MemoryTag::other, std::numeric_limits<std::int64_t>::max() / 2, "router scores");
    QVERIFY(!huge.ok());
    QVERIFY(huge.error().code == ErrorCode::out_of_memory);
    QVERIFY(huge.error().message().find("router scores") != std::string::npos);
    QVERIFY(!AlignedBuffer::allocate(account, MemoryTag::other, std::numeric_limits<std::int64_t>::max(), "edge").ok());
    QVERIFY(!AlignedBuffer::allocate(account, MemoryTag::other, -1, "negative").ok());
    QVERIFY(AlignedBuffer::allocate(account, MemoryTag::other, 0, "none").value().empty());
    QCOMPARE(account->total().peak_bytes, 0);
  }
  void countsExactlyFromSeveralThreads() {
    const auto account = std::make_shared<MemoryAccount>();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20000; ++i) {
          const MemoryClaim claim(account, MemoryTag::workspace, 3);
          account->add(MemoryTag::trace, 1);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(account->use(MemoryTag::workspace).current_bytes, 0);
    QCOMPARE(account->use(MemoryTag::trace).current_bytes, 80000);
    QCOMPARE(account->use(MemoryTag::trace).peak_bytes, 80000);
    QVERIFY(account->use(MemoryTag::workspace).peak_bytes <= 12);
  }
  void everyTagHasItsName() {
    QCOMPARE(memory_tag_name(MemoryTag::weights_dense), std::string_view("weights_dense"));
    QCOMPARE(memory_tag_name(MemoryTag::tokenizer), std::string_view("tokenizer"));
  }
};

QTEST_APPLESS_MAIN(TestMemoryAccount)
#include "test_memory_account.moc"
