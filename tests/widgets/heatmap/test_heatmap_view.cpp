// SPDX-License-Identifier: GPL-3.0-or-later
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QScrollBar>
#include <QToolTip>
#include <QWheelEvent>
#include <QtTest>

#include <set>

#include "tests/widgets/heatmap/heatmap_fixture.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {

std::set<std::pair<int, int>> chosen(const HeatmapView& view) {
  std::set<std::pair<int, int>> cells;
  for (const HeatmapCell& cell : view.selectedCells()) cells.insert({cell.row, cell.column});
  return cells;
}

std::set<std::pair<int, int>> rectangle(int top, int left, int bottom, int right) {
  std::set<std::pair<int, int>> cells;
  for (int row = std::min(top, bottom); row <= std::max(top, bottom); ++row)
    for (int column = std::min(left, right); column <= std::max(left, right); ++column) cells.insert({row, column});
  return cells;
}

}  // namespace

class TestHeatmapView : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Theme> theme_;
  std::unique_ptr<HeatmapView> view_;

  void press(int row, int column, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mouseClick(view_->viewport(), Qt::LeftButton, modifiers, view_->cellRect(row, column).center());
  }
  void drag(int row, int column, int to_row, int to_column, Qt::KeyboardModifiers modifiers = {}) {
    QTest::mousePress(view_->viewport(), Qt::LeftButton, modifiers, view_->cellRect(row, column).center());
    const QPoint from = view_->cellRect(row, column).center(), to = view_->cellRect(to_row, to_column).center();
    for (int step = 1; step <= 8; ++step) move(from + (to - from) * step / 8, Qt::LeftButton);
    QTest::mouseRelease(view_->viewport(), Qt::LeftButton, modifiers, to);
  }
  void move(const QPoint& point, Qt::MouseButtons buttons) {
    QMouseEvent event(QEvent::MouseMove, point, view_->viewport()->mapToGlobal(point), Qt::NoButton, buttons, Qt::NoModifier);
    QCoreApplication::sendEvent(view_->viewport(), &event);
  }
  void wheel(const QPoint& point, int angle, Qt::KeyboardModifiers modifiers) {
    QWheelEvent event(point, view_->viewport()->mapToGlobal(point), {}, {0, angle}, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(view_->viewport(), &event);
  }
  void key(int key, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(view_.get(), Qt::Key(key), modifiers); }
  QImage shot() { return view_->viewport()->grab().toImage().convertToFormat(QImage::Format_RGB32); }

 private Q_SLOTS:
  void initTestCase() {
    theme_ = std::make_unique<Theme>(*qApp);
    theme_->setMode(Theme::Mode::Light);
  }
  void cleanupTestCase() { theme_.reset(); }
  void init() {
    view_ = std::make_unique<HeatmapView>();
    view_->resize(900, 500);
    view_->setSnapshot(randomPicture(10, 20, 1, true));
    view_->show();
    QVERIFY(QTest::qWaitForWindowActive(view_.get()));
    view_->setFocus();
    QTRY_VERIFY(view_->hasFocus());
    view_->clearFocus();
  }
  void cleanup() { view_.reset(); }

  void aClickChoosesACell() {
    QSignalSpy selection(view_.get(), &HeatmapView::selectionChanged);
    press(3, 7);
    QCOMPARE(view_->currentCell(), (HeatmapCell{3, 7}));
    QCOMPARE(chosen(*view_), rectangle(3, 7, 3, 7));
    QCOMPARE(selection.count(), 1);
    press(3, 7);
    QCOMPARE(selection.count(), 1);
    QVERIFY(view_->hasFocus());
    // Another button is not a choice.
    QTest::mouseClick(view_->viewport(), Qt::MiddleButton, {}, view_->cellRect(1, 1).center());
    QCOMPARE(view_->currentCell(), (HeatmapCell{3, 7}));
  }
  void aDragChoosesARectangle() {
    std::mt19937 random(1);
    for (int round = 0; round < 12; ++round) {
      const int a = int(random() % 10), b = int(random() % 20), c = int(random() % 10), d = int(random() % 20);
      drag(a, b, c, d);
      QCOMPARE(chosen(*view_), rectangle(a, b, c, d));
    }
    // Beyond the edge it goes on along it.
    QTest::mousePress(view_->viewport(), Qt::LeftButton, {}, view_->cellRect(4, 4).center());
    move({view_->width() + 400, -300}, Qt::LeftButton);
    QTest::mouseRelease(view_->viewport(), Qt::LeftButton);
    QCOMPARE(chosen(*view_), rectangle(4, 4, 0, 19));
    // After the button is up a movement chooses nothing.
    move(view_->cellRect(9, 9).center(), Qt::NoButton);
    QCOMPARE(chosen(*view_), rectangle(4, 4, 0, 19));
  }
  void controlAddsAndTakesAway() {
    press(1, 1);
    press(5, 5, Qt::ControlModifier);
    QCOMPARE(chosen(*view_), (std::set<std::pair<int, int>>{{1, 1}, {5, 5}}));
    press(1, 1, Qt::ControlModifier);
    QCOMPARE(chosen(*view_), (std::set<std::pair<int, int>>{{5, 5}}));
    drag(0, 0, 1, 2, Qt::ControlModifier);
    auto both = rectangle(0, 0, 1, 2);
    both.insert({5, 5});
    QCOMPARE(chosen(*view_), both);
    press(2, 2);
    QCOMPARE(view_->selectedCount(), 1);
  }
  void shiftExtendsFromTheAnchor() {
    press(2, 3);
    press(4, 6, Qt::ShiftModifier);
    QCOMPARE(chosen(*view_), rectangle(2, 3, 4, 6));
    press(0, 1, Qt::ShiftModifier);
    QCOMPARE(chosen(*view_), rectangle(2, 3, 0, 1));
  }
  void labelsTakeWholeRowsAndColumns() {
    const HeatmapLayout layout = view_->viewLayout();
    QTest::mouseClick(view_->viewport(), Qt::LeftButton, {}, {layout.rowLabels.center().x(), view_->cellRect(6, 0).center().y()});
    QCOMPARE(chosen(*view_), rectangle(6, 0, 6, 19));
    QTest::mouseClick(view_->viewport(), Qt::LeftButton, Qt::ControlModifier, {view_->cellRect(0, 4).center().x(), layout.columnLabels.center().y()});
    auto both = rectangle(6, 0, 6, 19);
    both.merge(rectangle(0, 4, 9, 4));
    QCOMPARE(chosen(*view_), both);
    // Beside everything: nothing.
    QTest::mouseClick(view_->viewport(), Qt::LeftButton, {}, {view_->viewport()->width() - 1, view_->viewport()->height() - 1});
    QCOMPARE(view_->selectedCount(), 0);
  }
  void theKeysWalkTheGrid() {
    key(Qt::Key_Right);  // the first key goes to the first cell
    QCOMPARE(view_->currentCell(), (HeatmapCell{0, 0}));
    HeatmapCell at{0, 0};
    std::mt19937 random(4);
    for (int i = 0; i < 300; ++i) {
      static constexpr int keys[] = {Qt::Key_Left, Qt::Key_Right, Qt::Key_Up, Qt::Key_Down, Qt::Key_Home, Qt::Key_End, Qt::Key_PageUp, Qt::Key_PageDown};
      const int pressed = keys[random() % 8];
      key(pressed);
      switch (pressed) {
        case Qt::Key_Left: at.column = std::max(0, at.column - 1); break;
        case Qt::Key_Right: at.column = std::min(19, at.column + 1); break;
        case Qt::Key_Up: at.row = std::max(0, at.row - 1); break;
        case Qt::Key_Down: at.row = std::min(9, at.row + 1); break;
        case Qt::Key_Home: at.column = 0; break;
        case Qt::Key_End: at.column = 19; break;
        case Qt::Key_PageUp: at.row = std::max(0, at.row - 8); break;
        case Qt::Key_PageDown: at.row = std::min(9, at.row + 8); break;
      }
      QCOMPARE(view_->currentCell(), at);
      QCOMPARE(chosen(*view_), rectangle(at.row, at.column, at.row, at.column));
    }
    key(Qt::Key_Home, Qt::ControlModifier);
    QCOMPARE(view_->currentCell(), (HeatmapCell{0, 0}));
    key(Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(view_->currentCell(), (HeatmapCell{9, 19}));
    QCOMPARE(view_->selectedCount(), 1);
  }
  void theKeysChoose() {
    press(3, 3);
    key(Qt::Key_Right, Qt::ShiftModifier);
    key(Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(chosen(*view_), rectangle(3, 3, 4, 4));
    key(Qt::Key_Left, Qt::ShiftModifier);
    QCOMPARE(chosen(*view_), rectangle(3, 3, 4, 3));
    key(Qt::Key_Right, Qt::ControlModifier);  // moves, chooses nothing
    QCOMPARE(chosen(*view_), rectangle(3, 3, 4, 3));
    QCOMPARE(view_->currentCell(), (HeatmapCell{4, 4}));
    key(Qt::Key_Space, Qt::ControlModifier);
    QVERIFY(view_->isSelected(4, 4));
    QCOMPARE(view_->selectedCount(), 3);
    key(Qt::Key_Space, Qt::ControlModifier);
    QCOMPARE(view_->selectedCount(), 2);
    key(Qt::Key_Space);
    QCOMPARE(chosen(*view_), rectangle(4, 4, 4, 4));
    key(Qt::Key_A, Qt::ControlModifier);
    QCOMPARE(view_->selectedCount(), 200);
    key(Qt::Key_Escape);
    QCOMPARE(view_->selectedCount(), 0);
    QSignalSpy activated(view_.get(), &HeatmapView::cellActivated);
    key(Qt::Key_Return);
    QCOMPARE(activated.last(), (QVariantList{4, 4}));
    QTest::mouseDClick(view_->viewport(), Qt::LeftButton, {}, view_->cellRect(2, 9).center());
    QCOMPARE(activated.last(), (QVariantList{2, 9}));
  }
  void keysThatMeanNothingHereGoOn() {
    // Escape without a selection may close what is around the view.
    struct Window : QWidget {
      QList<int> keys;
      void keyPressEvent(QKeyEvent* event) override { keys << event->key(); }
    } window;
    view_->setParent(&window);
    window.show();
    view_->show();
    key(Qt::Key_Escape);
    key(Qt::Key_F5);
    QCOMPARE(window.keys, (QList<int>{Qt::Key_Escape, Qt::Key_F5}));
    press(0, 0);
    QKeyEvent asked(QEvent::ShortcutOverride, Qt::Key_Escape, Qt::NoModifier);
    asked.ignore();
    QCoreApplication::sendEvent(view_.get(), &asked);
    QVERIFY(asked.isAccepted());  // a shortcut does not take it
    key(Qt::Key_Escape);
    QCOMPARE(window.keys.size(), 2);
    view_->setParent(nullptr);
  }
  void hoverIsShown() {
    const QImage plain = shot();
    move(view_->cellRect(2, 3).center(), Qt::NoButton);
    QVERIFY(shot() != plain);
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(view_->viewport(), &leave);
    QCOMPARE(shot(), plain);
    const QPoint point = view_->cellRect(5, 5).center();
    QHelpEvent help(QEvent::ToolTip, point, view_->viewport()->mapToGlobal(point));
    QCoreApplication::sendEvent(view_->viewport(), &help);
    QVERIFY(QToolTip::text().startsWith(QStringLiteral("Layer 5, Expert 5: ")));
    QToolTip::hideText();
  }
  void theMenuKeyAsksForTheCurrentCell() {
    QSignalSpy asked(view_.get(), &HeatmapView::contextMenuRequested);
    press(1, 2);
    QContextMenuEvent by_key(QContextMenuEvent::Keyboard, {}, {});
    QCoreApplication::sendEvent(view_.get(), &by_key);
    QCOMPARE(asked.last().mid(0, 2), (QVariantList{1, 2}));
    QCOMPARE(asked.last()[2].toPoint(), view_->viewport()->mapToGlobal(view_->cellRect(1, 2).center()));
    const QPoint point = view_->cellRect(7, 7).center();
    QContextMenuEvent by_mouse(QContextMenuEvent::Mouse, point, view_->viewport()->mapToGlobal(point));
    QCoreApplication::sendEvent(view_->viewport(), &by_mouse);
    QCOMPARE(asked.last().mid(0, 2), (QVariantList{7, 7}));
    QCOMPARE(chosen(*view_), rectangle(7, 7, 7, 7));
    // Within a selection it stays.
    drag(6, 6, 8, 8);
    QCoreApplication::sendEvent(view_->viewport(), &by_mouse);
    QCOMPARE(chosen(*view_), rectangle(6, 6, 8, 8));
  }
  void zoomKeepsTheCellUnderThePointer() {
    for (const auto& [rows, columns] : {std::pair(48, 128), std::pair(64, 512)}) {
      view_->setSnapshot(randomPicture(rows, columns, 5, true));
      std::mt19937 random(6);
      for (int round = 0; round < 10; ++round) {
        view_->setZoom(1);
        QCOMPARE(view_->horizontalScrollBar()->maximum(), view_->viewLayout().contentSize().width() - view_->viewLayout().cells.width());
        const HeatmapCell cell{int(random() % unsigned(rows)), int(random() % unsigned(columns))};
        view_->setCurrentCell({});
        view_->setCurrentCell(cell);
        const QPoint point = view_->cellRect(cell.row, cell.column).center();
        for (int step = 0; step < 8; ++step) wheel(point, 120, Qt::ControlModifier);
        QVERIFY(view_->zoom() > 4 && view_->zoom() < 4.4);
        const HeatmapCell now = view_->cellAt(point);
        // 64 rows of 512 columns do not fill the height at first: until they do, they grow downwards.
        QVERIFY2((rows == 64 || std::abs(now.row - cell.row) <= 1) && std::abs(now.column - cell.column) <= 1,
                 qPrintable(QStringLiteral("%1,%2 became %3,%4").arg(cell.row).arg(cell.column).arg(now.row).arg(now.column)));
        // Every cell can be reached by keys and is then in sight.
        for (int key_pressed : {Qt::Key_End, Qt::Key_Home}) {
          key(key_pressed, Qt::ControlModifier);
          QVERIFY(view_->viewLayout().cells.contains(view_->cellRect(view_->currentCell().row, view_->currentCell().column)));
        }
      }
    }
    key(Qt::Key_0);
    QCOMPARE(view_->zoom(), 1.0);
    key(Qt::Key_Plus);
    QCOMPARE(view_->zoom(), 1.5);
    key(Qt::Key_Minus);
    QCOMPARE(view_->zoom(), 1.0);
    key(Qt::Key_Minus);
    QCOMPARE(view_->zoom(), 1.0);
    view_->setZoom(1e9);
    QCOMPARE(view_->zoom(), 32.0);
  }
  void scrollingShowsTheRightCells() {
    const auto picture = randomPicture(64, 512, 8, true);
    view_->setSnapshot(picture);
    view_->setZoom(6);
    std::mt19937 random(9);
    for (int round = 0; round < 15; ++round) {
      view_->horizontalScrollBar()->setValue(int(random() % unsigned(view_->horizontalScrollBar()->maximum() + 1)));
      view_->verticalScrollBar()->setValue(int(random() % unsigned(view_->verticalScrollBar()->maximum() + 1)));
      const QImage image = shot();
      const HeatmapLayout layout = view_->viewLayout();
      for (int i = 0; i < 30; ++i) {
        const QPoint point(layout.cells.left() + int(random() % unsigned(layout.cells.width())), layout.cells.top() + int(random() % unsigned(layout.cells.height())));
        const HeatmapCell cell = layout.cellAt(point);
        const QRect rect = layout.cellRect(cell.row, cell.column);
        if (!layout.cells.contains(rect)) continue;
        QCOMPARE(image.pixel(rect.center()), view_->painter().colorOf(picture->value(cell.row, cell.column)));
      }
    }
    // The plain wheel scrolls.
    view_->verticalScrollBar()->setValue(0);
    wheel(view_->viewport()->rect().center(), -120, {});
    QVERIFY(view_->verticalScrollBar()->value() > 0);
  }
  void liveTokensChangeThePicture() {
    // Counts that grow, as while an answer streams: each frame shows the counts so far, and the choice stays.
    view_->setSnapshot(randomPicture(12, 32, 1, true));
    press(3, 4);
    QSignalSpy selection(view_.get(), &HeatmapView::selectionChanged);
    std::vector<float> counts(12 * 32, 0);
    std::mt19937 random(13);
    for (int token = 1; token <= 40; ++token) {
      for (int row = 0; row < 12; ++row)
        for (int k = 0; k < 4; ++k) counts[size_t(row * 32) + random() % 32] += 1;
      auto next = std::make_shared<HeatmapSnapshot>();
      next->rows = 12;
      next->columns = 32;
      for (float count : counts) next->values.push_back(count / float(4 * token));
      QVERIFY(view_->setSnapshot(next));
      const QImage image = shot();
      for (int i = 0; i < 20; ++i) {
        const int row = int(random() % 12), column = int(random() % 32);
        if (row == 3 && column == 4) continue;  // the frame of the choice
        QCOMPARE(image.pixel(view_->cellRect(row, column).center()), view_->painter().colorOf(next->value(row, column)));
      }
    }
    QCOMPARE(selection.count(), 0);
    QCOMPARE(chosen(*view_), rectangle(3, 4, 3, 4));
    // Another shape is another thing: nothing is chosen any more, the current cell stays if it can.
    view_->setSnapshot(randomPicture(4, 4, 2, true));
    QCOMPARE(selection.count(), 1);
    QCOMPARE(view_->selectedCount(), 0);
    QCOMPARE(view_->currentCell(), HeatmapCell());
  }
  void aShapeThatChangesDuringADragIsSafe() {
    QTest::mousePress(view_->viewport(), Qt::LeftButton, {}, view_->cellRect(8, 18).center());
    view_->setSnapshot(randomPicture(3, 3, 2, true));
    move(view_->cellRect(1, 1).center(), Qt::LeftButton);
    QTest::mouseRelease(view_->viewport(), Qt::LeftButton, {}, view_->cellRect(2, 2).center());
    QCOMPARE(view_->selectedCount(), 0);
    view_->setSnapshot({});
    key(Qt::Key_Right);
    key(Qt::Key_A, Qt::ControlModifier);
    press(0, 0);
    QCOMPARE(view_->selectedCount(), 0);
    QVERIFY(view_->cellRect(0, 0).isNull());
  }
  void highlightVeilsTheOthers() {
    const QImage before = shot();
    view_->setHighlight({{2, 2}, {3, 9}, {99, 0}});
    QCOMPARE(view_->highlight().size(), 2);
    const QImage after = shot();
    for (int row = 0; row < 10; ++row)
      for (int column = 0; column < 20; ++column) {
        const QPoint middle = view_->cellRect(row, column).center();
        const bool lit = (row == 2 && column == 2) || (row == 3 && column == 9);
        QCOMPARE(before.pixel(middle) == after.pixel(middle), lit);
      }
    view_->setHighlight({});
    QCOMPARE(shot(), before);
  }
  void selectionFocusAndHoverShow() {
    const QImage plain = shot();
    view_->setSelectedCells({{4, 4}});
    QVERIFY(shot() != plain);
    view_->clearSelection();
    QCOMPARE(shot(), plain);
    view_->setCurrentCell({4, 4});
    view_->setFocus();
    QVERIFY(view_->hasFocus());
    QVERIFY(shot() != plain);
    view_->clearFocus();
    QCOMPARE(shot(), plain);
    move(view_->cellRect(6, 6).center(), Qt::NoButton);
    QVERIFY(shot() != plain);
  }
  void themeAndSizeRedraw() {
    const QImage light = shot();
    theme_->setMode(Theme::Mode::Dark);
    const QImage dark = shot();
    QCOMPARE(dark.pixel(dark.width() - 1, dark.height() - 1), Tokens::of(Scheme::Dark)[ColorToken::Surface].rgb());
    theme_->setMode(Theme::Mode::Light);
    QCOMPARE(shot(), light);
    view_->resize(500, 300);
    const QImage small = shot();
    for (int row = 0; row < 10; ++row)
      QCOMPARE(small.pixel(view_->cellRect(row, 11).center()), view_->painter().colorOf(view_->snapshot()->value(row, 11)));
  }
  void withoutCellsItSaysWhatWillBeHere() {
    view_->setSnapshot({});
    const QImage blank = shot();
    view_->setEmptyText(QStringLiteral("Ask something"));
    QVERIFY(shot() != blank);
  }
};

QTEST_MAIN(TestHeatmapView)
#include "test_heatmap_view.moc"
