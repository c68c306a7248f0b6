// SPDX-License-Identifier: Apache-2.0
// Tampering as someone with the database file, but not the head outside, could do it; the triggers are taken away
// first and put back afterwards, so that only chain, contents and head can give it away.
#include "engine/audit/entry_codec.h"
#include "engine/audit/sqlite.h"
#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;

namespace {

using Row = RawDatabase::Row;

// The fixture's log closed and whole; each attack gets its own copy.
class Pristine {
 public:
  Pristine() {
    {
      const auto log = original_.open();
      fill_log(*log);
      // Older copies, as a backup would have them.
      end_ = must(log->head()).sequence;
    }
    RawDatabase(original_.database()).run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  std::int64_t end() const { return end_; }

  std::unique_ptr<LogFolder> copy() const {
    auto folder = std::make_unique<LogFolder>();
    for (const char* name : {"audit.db", "audit.head"})
      std::filesystem::copy_file(original_.path() / name, folder->path() / name);
    return folder;
  }

  static AuditVerifyReport verify(const LogFolder& folder) { return must(folder.open_read_only()->verify()); }

  // Runs SQL behind the log's back and verifies.
  AuditVerifyReport after(const std::string& sql) const {
    const auto folder = copy();
    tamper(*folder, sql);
    return verify(*folder);
  }

  static void tamper(const LogFolder& folder, const std::string& sql) {
    RawDatabase raw(folder.database());
    const auto triggers = raw.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
    QVERIFY(triggers.size() >= 5);
    for (const Row& trigger : triggers) raw.run("DROP TRIGGER " + trigger[0]);
    raw.run(sql);
    for (const Row& trigger : triggers) raw.run(trigger[1]);
  }

 private:
  LogFolder original_;
  std::int64_t end_ = 0;
};

std::string text_of(std::int64_t n) { return std::to_string(n); }

// Gives every entry from `first` on a chain that is right in itself, as if the log had always been so.
void rechain(const LogFolder& folder, std::int64_t first) {
  auto connection = must(audit::Connection::open(folder.database(), audit::Connection::Mode::read_write, 1000));
  std::string previous(32, '\0');
  {
    auto before = must(connection.prepare("SELECT hash FROM entries WHERE sequence < ? ORDER BY sequence DESC LIMIT 1"));
    before.bind(1, first);
    if (must(before.step())) previous = before.bytes(0);
  }
  auto rows = must(connection.prepare("SELECT " + audit::column_list() + " FROM entries WHERE sequence >= ? "
                                      "ORDER BY sequence"));
  rows.bind(1, first);
  std::vector<std::tuple<std::int64_t, std::string, std::string>> changes;
  while (must(rows.step())) {
    auto values = audit::read_values(rows);
    values[audit::col_previous] = audit::Blob{previous};
    const std::string hash(audit::as_bytes(must(audit::hash_of(values))));
    changes.emplace_back(rows.integer(audit::col_sequence), previous, hash);
    previous = hash;
  }
  rows.reset();
  auto update = must(connection.prepare("UPDATE entries SET previous = ?, hash = ? WHERE sequence = ?"));
  for (const auto& [sequence, before, hash] : changes) {
    update.bind_blob(1, before);
    update.bind_blob(2, hash);
    update.bind(3, sequence);
    QVERIFY(update.run().ok());
  }
}

}  // namespace

class TestVerify : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void acceptsAnUntouchedLog();
  void findingsSayTheirKind();
  void namesEveryChangedColumnOfEveryRow();
  void namesChangedStorageTypes();
  void namesEveryDeletedRow();
  void namesInsertedRows();
  void namesEverySwappedPair();
  void namesEveryCutEnd();
  void namesReplacedTexts();
  void noticesOlderCopies();
  void noticesARewrittenLog();
  void noticesAForgedHead();
  void noticesAChangedDefinition();
  void noticesADamagedFile();
  void ordinaryToolsCannotChangeTheLog();
  void acceptsWhatAKilledWriterLeaves();
  void listsUnfinishedGenerations();
  void repairsTheSearchIndex();
  void notesAClockSetBack();
  void reportsProgressAndStops();

 private:
  const Pristine pristine_;
};

