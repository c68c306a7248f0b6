// SPDX-License-Identifier: GPL-3.0-or-later
// The column of messages in little room: what is in it wraps or ends in dots, and nothing is cut off.
#include "app/chat/message_view.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QToolButton>

#include "app/chat/chat_controller.h"
#include "app/chat/chat_widget.h"
#include "app/chat/composer.h"
#include "app/chat/message_card.h"
#include "tests/app/shell/workbench_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestMessageView : public QObject {
  Q_OBJECT

 private:
  static constexpr int kNarrow = 360;
  std::unique_ptr<fake::WorkbenchFixture> run_;

  static bool until(const std::function<bool()>& what) { return QTest::qWaitFor(what, 5000); }
  AppContext& context() { return run_->bench().context(); }
  ChatWidget& room() { return *static_cast<ChatWidget*>(run_->window().panelWidget("chat")); }
  ChatController& chat() { return *context().keep<ChatServices>("chat", []() -> ChatServices* { return nullptr; }).controller; }
  MessageView& messages() { return *room().messages(); }

  // The first visible part that reaches beyond the right edge, or nothing.
  QString cut() {
    for (const QWidget* each : messages().widget()->findChildren<QWidget*>()) {
      if (each->isVisible() && each->mapTo(messages().viewport(), QPoint(each->width(), 0)).x() > messages().viewport()->width())
        return QStringLiteral("%1 %2").arg(QLatin1String(each->metaObject()->className()), each->objectName());
    }
    return {};
  }

 private Q_SLOTS:
  void initTestCase() {
    run_ = std::make_unique<fake::WorkbenchFixture>();
    QVERIFY(run_->start());
    run_->window().showPanel("chat");
    messages().setFixedWidth(kNarrow);
    QVERIFY(until([&] { return messages().width() == kNarrow; }));
  }
  void cleanupTestCase() { run_.reset(); }

  void theWelcomeFits() {
    QVERIFY(until([&] { return run_->find<QPushButton>("chat", "addModel")->isVisible(); }));
    QVERIFY2(until([&] { return cut().isEmpty(); }), qPrintable(cut()));
    QCOMPARE(messages().verticalScrollBar()->value(), 0);  // read from its heading on
    context().engine.unload(run_->embedded);
    auto* load = run_->find<QPushButton>("chat", "loadEmbedded");
    QVERIFY(until([&] { return load->isVisible(); }));
    QVERIFY2(until([&] { return cut().isEmpty(); }), qPrintable(cut()));
    // Both whole, below each other.
    auto* add = run_->find<QPushButton>("chat", "addModel");
    QVERIFY2(until([&] { return load->text() == "Load the embedded model" && add->text() == "Add a larger model"; }), qPrintable(load->text() + add->text()));
    context().engine.load(run_->embedded);
    QVERIFY(until([&] { return context().engine.current() != nullptr; }));
  }
  void anAnswerWithEditsAndAChosenTokenFits() {
    RoutingEdits edits;
    for (int expert = 0; expert < 3; ++expert) edits.experts.push_back({2, expert, ExpertAction::boost, -9});
    QVERIFY(context().sessions.setEdits(chat().current().id, edits).ok());
    room().composer()->setText(QString(100, 'W') + " one two three");
    QTest::keyClick(room().composer()->editor(), Qt::Key_Return);
    QVERIFY(until([&] { return !chat().busy() && messages().cards().size() == 2; }));
    MessageCard* card = messages().cards().last();
    auto* chip = card->findChild<QPushButton*>("editedRouting");
    QVERIFY(until([&] { return chip->isVisible(); }));
    QVERIFY2(until([&] { return cut().isEmpty(); }), qPrintable(cut()));
    QVERIFY(chip->toolTip().contains("damped by 9"));
    messages().stepToken(1);
    auto* detail = card->findChild<QLabel*>("tokenDetail");
    QVERIFY(until([&] { return detail->isVisible(); }));
    QVERIFY2(until([&] { return cut().isEmpty(); }), qPrintable(cut()));
    // The facts have the whole width, not the rest of a line.
    QVERIFY(detail->width() > kNarrow * 2 / 3);
    QVERIFY(card->findChild<QToolButton*>("tokenClose")->isVisible());
  }
};

QTEST_MAIN(TestMessageView)
#include "test_message_view.moc"
