// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAction>
#include <QAccessible>
#include <QClipboard>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QRandomGenerator>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <QLineEdit>
#include <QStyleOptionFrame>
#include <QtTest>

#include <array>
#include <random>

#include "widgets/controls/elided_button.h"
#include "widgets/controls/elided_label.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/fold_section.h"
#include "widgets/controls/navigation_rail.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/rail_button.h"
#include "widgets/controls/search_field.h"
#include "widgets/controls/spin_box.h"
#include "widgets/controls/value_slider.h"
#include "widgets/controls/wrapped_label.h"
#include "widgets/controls/title_edit.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {

QString nameOf(QObject* object) { return QAccessible::queryAccessibleInterface(object)->text(QAccessible::Name); }

template <class T>
T* named(QWidget& parent, const char* name) {
  return parent.findChild<T*>(QLatin1String(name));
}

}  // namespace

class TestControlsParts : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }
  void cleanupTestCase() { theme_.reset(); }

  void theRailGoesToPlaces() {
    NavigationRail rail;
    rail.addItem("chat", "chat", "Chat");
    rail.addFootItem("settings", "settings", "Settings");
    rail.addItem("routing", "heatmap", "Routing");
    rail.resize(100, 500);
    rail.show();
    QVERIFY(QTest::qWaitForWindowActive(&rail));
    QCOMPARE(rail.ids(), (QStringList{"chat", "routing", "settings"}));
    QCOMPARE(rail.current(), QStringLiteral("chat"));
    QSignalSpy activated(&rail, &NavigationRail::activated);
    auto* routing = named<RailButton>(rail, "rail.routing");
    QTest::mouseClick(routing, Qt::LeftButton);
    QCOMPARE(rail.current(), QStringLiteral("routing"));
    QTest::mouseClick(routing, Qt::LeftButton);  // the same again: still there, told again
    QVERIFY(routing->isChecked());
    QCOMPARE(activated.count(), 2);
    rail.setCurrent("settings");
    rail.setCurrent("nowhere");
    QCOMPARE(rail.current(), QStringLiteral("settings"));
    QCOMPARE(activated.count(), 2);
    QCOMPARE(rail.findChildren<RailButton*>().size(), 3);
    for (auto* button : rail.findChildren<RailButton*>()) QCOMPARE(button->isChecked(), button->objectName() == QStringLiteral("rail.settings"));
  }
  void theRailIsWalkedByKeys() {
    NavigationRail rail;
    for (const char* id : {"a", "b", "c", "d"}) rail.addItem(QLatin1String(id), "chat", QLatin1String(id));
    named<RailButton>(rail, "rail.b")->hide();
    rail.show();
    QVERIFY(QTest::qWaitForWindowActive(&rail));
    const auto focused = [&] { return rail.focusWidget() ? rail.focusWidget()->objectName() : QString(); };
    named<RailButton>(rail, "rail.a")->setFocus();
    const auto press = [&](Qt::Key key) { QTest::keyClick(rail.focusWidget(), key); };
    press(Qt::Key_Down);
    QCOMPARE(focused(), QStringLiteral("rail.c"));  // over what is hidden
    press(Qt::Key_End);
    QCOMPARE(focused(), QStringLiteral("rail.d"));
    press(Qt::Key_Down);
    QCOMPARE(focused(), QStringLiteral("rail.d"));
    press(Qt::Key_Home);
    press(Qt::Key_Up);
    QCOMPARE(focused(), QStringLiteral("rail.a"));
    QSignalSpy activated(&rail, &NavigationRail::activated);
    press(Qt::Key_End);
    QCOMPARE(activated.count(), 0);
    press(Qt::Key_Return);
    press(Qt::Key_Home);
    press(Qt::Key_Space);
    QCOMPARE(activated.count(), 2);
    QCOMPARE(activated[0][0].toString(), QStringLiteral("d"));
    QCOMPARE(activated[1][0].toString(), QStringLiteral("a"));
    // Tab goes through the places in their order.
    QTest::keyClick(rail.focusWidget(), Qt::Key_Tab);
    QCOMPARE(focused(), QStringLiteral("rail.c"));
  }
  void theRailCanBeReadOut() {
    NavigationRail rail;
    rail.addItem("chat", "chat", "Chat");
    rail.show();
    QCOMPARE(nameOf(&rail), QStringLiteral("Places"));
    auto* face = QAccessible::queryAccessibleInterface(named<RailButton>(rail, "rail.chat"));
    QCOMPARE(face->text(QAccessible::Name), QStringLiteral("Chat"));
    QVERIFY(face->state().focusable && face->state().checked);
    QVERIFY(face->actionInterface());
    QSignalSpy activated(&rail, &NavigationRail::activated);
    face->actionInterface()->doAction(face->actionInterface()->actionNames().first());
    QVERIFY(activated.count() <= 1);
    rail.setItemText("chat", "对话", "tip");
    QCOMPARE(face->text(QAccessible::Name), QStringLiteral("对话"));
  }
  void aRailButtonShowsItsState() {
    RailButton button("chat", "Chat", nullptr);
    button.resize(button.sizeHint());
    const QImage plain = button.grab().toImage();
    button.setChecked(true);
    const QImage checked = button.grab().toImage();
    QVERIFY(checked != plain);
    button.setChecked(false);
    button.setEnabled(false);
    QVERIFY(button.grab().toImage() != plain);
    QVERIFY(RailButton("chat", "A very long name of a place", nullptr).sizeHint().width() > button.sizeHint().width());
  }

  void aLongLineEndsInDotsAndIsReadWhole() {
    ElidedLabel label;
    label.resize(600, 30);
    label.show();
    const QString whole = QStringLiteral("the primary reason why ice floats on water");
    label.setWholeText(whole);
    QCOMPARE(label.text(), whole);
    QVERIFY(label.toolTip().isEmpty());
    label.resize(90, 30);
    QVERIFY(label.text().endsWith(QChar(0x2026)) && label.text().size() < whole.size());
    QVERIFY(label.fontMetrics().horizontalAdvance(label.text()) <= 90);
    QCOMPARE(label.toolTip(), whole);
    QCOMPARE(nameOf(&label), whole);
    label.resize(600, 30);
    QCOMPARE(label.text(), whole);
  }
  void anErrorSaysWhatAndIsCopied() {
    ErrorBar bar;
    QVERIFY(bar.isHidden());
    bar.showError("The file could not be read.", "open: permission denied", "Try again");
    QVERIFY(bar.isVisible());
    QCOMPARE(nameOf(&bar), QStringLiteral("The file could not be read."));
    QSignalSpy action(&bar, &ErrorBar::actionTriggered), dismissed(&bar, &ErrorBar::dismissed);
    QTest::mouseClick(named<QToolButton>(bar, "errorCopy"), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("The file could not be read.\nopen: permission denied"));
    QTest::mouseClick(named<QPushButton>(bar, "errorAction"), Qt::LeftButton);
    QCOMPARE(action.count(), 1);
    QTest::keyClick(named<QToolButton>(bar, "errorClose"), Qt::Key_Escape);
    QVERIFY(bar.isHidden());
    QCOMPARE(dismissed.count(), 1);
    bar.showMessage(ErrorBar::Severity::Success, "Saved.");
    QVERIFY(!named<QPushButton>(bar, "errorAction")->isVisible());
    QCOMPARE(bar.copyText(), QStringLiteral("Saved."));
    QTest::mouseClick(named<QToolButton>(bar, "errorClose"), Qt::LeftButton);
    QCOMPARE(dismissed.count(), 2);
    QCOMPARE(nameOf(named<QToolButton>(bar, "errorClose")), QStringLiteral("Dismiss"));
  }
  // Whatever is in it: names without a blank may be longer than the bar is wide.
  void aLongErrorIsWhollySeen() {
    QRandomGenerator random(7);
    const std::array pieces{QString("conversations.db.damaged-20261128T091657Z"), QString("file"), QString("/tmp/some/folder/"),
                            QString("%1"), QStringLiteral("上下文"), QString("blk.3.ffn_gate_exps.weight"), QString(" ")};
    QWidget window;
    window.resize(360, 600);
    auto* column = new QVBoxLayout(&window);
    auto* bar = new ErrorBar(&window);
    column->addWidget(bar);
    column->addStretch(1);
    window.show();
    for (int round = 0; round < 30; ++round) {
      QString detail;
      for (int i = 0; i < 20; ++i) detail += pieces[random.bounded(quint32(pieces.size()))] + (random.bounded(2) ? " " : "");
      bar->showError("Title", detail);
      window.resize(int(320 + random.bounded(300)), 700);
      QCoreApplication::processEvents();
      for (const QLabel* label : bar->findChildren<QLabel*>()) {
        if (label->text().isEmpty() || !label->isVisible()) continue;
        const QRect needed = label->fontMetrics().boundingRect(QRect(0, 0, label->width(), 10000), Qt::TextWordWrap, label->text());
        QVERIFY2(needed.height() <= label->height(), qPrintable(detail));
        QVERIFY2(label->geometry().bottom() <= bar->height() && label->geometry().right() <= bar->width(), qPrintable(detail));
      }
      QTest::mouseClick(bar->findChild<QToolButton*>("errorCopy"), Qt::LeftButton);
      QCOMPARE(QGuiApplication::clipboard()->text(), "Title\n" + detail);
      QCOMPARE(bar->accessibleDescription(), detail);
    }
  }
  void markupInAnErrorIsText() {
    ErrorBar bar;
    bar.showError("<b>x</b> <img src=\"http://a/b\">", "<i>y</i>");
    for (auto* label : bar.findChildren<QLabel*>())
      if (!label->text().isEmpty()) QCOMPARE(label->textFormat(), Qt::PlainText);
    QCOMPARE(bar.copyText(), QStringLiteral("<b>x</b> <img src=\"http://a/b\">\n<i>y</i>"));
  }

  void aTaskHasProgressCancelAndOneEnd() {
    ProgressLine line;
    line.show();
    QSignalSpy cancelled(&line, &ProgressLine::cancelRequested);
    auto* cancel = named<QToolButton>(line, "progressCancel");
    auto* bar = line.findChild<QProgressBar*>();
    line.setProgress(1, 2);
    QVERIFY(!line.running() && line.statusText().isEmpty());
    line.start("Loading");
    QVERIFY(line.running() && cancel->isVisible());
    QCOMPARE(bar->maximum(), 0);  // extent unknown
    line.setProgress(1.2, 4.8, "1.2 of 4.8 GB");
    QCOMPARE(line.statusText(), QStringLiteral("25\u00A0% · 1.2 of 4.8 GB"));
    QCOMPARE(bar->value() * 4, bar->maximum());
    QCOMPARE(nameOf(&line), QStringLiteral("Loading: 25\u00A0% · 1.2 of 4.8 GB"));
    line.setProgress(9, 4);
    QCOMPARE(line.statusText(), QStringLiteral("100\u00A0%"));
    line.setProgress(-3, 4);
    QCOMPARE(line.statusText(), QStringLiteral("0\u00A0%"));
    QTest::mouseClick(cancel, Qt::LeftButton);
    QTest::mouseClick(cancel, Qt::LeftButton);
    QCOMPARE(cancelled.count(), 1);
    QVERIFY(!cancel->isEnabled());
    line.finish(ProgressLine::Outcome::Cancelled, "Cancelled after 25 %.");
    line.finish(ProgressLine::Outcome::Done, "Twice");
    line.setProgress(3, 4);
    QCOMPARE(line.statusText(), QStringLiteral("Cancelled after 25 %."));
    QVERIFY(!bar->isVisible() && !cancel->isVisible());
    line.start("Again", false);
    QVERIFY(line.running() && !cancel->isVisible());
  }
  void theTimeLeftIsAnEstimate() {
    ProgressLine line;
    line.start("Loading");
    line.setProgress(1, 4);
    QVERIFY(!line.statusText().contains(QStringLiteral("left")));
    QTRY_VERIFY_WITH_TIMEOUT((line.setProgress(1, 4), line.statusText().contains(QStringLiteral("left"))), 4000);
    QCOMPARE(ProgressLine::formatDuration(0.2), QStringLiteral("1 s"));
    QCOMPARE(ProgressLine::formatDuration(59.4), QStringLiteral("59 s"));
    QCOMPARE(ProgressLine::formatDuration(150), QStringLiteral("3 min"));
    QCOMPARE(ProgressLine::formatDuration(4800), QStringLiteral("1 h 20 min"));
    QCOMPARE(ProgressLine::formatDuration(90000), QStringLiteral("1 d 1 h"));
    // No duration is told in more minutes than an hour has.
    for (int seconds = 1; seconds < 8000; ++seconds) QVERIFY2(ProgressLine::formatDuration(seconds) != QStringLiteral("60 min"), qPrintable(QString::number(seconds)));
  }

  void aSearchRestsBeforeItAsks() {
    SearchField field;
    field.show();
    QVERIFY(QTest::qWaitForWindowActive(&field));
    QSignalSpy changed(&field, &SearchField::searchChanged);
    QTest::keyClicks(&field, "abc");
    QCOMPARE(changed.count(), 0);
    QTRY_COMPARE(changed.count(), 1);
    QCOMPARE(changed[0][0].toString(), QStringLiteral("abc"));
    QTest::keyClicks(&field, "d");
    QTest::keyClick(&field, Qt::Key_Return);  // at once
    QCOMPARE(changed.count(), 2);
    QTest::keyClick(&field, Qt::Key_Escape);
    QVERIFY(field.text().isEmpty());
    QCOMPARE(changed.last()[0].toString(), QString());
  }

  void escapeIsTheSearchsOwnWhileThereIsSomethingToClear() {
    QWidget window;
    auto* column = new QVBoxLayout(&window);
    auto* field = new SearchField(&window);
    column->addWidget(field);
    int elsewhere = 0;
    auto* stop = new QAction(&window);
    stop->setShortcut(QKeySequence(Qt::Key_Escape));
    window.addAction(stop);
    connect(stop, &QAction::triggered, &window, [&] { ++elsewhere; });
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    field->setFocus();
    field->setText("abc");
    QTest::keyClick(field, Qt::Key_Escape);
    QVERIFY(field->text().isEmpty());
    QCOMPARE(elsewhere, 0);
    QTest::keyClick(field, Qt::Key_Escape);
    QCOMPARE(elsewhere, 1);
  }

  void sliderAndBoxMoveTogether() {
    for (bool logarithmic : {false, true}) {
      ValueSlider value;
      value.setLabel("Temperature", "How bold");
      value.setRange(0.1, 10, 0.1, 2, logarithmic);
      value.setDefaultValue(1);
      value.setValue(1);
      value.show();
      QVERIFY(QTest::qWaitForWindowActive(&value));
      auto* slider = value.findChild<QSlider*>();
      auto* box = value.findChild<QDoubleSpinBox*>();
      auto* reset = named<QToolButton>(value, "resetValue");
      QCOMPARE(nameOf(slider), QStringLiteral("Temperature"));
      QCOMPARE(nameOf(box), QStringLiteral("Temperature"));
      QVERIFY(!reset->isVisible());
      QSignalSpy changed(&value, &ValueSlider::valueChanged);
      slider->setFocus();
      QTest::keyClick(slider, Qt::Key_End);
      QCOMPARE(value.value(), 10.0);
      QCOMPARE(box->value(), 10.0);
      QTest::keyClick(slider, Qt::Key_Home);
      QCOMPARE(value.value(), 0.1);
      QCOMPARE(changed.count(), 2);
      QVERIFY(reset->isVisible());
      QTest::mouseClick(reset, Qt::LeftButton);
      QCOMPARE(value.value(), 1.0);
      QVERIFY(!reset->isVisible());
      box->selectAll();
      QTest::keyClicks(box, "5.55");
      QTest::keyClick(box, Qt::Key_Return);
      QCOMPARE(value.value(), 5.55);
      value.setValue(1e9);
      QCOMPARE(value.value(), 10.0);
      // Wherever the slider stands, value and place belong together.
      for (int position = 0; position <= slider->maximum(); position += 7) {
        slider->setValue(position);
        const double at = value.value();
        QVERIFY(at >= 0.1 && at <= 10.0);
        value.setValue(5);
        value.setValue(at);
        QVERIFY(std::abs(slider->value() - position) <= (logarithmic ? 25 : 0));
      }
    }
  }

  void aButtonGivesWay() {
    QWidget page;
    auto* column = new QVBoxLayout(&page);
    auto* button = new ElidedButton(&page);
    const QString whole = QStringLiteral("R&D: expert 3 in layer 4 is damped by 9, and many more of them");
    button->setWholeText(whole, "Opens Routing.");
    column->addWidget(button, 0, Qt::AlignLeft);
    page.resize(900, 80);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    QTRY_COMPARE(button->text(), QString(whole).replace("&", "&&"));
    QCOMPARE(button->toolTip(), QStringLiteral("Opens Routing."));
    const int wide = button->width();
    QVERIFY(wide < 900);  // no wider than its text
    page.resize(200, 80);
    QTRY_VERIFY(button->width() < 200);
    QVERIFY(button->text().endsWith(QChar(0x2026)));
    QCOMPARE(button->toolTip(), QString(whole + "\nOpens Routing."));
    QCOMPARE(nameOf(button), whole);
    page.resize(900, 80);
    QTRY_COMPARE(button->width(), wide);
    QTRY_COMPARE(button->text(), QString(whole).replace("&", "&&"));
  }
  void aTitleThatIsTooLongEndsInAnEllipsis() {
    TitleEdit title;
    QLineEdit plain;
    QLineEdit other;  // has the focus
    other.show();
    const QString whole(QStringLiteral("Why does ice float on water, and why on nothing else?"));
    title.setText(whole);
    for (QLineEdit* each : {static_cast<QLineEdit*>(&title), &plain}) each->resize(160, 32);
    title.show();
    plain.show();
    other.activateWindow();
    other.setFocus();
    QVERIFY(QTest::qWaitForWindowActive(&other));
    QStyleOptionFrame option;
    option.initFrom(&plain);
    option.lineWidth = plain.style()->pixelMetric(QStyle::PM_DefaultFrameWidth, nullptr, &plain);
    const int room = plain.style()->subElementRect(QStyle::SE_LineEditContents, &option, &plain).width() - 4;
    const QString cut = title.fontMetrics().elidedText(whole, Qt::ElideRight, room);
    QVERIFY(cut.endsWith(QChar(0x2026)));
    plain.setText(cut);
    QCOMPARE(title.grab().toImage(), plain.grab().toImage());
    QCOMPARE(title.text(), whole);
    title.setText("Short");
    plain.setText("Short");
    QCOMPARE(title.grab().toImage(), plain.grab().toImage());
    title.setText(whole);
    const QImage before = title.grab().toImage();
    title.activateWindow();
    title.setFocus();
    QTRY_VERIFY(title.hasFocus());
    title.setCursorPosition(0);
    QVERIFY(title.grab().toImage() != before);  // to be edited it is whole
  }
  void aLabelBreaksLongWordsAndCopiesThemWhole() {
    WrappedLabel label;
    const QString word = QString(300, 'W') + QStringLiteral("/a_very-long.name");
    label.setWholeText("See " + word);
    QVERIFY2(label.minimumSizeHint().width() < 30 * label.fontMetrics().horizontalAdvance('W'), qPrintable(QString::number(label.minimumSizeHint().width())));
    label.resize(200, 600);
    label.show();
    QVERIFY(QTest::qWaitForWindowExposed(&label));
    label.setSelection(0, int(label.text().size()));
    label.setFocus();
    QTest::keyClick(&label, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), "See " + word);
    QCOMPARE(label.wholeText(), "See " + word);
  }
  void anErrorIsWholeInANarrowBar() {
    ErrorBar bar;
    bar.showError("It failed", QString(400, 'x'));
    QVERIFY2(bar.minimumSizeHint().width() < 320, qPrintable(QString::number(bar.minimumSizeHint().width())));
    QCOMPARE(bar.copyText(), "It failed\n" + QString(400, 'x'));
  }
  void aFoldOpensAndCloses() {
    FoldSection fold("Reasoning");
    auto* content = new QLabel("thoughts");
    fold.setContent(content);
    fold.setSummary("2.4 s");
    fold.show();
    QVERIFY(QTest::qWaitForWindowActive(&fold));
    auto* head = named<QToolButton>(fold, "foldHead");
    QSignalSpy expanded(&fold, &FoldSection::expandedChanged);
    QVERIFY(!content->isVisible());
    QTest::mouseClick(head, Qt::LeftButton);
    QVERIFY(fold.expanded());
    QTRY_VERIFY(content->isVisible() && content->height() >= content->sizeHint().height());
    QCOMPARE(QAccessible::queryAccessibleInterface(head)->text(QAccessible::Description), QStringLiteral("expanded"));
    head->setFocus();
    QTest::keyClick(head, Qt::Key_Left);
    QVERIFY(!fold.expanded());
    QTRY_VERIFY(!content->isVisible());
    QTest::keyClick(head, Qt::Key_Left);
    QTest::keyClick(head, Qt::Key_Right);
    QVERIFY(fold.expanded());
    QTest::keyClick(head, Qt::Key_Return);
    QTest::keyClick(head, Qt::Key_Space);
    QCOMPARE(expanded.count(), 5);
    // With reduced motion at once.
    theme_->setReducedMotion(true);
    fold.setExpanded(false);
    QVERIFY(!content->isVisible());
    fold.setExpanded(true);
    QVERIFY(content->isVisible());
    theme_->setReducedMotion(false);
    fold.setContent(nullptr);
    QVERIFY(!fold.content());
  }

  void aNumberBeyondTheLimitsBecomesTheNearest() {
    SpinBox whole;
    whole.setRange(-1, 1000);
    whole.setGroupSeparatorShown(true);
    whole.setSuffix(" tokens");
    DoubleSpinBox real;
    real.setRange(0, 5);
    const auto type = [](QAbstractSpinBox& box, const char* text) {
      box.selectAll();
      QTest::keyClicks(&box, text);
      QTest::keyClick(&box, Qt::Key_Return);
    };
    for (const auto& [text, value] : std::initializer_list<std::pair<const char*, int>>{
             {"999999999", 1000}, {"12345678901234567890", 1000}, {"1001", 1000}, {"-7", -1}, {"12", 12}, {"x13y", 13}}) {
      type(whole, text);
      QCOMPARE(whole.value(), value);
    }
    type(real, "72.5");
    QCOMPARE(real.value(), 5.0);
    type(real, "0.25");
    QCOMPARE(real.value(), 0.25);
  }

  void anEmptyStateOffersTheNextStep() {
    EmptyState state;
    state.resize(500, 400);
    state.show();
    QVERIFY(!named<QPushButton>(state, "emptyAction")->isVisible());
    state.setIcon("chat");
    state.setText("No conversations", "They will be listed here.");
    state.setAction("New conversation");
    QSignalSpy first(&state, &EmptyState::actionTriggered);
    QTest::mouseClick(named<QPushButton>(state, "emptyAction"), Qt::LeftButton);
    QCOMPARE(first.count(), 1);
    state.setAction({});
    QVERIFY(!named<QPushButton>(state, "emptyAction")->isVisible());
  }

 private:
  std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestControlsParts)
#include "test_controls_parts.moc"
