// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/code_highlighter.h"

#include <QtTest>

#include <random>

#include "widgets/markdown/markdown_parser.h"

using namespace roundhouse::widgets;

namespace {

std::chrono::steady_clock::time_point later() { return std::chrono::steady_clock::now() + std::chrono::seconds(30); }

const QStringList kPython = QStringLiteral(R"(import torch
# 专家 😀 comment
class Router(torch.nn.Module):
    """Scores
    experts."""
    def forward(self, x, k=2):
        text = "完成 😀"  # done
        return self.gate(x).topk(k + 0x1F)
)").split(QLatin1Char('\n'));

QString classed(const CodeSpans& spans, const QStringList& lines, int line, CodeClass wanted) {
  QString text;
  for (const CodeSpan& span : spans[size_t(line)])
    if (span.codeClass == wanted) text += lines[line].mid(span.begin, span.length) + QLatin1Char('|');
  return text;
}

bool same(const CodeSpans& a, const CodeSpans& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const CodeSpan& s, const CodeSpan& t) {
      return s.begin == t.begin && s.length == t.length && s.codeClass == t.codeClass;
    });
  });
}

}  // namespace

class TestMarkdownHighlighter : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    CodeHighlighter highlighter;
    QVERIFY2(highlighter.available(), "the language definitions of source-highlight are installed");
  }
  void wordsGetTheirClass() {
    CodeHighlighter highlighter;
    const CodeSpans spans = highlighter.highlight(QStringLiteral("Python"), kPython, later());
    QVERIFY(classed(spans, kPython, 2, CodeClass::Keyword).contains(QStringLiteral("class")));
    QVERIFY(classed(spans, kPython, 1, CodeClass::Comment).contains(QStringLiteral("专家 😀 comment")));
    QVERIFY(classed(spans, kPython, 6, CodeClass::String).contains(QStringLiteral("完成 😀")));
    QVERIFY(classed(spans, kPython, 6, CodeClass::Comment).contains(QStringLiteral("done")));
    QVERIFY(classed(spans, kPython, 7, CodeClass::Keyword).contains(QStringLiteral("return")));
    QVERIFY(classed(spans, kPython, 5, CodeClass::Number).contains(QStringLiteral("2")));
  }
  void spansLieInTheirLineInOrder() {
    CodeHighlighter highlighter;
    std::mt19937 random(1);
    QStringList letters{QStringLiteral("专"), QStringLiteral("😀"), QStringLiteral("é")};
    for (const QChar c : QStringLiteral("ab1\"'#/*(){}<>&;\\ \t=")) letters << c;
    for (const char* language : {"python", "cpp", "sh", "json", "html", "rust", "sql", "latex"}) {
      for (int round = 0; round < 5; ++round) {
        QStringList lines;
        for (int i = 0; i < 8; ++i) {
          QString line;
          for (unsigned n = random() % 60; n > 0; --n) line += letters[qsizetype(random() % unsigned(letters.size()))];
          lines << line;
        }
        const CodeSpans spans = highlighter.highlight(QLatin1String(language), lines, later());
        QCOMPARE(spans.size(), size_t(lines.size()));
        for (qsizetype line = 0; line < lines.size(); ++line) {
          int end = 0;
          for (const CodeSpan& span : spans[size_t(line)]) {
            QVERIFY(span.begin >= end && span.length > 0);
            end = span.begin + span.length;
          }
          QVERIFY(end <= lines[line].size());
        }
      }
    }
  }
  void aStreamedTextLooksLikeTheWhole() {
    // Line by line, character by character in the last one, as tokens come in.
    const QString whole = kPython.join(QLatin1Char('\n'));
    CodeHighlighter streaming;
    for (int size = 1; size <= whole.size(); size += 5) {
      const QStringList lines = whole.left(size).split(QLatin1Char('\n'));
      CodeHighlighter fresh;
      const CodeSpans wanted = size % 45 == 1 ? fresh.highlight(QStringLiteral("python"), lines, later()) : CodeSpans();
      const CodeSpans given = streaming.highlight(QStringLiteral("python"), lines, later());
      if (size % 45 == 1) QVERIFY2(same(given, wanted), qPrintable(whole.left(size)));
    }
    // Another text does not take up the state of the one before.
    const QStringList other{QStringLiteral("\"\"\" open"), QStringLiteral("still text")};
    streaming.highlight(QStringLiteral("python"), other, later());
    const CodeSpans plain = streaming.highlight(QStringLiteral("python"), {QStringLiteral("x = 1"), QStringLiteral("still = 2")}, later());
    CodeHighlighter fresh;
    QVERIFY(same(plain, fresh.highlight(QStringLiteral("python"), {QStringLiteral("x = 1"), QStringLiteral("still = 2")}, later())));
  }
  void whatIsNotKnownOrTooLongStaysPlain() {
    CodeHighlighter highlighter;
    QVERIFY(!CodeHighlighter::knows(QStringLiteral("../../etc/passwd")));
    QVERIFY(CodeHighlighter::knows(QStringLiteral("C++")) && CodeHighlighter::knows(QStringLiteral("rs")));
    for (const char* language : {"", "klingon", "../python", "python.lang"})
      for (const auto& line : highlighter.highlight(QLatin1String(language), kPython, later())) QVERIFY(line.empty());
    const QStringList lines{QStringLiteral("return ") + QString(2000, u'x'), QStringLiteral("return")};
    const CodeSpans spans = highlighter.highlight(QStringLiteral("python"), lines, later());
    QVERIFY(spans[0].empty() && !spans[1].empty());
    for (const auto& line : highlighter.highlight(QStringLiteral("python"), kPython, std::chrono::steady_clock::now() - std::chrono::seconds(1)))
      QVERIFY(line.empty());
  }
  void everyLanguageOfTheListOpens() {
    CodeHighlighter highlighter;
    for (const char* language : {"python", "cpp", "c", "cs", "java", "js", "json", "html", "xml", "css", "bash", "zsh", "sql", "go", "rust", "ruby", "perl", "php", "lua",
                                 "r", "scala", "haskell", "ocaml", "make", "diff", "tex", "ini", "conf", "glsl", "vala", "d", "erlang", "lisp", "scheme", "prolog",
                                 "pascal", "fortran", "ada", "asm", "awk", "tcl", "proto", "vim", "bat"}) {
      QVERIFY2(CodeHighlighter::knows(QLatin1String(language)), language);
      QCOMPARE(highlighter.highlight(QLatin1String(language), {QStringLiteral("a \"b\" 1")}, later()).size(), size_t(1));
    }
  }
  void hostileCodeIsBounded() {
    CodeHighlighter highlighter;
    for (const QString& line : {QString(2000, u'('), QString(2000, u'"'), QStringLiteral("a*").repeated(1000), QStringLiteral("/*").repeated(1000), QString(2000, u'\\'), QStringLiteral("<a b=").repeated(400)})
      for (const char* language : {"cpp", "html"}) {
        QElapsedTimer clock;
        clock.start();
        highlighter.highlight(QLatin1String(language), QStringList(100, line), std::chrono::steady_clock::now() + std::chrono::milliseconds(30));
        QVERIFY2(clock.elapsed() < 3000, qPrintable(QStringLiteral("%1 ms").arg(clock.elapsed())));
      }
  }
  void theParserClassesCodeWithoutChangingIt() {
    CodeHighlighter highlighter;
    const QByteArray source = "```python\n" + kPython.join(QLatin1Char('\n')).toUtf8() + "```\n";
    const auto document = parseMarkdown(source, &highlighter);
    const MarkdownBlock& block = document->blocks.front();
    QStringList lines;
    int classes = 0;
    for (const TextRuns& runs : block.codeLines) {
      QString line;
      for (const TextRun& run : runs) {
        line += run.text;
        classes += run.codeClass != CodeClass::Plain;
        QVERIFY(run.verbatim);
        QCOMPARE(source.mid(run.sourceBegin, run.sourceEnd - run.sourceBegin), run.text.toUtf8());
      }
      lines << line;
    }
    QCOMPARE(lines.join(QLatin1Char('\n')) + QLatin1Char('\n'), block.code);
    QVERIFY(classes > 12);
  }
};

QTEST_GUILESS_MAIN(TestMarkdownHighlighter)
#include "test_markdown_highlighter.moc"
