// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;

class TestAuditLog : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void givesBackWhatWasAppended();
  void chainsAcrossReopening();
  void keepsOnlyHashesWhenAsked();
  void redactsATextAndKeepsTheChain();
  void redactsAConversation();
  void leavesNoByteOfARedactedText();
  void refusesWhatItCannotAccept_data();
  void refusesWhatItCannotAccept();
  void keepsAnyBytes();
  void isPrivate();
  void refusesForeignAndDamagedFiles();
  void whatIsNoFileIsNotWaitedFor();
  void repairsPermissionsThatAReaderLeft();
  void readOnlyWritesNothing();
  void recordsThatTheEndWasCut();
  void recordsThatTheHeadIsGone();
  void followsALogThatIsReplacedWhileOpen();
  void setsADamagedLogAside();
  void setsItselfAsideAndGoesOn();
  void writesFromSeveralThreads();
};

void TestAuditLog::givesBackWhatWasAppended() {
  const LogFolder folder;
  const auto log = folder.open();
  AuditEntry entry;
  entry.kind = "generation";
  entry.session = "s";
  entry.model_name = "m";
  entry.model_digest = "sha256:ab";
  entry.settings_json = R"({"a":1})";
  entry.edits_json = "[]";
  entry.prompt_tokens = 3;
  entry.answer_tokens = 4;
  entry.plugin = "p";
  entry.action = "a";
  entry.extra_json = "null";
  entry.texts = {{"prompt", "question"}, {"answer", "reply"}};
  must(log->append(note("first")));
  entry.refers_to = 1;
  const auto receipt = must(log->append(entry));
  QCOMPARE(receipt.sequence, 2);
  QCOMPARE(receipt.warning, std::string());
  const auto record = must(log->entry(2));
  QCOMPARE(record.sequence, 2);
  QCOMPARE(record.time_ns, std::int64_t{1'700'000'002'000'000'000});
  QCOMPARE(record.entry.kind, entry.kind);
  QCOMPARE(record.entry.user, std::string("ada"));
  QCOMPARE(record.entry.program, std::string("test"));
  QCOMPARE(record.entry.session, entry.session);
  QCOMPARE(record.entry.refers_to, 1);
  QCOMPARE(record.entry.model_name, entry.model_name);
  QCOMPARE(record.entry.model_digest, entry.model_digest);
  QCOMPARE(record.entry.settings_json, entry.settings_json);
  QCOMPARE(record.entry.edits_json, entry.edits_json);
  QCOMPARE(record.entry.prompt_tokens, 3);
  QCOMPARE(record.entry.answer_tokens, 4);
  QCOMPARE(record.entry.plugin, entry.plugin);
  QCOMPARE(record.entry.action, entry.action);
  QCOMPARE(record.entry.extra_json, entry.extra_json);
  QCOMPARE(record.entry.texts.size(), std::size_t{2});
  for (const auto& text : record.entry.texts) QCOMPARE(text.text, std::string(text.part == "prompt" ? "question" : "reply"));
  QVERIFY(record.intact);
  QVERIFY(record.hash == receipt.hash);
  QVERIFY(record.previous == must(log->entry(1)).hash);
  QVERIFY(must(log->head()) == (AuditHead{2, receipt.hash}));
  QVERIFY(must(log->recorded_head()) == std::optional(AuditHead{2, receipt.hash}));
}

void TestAuditLog::chainsAcrossReopening() {
  const LogFolder folder;
  for (int i = 0; i < 3; ++i) {
    const auto receipt = must(folder.open()->append(note("settings")));
    QCOMPARE(receipt.sequence, i + 1);
    QCOMPARE(receipt.entries, 1);
  }
  const auto report = must(folder.open()->verify());
  QVERIFY2(report.ok, described(report).c_str());
  QCOMPARE(report.entries_checked, 3);
}

