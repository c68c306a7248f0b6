// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_library.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QtTest>

#include <atomic>

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

// Refuses everything, slowly.
class Refusing : public ConversationBackend {
 public:
  explicit Refusing(std::atomic<int>& calls) : calls_(calls) {}
  Result<QList<ConversationSummary>> list(const QString&) override { return error(); }
  Result<Conversation> load(const QString&) override { return error(); }
  Status saveProperties(const Conversation&) override { return error(); }
  Status saveMessage(const QString&, const ChatMessage&) override { return error(); }
  Status saveWhole(const Conversation&) override { return error(); }
  Status remove(const QString&, qint64) override { return error(); }
  Status restore(const QString&) override { return error(); }
  Status purge(qint64) override { return error(); }
  Status keepAnswer(const AnswerSnapshot&) override { return error(); }
  Result<AnswerSnapshot> loadAnswer(const QString&, const QString&) override { return error(); }

 private:
  Error error() {
    QThread::msleep(30);
    ++calls_;
    return Error{ErrorCode::io, "write conversation", "conversations.db", "free space", "a full disk"};
  }
  std::atomic<int>& calls_;
};

Conversation conversation(const QString& id, const QString& title, const QString& text) {
  Conversation made;
  made.id = id;
  made.title = title;
  ChatMessage message;
  message.id = id + "-1";
  message.content = Message::text(Role::user, text.toStdString());
  made.tree.add(message);
  return made;
}

}  // namespace

class TestConversationLibrary : public QObject {
  Q_OBJECT

 private:
  // Requests are answered in their order.
  bool idle(ConversationLibrary& library) {
    bool answered = false;
    library.load("none", this, [&](Result<Conversation>) { answered = true; });
    return QTest::qWaitFor([&] { return answered; });
  }

 private Q_SLOTS:
  void storesListsAndFinds() {
    ConversationLibrary library({});
    QList<ConversationSummary> last;
    QString asked;
    connect(&library, &ConversationLibrary::listed, this, [&](const QString& search, const QList<ConversationSummary>& found) {
      QCOMPARE(QThread::currentThread(), thread());
      asked = search;
      last = found;
    });
    Conversation a = conversation("a", "Boilers", "the steam engine"), b = conversation("b", "路由", "哪个专家回答了这个词?");
    a.updatedMs = 1;
    b.updatedMs = 2;
    library.saveWhole(a);
    library.saveWhole(b);
    library.list({});
    QTRY_COMPARE(last.size(), 2);
    QCOMPARE(last[0].id, QString("b"));
    library.list("专家");
    QTRY_COMPARE(asked, QString("专家"));
    QCOMPARE(last.size(), 1);
    QVERIFY(last[0].snippet.contains("专家"));
    std::optional<Result<Conversation>> loaded;
    library.load("a", this, [&](Result<Conversation> result) { loaded = std::move(result); });
    QTRY_VERIFY(loaded);
    QVERIFY(loaded->ok());
    QCOMPARE(conversationToJson(**loaded), conversationToJson(a));
  }
  void removedOnesComeBackUntilPurged() {
    ConversationLibrary library({});
    QList<ConversationSummary> last;
    connect(&library, &ConversationLibrary::listed, this, [&](const QString&, const QList<ConversationSummary>& found) { last = found; });
    QSignalSpy failed(&library, &ConversationLibrary::failed);
    library.saveWhole(conversation("a", "A", "x"));
    library.remove("a", 1);
    library.list({});
    QVERIFY(idle(library));
    QVERIFY(last.isEmpty());
    library.restore("a");
    library.list({});
    QTRY_COMPARE(last.size(), 1);
    library.remove("a", 1000);
    library.purge(1000);  // not removed before then
    library.restore("a");
    library.remove("a", 1000);
    library.purge(1001);
    library.restore("a");
    QTRY_COMPARE(failed.size(), 1);
  }
  void failuresAreToldAndNeverBlock() {
    std::atomic<int> calls{0};
    {
      ConversationLibrary library([&](const auto&) { return std::make_unique<Refusing>(calls); });
      QSignalSpy failed(&library, &ConversationLibrary::failed);
      QElapsedTimer clock;
      clock.start();
      library.saveWhole(conversation("a", "A", "x"));
      library.list({});
      library.remove("a", 1);
      bool told = false;
      library.load("a", this, [&](Result<Conversation> result) { told = !result.ok(); });
      QVERIFY(clock.elapsed() < 25);
      QTRY_COMPARE(failed.size(), 3);
      QTRY_VERIFY(told);
      library.remove("b", 1);
    }
    QCOMPARE(calls.load(), 5);  // what was queued is done before the library goes
  }
  void aCallbackDoesNotOutliveItsContext() {
    ConversationLibrary library({});
    auto context = std::make_unique<QObject>();
    bool called = false;
    library.load("a", context.get(), [&](Result<Conversation>) { called = true; });
    context.reset();
    QVERIFY(idle(library));
    QVERIFY(!called);
  }
};

QTEST_GUILESS_MAIN(TestConversationLibrary)
#include "test_conversation_library.moc"
