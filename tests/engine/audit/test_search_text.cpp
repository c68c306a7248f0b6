// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/search_text.h"
#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;

namespace {
// Whether an FTS5 index finds `document` by what a person typed.
bool finds(RawDatabase& index, const std::string& document, const std::string& typed) {
  index.run("DELETE FROM t");
  const auto quote = [](const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
  };
  index.run("INSERT INTO t VALUES(" + quote(search_terms(document)) + ")");
  const std::string expression = search_expression(typed);
  return !expression.empty() && !index.rows("SELECT rowid FROM t WHERE t MATCH " + quote(expression)).empty();
}
}  // namespace

class TestSearchText : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    index_.run("CREATE VIRTUAL TABLE t USING fts5(x, tokenize = 'unicode61 remove_diacritics 2')");
  }

  void makesPairs() {
    QCOMPARE(search_terms("大模型"), std::string("大模 模型 型"));
    QCOMPARE(search_terms("模"), std::string("模"));
    QCOMPARE(search_terms("MoE专家, 8个!"), std::string("MoE 专家 家 8 个"));
    QCOMPARE(search_terms("カナ 한국어"), std::string("カナ ナ 한국 국어 어"));
    QCOMPARE(search_terms(std::string("a\0b\xff""c", 5)), std::string("a b c"));
    QCOMPARE(search_terms(""), std::string());
    QCOMPARE(search_terms("。、—!"), std::string());
    QCOMPARE(search_expression(" -- \"\" * "), std::string());
  }

  void findsWords_data() {
    QTest::addColumn<QString>("document");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<bool>("found");
    const auto row = [](const char* document, const char* typed, bool found) {
      QTest::addRow("%s in %s", typed, document) << QString::fromUtf8(document) << QString::fromUtf8(typed) << found;
    };
    row("混合专家模型的路由", "专家", true);
    row("混合专家模型的路由", "专家模型", true);
    row("混合专家模型的路由", "路由", true);
    row("混合专家模型的路由", "由", true);
    row("混合专家模型的路由", "混", true);
    row("混合专家模型的路由", "家", true);
    row("混合专家模型的路由", "专模", false);
    row("混合专家模型的路由", "路由 专家", true);
    row("混合专家模型的路由", "路由专家", false);
    row("混合专家模型的路由", "路由 没有", false);
    row("用MoE模型", "MoE模型", true);
    row("用MoE模型", "moe", true);
    row("The quick brown fox", "qui", true);
    row("The quick brown fox", "brown quick", true);
    row("The quick brown fox", "\"quick brown\"", true);
    row("The quick brown fox", "\"brown quick\"", false);
    row("The quick brown fox", "\"quick bro\"", false);
    row("The quick brown fox", "\"quick", true);
    row("The quick brown fox", "uick", false);
    row("Größe und Émile", "grosse", false);
    row("Größe und Émile", "größe emile", true);
    row("one专家 two", "\"one专家 two\"", true);
    row("one专家 two", "\"one two\"", false);
    row("a OR b", "OR", true);
    row("a b", "a OR c", false);
    row("a b", "NOT a", false);
    row("x AND y", "AND", true);
    row("column: texts", "texts:", true);
    row("it's 100% ^here^ (so)", "it's", true);
    row("it's 100% ^here^ (so)", "100%", true);
    row("it's 100% ^here^ (so)", "^here^ (so)", true);
    row("it's 100% ^here^ (so)", "NEAR(it here)", false);
    row("snake_case-name", "case name", true);
    row("日本語のテキスト", "テキスト", true);
    row("日本語のテキスト", "本語", true);
    row("한국어 문장입니다", "문장", true);
  }
  void findsWords() {
    QFETCH(const QString, document);
    QFETCH(const QString, typed);
    QFETCH(const bool, found);
    QCOMPARE(finds(index_, document.toStdString(), typed.toStdString()), found);
  }

  // Every piece of a Chinese text is found in it, and no two characters that do not stand together.
  void findsEveryPiece() {
    const QString text = QStringLiteral("大语言模型能够理解和生成自然语言");
    for (qsizetype from = 0; from < text.size(); ++from)
      for (qsizetype size = 1; from + size <= text.size(); ++size)
        QVERIFY(finds(index_, text.toStdString(), text.mid(from, size).toStdString()));
    for (qsizetype a = 0; a < text.size(); ++a)
      for (qsizetype b = 0; b < text.size(); ++b) {
        const QString pair = QString(text[a]) + text[b];
        QCOMPARE(finds(index_, text.toStdString(), pair.toStdString()), text.contains(pair));
      }
  }

  // Whatever is typed, FTS5 accepts it; and any bytes can be indexed.
  void anyInputIsAValidSearch() {
    std::uint32_t random = 99;
    const std::string pieces[] = {"\"", "*", "(", ")", "AND", "OR", "NOT", "NEAR", ":", "^", "-", "+", "{", "}", "a", "é",
                                  "专", "家", " ", "'", "\xff", "\xe4\xb8", std::string(1, '\0'), "☂", "\xef\xb8\x8f", "_"};
    for (int i = 0; i < 3000; ++i) {
      std::string typed;
      for (int n = 0; n < 8; ++n) typed += pieces[((random = random * 1664525 + 1013904223) >> 16) % std::size(pieces)];
      const std::string expression = search_expression(typed);
      QVERIFY(QString::fromStdString(expression).toStdString() == expression);  // valid UTF-8
      (void)finds(index_, typed, typed);                                        // throws on an error
    }
  }

 private:
  RawDatabase index_{":memory:"};
};

QTEST_APPLESS_MAIN(TestSearchText)
#include "test_search_text.moc"
