// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tokens/token_strip.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QElapsedTimer>
#include <QHelpEvent>
#include <QScrollBar>
#include <QToolTip>
#include <QtTest>

#include <random>

#include "widgets/style/theme.h"
#include "widgets/tokens/token_accessible.h"

using namespace roundhouse::widgets;

namespace {

std::shared_ptr<TokenSequence> tokensOf(const QStringList& texts) {
  auto sequence = std::make_shared<TokenSequence>();
  sequence->heatName = QStringLiteral("entropy");
  for (const QString& text : texts) sequence->tokens.push_back({text, 0.5f, TokenRole::Answer});
  return sequence;
}

std::shared_ptr<TokenSequence> randomTokens(int count, unsigned seed) {
  static const QStringList texts{QStringLiteral(" word"), QStringLiteral("专家"), QStringLiteral("😀"), QStringLiteral("\n"), QStringLiteral(" "), QStringLiteral("e"), QStringLiteral(",\n\n"), QStringLiteral("\t"), QStringLiteral(" considerably")};
  std::mt19937 random(seed);
  QStringList some;
  for (int i = 0; i < count; ++i) some << texts[qsizetype(random() % unsigned(texts.size()))];
  return tokensOf(some);
}

}  // namespace

class TestTokenStrip : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Theme> theme_;
  std::unique_ptr<TokenStrip> strip_;

  void press(int token, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mouseClick(strip_->viewport(), Qt::LeftButton, modifiers, strip_->tokenRect(token).center());
  }
  void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(strip_.get(), key, modifiers); }
  QAccessibleInterface* face() { return QAccessible::queryAccessibleInterface(strip_.get()); }

 private Q_SLOTS:
  void initTestCase() {
    theme_ = std::make_unique<Theme>(*qApp);
    theme_->setMode(Theme::Mode::Light);
  }
  void cleanupTestCase() { theme_.reset(); }
  void init() {
    strip_ = std::make_unique<TokenStrip>();
    strip_->resize(400, 200);
    strip_->setTokens(randomTokens(300, 1));
    strip_->show();
    QVERIFY(QTest::qWaitForWindowActive(strip_.get()));
    strip_->setFocus();
  }
  void cleanup() { strip_.reset(); }

  void everyTokenHasItsPlace() {
    for (unsigned seed = 0; seed < 8; ++seed) {
      strip_->setTokens(randomTokens(200, seed));
      strip_->resize(150 + int(seed) * 60, 200);
      QCoreApplication::processEvents();
      int line = -1, right = 0;
      for (int token = 0; token < 200; ++token) {
        const QRect rect = strip_->tokenRect(token);
        QVERIFY(rect.width() > 4 && rect.right() < strip_->viewport()->width());
        if (rect.top() != line) {
          QVERIFY(rect.top() > line || token == 0);
          line = rect.top();
          right = 0;
        }
        QVERIFY(rect.left() > right - 1);
        right = rect.right();
        QCOMPARE(strip_->tokenAt(rect.center()), token);
      }
    }
    QCOMPARE(strip_->tokenAt({-5, -5}), -1);
    QVERIFY(strip_->tokenRect(200).isEmpty() && strip_->tokenRect(-1).isEmpty());
  }
  void growingIsLikeTheWhole() {
    const auto whole = randomTokens(150, 9);
    for (int count = 0; count <= 150; ++count) {
      auto part = std::make_shared<TokenSequence>(*whole);
      part->tokens.resize(size_t(count));
      strip_->setTokens(part);
    }
    TokenStrip fresh;
    fresh.resize(strip_->size());
    fresh.show();
    QVERIFY(QTest::qWaitForWindowExposed(&fresh));
    fresh.setTokens(whole);
    QCoreApplication::processEvents();
    fresh.verticalScrollBar()->setValue(0);
    strip_->verticalScrollBar()->setValue(0);
    for (int token = 0; token < 150; ++token) QCOMPARE(strip_->tokenRect(token), fresh.tokenRect(token));
    QCOMPARE(strip_->lineCount(), fresh.lineCount());
  }
  void theEndStaysInSight() {
    strip_->verticalScrollBar()->setValue(strip_->verticalScrollBar()->maximum());
    strip_->setTokens(randomTokens(400, 1));
    QCOMPARE(strip_->verticalScrollBar()->value(), strip_->verticalScrollBar()->maximum());
    strip_->verticalScrollBar()->setValue(10);
    strip_->setTokens(randomTokens(500, 1));
    QCOMPARE(strip_->verticalScrollBar()->value(), 10);
  }
  void clicksAndDragsChoose() {
    QSignalSpy selection(strip_.get(), &TokenStrip::selectionChanged);
    press(5);
    QCOMPARE(selection.last(), (QVariantList{5, 5}));
    press(12, Qt::ShiftModifier);
    QCOMPARE(selection.last(), (QVariantList{5, 12}));
    press(2, Qt::ShiftModifier);
    QCOMPARE(selection.last(), (QVariantList{2, 5}));
    QTest::mousePress(strip_->viewport(), Qt::LeftButton, {}, strip_->tokenRect(8).center());
    for (int token : {9, 11, 14}) {
      const QPoint point = strip_->tokenRect(token).center();
      QMouseEvent move(QEvent::MouseMove, point, strip_->viewport()->mapToGlobal(point), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(strip_->viewport(), &move);
    }
    QTest::mouseRelease(strip_->viewport(), Qt::LeftButton);
    QCOMPARE(strip_->firstSelected(), 8);
    QCOMPARE(strip_->lastSelected(), 14);
    QString wanted;
    for (int token = 8; token <= 14; ++token) wanted += strip_->tokens()->tokens[size_t(token)].text;
    strip_->select(14, 8);  // either way round
    QCOMPARE(strip_->selectedText(), wanted);
    QTest::keySequence(strip_.get(), QKeySequence::Copy);
    QCOMPARE(QGuiApplication::clipboard()->text(), wanted);
  }
  void theKeysWalk() {
    key(Qt::Key_Right);
    QCOMPARE(strip_->currentToken(), 0);
    key(Qt::Key_Right);
    key(Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(strip_->firstSelected(), 1);
    QCOMPARE(strip_->lastSelected(), 2);
    key(Qt::Key_Left);
    QCOMPARE(strip_->firstSelected(), 1);
    QCOMPARE(strip_->lastSelected(), 1);
    key(Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(strip_->currentToken(), 299);
    QVERIFY(strip_->viewport()->rect().contains(strip_->tokenRect(299)));
    key(Qt::Key_Right);
    QCOMPARE(strip_->currentToken(), 299);
    key(Qt::Key_Home, Qt::ControlModifier);
    QCOMPARE(strip_->currentToken(), 0);
    QVERIFY(strip_->viewport()->rect().contains(strip_->tokenRect(0)));
    // Down goes a line further, and every move keeps the token in sight.
    int top = strip_->tokenRect(0).top() + strip_->verticalScrollBar()->value();
    for (int i = 0; i < 10; ++i) {
      key(Qt::Key_Down);
      const int now = strip_->tokenRect(strip_->currentToken()).top() + strip_->verticalScrollBar()->value();
      QVERIFY(now > top);
      top = now;
      QVERIFY(strip_->viewport()->rect().intersects(strip_->tokenRect(strip_->currentToken())));
    }
    key(Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(strip_->firstSelected(), 0);
    QCOMPARE(strip_->lastSelected(), 299);
    key(Qt::Key_Escape);
    QCOMPARE(strip_->firstSelected(), -1);
  }
  void aShorterTextDropsTheSelection() {
    strip_->select(250, 260);
    QSignalSpy selection(strip_.get(), &TokenStrip::selectionChanged);
    strip_->setTokens(randomTokens(100, 1));
    QCOMPARE(selection.last(), (QVariantList{-1, -1}));
    strip_->select(10, 500);
    QCOMPARE(strip_->lastSelected(), 99);
    strip_->select(-4, 3);
    QCOMPARE(strip_->firstSelected(), -1);
    strip_->setTokens({});
    for (Qt::Key each : {Qt::Key_Right, Qt::Key_Down, Qt::Key_End, Qt::Key_A, Qt::Key_Return}) key(each, Qt::ControlModifier);
    QCOMPARE(strip_->currentToken(), -1);
    QCOMPARE(strip_->selectedText(), QString());
  }
  void hoverToolTipAndMenu() {
    QSignalSpy menu(strip_.get(), &TokenStrip::contextMenuRequested);
    const auto shot = [&] { return strip_->viewport()->grab().toImage(); };
    const QImage plain = shot();
    const QPoint point = strip_->tokenRect(4).center();
    QMouseEvent move(QEvent::MouseMove, point, strip_->viewport()->mapToGlobal(point), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QCoreApplication::sendEvent(strip_->viewport(), &move);
    QVERIFY(shot() != plain);
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(strip_->viewport(), &leave);
    QCOMPARE(shot(), plain);
    strip_->setTokens(tokensOf({"<b>bold</b>", " x"}));
    const QPoint first = strip_->tokenRect(0).center();
    QHelpEvent help(QEvent::ToolTip, first, strip_->viewport()->mapToGlobal(first));
    QCoreApplication::sendEvent(strip_->viewport(), &help);
    QVERIFY(QToolTip::text().contains(QStringLiteral("&lt;b&gt;bold")));  // text, never markup
    QVERIFY(QToolTip::text().startsWith(QStringLiteral("Token 1: ")));  // counted as everywhere else
    QVERIFY(QToolTip::text().contains(QStringLiteral("entropy")));
    QToolTip::hideText();
    QContextMenuEvent by_mouse(QContextMenuEvent::Mouse, first, strip_->viewport()->mapToGlobal(first));
    QCoreApplication::sendEvent(strip_->viewport(), &by_mouse);
    QCOMPARE(menu.last()[0].toInt(), 0);
    QCOMPARE(strip_->firstSelected(), 0);
    QContextMenuEvent by_key(QContextMenuEvent::Keyboard, {}, {});
    QCoreApplication::sendEvent(strip_.get(), &by_key);
    QCOMPARE(menu.count(), 2);
  }
  void statesShow() {
    const auto shot = [&] { return strip_->viewport()->grab().toImage(); };
    strip_->clearFocus();
    const QImage plain = shot();
    strip_->select(2, 4);
    QVERIFY(shot() != plain);
    strip_->clearSelection();
    auto cold = std::make_shared<TokenSequence>(*strip_->tokens());
    for (TokenPiece& piece : cold->tokens) piece.heat = 0;
    strip_->setTokens(cold);
    QVERIFY(shot() != plain);
    // Marked: by its ground, and by a line below for who cannot tell colours apart.
    auto marked = std::make_shared<TokenSequence>(*cold);
    for (TokenPiece& piece : marked->tokens) piece.heat = std::numeric_limits<float>::quiet_NaN();
    marked->tokens[1].marked = true;
    strip_->setTokens(marked);
    const QRect box = strip_->tokenRect(1);
    const Tokens& colors = Tokens::of(Scheme::Light);
    QCOMPARE(shot().pixel(box.left() + 1, box.top() + 1), colors[ColorToken::MarkGround].rgb());
    QCOMPARE(shot().pixel(box.center().x(), box.bottom() - 3), colors[ColorToken::Accent].rgb());
    QVERIFY(shot().pixel(strip_->tokenRect(2).center().x(), box.bottom() - 3) != colors[ColorToken::Accent].rgb());
    theme_->setMode(Theme::Mode::Dark);
    QCOMPARE(shot().pixel(strip_->viewport()->width() - 1, 199), Tokens::of(Scheme::Dark)[ColorToken::Surface].rgb());
    theme_->setMode(Theme::Mode::Light);
  }
  void tenThousandTokensAreQuick() {
    QElapsedTimer clock;
    clock.start();
    strip_->setTokens(randomTokens(10000, 2));
    strip_->viewport()->grab();
    QVERIFY2(clock.elapsed() < 1000, qPrintable(QString::number(clock.elapsed())));
  }
  void whitespaceIsSeen() {
    QCOMPARE(visibleToken(QStringLiteral(" a\t\n\r\u00a0\u3000")), QStringLiteral("·a→↵␍␣␣"));
    QCOMPARE(visibleToken(QStringLiteral("\u0007\u200b")), QStringLiteral("\ufffd\ufffd"));
    QCOMPARE(visibleToken(QStringLiteral("😀专")), QStringLiteral("😀专"));
  }

  // As a screen reader meets it -----------------------------------------------------------------------------------

  void itIsAText() {
    QCOMPARE(face()->text(QAccessible::Name), QStringLiteral("Tokens"));
    QVERIFY(face()->state().readOnly && face()->state().selectableText && face()->state().focusable);
    QString whole;
    for (const TokenPiece& piece : strip_->tokens()->tokens) whole += piece.text;
    QAccessibleTextInterface* text = face()->textInterface();
    QVERIFY(text);
    QCOMPARE(text->characterCount(), int(whole.size()));
    QCOMPARE(text->text(0, text->characterCount()), whole);
    QCOMPARE(text->text(3, 9), whole.mid(3, 6));
    QCOMPARE(face()->text(QAccessible::Value), whole);
  }
  void everyOffsetBelongsToItsToken() {
    QAccessibleTextInterface* text = face()->textInterface();
    int begin = 0;
    for (int token = 0; token < strip_->tokens()->size(); ++token) {
      const int size = int(strip_->tokens()->tokens[size_t(token)].text.size());
      for (int offset = begin; offset < begin + size; ++offset) {
        int start = -1, end = -1;
        text->attributes(offset, &start, &end);
        QCOMPARE(start, begin);
        QCOMPARE(end, begin + size);
      }
      text->scrollToSubstring(begin, begin + size);
      const QRect rect = text->characterRect(begin);
      QCOMPARE(rect.size(), strip_->tokenRect(token).size());
      QCOMPARE(text->offsetAtPoint(rect.center()), begin);
      begin += size;
    }
  }
  void selectionIsShared() {
    QAccessibleTextInterface* text = face()->textInterface();
    QCOMPARE(text->selectionCount(), 0);
    strip_->select(3, 5);
    int start = -1, end = -1;
    text->selection(0, &start, &end);
    QCOMPARE(text->text(start, end), strip_->selectedText());
    QCOMPARE(text->selectionCount(), 1);
    // A part of a token chooses the whole of it.
    int before = 0;
    for (int token = 0; token < 20; ++token) before += int(strip_->tokens()->tokens[size_t(token)].text.size());
    text->setSelection(0, before, before + 1);
    QCOMPARE(strip_->firstSelected(), 20);
    QCOMPARE(strip_->lastSelected(), 20);
    text->setCursorPosition(0);
    QCOMPARE(strip_->currentToken(), 0);
    QCOMPARE(text->cursorPosition(), 0);
    text->removeSelection(0);
    QCOMPARE(strip_->firstSelected(), -1);
    strip_->setTokens({});
    QCOMPARE(text->characterCount(), 0);
    text->setCursorPosition(4);
    text->attributes(0, &start, &end);
    QCOMPARE(text->text(0, 10), QString());
  }
};

QTEST_MAIN(TestTokenStrip)
#include "test_token_strip.moc"