void TestVerify::acceptsAnUntouchedLog() {
  const auto folder = pristine_.copy();
  const auto report = must(folder->open()->verify());
  QVERIFY2(report.ok, described(report).c_str());
  QCOMPARE(report.entries_checked, pristine_.end());
  QVERIFY(report.notes.empty());
  QVERIFY(report.recorded_head == std::optional(report.head));
  // Taking the triggers away and putting them back is no change.
  const auto untouched = pristine_.after("UPDATE entries SET kind = kind; UPDATE contents SET text = text");
  QVERIFY2(untouched.ok, described(untouched).c_str());
  // An empty log is whole.
  const LogFolder empty;
  QVERIFY(must(empty.open()->verify()).ok);
}

// So that other languages than `what`'s can be spoken.
void TestVerify::findingsSayTheirKind() {
  const auto first = [&](const std::string& sql) { return pristine_.after(sql).findings.at(0); };
  auto finding = first("UPDATE entries SET user = 'mallory' WHERE sequence = 3");
  QVERIFY(finding.fault == AuditFault::entry_changed && finding.entry == 3);
  finding = first("UPDATE contents SET text = 'forged' WHERE sequence = 3");
  QVERIFY(finding.fault == AuditFault::text_changed && finding.entry == 3 && !finding.detail.empty());
  finding = first("INSERT INTO contents VALUES(2, 'system', zeroblob(32), 'Be brief.')");
  QVERIFY2(finding.fault == AuditFault::text_not_redacted, finding.what.c_str());
  QVERIFY(finding.detail == "system" && finding.other > finding.entry);
  finding = first("DELETE FROM entries WHERE sequence IN (2, 3)");
  QVERIFY2(finding.fault == AuditFault::entries_missing, finding.what.c_str());
  QVERIFY(finding.entry == 2 && finding.other == 3);
  finding = first("DROP INDEX entries_session");
  QVERIFY(finding.fault == AuditFault::definition_missing && finding.detail == "index entries_session");
}

void TestVerify::namesEveryChangedColumnOfEveryRow() {
  const auto folder = pristine_.copy();
  RawDatabase raw(folder->database());
  int changes = 0;
  for (const Row& table : raw.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")) {
    const auto columns = raw.rows("SELECT name, type FROM pragma_table_info('" + table[0] + "')");
    const auto rows = raw.rows(table[0] == "entries" ? "SELECT sequence, '' FROM entries"
                                                     : "SELECT sequence, part FROM " + table[0]);
    QVERIFY(rows.size() >= 5);
    for (const Row& row : rows) {
      const std::string where = " WHERE sequence = " + row[0] + (row[1].empty() ? "" : " AND part = '" + row[1] + "'");
      for (const Row& column : columns) {
        const std::string& c = column[0];
        std::vector<std::string> values;
        if (column[1] == "INTEGER") values = {c + " + 1000", c + " - 1000", c + " + 1"};
        if (column[1] == "TEXT") values = {"ifnull(" + c + ", '') || 'x'", "'[]'", "'redaction'"};
        if (column[1] == "TEXT" && row[1].empty()) values.push_back("''");
        if (column[1] == "TEXT" && !row[1].empty() && c == "text") values.push_back("NULL");
        if (column[1] == "BLOB")
          values = {"randomblob(32)", "zeroblob(32)", "x''", "substr(" + c + ", 2)",
                    "(SELECT " + c + " FROM " + table[0] + " ORDER BY sequence DESC LIMIT 1)"};
        QVERIFY(!values.empty());
        for (const std::string& value : values) {
          // Only real changes count.
          const auto same = raw.rows("SELECT 1 FROM " + table[0] + where + " AND " + c + " IS (" + value + ")");
          if (!same.empty()) continue;
          const auto attempt = pristine_.copy();
          const std::string sql = "UPDATE OR IGNORE " + table[0] + " SET " + c + " = " + value + where;
          Pristine::tamper(*attempt, sql);
          // A sequence that is taken already cannot be had (swaps are tested on their own).
          if (RawDatabase(attempt->database()).rows("SELECT * FROM " + table[0]) ==
              raw.rows("SELECT * FROM " + table[0]))
            continue;
          const auto report = Pristine::verify(*attempt);
          QVERIFY2(!report.ok, sql.c_str());
          QVERIFY2(names(report, std::stoll(row[0])), (sql + "\n" + described(report)).c_str());
          ++changes;
        }
      }
    }
  }
  QVERIFY2(changes > 400, std::to_string(changes).c_str());
}

