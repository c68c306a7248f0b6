// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <unistd.h>

#include <fstream>

#include "engine/facade/available_memory.h"
#include "roundhouse/model.h"

using namespace roundhouse;

class TestAvailableMemory : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() { root_ = std::make_unique<QTemporaryDir>(); }
  void theKernelsEstimateCountsWithoutLimits() {
    QCOMPARE(available(), std::uint64_t{0});  // no such files: unknown
    system();
    QCOMPARE(available(), std::uint64_t{1000 * 1024});
    write("proc/self/limits", "Limit                     Soft Limit           Hard Limit           Units\n"
                              "Max address space         unlimited            unlimited            bytes\n");
    write("proc/self/status", "Name:\ta\nVmSize:\t     100 kB\n");
    write("sys/fs/cgroup/app/memory.max", "max\n");
    write("sys/fs/cgroup/app/memory.current", "5\n");
    QCOMPARE(available(), std::uint64_t{1000 * 1024});
  }
  void theLeastOfItsGroupsAndTheirParentsCounts() {
    system();
    group("app/inner", 900'000, 200'000, 50'000);
    QCOMPARE(available(), std::uint64_t{900'000 - 150'000});
    group("app", 600'000, 200'000, 0);
    QCOMPARE(available(), std::uint64_t{400'000});
    group("other", 1, 0, 0);  // of no parent
    QCOMPARE(available(), std::uint64_t{400'000});
    group("", 500'000, 400'000, 0);  // of a container, mounted as the root
    QCOMPARE(available(), std::uint64_t{100'000});
    group("", 500'000, 600'000, 0);  // nothing left is not unknown
    QCOMPARE(available(), std::uint64_t{1});
  }
  void aGroupWithoutADirectoryIsLookedForFurtherUp() {
    system();
    write("proc/self/cgroup", "1:name=systemd:/x\n0::/../elsewhere\n");
    group("", 300'000, 100'000, 0);
    QCOMPARE(available(), std::uint64_t{200'000});
  }
  void theLimitOfAddressSpaceCounts() {
    system();
    write("proc/self/limits", "Max address space         409600               unlimited            bytes\n");
    write("proc/self/status", "VmSize:\t     100 kB\n");
    QCOMPARE(available(), std::uint64_t{409600 - 102400});
  }
  void allThereIsIsTheMachinesOrTheSmallestGroups() {
    QCOMPARE(physical(), std::uint64_t{0});
    system();
    write("proc/meminfo", "MemTotal:        2000 kB\nMemAvailable:    1000 kB\n");
    QCOMPARE(physical(), std::uint64_t{2000 * 1024});
    group("app/inner", 900'000, 200'000, 50'000);
    group("app", 600'000, 200'000, 0);
    QCOMPARE(physical(), std::uint64_t{600'000});
  }
  void thisMachineHasSome() {
    QVERIFY(physical_memory_bytes() >= available_memory_bytes());
    QVERIFY(available_memory_bytes() > 1u << 20);
    QVERIFY(available_memory_bytes() <= static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
  }

 private:
  std::uint64_t physical() const { return physical_memory_under(root_->path().toStdString()); }
  std::uint64_t available() const { return available_memory_under(root_->path().toStdString()); }
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(root_->path().toStdString()) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void system() const {
    write("proc/meminfo", "MemTotal:        2000 kB\nMemFree:          500 kB\nMemAvailable:    1000 kB\n");
    write("proc/self/cgroup", "0::/app/inner\n");
  }
  void group(const std::string& name, int limit, int current, int cached) const {
    const std::string folder = "sys/fs/cgroup/" + name + "/";
    write(folder + "memory.max", std::to_string(limit) + "\n");
    write(folder + "memory.current", std::to_string(current) + "\n");
    write(folder + "memory.stat", "anon 7\ninactive_file " + std::to_string(cached) + "\n");
  }
  std::unique_ptr<QTemporaryDir> root_;
};

QTEST_APPLESS_MAIN(TestAvailableMemory)
#include "test_available_memory.moc"
