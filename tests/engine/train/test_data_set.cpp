// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data_set.h"

#include <QtTest>

#include <random>

using namespace roundhouse;

namespace {

std::string text_of(const Message& message) { return std::get<TextPart>(message.parts.at(0).content).text; }

// "user: hello | assistant: hi"
std::string spoken(const DataRow& row) {
  constexpr const char* roles[] = {"system", "user", "assistant", "tool"};
  std::string all;
  for (const Message& m : row.messages) all += (all.empty() ? "" : " | ") + std::string(roles[static_cast<int>(m.role)]) + ": " + text_of(m);
  return all;
}

}  // namespace

class TestDataSet : public QObject {
  Q_OBJECT
  const QTemporaryDir folder_;

  std::string write(const QByteArray& content) const {
    QFile file(folder_.filePath("data"));
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) qFatal("not written");
    return file.fileName().toStdString();
  }
  DataSet read(const QByteArray& content) const {
    const auto set = read_data_set(write(content));
    if (!set.ok()) qFatal("%s", set.error().message().c_str());
    return *set;
  }

 private Q_SLOTS:
  void eachFormatIsFound() {
    DataSet set = read(R"({"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"Hel"},{"type":"text","text":"lo"}]}]})");
    QCOMPARE(set.format, DataFormat::messages);
    QCOMPARE(spoken(set.rows[0]), std::string("system: Be brief. | user: Hi | assistant: Hello"));
    set = read(R"({"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}],"system":"S"})");
    QCOMPARE(set.format, DataFormat::sharegpt);
    QCOMPARE(spoken(set.rows[0]), std::string("system: S | user: Hi | assistant: Hello"));
    set = read(R"({"instruction":"Add","input":"1 2","output":"3","history":[["a","b"]],"system":"S"})");
    QCOMPARE(set.format, DataFormat::alpaca);
    QCOMPARE(spoken(set.rows[0]), std::string("system: S | user: a | assistant: b | user: Add\n1 2 | assistant: 3"));
    set = read(R"({"prompt":"Q","chosen":"good","rejected":[{"role":"assistant","content":"bad"}]})");
    QCOMPARE(set.format, DataFormat::preference);
    QCOMPARE(spoken(set.rows[0]) + " > " + set.rows[0].chosen + " " + set.rows[0].rejected, std::string("user: Q > good bad"));
    set = read("{\"text\":\"专家\"}");
    QCOMPARE(set.format, DataFormat::text);
    QCOMPARE(set.rows[0].text, std::string("专家"));
  }
  // Lines and an array of them are the same; blank lines and a byte order mark do not matter.
  void linesAndArraysAreTheSame() {
    const QByteArray row = R"({"instruction":"a","output":"b"})";
    const DataSet lines = read("\xEF\xBB\xBF" + row + "\r\n\n  \n" + row), array = read("\n [" + row + ",\n" + row + "]\n");
    QCOMPARE(lines.rows.size(), std::size_t{2});
    QCOMPARE(array.rows.size(), std::size_t{2});
    QCOMPARE(lines.rows[0].line, std::int64_t{1});
    QCOMPARE(lines.rows[1].line, std::int64_t{4});
    QCOMPARE(spoken(lines.rows[1]), spoken(array.rows[1]));
  }
  void badLinesAreNamedByNumberAndReason() {
    const DataSet set = read("{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]}\n"
                             "{\"messages\":\n"
                             "[1]\n"
                             "{\"text\":\"x\"}\n"
                             "{\"other\":1}\n"
                             "{\"messages\":[{\"role\":\"robot\",\"content\":\"q\"}]}\n"
                             "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]}\n"
                             "{\"messages\":[]}\n"
                             "{\"messages\":[{\"role\":\"assistant\",\"content\":7}]}\n");
    QCOMPARE(set.rows.size(), std::size_t{1});
    QCOMPARE(set.problem_count, std::int64_t{8});
    const std::pair<int, const char*> expected[] = {{2, "no JSON"}, {3, "object"}, {4, "format text"}, {5, "no known format"}, {6, "robot"}, {7, "assistant"}, {8, "empty"}, {9, "content"}};
    for (std::size_t i = 0; i < 8; ++i) {
      QCOMPARE(set.problems[i].line, std::int64_t{expected[i].first});
      QVERIFY2(set.problems[i].reason.find(expected[i].second) != std::string::npos, set.problems[i].reason.c_str());
    }
  }
  void theFormatMayBeGiven() {
    const std::string path = write("{\"text\":\"x\"}\n{\"instruction\":\"a\",\"output\":\"b\"}\n");
    const auto set = read_data_set(path, DataFormat::alpaca);
    QVERIFY(set.ok());
    QCOMPARE(set->rows.size(), std::size_t{1});
    QCOMPARE(set->problems[0].line, std::int64_t{1});
  }
  void aFileWithoutRowsIsRefused() {
    for (const QByteArray& content : {QByteArray("\n\n"), QByteArray("{}"), QByteArray("[]"), QByteArray("not json"), QByteArray("[1,2"), QByteArray("{\"text\":\"\"}")}) {
      const auto set = read_data_set(write(content));
      QVERIFY2(!set.ok(), content.constData());
    }
    QVERIFY(!read_data_set("/no/such/file").ok());
  }
  // Whatever the bytes are: an error or rows, and never more problems kept than the limit.
  void randomBytesNeverBreakIt() {
    std::mt19937 random(1);
    const QByteArray good = R"({"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}],"system":"S"})";
    for (int round = 0; round < 300; ++round) {
      QByteArray content = good + '\n' + good + '\n' + good;
      for (int flips = 1 + int(random() % 6); flips > 0; --flips) content[qsizetype(random() % unsigned(content.size()))] = char(random());
      const auto set = read_data_set(write(content));
      if (set.ok()) QVERIFY(set->rows.size() <= 3 && set->problems.size() <= 6);
    }
    const DataSet many = read(good + '\n' + QByteArray("x\n").repeated(3000));
    QCOMPARE(many.problems.size(), DataSet::most_problems);
    QCOMPARE(many.problem_count, std::int64_t{3000});
  }
};

QTEST_GUILESS_MAIN(TestDataSet)
#include "test_data_set.moc"