void TestAuditLog::keepsOnlyHashesWhenAsked() {
  const LogFolder folder;
  const auto log = folder.open();
  AuditEntry entry = note("generation");
  entry.texts = {{"prompt", "unspeakable"}};
  entry.hashes_only = true;
  must(log->append(entry));
  entry.hashes_only = false;
  log->set_text_mode(AuditTextMode::hashes_only);
  must(log->append(entry));
  log->set_text_mode(AuditTextMode::store);
  must(log->append(entry));
  for (const std::int64_t sequence : {1, 2}) {
    const auto record = must(log->entry(sequence));
    QVERIFY(record.entry.texts.empty());
    QCOMPARE(record.parts.size(), std::size_t{1});
    QVERIFY(record.parts[0].state == AuditPartState::hash_only);
    QVERIFY(record.parts[0].matches("unspeakable"));
    QVERIFY(!record.parts[0].matches("unspeakable "));
  }
  QVERIFY(must(log->entry(3)).parts[0].state == AuditPartState::stored);
  QVERIFY(must(log->entry(1)).parts[0].commitment != must(log->entry(2)).parts[0].commitment);  // salted
  QVERIFY(must(log->verify()).ok);
}

void TestAuditLog::redactsATextAndKeepsTheChain() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  const auto before = must(log->entry(2));
  const auto receipt = must(log->redact(2, "prompt", "names a \"person\""));
  QCOMPARE(receipt.warning, std::string());
  const auto record = must(log->entry(2));
  QVERIFY(record.hash == before.hash && record.intact);
  QVERIFY(record.entry.texts.empty());
  for (const auto& part : record.parts) {
    QVERIFY(part.state == AuditPartState::redacted);
    QVERIFY(part.salt.empty());
    QVERIFY(!part.matches("Be brief."));
    if (part.part == "prompt") QCOMPARE(part.redacted_by, receipt.sequence);
  }
  const auto redaction = must(log->entry(receipt.sequence));
  QCOMPARE(redaction.entry.kind, std::string("redaction"));
  QCOMPARE(redaction.entry.refers_to, 2);
  QCOMPARE(redaction.entry.action, std::string("prompt"));
  QCOMPARE(redaction.entry.session, std::string("conversation-1"));
  QCOMPARE(redaction.entry.extra_json, std::string(R"({"reason":"names a \"person\""})"));
  const auto report = must(log->verify());
  QVERIFY2(report.ok, described(report).c_str());

  const auto again = log->redact(2, "prompt", "");
  QVERIFY(!again.ok());
  QVERIFY(again.error().code == ErrorCode::not_found);
  QVERIFY(!log->redact(99, "prompt", "").ok());
  QVERIFY(!log->redact(1, "", "no texts there").ok());
  QCOMPARE(must(log->head()).sequence, receipt.sequence);
}

void TestAuditLog::redactsAConversation() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  const auto last = must(log->head()).sequence;
  const auto receipt = must(log->redact_session("conversation-1", "conversation deleted"));
  QCOMPARE(receipt.entries, 2);  // prompt of 2, answer of 3; the system text of 2 was gone
  QCOMPARE(receipt.sequence, last + 2);
  for (const std::int64_t sequence : {2, 3})
    for (const auto& part : must(log->entry(sequence)).parts) QVERIFY(part.state == AuditPartState::redacted);
  QVERIFY(must(log->entry(4)).parts[0].state == AuditPartState::hash_only);
  QVERIFY(must(log->entry(5)).parts[0].state == AuditPartState::stored);
  QCOMPARE(must(log->redact_session("conversation-1", "again")).entries, 0);
  QCOMPARE(must(log->redact_session("no such", "")).entries, 0);
  QVERIFY(!log->redact_session("", "everything").ok());
  QVERIFY(must(log->verify()).ok);
}

