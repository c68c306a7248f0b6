// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/markdown_renderer.h"

#include <QElapsedTimer>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextTable>
#include <QtTest>

#include "tests/widgets/markdown/markdown_fixture.h"
#include "widgets/markdown/code_highlighter.h"
#include "widgets/markdown/markdown_parser.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {

struct Page {
  Page() : renderer(&document) { renderer.restyle(Tokens::current()); }
  void show(const QByteArray& text) { show(parseMarkdown(text, nullptr)); }
  void show(MarkdownDocumentPtr parsed) {
    renderer.show(std::move(parsed));
    while (renderer.step(1000)) {
    }
  }
  QTextDocument document;
  MarkdownRenderer renderer;
};

QString plain(const QTextDocument& document) { return document.toPlainText(); }

// Everything that is seen: texts, formats, tables.
QString picture(const QTextDocument& document) { return document.toHtml(); }

}  // namespace

class TestMarkdownRenderer : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }
  void cleanupTestCase() { theme_.reset(); }

  void aGrowingTextLooksLikeTheWhole() {
    // At each length the page that grew is the page of that text, whatever was there before.
    CodeHighlighter highlighter;
    Page growing;
    for (int size = 0; size <= kEveryKind.size(); size += 5) {
      const auto document = parseMarkdown(kEveryKind.left(size), &highlighter);
      growing.show(document);
      if (size % 20 != 0) continue;
      Page fresh;
      fresh.show(document);
      QCOMPARE(picture(growing.document), picture(fresh.document));
      QCOMPARE(growing.renderer.positions(0, size), fresh.renderer.positions(0, size));
    }
  }
  void anyTextMayFollowAnyOther() {
    std::mt19937 random(12);
    Page one;
    for (int round = 0; round < 80; ++round) {
      const QByteArray text = randomMarkdown(random, int(random() % 30));
      const auto document = parseMarkdown(text, nullptr);
      const QString was = plain(one.document);
      one.show(document);
      QVERIFY(one.renderer.done());
      Page fresh;
      fresh.show(document);
      if (picture(one.document) != picture(fresh.document)) {
        const QStringList a = picture(one.document).split('\n'), b = picture(fresh.document).split('\n');
        qInfo() << was << text;
        for (int i = 0; i < std::max(a.size(), b.size()); ++i) if (a.value(i) != b.value(i)) qInfo().noquote() << i << "\n" << a.value(i) << "\n" << b.value(i);
      }
      QCOMPARE(picture(one.document), picture(fresh.document));
    }
  }
  void aTokenMoreTouchesOnlyTheEnd() {
    QByteArray text;
    for (int i = 0; i < 60; ++i) text += "Paragraph " + QByteArray::number(i) + " of a *long* answer.\n\n";
    Page page;
    page.show(text);
    const int inserted = page.renderer.piecesInserted(), removed = page.renderer.piecesRemoved();
    for (int i = 0; i < 50; ++i) page.show(text += "word ");
    QVERIFY2(page.renderer.piecesInserted() - inserted <= 60, qPrintable(QString::number(page.renderer.piecesInserted() - inserted)));
    QVERIFY(page.renderer.piecesRemoved() - removed <= 60);
  }
  void stepsAreShort() {
    QByteArray text;
    for (int i = 0; i < 3000; ++i) text += "- item *" + QByteArray::number(i) + "*\n";
    Page page;
    page.renderer.show(parseMarkdown(text, nullptr));
    int steps = 1;
    while (page.renderer.step(2)) ++steps;
    QVERIFY(steps > 5);
    QVERIFY(page.renderer.done());
  }
  void positionsAndPlacesAgree() {
    std::mt19937 random(4);
    Page page;
    const auto check = [&](const QByteArray& source) {
      page.show(source);
      for (int i = 0; i < 60; ++i) {
        const int begin = int(random() % unsigned(source.size() + 1)), end = std::min(int(source.size()), begin + int(random() % 12));
        for (const auto& [first, last] : page.renderer.positions(begin, end)) {
          QVERIFY(first < last && last < page.document.characterCount());
          // What is marked came from there: its first character's place lies within a character of the range.
          const int offset = page.renderer.sourceOffset(first);
          QVERIFY(offset >= 0);
        }
      }
      for (int position = 0; position < page.document.characterCount(); ++position) {
        const int offset = page.renderer.sourceOffset(position);
        if (offset < 0 || page.document.characterAt(position).isLowSurrogate()) continue;
        QVERIFY(offset < source.size());
        const auto ranges = page.renderer.positions(offset, offset + 1);
        QVERIFY(std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) { return range.first <= position && position < range.second; }));
      }
    };
    check(kEveryKind);
    for (int round = 0; round < 30 && !QTest::currentTestFailed(); ++round) check(randomMarkdown(random, 1 + int(random() % 25)));
    QCOMPARE(page.renderer.sourceOffset(-1), -1);
    QCOMPARE(page.renderer.sourceOffset(1 << 20), -1);
    QVERIFY(page.renderer.positions(5, 5).empty());
  }
  void aTokenOfAFewBytesIsFound() {
    const QByteArray source = QStringLiteral("路由器 chooses **专家** 😀.").toUtf8();
    Page page;
    page.show(source);
    const auto textOf = [&](const char* piece) {
      const QByteArray bytes(piece);
      const int at = int(source.indexOf(bytes));
      QString text;
      for (const auto& [first, last] : page.renderer.positions(at, at + int(bytes.size()))) {
        QTextCursor cursor(&page.document);
        cursor.setPosition(first);
        cursor.setPosition(last, QTextCursor::KeepAnchor);
        text += cursor.selectedText();
      }
      return text;
    };
    QCOMPARE(textOf("由"), QStringLiteral("由"));
    QCOMPARE(textOf("\xE7\x94"), QStringLiteral("由"));  // half a character shows the whole of it
    QCOMPARE(textOf("专家** 😀"), QStringLiteral("专家 😀"));
    QCOMPARE(textOf("**"), QString());
  }
  void aTablesHeaderHasItsGround() {
    for (Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
      theme_->setMode(mode);
      Page page;
      page.show("before\n\n| a | `b` | |\n|---|--:|---|\n| c | d | e |\n\nafter\n");
      auto* table = page.document.rootFrame()->childFrames().isEmpty() ? nullptr : qobject_cast<QTextTable*>(page.document.rootFrame()->childFrames().first());
      QVERIFY(table);
      for (int column = 0; column < 3; ++column) {
        QCOMPARE(table->cellAt(0, column).format().background().color(), Tokens::current()[ColorToken::CodeGround]);
        QCOMPARE(table->cellAt(1, column).format().background().style(), Qt::NoBrush);
      }
      QCOMPARE(table->cellAt(0, 0).firstCursorPosition().block().text(), QStringLiteral("a"));
      QVERIFY(table->cellAt(0, 0).firstCursorPosition().block().begin().fragment().charFormat().fontWeight() > QFont::Normal);
      QCOMPARE(table->cellAt(1, 1).firstCursorPosition().blockFormat().alignment(), Qt::AlignRight);
    }
    theme_->setMode(Theme::Mode::Light);
  }
  void whatWrapsInCodeStandsDeeper() {
    Page page;
    page.document.setTextWidth(300);
    page.show("```\n    " + QByteArray("word ").repeated(40) + "\n\ttab\n```\n");
    page.document.documentLayout();
    const QTextLayout* layout = page.document.firstBlock().layout();
    QVERIFY(layout->lineCount() > 2);
    const double start = layout->lineAt(0).x() + layout->lineAt(0).cursorToX(4), next = layout->lineAt(1).x();
    QVERIFY2(next > start, qPrintable(QStringLiteral("%1 against %2").arg(next).arg(start)));
    for (int line = 0; line < layout->lineCount(); ++line) QVERIFY(layout->lineAt(line).naturalTextRect().right() <= 300);
  }
  void codeAndQuotesKnowTheirAreas() {
    Page page;
    page.show("> a\n> > b\n\n```\nx\ny\n```\n\n- ```py\n  z\n  ```\n\n---\n");
    QCOMPARE(page.renderer.codeAreas().size(), size_t(2));
    const auto first = page.renderer.codeAreas()[0];
    QCOMPARE(page.document.findBlock(first.firstPosition).text(), QStringLiteral("x"));
    QCOMPARE(page.document.findBlock(first.lastPosition).text(), QStringLiteral("y"));
    QVERIFY(page.renderer.codeAreas()[1].left > first.left);
    QCOMPARE(page.renderer.quoteAreas().size(), size_t(2));
    QCOMPARE(page.renderer.rulePositions().size(), size_t(1));
  }
  void plainTextSaysWhy() {
    Page page;
    page.show(plainDocument("**not bold**\nsecond", QStringLiteral("too_slow")));
    const QStringList lines = plain(page.document).split(QLatin1Char('\n'));
    QCOMPARE(lines.mid(1), (QStringList{"**not bold**", "second"}));
    QVERIFY(lines.first().startsWith(QStringLiteral("Shown as plain text")));
    // A megabyte and more is not laid out in full, and says so.
    page.show(plainDocument(QByteArray("some line\n").repeated(200 * 1024), QStringLiteral("too_large")));
    QVERIFY(plain(page.document).contains(QStringLiteral("is not shown here")));
    QVERIFY(page.document.characterCount() < 1200 * 1024);
  }
  void hugeTablesAndLinesAreShownInTime_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("rows") << QByteArray("|a|b|\n|-|-|\n") + QByteArray("|c|d|\n").repeated(12000);
    QTest::newRow("columns") << QByteArray("|a").repeated(500) + "|\n" + QByteArray("|-").repeated(500) + "|\n" + QByteArray("|b").repeated(500) + "|\n";
    QTest::newRow("line") << QByteArray("word ").repeated(50000);
    QTest::newRow("emphasis") << QByteArray("*a* ").repeated(25000);
    QTest::newRow("code") << QByteArray("```\n") + QByteArray("x = 1\n").repeated(12000);
  }
  void hugeTablesAndLinesAreShownInTime() {
    QFETCH(QByteArray, text);
    Page page;
    page.renderer.show(parseMarkdown(text.left(256 * 1024), nullptr));
    QElapsedTimer all, one;
    qint64 longest = 0;
    all.start();
    for (bool more = true; more;) {
      one.start();
      more = page.renderer.step(6);
      longest = std::max(longest, one.elapsed());
    }
    qInfo("%lld ms in all, %lld ms at most in one step, %s", all.elapsed(), longest, qPrintable(page.renderer.document()->plainReason));
    QVERIFY(longest < 1000);
  }

 private:
  std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestMarkdownRenderer)
#include "test_markdown_renderer.moc"
