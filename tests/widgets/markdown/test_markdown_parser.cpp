// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/markdown_parser.h"

#include <QElapsedTimer>
#include <QThread>
#include <QtTest>


#include "tests/widgets/markdown/markdown_fixture.h"
#include "widgets/markdown/bounded_cmark.h"
#include "widgets/markdown/markdown_worker.h"
#include "widgets/markdown/source_aligner.h"

using namespace roundhouse::widgets;

namespace {

MarkdownDocumentPtr parsed(const QByteArray& text) { return parseMarkdown(text, nullptr); }

QString shown(const TextRuns& runs) {
  QString text;
  for (const TextRun& run : runs) text += run.text;
  return text.replace(QChar::LineSeparator, QLatin1Char('\n'));
}

QList<TextRuns> allRuns(const MarkdownBlock& block) {
  QList<TextRuns> all{block.runs};
  all += block.codeLines;
  for (const TableRow& row : block.rows) all += row.cells;
  return all;
}

MarkdownBlock only(const MarkdownDocumentPtr& document) {
  if (document->blocks.size() != 1) qFatal("%zu blocks", document->blocks.size());
  return document->blocks.front();
}

// What every document promises about the places of its texts.
void checkSources(const MarkdownDocument& document) {
  int before = 0;
  for (const MarkdownBlock& block : document.blocks) {
    QVERIFY(block.sourceBegin >= 0 && block.sourceBegin <= block.sourceEnd && block.sourceEnd <= document.source.size());
    for (const TextRuns& runs : allRuns(block)) {
      for (const TextRun& run : runs) {
        if (run.sourceBegin < 0) {
          QCOMPARE(run.sourceEnd, -1);
          continue;
        }
        QVERIFY(run.sourceEnd > run.sourceBegin && run.sourceEnd <= document.source.size());
        QVERIFY2(run.sourceBegin >= before, "places go backwards");
        before = run.sourceEnd;
        if (!run.verbatim) continue;
        QString text = run.text;
        text.replace(QChar::LineSeparator, QLatin1Char('\n'));
        QCOMPARE(document.source.mid(run.sourceBegin, run.sourceEnd - run.sourceBegin), text.toUtf8());
      }
    }
    if (block.kind == BlockKind::Table)
      for (const TableRow& row : block.rows) QCOMPARE(row.cells.size(), block.alignments.size());
  }
}

}  // namespace