void TestAuditLog::leavesNoByteOfARedactedText() {
  const LogFolder folder;
  const auto log = folder.open();
  const std::string word = "zyxwvutsecret";
  const std::string chinese = "极密文件";
  AuditEntry entry = note("generation");
  std::string text = word + " " + chinese + " ";
  while (text.size() < 20000) text += "filler " + word + std::to_string(text.size()) + " ";  // over many pages
  entry.texts = {{"prompt", text}};
  for (int i = 0; i < 3; ++i) {
    AuditEntry other = note("generation");
    other.texts = {{"prompt", "harmless " + std::to_string(i)}};
    must(log->append(other));
    if (i == 1) must(log->append(entry));
  }
  AuditFilter filter;
  filter.text = word;
  QCOMPARE(must(log->count(filter)), 1);  // it is in the search index now
  const auto holds = [&](const std::string& needle) {
    for (const auto& file : std::filesystem::directory_iterator(folder.path()))
      if (file_bytes(file.path()).find(needle) != std::string::npos) return true;
    return false;
  };
  QVERIFY(holds(word));
  QVERIFY(holds(chinese.substr(0, 6)));
  const auto receipt = must(log->redact(3, "prompt", "gone"));
  QCOMPARE(receipt.warning, std::string());
  QCOMPARE(must(log->count(filter)), 0);
  QVERIFY(!holds(word));
  QVERIFY(!holds(word.substr(0, 8)));
  QVERIFY(!holds(chinese.substr(0, 6)));
  filter.text = "harmless";
  QCOMPARE(must(log->count(filter)), 3);
  QVERIFY(must(log->verify()).ok);
}

void TestAuditLog::refusesWhatItCannotAccept_data() {
  QTest::addColumn<int>("which");
  QTest::addColumn<QString>("named");
  QTest::newRow("empty kind") << 0 << "kind";
  QTest::newRow("odd kind") << 1 << "kind";
  QTest::newRow("reserved: redaction") << 2 << "kind";
  QTest::newRow("reserved: head_mismatch") << 3 << "kind";
  QTest::newRow("settings") << 4 << "settings_json";
  QTest::newRow("edits") << 5 << "edits_json";
  QTest::newRow("extra") << 6 << "extra_json";
  QTest::newRow("future reference") << 7 << "refers_to";
  QTest::newRow("negative reference") << 8 << "refers_to";
  QTest::newRow("negative tokens") << 9 << "token counts";
  QTest::newRow("part name") << 10 << "part";
  QTest::newRow("part twice") << 11 << "parts";
}

void TestAuditLog::refusesWhatItCannotAccept() {
  QFETCH(const int, which);
  QFETCH(const QString, named);
  const LogFolder folder;
  const auto log = folder.open();
  AuditEntry entry = note("settings");
  switch (which) {
    case 0: entry.kind = ""; break;
    case 1: entry.kind = "Ünlock"; break;
    case 2: entry.kind = audit_kind::redaction; break;
    case 3: entry.kind = audit_kind::head_mismatch; break;
    case 4: entry.settings_json = "{"; break;
    case 5: entry.edits_json = "[1,]"; break;
    case 6: entry.extra_json = "\xff"; break;
    case 7: entry.refers_to = 1; break;
    case 8: entry.refers_to = -1; break;
    case 9: entry.answer_tokens = -1; break;
    case 10: entry.texts = {{"a part", ""}}; break;
    case 11: entry.texts = {{"prompt", "a"}, {"prompt", "b"}}; break;
  }
  const auto receipt = log->append(entry);
  QVERIFY(!receipt.ok());
  QVERIFY(receipt.error().code == ErrorCode::invalid_argument);
  QCOMPARE(receipt.error().operation, std::string("append to the audit log"));
  QVERIFY2(receipt.error().object.find(named.toStdString()) != std::string::npos, receipt.error().message().c_str());
  QCOMPARE(must(log->head()).sequence, 0);
  QCOMPARE(must(log->append(note("settings"))).sequence, 1);
  QVERIFY(must(log->verify()).ok);
}

void TestAuditLog::keepsAnyBytes() {
  const LogFolder folder;
  const auto log = folder.open();
  const std::string bytes("nul \0 bad \xff\xc3 line\r\n end", 22);
  AuditEntry entry = note("generation", bytes);
  entry.texts = {{"prompt", bytes}, {"answer", std::string(3'000'000, 'x')}};
  must(log->append(entry));
  const auto record = must(log->entry(1));
  QCOMPARE(record.entry.action, bytes);
  for (const auto& text : record.entry.texts)
    QCOMPARE(text.text, text.part == "prompt" ? bytes : std::string(3'000'000, 'x'));
  QVERIFY(record.intact);
  const auto report = must(log->verify());
  QVERIFY2(report.ok, described(report).c_str());
}

