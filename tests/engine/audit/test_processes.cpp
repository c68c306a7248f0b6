// SPDX-License-Identifier: Apache-2.0
// Several programs on one log, and systems that refuse.
#include <sys/resource.h>

#include <set>

#include "engine/audit/head_file.h"
#include "tests/engine/audit/writer_processes.h"

using namespace roundhouse;

class TestProcesses : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void fourProcessesAppendTogether();
  void getsItsTurnAmongBusyWriters();
  void survivesTenKills() { kill_writers(10, 7); }
  void waitsForALockAndThenSaysWhoHasIt();
  void goesOnAfterAFullDisk();
  void saysWhenItMayNotWrite();
  void mayNotLookIsNoTampering();
  void readsOnAFullDisk();
  void namesTheFileThatKeepsItFromWriting();
  void verifiesWhileOthersWrite();
};

void TestProcesses::fourProcessesAppendTogether() {
  const LogFolder folder;
  constexpr int processes = 4, entries = 80;
  {
    std::vector<std::unique_ptr<Child>> children;
    for (int p = 0; p < processes; ++p)
      children.push_back(std::make_unique<Child>([&](int pipe) {
        const auto log = folder.open();  // all at once, on a log that is not there yet
        for (int i = 0; i < entries; ++i) {
          AuditEntry entry = note("plugin", std::to_string(i));
          entry.plugin = "process " + std::to_string(p);
          entry.texts = {{"prompt", entry.plugin + " entry " + entry.action}};
          Child::tell(pipe, must(log->append(entry)).sequence);
        }
        return 0;
      }));
    std::set<std::int64_t> sequences;
    for (auto& child : children) {
      std::int64_t last = 0;
      while (const std::int64_t number = child->next_number()) {
        QVERIFY(number > last);
        last = number;
        sequences.insert(number);
      }
      QCOMPARE(child->wait(), 0);
    }
    QCOMPARE(sequences.size(), std::size_t{processes * entries});
    QCOMPARE(*sequences.rbegin(), std::int64_t{processes * entries});
  }
  const auto log = folder.open();
  const auto report = must(log->verify());
  QVERIFY2(report.ok, described(report).c_str());
  QCOMPARE(report.entries_checked, std::int64_t{processes * entries});
  for (int p = 0; p < processes; ++p) {
    AuditFilter filter;
    filter.plugin = "process " + std::to_string(p);
    AuditPage page;
    page.limit = 1000;
    const auto own = must(log->query(filter, page));
    QCOMPARE(own.size(), std::size_t{entries});
    for (int i = 0; i < entries; ++i) QCOMPARE(own[i].entry.action, std::to_string(entries - 1 - i));  // newest first
  }
}

