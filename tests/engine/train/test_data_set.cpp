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

  std::string write(const QByteArray& content, const char* name = "data") const {
    QFile file(folder_.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) qFatal("not written");
    return file.fileName().toStdString();
  }
  DataSet read(const QByteArray& content, const char* name = "data", const DataOptions& options = {}) const {
    const auto set = read_data_set(write(content, name), options);
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
    DataOptions options;
    options.format = DataFormat::alpaca;
    const auto set = read_data_set(path, options);
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
  void aBrokenRowOfAnArrayHidesNoOther() {
    const DataSet set = read("[{\"text\":\"a\"},\n{\"text\":},\n\n {\"text\":\"b\"},\n{\"text\":\"c\"}");
    QCOMPARE(set.rows.size(), std::size_t{3});
    QCOMPARE(set.rows[1].line, std::int64_t{4});
    QCOMPARE(set.problem_count, std::int64_t{2});
    QCOMPARE(set.problems[0].line, std::int64_t{2});
    QVERIFY(set.problems[1].reason.find("not closed") != std::string::npos);
  }
  void tablesAreRead() {
    const DataSet set = read("\xEF\xBB\xBFquestion;answer;note\r\n\"What, \"\"exactly\"\";\nplease?\";It;x\r\nonly;two\r\nq;a;\r\nq;;x\r\n\"\xFF\";a;b\r\n", "data.csv");
    QCOMPARE(set.format, DataFormat::alpaca);
    QCOMPARE(set.detection.separator, ';');
    QCOMPARE(set.detection.fields, (std::vector<std::string>{"question", "answer", "note"}));
    QCOMPARE(set.detection.unused, std::vector<std::string>{"note"});
    QCOMPARE(set.detection.roles, (std::map<std::string, std::string>{{"prompt", "question"}, {"response", "answer"}}));
    QCOMPARE(spoken(set.rows.at(0)), std::string("user: What, \"exactly\";\nplease? | assistant: It"));
    QCOMPARE(spoken(set.rows.at(1)), std::string("user: q | assistant: a"));
    QCOMPARE(set.rows[1].line, std::int64_t{5});
    QCOMPARE(set.problem_count, std::int64_t{3});
    const std::pair<int, const char*> expected[] = {{4, "2 fields"}, {6, "no known format among the fields note, question"}, {7, "UTF-8"}};
    for (std::size_t i = 0; i < 3; ++i) {
      QCOMPARE(set.problems[i].line, std::int64_t{expected[i].first});
      QVERIFY2(set.problems[i].reason.find(expected[i].second) != std::string::npos, set.problems[i].reason.c_str());
    }
    QCOMPARE(set.detection.description(), std::string("CSV, separated by ;, read as alpaca: prompt from question, response from answer; not used: note"));
    QVERIFY(!read_data_set(write("a,a\n1,2\n", "data.csv")).ok());
    QCOMPARE(read("text\tlabel\nhello, you\tx\n", "data.tsv").rows[0].text, std::string("hello, you"));
  }
  void aMappingServesEveryContainer() {
    DataOptions options;
    options.mapping = {{"prompt", "frage"}, {"response", "antwort"}};
    for (const auto& [content, name] : {std::pair("frage,antwort\nq,a\n", "data.csv"), std::pair("{\"frage\":\"q\",\"antwort\":\"a\"}", "data.jsonl"), std::pair("[{\"frage\":\"q\",\"antwort\":\"a\"}]", "data.json")}) {
      const DataSet set = read(content, name, options);
      QCOMPARE(set.format, DataFormat::alpaca);
      QCOMPARE(spoken(set.rows[0]), std::string("user: q | assistant: a"));
      QVERIFY(!read_data_set(write(content, name)).ok());
    }
    options.mapping = {{"prompt", "frage"}, {"text", "t"}};
    QVERIFY(!read_data_set(write("{}"), options).ok());
  }
  void plainTextIsOneRowOrParagraphs() {
    const QByteArray content = "\nFirst line\r\nand second.\r\n\r\n\r\nNext \xC3\xA9.\n \nbad \xFF\n\nlast";
    DataSet set = read(content, "data.txt");
    QCOMPARE(set.format, DataFormat::text);
    QCOMPARE(set.detection.container, DataContainer::plain_text);
    QCOMPARE(set.rows.size(), std::size_t{1});
    QCOMPARE(set.rows[0].text, std::string("First line\nand second.\n\n\nNext \xC3\xA9.\n\nlast"));
    QCOMPARE(set.problem_count, std::int64_t{1});
    QCOMPARE(set.problems[0].line, std::int64_t{8});
    DataOptions options;
    options.plain_text = DataOptions::PlainText::paragraphs;
    set = read(content, "data.txt", options);
    QCOMPARE(set.rows.size(), std::size_t{3});
    QCOMPARE(set.rows[2].text, std::string("last"));
    QCOMPARE(set.rows[2].line, std::int64_t{10});
    QCOMPARE(read("{\"instruction\":\"q\",\"output\":\"a\"}\n", "data.txt").format, DataFormat::alpaca);
    options.format = DataFormat::alpaca;
    QVERIFY(!read_data_set(write("x", "data.txt"), options).ok());
  }
  void whatIsNotReadIsNamed() {
    const std::pair<QByteArray, const char*> cases[] = {{QByteArray("PAR1\0\1", 6), "Parquet"}, {QByteArray("\x1F\x8B\x08\0", 4), "packed"}, {QByteArray("PK\x03\x04"), "packed"},
                                                        {QByteArray("\xFF\xFE{\0", 4), "UTF-16"}, {QByteArray("{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}],\"images\":[\"a.png\"]}"), "vision encoder"}};
    for (const auto& [content, reason] : cases) {
      const auto set = read_data_set(write(content));
      QVERIFY2(!set.ok() && set.error().message().find(reason) != std::string::npos, reason);
    }
    QVERIFY(!read_data_set(write("x", "data.parquet")).ok());
  }
  void imageRowsAmongOthersAreCounted() {
    const DataSet set = read("{\"instruction\":\"q\",\"output\":\"a\"}\n{\"instruction\":\"<image>q\",\"output\":\"a\",\"images\":[\"x\"]}\n");
    QCOMPARE(set.rows.size(), std::size_t{1});
    QCOMPARE(set.detection.image_rows, std::int64_t{1});
    QVERIFY(set.detection.description().find("1 row with images") != std::string::npos);
  }
  void onlyTheFirstRowsAreReadOnRequest() {
    DataOptions options;
    options.most_rows = 2;
    for (const auto& [content, name] : {std::pair("{\"text\":\"a\"}\n{\"text\":\"b\"}\nbroken", "data.jsonl"), std::pair("[{\"text\":\"a\"},{\"text\":\"b\"},broken", "data.json"), std::pair("text\na\nb\n\"c", "data.csv")}) {
      const DataSet set = read(content, name, options);
      QCOMPARE(set.rows.size(), std::size_t{2});
      QCOMPARE(set.problem_count, std::int64_t{0});
    }
  }
  // Depth, length, zero bytes: a problem of its line, and the next line is read.
  void hostileLinesAreProblems() {
    const QByteArray good = "{\"text\":\"x\"}\n";
    const QByteArray lines[] = {QByteArray("[").repeated(200000), QByteArray("{\"a\":").repeated(100000), "{\"text\":\"\\u0000\"}", QByteArray("{\"text\":\"\0\"}", 12), "{\"text\":\"\xC0\xAF\"}", "{\"text\":\"\\ud800\"}",
                                "{\"text\":\"a\",\"text\":\"b\"}", "\"" + QByteArray(1 << 20, 'x'), "1e999", QByteArray(1 << 20, '\0')};
    for (const QByteArray& line : lines) {
      const DataSet set = read(good + line + '\n' + good);
      QCOMPARE(set.rows.size(), std::size_t{2});
      QCOMPARE(set.rows[1].line, std::int64_t{3});
      QCOMPARE(set.problem_count, std::int64_t{1});
      QCOMPARE(set.problems[0].line, std::int64_t{2});
      QVERIFY(set.problems[0].reason.size() < 600);
    }
  }
  // Whatever the bytes are: an error or rows, and never more problems kept than the limit.
  void randomBytesNeverBreakIt() {
    std::mt19937 random(1);
    const QByteArray row = R"({"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}],"system":"S"})";
    const std::pair<QByteArray, const char*> files[] = {{row + '\n' + row + '\n' + row, "data.jsonl"}, {"[" + row + ",\n" + row + ",\n" + row + "]", "data.json"},
                                                        {"instruction,output\n\"a,\n\"\"b\"\"\",c\nd,e\nf,g\n", "data.csv"}, {"One.\n\nTwo\nthree.\n\nFour", "data.txt"}};
    for (const auto& [good, name] : files) {
      for (int round = 0; round < 150; ++round) {
        QByteArray content = good;
        for (int flips = 1 + int(random() % 6); flips > 0; --flips) {
          const qsizetype at = qsizetype(random() % unsigned(content.size()));
          if (random() % 2) content[at] = char(random());
          else if (random() % 2) content.insert(at, "\",[]{}\n\\;\r"[random() % 10]);
          else content.truncate(std::max<qsizetype>(1, at));
        }
        DataOptions options;
        options.plain_text = random() % 2 ? DataOptions::PlainText::whole : DataOptions::PlainText::paragraphs;
        const auto set = read_data_set(write(content, name), options);
        if (!set.ok()) continue;
        QVERIFY(set->problem_count == std::int64_t(set->problems.size()) && set->rows.size() <= 9);
        std::int64_t line = 0;
        const auto lines = 1 + std::count(content.begin(), content.end(), '\n') + std::count(content.begin(), content.end(), '\r');
        for (const DataRow& each : set->rows) {
          QVERIFY(each.line >= std::max<std::int64_t>(line, 1) && each.line <= lines);
          line = each.line;
        }
        QVERIFY(!set->detection.description().empty());
      }
    }
    const QByteArray good = row;
    const DataSet many = read(good + '\n' + QByteArray("x\n").repeated(3000));
    QCOMPARE(many.problems.size(), DataSet::most_problems);
    QCOMPARE(many.problem_count, std::int64_t{3000});
  }
};

QTEST_GUILESS_MAIN(TestDataSet)
#include "test_data_set.moc"