void TestAuditLog::isPrivate() {
  const LogFolder parent;
  auto options = AuditOptions::in(parent.path() / "made" / "for it");
  const auto log = must(AuditLog::open(options));
  AuditEntry entry = note("generation");
  entry.texts = {{"prompt", "mine"}};
  must(log->append(entry));
  AuditFilter filter;
  filter.text = "mine";
  QCOMPARE(must(log->count(filter)), 1);
  int files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(parent.path())) {
    struct stat info {};
    QCOMPARE(::stat(file.path().c_str(), &info), 0);
    QVERIFY2((info.st_mode & 077) == 0, file.path().c_str());
    files += S_ISREG(info.st_mode) ? 1 : 0;
  }
  QVERIFY(files >= 4);
}

void TestAuditLog::refusesForeignAndDamagedFiles() {
  const LogFolder folder;
  { RawDatabase(folder.database()).run("CREATE TABLE other(a); INSERT INTO other VALUES(1)"); }
  const auto foreign_bytes = file_bytes(folder.database());
  const auto foreign = AuditLog::open(folder.options());
  QVERIFY(!foreign.ok());
  QVERIFY2(foreign.error().code == ErrorCode::malformed, foreign.error().message().c_str());
  QVERIFY(foreign.error().message().find(folder.database().string()) != std::string::npos);
  QCOMPARE(file_bytes(folder.database()), foreign_bytes);

  write_file(folder.database(), std::string(100000, 'x'));
  const auto damaged = AuditLog::open(folder.options());
  QVERIFY(!damaged.ok());
  QVERIFY2(damaged.error().code == ErrorCode::malformed, damaged.error().message().c_str());
  QCOMPARE(damaged.error().operation, std::string("open the audit log"));
  QCOMPARE(file_bytes(folder.database()), std::string(100000, 'x'));

  std::filesystem::remove(folder.database());
  { must(folder.open()->append(note("settings"))); }
  { RawDatabase(folder.database()).run("PRAGMA user_version=7"); }
  const auto newer = AuditLog::open(folder.options());
  QVERIFY(!newer.ok());
  QVERIFY(newer.error().code == ErrorCode::unsupported);

  auto impossible = AuditOptions::in(folder.database() / "below a file");
  const auto below = AuditLog::open(impossible);
  QVERIFY(!below.ok());
  QVERIFY(below.error().code == ErrorCode::io);
}

// Each of these returns at once: nobody is at the pipes' other ends.
void TestAuditLog::whatIsNoFileIsNotWaitedFor() {
  for (const bool pipe : {true, false}) {
    for (const char* name : {"audit.db", "audit.db-wal", "audit.db-shm", "audit.db.lock", "audit.db.lock.turnstile", "audit.head", "audit.head.next", "audit.head.next.new"}) {
      const LogFolder folder;
      {
        const auto log = folder.open();
        fill_log(*log);
      }
      const auto path = folder.path() / name;
      std::filesystem::remove(path);
      if (pipe) QCOMPARE(::mkfifo(path.c_str(), 0600), 0);
      else std::filesystem::create_directory(path);
      const std::string said = std::string("a regular file, found ") + (pipe ? "a special file" : "a folder");
      const auto refused = [&](const Error& error) {
        return error.code == ErrorCode::io && error.message().find(path.string() + ": expected " + said) != std::string::npos;
      };
      const auto writer = AuditLog::open(folder.options());
      const auto appended = writer.ok() ? (*writer)->append(note("settings")) : Result<AuditReceipt>(writer.error());
      QVERIFY2(!appended.ok() && refused(appended.error()), name);
      if (std::string_view(name) == "audit.head.next.new") continue;  // readers have no use for it
      auto options = folder.options();
      options.read_only = true;
      const auto reader = AuditLog::open(options);
      const auto report = reader.ok() ? (*reader)->verify() : Result<AuditVerifyReport>(reader.error());
      QVERIFY2(!report.ok() && refused(report.error()), name);
    }
  }
}