void TestProcesses::getsItsTurnAmongBusyWriters() {
  const LogFolder folder;
  const auto lock = folder.path() / "audit.db.lock";
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < 2; ++i)
    children.push_back(std::make_unique<Child>([&](int pipe) {
      for (;;) {  // free for microseconds only
        const auto held = must(audit::LogLock::acquire(lock, 10'000));
        Child::tell(pipe, 1);
        ::usleep(10'000);
      }
      return 0;  // killed before
    }));
  QCOMPARE(children[0]->next_number(), 1);
  for (int turn = 0; turn < 10; ++turn) {
    const auto held = audit::LogLock::acquire(lock, 1'000);
    QVERIFY2(held.ok(), held.ok() ? "" : held.error().message().c_str());
  }
}

void TestProcesses::waitsForALockAndThenSaysWhoHasIt() {
  const LogFolder folder;
  auto options = folder.options();
  options.busy_timeout_ms = 300;
  const auto log = must(AuditLog::open(options));
  must(log->append(note("settings")));
  {
    RawDatabase other(folder.database());
    other.run("BEGIN IMMEDIATE");
    const auto start = std::chrono::steady_clock::now();
    const auto refused = log->append(note("settings"));
    QVERIFY(!refused.ok());
    QVERIFY2(refused.error().code == ErrorCode::conflict, refused.error().message().c_str());
    QVERIFY(refused.error().message().find(folder.database().string()) != std::string::npos);
    QVERIFY(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(250));
    QVERIFY(must(log->verify()).ok);  // reading goes on
    other.run("COMMIT");
  }
  QCOMPARE(must(log->append(note("settings"))).sequence, 2);
  // Held by a program of ours that stands still.
  Child holder([&](int pipe) {
    auto clock = options;
    clock.clock = [&]() -> std::int64_t {  // called while the lock is held
      Child::tell(pipe, 1);
      ::pause();
      return 0;
    };
    const auto own = must(AuditLog::open(clock));
    (void)own->append(note("settings"));
    return 0;
  });
  QCOMPARE(holder.next_number(), 1);
  const auto refused = log->append(note("settings"));
  QVERIFY(!refused.ok());
  QVERIFY2(refused.error().code == ErrorCode::conflict, refused.error().message().c_str());
  holder.kill();
  holder.wait();
  QCOMPARE(must(log->append(note("settings"))).sequence, 3);
  QVERIFY(must(log->verify()).ok);
}

void TestProcesses::goesOnAfterAFullDisk() {
  const LogFolder folder;
  { must(folder.open()->append(note("settings"))); }
  // RLIMIT_FSIZE stands for the full disk: writes past it fail as they do there.
  Child child([&](int pipe) {
    ::signal(SIGXFSZ, SIG_IGN);
    const auto log = folder.open();
    AuditEntry big = note("generation");
    big.texts = {{"prompt", std::string(100'000, 'x')}};
    int failures = 0, successes = 0;
    for (int round = 0; round < 20; ++round) {
      rlimit limit{};
      ::getrlimit(RLIMIT_FSIZE, &limit);
      // From nothing at all (the head cannot be written) to a database that cannot grow.
      limit.rlim_cur = round % 2 == 0 ? static_cast<rlim_t>(round) * 6'000 : RLIM_INFINITY;
      ::setrlimit(RLIMIT_FSIZE, &limit);
      const auto receipt = log->append(big);
      if (receipt.ok()) {
        ++successes;
        Child::tell(pipe, receipt->sequence);
        continue;
      }
      ++failures;
      if (round % 2 != 0) return 1;
      if (receipt.error().code != ErrorCode::io) return 2;
      if (receipt.error().operation != "append to the audit log" || receipt.error().received.empty()) return 3;
    }
    if (failures < 8 || successes < 10) return 4;
    return must(log->verify()).ok ? 0 : 5;
  });
  std::int64_t expected = 2;
  while (const std::int64_t number = child.next_number()) QCOMPARE(number, expected++);
  QCOMPARE(child.wait(), 0);
  const auto log = folder.open();
  const auto report = must(log->verify());
  QVERIFY2(report.ok, described(report).c_str());
  QCOMPARE(report.entries_checked, expected - 1);
  QCOMPARE(must(log->append(note("settings"))).sequence, expected);
}

void TestProcesses::saysWhenItMayNotWrite() {
  const LogFolder folder;
  {
    const auto log = folder.open();
    fill_log(*log);
  }
  RawDatabase(folder.database()).run("PRAGMA wal_checkpoint(TRUNCATE)");
  for (const auto& file : std::filesystem::directory_iterator(folder.path()))
    std::filesystem::permissions(file.path(), std::filesystem::perms(0444));
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  Child child([&](int) {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return 9;
    const auto refused = AuditLog::open(folder.options());
    if (refused.ok()) return 1;
    if (refused.error().code != ErrorCode::io) return 2;
    if (refused.error().message().find(folder.path().string()) == std::string::npos) return 3;
    auto options = folder.options();
    options.read_only = true;
    const auto log = AuditLog::open(options);  // reading and checking still work
    if (!log.ok()) {
      std::fprintf(stderr, "%s\n", log.error().message().c_str());
      return 4;
    }
    const auto report = (*log)->verify();
    if (!report.ok() || !report->ok) {
      std::fprintf(stderr, "%s\n", report.ok() ? described(*report).c_str() : report.error().message().c_str());
      return 5;
    }
    AuditFilter filter;
    filter.text = "scratch";
    return must((*log)->count(filter)) == 1 ? 0 : 6;
  });
  const int code = child.wait();
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0700));
  QCOMPARE(code, 0);
}

void TestProcesses::mayNotLookIsNoTampering() {
  const LogFolder folder;
  {
    const auto log = folder.open();
    fill_log(*log);
  }
  const LogFolder elsewhere;
  write_file(elsewhere.head(), file_bytes(folder.head()));
  std::filesystem::permissions(elsewhere.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(elsewhere.head(), std::filesystem::perms(0644));
  // 0: the folder of the database, whose head stands elsewhere, 1: the folder, 2: the head, 3: the next head, which a
  // killed program left.
  for (int round = 0; round <= 3; ++round) {
    const std::filesystem::path hidden = round < 2 ? folder.path().string() : folder.head().string() + (round == 2 ? "" : ".next");
    if (round == 3) write_file(hidden, file_bytes(folder.head()));
    for (const auto& file : std::filesystem::directory_iterator(folder.path()))
      std::filesystem::permissions(file.path(), std::filesystem::perms(0666));
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0777));
    std::filesystem::permissions(hidden, std::filesystem::perms(0));
    Child child([&](int) {
      if (::geteuid() == 0 && ::seteuid(65534) != 0) return 9;
      auto options = folder.options();
      options.read_only = true;
      if (round == 0) options.head = elsewhere.head();
      const auto log = AuditLog::open(options);
      const auto report = log.ok() ? (*log)->verify() : Result<AuditVerifyReport>(log.error());
      if (report.ok()) return 1;
      if (report.error().code != ErrorCode::io) return 2;
      return report.error().received == "permission denied" ? 0 : 3;
    });
    const int code = child.wait();
    std::filesystem::permissions(hidden, std::filesystem::perms(0700));
    QVERIFY2(code == 0, qPrintable(QStringLiteral("round %1: %2").arg(round).arg(code)));
  }
}

void TestProcesses::readsOnAFullDisk() {
  const LogFolder folder;
  {
    const auto log = folder.open();
    fill_log(*log);
  }
  RawDatabase(folder.database()).run("PRAGMA wal_checkpoint(TRUNCATE)");
  write_file(folder.database().string() + "-wal", "");
  Child child([&](int) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing{0, 0};
    ::setrlimit(RLIMIT_FSIZE, &nothing);  // stands for the full disk
    auto options = folder.options();
    const auto writer = AuditLog::open(options);
    if (writer.ok()) return 1;
    // What the system said, not a number.
    if (writer.error().message().find("a file larger than the limit") == std::string::npos) {
      std::fprintf(stderr, "%s\n", writer.error().message().c_str());
      return 2;
    }
    options.read_only = true;
    const auto log = AuditLog::open(options);
    if (!log.ok()) return 3;
    const auto report = (*log)->verify();
    return report.ok() && report->ok && report->entries_checked == 7 ? 0 : 4;
  });
  QCOMPARE(child.wait(), 0);
}

void TestProcesses::namesTheFileThatKeepsItFromWriting() {
  const LogFolder folder;
  { must(folder.open()->append(note("settings"))); }
  for (const auto& file : std::filesystem::directory_iterator(folder.path()))
    std::filesystem::permissions(file.path(), std::filesystem::perms(0666));
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0777));
  const std::string shared = folder.database().string() + "-shm";
  write_file(shared, "");
  std::filesystem::permissions(shared, std::filesystem::perms(0444));
  if (::geteuid() != 0) QSKIP("another user's file needs another user");
  Child child([&](int) {
    if (::seteuid(65534) != 0) return 9;
    const auto log = AuditLog::open(folder.options());
    if (log.ok()) return 1;
    return log.error().code == ErrorCode::io && log.error().object == shared ? 0 : 2;
  });
  QCOMPARE(child.wait(), 0);
}

void TestProcesses::verifiesWhileOthersWrite() {
  const LogFolder folder;
  { must(folder.open()->append(note("settings"))); }
  Child writer([&](int) {
    const auto log = folder.open();
    for (int i = 0;; ++i) {
      AuditEntry entry = note("generation");
      entry.texts = {{"prompt", "text"}, {"answer", "text"}};
      const auto receipt = must(log->append(entry));
      if (i % 10 == 0) must(log->redact(receipt.sequence, "prompt", "test"));
    }
    return 0;  // killed before
  });
  int rounds = 0;
  for (std::int64_t entries = 0; entries < 100 || rounds < 10; ++rounds) {
    const auto report = must(folder.open()->verify());
    QVERIFY2(report.ok, described(report).c_str());
    entries = report.entries_checked;
  }
  writer.kill();
  QCOMPARE(writer.wait(), -SIGKILL);
}

QTEST_APPLESS_MAIN(TestProcesses)
#include "test_processes.moc"
