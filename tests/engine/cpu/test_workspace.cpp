// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <random>
#include <set>
#include <vector>

#include "engine/cpu/workspace.h"

using namespace roundhouse;

class TestWorkspace : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Random nesting of marks; every live block keeps its own pattern.
  void keepsWhatIsLiveAndReusesWhatIsNot() {
    const auto account = std::make_shared<MemoryAccount>();
    std::mt19937 random(7);
    {
      Workspace workspace(account, 4096);
      struct Block { unsigned char* data; std::size_t bytes; unsigned char pattern; };
      std::vector<Block> live;
      std::vector<std::pair<Workspace::Mark, std::size_t>> marks;
      for (int step = 0; step < 20000; ++step) {
        const unsigned what = random() % 10;
        if (what < 6) {
          const std::size_t bytes = random() % 3000 + (random() % 50 == 0 ? 60000 : 0);
          auto* data = static_cast<unsigned char*>(workspace.allocate_bytes(static_cast<std::int64_t>(bytes)));
          QCOMPARE(reinterpret_cast<std::uintptr_t>(data) % 64, std::uintptr_t{0});
          const auto pattern = static_cast<unsigned char>(random());
          std::memset(data, pattern, bytes);
          live.push_back({data, bytes, pattern});
        } else if (what < 8) {
          marks.emplace_back(workspace.mark(), live.size());
        } else if (!marks.empty()) {
          for (const Block& block : live) {
            for (const std::size_t at : {std::size_t{0}, block.bytes / 2, block.bytes - 1}) {
              if (at < block.bytes) QCOMPARE(block.data[at], block.pattern);
            }
          }
          workspace.release(marks.back().first);
          live.resize(marks.back().second);
          marks.pop_back();
        }
        QVERIFY(workspace.used_bytes() <= workspace.reserved_bytes());
        QVERIFY(workspace.used_bytes() <= workspace.peak_bytes());
        QCOMPARE(account->use(MemoryTag::workspace).current_bytes, workspace.reserved_bytes());
      }
    }
    QCOMPARE(account->use(MemoryTag::workspace).current_bytes, 0);
  }

  void aSecondPassOfTheSameWorkNeedsNoNewMemory() {
    const auto account = std::make_shared<MemoryAccount>();
    Workspace workspace(account, 4096);
    const auto work = [&] {
      const Workspace::Mark start = workspace.mark();
      for (int i = 0; i < 100; ++i) workspace.allocate(DType::f32, {10, 123});
      workspace.release(start);
    };
    work();
    work();  // in one chunk from here on
    const std::int64_t reserved = workspace.reserved_bytes(), peak = workspace.peak_bytes();
    const std::int64_t account_peak = account->use(MemoryTag::workspace).peak_bytes;
    for (int i = 0; i < 10; ++i) work();
    QCOMPARE(workspace.reserved_bytes(), reserved);
    QCOMPARE(workspace.peak_bytes(), peak);
    QCOMPARE(account->use(MemoryTag::workspace).peak_bytes, account_peak);
    QVERIFY(peak >= 100 * 10 * 123 * 4);
    QCOMPARE(workspace.used_bytes(), 0);
  }

  void tensorsHaveTheirShapeAndTheirOwnId() {
    Workspace workspace(nullptr);
    std::set<std::uint32_t> ids;
    for (int i = 0; i < 50; ++i) {
      const Workspace::Mark mark = workspace.mark();
      const Tensor tensor = workspace.allocate(DType::f32, {2, 3, 5});
      QVERIFY(ids.insert(tensor.id).second);
      QCOMPARE(tensor.elements(), 30);
      QCOMPARE(tensor.rank, 3);
      QCOMPARE(tensor.last(), 5);
      QVERIFY(tensor.space == MemorySpace::host);
      workspace.release(mark);
    }
    QVERIFY(workspace.allocate(DType::f32, {0, 8}).defined());
  }

  void impossibleSizesThrow() {
    Workspace workspace(std::make_shared<MemoryAccount>());
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, workspace.allocate(DType::f32, {std::int64_t{1} << 40, std::int64_t{1} << 40}));
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, workspace.allocate(DType::f32, {std::int64_t{1} << 60}));
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, workspace.allocate(DType::f32, {-1}));
    QVERIFY_THROWS_EXCEPTION(std::bad_alloc, workspace.allocate_bytes(std::numeric_limits<std::int64_t>::max()));
    const Tensor after = workspace.allocate(DType::f32, {4});
    after.f32()[3] = 1.0f;
  }

  void aScopeGivesBack() {
    Workspace workspace(nullptr);
    workspace.allocate_bytes(100);
    const std::int64_t before = workspace.used_bytes();
    {
      const WorkspaceScope scope(workspace);
      workspace.allocate_array<float>(1000);
      QVERIFY(workspace.used_bytes() > before);
    }
    QCOMPARE(workspace.used_bytes(), before);
  }
};

QTEST_APPLESS_MAIN(TestWorkspace)
#include "test_workspace.moc"