void TestAuditLog::repairsPermissionsThatAReaderLeft() {
  const LogFolder folder;
  { must(folder.open()->append(note("settings"))); }
  const std::filesystem::path shared = folder.database().string() + "-shm";
  std::filesystem::permissions(folder.database(), std::filesystem::perms(0444));
  if (::geteuid() == 0) {
    write_file(shared, std::string(32768, '\0'));  // (root's own reader would remove it; an empty one SQLite repairs)
    std::filesystem::permissions(shared, std::filesystem::perms(0444));
  } else {
    must(folder.open_read_only()->verify());
  }
  QVERIFY(std::filesystem::exists(shared));
  QVERIFY(std::filesystem::status(shared).permissions() == std::filesystem::perms(0444));
  std::filesystem::permissions(folder.database(), std::filesystem::perms(0600));
  const auto log = folder.open();
  QVERIFY(std::filesystem::status(shared).permissions() == std::filesystem::perms(0600));
  QCOMPARE(must(log->append(note("settings"))).sequence, 2);
}

void TestAuditLog::readOnlyWritesNothing() {
  const LogFolder folder;
  auto options = folder.options();
  options.read_only = true;
  const auto none = AuditLog::open(options);
  QVERIFY(!none.ok());
  QVERIFY(none.error().code == ErrorCode::not_found);
  QVERIFY(std::filesystem::is_empty(folder.path()));

  {
    const auto log = folder.open();
    fill_log(*log);
  }
  const auto log = must(AuditLog::open(options));
  QVERIFY(!log->append(note("settings")).ok());
  QVERIFY(!log->redact(2, "prompt", "").ok());
  QVERIFY(must(log->verify()).ok);
  AuditFilter filter;
  filter.text = "experts";
  QCOMPARE(must(log->count(filter)), 2);
  QVERIFY(!std::filesystem::exists(folder.database().string() + ".search"));

  std::filesystem::remove(folder.database());
  const auto gone = AuditLog::open(options);
  QVERIFY(!gone.ok());
  QVERIFY(gone.error().code == ErrorCode::tampered);
  QVERIFY(gone.error().message().find("7 entries") != std::string::npos);
}

void TestAuditLog::recordsThatTheEndWasCut() {
  const LogFolder folder;
  {
    const auto log = folder.open();
    fill_log(*log);
  }
  const auto end = must(folder.open()->head());
  {
    RawDatabase raw(folder.database());
    raw.run("DROP TRIGGER entries_keep_rows; DELETE FROM entries WHERE sequence > 5");
  }
  const auto log = folder.open();
  const auto receipt = must(log->append(note("settings")));
  QVERIFY(!receipt.warning.empty());
  QCOMPARE(receipt.sequence, 7);  // 6 tells of the cut
  const auto told = must(log->entry(6));
  QCOMPARE(told.entry.kind, std::string("head_mismatch"));
  QVERIFY(told.entry.extra_json.find(audit_hex(end.hash)) != std::string::npos);
  QCOMPARE(must(log->append(note("settings"))).warning, std::string());  // once
  const auto report = must(log->verify());
  QVERIFY(!report.ok);
  QVERIFY2(names(report, 6), described(report).c_str());
}

void TestAuditLog::recordsThatTheHeadIsGone() {
  for (const bool garbled : {false, true}) {
    const LogFolder folder;
    const auto log = folder.open();
    must(log->append(note("settings")));
    std::filesystem::remove(folder.head());
    if (garbled) write_file(folder.head(), "{\"sequence\":");
    auto report = must(log->verify());
    QVERIFY(!report.ok);
    QVERIFY(!must(log->append(note("settings"))).warning.empty());
    report = must(log->verify());
    QVERIFY(!report.ok);
    QVERIFY2(names(report, 2), described(report).c_str());
  }
}

void TestAuditLog::followsALogThatIsReplacedWhileOpen() {
  const LogFolder folder;
  const auto log = folder.open();
  must(log->append(note("settings", "one")));
  std::filesystem::remove(folder.database());
  std::filesystem::remove(folder.database().string() + "-wal");
  std::filesystem::remove(folder.database().string() + "-shm");
  const auto receipt = must(log->append(note("settings", "two")));
  QCOMPARE(receipt.sequence, 2);
  QVERIFY(!receipt.warning.empty());
  QCOMPARE(must(log->entry(1)).entry.kind, std::string("head_mismatch"));
  QCOMPARE(must(log->entry(2)).entry.action, std::string("two"));
  const auto report = must(folder.open()->verify());
  QVERIFY2(!report.ok && names(report, 1), described(report).c_str());
}

