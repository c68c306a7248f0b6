// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/markdown_view.h"

#include <QAbstractTextDocumentLayout>
#include <QClipboard>
#include <QDesktopServices>
#include <QHelpEvent>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QScrollBar>
#include <QTextBlock>
#include <QToolButton>
#include <QToolTip>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <QtTest>

#include "tests/widgets/markdown/markdown_fixture.h"
#include "widgets/markdown/code_bar.h"
#include "widgets/markdown/markdown_parser.h"
#include "widgets/markdown/split_compare.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

// Takes what the desktop would be asked to open.
class Opened : public QObject {
  Q_OBJECT
 public:
  QList<QUrl> urls;
 public Q_SLOTS:
  void open(const QUrl& url) { urls << url; }
};

class TestMarkdownView : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Theme> theme_;
  std::unique_ptr<MarkdownView> view_;

  void show(const QByteArray& text) {
    view_->setMarkdownSource(text);
    QTRY_VERIFY(view_->settled());
  }
  QPoint middleOf(const char* piece) { return middleOf(int(view_->markdownSource().indexOf(piece)), piece); }
  QPoint middleOf(int at, const char* piece) {
    return view_->rectOfSourceRange(at, at + int(qstrlen(piece))).translated(-view_->viewport()->pos()).center();
  }

 private Q_SLOTS:
  void initTestCase() {
    theme_ = std::make_unique<Theme>(*qApp);
    theme_->setMode(Theme::Mode::Light);
  }
  void cleanupTestCase() { theme_.reset(); }
  void init() {
    view_ = std::make_unique<MarkdownView>();
    view_->resize(600, 500);
    view_->show();
    QVERIFY(QTest::qWaitForWindowActive(view_.get()));
  }
  void cleanup() { view_.reset(); }

  void aTextThatStreamsEndsAsTheWhole() {
    QSignalSpy rendered(view_.get(), &MarkdownView::rendered);
    for (int size = 1; size < kEveryKind.size(); size += 23) {
      view_->setMarkdownSource(kEveryKind.left(size));
      QCoreApplication::processEvents();
    }
    show(kEveryKind);
    QTRY_VERIFY(rendered.count() >= 1);
    MarkdownView fresh;
    fresh.resize(600, 500);
    fresh.setMarkdownSource(kEveryKind);
    QTRY_VERIFY(fresh.settled());
    QCOMPARE(view_->document()->toHtml(), fresh.document()->toHtml());
    QCOMPARE(view_->markdownSource(), kEveryKind);
    QVERIFY(view_->plainReason().isEmpty());
    // The same text again is no work.
    rendered.clear();
    view_->setMarkdownSource(kEveryKind);
    QVERIFY(view_->settled());
    QTest::qWait(0);
    QCOMPARE(rendered.count(), 0);
  }
  void aClickTellsTheByte() {
    show(kEveryKind);
    QSignalSpy clicked(view_.get(), &MarkdownView::sourceOffsetClicked);
    for (const char* word : {"router", "top two", "softmax", "权重", "Expert", "专家**", "quoted", "完成", "42"}) {
      QByteArray piece(word);
      piece.replace("*", "");
      const int at = int(kEveryKind.indexOf(word));
      const QPoint point = middleOf(at, piece.constData());
      view_->verticalScrollBar()->setValue(0);
      QTest::mouseClick(view_->viewport(), Qt::LeftButton, {}, point);
      QVERIFY2(clicked.count() == 1, word);
      const int offset = clicked.takeFirst()[0].toInt();
      QVERIFY2(offset >= at && offset < at + piece.size(), qPrintable(QStringLiteral("%1: %2 not in %3").arg(QString::fromUtf8(piece)).arg(offset).arg(at)));
    }
    // A selection is not a click, nor is a click beside the text.
    QTest::mousePress(view_->viewport(), Qt::LeftButton, {}, middleOf("router"));
    const QPoint to = middleOf("every");
    QMouseEvent move(QEvent::MouseMove, to, view_->viewport()->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(view_->viewport(), &move);
    QTest::mouseRelease(view_->viewport(), Qt::LeftButton, {}, to);
    QCOMPARE(clicked.count(), 0);
    QVERIFY(view_->textCursor().hasSelection());
  }
  void theRoomBetweenLinesBelongsToThem() {
    show(QByteArray("many words ").repeated(60));
    const QRect text = view_->rectOfSourceRange(0, 659).translated(-view_->viewport()->pos());
    const int x = view_->viewport()->width() / 2;
    int before = 0;
    for (int y = text.top() + 1; y < text.bottom(); ++y) {
      const int offset = view_->sourceOffsetAt({x, y});
      if (y > text.bottom() - 2 * view_->fontMetrics().height() && offset < 0) continue;  // the last line may be short
      QVERIFY2(offset >= before, qPrintable(QString("%1 at %2, after %3").arg(offset).arg(y).arg(before)));
      before = offset;
    }
    QVERIFY(before > 300);
  }
  void aMarkedRangeIsSeen() {
    show(kEveryKind);
    const QImage before = view_->viewport()->grab().toImage();
    const int at = int(kEveryKind.indexOf("router"));
    view_->setMarkedRange(at, at + 6);
    const QImage after = view_->viewport()->grab().toImage();
    const QRect rect = view_->rectOfSourceRange(at, at + 6);
    int inside = 0, outside = 0;
    for (int y = 0; y < after.height(); ++y)
      for (int x = 0; x < after.width(); ++x)
        if (after.pixel(x, y) != before.pixel(x, y)) {
          const bool line = y >= rect.top() - 4 && y <= rect.bottom() + 4;
          ++(rect.contains(x, y) ? inside : outside);
          QVERIFY(line);
        }
    QVERIFY(inside > 100);
    QVERIFY(outside < inside / 4);  // edges of its neighbours in the line
    view_->setMarkedRange(0, 0);
    QCOMPARE(view_->viewport()->grab().toImage(), before);
    QVERIFY(view_->rectOfSourceRange(3, 3).isEmpty());
    // A mark stays while more text comes.
    view_->setMarkedRange(at, at + 6);
    show(kEveryKind + "\nmore\n");
    QCOMPARE(view_->extraSelections().size(), 1);
    QCOMPARE(view_->extraSelections().first().cursor.selectedText(), QStringLiteral("router"));
  }
  void linksAreToldAndNeverOpened() {
    Opened opened;
    for (const char* scheme : {"http", "https", "javascript", "file", "mailto", "data"}) QDesktopServices::setUrlHandler(QLatin1String(scheme), &opened, "open");
    show("[one](https://a.b/c) [two](javascript:alert(1)) [three](file:///etc/passwd) [four](data:text/html,x)\n");
    QSignalSpy activated(view_.get(), &MarkdownView::linkActivated);
    const QString before = view_->document()->toPlainText();
    for (const char* word : {"one", "two", "three", "four"}) QTest::mouseClick(view_->viewport(), Qt::LeftButton, {}, middleOf(word));
    QCOMPARE(activated.count(), 4);
    QCOMPARE(activated[0][0].toString(), QStringLiteral("https://a.b/c"));
    QCOMPARE(activated[1][0].toString(), QStringLiteral("javascript:alert(1)"));
    QCOMPARE(view_->document()->toPlainText(), before);
    // By keyboard too.
    view_->setFocus();
    view_->moveCursor(QTextCursor::Start);
    QTest::keyClick(view_.get(), Qt::Key_Tab);
    QTest::keyClick(view_.get(), Qt::Key_Return);
    QCOMPARE(activated.count(), 5);
    QVERIFY(opened.urls.isEmpty());
    for (const char* scheme : {"http", "https", "javascript", "file", "mailto", "data"}) QDesktopServices::unsetUrlHandler(QLatin1String(scheme));
    // Where it leads is seen before.
    const QPoint point = middleOf("two");
    QHelpEvent help(QEvent::ToolTip, point, view_->viewport()->mapToGlobal(point));
    QCoreApplication::sendEvent(view_->viewport(), &help);
    QVERIFY(QToolTip::text().contains(QStringLiteral("javascript:alert(1)")));
    QToolTip::hideText();
  }
  void nothingIsLoaded() {
    QTemporaryDir folder;
    QImage red(40, 40, QImage::Format_RGB32);
    red.fill(Qt::red);
    const QString file = folder.filePath(QStringLiteral("p.png"));
    QVERIFY(red.save(file));
    const QString url = QUrl::fromLocalFile(file).toString();
    show(QStringLiteral("![words](%1) <img src=\"%1\">\n\n<img src=\"%1\">\n").arg(url).toUtf8());
    QVERIFY(view_->document()->toPlainText().contains(QStringLiteral("words")));
    QVERIFY(!view_->document()->toPlainText().contains(QChar(QChar::ObjectReplacementCharacter)));
    const QImage shot = view_->viewport()->grab().toImage();
    for (int y = 0; y < shot.height(); y += 3)
      for (int x = 0; x < shot.width(); x += 3) QVERIFY(shot.pixelColor(x, y) != QColor(Qt::red));
  }
  void copyGivesTheShownText() {
    show("1. one\n2. *two*\n\n| a | b |\n|---|---|\n| c | d |\n\n```\ncode\n```\n");
    view_->setFocus();
    QTest::keyClick(view_.get(), Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(view_.get(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("1. one\n2. two\na\tb\nc\td\ncode"));
    // A selection survives more text.
    QTextCursor cursor(view_->document());
    cursor.select(QTextCursor::WordUnderCursor);
    view_->setTextCursor(cursor);
    const QString chosen = cursor.selectedText();
    show(view_->markdownSource() + "\nlast\n");
    QCOMPARE(view_->textCursor().selectedText(), chosen);
  }
  void theMenuOffersTheLinkAndTheSource() {
    show("[one](https://a.b/c) **x**\n");
    const QPoint point = middleOf("one");
    QContextMenuEvent event(QContextMenuEvent::Mouse, point, view_->viewport()->mapToGlobal(point));
    QCoreApplication::sendEvent(view_->viewport(), &event);
    QPointer<QMenu> menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY(menu);
    QStringList actions;
    for (QAction* action : menu->actions()) {
      actions << action->text();
      if (action->text() == QStringLiteral("Copy all as Markdown")) action->trigger();
    }
    menu->close();
    QTRY_VERIFY(!menu);
    QVERIFY(actions.contains(QStringLiteral("Copy link address")));
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("[one](https://a.b/c) **x**\n"));
  }
  void theViewMayGoWhileItsMenuIsOpen() {
    show("text\n");
    const QPoint point = middleOf("text");
    QPointer<QMenu> menu;
    QTimer::singleShot(0, this, [&] {
      menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
      view_.reset();
    });
    QContextMenuEvent event(QContextMenuEvent::Mouse, point, view_->viewport()->mapToGlobal(point));
    QCoreApplication::sendEvent(view_->viewport(), &event);
    QTRY_VERIFY(!view_);
    QVERIFY(!menu && !QApplication::activePopupWidget());
  }
  void theCopyButtonCopiesItsCode() {
    show("```python\nx = 1\n\ny\n```\n\ntext\n\n```\nother\n```\n");
    const auto bars = view_->findChildren<CodeBar*>();
    QCOMPARE(bars.size(), 2);
    auto* button = bars[0]->findChild<QToolButton*>(QStringLiteral("copyCode"));
    QCOMPARE(bars[0]->findChild<QLabel*>()->text(), QStringLiteral("python"));
    QCOMPARE(button->accessibleName(), QStringLiteral("Copy code"));
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("x = 1\n\ny\n"));
    QCOMPARE(button->accessibleName(), QStringLiteral("Copied"));
    QTRY_COMPARE_WITH_TIMEOUT(button->accessibleName(), QStringLiteral("Copy code"), 4000);
    auto* other = bars[1]->findChild<QToolButton*>(QStringLiteral("copyCode"));
    other->setFocus();
    QTest::keyClick(other, Qt::Key_Space);
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("other\n"));
    show("none");
    QTRY_COMPARE(view_->findChildren<CodeBar*>().size(), 0);
  }
  void theHeightFollowsTextAndWidth() {
    QSignalSpy height(view_.get(), &MarkdownView::heightChanged);
    show("one line");
    const int one = view_->sizeHint().height();
    show(QByteArray("word ").repeated(300));
    const int many = view_->sizeHint().height();
    QVERIFY(many > 5 * one);
    QVERIFY(height.count() >= 2);
    view_->resize(300, 500);
    QTRY_VERIFY(view_->sizeHint().height() > many);
    QCOMPARE(view_->minimumSizeHint().height(), view_->sizeHint().height());
    view_->setScrolling(true);
    QVERIFY(view_->minimumSizeHint().height() < 200);
  }
  void theHeightHoldsAllInkWhateverComesLast_data() {
    QTest::addColumn<QByteArray>("last");
    QTest::newRow("paragraph") << QByteArray("gypq, the wind");
    QTest::newRow("heading") << QByteArray("## gypq");
    QTest::newRow("list") << QByteArray("- one\n- gypq");
    QTest::newRow("loose list") << QByteArray("1. one\n\n2. gypq");
    QTest::newRow("quote") << QByteArray("> gypq");
    QTest::newRow("code") << QByteArray("```\ngypq\n```");
    QTest::newRow("table") << QByteArray("| a | b |\n|---|---|\n| gypq | d |");
    QTest::newRow("rule") << QByteArray("---");
  }
  void theHeightHoldsAllInkWhateverComesLast() {
    QFETCH(QByteArray, last);
    show("one\n\n" + last + "\n");
    const int height = view_->sizeHint().height();
    view_->resize(600, height + 100);
    const QImage shot = view_->viewport()->grab().toImage();
    const QRgb ground = shot.pixel(590, height + 90);
    int ink = 0;
    for (int y = 0; y < shot.height(); ++y)
      for (int x = 0; x < shot.width(); ++x)
        if (shot.pixel(x, y) != ground) ink = y + 1;
    QVERIFY2(ink <= height, qPrintable(QStringLiteral("ink to %1 of %2").arg(ink).arg(height)));
    QVERIFY2(height - ink <= 12, qPrintable(QStringLiteral("ink to %1 of %2").arg(ink).arg(height)));
  }
  void theWheelBelongsToWhatIsAround() {
    show(QByteArray("word\n\n").repeated(200));
    const auto wheel = [&](Qt::KeyboardModifiers modifiers) {
      QWheelEvent event({50, 50}, view_->mapToGlobal(QPoint(50, 50)), {}, {0, -120}, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
      QCoreApplication::sendEvent(view_->viewport(), &event);
      return event.isAccepted();
    };
    QVERIFY(!wheel({}));
    QCOMPARE(view_->verticalScrollBar()->value(), 0);
    view_->setScrolling(true);
    wheel({});
    QVERIFY(view_->verticalScrollBar()->value() > 0);
    QVERIFY(!wheel(Qt::ControlModifier));
  }
  void theThemeRedrawsEverything() {
    show(kEveryKind);
    const QString light = view_->document()->toHtml();
    theme_->setMode(Theme::Mode::Dark);
    QTRY_VERIFY(view_->settled() && view_->document()->toHtml().contains(Tokens::of(Scheme::Dark)[ColorToken::Text].name()));
    QVERIFY(!view_->document()->toHtml().contains(Tokens::of(Scheme::Light)[ColorToken::Text].name()));
    theme_->setMode(Theme::Mode::Light);
    QTRY_COMPARE(view_->document()->toHtml(), light);
  }
  void aTextBeyondTheBoundSaysSo() {
    show(QByteArray("**a** ").repeated(60000));
    QCOMPARE(view_->plainReason(), QStringLiteral("too_large"));
    QVERIFY(view_->document()->toPlainText().startsWith(QStringLiteral("Shown as plain text")));
    show("**b**");
    QVERIFY(view_->plainReason().isEmpty());
    QCOMPARE(view_->document()->toPlainText(), QStringLiteral("b"));
  }
  void aViewThatGoesWhileItsTextIsParsedIsSafe() {
    for (int i = 0; i < 20; ++i) {
      MarkdownView brief;
      brief.setMarkdownSource(kEveryKind);
    }
    QTest::qWait(1);
  }

  void theFirstDifferenceIsExact() {
    std::mt19937 random(8);
    for (int round = 0; round < 300; ++round) {
      CompareSide left, right;
      const int same = int(random() % 20), more_left = int(random() % 5), more_right = int(random() % 5);
      const auto token = [&](unsigned n) { return QByteArrayList{" word", "专家", "!", " 😀", "\n"}[n % 5] + QByteArray::number(n); };
      const auto add = [](CompareSide& side, const QByteArray& text) {
        side.text += text;
        side.tokenEnds << int(side.text.size());
      };
      for (int i = 0; i < same; ++i) {
        const QByteArray text = token(random());
        add(left, text);
        add(right, text);
      }
      const int at = int(left.text.size());
      for (int i = 0; i < more_left; ++i) add(left, "L" + token(random()));
      for (int i = 0; i < more_right; ++i) add(right, "R" + token(random()));
      const TextDifference difference = firstDifference(left, right);
      QCOMPARE(difference.equal, more_left + more_right == 0);
      if (difference.equal) continue;
      QCOMPARE(difference.token, same);
      QCOMPARE(difference.range[0].first, at);
      QCOMPARE(difference.range[0].second, more_left ? left.tokenEnds[same] : at);
      QCOMPARE(difference.range[1].second, more_right ? right.tokenEnds[same] : at);
    }
    // Token ends that do not fit the text are not trusted.
    CompareSide wrong{{}, {}, "abc", {7, -1, 2}}, good{{}, {}, "abd", {}};
    QVERIFY(!firstDifference(wrong, good).equal);
    QVERIFY(firstDifference({}, {}).equal);
  }
  void twoAnswersStandSideBySide() {
    SplitCompare compare;
    // Notes of any length, as long lists of edits are, leave the width to the window.
    compare.setSides({"Before", QString(5000, 'w'), "a", {}}, {"After", "", "b", {}});
    QVERIFY2(compare.minimumSizeHint().width() < 500, qPrintable(QString::number(compare.minimumSizeHint().width())));
    compare.resize(800, 300);
    compare.show();
    compare.setSides({"Before", "", "Most tokens go to **expert 17**.", {}}, {"After", "", "Most tokens go to **expert 4** now.", {}});
    QTRY_VERIFY(compare.view(0)->settled() && compare.view(1)->settled());
    QCOMPARE(compare.difference().token, 5);
    QCOMPARE(compare.view(0)->extraSelections().first().cursor.selectedText().trimmed(), QStringLiteral("17."));
    QCOMPARE(compare.view(1)->extraSelections().first().cursor.selectedText().trimmed(), QStringLiteral("4"));
    QVERIFY(compare.summary().contains(QStringLiteral("17")));
    QSignalSpy clicked(&compare, &SplitCompare::sourceOffsetClicked);
    const int at = int(QByteArray("Most tokens").indexOf("tokens"));
    QTest::mouseClick(compare.view(1)->viewport(), Qt::LeftButton, {}, compare.view(1)->rectOfSourceRange(at, at + 6).center());
    QCOMPARE(clicked.count(), 1);
    QCOMPARE(clicked[0][0].toInt(), 1);
    QVERIFY(clicked[0][1].toInt() >= at && clicked[0][1].toInt() < at + 6);
    compare.setSides({"a", "", "same", {}}, {"b", "", "same", {}});
    QCOMPARE(compare.summary(), QStringLiteral("Both answers are the same."));
    QTRY_VERIFY(compare.view(0)->settled());
    QVERIFY(compare.view(0)->extraSelections().isEmpty());
  }

  void codeRightBelowATableStandsBelowIt() {
    MarkdownView view;
    view.resize(500, 400);
    view.show();
    QByteArray text = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | last |\n\n```python\ndef f():";
    // The code grows, as it does while an answer streams.
    for (const char* more : {"", "\n  return 1", "\n```\n"}) {
      text += more;
      view.setMarkdownSource(text);
      QTRY_VERIFY(view.settled());
      const auto place = [&](const char* word) {
        const int at = int(text.indexOf(word));
        return view.rectOfSourceRange(at, at + int(strlen(word)));
      };
      const auto bars = view.viewport()->findChildren<QToolButton*>("copyCode");
      QCOMPARE(bars.size(), 1);
      const QRect bar(bars[0]->parentWidget()->mapTo(&view, QPoint()), bars[0]->parentWidget()->size());
      QVERIFY2(bar.top() > place("last").bottom() + 6, qPrintable(QString("%1 %2").arg(bar.top()).arg(place("last").bottom())));
      QVERIFY2(bar.top() < place("last").bottom() + 48, qPrintable(QString("%1 %2").arg(bar.top()).arg(place("last").bottom())));
      QVERIFY(place("def").top() >= bar.bottom());
    }
  }
};

QTEST_MAIN(TestMarkdownView)
#include "test_markdown_view.moc"