class TestMarkdownParser : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theKindsOfBlocks() {
    const MarkdownDocumentPtr document = parsed(kEveryKind);
    QVERIFY(document->plainReason.isEmpty());
    checkSources(*document);
    QMap<BlockKind, int> counts;
    for (const MarkdownBlock& block : document->blocks) ++counts[block.kind];
    QCOMPARE(counts[BlockKind::Heading], 1);
    QCOMPARE(counts[BlockKind::Table], 1);
    QCOMPARE(counts[BlockKind::Rule], 1);
    QCOMPARE(counts[BlockKind::Code], 2);
    QCOMPARE(counts[BlockKind::Html], 1);
    const MarkdownBlock& heading = document->blocks.front();
    QCOMPARE(heading.headingLevel, 1);
    QCOMPARE(shown(heading.runs), QStringLiteral("Which experts answered?"));
    QVERIFY(heading.runs[1].styles == RunStyle::Emphasis);
  }
  void stylesOfRuns() {
    const TextRuns runs = only(parsed("a **b *c* d** ~~e~~ `f` [g **h**](u) ![i](v) <j@k.l>")).runs;
    const auto styleOf = [&](const char* text) {
      for (const TextRun& run : runs)
        if (run.text == QLatin1String(text)) return run.styles;
      return RunStyles(RunStyle::Image | RunStyle::Code);
    };
    QCOMPARE(styleOf("c"), RunStyle::Strong | RunStyle::Emphasis);
    QCOMPARE(styleOf("e"), RunStyles(RunStyle::Strike));
    QCOMPARE(styleOf("f"), RunStyles(RunStyle::Code));
    QCOMPARE(styleOf("h"), RunStyle::Link | RunStyle::Strong);
    QCOMPARE(styleOf("i"), RunStyle::Link | RunStyle::Image);
    QCOMPARE(shown(runs), QStringLiteral("a b c d e f g h i j@k.l"));
  }
  void listsKeepTheirMarkersAndDepth() {
    const auto document = parsed("3) three\n4) four\n   - inner\n     * deepest\n\n- [x] done\n- [ ] open\n-\n");
    QStringList seen;
    for (const MarkdownBlock& block : document->blocks) seen << QStringLiteral("%1 %2 %3").arg(block.listDepth).arg(block.marker, shown(block.runs));
    QCOMPARE(seen, (QStringList{"1 3) three", "1 4) four", "2 ◦ inner", "3 ▪ deepest", "1 ☑ done", "1 ☐ open", "1 • "}));
  }
  void tablesKeepAlignmentAndCells() {
    const MarkdownBlock table = only(parsed("| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | `2` | **专** |\n"));
    QCOMPARE(table.alignments, (QList{CellAlignment::Left, CellAlignment::Center, CellAlignment::Right, CellAlignment::Default}));
    QCOMPARE(table.rows.size(), 2);
    QCOMPARE(shown(table.rows[1].cells[1]), QStringLiteral("2"));
    QCOMPARE(table.rows[1].cells[2][0].styles, RunStyles(RunStyle::Strong));
    QVERIFY(table.rows[1].cells[3].isEmpty());
  }
  void codeIsKeptByteForByte() {
    const MarkdownBlock code = only(parsed("~~~~ C++ extra words\n\tint a;  \n\n```\n~~~~\n"));
    QCOMPARE(code.language, QStringLiteral("C++"));
    QCOMPARE(code.code, QStringLiteral("\tint a;  \n\n```\n"));
    QCOMPARE(code.codeLines.size(), 3);
    // A fence that is still open, as while an answer streams.
    QCOMPARE(only(parsed("```py\nx = 1")).code, QStringLiteral("x = 1\n"));
    QCOMPARE(only(parsed("```")).codeLines.size(), 1);
  }
  void htmlIsText() {
    const auto document = parsed("<script>alert(1)</script>\n\n<div onclick=\"x()\">\n*a*\n</div>\n\nmid <img src=x onerror=y> end\n");
    QCOMPARE(shown(document->blocks[0].runs), QStringLiteral("<script>alert(1)</script>"));
    QCOMPARE(shown(document->blocks[1].runs), QStringLiteral("<div onclick=\"x()\">\n*a*\n</div>"));
    QCOMPARE(shown(document->blocks[2].runs), QStringLiteral("mid <img src=x onerror=y> end"));
  }
  void imagesAreTheirWords() {
    const TextRuns runs = only(parsed("![alt](https://h/p.png) ![](file:///etc/passwd)")).runs;
    QCOMPARE(shown(runs), QStringLiteral("alt file:///etc/passwd"));
    QVERIFY(runs.first().styles & RunStyle::Image);
  }
  void escapesAndEntitiesStandForTheirSource() {
    const QByteArray source = "\\*a\\* &amp; &#x4E2D; &copy; `\\*` &nope; \\q";
    const auto document = parsed(source);
    QCOMPARE(shown(only(document).runs), QStringLiteral("*a* & 中 © \\* &nope; \\q"));
    for (const TextRun& run : document->blocks.front().runs) {
      QVERIFY(run.sourceBegin >= 0);
      if (run.text == QStringLiteral("中")) QCOMPARE(source.mid(run.sourceBegin, run.sourceEnd - run.sourceBegin), QByteArray("&#x4E2D;"));
    }
  }
  void aTableRightBelowAParagraphHasItsPlaces() {
    for (const QByteArray& mark : {QByteArray(), QByteArray("> ")}) {
      const QByteArray source = mark + "Here a b:\n" + mark + "here\n" + mark + "| a | b |\n" + mark + "|---|---|\n" + mark + "| c | d |\n";
      for (int cut : {0, int(source.size()) - int(source.lastIndexOf("| c"))}) {
        const auto document = parsed(source.chopped(cut));
        QCOMPARE(document->blocks.size(), size_t(2));
        checkSources(*document);
        for (const MarkdownBlock& block : document->blocks)
          for (const TextRuns& runs : allRuns(block))
            for (const TextRun& run : runs) QVERIFY(run.sourceBegin >= 0 || run.text == QString(QChar(QChar::LineSeparator)));
        QCOMPARE(document->blocks[0].sourceEnd, int(source.indexOf("| a")) - int(mark.size()));
        QCOMPARE(document->blocks[1].rows[0].cells[1][0].sourceBegin, int(source.indexOf("| b |")) + 2);
      }
    }
  }
  void randomTextsKeepTheirPlaces() {
    std::mt19937 random(2026);
    int placed = 0, all = 0;
    for (int round = 0; round < 600; ++round) {
      const QByteArray text = randomMarkdown(random, 1 + int(random() % 40));
      const auto document = parsed(text);
      checkSources(*document);
      if (QTest::currentTestFailed()) {
        qInfo() << text;
        return;
      }
      for (const MarkdownBlock& block : document->blocks)
        for (const TextRuns& runs : allRuns(block))
          for (const TextRun& run : runs) {
            if (run.text.trimmed().isEmpty() || run.text.size() > 1000) continue;
            ++all;
            placed += run.sourceBegin >= 0;
          }
    }
    // Nearly everything that is shown can be found again.
    QVERIFY2(placed > all * 0.99, qPrintable(QStringLiteral("%1 of %2").arg(placed).arg(all)));
  }
  void everyCharacterOfAPlainSentenceHasItsByte() {
    std::mt19937 random(7);
    const QStringList letters{"a", "b", " ", QStringLiteral("专"), QStringLiteral("家"), QStringLiteral("é"), QStringLiteral("😀")};
    for (int round = 0; round < 200; ++round) {
      QString text = QStringLiteral("x");
      for (int i = 0; i < 30; ++i) text += letters[qsizetype(random() % 7)];
      text += QStringLiteral("😀z");
      const auto document = parsed(text.toUtf8());
      const TextRuns runs = only(document).runs;
      QCOMPARE(shown(runs), text);
      int at = 0;
      for (const TextRun& run : runs) {
        QCOMPARE(run.sourceBegin, at);
        at = run.sourceEnd;
      }
      QCOMPARE(at, int(text.toUtf8().size()));
    }
  }
  void everyPrefixParses() {
    for (int size = 0; size <= kEveryKind.size(); ++size) {
      const auto document = parsed(kEveryKind.left(size));  // cuts characters too
      QVERIFY(document->plainReason.isEmpty());
      checkSources(*document);
    }
  }
  void brokenUtf8IsShownAsReplacement() {
    std::mt19937 random(3);
    for (int round = 0; round < 400; ++round) {
      QByteArray bytes;
      for (int i = 0; i < 200; ++i) bytes += char(random() % 4 ? random() % 256 : "\n *`|>[-"[random() % 9]);
      const auto document = parsed(bytes);
      for (const MarkdownBlock& block : document->blocks)
        for (const TextRuns& runs : allRuns(block))
          for (const TextRun& run : runs) QVERIFY(run.sourceEnd <= bytes.size() && run.sourceBegin <= run.sourceEnd);
    }
    QCOMPARE(shown(only(parsed("a\xFF z")).runs), QStringLiteral("a\uFFFD z"));
    QCOMPARE(shown(only(parsed(QByteArray("a\0z", 3))).runs), QStringLiteral("a\uFFFDz"));
  }

  void hostileTextsAreBounded_data() {
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const QByteArray& text) { QTest::newRow(name) << text.left(256 * 1024); };
    row("backticks", QByteArray(100000, '`'));
    QByteArray rising;
    for (int i = 1; rising.size() < 200000; ++i) rising += QByteArray(i, '`') + "a";
    row("rising backticks", rising);
    row("quotes", QByteArray(100000, '>'));
    row("quotes with text", QByteArray("> ").repeated(50000) + "a");
    row("lists", QByteArray("- ").repeated(50000) + "a");
    row("nested list", [] {
      QByteArray text;
      for (int i = 0; i < 600; ++i) text += QByteArray(2 * i, ' ') + "- a\n";
      return text;
    }());
    row("emphasis", QByteArray("*a ").repeated(60000));
    row("emphasis both ways", QByteArray("*a **b ").repeated(20000) + QByteArray("** *").repeated(20000));
    row("nested emphasis", QByteArray("*").repeated(50000) + "a" + QByteArray("*").repeated(50000));
    row("brackets", QByteArray("[").repeated(100000));
    row("nested links", QByteArray("[").repeated(50000) + "a" + QByteArray("](u)").repeated(50000));
    row("images", QByteArray("![").repeated(50000) + "a" + QByteArray("](u)").repeated(20000));
    row("html", QByteArray("<a ").repeated(60000));
    row("comments", QByteArray("<!-- ").repeated(40000));
    row("entities", QByteArray("&amp;").repeated(40000));
    row("escapes", QByteArray("\\*").repeated(100000));
    row("references", QByteArray("[a]: u\n").repeated(20000) + QByteArray("[a]").repeated(20000));
    row("table rows", "|a|b|\n|-|-|\n" + QByteArray("|c|d|\n").repeated(40000));
    row("table columns", QByteArray("|a").repeated(40000) + "|\n" + QByteArray("|-").repeated(40000) + "|\n" + QByteArray("|b").repeated(20000));
    row("wide rows of a narrow start", QByteArray("|a").repeated(2000) + "\n" + QByteArray("|-").repeated(2000) + "\n" + QByteArray("x\n").repeated(60000));
    row("autolinks", QByteArray("https://a.b/").repeated(20000));
    row("one line", QByteArray(256 * 1024, 'a'));
    row("line ends", QByteArray(256 * 1024, '\n'));
    row("headings", QByteArray("# ").repeated(100000));
    row("zeros", QByteArray(256 * 1024, '\0'));
    row("fences", QByteArray("```\n").repeated(60000));
    row("strikes", QByteArray("~~a ").repeated(60000));
    row("tasks", QByteArray("- [ ] a\n").repeated(30000));
  }
  void hostileTextsAreBounded() {
    QFETCH(QByteArray, text);
    QElapsedTimer clock;
    clock.start();
    const auto document = parsed(text);
    // 400 ms of parsing, then a walk over what came of it; the machine may be busy.
    QVERIFY2(clock.elapsed() < 5000, qPrintable(QString::number(clock.elapsed())));
    QCOMPARE(document->source, text);
    for (const MarkdownBlock& block : document->blocks) QVERIFY(block.quoteDepth <= 12 && block.listDepth <= 12);
    if (!document->plainReason.isEmpty()) QVERIFY(document->plainReason == QLatin1String("too_slow") || document->plainReason == QLatin1String("too_big"));
    qInfo("%lld ms, %zu blocks %s", clock.elapsed(), document->blocks.size(), qPrintable(document->plainReason));
  }

  void eachBoundFallsBackToPlainText() {
    MarkdownLimits limits;
    QCOMPARE(parseMarkdown(QByteArray(256 * 1024, 'a'), nullptr, limits)->plainReason, QString());
    QCOMPARE(parseMarkdown(QByteArray(256 * 1024 + 1, 'a'), nullptr, limits)->plainReason, QStringLiteral("too_large"));
    limits.parse_time = std::chrono::milliseconds(0);
    QCOMPARE(parseMarkdown(kEveryKind.repeated(10), nullptr, limits)->plainReason, QStringLiteral("too_slow"));
    limits = {};
    limits.memory_bytes = 64 * 1024;
    QCOMPARE(parseMarkdown(kEveryKind.repeated(10), nullptr, limits)->plainReason, QStringLiteral("too_big"));
    limits.memory_bytes = 0;
    QCOMPARE(parseMarkdown("a", nullptr, limits)->plainReason, QStringLiteral("too_big"));
  }
  void plainTextKeepsEveryByte() {
    std::mt19937 random(5);
    for (int round = 0; round < 50; ++round) {
      const QByteArray text = randomMarkdown(random, 60) + QByteArray(round * 8000, 'x') + QStringLiteral("专家").toUtf8().repeated(round * 800);
      const auto document = plainDocument(text, QStringLiteral("too_large"));
      checkSources(*document);
      QByteArray joined;
      for (const MarkdownBlock& block : document->blocks) {
        QVERIFY(block.runs.size() <= 1);
        for (const TextRun& run : block.runs) {
          QVERIFY(run.styles == RunStyles());
          QVERIFY(run.text.size() <= 64 * 1024);
          joined += run.text.toUtf8();
        }
      }
      QByteArray without = text;
      without.replace('\n', "").replace('\r', "");
      QCOMPARE(joined, without);
    }
    QVERIFY(plainDocument({}, QStringLiteral("too_large"))->blocks.empty());
  }
  void abandonedParsesLeaveNothingBehind() {
    // The next parse is as good as the first, whatever was abandoned at whatever moment before.
    const auto wanted = parsed(kEveryKind);
    for (std::size_t bytes = 0; bytes < 200 * 1024; bytes += 3001) {
      const BoundedCmark abandoned({kEveryKind.constData(), size_t(kEveryKind.size())}, std::chrono::seconds(5), bytes);
      if (abandoned.outcome() == CmarkOutcome::Parsed) {
        QVERIFY(abandoned.iterator());
        continue;
      }
      QCOMPARE(int(abandoned.outcome()), int(CmarkOutcome::OutOfMemory));
      QVERIFY(!abandoned.iterator());
    }
    const auto again = parsed(kEveryKind);
    QCOMPARE(again->blocks.size(), wanted->blocks.size());
    for (size_t i = 0; i < wanted->blocks.size(); ++i) QCOMPARE(again->blocks[i].runs, wanted->blocks[i].runs);
  }
  void threadsMayParseAtOnce() {
    std::vector<std::unique_ptr<QThread>> threads;
    std::atomic<int> wrong{0};
    const auto wanted = parsed(kEveryKind);
    for (int i = 0; i < 4; ++i)
      threads.emplace_back(QThread::create([&] {
        for (int round = 0; round < 20; ++round) wrong += parsed(kEveryKind)->blocks.size() != wanted->blocks.size();
      }));
    for (auto& thread : threads) thread->start();
    for (auto& thread : threads) QVERIFY(thread->wait(20000));
    QCOMPARE(wrong.load(), 0);
  }

  void theAlignerFindsLiteralsInOrder() {
    const std::string_view source = "a b a b a";
    SourceAligner aligner(source);
    aligner.enterBlock(0, int(source.size()));
    QList<int> places;
    for (int i = 0; i < 3; ++i) places << aligner.place("a").front().begin;
    QCOMPARE(places, (QList<int>{0, 4, 8}));
    // What is not there has no place, and the search goes on after what was found.
    QCOMPARE(aligner.place("zz").front().begin, -1);
    QCOMPARE(aligner.cursor(), 9);
    SourceAligner link("[t](u(v)w \"](\") t");
    link.enterBlock(0, 17);
    QCOMPARE(link.place("t").front().begin, 1);
    link.skipLinkTarget();
    QCOMPARE(link.place("t").front().begin, 16);
  }

  void theWorkerAnswersInOrderAndForgetsTheGone() {
    MarkdownWorker worker;
    QList<int> order;
    QObject alive;
    auto gone = std::make_unique<QObject>();
    bool called = false;
    for (int i = 0; i < 20; ++i)
      worker.parse(QByteArray::number(i), &alive, [&order, i](MarkdownDocumentPtr document) {
        if (document->source == QByteArray::number(i)) order << i;
      });
    worker.parse("x", gone.get(), [&](MarkdownDocumentPtr) { called = true; });
    worker.parse("y", &alive, [&](MarkdownDocumentPtr) { order << 99; });
    gone.reset();
    QTRY_COMPARE(order.size(), 21);
    QCOMPARE(order.last(), 99);
    QVERIFY(std::is_sorted(order.begin(), order.end()));
    QVERIFY(!called);
    // A worker that goes waits for its thread and calls nobody.
    {
      MarkdownWorker brief;
      for (int i = 0; i < 50; ++i) brief.parse(kEveryKind, &alive, [&](MarkdownDocumentPtr) { called = true; });
    }
    QCoreApplication::processEvents();
    QVERIFY(!called);
    QCOMPARE(MarkdownWorker::ofApplication(), MarkdownWorker::ofApplication());
  }
};

QTEST_GUILESS_MAIN(TestMarkdownParser)
#include "test_markdown_parser.moc"
