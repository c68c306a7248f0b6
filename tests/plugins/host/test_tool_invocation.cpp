// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/tool_invocation.h"

#include <QTest>

using namespace roundhouse;
using namespace roundhouse::plugins;

namespace {

std::vector<ToolInfo> tools() {
  ToolInfo text, json;
  text.spec.name = "word_count";
  text.text_argument = "text";
  json.spec.name = "lookup";
  return {text, json};
}

}  // namespace

class TestToolInvocation : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void calls_data() {
    QTest::addColumn<QByteArray>("typed");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("arguments");
    QTest::newRow("text") << QByteArray("/word_count one \"two\"\nthree ") << QByteArray("word_count") << QByteArray("{\"text\":\"one \\\"two\\\"\\nthree\"}");
    QTest::newRow("line break ends the name") << QByteArray("/word_count\none") << QByteArray("word_count") << QByteArray("{\"text\":\"one\"}");
    QTest::newRow("nothing") << QByteArray("/word_count") << QByteArray("word_count") << QByteArray("{}");
    QTest::newRow("blanks") << QByteArray("/lookup  ") << QByteArray("lookup") << QByteArray("{}");
    QTest::newRow("json") << QByteArray("/lookup {\"key\": [1, 2]}") << QByteArray("lookup") << QByteArray("{\"key\":[1,2]}");
    QTest::newRow("json for a text tool") << QByteArray("/word_count {\"text\": \"x\"}") << QByteArray("word_count") << QByteArray("{\"text\":\"x\"}");
  }
  void calls() {
    QFETCH(QByteArray, typed);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, arguments);
    const auto input = parse_tool_input(typed.toStdString(), tools(), "call-1");
    QVERIFY2(input.ok(), input.ok() ? "" : input.error().message().c_str());
    QVERIFY(input->call.has_value());
    QCOMPARE(QByteArray::fromStdString(input->call->name), name);
    QCOMPARE(QByteArray::fromStdString(input->call->arguments_json), arguments);
    QCOMPARE(input->call->id, std::string("call-1"));
  }
  void ordinaryMessagesStay_data() {
    QTest::addColumn<QByteArray>("typed");
    for (const char* typed : {"hello", "", "/", "/ x", "/usr/bin is what?", "/1", "/Word_count x", "/word-count x", " /word_count x", "/.", "1/2"}) {
      QTest::newRow(*typed ? typed : "empty") << QByteArray(typed);
    }
  }
  void ordinaryMessagesStay() {
    QFETCH(QByteArray, typed);
    const auto input = parse_tool_input(typed.toStdString(), tools(), "");
    QVERIFY(input.ok() && !input->call);
    QCOMPARE(QByteArray::fromStdString(input->message), typed);
  }
  void twoSlashesAreOne() {
    const auto input = parse_tool_input("//word_count x", tools(), "");
    QVERIFY(input.ok() && !input->call);
    QCOMPARE(input->message, std::string("/word_count x"));
  }
  void refusals() {
    const auto unknown = parse_tool_input("/nope x", tools(), "");
    QCOMPARE(unknown.error().code, ErrorCode::not_found);
    QVERIFY(unknown.error().message().find("/word_count, /lookup") != std::string::npos);
    QVERIFY(parse_tool_input("/nope", {}, "").error().message().find("//") != std::string::npos);
    QCOMPARE(parse_tool_input("/lookup key", tools(), "").error().code, ErrorCode::invalid_argument);
    QCOMPARE(parse_tool_input("/lookup {\"key\"", tools(), "").error().code, ErrorCode::invalid_argument);
    QCOMPARE(parse_tool_input("/word_count {\"key\": 1} x", tools(), "").error().code, ErrorCode::invalid_argument);
  }
  void resultAsText() {
    const ToolResultPart result{"1", "word_count", "4 words", {{"the text", "characters 1 to 3", "one"}, {"b", "c", "d\ne"}}};
    QCOMPARE(tool_result_text(result), std::string("4 words\n[1] the text, characters 1 to 3: one\n[2] b, c: d\\x0ae\n"));
  }
};

QTEST_APPLESS_MAIN(TestToolInvocation)
#include "test_tool_invocation.moc"
