// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data_rows.h"

#include <QtTest>

using namespace roundhouse;

namespace {

std::string said(const std::vector<Message>& messages) {
  constexpr const char* roles[] = {"system", "user", "assistant", "tool"};
  std::string all;
  for (const Message& m : messages) {
    all += (all.empty() ? "" : " | ") + std::string(roles[static_cast<int>(m.role)]) + ":";
    for (const Part& part : m.parts) {
      if (const auto* text = std::get_if<TextPart>(&part.content)) all += " " + text->text;
      if (const auto* thought = std::get_if<ReasoningPart>(&part.content)) all += " (" + thought->text + ")";
    }
  }
  return all;
}

// How a row is read, or its error.
std::string read(const char* json, const DataMapping& mapping = {}) {
  const auto value = parse_json(json, "test");
  if (!value.ok()) qFatal("%s", value.error().message().c_str());
  const RowReader reader(mapping);
  const auto view = JsonView::of(*value, "row");
  const auto format = reader.format_of(*view);
  if (!format) return "none";
  const auto row = reader.read(*format, *view);
  if (!row.ok()) return row.error().object + ": " + row.error().expected + ", " + row.error().received;
  std::string all = std::string(data_format_name(*format)) + "; " + said(row->messages);
  if (!row->text.empty()) all += row->text;
  if (!row->chosen.empty()) all += " > " + row->chosen + " / " + row->rejected;
  return all;
}

}  // namespace

class TestDataRows : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void usualNamesNeedNoMapping() {
    QCOMPARE(read(R"({"question":"q","answer":"a"})"), std::string("alpaca; user: q | assistant: a"));
    QCOMPARE(read(R"({"prompt":"q","completion":"a","text":"t"})"), std::string("alpaca; user: q | assistant: a"));
    QCOMPARE(read(R"({"prompt":"q","response":"a","system_prompt":"s"})"), std::string("alpaca; system: s | user: q | assistant: a"));
    QCOMPARE(read(R"({"instruction":"","input":"q","output":"a"})"), std::string("alpaca; user: q | assistant: a"));
  }
  // Turns are named by what they hold, whatever their list is called: ShareGPT with roles is common.
  void turnsAreReadByTheirOwnNames() {
    QCOMPARE(read(R"({"conversations":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]})"), std::string("sharegpt; user: q | assistant: a"));
    QCOMPARE(read(R"({"messages":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]})"), std::string("messages; user: q | assistant: a"));
    const Json as_text = {{"messages", R"([{"role":"user","content":"q"},{"role":"assistant","content":"a"}])"}};
    QCOMPARE(read(dump_json(as_text).c_str()), std::string("messages; user: q | assistant: a"));
    QCOMPARE(read(R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":"why"}]})"), std::string("messages; user: q | assistant: (why) a"));
  }
  void aMappingNamesFields() {
    QCOMPARE(read(R"({"frage":"q","antwort":"a","kontext":"k","x":1})", {{"prompt", "frage"}, {"response", "antwort"}, {"system", "kontext"}}), std::string("alpaca; system: k | user: q | assistant: a"));
    QCOMPARE(read(R"({"q":"q","output":"a"})", {{"prompt", "q"}}), std::string("alpaca; user: q | assistant: a"));
    QCOMPARE(read(R"({"q":"q","good":"a","bad":"b"})", {{"prompt", "q"}, {"chosen", "good"}, {"rejected", "bad"}}), std::string("preference; user: q > a / b"));
    QCOMPARE(read(R"({"body":"t","messages":[]})", {{"text", "body"}}), std::string("text; t"));
    QCOMPARE(read(R"({"dialog":[{"who":"user","said":"q"},{"who":"bot","said":"a"}]})", {{"messages", "dialog"}, {"role", "who"}, {"content", "said"}}), std::string("messages; user: q | assistant: a"));
    QCOMPARE(read(R"({"q":"q"})", {{"prompt", "q"}, {"response", "r"}}), std::string("r: a text, none"));
  }
  void preferencesWithoutPromptTakeIt() {
    QCOMPARE(read(R"({"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]})"),
             std::string("preference; user: q > a / b"));
    QCOMPARE(read(R"({"chosen":"a","rejected":"b"})"), std::string("instruction: a text, none"));
  }
  void imagesAreRecognisedAndLeftOut() {
    for (const char* row : {R"({"messages":[{"role":"user","content":"<image>what?"},{"role":"assistant","content":"a"}],"images":["a.png"]})",
                            R"({"image":"a.png","conversations":[{"from":"human","value":"<image>"},{"from":"gpt","value":"a"}]})",
                            R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]},{"role":"assistant","content":"a"}]})"}) {
      QVERIFY2(read(row).find("vision encoder") != std::string::npos, read(row).c_str());
    }
    QCOMPARE(read(R"({"messages":[{"role":"user","content":"<image>?"},{"role":"assistant","content":"a"}],"images":[]})"), std::string("messages; user: <image>? | assistant: a"));
    QCOMPARE(read(R"({"text":"t","image":"","images":null})"), std::string("text; t"));
  }
  void whatCannotBeLearnedIsSaid() {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"instruction":"q","output":" "})", "empty"},
        {R"({"instruction":"q","output":3})", "number"},
        {R"({"instruction":"","output":"a"})", "empty"},
        {R"({"text":" \n"})", "empty"},
        {R"({"messages":"hello"})", "no JSON"},
        {R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":""}]})", "empty"},
        {R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[]}]})", "call of a tool"},
        {R"({"messages":[{"content":"q"}]})", "who speaks"},
        {R"({"messages":[{"role":"user"}]})", "content"},
        {R"({"messages":[1]})", "object"},
        {R"({"instruction":"q","output":"a","history":[["x"]]})", "pairs"},
        {R"({"prompt":"q","chosen":[],"rejected":"b"})", "empty"},
        {R"({"x":1})", "none"},
    };
    for (const auto& [row, reason] : cases) QVERIFY2(read(row).find(reason) != std::string::npos, (std::string(row) + ": " + read(row)).c_str());
  }
  void mappingsThatCannotBeAreRefused() {
    QVERIFY(check_data_mapping({}).ok());
    QVERIFY(check_data_mapping({{"prompt", "q"}, {"response", "a"}, {"system", "s"}}).ok());
    QVERIFY(check_data_mapping({{"prompt", "q"}, {"chosen", "a"}}).ok());
    QVERIFY(check_data_mapping({{"prompt", "q"}, {"response", "a"}}, DataFormat::alpaca).ok());
    QVERIFY(!check_data_mapping({{"antwort", "a"}}).ok());
    QVERIFY(!check_data_mapping({{"prompt", ""}}).ok());
    QVERIFY(!check_data_mapping({{"text", "t"}, {"prompt", "q"}}).ok());
    QVERIFY(!check_data_mapping({{"chosen", "c"}, {"response", "a"}}).ok());
    QVERIFY(!check_data_mapping({{"response", "a"}}, DataFormat::text).ok());
  }
};

QTEST_GUILESS_MAIN(TestDataRows)
#include "test_data_rows.moc"
