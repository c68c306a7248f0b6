// SPDX-License-Identifier: Apache-2.0
// log_reader: filters, pages, and what a record tells of its parts.
#include "engine/audit/log_impl.h"
#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;

namespace {
std::string sequences(const std::vector<AuditRecord>& records) {
  std::string out;
  for (const auto& record : records) out += std::to_string(record.sequence) + " ";
  return out;
}
}  // namespace

class TestLogReader : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    log_ = folder_.open();
    fill_log(*log_);
  }

  void usersAreEachNamedOnce() { QCOMPARE(must(log_->users()), (std::vector<std::string>{"ada", "bob"})); }
  void filters_data() {
    QTest::addColumn<int>("which");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, int which, const char* expected) {
      QTest::newRow(name) << which << QString::fromUtf8(expected);
    };
    row("nothing", 0, "7 6 5 4 3 2 1 ");
    row("from", 1, "7 6 5 ");
    row("until", 2, "4 3 2 1 ");
    row("one kind", 3, "4 2 ");
    row("two kinds", 4, "7 1 ");
    row("session", 5, "6 3 2 ");
    row("user", 6, "5 ");
    row("digest", 7, "4 3 2 1 ");
    row("plugin", 8, "5 ");
    row("refers to", 9, "6 3 ");
    row("all at once", 10, "3 ");
    row("text in prompt, Chinese", 11, "2 ");
    row("text in answer", 12, "3 2 ");
    row("text in extra", 13, "6 ");
    row("action", 14, "7 ");
    row("what only the hash was kept of", 15, "");
    row("what was redacted", 16, "");
    row("no searchable text", 17, "");
    row("unknown kind", 18, "");
  }
  void filters() {
    QFETCH(const int, which);
    QFETCH(const QString, expected);
    const std::int64_t first = must(log_->entry(1)).time_ns;
    AuditFilter filter;
    switch (which) {
      case 1: filter.from_ns = first + 4'000'000'000; break;
      case 2: filter.until_ns = first + 4'000'000'000; break;
      case 3: filter.kinds = {"generation_started"}; break;
      case 4: filter.kinds = {"settings", "model_load"}; break;
      case 5: filter.session = "conversation-1"; break;
      case 6: filter.user = "bob"; break;
      case 7: filter.model_digest = "sha256:0123"; break;
      case 8: filter.plugin = "org.example.qc"; break;
      case 9: filter.refers_to = 2; break;
      case 10:
        filter.from_ns = first;
        filter.until_ns = first + 9'000'000'000;
        filter.kinds = {"generation", "generation_started"};
        filter.session = "conversation-1";
        filter.user = "ada";
        filter.model_digest = "sha256:0123";
        filter.refers_to = 2;
        filter.text = "mostly";
        break;
      case 11: filter.text = "专家模型"; break;
      case 12: filter.text = "experts"; break;
      case 13: filter.text = "asked by"; break;
      case 14: filter.text = "offl"; break;
      case 15: filter.text = "secret"; break;
      case 16: filter.text = "brief"; break;
      case 17: filter.text = "?!"; break;
      case 18: filter.kinds = {"'; DROP TABLE entries; --"}; break;
    }
    QCOMPARE(QString::fromStdString(sequences(must(log_->query(filter)))), expected);
    QCOMPARE(must(log_->count(filter)), expected.count(QLatin1Char(' ')));
  }

  void pagesNewestFirst() {
    AuditPage page;
    page.limit = 3;
    std::string all;
    for (;;) {
      const auto records = must(log_->query({}, page));
      if (records.empty()) break;
      all += sequences(records) + "| ";
      page.before = records.back().sequence;
    }
    QCOMPARE(all, std::string("7 6 5 | 4 3 2 | 1 | "));
    for (const int limit : {0, -1, 10001}) {
      page.limit = limit;
      const auto refused = log_->query({}, page);
      QVERIFY(!refused.ok() && refused.error().code == ErrorCode::invalid_argument);
    }
  }

  void listsNeedNoTexts() {
    AuditPage page;
    page.with_texts = false;
    for (const auto& record : must(log_->query({}, page))) {
      QVERIFY(record.entry.texts.empty());
      if (record.sequence == 3) QVERIFY(record.parts.at(0).state == AuditPartState::stored);
    }
  }

  void seesEachPartsState() {
    const auto state = [&](std::int64_t sequence, const std::string& part) {
      for (const auto& p : must(log_->entry(sequence)).parts)
        if (p.part == part) return p.state;
      throw std::runtime_error("no part " + part);
    };
    QVERIFY(state(2, "prompt") == AuditPartState::stored);
    QVERIFY(state(2, "system") == AuditPartState::redacted);
    QVERIFY(state(4, "prompt") == AuditPartState::hash_only);
    QVERIFY(state(5, "answer") == AuditPartState::stored);
    const LogFolder folder;
    {
      const auto log = folder.open();
      fill_log(*log);
    }
    RawDatabase(folder.database()).run("DROP TRIGGER contents_keep_rows; DELETE FROM contents WHERE sequence = 3; "
                                       "DROP TRIGGER entries_keep_values; UPDATE entries SET action = 'x' WHERE sequence = 5");
    const auto log = folder.open_read_only();
    QVERIFY(must(log->entry(3)).parts.at(0).state == AuditPartState::missing);
    QVERIFY(must(log->entry(3)).intact);
    QVERIFY(!must(log->entry(5)).intact);
    const auto missing = log->entry(99);
    QVERIFY(!missing.ok() && missing.error().code == ErrorCode::not_found);
  }

 private:
  LogFolder folder_;
  std::unique_ptr<AuditLog> log_;
};

QTEST_APPLESS_MAIN(TestLogReader)
#include "test_log_reader.moc"