void TestVerify::namesChangedStorageTypes() {
  // The same bytes in another storage class: possible once someone edits the definition.
  for (const char* change : {"entries SET kind = CAST(kind AS BLOB)", "entries SET hash = CAST(hash AS TEXT)",
                             "entries SET time_ns = CAST(time_ns AS TEXT)", "entries SET prompt_tokens = 12.0",
                             "contents SET text = CAST(text AS BLOB)", "contents SET salt = CAST(salt AS TEXT)",
                             "contents SET part = CAST(part AS BLOB)"}) {
    const auto folder = pristine_.copy();
    {
      RawDatabase raw(folder->database());
      raw.run("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql, "
              "'STRICT, ', ''), 'STRICT', ''), ' TEXT', ' BLOB'), ' INTEGER NOT', ' BLOB NOT') WHERE type = 'table'; "
              "PRAGMA writable_schema=RESET");
    }
    Pristine::tamper(*folder, "UPDATE " + std::string(change) + " WHERE sequence = 2");
    const auto report = Pristine::verify(*folder);
    QVERIFY2(names(report, 2), (change + std::string("\n") + described(report)).c_str());
  }
}

void TestVerify::namesEveryDeletedRow() {
  for (std::int64_t n = 1; n <= pristine_.end(); ++n) {
    for (const std::string& sql : {"DELETE FROM entries WHERE sequence = " + text_of(n),
                                   "DELETE FROM entries WHERE sequence = " + text_of(n) +
                                       "; DELETE FROM contents WHERE sequence = " + text_of(n)}) {
      const auto report = pristine_.after(sql);
      QVERIFY2(names(report, n), (sql + "\n" + described(report)).c_str());
    }
  }
  const auto folder = pristine_.copy();
  for (const Row& row : RawDatabase(folder->database()).rows("SELECT sequence, part FROM contents")) {
    const auto report =
        pristine_.after("DELETE FROM contents WHERE sequence = " + row[0] + " AND part = '" + row[1] + "'");
    QVERIFY2(names(report, std::stoll(row[0])), described(report).c_str());
    QVERIFY(described(report).find(row[1]) != std::string::npos);
  }
  // A run of them, and with the rest moved up to close the gap.
  auto report = pristine_.after("DELETE FROM entries WHERE sequence BETWEEN 3 AND 5");
  QVERIFY2(names(report, 3), described(report).c_str());
  report = pristine_.after("DELETE FROM entries WHERE sequence = 3; UPDATE entries SET sequence = sequence - 1 "
                           "WHERE sequence > 3");
  QVERIFY2(names(report, 3), described(report).c_str());
}

void TestVerify::namesInsertedRows() {
  const auto copy_as = [](std::int64_t from, std::int64_t to) {
    std::string columns = audit::column_list();
    columns.replace(columns.find("sequence"), 8, text_of(to));
    return "INSERT INTO entries SELECT " + columns + " FROM entries WHERE sequence = " + text_of(from) + ";";
  };
  const std::int64_t end = pristine_.end();
  for (std::int64_t from = 1; from <= end; ++from) {
    for (const std::int64_t to : {end + 1, end + 2, std::int64_t{0}, std::int64_t{-5}}) {
      const auto report = pristine_.after(copy_as(from, to));
      QVERIFY2(names(report, to), described(report).c_str());
    }
    // In between, the others moved down to make room.
    for (std::int64_t to = 1; to <= end; ++to) {
      const auto report = pristine_.after("UPDATE entries SET sequence = -sequence - 1 WHERE sequence >= " + text_of(to) +
                                          "; UPDATE entries SET sequence = -sequence WHERE sequence < 0;" +
                                          copy_as(from >= to ? from + 1 : from, to));
      // A copy of an entry in its own place pushes the original aside.
      QVERIFY2(names(report, from == to ? to + 1 : to), described(report).c_str());
    }
  }
  // At the end with a right hash, which the head outside does not know.
  for (const int count : {1, 3}) {
    const auto folder = pristine_.copy();
    std::string sql;
    for (int i = 1; i <= count; ++i) sql += copy_as(1, end + i);
    {
      RawDatabase raw(folder->database());
      const auto triggers = raw.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
      for (const Row& trigger : triggers) raw.run("DROP TRIGGER " + trigger[0]);
      raw.run(sql);
      rechain(*folder, end + 1);
      for (const Row& trigger : triggers) raw.run(trigger[1]);
    }
    const auto report = Pristine::verify(*folder);
    QVERIFY2(names(report, end + 1), described(report).c_str());
    QCOMPARE(report.findings_total, 1);
  }
  // Texts that nobody logged: another part, and beside an entry that is not there.
  for (const std::int64_t to : {std::int64_t{1}, std::int64_t{2}, end + 4}) {
    const auto report = pristine_.after("INSERT INTO contents VALUES(" + text_of(to) + ", 'more', randomblob(32), 'x')");
    QVERIFY2(names(report, to), described(report).c_str());
  }
}

