// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/json_text.h"

#include <QTest>

using namespace roundhouse;
using namespace roundhouse::cli;

class TestJsonText : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void bytes() {
    QCOMPARE(bytes_text(0), std::string("0 B"));
    QCOMPARE(bytes_text(999), std::string("999 B"));
    QCOMPARE(bytes_text(1000), std::string("1.00 kB"));
    QCOMPARE(bytes_text(82297920), std::string("82.3 MB"));
    QCOMPARE(bytes_text(999'499'999), std::string("999 MB"));
    QCOMPARE(bytes_text(999'600'000), std::string("1.00 GB"));
    QCOMPARE(bytes_text(15'000'000'000'000), std::string("15.0 TB"));
  }
  void tables() {
    QCOMPARE(table_text({{"name", "n"}, {"圆", "100"}, {"x", ""}}), std::string("name    n\n圆     100\nx\n"));
  }
  void errorsKeepTheirParts() {
    const Json json = error_json(Error{ErrorCode::not_found, "open", "a file", "one", "none"});
    QCOMPARE(json["code"].get<std::string>(), std::string("not_found"));
    QCOMPARE(json["message"].get<std::string>(), std::string("open: a file: expected one, found none"));
  }
  void whatIsNoUtf8DoesNotThrow() { QCOMPARE(to_text({{"a", "\xff"}}), std::string("{\"a\":\"\xef\xbf\xbd\"}")); }
  void speedsComeWithTheirCounts() {
    GenerationStats stats;
    stats.evaluated_tokens = 100;
    stats.prompt_ns = 500'000'000;
    stats.generated_tokens = 11;
    stats.generation_ns = 2'000'000'000;
    const Json json = stats_json(stats);
    QCOMPARE(json["prompt_tokens_per_s"].get<double>(), 200.0);
    QCOMPARE(json["generation_tokens_per_s"].get<double>(), 5.0);
    QCOMPARE(json["prompt_s"].get<double>(), 0.5);
  }
};

QTEST_APPLESS_MAIN(TestJsonText)
#include "test_json_text.moc"
