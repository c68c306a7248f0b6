// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/head_file.h"

#include "tests/engine/audit/writer_processes.h"

using namespace roundhouse;
using namespace roundhouse::audit;
using namespace std::string_literals;

class TestHeadFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void laysTheNextHeadBesideUntilItHolds() {
    const LogFolder folder;
    const HeadFile head(folder.head());
    QVERIFY(!must(head.recorded()).has_value());
    QVERIFY(!must(head.pending()).has_value());
    AuditHead first{1, {}};
    first.hash.fill(0xab);
    QVERIFY(head.write_pending(first).ok());
    QVERIFY(!must(head.recorded()).has_value());
    QVERIFY(must(head.pending()) == std::optional(first));
    QVERIFY(head.promote_pending().ok());
    QVERIFY(must(head.recorded()) == std::optional(first));
    QVERIFY(!must(head.pending()).has_value());
    const AuditHead second{2, {}};
    QVERIFY(head.write_pending(second).ok());
    QVERIFY(head.write_pending(second).ok());  // over one that was left behind
    QVERIFY(must(head.recorded()) == std::optional(first));
    const auto nothing = HeadFile(folder.path() / "other").promote_pending();
    QVERIFY(!nothing.ok() && nothing.error().code == ErrorCode::not_found);
  }

  void refusesWhatIsNoHead() {
    const LogFolder folder;
    const HeadFile head(folder.head());
    const std::string zeros(64, '0');
    for (const std::string& text :
         {std::string(), std::string("null"), std::string("[]"), "{\"sequence\":1,\"hash\":\"" + zeros + "\"}",
          "{\"format\":\"roundhouse-audit-head-2\",\"sequence\":1,\"hash\":\"" + zeros + "\"}",
          "{\"format\":\"roundhouse-audit-head-1\",\"sequence\":-1,\"hash\":\"" + zeros + "\"}",
          "{\"format\":\"roundhouse-audit-head-1\",\"sequence\":1.5,\"hash\":\"" + zeros + "\"}",
          "{\"format\":\"roundhouse-audit-head-1\",\"sequence\":1,\"hash\":\"" + zeros + "0\"}",
          "{\"format\":7,\"sequence\":\"1\",\"hash\":7}"s, std::string(1'000'000, '[')}) {
      write_file(folder.head(), text);
      const auto read = head.recorded();
      QVERIFY2(!read.ok() && read.error().code == ErrorCode::malformed, text.substr(0, 100).c_str());
    }
    std::filesystem::remove(folder.head());
    std::filesystem::create_directory(folder.head());
    const auto read = head.recorded();
    QVERIFY(!read.ok() && read.error().code == ErrorCode::io);
    // Where nothing can be looked for is not where nothing is.
    const auto unknown = HeadFile(folder.path() / std::string(300, 'x')).recorded();
    QVERIFY(!unknown.ok() && unknown.error().code == ErrorCode::io);
    QVERIFY(!must(HeadFile(folder.path() / "none" / "head").recorded()).has_value());
  }

  void followsNoLinkToWrite() {
    const LogFolder folder;
    const auto victim = folder.path() / "victim";
    write_file(victim, "precious");
    std::filesystem::create_symlink(victim, folder.head().string() + ".next.new");
    const auto written = HeadFile(folder.head()).write_pending({1, {}});
    QVERIFY(!written.ok() && written.error().received == "a symbolic link");
    QCOMPARE(file_bytes(victim), std::string("precious"));
    std::filesystem::create_symlink(victim, folder.path() / "lock");
    QVERIFY(!LogLock::acquire(folder.path() / "lock", 0).ok());
  }

  void locksBetweenProcessesAndObjects() {
    const LogFolder folder;
    const auto path = folder.path() / "lock";
    (void)must(LogLock::acquire_existing(path, 0));  // none there: nothing to wait for
    auto held = must(LogLock::acquire(path, 0));
    const auto second = LogLock::acquire(path, 50);
    QVERIFY(!second.ok() && second.error().code == ErrorCode::conflict);
    QVERIFY(second.error().message().find("50 ms") != std::string::npos);
    Child other([&](int) { return LogLock::acquire_existing(path, 50).ok() ? 1 : 0; });
    QCOMPARE(other.wait(), 0);
    held.release();
    (void)must(LogLock::acquire(path, 0));
  }
};

QTEST_APPLESS_MAIN(TestHeadFile)
#include "test_head_file.moc"