void TestVerify::namesEverySwappedPair() {
  for (std::int64_t a = 1; a <= pristine_.end(); ++a) {
    for (std::int64_t b = a + 1; b <= pristine_.end(); ++b) {
      const std::string x = text_of(a), y = text_of(b);
      for (const std::string with : {"entries", "both"}) {
        std::string sql;
        for (const std::string table : {"entries", "contents"}) {
          if (table == "contents" && with == "entries") continue;
          sql += "UPDATE " + table + " SET sequence = -1 WHERE sequence = " + x + "; UPDATE " + table +
                 " SET sequence = " + x + " WHERE sequence = " + y + "; UPDATE " + table + " SET sequence = " + y +
                 " WHERE sequence = -1;";
        }
        const auto report = pristine_.after(sql);
        QVERIFY2(names(report, a) && names(report, b), (sql + "\n" + described(report)).c_str());
      }
    }
  }
  // Texts exchanged between entries and between parts.
  for (const char* sql : {"UPDATE contents SET sequence = -1 WHERE sequence = 2; UPDATE contents SET sequence = 2, part = "
                          "'prompt' WHERE sequence = 3; UPDATE contents SET sequence = 3, part = 'answer' WHERE sequence = -1"}) {
    const auto report = pristine_.after(sql);
    QVERIFY2(names(report, 2) && names(report, 3), described(report).c_str());
  }
  const auto report = pristine_.after("UPDATE contents SET part = 'x' WHERE sequence = 5 AND part = 'prompt'; UPDATE "
                                      "contents SET part = 'prompt' WHERE sequence = 5 AND part = 'answer'; UPDATE "
                                      "contents SET part = 'answer' WHERE part = 'x'");
  QVERIFY2(names(report, 5), described(report).c_str());
}

void TestVerify::namesEveryCutEnd() {
  for (std::int64_t keep = 0; keep < pristine_.end(); ++keep) {
    for (const bool with_contents : {false, true}) {
      const auto report =
          pristine_.after("DELETE FROM entries WHERE sequence > " + text_of(keep) +
                          (with_contents ? "; DELETE FROM contents WHERE sequence > " + text_of(keep) : std::string()));
      QVERIFY2(names(report, keep + 1), described(report).c_str());
    }
  }
}

void TestVerify::namesReplacedTexts() {
  // A text with a salted hash of its own that is right in itself, and a redaction that nobody logged.
  auto report = pristine_.after("UPDATE contents SET salt = zeroblob(32), text = 'forged' WHERE sequence = 3");
  QVERIFY2(names(report, 3), described(report).c_str());
  // A redacted text put back.
  report = pristine_.after("INSERT INTO contents VALUES(2, 'system', zeroblob(32), 'Be brief.')");
  QVERIFY2(names(report, 2), described(report).c_str());
  // A text for an entry that only wanted the hash.
  report = pristine_.after("UPDATE contents SET text = 'my secret question' WHERE sequence = 4");
  QVERIFY2(names(report, 4), described(report).c_str());
}

