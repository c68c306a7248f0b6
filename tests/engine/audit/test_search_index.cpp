// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/search_index.h"

#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;
using namespace roundhouse::audit;

namespace {
SearchIndex open_index(const LogFolder& folder, bool temporary = false) {
  return must(SearchIndex::open(temporary ? std::filesystem::path() : folder.path() / "index", folder.database(), false, 1000));
}
std::int64_t hits(SearchIndex& index, const std::string& word) {
  return must(index.connection().integer("SELECT count(*) FROM main.search WHERE search MATCH '" + word + "'"));
}
}  // namespace

class TestSearchIndex : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void takesInWhatIsNew() {
    const LogFolder folder;
    const auto log = folder.open();
    fill_log(*log);
    for (const bool temporary : {false, true}) {
      SearchIndex index = open_index(folder, temporary);
      QCOMPARE(hits(index, "experts"), 0);
      QVERIFY(index.catch_up().ok());
      QCOMPARE(hits(index, "experts"), 2);
      QCOMPARE(hits(index, "brief"), 0);  // redacted before
      QVERIFY(must(index.differences({})).empty());
    }
    SearchIndex index = open_index(folder);  // what was indexed is kept
    QCOMPARE(hits(index, "experts"), 2);
    AuditEntry entry = note("generation");
    entry.texts = {{"answer", "more experts"}};
    must(log->append(entry));
    QCOMPARE(hits(index, "experts"), 2);
    QVERIFY(index.catch_up().ok());
    QCOMPARE(hits(index, "experts"), 3);
    must(log->redact(3, "answer", ""));
    QVERIFY(index.catch_up().ok());
    QCOMPARE(hits(index, "experts"), 2);
    QVERIFY(must(index.differences({})).empty());
  }

  void takesInMoreThanOneLotAtATime() {
    const LogFolder folder;
    const auto log = folder.open();
    for (int i = 0; i < 10; ++i) must(log->append(note("settings", "word" + std::to_string(i))));
    // Many more rows than one lot, put in behind the log's back; the index does not judge.
    RawDatabase(folder.database()).run(
        "WITH RECURSIVE n(i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM n WHERE i < 4500) INSERT INTO entries "
        "SELECT 1, i, 'bulk', 0, '', '', '', 0, '', '', '', '', 0, 0, '', '', '', '', x'', randomblob(32) FROM n");
    SearchIndex index = open_index(folder);
    QVERIFY(index.catch_up().ok());
    QCOMPARE(hits(index, "bulk"), 4490);
    QVERIFY(must(index.differences({})).empty());
    const CancelToken cancel;
    cancel.cancel();
    const auto differences = index.differences(cancel);
    QVERIFY(!differences.ok() && differences.error().code == ErrorCode::cancelled);
    const auto rebuilt = index.rebuild(cancel);
    QVERIFY(!rebuilt.ok() && rebuilt.error().code == ErrorCode::cancelled);
    QVERIFY(index.catch_up().ok());
    QCOMPARE(hits(index, "bulk"), 4490);
  }

  void startsAnewForAnotherLog() {
    const LogFolder folder, other;
    must(folder.open()->append(note("settings", "first")));
    must(other.open()->append(note("settings", "second")));
    {
      SearchIndex index = open_index(folder);
      QVERIFY(index.catch_up().ok());
      QCOMPARE(hits(index, "first"), 1);
    }
    auto index = must(SearchIndex::open(folder.path() / "index", other.database(), false, 1000));
    QVERIFY(index.catch_up().ok());
    QCOMPARE(hits(index, "first"), 0);
    QCOMPARE(hits(index, "second"), 1);
  }

  void neverWritesTheLog() {
    const LogFolder folder;
    {
      const auto log = folder.open();
      fill_log(*log);
    }
    const auto before = file_bytes(folder.database());
    {
      SearchIndex index = open_index(folder);
      QVERIFY(index.catch_up().ok());
      QVERIFY(index.rebuild().ok());
      const auto refused = index.connection().execute("DELETE FROM log.contents");
      QVERIFY(!refused.ok());
    }
    QCOMPARE(file_bytes(folder.database()), before);
  }
};

QTEST_APPLESS_MAIN(TestSearchIndex)
#include "test_search_index.moc"
