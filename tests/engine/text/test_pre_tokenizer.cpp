// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "engine/text/pre_tokenizer.h"

using namespace roundhouse;
using text::PreTokenizer;

namespace {

// The pieces with bars between them.
std::string cut(const PreTokenizer& pre, std::string_view text) {
  std::vector<std::size_t> ends;
  const Status status = pre.split(text, ends);
  if (!status.ok()) return status.error().message();
  std::string out;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    out.append(out.empty() ? "" : "|").append(text.substr(begin, end - begin));
    begin = end;
  }
  return out;
}

std::string cut(const char* name, std::string_view text) {
  const auto pre = PreTokenizer::named(name);
  return pre.ok() ? cut(*pre, text) : pre.error().message();
}

}  // namespace

class TestPreTokenizer : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void cutsAsTheNamedFamiliesDo() {
    QCOMPARE(cut("gpt-2", "It's 2026 now!!  ok\n\n x"), std::string("It|'s| 2026| now|!!| | ok|\n\n| x"));
    QCOMPARE(cut("smollm", "It's 2026 now"), std::string("It|'s| |2|0|2|6| now"));
    QCOMPARE(cut("llama-bpe", "It'S 20261 (now)\n\n  x"), std::string("It|'S| |202|61| (|now|)\n\n| | x"));
    QCOMPARE(cut("qwen2", "a 20é\r\n.b"), std::string("a| |2|0|é|\r\n|.b"));
    QCOMPARE(cut("deepseek-v3", "1234专家かな!x \xCC\x81"), std::string("123|4|专家かな|!x| \xCC\x81"));
    QCOMPARE(cut("deepseek-llm", "Hello 专家 123\n"), std::string("Hello| |专家| |123|\n"));
  }

  void readsSpacesAsUnicodeDoes() {
    // U+0085 and U+3000 are White_Space, U+180E is not.
    QCOMPARE(cut("gpt-2", "a\xC2\x85\xE3\x80\x80" "b"), std::string("a|\xC2\x85|\xE3\x80\x80|b"));
    QCOMPARE(cut("gpt-2", "a \xE1\xA0\x8E" "b"), std::string("a| \xE1\xA0\x8E|b"));
  }

  void brokenBytesStandAlone() {
    QCOMPARE(cut("gpt-2", "ab\xFF\xC3 cd\xE2\x82"), std::string("ab|\xFF\xC3| cd|\xE2\x82"));
    QCOMPARE(cut("smollm", "\x80"), std::string("\x80"));
    QCOMPARE(cut("smollm", ""), std::string());
  }

  void aChainCutsWhatIsLeft() {
    const auto pre = PreTokenizer::create({"b+", "[ab]c"});
    QVERIFY(pre.ok());
    QCOMPARE(cut(*pre, "abbcacx"), std::string("a|bb|c|ac|x"));
    const auto empty_matches = PreTokenizer::create({"x*"});
    QCOMPARE(cut(*empty_matches, "axxé"), std::string("a|xx|é"));
    const auto none = PreTokenizer::create({});
    QCOMPARE(cut(*none, "one piece"), std::string("one piece"));
  }

  void everyNameCompiles() {
    QVERIFY(PreTokenizer::names().size() >= 12);
    for (const std::string& name : PreTokenizer::names()) QVERIFY2(PreTokenizer::named(name).ok(), name.c_str());
  }

  void refusesWhatItCannotCompile() {
    const auto result = PreTokenizer::create({"[a"});
    QVERIFY(!result.ok());
    QCOMPARE(result.error().code, ErrorCode::malformed);
    QVERIFY(!PreTokenizer::create({std::string(100000, 'a')}).ok());
    QVERIFY(!PreTokenizer::create({std::string(5000, '(') + std::string(5000, ')')}).ok());
    QCOMPARE(PreTokenizer::named("gpt-9").error().code, ErrorCode::unsupported);
  }
};

QTEST_APPLESS_MAIN(TestPreTokenizer)
#include "test_pre_tokenizer.moc"
