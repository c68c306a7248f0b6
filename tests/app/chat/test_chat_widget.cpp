// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/chat: chat_panel closing_question composer conversation_list conversation_settings message_card reasoning_fold token_bar welcome
// The Chat room in the whole window, used as a person does: chat_widget, chat_panel, composer, message_card,
// message_view, token_bar, reasoning_fold, conversation_list, conversation_settings, welcome.
#include "app/chat/chat_widget.h"

#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QDropEvent>
#include <QFileDialog>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSpinBox>
#include <QToolButton>
#include <QUrl>

#include "app/chat/chat_controller.h"
#include "app/chat/composer.h"
#include "app/chat/conversation_file.h"
#include "app/chat/conversation_list.h"
#include "app/chat/conversation_settings.h"
#include "app/chat/message_card.h"
#include "app/chat/message_view.h"
#include "app/chat/sampling_presets.h"
#include "app/plugins/plugin_service.h"
#include "app/stores/database.h"
#include "tests/app/shell/workbench_fixture.h"
#include "widgets/controls/error_bar.h"
#include "widgets/markdown/markdown_view.h"
#include "tests/engine/fixtures/trace_text.h"

using namespace roundhouse;
using namespace roundhouse::app;
using widgets::ErrorBar;
using widgets::MarkdownView;