void TestVerify::noticesOlderCopies() {
  const LogFolder folder;
  std::vector<std::string> copies;
  for (int i = 0; i < 5; ++i) {
    {
      const auto log = folder.open();
      AuditEntry entry = note("generation");
      entry.texts = {{"prompt", "question " + text_of(i)}};
      must(log->append(entry));
    }
    copies.push_back(file_bytes(folder.database()));  // closed: all is in this file
  }
  const auto head = file_bytes(folder.head());
  for (std::size_t i = 0; i < copies.size(); ++i) {
    write_file(folder.database(), copies[i]);
    const auto report = must(folder.open_read_only()->verify());
    QCOMPARE(report.ok, i + 1 == copies.size());
    if (!report.ok) QVERIFY2(names(report, static_cast<std::int64_t>(i) + 2), described(report).c_str());
  }
  // Going on from an older copy does not heal it, not even once it is longer than it was.
  write_file(folder.database(), copies[2]);
  {
    const auto log = folder.open();
    for (int i = 0; i < 4; ++i) must(log->append(note("settings")));
  }
  QVERIFY(file_bytes(folder.head()) != head);
  const auto report = must(folder.open()->verify());
  QVERIFY2(!report.ok && names(report, 4), described(report).c_str());
  // An emptied or foreign-but-empty database.
  std::filesystem::remove(folder.database());
  const auto emptied = must(folder.open()->verify());
  QVERIFY2(!emptied.ok && names(emptied, 1), described(emptied).c_str());
}

void TestVerify::noticesARewrittenLog() {
  const std::int64_t end = pristine_.end();
  for (std::int64_t n = 1; n <= end; ++n) {
    // Only entry n made right in itself: the next one gives it away. All from there on: the head does.
    const auto folder = pristine_.copy();
    Pristine::tamper(*folder, "UPDATE entries SET user = 'mallory' WHERE sequence = " + text_of(n));
    {
      RawDatabase raw(folder->database());
      const auto triggers = raw.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
      for (const Row& trigger : triggers) raw.run("DROP TRIGGER " + trigger[0]);
      const auto whole = raw.rows("SELECT sequence, hex(previous), hex(hash) FROM entries");
      rechain(*folder, n);
      for (const Row& trigger : triggers) raw.run(trigger[1]);
      const auto report = Pristine::verify(*folder);
      QVERIFY2(names(report, end), described(report).c_str());
      QCOMPARE(report.findings_total, 1);
      // Put the later ones back as they were: now entry n alone was rewritten.
      for (const Row& trigger : triggers) raw.run("DROP TRIGGER " + trigger[0]);
      for (const Row& row : whole)
        if (std::stoll(row[0]) > n)
          raw.run("UPDATE entries SET previous = x'" + row[1] + "', hash = x'" + row[2] + "' WHERE sequence = " + row[0]);
      for (const Row& trigger : triggers) raw.run(trigger[1]);
    }
    const auto report = Pristine::verify(*folder);
    QVERIFY2(names(report, n), described(report).c_str());
    QCOMPARE(report.findings_total, 1);
  }
}

void TestVerify::noticesAForgedHead() {
  for (const std::string& head :
       {std::string(), std::string("{}"), std::string(R"({"format":"roundhouse-audit-head-1","sequence":-1,"hash":""})"),
        R"({"format":"roundhouse-audit-head-1","sequence":3,"hash":")" + std::string(64, '0') + "\"}",
        R"({"format":"roundhouse-audit-head-1","sequence":7000000,"hash":")" + std::string(64, '0') + "\"}",
        R"({"format":"roundhouse-audit-head-1","sequence":0,"hash":")" + std::string(64, '0') + "\"}",
        std::string("\0\xff", 2), std::string(100000, '[')}) {
    const auto folder = pristine_.copy();
    write_file(folder->head(), head);
    const auto report = Pristine::verify(*folder);
    QVERIFY2(!report.ok, head.substr(0, 200).c_str());
  }
  const auto folder = pristine_.copy();
  std::filesystem::remove(folder->head());
  QVERIFY(!Pristine::verify(*folder).ok);
}

