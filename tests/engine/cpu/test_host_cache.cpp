// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <cstdint>
#include <limits>
#include <memory>
#include <set>

#include "engine/cpu/host_cache.h"

using namespace roundhouse;

class TestHostCache : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyPlaceIsItsOwnAndInside() {
    const auto account = std::make_shared<MemoryAccount>();
    {
      auto cache = create_host_cache(account, DType::f32, 2, 3, 4, 8, 6);
      QVERIFY(cache.ok());
      KvCache& kv = **cache;
      QCOMPARE(kv.bytes, std::uint64_t{2} * 3 * 4 * 64 * (8 + 6) * 4);
      QCOMPARE(account->use(MemoryTag::kv_cache).current_bytes, static_cast<std::int64_t>(kv.bytes));
      const std::int32_t pages[] = {2, 0, 1};
      std::set<std::int64_t> offsets;
      for (std::int32_t position = 0; position < 3 * KvCache::page_tokens; ++position) {
        for (std::int32_t head = 0; head < 4; ++head) {
          const std::int64_t offset = cache_offset(kv, pages, position, head, 6);
          QVERIFY(offset % 6 == 0 && offset >= 0 && offset + 6 <= kv.values[1].elements());
          QVERIFY(offsets.insert(offset).second);
        }
      }
      kv.keys[1].f32()[kv.keys[1].elements() - 1] = 1.0f;
    }
    QCOMPARE(account->use(MemoryTag::kv_cache).current_bytes, 0);
  }

  void refusesWhatCannotBe() {
    const auto account = std::make_shared<MemoryAccount>();
    QVERIFY(create_host_cache(account, DType::f32, 1, 0, 1, 8, 8).error().code == ErrorCode::invalid_argument);
    QVERIFY(create_host_cache(account, DType::q4_0, 1, 1, 1, 32, 32).error().code == ErrorCode::unsupported);
    const std::int32_t most = std::numeric_limits<std::int32_t>::max();
    QVERIFY(create_host_cache(account, DType::f32, 1, most, most, most, 8).error().code == ErrorCode::out_of_memory);
    QVERIFY(create_host_cache(account, DType::f16, 1, most, 1000, 1000, 8).error().code == ErrorCode::out_of_memory);
    QCOMPARE(account->use(MemoryTag::kv_cache).current_bytes, 0);
  }
};

QTEST_APPLESS_MAIN(TestHostCache)
#include "test_host_cache.moc"
