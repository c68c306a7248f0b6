// SPDX-License-Identifier: Apache-2.0
#include "engine/train/csv_reader.h"

#include <QtTest>

#include <random>

using namespace roundhouse;

namespace {

using Table = std::vector<std::vector<std::string>>;

std::string written(const Table& table, char separator, const std::string& line_end, std::mt19937& random) {
  std::string text;
  for (const auto& record : table) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      if (i > 0) text += separator;
      const std::string& field = record[i];
      const std::string special = std::string("\"\r\n") + separator;
      if (field.find_first_of(special) == std::string::npos && (record.size() > 1 || !field.empty()) && random() % 3) {
        text += field;
        continue;
      }
      text += '"';
      for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
      text += '"';
    }
    text += line_end;
  }
  return text;
}

}  // namespace

class TestCsvReader : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Any table written as the format says comes back, with the lines that its records begin in.
  void whatIsWrittenIsRead() {
    std::mt19937 random(7);
    const std::string letters = "ab \",;\n\r\t|\xC3\xA9";
    for (int round = 0; round < 500; ++round) {
      const char separator = ",;\t|"[random() % 4];
      Table table(1 + random() % 5);
      const std::size_t columns = 1 + random() % 4;
      for (auto& record : table) {
        record.resize(columns);
        for (auto& field : record) {
          for (unsigned n = random() % 6; n > 0; --n) field += letters[random() % letters.size()];
        }
      }
      const std::string text = written(table, separator, random() % 2 ? "\n" : "\r\n", random);
      CsvReader reader(text, separator);
      std::int64_t line = 1;
      for (const auto& record : table) {
        const auto read = reader.next();
        QVERIFY2(read && read->ok(), text.c_str());
        QCOMPARE(**read, record);
        QCOMPARE(reader.line(), line);
        const std::string own = written({record}, separator, "\n", random);
        for (std::size_t i = 0; i < own.size(); ++i) line += own[i] == '\n' || (own[i] == '\r' && own[i + 1] != '\n');
      }
      QVERIFY(!reader.next());
    }
  }
  void emptyLinesAreNoRecords() {
    CsvReader reader("\r\n\na,b\r\n\r\n\"\"\nlast", ',');
    QCOMPARE(**reader.next(), (std::vector<std::string>{"a", "b"}));
    QCOMPARE(reader.line(), std::int64_t{3});
    QCOMPARE(**reader.next(), std::vector<std::string>{""});
    QCOMPARE(**reader.next(), std::vector<std::string>{"last"});
    QCOMPARE(reader.line(), std::int64_t{6});
    QVERIFY(!reader.next());
  }
  void whatIsBrokenIsNamedAndTheNextLineReadOn() {
    CsvReader reader("a\n\"b\"c,d\ne\n\"f\ng\nh", ',');
    QCOMPARE(**reader.next(), std::vector<std::string>{"a"});
    QVERIFY(!reader.next()->ok());
    QCOMPARE(reader.line(), std::int64_t{2});
    QCOMPARE(**reader.next(), std::vector<std::string>{"e"});
    const auto open = reader.next();
    QVERIFY(!open->ok() && open->error().expected == "a closing quote");
    QCOMPARE(reader.line(), std::int64_t{4});
    QVERIFY(!reader.next());
    const std::string wide = std::string(CsvReader::most_fields + 5, ',') + "\nx";
    CsvReader limited(wide, ',');
    QVERIFY(!limited.next()->ok());
    QCOMPARE(**limited.next(), std::vector<std::string>{"x"});
  }
  void separatorsAreFound() {
    QCOMPARE(detect_separator("a,b\n1;2,3\n"), ',');
    QCOMPARE(detect_separator("question;answer\n\"one, two, three\";b\nx, y;z\n"), ';');
    QCOMPARE(detect_separator("a\tb\nhello, you\tx;y\n"), '\t');
    QCOMPARE(detect_separator("a|b|c\n1|2|3\n"), '|');
    QCOMPARE(detect_separator("text\n\"one, two\"\n"), ',');
    QCOMPARE(detect_separator(""), ',');
    // The record that the sampled bytes end in does not count.
    QCOMPARE(detect_separator("a;b\n1;" + std::string(100000, 'x') + ",y\n"), ';');
  }
};

QTEST_GUILESS_MAIN(TestCsvReader)
#include "test_csv_reader.moc"