void TestAuditLog::setsADamagedLogAside() {
  const LogFolder folder;
  AuditHead end;
  {
    const auto log = folder.open();
    fill_log(*log);
    end = must(log->head());
    const auto busy = AuditLog::set_aside([&] { auto o = folder.options(); o.busy_timeout_ms = 100; return o; }(), "open");
    QVERIFY(!busy.ok());
    QVERIFY2(busy.error().code == ErrorCode::conflict, busy.error().message().c_str());
    QCOMPARE(must(log->append(note("settings"))).warning, std::string());
    end = must(log->head());
  }
  std::string bytes = file_bytes(folder.database());
  bytes.replace(0, 16, 16, '!');
  write_file(folder.database(), bytes);
  QVERIFY(!AuditLog::open(folder.options()).ok());
  const auto moved = must(AuditLog::set_aside(folder.options(), "not a database"));
  QCOMPARE(file_bytes(moved), bytes);
  QVERIFY(std::filesystem::exists(folder.head().string() + moved.extension().string()));
  const auto log = folder.open();
  const auto first = must(log->entry(1));
  QCOMPARE(first.entry.kind, std::string("log_replaced"));
  QVERIFY(first.entry.extra_json.find("not a database") != std::string::npos);
  QVERIFY(first.entry.extra_json.find(moved.filename().string()) != std::string::npos);
  QVERIFY(first.entry.extra_json.find(audit_hex(end.hash)) != std::string::npos);
  QCOMPARE(must(log->append(note("settings"))).sequence, 2);
  const auto report = must(log->verify());
  QVERIFY2(report.ok, described(report).c_str());
}

void TestAuditLog::setsItselfAsideAndGoesOn() {
  const LogFolder folder;
  const auto log = folder.open();
  fill_log(*log);
  AuditFilter filter;
  filter.text = "anything";
  QVERIFY(log->query(filter).ok());  // reader and index are open, too
  const auto end = must(log->head());
  {
    auto options = folder.options();
    options.busy_timeout_ms = 50;
    const auto mine = must(AuditLog::open(options));
    const auto busy = mine->set_aside("another has it open");
    QVERIFY(!busy.ok() && busy.error().code == ErrorCode::conflict);
    QCOMPARE(must(mine->head()).sequence, end.sequence);
  }
  const auto moved = must(log->set_aside("tampered with"));
  QVERIFY(std::filesystem::exists(moved));
  QCOMPARE(must(log->head()).sequence, 1);
  QCOMPARE(must(log->entry(1)).entry.kind, std::string("log_replaced"));
  QCOMPARE(must(log->append(note("settings"))).sequence, 2);
  QVERIFY(log->query(filter).ok());
  const auto report = must(log->verify());
  QVERIFY2(report.ok, described(report).c_str());
  auto old = folder.options();
  old.database = moved;
  old.head = folder.head().string() + moved.extension().string();
  old.read_only = true;
  QCOMPARE(must(must(AuditLog::open(old))->head()).sequence, end.sequence);
}

void TestAuditLog::writesFromSeveralThreads() {
  const LogFolder folder;
  const auto log = folder.open();
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        AuditEntry entry = note("generation");
        entry.texts = {{"prompt", "thread " + std::to_string(t)}};
        if (!log->append(entry).ok()) ++failures;
        AuditFilter filter;
        filter.text = "thread";
        if (i % 8 == 0 && !log->query(filter).ok()) ++failures;
        if (i % 8 == 4 && !(log->verify().ok() && log->verify()->ok)) ++failures;
      }
    });
  for (auto& thread : threads) thread.join();
  QCOMPARE(failures.load(), 0);
  const auto report = must(log->verify());
  QVERIFY2(report.ok, described(report).c_str());
  QCOMPARE(report.entries_checked, 100);
}

QTEST_APPLESS_MAIN(TestAuditLog)
#include "test_audit_log.moc"