void TestVerify::noticesAChangedDefinition() {
  for (const char* sql : {"DROP TRIGGER entries_keep_rows", "DROP INDEX entries_session", "CREATE TABLE extra(a)",
                          "CREATE TRIGGER sly AFTER INSERT ON entries BEGIN DELETE FROM contents; END",
                          "ALTER TABLE entries ADD COLUMN more TEXT", "CREATE VIEW v AS SELECT 1",
                          "DROP TRIGGER contents_keep_values; CREATE TRIGGER contents_keep_values BEFORE UPDATE ON "
                          "contents BEGIN SELECT 1; END"}) {
    const auto folder = pristine_.copy();
    { RawDatabase(folder->database()).run(sql); }
    const auto report = Pristine::verify(*folder);
    QVERIFY2(names(report, 0), (sql + std::string("\n") + described(report)).c_str());
  }
  for (const char* table : {"entries", "contents"}) {
    const auto folder = pristine_.copy();
    { RawDatabase(folder->database()).run("DROP TABLE " + std::string(table)); }
    const auto report = Pristine::verify(*folder);
    QVERIFY2(!report.ok, table);
  }
}

void TestVerify::noticesADamagedFile() {
  // Any damaged page is found, or the database refuses to open; it never passes and never crashes.
  const auto folder = pristine_.copy();
  const std::string whole = file_bytes(folder->database());
  const std::size_t page = 4096;
  QVERIFY(whole.size() >= 4 * page);
  std::uint64_t random = 12345;
  const auto next = [&] { return random = random * 6364136223846793005u + 1442695040888963407u; };
  int passed = 0;
  for (std::size_t at = 0; at < whole.size(); at += page) {
    for (int kind = 0; kind < 3; ++kind) {
      std::string bytes = whole;
      if (kind == 0) bytes.replace(at, page, page, '\0');
      if (kind == 1)
        for (std::size_t i = at; i < at + page; ++i) bytes[i] = static_cast<char>(next() >> 56);
      if (kind == 2) bytes.resize(at + page / 2);
      if (bytes == whole) continue;
      write_file(folder->database(), bytes);
      auto options = folder->options();
      options.read_only = true;
      auto log = AuditLog::open(options);
      if (!log.ok()) continue;
      const auto report = (*log)->verify();
      if (report.ok() && report->ok) ++passed;
    }
  }
  QCOMPARE(passed, 0);
}

void TestVerify::ordinaryToolsCannotChangeTheLog() {
  const auto folder = pristine_.copy();
  RawDatabase raw(folder->database());
  for (const char* sql : {"UPDATE entries SET user = 'x'", "DELETE FROM entries", "DELETE FROM entries WHERE sequence = 7",
                          "UPDATE contents SET text = 'x'", "DELETE FROM contents WHERE sequence = 3",
                          "DELETE FROM contents WHERE sequence = 2 AND part = 'prompt'",
                          "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE sequence = 3",
                          "INSERT OR REPLACE INTO contents SELECT sequence, part, salt, 'x' FROM contents",
                          "INSERT INTO contents VALUES(2, 'system', zeroblob(32), 'back again')",
                          "REPLACE INTO contents VALUES(7, 'late', x'', ''), (6, 'late', x'', '')"})
    QVERIFY2(raw.try_run(sql).find("append-only") != std::string::npos, sql);
  const auto report = Pristine::verify(*folder);
  QVERIFY2(report.ok, described(report).c_str());
}

void TestVerify::acceptsWhatAKilledWriterLeaves() {
  const LogFolder folder;
  { must(folder.open()->append(note("settings"))); }
  const auto head_before = file_bytes(folder.head());
  { must(folder.open()->append(note("settings"))); }
  const auto head_after = file_bytes(folder.head());
  // Stopped after the commit: the head lags, the pending one knows the entry.
  write_file(folder.head(), head_before);
  QVERIFY(!must(folder.open_read_only()->verify()).ok);
  write_file(folder.head().string() + ".next", head_after);
  auto report = must(folder.open_read_only()->verify());
  QVERIFY2(report.ok, described(report).c_str());
  // The next append goes on from there; and before it overwrites the pending head, that one takes its place, so that
  // a writer that is stopped again loses nothing. (This one is refused after that point.)
  {
    const auto log = folder.open();
    AuditEntry refused = note("settings");
    refused.refers_to = 77;
    QVERIFY(!log->append(refused).ok());
    QVERIFY(must(log->recorded_head()) == std::optional(must(log->head())));
    QCOMPARE(must(log->append(note("settings"))).warning, std::string());
  }
  report = must(folder.open()->verify());
  QVERIFY2(report.ok, described(report).c_str());
  // Stopped before the commit: the pending head leads, the head does not.
  write_file(folder.head().string() + ".next",
             R"({"format":"roundhouse-audit-head-1","sequence":4,"hash":")" + std::string(64, 'a') + "\"}");
  QVERIFY(must(folder.open()->verify()).ok);
  QCOMPARE(must(folder.open()->append(note("settings"))).warning, std::string());
  report = must(folder.open()->verify());
  QVERIFY2(report.ok, described(report).c_str());
  QCOMPARE(report.entries_checked, 4);
}