class TestChatWidget : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<fake::WorkbenchFixture> run_;

  static bool until(const std::function<bool()>& what) { return QTest::qWaitFor(what, 5000); }
  AppContext& context() { return run_->bench().context(); }
  ChatWidget& room() { return *static_cast<ChatWidget*>(run_->window().panelWidget("chat")); }
  ChatServices& services() {
    return context().keep<ChatServices>("chat", []() -> ChatServices* { return nullptr; });
  }
  ChatController& chat() { return *services().controller; }
  template <class W>
  W* find(const QString& name) {
    return run_->find<W>("chat", name);
  }
  void keys(const char* sequence) {
    QVERIFY(until([&] { return !QApplication::activeModalWidget(); }));
    run_->window().activateWindow();  // after a dialog, the offscreen platform leaves that to us
    QVERIFY(until([&] { return run_->window().isActiveWindow(); }));
    QTest::keySequence(&run_->window(), QKeySequence(QLatin1String(sequence)));
  }
  void script(const std::function<void(fake::Script&)>& change) { run_->world->change(change); }
  void slow(int tokens = 400) {
    script([tokens](fake::Script& s) {
      s.tokensPerSecond = 200;
      s.answer = [tokens](const auto&) {
        std::string answer;
        for (int i = 0; i < tokens; ++i) answer += "w" + std::to_string(i) + " ";
        return answer;
      };
    });
  }
  void type(const QString& text) {
    QPlainTextEdit* editor = room().composer()->editor();
    run_->click(editor->viewport());
    editor->insertPlainText(text);  // whole words, as an input method does; single keys below
    QTest::keyClick(editor, Qt::Key_Return);
  }
  bool idle() { return until([&] { return !chat().busy(); }); }
  bool ask(const QString& text) {
    type(text);
    return idle() && until([&] { return shown().endsWith(visibleText(chat().tree().find(chat().tree().leaf())->content).trimmed()); });
  }
  MessageCard* card(qsizetype fromEnd = 1) {
    const QList<MessageCard*> cards = room().messages()->cards();
    return fromEnd <= cards.size() ? cards[cards.size() - fromEnd] : nullptr;
  }
  MarkdownView* view(qsizetype fromEnd = 1) {
    for (MarkdownView* each : card(fromEnd)->findChildren<MarkdownView*>()) {
      if (each->isVisible()) return each;
    }
    return nullptr;
  }
  // What stands in the last answer.
  QString shown() {
    MarkdownView* text = card() && card()->isAnswer() ? view() : nullptr;
    return text && text->settled() ? text->toPlainText() : QString("\n");
  }
  QString label(MessageCard* of, const char* name) {
    auto* found = of->findChild<QLabel*>(name);
    return found && !found->isHidden() ? found->text() : QString();
  }
  QListView* list() { return find<QListView>("conversations"); }
  // That of the database: one that is too new is not written to.
  void setVersion(int version) {
    const auto database = Database::open(run_->path("data/conversations.db"), "change the version");
    QVERIFY(database.ok() && (*database)->run("change", QString("PRAGMA user_version=%1").arg(version)).ok());
  }
  QStringList titles() {
    QStringList found;
    for (int row = 0; row < list()->model()->rowCount(); ++row) found.append(list()->model()->index(row, 0).data().toString());
    return found;
  }
  // A click into the word of the last answer, where it is seen.
  void clickWord(const QByteArray& word, Qt::KeyboardModifiers modifiers = {}) {
    const int at = int(view()->markdownSource().indexOf(word));
    QVERIFY(at >= 0);
    const QRect place = view()->rectOfSourceRange(at, at + int(word.size()));
    QVERIFY(!place.isEmpty());
    QTest::mouseClick(view()->viewport(), Qt::LeftButton, modifiers, view()->viewport()->mapFrom(view(), place.center()));
  }
  bool drop(QWidget* on, const QStringList& paths) {
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& path : paths) urls.append(path.startsWith("http") ? QUrl(path) : QUrl::fromLocalFile(path));
    data.setUrls(urls);
    QDragEnterEvent enter(on->rect().center(), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(on, &enter);
    if (!enter.isAccepted()) return false;
    QDropEvent dropped(on->rect().center(), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(on, &dropped);
    return true;
  }
  QString write(const QString& name, const QByteArray& bytes) {
    QFile file(run_->path(name));
    if (file.open(QIODevice::WriteOnly)) file.write(bytes);
    return file.fileName();
  }
  ErrorBar* told() { return find<ErrorBar>("chatError"); }

 private Q_SLOTS:
  void initTestCase() {
    run_ = std::make_unique<fake::WorkbenchFixture>();
    QVERIFY(run_->start());
  }
  // A conversation that no test has used.
  void init() {
    script([](fake::Script& s) {
      const auto files = s.files;
      s = {};
      s.files = files;
    });
    run_->window().showPanel("chat");
    chat().stop();
    QVERIFY(idle());
    keys("Ctrl+N");
    QVERIFY(chat().tree().empty());
    context().selection.clear();
    told()->dismiss();
  }
  void cleanupTestCase() { run_.reset(); }

  void aQuestionIsTypedSentAndAnswered() {
    QPlainTextEdit* editor = room().composer()->editor();
    auto* send = find<QPushButton>("send");
    QVERIFY(editor->hasFocus());
    QVERIFY(!send->isEnabled());
    QTest::keyClicks(editor, "What is steam");
    QTest::keyClick(editor, Qt::Key_Return, Qt::ShiftModifier);
    QTest::keyClicks(editor, "?");
    QVERIFY(send->isEnabled());
    QVERIFY(chat().tree().empty());
    QTest::keyClick(editor, Qt::Key_Return);
    QCOMPARE(room().messages()->cards().size(), 2);
    QVERIFY(room().composer()->empty());
    QCOMPARE(label(card(2), "questionText"), QString("What is steam\n?"));
    QVERIFY(idle());
    QVERIFY(until([&] { return shown() == "Answer to: What is steam\n?" || shown().startsWith("Answer to: What is steam"); }));
    QCOMPARE(label(card(), "messageRole"), QString("mini"));
    QVERIFY(label(card(), "answerFooter").contains("token"));
    QVERIFY(until([&] { return titles().value(0) == "What is steam"; }));
    QCOMPARE(find<QLineEdit>("conversationTitle")->text(), QString("What is steam"));
    QTest::mouseClick(card()->findChild<QToolButton*>("copy"), Qt::LeftButton);
    QVERIFY(QGuiApplication::clipboard()->text().startsWith("Answer to: What is steam"));
  }
  void anExampleOfTheWelcomeIsAsked() {
    auto* example = find<QPushButton>("example.0");
    QVERIFY(until([&] { return example->isVisible(); }));
    run_->click(example);
    QVERIFY(!example->isVisible());
    QCOMPARE(label(card(2), "questionText"), example->text());
    QVERIFY(idle());
  }
  void stoppingKeepsWhatHasCome() {
    slow();
    auto* send = find<QPushButton>("send");
    for (const bool key : {true, false}) {
      type("Tell me more");
      QCOMPARE(send->text(), QString("Stop"));
      QVERIFY(until([&] { return shown().size() > 10; }));
      type("not now");  // Enter sends nothing meanwhile
      QCOMPARE(room().composer()->text(), QString("not now"));
      room().composer()->setText({});
      if (key) keys("Esc");
      else run_->click(send);
      QVERIFY(idle());
      QCOMPARE(send->text(), QString("Send"));
      QVERIFY(!label(card(), "answerState").isEmpty());
      QVERIFY(until([&] { return shown().startsWith("w0 w1"); }));
    }
  }
  void answeringAgainAndWalkingTheBranches() {
    QVERIFY(ask("one"));
    const QString first = card()->id();
    keys("Ctrl+Return");
    QVERIFY(idle());
    QVERIFY(card()->id() != first);
    QCOMPARE(label(card(), "branchPosition"), QString("2/2"));
    run_->click(card()->findChild<QToolButton*>("branchBack"));
    QCOMPARE(card()->id(), first);
    QCOMPARE(label(card(), "branchPosition"), QString("1/2"));
    QVERIFY(!card()->findChild<QToolButton*>("branchBack")->isEnabled());
    keys("Alt+Down");
    QVERIFY(card()->id() != first);
    keys("Alt+Up");
    QCOMPARE(card()->id(), first);
    run_->click(card()->findChild<QToolButton*>("again"));
    QVERIFY(idle());
    QCOMPARE(label(card(), "branchPosition"), QString("3/3"));
  }
  void anEditedQuestionIsAskedAsABranch() {
    QVERIFY(ask("one"));
    keys("Ctrl+E");
    const auto editing = [&]() -> QPlainTextEdit* {
      for (auto* each : card(2)->findChildren<QPlainTextEdit*>("editQuestion")) {
        if (each->isVisible()) return each;
      }
      return nullptr;
    };
    QVERIFY(until([&] { return editing() && editing()->hasFocus(); }));
    QPlainTextEdit* editor = editing();
    QTest::keyClicks(editor, " more");
    QTest::keyClick(editor, Qt::Key_Escape);
    QCOMPARE(label(card(2), "questionText"), QString("one"));
    run_->click(card(2)->findChild<QToolButton*>("edit"));
    QVERIFY(until([&] { return editing(); }));
    editor = editing();
    QTest::keyClicks(editor, " and two");
    QTest::keyClick(editor, Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(room().composer()->editor()->hasFocus());
    QVERIFY(idle());
    QCOMPARE(label(card(2), "questionText"), QString("one and two"));
    QCOMPARE(label(card(2), "branchPosition"), QString("2/2"));
    run_->click(card(2)->findChild<QToolButton*>("branchBack"));
    QCOMPARE(label(card(2), "questionText"), QString("one"));
  }
  void theKeysReachEveryBranchPoint() {
    QVERIFY(ask("one"));
    const QString question = card(2)->id(), first = card()->id();
    keys("Ctrl+Return");
    QVERIFY(idle());
    const QString second = card()->id();
    QVERIFY(chat().editQuestion(question, "two"));
    QVERIFY(idle());
    const QString other = card()->id();
    keys("Alt+Up");  // this question has one answer: the one before it
    QCOMPARE(card()->id(), second);
    keys("Alt+Up");
    QCOMPARE(card()->id(), first);
    keys("Alt+Up");
    QCOMPARE(card()->id(), first);
    keys("Alt+Down");
    QCOMPARE(card()->id(), second);
    keys("Alt+Down");
    QCOMPARE(card()->id(), other);
  }
  void anEditedQuestionWaitsForTheAnswerAndForItsConversation() {
    QVERIFY(ask("one"));
    const QString id = chat().current().id;
    const auto editing = [&] { return card(2) ? card(2)->findChild<QPlainTextEdit*>("editQuestion") : nullptr; };
    run_->click(card(2)->findChild<QToolButton*>("edit"));
    QVERIFY(until([&] { return editing() && editing()->isVisible(); }));
    QTest::keyClicks(editing(), " and two");
    slow();
    QTest::keyClick(editing(), Qt::Key_Return, Qt::ControlModifier);  // the card goes with its branch
    QVERIFY(until([&] { return chat().busy(); }));
    QCOMPARE(label(card(2), "questionText"), QString("one and two"));
    chat().stop();
    QVERIFY(idle());

    run_->click(card(2)->findChild<QToolButton*>("edit"));
    QVERIFY(until([&] { return editing() && editing()->isVisible(); }));
    QTest::keyClicks(editing(), " and three");
    QVERIFY(chat().regenerate(card()->id()));
    QVERIFY(chat().busy());
    auto* accept = card(2)->findChild<QPushButton*>("acceptEdit");
    QVERIFY(accept && !accept->isEnabled());
    QTest::keyClick(editing(), Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(editing()->toPlainText(), QString("one and two and three"));
    chat().stop();
    QVERIFY(idle());
    QVERIFY(accept->isEnabled());

    keys("Ctrl+N");
    chat().open(id);
    QVERIFY(until([&] { return chat().current().id == id && editing(); }));
    QCOMPARE(editing()->toPlainText(), QString("one and two and three"));
    run_->click(card(2)->findChild<QPushButton*>("acceptEdit"));
    QVERIFY(until([&] { return label(card(2), "questionText") == "one and two and three"; }));
    chat().stop();
    QVERIFY(idle());
    run_->click(card(2)->findChild<QToolButton*>("branchBack"));
    QVERIFY(!editing());  // it was asked: nothing is left open
  }
  void escapeStopsTheAnswerFromTheRoutingBesideIt() {
    slow();
    type("Tell me more");
    QVERIFY(until([&] { return shown().size() > 10; }));
    keys("Ctrl+K");
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);  // closes the palette
    QVERIFY(chat().busy());
    auto* map = run_->find<QWidget>("routing", "routingHeatmap");
    QVERIFY(map && map->isVisible());
    map->setFocus();
    QVERIFY(map->hasFocus());
    QTest::keyClick(map, Qt::Key_Escape);
    QVERIFY(idle());
  }
  void escapeInTheTitleGivesUpWhatWasTypedThere() {
    QVERIFY(ask("a name"));
    slow();
    type("Tell me more");
    QVERIFY(until([&] { return shown().size() > 10; }));
    auto* title = find<QLineEdit>("conversationTitle");
    run_->click(title);
    title->selectAll();
    QTest::keyClicks(title, "another");
    QTest::keyClick(title, Qt::Key_Escape);
    QVERIFY(chat().busy());
    QCOMPARE(title->text(), QString("a name"));
    QVERIFY(room().composer()->editor()->hasFocus());
    QCOMPARE(chat().current().title, QString("a name"));
    QTest::keyClick(room().composer()->editor(), Qt::Key_Escape);
    QVERIFY(idle());
  }
  void searchingFindsChineseWordsToo() {
    QVERIFY(ask("A talk about turntables"));
    keys("Ctrl+N");
    QVERIFY(ask(QString::fromUtf8("请解释蒸汽机的原理")));
    keys("Ctrl+F");
    auto* search = find<QLineEdit>("conversationSearch");
    QVERIFY(search->hasFocus());
    search->insert(QString::fromUtf8("汽机"));
    QVERIFY(until([&] { return list()->model()->rowCount() == 1; }));
    QVERIFY(list()->model()->index(0, 0).data(ConversationListModel::SnippetRole).toString().contains(QString::fromUtf8("蒸汽机")));
    search->selectAll();
    QTest::keyClicks(search, "turntables");
    QVERIFY(until([&] { return titles() == QStringList{"A talk about turntables"}; }));
    QTest::keyClick(search, Qt::Key_Down);
    QVERIFY(until([&] { return chat().current().title == "A talk about turntables"; }));
    search->setFocus();
    search->selectAll();
    QTest::keyClicks(search, "zzz");
    QVERIFY(until([&] { return find<QLabel>("conversationsEmpty")->isVisible(); }));
    QVERIFY(find<QLabel>("conversationsEmpty")->text().contains("zzz"));
    // It is still searched for in the next run, and the palette knows the others.
    QVERIFY(run_->restart());
    search = find<QLineEdit>("conversationSearch");
    QCOMPARE(search->text(), QString("zzz"));
    QVERIFY(until([&] { return find<QLabel>("conversationsEmpty")->isVisible() && room().list()->everything().size() >= 2; }));
    search->setFocus();
    QTest::keyClick(search, Qt::Key_Escape);
    QVERIFY(until([&] { return list()->model()->rowCount() >= 2; }));
  }
  void renamingInTheListAndInTheTitle() {
    QVERIFY(ask("first name"));
    QVERIFY(until([&] { return titles().value(0) == "first name"; }));
    list()->setFocus();
    list()->setCurrentIndex(list()->model()->index(0, 0));
    QTest::keyClick(list(), Qt::Key_F2);
    auto* editor = list()->findChild<QLineEdit*>();
    QVERIFY(editor);
    editor->selectAll();
    QTest::keyClicks(editor, "second name");
    QTest::keyClick(editor, Qt::Key_Return);
    QVERIFY(until([&] { return titles().value(0) == "second name"; }));
    auto* title = find<QLineEdit>("conversationTitle");
    QCOMPARE(title->text(), QString("second name"));
    run_->click(title);
    title->selectAll();
    QTest::keyClicks(title, "third name");
    QTest::keyClick(title, Qt::Key_Return);
    QVERIFY(until([&] { return titles().value(0) == "third name"; }));
  }
  void deletingCanBeUndone() {
    QVERIFY(ask("keep me"));
    const QString id = chat().current().id;
    QVERIFY2(until([&] { return titles().value(0) == "keep me"; }), qPrintable(titles().join("|")));
    for (const bool key : {true, false}) {
      list()->setFocus();
      list()->setCurrentIndex(list()->model()->index(0, 0));
      QTest::keyClick(list(), Qt::Key_Delete);
      QVERIFY(chat().current().id != id);
      QVERIFY(until([&] { return !titles().contains("keep me"); }));
      auto* undo = find<QPushButton>("undoDelete");
      QVERIFY(undo->isVisible());
      QVERIFY(find<QLabel>("undoText")->toolTip().contains("keep me"));
      if (key) keys("Ctrl+Z");
      else run_->click(undo);
      QVERIFY(until([&] { return chat().current().id == id && titles().contains("keep me"); }));
      QVERIFY(!undo->isVisible());
      QCOMPARE(label(card(2), "questionText"), QString("keep me"));
    }
  }
  void deletingOffersToRedactTheAuditLog() {
    QVERIFY(ask("my secret"));
    const QString id = chat().current().id;
    AuditLog& log = *context().audit.log();
    AuditEntry entry;
    entry.kind = audit_kind::generation_started;
    entry.session = id.toStdString();
    entry.texts.push_back({"prompt", "my secret"});
    const auto written = log.append(entry);
    QVERIFY(written.ok());
    context().commands.trigger("chat.delete");
    auto* redact = find<QPushButton>("redactDeleted");
    QVERIFY(redact->isVisible());
    auto dialog = [&] { return room().findChild<QInputDialog*>("redactDialog"); };
    run_->click(redact);
    QVERIFY(dialog()->labelText().contains("my secret"));
    QVERIFY(dialog()->labelText().contains("for good"));
    QTest::keyClick(dialog(), Qt::Key_Escape);
    QVERIFY(until([&] { return !dialog(); }));
    QVERIFY(!log.entry(written->sequence)->entry.texts.empty());
    run_->click(find<QPushButton>("undoDelete"));  // still possible
    QVERIFY(until([&] { return chat().current().id == id; }));

    context().commands.trigger("chat.delete");
    run_->click(redact);
    auto* reason = dialog()->findChild<QLineEdit*>();
    reason->selectAll();
    QTest::keyClick(reason, Qt::Key_Backspace);
    QVERIFY(!dialog()->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->isEnabled());
    QTest::keyClick(reason, Qt::Key_Return);
    QVERIFY(dialog());
    QTest::keyClicks(reason, "asked for");
    QTest::mouseClick(dialog()->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok), Qt::LeftButton);
    QVERIFY(chat().removed().isEmpty());  // no way back from here
    QVERIFY(until([&] { return find<QLabel>("undoText")->toolTip().contains("redacted"); }));
    QVERIFY(log.entry(written->sequence)->entry.texts.empty());
    QVERIFY(log.entry(written->sequence + 1)->entry.extra_json.find("asked for") != std::string::npos);
    QVERIFY(!find<QPushButton>("undoDelete")->isVisible());
    QVERIFY(find<QLabel>("undoText")->isVisible());
    bool answered = false, there = true;
    services().library->load(id, this, [&](const Result<Conversation>& loaded) {
      answered = true;
      there = loaded.ok();
    });
    QVERIFY(until([&] { return answered; }));
    QVERIFY(!there);
  }
  void aNoticeGivesWayToTheOfferThatIsLeft() {
    for (const char* text : {"first talk", "second talk"}) {
      keys("Ctrl+N");
      QVERIFY(ask(text));
    }
    const QString second = chat().current().id;
    for (int i = 0; i < 2; ++i) {
      QVERIFY(until([&] { return titles().value(0) == (i ? "first talk" : "second talk"); }));
      list()->setFocus();
      list()->setCurrentIndex(list()->model()->index(0, 0));
      QTest::keyClick(list(), Qt::Key_Delete);
    }
    run_->click(find<QPushButton>("undoDelete"));  // "first talk"
    QVERIFY(until([&] { return titles().value(0) == "first talk"; }));
    auto *undo = find<QPushButton>("undoDelete"), *redact = find<QPushButton>("redactDeleted");
    QVERIFY(find<QLabel>("undoText")->toolTip().contains("second talk"));
    room().list()->showNotice("3 texts redacted", 20);
    QVERIFY(!undo->isVisible() && !redact->isVisible());
    QCOMPARE(find<QLabel>("undoText")->toolTip(), QString("3 texts redacted"));
    QVERIFY(until([&] { return undo->isVisible() && redact->isVisible(); }));
    QVERIFY(find<QLabel>("undoText")->toolTip().contains("second talk"));
    run_->click(undo);
    QVERIFY(until([&] { return chat().current().id == second; }));
    room().list()->showNotice("gone soon", 20);
    QVERIFY(until([&] { return !find<QLabel>("undoText")->isVisible(); }));
  }
  void exportedAndImportedItIsTheSame() {
    QVERIFY(ask("travel"));
    keys("Ctrl+Return");
    QVERIFY(idle());
    for (const QString& name : QStringList{"talk.json", "talk.md"}) {
      const Conversation before = chat().current();
      keys("Ctrl+S");
      auto* out = room().findChild<QFileDialog*>("saveDialog");
      QVERIFY(out);
      auto* outName = out->findChild<QLineEdit*>("fileNameEdit");
      outName->setText(run_->path(name));
      QTest::keyClick(outName, Qt::Key_Return);
      QVERIFY(until([&] { return QFileInfo(run_->path(name)).size() > 0 && !room().findChild<QFileDialog*>(); }));
      QVERIFY(until([&] { return told()->isVisible() && told()->copyText().contains(name); }));
      QVERIFY(told()->severity() == ErrorBar::Severity::Success);
      keys("Ctrl+O");
      auto* in = room().findChild<QFileDialog*>("importDialog");
      QVERIFY(in);
      auto* file = in->findChild<QLineEdit*>("fileNameEdit");
      file->setText(run_->path(name));
      QTest::keyClick(file, Qt::Key_Return);
      QVERIFY(until([&] { return chat().current().id != before.id && !room().findChild<QFileDialog*>(); }));
      QCOMPARE(chat().current().title, before.title);
      QCOMPARE(chat().tree().path().size(), 2);
      QCOMPARE(label(card(2), "questionText"), QString("travel"));
      if (name.endsWith("json")) QCOMPARE(chat().tree().size(), 3);
    }
    const auto logged = [&] { return *context().audit.log()->query(AuditFilter{{}, {}, {std::string(audit_kind::exported)}, {}, {}, {}, {}, 0, {}}); };
    QVERIFY(until([&] { return logged().size() == 2; }));
    QCOMPARE(logged()[0].entry.action, std::string("md"));
    QVERIFY(logged()[0].entry.extra_json.find("talk.md") != std::string::npos && !logged()[0].entry.session.empty());
    keys("Ctrl+O");
    auto* in = room().findChild<QFileDialog*>("importDialog");
    auto* file = in->findChild<QLineEdit*>("fileNameEdit");
    file->setText(write("broken.json", "{\"conversation\": [1, 2"));
    QTest::keyClick(file, Qt::Key_Return);
    QVERIFY(until([&] { return told()->isVisible() && told()->copyText().contains("broken.json"); }));
    // It stands until one is imported.
    QVERIFY(until([&] { return !room().findChild<QFileDialog*>(); }));
    const QString before = chat().current().id;
    keys("Ctrl+O");
    in = room().findChild<QFileDialog*>("importDialog");
    file = in->findChild<QLineEdit*>("fileNameEdit");
    file->setText(run_->path("talk.md"));
    QTest::keyClick(file, Qt::Key_Return);
    QVERIFY(until([&] { return chat().current().id != before; }));
    QVERIFY(!told()->isVisible());
    // Nothing was cut off.
    QCOMPARE(label(card(), "answerState"), QString("Imported"));
  }
  void aDroppedTextFileGoesWithTheQuestion() {
    QVERIFY(drop(&room(), {write("notes.txt", "steam = 100 °C")}));
    QVERIFY(until([&] { return room().composer()->attachmentCount() == 1; }));
    QVERIFY(find<QPushButton>("attachment.0")->text().contains("notes.txt"));
    QPlainTextEdit* editor = room().composer()->editor();
    QVERIFY(drop(editor->viewport(), {write("more.md", "# more")}));
    QVERIFY(until([&] { return room().composer()->attachmentCount() == 2; }));
    QCOMPARE(editor->toPlainText(), QString());
    auto* copied = new QMimeData;
    copied->setUrls({QUrl::fromLocalFile(run_->path("notes.txt"))});
    QGuiApplication::clipboard()->setMimeData(copied);
    editor->setFocus();
    QTest::keySequence(editor, QKeySequence::Paste);
    QVERIFY(until([&] { return room().composer()->attachmentCount() == 3; }));
    QCOMPARE(editor->toPlainText(), QString());
    run_->click(find<QPushButton>("attachment.2"));
    run_->click(find<QPushButton>("attachment.0"));
    QCOMPARE(room().composer()->attachmentCount(), 1);
    type("What does it say?");
    QVERIFY(idle());
    QVERIFY(until([&] { return label(card(2), "attachedFiles").contains("more.md"); }));
    std::lock_guard lock(run_->world->journal.mutex);
    QCOMPARE(std::get<FilePart>(run_->world->journal.requests.back().messages.back().parts.front().content).text, std::string("# more"));
  }
  void fromAnotherRoomACommandGoesToTheChat() {
    const auto toggled = [&](const QString& command) {
      run_->window().showPanel("audit");
      QVERIFY(context().commands.trigger(command));
      QVERIFY(room().isVisible());
    };
    auto* search = find<QLineEdit>("conversationSearch");
    toggled("chat.search");
    QVERIFY(search->isVisible() && search->hasFocus());
    toggled("chat.search");  // again: it does not hide what it searches
    QVERIFY(search->isVisible() && search->hasFocus());
    toggled("chat.settings");
    QVERIFY(room().settingsShown());
    toggled("chat.settings");
    QVERIFY(room().settingsShown());
    toggled("chat.edit");
    // Where there is no room for both, the drawer gives way to the list.
    const QSize before = run_->window().size();
    room().setFixedWidth(700);
    QVERIFY(!search->isVisible());
    keys("Ctrl+F");
    QVERIFY(search->isVisible() && search->hasFocus());
    QVERIFY(!room().settingsShown());
    room().setMinimumWidth(0);
    room().setMaximumWidth(QWIDGETSIZE_MAX);
    run_->window().resize(before);
    room().setSettingsShown(false);
  }
  void thePaletteKnowsConversationsThatAreFilteredOut() {
    QVERIFY(ask("about steam engines"));
    const QString id = chat().current().id;
    const auto known = [&] {
      for (const PaletteTarget& target : context().commands.targets()) {
        if (target.id == "conversation." + id) return target.title;
      }
      return QString();
    };
    QVERIFY(until([&] { return known() == chat().current().title; }));
    auto* search = find<QLineEdit>("conversationSearch");
    search->setText("zebra");
    QVERIFY(until([&] { return titles().isEmpty(); }));
    QVERIFY(!known().isEmpty());
    chat().rename(id, "Boilers");
    QVERIFY(until([&] { return known() == "Boilers"; }));
    search->clear();
    QVERIFY(until([&] { return titles().contains("Boilers"); }));
  }
  void whatIsNoTextIsRefusedWithItsReason_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("reason");
    QTest::newRow("binary") << QByteArray("\x7f" "ELF\0\0\x80\xff", 8) << "UTF-8";
    QTest::newRow("huge") << QByteArray(9 << 20, 'x') << "bytes";
  }
  void whatIsNoTextIsRefusedWithItsReason() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, reason);
    QVERIFY(drop(&room(), {write("file.bin", bytes)}));
    QVERIFY(until([&] { return told()->isVisible(); }));
    QVERIFY2(told()->copyText().contains("file.bin") && told()->copyText().contains(reason), qPrintable(told()->copyText()));
    QCOMPARE(room().composer()->attachmentCount(), 0);
    QVERIFY(!drop(&room(), {"http://example.org/x.txt"}));
  }
  void aClickedTokenIsChosenAndItsExpertsAreShown() {
    QVERIFY(ask("alpha beta gamma"));
    clickWord("beta");
    const TokenRange chosen = context().selection.value();
    QCOMPARE(chosen.answer, card()->id());
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(QString::fromStdString(context().sessions.snapshot(chosen.answer)->contextText(chosen.first)), QString(" beta"));
    QVERIFY(label(card(), "tokenText").contains("beta"));
    QVERIFY(label(card(), "tokenDetail").contains("%"));
    clickWord("gamma", Qt::ShiftModifier);
    QCOMPARE(context().selection.value().first, chosen.first);
    QVERIFY(context().selection.value().size() > 1);
    QVERIFY(label(card(), "tokenText").contains("gamma"));
    clickWord("beta");
    keys("Alt+Right");
    QCOMPARE(context().selection.value().first, chosen.first + 1);
    keys("Alt+Left");
    QCOMPARE(context().selection.value().first, chosen.first);
    run_->click(card()->findChild<QToolButton*>("tokenForward"));
    QCOMPARE(context().selection.value().first, chosen.first + 1);
    run_->click(card()->findChild<QToolButton*>("tokenClose"));
    QVERIFY(!context().selection.value().hasTokens());
    QVERIFY(!card()->findChild<QWidget*>("tokenBar")->isVisible());
    clickWord("beta");
    clickWord("beta");  // a second click takes it back
    QVERIFY(!context().selection.value().hasTokens());
  }
  void reasoningFolds() {
    script([](fake::Script& s) { s.answer = [](const auto&) { return std::string("<think>two and two</think>\n\nFour."); }; });
    type("2+2");
    QVERIFY(idle());
    QVERIFY(until([&] { return shown() == "Four."; }));
    auto* toggle = card()->findChild<QToolButton*>("reasoningToggle");
    QVERIFY(toggle->text().contains("11"));
    run_->click(toggle);
    auto* thought = card()->findChild<QWidget*>("reasoning")->findChild<MarkdownView*>();
    QVERIFY(until([&] { return thought->isVisible() && thought->toPlainText() == "two and two"; }));
    clickWord("and");  // in the fold, which is now the first view
    QCOMPARE(QString::fromStdString(context().sessions.snapshot(card()->id())->contextText(context().selection.value().first)), QString(" and"));
    run_->click(toggle);
    QVERIFY(!thought->isVisible());
  }
  void anErrorInMidAnswerStandsBelowWhatHasCome() {
    script([](fake::Script& s) { s.failAfter = Error{ErrorCode::io, "read weights", "mini.gguf", "4096 bytes", "0"}; });
    type("one two three four five");
    QVERIFY(idle());
    auto* error = card()->findChild<ErrorBar*>("answerError");
    QVERIFY(error->isVisible());
    QVERIFY(error->copyText().contains("mini.gguf"));
    QVERIFY(until([&] { return shown().startsWith("Answer"); }));
    script([](fake::Script& s) { s.failAfter.reset(); });
    run_->click(card()->findChild<QToolButton*>("again"));
    QVERIFY(idle());
    QVERIFY(!card()->findChild<ErrorBar*>("answerError")->isVisible());
  }
  void aFullContextIsTold() {
    script([](fake::Script& s) { s.contextTokens = 40; });
    context().engine.unload(run_->embedded);
    context().engine.load(run_->embedded);
    QVERIFY(until([&] { return context().engine.current() != nullptr; }));
    QVERIFY(ask("a b c d e f g h"));
    QVERIFY(ask("i j k l m"));
    QVERIFY(ask("n o p q r"));
    QVERIFY2(label(card(), "answerState").contains("left out"), qPrintable(label(card(), "answerState")));
    slow();
    type("s");
    QVERIFY(idle());
    QVERIFY(chat().tree().find(chat().tree().leaf())->facts->finish == FinishReason::context_full);
    QVERIFY(!label(card(), "answerState").isEmpty());
    script([](fake::Script& s) { s.contextTokens = 512; });
    context().engine.unload(run_->embedded);
    context().engine.load(run_->embedded);
    QVERIFY(until([&] { return context().engine.current() != nullptr; }));
  }
  void withoutAModelItSaysSoAndOffersOne() {
    context().engine.unload(run_->embedded);
    auto* load = find<QPushButton>("loadEmbedded");
    QVERIFY(until([&] { return load->isVisible(); }));
    QVERIFY(find<QLabel>("welcomeTitle")->text().contains("No model"));
    type("Anyone there?");
    auto* error = card()->findChild<ErrorBar*>("answerError");
    QVERIFY(error->isVisible());
    keys("Ctrl+N");
    script([](fake::Script& s) { s.loadError = Error{ErrorCode::malformed, "load model", "mini.gguf", "magic \"GGUF\"", "\"oops\""}; });
    run_->click(load);
    QVERIFY(until([&] { return find<ErrorBar>("welcomeError")->isVisible(); }));
    QVERIFY(find<ErrorBar>("welcomeError")->copyText().contains("oops"));
    script([](fake::Script& s) { s.loadError.reset(); });
    run_->click(load);
    QVERIFY(until([&] { return context().engine.current() != nullptr; }));
    QVERIFY(!load->isVisible());
    QVERIFY(ask("And now?"));
  }
  void aQuestionWaitsForAModelThatLoads() {
    context().engine.unload(run_->embedded);
    script([](fake::Script& s) { s.loadMs = 100; });
    context().engine.load(run_->embedded);
    type("Early");
    QVERIFY(label(card(), "answerState").contains("until a model"));
    QVERIFY(idle());
    QVERIFY(until([&] { return shown() == "Answer to: Early"; }));
  }
  void anEditedRoutingLabelsTheAnswerAndTheConversation() {
    auto* chip = find<QToolButton>("routingEdits");
    QVERIFY(ask("plain"));
    QVERIFY(!chip->isVisible());
    RoutingEdits edits;
    edits.name = "without 3";
    edits.experts = {{2, 3, ExpertAction::disable, 0}};
    QVERIFY(context().sessions.setEdits(chat().current().id, edits).ok());
    QVERIFY(chip->isVisible());
    QCOMPARE(chip->text(), QString("without 3"));
    QVERIFY(!card()->findChild<QPushButton*>("editedRouting")->isVisible());
    QVERIFY(ask("edited"));
    auto* mark = card()->findChild<QPushButton*>("editedRouting");
    QVERIFY(mark->isVisible() && mark->text().contains("without 3"));
    QTest::mouseClick(card()->findChild<QToolButton*>("copy"), Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), "> Edited routing: without 3 (" + QString::fromStdString(edits.summary()) + ")\n\nAnswer to: edited");
    run_->click(mark);
    QVERIFY(until([&] { return run_->window().panelWidget("routing")->isVisible(); }));
  }
  void aWrongSlashCommandIsToldAndADoubleSlashIsText() {
    type("/nothing at all");
    QVERIFY(told()->isVisible());
    QCOMPARE(room().composer()->text(), QString("/nothing at all"));
    QVERIFY(chat().tree().empty());
    room().composer()->setText({});
    QVERIFY(ask("//etc is a folder"));
    QCOMPARE(label(card(2), "questionText"), QString("/etc is a folder"));
  }
  void theDrawerSetsPromptAndSampling() {
    QVERIFY(ask("w"));  // the scripted engine knows the tokens that it has said
    keys("Ctrl+N");
    keys("Ctrl+Shift+S");
    QVERIFY(room().settingsShown());
    auto* system = find<QPlainTextEdit>("systemPrompt");
    run_->click(system->viewport());
    QTest::keyClicks(system, "Be brief.");
    auto* temperature = find<QDoubleSpinBox>("temperature");
    temperature->setFocus();
    temperature->selectAll();
    QTest::keyClicks(temperature, "0.35");
    QTest::keyClick(temperature, Qt::Key_Tab);
    QCOMPARE(find<QComboBox>("preset")->currentIndex(), -1);
    QCOMPARE(find<QComboBox>("preset")->placeholderText(), QString("Your own"));
    QVERIFY(ask("x"));
    {
      std::lock_guard lock(run_->world->journal.mutex);
      const GenerationRequest& request = run_->world->journal.requests.back();
      QVERIFY(request.messages.front().role == Role::system);
      QCOMPARE(request.sampling.temperature, 0.35f);
    }
    auto* preset = find<QComboBox>("preset");
    preset->setFocus();
    QTest::keyClick(preset, Qt::Key_Home);
    QTest::keyClick(preset, Qt::Key_Return);
    find<QPlainTextEdit>("systemPrompt")->clear();
    // A bias names a token by its text.
    auto* bias = find<QPlainTextEdit>("logitBias");
    auto* problem = find<QLabel>("logitBiasProblem");
    const auto biased = [&] { return chat().current().sampling.logit_bias.size(); };
    run_->click(bias->viewport());
    QTest::keyClicks(bias, " to:: 2.5");
    QCOMPARE(biased(), std::size_t{0});  // not while it is being written
    QTest::keyClick(bias, Qt::Key_Return);
    QCOMPARE(biased(), std::size_t{1});
    QCOMPARE(preset->currentIndex(), -1);  // no preset has one
    QTest::keyClicks(bias, "#7: never");
    QVERIFY(until([&] { return biased() == 2; }));  // it rests
    QVERIFY2(problem->isHidden(), qPrintable(problem->text()));
    // What cannot be read changes nothing.
    QTest::keyClick(bias, Qt::Key_Return);
    QTest::keyClicks(bias, "#9: 3 nothing=3");
    QVERIFY(ask("y"));  // goes elsewhere
    QVERIFY(problem->isVisible() && problem->text().contains("nothing=3"));
    {
      std::lock_guard lock(run_->world->journal.mutex);
      const auto& sent = run_->world->journal.requests.back().sampling.logit_bias;
      QCOMPARE(sent.size(), std::size_t{2});
      QVERIFY(std::isinf(sent.at(7)));
      for (const auto& [token, value] : sent) {
        if (token != 7) QCOMPARE(QString::fromStdString(context().engine.api().tokenText(*context().engine.current(), token)), QString(" to:"));
      }
    }
    // A preset takes it back.
    preset->setFocus();
    QTest::keyClick(preset, Qt::Key_Home);
    QTest::keyClick(preset, Qt::Key_Return);
    QCOMPARE(biased(), std::size_t{0});
    QVERIFY(bias->toPlainText().isEmpty() && problem->isHidden());
    // The longest answer has at least one token, and what is beyond the limit becomes the limit.
    auto* longest = find<QSpinBox>("maxTokens");
    const auto limit = [&](const char* text) {
      longest->selectAll();
      QTest::keyClicks(longest, text);
      QTest::keyClick(longest, Qt::Key_Return);
      return chat().current().sampling.max_tokens;
    };
    QCOMPARE(limit("1"), 1);
    QCOMPARE(limit("0"), -1);
    QCOMPARE(longest->text(), longest->specialValueText());
    QCOMPARE(limit("999999999"), 1000000);
    longest->setValue(0);
    // Values of one's own are saved under a name, chosen again, and deleted.
    auto *save = find<QToolButton>("savePreset"), *remove = find<QToolButton>("deletePreset");
    QVERIFY(!save->isEnabled() && !remove->isEnabled());  // a built-in preset is on show
    temperature->setValue(0.35);
    run_->click(save);
    auto* dialog = find<QInputDialog>("presetName");
    QVERIFY(dialog && dialog->isVisible());
    QTest::keyClicks(dialog->findChild<QLineEdit*>(), "Mine");
    QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
    QCOMPARE(preset->currentText(), QString("Mine"));
    QVERIFY(run_->stored().value(chat_keys::presets).toString().contains("Mine"));
    temperature->setValue(1.5);
    QCOMPARE(preset->currentIndex(), -1);
    QVERIFY(until([&] { return !QApplication::activeModalWidget(); }));
    run_->window().activateWindow();
    preset->setFocus();
    QTest::keyClick(preset, Qt::Key_End);
    QTest::keyClick(preset, Qt::Key_Return);
    QCOMPARE(temperature->value(), 0.35);
    QVERIFY(remove->isEnabled());
    run_->click(remove);
    QCOMPARE(preset->findText("Mine"), -1);
    QVERIFY(!run_->stored().value(chat_keys::presets).toString().contains("Mine"));
    preset->setFocus();
    QTest::keyClick(preset, Qt::Key_Home);
    QTest::keyClick(preset, Qt::Key_Return);
    run_->click(find<QToolButton>("closeSettings"));
    QVERIFY(!room().settingsShown());
  }
  void aChangedFieldLeavesTheOthersAsTheyAre() {
    ConversationSettings drawer(TokenFinder(context().engine));
    SamplingSettings given;
    given.temperature = 0.725f;
    given.min_p = 0.005f;
    given.top_p = 0.9995f;
    given.seed = 7;
    drawer.setValues({}, given);
    QSignalSpy changed(&drawer, &ConversationSettings::samplingChanged);
    drawer.findChild<QSpinBox*>("topK")->setValue(11);
    given.top_k = 11;
    QCOMPARE(changed.size(), 1);
    QCOMPARE(samplingToJson(drawer.sampling()), samplingToJson(given));
    // A seed of more than 64 bits is refused where it stands; the last good one holds.
    auto* seed = drawer.findChild<QLineEdit*>("seed");
    auto* problem = drawer.findChild<QLabel*>("seedProblem");
    QVERIFY(problem->isHidden());
    seed->setText("18446744073709551616");
    QVERIFY(!problem->isHidden());
    QVERIFY(drawer.sampling().seed == std::optional<std::uint64_t>(7));
    seed->setText("18446744073709551615");
    QVERIFY(problem->isHidden());
    QVERIFY(drawer.sampling().seed == std::optional<std::uint64_t>(18446744073709551615u));
    seed->clear();
    QVERIFY(problem->isHidden());
    QVERIFY(!drawer.sampling().seed);
  }
  void aBiasBeingWrittenIsReadAgainWhenAModelComes() {
    const auto world = std::make_shared<fake::World>();
    world->change([](fake::Script& s) {
      for (const char* path : {"/a.gguf", "/b.gguf"}) s.files[path] = fake::modelInfo(path, s);
    });
    EngineApi api = fake::api(world);
    api.tokenText = [](const Model& model, std::int32_t id) -> std::string {
      if (model.info().name == "a") return id == 0 ? " sure" : id == 1 ? " maybe" : "";
      return id == 0 ? " maybe" : "";
    };
    EngineController engine(std::move(api));
    engine.start({});
    ConversationSettings drawer{TokenFinder(engine)};
    connect(&engine, &EngineController::currentChanged, &drawer, &ConversationSettings::showModel);
    auto* bias = drawer.findChild<QPlainTextEdit*>("logitBias");
    auto* problem = drawer.findChild<QLabel*>("logitBiasProblem");
    bias->setPlainText(" sure: 2\n");
    QVERIFY(until([&] { return !problem->isHidden(); }));
    engine.load("/a.gguf");
    QVERIFY(until([&] { return problem->isHidden(); }));
    QCOMPARE(bias->toPlainText(), QString(" sure: 2\n"));
    QCOMPARE(drawer.sampling().logit_bias, (std::map<std::int32_t, float>{{0, 2}}));
    // What is in force is said in the other model's words; what is not stays as it was written.
    engine.load("/b.gguf");
    QVERIFY(until([&] { return bias->toPlainText() == " maybe: 2"; }));
    bias->setPlainText(" maybe: 2\n sur");
    QVERIFY(until([&] { return !problem->isHidden(); }));
    engine.load("/a.gguf");
    QVERIFY(until([&] { return engine.currentPath() == "/a.gguf"; }));
    QVERIFY(until([&] { return problem->text().contains("sur") && drawer.sampling().logit_bias.count(0) == 1; }));
    QCOMPARE(bias->toPlainText(), QString(" maybe: 2\n sur"));
    QCOMPARE(drawer.sampling().logit_bias, (std::map<std::int32_t, float>{{0, 2}}));
  }
  void olderMessagesComeOnRequest() {
    Conversation longOne;
    longOne.id = "long";
    longOne.title = "long";
    QString parent;
    for (int i = 0; i < 100; ++i) {
      ChatMessage message;
      message.id = QString("m%1").arg(i);
      message.parent = parent;
      message.content = Message::text(i % 2 ? Role::assistant : Role::user, "message " + std::to_string(i));
      if (i % 2) message.facts.emplace().finish = FinishReason::end_token;
      longOne.tree.add(message);
      parent = message.id;
    }
    chat().import(longOne);
    QCOMPARE(room().messages()->cards().size(), MessageView::kFirstCards);
    auto* earlier = find<QPushButton>("showEarlier");
    QScrollBar* bar = room().messages()->verticalScrollBar();
    QVERIFY(until([&] { return bar->maximum() > 1000 && room().messages()->atEnd(); }));  // laid out
    QVERIFY(earlier->isVisibleTo(&room()));
    for (const int cards : {2 * MessageView::kFirstCards, 100}) {
      bar->triggerAction(QScrollBar::SliderToMinimum);
      QTest::qWait(1);
      run_->click(earlier);
      QCOMPARE(room().messages()->cards().size(), cards);
      QVERIFY2(until([&] { return bar->value() > 0 && !room().messages()->atEnd(); }), qPrintable(QString("%1 of %2").arg(bar->value()).arg(bar->maximum())));
    }
    QVERIFY(!earlier->isVisibleTo(&room()));
    auto* toEnd = find<QToolButton>("toEnd");
    QVERIFY(until([&] { return toEnd->isVisible(); }));
    run_->click(toEnd);
    QVERIFY(room().messages()->atEnd());
  }
  void whatCannotBeSavedIsToldUntilItIs() {
    setVersion(99);
    QVERIFY(run_->restart());
    auto* bar = find<ErrorBar>("notSaved");
    QVERIFY(bar->isHidden());
    QVERIFY(ask("kept in memory"));
    QVERIFY(until([&] { return bar->isVisible(); }));
    const QString now = QLocale().toString(services().library->notSavedYet()->since.time(), QLocale::ShortFormat);
    QVERIFY2(bar->copyText().contains("Not saved since " + now) && bar->copyText().contains("version 99"), qPrintable(bar->copyText()));
    Q_EMIT chat().problem({ErrorCode::io, "read", "x", "a", "b"});  // takes nothing away
    QVERIFY(bar->isVisible() && told()->isVisible());
    bar->dismiss();
    QVERIFY(ask("more"));
    QVERIFY(bar->isVisible());  // with the next message it says so again
    setVersion(1);
    services().library->tryNow(this, [] {});
    QVERIFY(until([&] { return bar->isHidden(); }));
    QCOMPARE(find<QLabel>("undoText")->toolTip(), QString("Everything is saved again"));
  }
  // Opening a conversation, sending and what else is told take none of them away.
  void noticesStayUntilTheyArePutAway() {
    QVERIFY(ask("before the damage"));
    const QString id = chat().current().id;
    run_->stop();
    {
      const auto database = Database::open(run_->path("data/conversations.db"), "damage");
      QVERIFY(database.ok() && (*database)->run("damage", "DROP TABLE search_titles").ok());
    }
    {
      QFile file(run_->path("data/conversations.db"));  // nobody is writing it any more
      QVERIFY(file.open(QIODevice::ReadWrite) && file.setFileTime(QDateTime::currentDateTimeUtc().addSecs(-60), QFileDevice::FileModificationTime));
    }
    const QString broken = write("data/conversations.unsaved-x.json", R"({"roundhouse_unsaved": 1, "conversations": "oops"})");
    QVERIFY(run_->start());
    auto* bar = find<ErrorBar>("chatNotice");
    QVERIFY2(until([&] { return chat().current().id == id && services().library->notices().size() == 2; }), qPrintable(bar->copyText()));
    Q_EMIT services().library->takenIn(3);
    QVERIFY(ask("and on"));
    keys("Ctrl+N");
    chat().open(id);
    Q_EMIT chat().problem({ErrorCode::io, "read", "x", "a", "b"});
    const QString text = bar->copyText();
    QVERIFY(bar->isVisible() && bar->severity() == ErrorBar::Severity::Warning);
    QVERIFY2(text.startsWith("Messages of an earlier run could not be read; they stay in " + QDir::toNativeSeparators(broken)), qPrintable(text));
    QVERIFY2(text.contains("expected an array as \"conversations\", found a text") && text.contains("1 more message"), qPrintable(text));
    context().settings.set(keys::language, QStringLiteral("zh_CN"));  // makes the window anew
    QVERIFY(until([&] { return find<ErrorBar>("chatNotice") != bar; }));
    context().settings.remove(keys::language);
    const QPointer<ErrorBar> other = find<ErrorBar>("chatNotice");
    QVERIFY(until([&] { return !other; }));
    run_->window().showPanel("chat");
    bar = find<ErrorBar>("chatNotice");
    QCOMPARE(bar->copyText(), text);
    QVERIFY(bar->isVisible());
    run_->click(bar->findChild<QToolButton*>("errorClose"));
    QVERIFY(bar->isVisible());
    QVERIFY2(bar->copyText().startsWith("The conversations' database was damaged and has been restored") && bar->copyText().contains(".damaged-"), qPrintable(bar->copyText()));
    run_->click(bar->findChild<QToolButton*>("errorClose"));
    QVERIFY(bar->isHidden() && services().library->notices().isEmpty());
    QVERIFY(QFile::remove(broken));  // it stayed
  }
  void aDatabaseThatIsPutRightWhileTheWindowRunsIsAWarning() {
    QVERIFY(ask("still here"));
    QVERIFY(until([&] { return !services().library->unsaved(); }));
    QVERIFY(QFile::remove(run_->path("data/conversations.db")));
    QVERIFY(ask("goes on"));
    QVERIFY(until([&] { return !services().library->notices().isEmpty(); }));
    auto* bar = find<ErrorBar>("chatNotice");
    QVERIFY(bar->isVisible() && bar->severity() == ErrorBar::Severity::Warning && told()->isHidden());
    QVERIFY2(bar->copyText().startsWith("The conversations' database was deleted or replaced"), qPrintable(bar->copyText()));
    QVERIFY2(!bar->copyText().contains("try again") && bar->copyText().contains("stands there again"), qPrintable(bar->copyText()));
    run_->click(bar->findChild<QToolButton*>("errorClose"));
    QVERIFY(bar->isHidden());
  }
  void whatIsTriedAgainByItselfNeedsNoAdvice() {
    auto* bar = find<ErrorBar>("notSaved");
    const auto other = Database::open(run_->path("data/conversations.db"), "lock");
    QVERIFY(other.ok() && (*other)->run("lock", "BEGIN IMMEDIATE").ok());
    type("waits");
    services().library->tryNow(this, [] {});
    QVERIFY(until([&] { return bar->isVisible(); }));
    QVERIFY2(bar->copyText().contains("is tried again every few seconds") && !bar->copyText().contains("then try again"), qPrintable(bar->copyText()));
    QVERIFY((*other)->run("unlock", "COMMIT").ok());
    QVERIFY(idle());
    services().library->tryNow(this, [] {});
    QVERIFY(until([&] { return bar->isHidden(); }));
  }
  void closingAsksWhileSomethingIsNotSaved() {
    setVersion(99);
    QVERIFY(run_->restart());
    QVERIFY(ask("not to be lost"));
    const QString id = chat().current().id;
    QVERIFY(until([&] { return find<ErrorBar>("notSaved")->isVisible(); }));
    const auto question = [&] { return room().findChild<QMessageBox*>("unsavedQuestion"); };
    const auto asked = [&] { return until([&] { return question() && question()->isVisible(); }); };
    const auto answered = [&] { return until([&] { return !question(); }); };
    const auto press = [&](const char* button) { run_->click(question()->findChild<QPushButton*>(button)); };
    const auto kept = [&] { return QDir(run_->path("data")).entryList({"conversations.unsaved-*.json"}); };
    MainWindow& window = run_->window();

    keys("Ctrl+Q");
    QVERIFY(asked());
    QVERIFY2(question()->informativeText().contains("version 99") && question()->informativeText().contains(run_->path("data")), qPrintable(question()->informativeText()));
    QVERIFY(!question()->iconPixmap().isNull() && !question()->informativeText().contains("Tried again"));
    QCOMPARE(question()->defaultButton()->text(), QString("Try again"));
    for (const char* button : {"tryAgain", "closeAnyway", "stay"}) {
      auto* each = question()->findChild<QPushButton*>(button);
      QVERIFY(each && each->focusPolicy() != Qt::NoFocus && !each->text().isEmpty());
    }
    press("stay");
    QVERIFY(answered());
    QVERIFY(window.isVisible() && kept().isEmpty());

    window.close();
    QVERIFY(asked());
    QTest::keyClick(question(), Qt::Key_Escape);  // is to stay
    QVERIFY(answered());
    QVERIFY(window.isVisible());

    window.close();
    QVERIFY(asked());
    const QPointer<QMessageBox> first = question();
    QTest::keyClick(question(), Qt::Key_Return);  // tries again: in vain
    QVERIFY(until([&] { return !first && question(); }));
    QVERIFY(window.isVisible());
    static const QRegularExpression tried("^Tried again at \\d\\d:\\d\\d:\\d\\d, still not saved\\.");
    QVERIFY2(question()->informativeText().contains(tried), qPrintable(question()->informativeText()));
    setVersion(1);
    press("tryAgain");  // and with success
    QVERIFY(until([&] { return !window.isVisible(); }));
    QVERIFY(!services().library->unsaved() && kept().isEmpty());

    setVersion(99);
    QVERIFY(run_->restart());
    QVERIFY(ask("kept in a file"));
    const QString second = chat().current().id;
    QVERIFY(until([&] { return find<ErrorBar>("notSaved")->isVisible(); }));
    run_->window().close();
    QVERIFY(asked());
    press("closeAnyway");
    QVERIFY(until([&] { return !run_->window().isVisible(); }));
    const QByteArray said = conversationToJson(chat().current());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("2 messages of 1 conversations could not be saved: .*version 99.* kept in .*unsaved"));
    QTest::failOnWarning(QRegularExpression("lost"));
    run_->stop();
    QCOMPARE(kept().size(), 1);

    setVersion(1);
    QVERIFY(run_->start());
    QVERIFY(until([&] { return kept().isEmpty(); }));
    QVERIFY2(until([&] { return told()->copyText().contains("of an earlier run that could not be saved then"); }), qPrintable(told()->copyText()));
    const auto stored = storedConversations(run_->path("data/conversations.db"), {});
    QCOMPARE(conversationToJson(*stored->load(second)), said);
    QCOMPARE(stored->load(id)->tree.size(), 2);
  }
  void whatAnotherWindowWritesIsListed() {
    QVERIFY(ask("shared talk"));
    QVERIFY(until([&] { return titles().contains("shared talk"); }));
    ConversationChanges theirs;
    theirs.id = chat().current().id;
    theirs.title = "renamed elsewhere";
    QVERIFY(storedConversations(run_->path("data/conversations.db"), {})->save(theirs).ok());
    QVERIFY(until([&] { return titles().contains("renamed elsewhere"); }));
    QVERIFY(until([&] { return find<QLineEdit>("conversationTitle")->text() == "renamed elsewhere"; }));
  }
  void whatWasOnShowAndBeingWrittenIsThereAtTheNextStart() {
    QVERIFY(ask("where was I"));
    const QString id = chat().current().id;
    QVERIFY(drop(&room(), {write("notes.txt", "noted")}));
    QVERIFY(until([&] { return room().composer()->attachmentCount() == 1; }));
    room().composer()->setText("half a quest");
    QVERIFY(run_->restart());
    QVERIFY(until([&] { return chat().current().id == id; }));
    QCOMPARE(label(card(2), "questionText"), QString("where was I"));
    QCOMPARE(room().composer()->text(), QString("half a quest"));
    QCOMPARE(room().composer()->attachmentCount(), 1);
    room().composer()->setText("half a question");
    QVERIFY(until([&] { return run_->stored()["chat/draft"].toString().contains("half a question"); }));  // a kill leaves that
    room().composer()->take();
    keys("Ctrl+N");
    QVERIFY(run_->restart());
    QVERIFY(chat().tree().empty());
    QVERIFY(room().composer()->empty());
    bool answered = false;  // behind a conversation that might still come
    services().library->load("none", this, [&](const Result<Conversation>&) { answered = true; });
    QVERIFY(until([&] { return answered; }));
    QVERIFY(chat().tree().empty());
  }
  void whateverADraftHoldsTheProgramStarts() {
    Message draft;
    draft.parts = {{ImagePart{"image/png", {}, 1, 1}, {}},     {TextPart{"half a quest"}, {}},
                   {AudioPart{"audio/wav", {}, 8000, 1}, {}},  {ReasoningPart{"well"}, {}},
                   {ToolCallPart{"1", "calculate", "{}"}, {}}, {FilePart{"notes.txt", "text/plain", "noted"}, {}},
                   {ToolResultPart{"1", "calculate", "42", {}}, {}}};
    run_->stop();
    {
      SettingsStore store(run_->path("settings.ini"));
      store.write(chat_keys::draft, QString::fromUtf8(messagePartsToJson(draft)));
      QVERIFY(store.flush().ok());
    }
    QVERIFY(run_->start());
    QCOMPARE(room().composer()->text(), QString("half a quest"));
    QCOMPARE(room().composer()->attachmentCount(), 1);
    QVERIFY(find<QPushButton>("attachment.0")->text().contains("notes.txt"));
    room().composer()->take();
    // A composer that is given something else shows what it came from.
    Composer composer;
    PartOrigin origin;
    origin.source = "photo.png";
    composer.putBack({QString(), {{ImagePart{"image/png", {}, 1, 1}, origin}}});
    QVERIFY(composer.findChild<QPushButton*>("attachment.0")->text().contains("photo.png"));
  }
  // A change of language makes the window anew; what was begun in the old one goes on.
  void whatIsUnderWayOutlivesTheWindow() {
    QVERIFY(ask("travel"));
    const auto exports = [&] { return context().audit.log()->query(AuditFilter{{}, {}, {std::string(audit_kind::exported)}, {}, {}, {}, {}, 0, {}})->size(); };
    const auto before = exports();
    const auto anew = [&](const char* language) {
      const QPointer<ChatWidget> old = &room();
      context().settings.set(keys::language, QString::fromLatin1(language));
      QVERIFY(until([&] { return !old; }));
      run_->window().showPanel("chat");
    };
    // A tool, an export and a file that is being read.
    ChatController::ToolResult finish;
    chat().setToolCaller([&](const ToolCallPart&, const QString&, const CancelToken&, QObject*, ChatController::ToolResult done) { finish = std::move(done); });
    QVERIFY(chat().callTool("/calculate 6*", ToolCallPart{"1", "calculate", "{}"}));
    services().exportConversation(run_->path("travel.json"), false, chat().current(), &room(), [window = QPointer<ChatWidget>(&room())](const Status&) {
      if (!window) QFAIL("that window is gone");
    });
    room().composer()->attach({write("notes.txt", "noted")});
    anew("zh_CN");
    QVERIFY(chat().busy());
    QVERIFY(until([&] { return room().composer()->attachmentCount() == 1; }));
    QVERIFY(until([&] { return exports() == before + 1; }));
    room().composer()->take();
    finish(Error{ErrorCode::invalid_argument, "call tool", "calculate", "two numbers", "nothing"});
    QCOMPARE(room().composer()->text(), QString("/calculate 6*"));
    QVERIFY(told()->isVisible() && told()->copyText().contains("two numbers"));
    QVERIFY(!chat().busy());
    room().composer()->take();
    // A conversation that is being imported.
    const QString id = chat().current().id;
    keys("Ctrl+O");
    auto* file = room().findChild<QFileDialog*>("importDialog")->findChild<QLineEdit*>("fileNameEdit");
    file->setText(run_->path("travel.json"));
    QTest::keyClick(file, Qt::Key_Return);
    anew("en");
    QVERIFY(until([&] { return chat().current().id != id; }));
    QCOMPARE(chat().current().title, QString("travel"));
    // The end of the program waits for an export.
    services().exportConversation(run_->path("last.json"), false, chat().current(), &room(), [](const Status&) {});
    QVERIFY(run_->restart());
    QVERIFY(QFileInfo(run_->path("last.json")).size() > 0);
    QCOMPARE(exports(), before + 2);
    context().settings.remove(keys::language);
  }
  void editsOfAnotherModelAreToldAndKept() {
    QVERIFY(ask("one"));
    RoutingEdits edits;
    edits.experts = {{-1, 7, ExpertAction::disable, 0}};
    QVERIFY(context().sessions.setEdits(chat().current().id, edits).ok());
    auto* chip = find<QToolButton>("routingEdits");
    QVERIFY(chip->isVisible());
    QCOMPARE(chip->text(), QString("Edited routing"));
    script([](fake::Script& s) { s.experts = 4; });
    context().engine.load(run_->addModel("small.gguf"));
    QVERIFY(until([&] { return chip->text() == "Routing edits not in force"; }));
    QVERIFY(chip->toolTip().contains("do not fit this model"));
    script([](fake::Script& s) { s.experts = 8; });
    context().engine.load(run_->addModel("large.gguf"));
    QVERIFY(until([&] { return chip->text() == "Edited routing"; }));
    context().engine.load(run_->embedded);
    QVERIFY(until([&] { return context().engine.currentPath() == run_->embedded; }));
  }
  void answersOfAnEarlierRunKeepTheirTokens() {
    QVERIFY(ask("remember me"));
    const QString id = chat().current().id, answer = card()->id();
    const AnswerSnapshotPtr made = context().sessions.snapshot(answer);
    QVERIFY(made->trace.layer_count() > 0);
    keys("Ctrl+N");
    QVERIFY(run_->restart());
    QVERIFY(until([&] { return titles().contains("remember me"); }));
    chat().open(id);
    QVERIFY(until([&] { return context().sessions.snapshot(answer) != nullptr; }));
    const AnswerSnapshotPtr kept = context().sessions.snapshot(answer);
    QCOMPARE(testing::trace_text(kept->trace, &RoutingTrace::write_json), testing::trace_text(made->trace, &RoutingTrace::write_json));
    QCOMPARE(kept->result->stats.generated_tokens, made->result->stats.generated_tokens);
    QVERIFY(until([&] { return chat().current().id == id && shown() == "Answer to: remember me"; }));
    clickWord("remember");
    QCOMPARE(context().selection.value().answer, answer);
    QCOMPARE(context().selection.value().size(), 1);
    QVERIFY(label(card(), "tokenText").contains("remember"));
    QVERIFY(label(card(), "tokenDetail").contains("%"));
  }
  void tokensAreNotKeptWhenThatIsNotWanted() {
    context().settings.set(keys::keepAnswers, false);
    QVERIFY(ask("forget me"));
    const QString id = chat().current().id, answer = card()->id();
    run_->stop();
    QVERIFY(!QFile::exists(run_->path(QString("data/%1/%2/%3.json").arg(QLatin1String(kAnswersFolder), id, answer))));
    QVERIFY(run_->start());
    chat().open(id);
    QVERIFY(until([&] { return chat().current().id == id && shown() == "Answer to: forget me"; }));
    context().settings.remove(keys::keepAnswers);
  }
  void tokensAreReadWhenAskedForAndToldWhenGivenUp() {
    QVERIFY(ask("remember me"));
    const QString id = chat().current().id, answer = card()->id();
    const QString kept = run_->path(QString("data/%1/%2/%3.json").arg(QLatin1String(kAnswersFolder), id, answer));
    keys("Ctrl+N");
    run_->stop();
    QVERIFY(QFile::rename(kept, kept + ".away"));
    QVERIFY(run_->start());
    chat().open(id);
    QVERIFY(until([&] { return chat().current().id == id && shown() == "Answer to: remember me"; }));
    clickWord("remember");
    QVERIFY(until([&] { return label(card(), "tokenDetail").contains("not kept"); }));
    QVERIFY(QFile::rename(kept + ".away", kept));
    clickWord("remember");  // asks again
    QVERIFY(until([&] { return context().sessions.snapshot(answer) != nullptr; }));
    clickWord("remember");
    QVERIFY(label(card(), "tokenText").contains("remember"));
  }
  // Last: it has plugins.
  void aToolAnswers() {
    run_->adjust = [](WorkbenchOptions& options) {
      options.panels[0] = [next = options.panels[0]](AppContext& context) {
        context.keep<PluginService>("plugins", [&] {
          PluginServiceOptions plugins = PluginServiceOptions::forProgram(context.dataFolder);
          plugins.folders = {{plugins::PluginOrigin::user, PLUGIN_FOLDER}};
          plugins.probe = PROBE_PROGRAM;
          plugins.panelProbe = PANEL_PROBE_PROGRAM;
          return new PluginService(plugins, context.engine, context.network, "en");
        });
        return next(context);
      };
    };
    QVERIFY(run_->restart());
    PluginService& plugins = pluginService(context());
    QVERIFY(QTest::qWaitFor([&] { return !plugins.tools().empty(); }, 20000));
    type("/calculate 6 * 7");
    QVERIFY(until([&] { return chat().tree().size() == 2 && shown().contains("42"); }));
    QCOMPARE(label(card(2), "questionText"), QString("/calculate 6 * 7"));
    keys("Ctrl+Return");  // asks the tool, not the model
    QVERIFY(until([&] { return chat().tree().size() == 3 && shown().contains("42"); }));
    QCOMPARE(label(card(), "branchPosition"), QString("2/2"));
    QVERIFY(ask("What did it say?"));
    {
      std::lock_guard lock(run_->world->journal.mutex);
      QCOMPARE(run_->world->journal.requests.back().messages.size(), std::size_t{3});
    }
    type("/calculate 6 * ");
    QVERIFY(until([&] { return told()->isVisible(); }));
    QCOMPARE(room().composer()->text(), QString("/calculate 6 *"));
  }
};

QTEST_MAIN(TestChatWidget)
#include "test_chat_widget.moc"