void TestVerify::listsUnfinishedGenerations() {
  const auto folder = pristine_.copy();
  const auto log = folder->open();
  QCOMPARE(must(log->verify()).unfinished, std::vector<std::int64_t>{4});
  const auto receipt = must(log->append(note("generation_started")));
  QCOMPARE(must(log->verify()).unfinished, (std::vector<std::int64_t>{4, receipt.sequence}));
  AuditEntry end = note("generation");
  end.refers_to = 4;
  must(log->append(end));
  const auto report = must(log->verify());
  QCOMPARE(report.unfinished, std::vector<std::int64_t>{receipt.sequence});
  QVERIFY(report.ok);
}

void TestVerify::repairsTheSearchIndex() {
  const auto folder = pristine_.copy();
  const auto log = folder->open();
  AuditFilter filter;
  filter.text = "专家";
  QCOMPARE(must(log->count(filter)), 1);
  const std::string index = folder->database().string() + ".search";
  for (const char* sql : {"DELETE FROM search WHERE rowid = 2", "UPDATE search SET texts = 'nothing' WHERE rowid = 2",
                          "INSERT INTO search(rowid, texts, names) VALUES(99, '专家', '')",
                          "UPDATE search_content SET c0 = 'nothing'", "DELETE FROM search_content WHERE id = 2",
                          "DELETE FROM search_data WHERE id > 10", "UPDATE search_docsize SET sz = x'7f7f'",
                          "DROP TABLE search", "UPDATE progress SET sequence = 1000"}) {
    { RawDatabase(index).run(sql); }
    auto report = must(log->verify());
    QVERIFY2(report.ok, sql);
    filter.text = "专家";
    QVERIFY2(must(log->count(filter)) == 1, sql);
    report = must(log->verify());
    QVERIFY2(report.ok && report.notes.empty(), (sql + std::string("\n") + described(report)).c_str());
  }
  // A damaged or foreign file in its place.
  for (const std::string& bytes : {std::string(50000, 'x'), std::string()}) {
    write_file(index, bytes);
    const auto fresh = folder->open();
    QCOMPARE(must(fresh->count(filter)), 1);
    QVERIFY(must(fresh->verify()).ok);
  }
}

void TestVerify::notesAClockSetBack() {
  const LogFolder folder;
  auto options = folder.options();
  auto now = std::make_shared<std::int64_t>(2'000'000'000);
  options.clock = [now] { return *now; };
  const auto log = must(AuditLog::open(options));
  must(log->append(note("settings")));
  *now -= 1;
  must(log->append(note("settings")));
  const auto report = must(log->verify());
  QVERIFY(report.ok);
  QCOMPARE(report.notes.size(), std::size_t{1});
  QVERIFY(report.notes[0].what.find("entry 2") != std::string::npos);
}

void TestVerify::reportsProgressAndStops() {
  const auto folder = pristine_.copy();
  const auto log = folder->open();
  std::vector<std::pair<std::int64_t, std::int64_t>> seen;
  must(log->verify([&](std::int64_t done, std::int64_t total) { seen.emplace_back(done, total); }));
  QVERIFY(!seen.empty());
  QVERIFY(seen.back() == std::pair(pristine_.end(), pristine_.end()));
  const CancelToken cancel;
  cancel.cancel();
  const auto report = log->verify({}, cancel);
  QVERIFY(!report.ok());
  QVERIFY(report.error().code == ErrorCode::cancelled);
}

QTEST_APPLESS_MAIN(TestVerify)
#include "test_verify.moc"
