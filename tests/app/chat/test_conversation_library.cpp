// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_library.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <mutex>

#include "app/chat/store_backend.h"
#include "app/chat/unsaved_files.h"
#include "app/stores/database.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

// How the backend behaves; shared with it, any thread.
struct Behaviour {
  std::mutex mutex;
  std::optional<Error> refusal;  // guarded; of everything
  std::optional<Error> answers;  // guarded; of kept answers
  QString refusedId;             // guarded; this conversation is refused for itself
  QStringList kept;              // guarded; answers, in their order
  QStringList done;              // guarded; saves and purges that succeeded
  int delayMs = 0;               // guarded; of each call
  std::atomic<int> saves{0}, calls{0}, refusedAnswers{0};
  void refuse(std::optional<Error> error) {
    std::lock_guard lock(mutex);
    refusal = std::move(error);
  }
  void refuseAnswers(std::optional<Error> error) {
    std::lock_guard lock(mutex);
    answers = std::move(error);
  }
  QStringList keptSoFar() {
    std::lock_guard lock(mutex);
    return kept;
  }
};

const Error kFull{ErrorCode::io, "write conversation", "conversations.db", "free space", "a full disk"};
const Error kLocked{ErrorCode::conflict, "write conversation", "conversations.db", "the lock", "locked"};

// In memory, and refuses when it is told to.
class Moody : public ConversationBackend {
 public:
  explicit Moody(Behaviour& behaviour) : behaviour_(behaviour) {}
  Result<QList<ConversationSummary>> list(const QString& search) override {
    RH_TRY(mood());
    return memory_->list(search);
  }
  Result<Conversation> load(const QString& id) override {
    RH_TRY(mood());
    return memory_->load(id);
  }
  Result<Saved> save(const ConversationChanges& changes) override {
    ++behaviour_.saves;
    RH_TRY(mood());
    {
      std::lock_guard lock(behaviour_.mutex);
      if (behaviour_.refusedId == changes.id) return Error{ErrorCode::limit, "write conversation", changes.id.toStdString(), "less", "more"};
      behaviour_.done.append("save " + changes.id);
    }
    return memory_->save(changes);
  }
  Status purge(qint64 beforeMs) override {
    RH_TRY(mood());
    {
      std::lock_guard lock(behaviour_.mutex);
      behaviour_.done.append("purge");
    }
    return memory_->purge(beforeMs);
  }
  // As the store: only of conversations that are there.
  Status keepAnswer(const AnswerSnapshot& answer) override {
    RH_TRY(mood());
    if (const auto owner = memory_->load(answer.conversation); !owner.ok()) return owner.error();
    std::lock_guard lock(behaviour_.mutex);
    if (behaviour_.answers) {
      ++behaviour_.refusedAnswers;
      return *behaviour_.answers;
    }
    behaviour_.kept.append(answer.answer);
    return Ok{};
  }
  Result<AnswerSnapshot> loadAnswer(const QString& conversation, const QString& answer) override { return memory_->loadAnswer(conversation, answer); }
  Result<bool> changedElsewhere() override { return false; }

 private:
  Status mood() {
    ++behaviour_.calls;
    std::unique_lock lock(behaviour_.mutex);
    const int delay = behaviour_.delayMs;
    const std::optional<Error> refusal = behaviour_.refusal;
    lock.unlock();
    QThread::msleep(static_cast<unsigned long>(delay));
    if (refusal) return *refusal;
    return Ok{};
  }
  Behaviour& behaviour_;
  const std::unique_ptr<ConversationBackend> memory_ = memoryConversations();
};

// As Moody, where no hook says otherwise. Hooks are set before the library is made and run on its thread.
class Hooked : public Moody {
 public:
  struct Hooks {
    std::function<std::optional<Error>(const ConversationChanges&)> save;
    std::function<bool()> remade;
    std::function<Status()> purge, secure;
    std::optional<UnsavedFiles> unsaved;
    std::atomic<int> waitingAnswers{0};
    std::atomic<bool> hurry{false};
  };
  Hooked(Behaviour& behaviour, Hooks& hooks) : Moody(behaviour), hooks_(hooks) {}
  Result<Saved> save(const ConversationChanges& changes) override {
    if (hooks_.save) {
      if (const auto refused = hooks_.save(changes)) return *refused;
    }
    return Moody::save(changes);
  }
  Status purge(qint64 beforeMs) override { return hooks_.purge ? hooks_.purge() : Moody::purge(beforeMs); }
  Status keepWaitingAnswer(const AnswerSnapshot&) override { return ++hooks_.waitingAnswers, Ok{}; }
  bool remade() override { return hooks_.remade && hooks_.remade(); }
  Status secure() override { return hooks_.secure ? hooks_.secure() : Moody::secure(); }
  const UnsavedFiles* unsavedFiles() const override { return hooks_.unsaved ? &*hooks_.unsaved : nullptr; }
  void hurry(bool on) override { hooks_.hurry = on; }

 private:
  Hooks& hooks_;
};

AnswerSnapshotPtr answerOf(const QString& conversation, const QString& id) {
  auto made = std::make_shared<AnswerSnapshot>();
  made->conversation = conversation;
  made->answer = id;
  made->text = "text of " + id.toStdString();
  made->result.emplace();
  return made;
}

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
    library.save(ConversationChanges::whole(a));
    library.save(ConversationChanges::whole(b));
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
    QSignalSpy failed(&library, &ConversationLibrary::missing);
    library.save(ConversationChanges::whole(conversation("a", "A", "x")));
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
    QVERIFY(idle(library));
    library.restore("a");
    QTRY_COMPARE(failed.size(), 1);
  }
  void failuresAreToldAndNeverBlock() {
    Behaviour behaviour;
    behaviour.refusal = kFull;
    behaviour.delayMs = 30;
    {
      ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); });
      QSignalSpy failed(&library, &ConversationLibrary::failed), notSaved(&library, &ConversationLibrary::notSaved);
      QElapsedTimer clock;
      clock.start();
      library.save(ConversationChanges::whole(conversation("a", "A", "x")));
      library.list({});
      library.purge(1);
      bool told = false;
      library.load("b", this, [&](Result<Conversation> result) { told = !result.ok(); });
      QVERIFY(clock.elapsed() < 25);
      QTRY_COMPARE(failed.size(), 1);  // that it cannot be listed; what is to be deleted waits
      QTRY_VERIFY(told);
      QCOMPARE(notSaved.size(), 1);
      behaviour.refuse(std::nullopt);
      library.save(ConversationChanges::whole(conversation("b", "B", "x")));
    }
    // What waited is written before the library goes.
    QCOMPARE(behaviour.done.filter(QStringLiteral("save")), (QStringList{QStringLiteral("save a"), QStringLiteral("save b")}));
  }
  void whatCouldNotBeSavedIsTriedAgainInItsOrder() {
    Behaviour behaviour;
    behaviour.refusal = kFull;
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); }, {20, 2000, 3000});
    QSignalSpy notSaved(&library, &ConversationLibrary::notSaved), again(&library, &ConversationLibrary::savedAgain);
    Conversation talk = conversation("a", "A", "question");
    library.save(ConversationChanges::whole(talk));
    QTRY_COMPARE(notSaved.size(), 1);
    QVERIFY(library.notSavedYet() && library.notSavedYet()->reason.received == "a full disk");
    ChatMessage answer;
    answer.id = "a-2";
    answer.parent = "a-1";
    for (const char* text : {"so far", "so far and further"}) {
      answer.content = Message::text(Role::assistant, text);
      ConversationChanges grown;
      grown.id = "a";
      grown.messages = {answer};
      library.save(grown);
      const int before = behaviour.saves;
      QTRY_VERIFY(behaviour.saves > before + 1);
    }
    library.save(ConversationChanges::whole(conversation("b", "B", "other")));
    QVERIFY(library.unsaved("a") && library.unsaved("b"));
    behaviour.refuse(std::nullopt);
    QTRY_COMPARE(again.size(), 1);
    QTRY_VERIFY(!library.unsaved("a") && !library.unsaved("b"));
    QCOMPARE(notSaved.size(), 1);
    std::optional<Conversation> found;
    library.load("a", this, [&](Result<Conversation> loaded) { found = std::move(loaded).value(); });
    QTRY_VERIFY(found);
    talk.tree.restore(answer);
    QCOMPARE(conversationToJson(*found), conversationToJson(talk));
  }
  void answersWaitForTheirConversationAndForTheDisk() {
    Behaviour behaviour;
    behaviour.refusal = kLocked;
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); }, {20, 2000, 3000});
    QSignalSpy notSaved(&library, &ConversationLibrary::notSaved), again(&library, &ConversationLibrary::savedAgain);
    library.save(ConversationChanges::whole(conversation("a", "A", "question")));
    library.keepAnswer(answerOf("a", "a1"));
    library.keepAnswer(answerOf("gone", "g1"));
    QTRY_COMPARE(notSaved.size(), 1);
    QVERIFY(behaviour.keptSoFar().isEmpty());
    std::optional<AnswerSnapshot> found;
    library.loadAnswer("a", "a1", this, [&](Result<AnswerSnapshot> loaded) { found = std::move(loaded).value(); });  // it is there all the same
    QTRY_VERIFY(found);
    QVERIFY(found->text == "text of a1" && !found->result);
    behaviour.refuse(std::nullopt);
    QTRY_COMPARE(again.size(), 1);
    QCOMPARE(behaviour.keptSoFar(), QStringList{"a1"});
    // One that the disk refuses does not keep conversations from being saved, and is tried again.
    behaviour.refuseAnswers(kFull);
    library.keepAnswer(answerOf("a", "a2"));
    QTRY_COMPARE(notSaved.size(), 2);
    library.save(ConversationChanges::whole(conversation("b", "B", "other")));
    QTRY_VERIFY(!library.unsaved("b"));
    behaviour.refuseAnswers(std::nullopt);
    QTRY_COMPARE(again.size(), 2);
    QCOMPARE(behaviour.keptSoFar(), (QStringList{"a1", "a2"}));
  }
  void answersWaitWhileTheirConversationIsWrittenAnew() {
    Behaviour behaviour;
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); }, {20, 2000, 3000});
    const Conversation talk = conversation("a", "A", "question");
    connect(&library, &ConversationLibrary::missing, this, [&] { library.save(ConversationChanges::whole(talk)); });
    ConversationChanges more;
    more.id = "a";  // another program has deleted it
    more.messages = {*talk.tree.find("a-1")};
    library.save(more);
    library.keepAnswer(answerOf("a", "a1"));
    QTRY_COMPARE(behaviour.keptSoFar(), QStringList{"a1"});
  }
  void onlyTheNewestAnswersWait() {
    Behaviour behaviour;
    behaviour.refuseAnswers(kFull);
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); }, {20, 2000, 3000});
    library.save(ConversationChanges::whole(conversation("a", "A", "question")));
    QTRY_VERIFY(!library.unsaved("a"));
    const int most = int(ConversationLibrary::kWaitingAnswers);
    for (int i = 0; i <= most; ++i) library.keepAnswer(answerOf("a", QString::number(i)));
    const int before = behaviour.refusedAnswers;
    QTRY_VERIFY(behaviour.refusedAnswers > before + 2 * most);  // one attempt at least began with all of them
    behaviour.refuseAnswers(std::nullopt);
    QTRY_COMPARE(behaviour.keptSoFar().value(most - 1), QString::number(most));
    QVERIFY(!behaviour.keptSoFar().contains("0"));
  }
  void whatIsRefusedForItselfKeepsNoOthers() {
    Behaviour behaviour;
    behaviour.refusedId = "large";
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); }, {60'000, 2000, 3000});
    QSignalSpy notSaved(&library, &ConversationLibrary::notSaved), again(&library, &ConversationLibrary::savedAgain);
    library.save(ConversationChanges::whole(conversation("large", "L", "x")));
    QTRY_COMPARE(notSaved.size(), 1);
    for (const char* id : {"a", "b"}) {
      library.save(ConversationChanges::whole(conversation(id, id, "x")));
      QTRY_VERIFY(!library.unsaved(id));  // not only when it is time to try again
    }
    QVERIFY(library.unsaved("large"));
    behaviour.refuse(kFull);  // that is more, and is told, too
    library.save(ConversationChanges::whole(conversation("c", "C", "x")));
    QTRY_COMPARE(notSaved.size(), 2);
    QCOMPARE(library.notSavedYet()->reason.received, kFull.received);
    QVERIFY(again.isEmpty());
  }
  void deletionForGoodWaitsForWhatIsToBeDeleted() {
    Behaviour behaviour;
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); }, {20, 2000, 3000});
    QSignalSpy notSaved(&library, &ConversationLibrary::notSaved);
    library.save(ConversationChanges::whole(conversation("a", "A", "secret")));
    QTRY_VERIFY(!library.unsaved("a"));
    behaviour.refuse(kLocked);
    library.remove("a", 1);
    library.purge(2);
    QTRY_COMPARE(notSaved.size(), 1);
    behaviour.refuse(std::nullopt);
    const auto done = [&] {
      std::lock_guard lock(behaviour.mutex);
      return behaviour.done;
    };
    QTRY_COMPARE(done().value(done().size() - 1), QString("purge"));
    QCOMPARE(done(), (QStringList{"save a", "save a", "purge"}));
    std::optional<bool> there;
    library.load("a", this, [&](const Result<Conversation>& loaded) { there = loaded.ok(); });
    QTRY_VERIFY(there);
    QVERIFY(!*there);
  }
  void whatIsNotSavedYetIsLoadedAllTheSame() {
    Behaviour behaviour;
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); }, {60'000, 2000, 3000});
    library.save(ConversationChanges::whole(conversation("a", "A", "question")));
    QTRY_VERIFY(!library.unsaved("a"));
    behaviour.refuse(Error{ErrorCode::limit, "write conversation", "a", "less", "more"});
    ConversationChanges title;
    title.id = "a";
    title.title = "Renamed";
    QSignalSpy notSaved(&library, &ConversationLibrary::notSaved);
    library.save(title);
    library.save(ConversationChanges::whole(conversation("b", "B", "other")));
    QTRY_COMPARE(notSaved.size(), 1);
    std::optional<Conversation> made;
    library.load("b", this, [&](Result<Conversation> loaded) {
      if (loaded.ok()) made = std::move(loaded).value();
    });
    QTRY_VERIFY(made);
    QCOMPARE(made->tree.size(), 1);
    behaviour.refuse(std::nullopt);
    std::optional<Conversation> found;
    library.load("a", this, [&](Result<Conversation> loaded) { found = std::move(loaded).value(); });
    QTRY_VERIFY(found);
    QCOMPARE(found->title, QString("Renamed"));
  }
  void whatIsMissingIsUnsavedUntilThatIsTold() {
    Behaviour behaviour;
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); });
    QSignalSpy missing(&library, &ConversationLibrary::missing), changed(&library, &ConversationLibrary::changed);
    bool whenTold = false;
    connect(&library, &ConversationLibrary::missing, this, [&](const QString& id) { whenTold = library.unsaved(id); });
    ConversationChanges changes;
    changes.id = "nowhere";
    changes.messages = {*conversation("a", "A", "x").tree.find("a-1")};
    library.save(changes);
    for (int i = 0; i < 5000 && behaviour.saves == 0; ++i) QThread::msleep(1);  // without the events that tell
    QCOMPARE(behaviour.saves.load(), 1);
    QVERIFY(missing.isEmpty() && library.unsaved("nowhere"));
    QTRY_COMPARE(missing.size(), 1);
    QCOMPARE(missing[0], (QVariantList{"nowhere", true}));
    QVERIFY(whenTold);
    QVERIFY(!library.unsaved("nowhere"));
    QVERIFY(changed.isEmpty());
  }
  void onlyTheNewestStateWaits() {
    Behaviour behaviour;
    behaviour.delayMs = 20;
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); });
    Conversation talk = conversation("a", "A", "x");
    for (int i = 0; i < 200; ++i) {
      talk.tree.find("a-1")->content = Message::text(Role::user, std::to_string(i));
      library.save(ConversationChanges::whole(talk));
    }
    QTRY_VERIFY(!library.unsaved("a"));
    QVERIFY2(behaviour.saves <= 3, qPrintable(QString::number(behaviour.saves)));
    std::optional<Conversation> found;
    library.load("a", this, [&](Result<Conversation> loaded) { found = std::move(loaded).value(); });
    QTRY_VERIFY(found);
    QCOMPARE(visibleText(found->tree.find("a-1")->content), QString("199"));
  }
  void theEndWaitsForALockButNotForEver() {
    for (const bool opens : {true, false}) {
      Behaviour behaviour;
      behaviour.refusal = kLocked;
      auto library = std::make_unique<ConversationLibrary>([&](const auto&) { return std::make_unique<Moody>(behaviour); },
                                                           ConversationLibrary::Times{20, 2000, opens ? 5000 : 150});
      library->save(ConversationChanges::whole(conversation("a", "A", "x")));
      const std::unique_ptr<QThread> other(QThread::create([&] {
        for (int i = 0; i < 5000 && behaviour.saves <= 2; ++i) QThread::msleep(1);
        if (opens) behaviour.refuse(std::nullopt);
      }));
      if (!opens) QTest::ignoreMessage(QtWarningMsg, QRegularExpression("1 messages of the conversation a are lost: .*locked"));
      other->start();
      QElapsedTimer clock;
      clock.start();
      library.reset();
      QVERIFY2(clock.elapsed() < 2000, qPrintable(QString::number(clock.elapsed())));
      other->wait();
    }
  }
  void answersThatAreLostAtTheEndAreTold() {
    Behaviour behaviour;
    behaviour.refuseAnswers(kFull);
    ConversationLibrary library([&](const auto&) { return std::make_unique<Moody>(behaviour); });
    library.save(ConversationChanges::whole(conversation("a", "A", "question")));
    library.keepAnswer(answerOf("a", "a1"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("tokens of 1 answers are lost: .*full disk"));
  }
  void closingWithALockedDatabaseIsSoon() {
    QTemporaryDir folder;
    const QString file = folder.filePath("conversations.db");
    auto library = std::make_unique<ConversationLibrary>([&](const auto& tell) { return storedConversations(file, tell); },
                                                         ConversationLibrary::Times{20, 2000, 300});
    library->save(ConversationChanges::whole(conversation("a", "A", "x")));
    QTRY_VERIFY(!library->unsaved("a"));
    {
      const auto other = Database::open(file, "open");
      QVERIFY(other.ok());
      QVERIFY((*other)->run("lock", "BEGIN IMMEDIATE").ok());
      for (int i = 0; i < 20; ++i) {
        library->save(ConversationChanges::whole(conversation("a", QString::number(i), "y")));
        library->list({});
        QTest::qWait(1);
      }
      QTest::ignoreMessage(QtWarningMsg, QRegularExpression("conversations could not be saved: .* kept in .*unsaved"));
      QElapsedTimer clock;
      clock.start();
      library.reset();
      QVERIFY2(clock.elapsed() < 1500, qPrintable(QString::number(clock.elapsed())));
    }
  }
  void whatCannotBeSavedUntilTheEndIsThereInTheNextRun() {
    QTemporaryDir folder;
    const QString file = folder.filePath("conversations.db");
    const auto make = [&](const auto& tell) { return storedConversations(file, tell); };
    auto library = std::make_unique<ConversationLibrary>(make, ConversationLibrary::Times{20, 2000, 100});
    Conversation old = conversation("old", "Old", "asked before");
    library->save(ConversationChanges::whole(old));
    QTRY_VERIFY(!library->unsaved("old"));
    Conversation fresh = conversation("new", "New", "asked now");
    fresh.sampling.seed = 7;
    QString kept;
    {
      const auto other = Database::open(file, "open");
      QVERIFY(other.ok() && (*other)->run("lock", "BEGIN IMMEDIATE").ok());
      ChatMessage answer;
      answer.id = "old-2";
      answer.parent = "old-1";
      answer.kept = "old/old-2";
      answer.content = Message::text(Role::assistant, "so far");
      answer.facts.emplace().seed = 18446744073709551615ull;
      old.tree.add(answer);
      ConversationChanges more;  // only what changed
      more.id = "old";
      more.leaf = "old-2";
      more.messages = {answer};
      library->save(more);
      fresh.tree.add(answer);  // without its parent: nothing
      library->save(ConversationChanges::whole(fresh));
      library->keepAnswer(answerOf("new", "new-1"));
      QTest::failOnWarning(QRegularExpression("lost"));
      QTest::ignoreMessage(QtWarningMsg, QRegularExpression("2 messages of 2 conversations could not be saved: .* kept in .*unsaved"));
      kept = library->finish();
      library.reset();
    }
    QVERIFY2(QFileInfo(kept).fileName().startsWith("conversations.unsaved-2"), qPrintable(kept));
    QCOMPARE(QFileInfo(kept).path(), folder.path());
    QCOMPARE(int(QFile::permissions(kept) & 0x0fff), int(QFile::ReadUser | QFile::WriteUser));
    QVERIFY(QFile::copy(kept, folder.filePath("copy")));
    for (int run = 0; run < 2; ++run) {  // the second time it is no harm
      library = std::make_unique<ConversationLibrary>(make, ConversationLibrary::Times{20, 2000, 3000});
      QSignalSpy takenIn(library.get(), &ConversationLibrary::takenIn), noticed(library.get(), &ConversationLibrary::noticed);
      QTRY_COMPARE(takenIn.size(), 1);
      QCOMPARE(takenIn[0][0].toInt(), 2);
      QVERIFY(!QFile::exists(kept));
      for (const Conversation& each : {old, fresh}) {
        std::optional<Conversation> found;
        library->load(each.id, this, [&](Result<Conversation> loaded) {
          if (loaded.ok()) found = std::move(loaded).value();
        });
        QTRY_VERIFY(found);
        QCOMPARE(conversationToJson(*found), conversationToJson(each));
      }
      QVERIFY(noticed.isEmpty());
      std::string tokens;
      library->loadAnswer("new", "new-1", this, [&](Result<AnswerSnapshot> loaded) { tokens = loaded.ok() ? loaded->text : loaded.error().message(); });
      QTRY_VERIFY(!tokens.empty());
      QCOMPARE(tokens, std::string("text of new-1"));
      QVERIFY(library->finish().isEmpty());
      library.reset();
      QVERIFY(QFile::rename(folder.filePath("copy"), kept) || run == 1);
    }
    QCOMPARE(QDir(folder.path()).entryList({"*unsaved*"}).size(), 0);
  }
  void withoutADatabaseTheRunIsKeptForOneThatHasIt() {
    QTemporaryDir folder;
    const QString file = folder.filePath("conversations.db");
    const Conversation talk = conversation("a", "A", "question");
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression("1 messages of 1 conversations could not be saved: .* kept in .*unsaved"));
    for (int run = 0; run < 2; ++run) {  // another such run leaves it there
      ConversationLibrary library([&](const auto&) { return memoryConversations(file); });
      if (run == 0) library.save(ConversationChanges::whole(talk));
      QVERIFY(idle(library));
    }
    QCOMPARE(QDir(folder.path()).entryList({"*unsaved*"}).size(), 1);
    ConversationLibrary library([&](const auto& tell) { return storedConversations(file, tell); });
    QSignalSpy takenIn(&library, &ConversationLibrary::takenIn);
    QTRY_COMPARE(takenIn.size(), 1);
    QCOMPARE(conversationToJson(*storedConversations(file, {})->load("a")), conversationToJson(talk));
  }
  void whatWasNotSavedWaitsForTheDatabaseAndForNothingElse() {
    QTemporaryDir folder;
    const QString file = folder.filePath("conversations.db");
    const auto make = [&](const auto& tell) { return storedConversations(file, tell); };
    Conversation gone = conversation("gone", "Gone", "question");
    QVERIFY(storedConversations(file, {})->save(ConversationChanges::whole(conversation("there", "There", "x"))).ok());
    ConversationChanges answered, title;
    answered.id = "gone";  // that conversation is not there any more
    answered.messages = {*gone.tree.find("gone-1")};
    answered.messages[0].parent = "nowhere";
    answered.messages[0].createdMs = 1'700'000'000'000;
    title.id = "gone too";
    title.title = "Renamed";
    const UnsavedFiles files(file, {});
    const auto kept = files.write({answered, title});
    QVERIFY(kept.ok());
    const QString broken = folder.filePath("conversations.unsaved-0.json");
    {
      QFile half(broken);
      QVERIFY(half.open(QIODevice::WriteOnly) && half.write("{\"roundhouse_unsaved\": 1, \"conv") > 0);
    }
    const auto newer = Database::open(file, "open");
    QVERIFY(newer.ok() && (*newer)->run("newer", "PRAGMA user_version=99").ok());
    ConversationLibrary library(make, {20, 2000, 3000});
    QSignalSpy notSaved(&library, &ConversationLibrary::notSaved), takenIn(&library, &ConversationLibrary::takenIn), noticed(&library, &ConversationLibrary::noticed);
    QTRY_COMPARE(notSaved.size(), 1);
    QVERIFY(takenIn.isEmpty() && QFile::exists(*kept));
    QVERIFY((*newer)->run("older", "PRAGMA user_version=1").ok());
    QTRY_COMPARE(takenIn.size(), 1);
    QVERIFY(!QFile::exists(*kept));
    QVERIFY(QFile::exists(broken));  // it is left, and told
    QTRY_COMPARE(noticed.size(), 1);
    QVERIFY(noticed[0][0].value<Error>().message().find(broken.toStdString()) != std::string::npos);
    QCOMPARE(library.notices().size(), 1);  // until it is put away
    QCOMPARE(library.notices()[0].operation, std::string(UnsavedFiles::kReading));
    QCOMPARE(library.notices()[0].object, broken.toStdString());
    std::optional<Conversation> found;
    library.load("gone", this, [&](Result<Conversation> loaded) { found = std::move(loaded).value(); });
    QTRY_VERIFY(found);
    QCOMPARE(found->tree.ids(), QStringList{"gone-1"});
    // It is listed like any other: by its question and by when that was asked.
    QCOMPARE(found->title, QString("question"));
    QCOMPARE(found->createdMs, qint64(1'700'000'000'000));
    QCOMPARE(found->updatedMs, qint64(1'700'000'000'000));
  }
  void whatWaitsForARepairIsNotTakenForSaved() {
    Behaviour behaviour;
    Hooked::Hooks hooks;
    std::atomic<bool> broken{false}, found{false};
    hooks.save = [&](const ConversationChanges& changes) -> std::optional<Error> {
      if (!broken.exchange(false)) return std::nullopt;
      found = true;
      return Error{ErrorCode::not_found, "save conversation", changes.id.toStdString(), "a conversation", "none"};
    };
    hooks.remade = [&] { return found.exchange(false); };
    behaviour.refusal = kFull;
    ConversationLibrary library([&](const auto&) { return std::make_unique<Hooked>(behaviour, hooks); }, {20, 2000, 3000});
    QSignalSpy notSaved(&library, &ConversationLibrary::notSaved), again(&library, &ConversationLibrary::savedAgain), remade(&library, &ConversationLibrary::remade);
    library.save(ConversationChanges::whole(conversation("a", "A", "x")));
    QTRY_COMPARE(notSaved.size(), 1);
    broken = true;
    QTRY_COMPARE(remade.size(), 1);
    const int before = behaviour.saves;
    QTRY_VERIFY(behaviour.saves > before + 1);
    QVERIFY(again.isEmpty() && library.notSavedYet() && library.unsaved());
    // Who asks to try now hears of what was tried, not of what was put off.
    broken = true;
    bool tried = false;
    library.tryNow(this, [&] { tried = true; });
    QTRY_VERIFY(tried);
    QVERIFY(library.notSavedYet() && library.unsaved());
    behaviour.refuse(std::nullopt);
    QTRY_COMPARE(again.size(), 1);
    QVERIFY(!library.unsaved());
  }
  void aDeletionThatIsGivenUpForAnAttemptIsDoneAfterwards() {
    Behaviour behaviour;
    Hooked::Hooks hooks;
    std::atomic<int> begun{0};
    hooks.purge = [&]() -> Status {
      if (++begun > 1) return Ok{};
      while (!hooks.hurry) QThread::yieldCurrentThread();
      return Error{ErrorCode::cancelled, "delete conversations for good", "conversations.db", "time", "none"};
    };
    ConversationLibrary library([&](const auto&) { return std::make_unique<Hooked>(behaviour, hooks); });
    library.purge(1);
    QTRY_COMPARE(begun.load(), 1);
    bool tried = false;
    library.tryNow(this, [&] { tried = true; });
    QTRY_VERIFY(tried);
    QTRY_COMPARE(begun.load(), 2);
  }
  void whatFailedIsInAFileBeforeTheLastAttempt() {
    QTemporaryDir folder;
    const auto files = [&] { return QDir(folder.path()).entryList({"conversations.unsaved-*.json"}).size(); };
    for (const bool works : {false, true}) {
      Behaviour behaviour;
      Hooked::Hooks hooks;
      hooks.unsaved.emplace(folder.filePath("conversations.db"), QStringList());
      std::atomic<bool> closing{false};
      std::atomic<qsizetype> there{-1};
      hooks.save = [&](const ConversationChanges&) -> std::optional<Error> {
        if (!closing) return std::nullopt;
        there = files();
        if (works) behaviour.refuse(std::nullopt);
        return std::nullopt;
      };
      behaviour.refusal = kFull;
      ConversationLibrary library([&](const auto&) { return std::make_unique<Hooked>(behaviour, hooks); }, {60'000, 2000, 0});
      QSignalSpy notSaved(&library, &ConversationLibrary::notSaved);
      library.save(ConversationChanges::whole(conversation("a", "A", "x")));
      library.keepAnswer(answerOf("a", "a1"));
      QTRY_COMPARE(notSaved.size(), 1);
      closing = true;
      if (!works) QTest::ignoreMessage(QtWarningMsg, QRegularExpression("1 messages of 1 conversations could not be saved: .* kept in .*unsaved"));
      QTest::ignoreMessage(QtWarningMsg, QRegularExpression("tokens of 1 answers are lost"));
      const QString kept = library.finish();
      QCOMPARE(there.load(), 1);
      QCOMPARE(kept.isEmpty(), works);
      QCOMPARE(files(), works ? 0 : 1);
      QCOMPARE(hooks.waitingAnswers.load(), 0);  // there was no time
      if (!works) QVERIFY(QFile::remove(kept));
    }
  }
  void anEntryThatIsRefusedKeepsNoOthersOut() {
    QTemporaryDir folder;
    Behaviour behaviour;
    Hooked::Hooks hooks;
    hooks.unsaved.emplace(folder.filePath("conversations.db"), QStringList());
    hooks.save = [](const ConversationChanges& changes) -> std::optional<Error> {
      if (changes.id != "bad") return std::nullopt;
      return Error{ErrorCode::internal, "save conversation", "bad", "success", "a constraint"};
    };
    QList<ConversationChanges> all;
    for (const char* id : {"a", "bad", "b"}) all.append(ConversationChanges::whole(conversation(id, id, "x")));
    const auto kept = hooks.unsaved->write(all);
    QVERIFY(kept.ok());
    ConversationLibrary library([&](const auto&) { return std::make_unique<Hooked>(behaviour, hooks); }, {60'000, 2000, 3000});
    QSignalSpy noticed(&library, &ConversationLibrary::noticed), notSaved(&library, &ConversationLibrary::notSaved);
    library.save(all[1]);
    library.save(ConversationChanges::whole(conversation("c", "c", "x")));
    QTRY_COMPARE(notSaved.size(), 1);
    QTRY_VERIFY(!library.unsaved("c"));
    QCOMPARE(noticed.size(), 1);
    QVERIFY(QFile::exists(*kept));
    std::lock_guard lock(behaviour.mutex);
    QCOMPARE(behaviour.done, (QStringList{"save a", "save b", "save c"}));
  }
  void aFileThatWasTakenInGoesWhenItsContentIsOnTheDisk() {
    QTemporaryDir folder;
    Behaviour behaviour;
    Hooked::Hooks hooks;
    hooks.unsaved.emplace(folder.filePath("conversations.db"), QStringList());
    const auto kept = hooks.unsaved->write({ConversationChanges::whole(conversation("a", "A", "x"))});
    QVERIFY(kept.ok());
    std::atomic<int> secured{0}, there{0};
    hooks.secure = [&]() -> Status {
      there += QFile::exists(*kept);
      if (++secured == 1) return kFull;
      return Ok{};
    };
    ConversationLibrary library([&](const auto&) { return std::make_unique<Hooked>(behaviour, hooks); }, {20, 2000, 3000});
    QSignalSpy takenIn(&library, &ConversationLibrary::takenIn), notSaved(&library, &ConversationLibrary::notSaved);
    QTRY_COMPARE(takenIn.size(), 1);
    QCOMPARE(secured.load(), 2);
    QCOMPARE(there.load(), 2);
    QCOMPARE(notSaved.size(), 1);
    QVERIFY(!QFile::exists(*kept));
  }
  void filesThatAnotherWindowTakesInAreLeftToIt() {
    QTemporaryDir folder;
    Behaviour behaviour;
    Hooked::Hooks hooks;
    hooks.unsaved.emplace(folder.filePath("conversations.db"), QStringList());
    const auto one = hooks.unsaved->write({ConversationChanges::whole(conversation("a", "A", "x"))});
    const auto two = hooks.unsaved->write({ConversationChanges::whole(conversation("b", "B", "x"))});
    QVERIFY(one.ok() && two.ok());
    {
      const UnsavedClaim theirs(*one);
      ConversationLibrary library([&](const auto&) { return std::make_unique<Hooked>(behaviour, hooks); });
      QSignalSpy noticed(&library, &ConversationLibrary::noticed), takenIn(&library, &ConversationLibrary::takenIn);
      QVERIFY(idle(library));
      QVERIFY(noticed.isEmpty() && takenIn.isEmpty());
      QVERIFY(QFile::exists(*one) && QFile::exists(*two));
    }
    // The other window has just done it.
    hooks.save = [&](const ConversationChanges&) -> std::optional<Error> {
      QFile::remove(*two);
      return std::nullopt;
    };
    ConversationLibrary library([&](const auto&) { return std::make_unique<Hooked>(behaviour, hooks); });
    QSignalSpy noticed(&library, &ConversationLibrary::noticed), takenIn(&library, &ConversationLibrary::takenIn);
    QVERIFY(idle(library));
    QCOMPARE(takenIn.size(), 1);
    QVERIFY2(noticed.isEmpty(), noticed.isEmpty() ? "" : noticed[0][0].value<Error>().message().c_str());
    QVERIFY(!QFile::exists(*one));
  }
  void whatOthersDidSinceIsNotOverwritten() {
    QTemporaryDir folder;
    const QString file = folder.filePath("conversations.db");
    Conversation older = conversation("a", "Older", "older text");
    older.updatedMs = 1000;
    older.sampling.temperature = 0.25f;
    ChatMessage answer;
    answer.id = "a-2";
    answer.parent = "a-1";
    answer.content = Message::text(Role::assistant, "complete");
    answer.facts.emplace().finish = FinishReason::end_token;
    older.tree.add(answer);
    ChatMessage late = answer;
    late.id = "a-3";
    late.parent = "a-2";
    older.tree.add(late);
    Conversation newer = conversation("a", "Newer", "newer text");
    newer.updatedMs = 2000;
    answer.content = Message::text(Role::assistant, "comp");  // as far as it was saved
    answer.facts->finish.reset();
    newer.tree.add(answer);
    QVERIFY(storedConversations(file, {})->save(ConversationChanges::whole(newer)).ok());
    const UnsavedFiles files(file, {});
    QVERIFY(files.write({ConversationChanges::whole(older)}).ok());
    ConversationChanges removed;  // an old one that says no time
    removed.id = "a";
    removed.removedMs = 500;
    const auto kept = files.write({removed});
    QVERIFY(kept.ok() && QFile::rename(*kept, folder.filePath("conversations.unsaved-19700101T000001Z.json")));
    ConversationLibrary library([&](const auto& tell) { return storedConversations(file, tell); });
    QSignalSpy takenIn(&library, &ConversationLibrary::takenIn);
    QTRY_COMPARE(takenIn.size(), 2);
    const auto now = storedConversations(file, {});
    const auto found = now->load("a");
    QVERIFY(found.ok());
    QCOMPARE(found->title, QString("Newer"));
    QCOMPARE(found->updatedMs, 2000);
    QCOMPARE(found->sampling.temperature, newer.sampling.temperature);
    QCOMPARE(found->tree.leaf(), QString("a-2"));
    QCOMPARE(found->tree.ids(), (QStringList{"a-1", "a-2", "a-3"}));
    QCOMPARE(visibleText(found->tree.find("a-1")->content), QString("newer text"));
    QCOMPARE(visibleText(found->tree.find("a-2")->content), QString("complete"));
    QCOMPARE(now->list({})->size(), 1);
  }
  void noticesStayInTheirOrderAndComeOnce() {
    std::function<void(const Error&)> tell;
    ConversationLibrary library([&](const auto& to) {
      tell = to;
      return memoryConversations();
    });
    QSignalSpy noticed(&library, &ConversationLibrary::noticed);
    for (const Error& each : {kFull, kLocked, kFull}) tell(each);
    QTRY_COMPARE(noticed.size(), 2);
    QCOMPARE(library.notices().size(), 2);
    QCOMPARE(library.notices()[0].received, kFull.received);
    library.putNoticeAway();
    QCOMPARE(library.notices().size(), 1);
    QCOMPARE(library.notices()[0].received, kLocked.received);
    library.putNoticeAway();
    library.putNoticeAway();
    QVERIFY(library.notices().isEmpty());
    tell(kFull);  // it happened again
    QTRY_COMPARE(library.notices().size(), 1);
  }
  void tryingNowDoesNotWait() {
    QTemporaryDir folder;
    const QString file = folder.filePath("conversations.db");
    ConversationLibrary library([&](const auto& tell) { return storedConversations(file, tell); }, {60'000, 2000, 100});
    library.save(ConversationChanges::whole(conversation("a", "A", "x")));
    QTRY_VERIFY(!library.unsaved());
    const auto other = Database::open(file, "open");
    QVERIFY(other.ok() && (*other)->run("lock", "BEGIN IMMEDIATE").ok());
    library.save(ConversationChanges::whole(conversation("b", "B", "x")));
    int tried = 0;
    QElapsedTimer clock;
    clock.start();
    library.tryNow(this, [&] { ++tried; });
    QTRY_COMPARE(tried, 1);
    QVERIFY2(clock.elapsed() < Database::kPatienceMs, qPrintable(QString::number(clock.elapsed())));
    QCOMPARE(library.unsavedFolder(), folder.path());
    QVERIFY(library.notSavedYet() && library.notSavedYet()->reason.code == ErrorCode::conflict && library.unsaved());
    QVERIFY(library.notSavedYet()->since.secsTo(QDateTime::currentDateTime()) < 5);
    QVERIFY((*other)->run("unlock", "COMMIT").ok());
    library.tryNow(this, [&] { ++tried; });
    QTRY_COMPARE(tried, 2);
    QVERIFY(!library.notSavedYet() && !library.unsaved());
  }
  void aDatabaseThatIsDeletedStandsThereAgainAtTheEnd() {
    QTemporaryDir folder;
    const QString file = folder.filePath("conversations.db");
    {
      ConversationLibrary library([&](const auto& tell) { return storedConversations(file, tell); });
      library.save(ConversationChanges::whole(conversation("a", "A", "x")));
      QTRY_VERIFY(!library.unsaved("a"));
      QVERIFY(QFile::remove(file));
    }
    QCOMPARE(storedConversations(file, {})->list({})->size(), 1);
  }
  void whatOthersWriteIsTold() {
    QTemporaryDir folder;
    const QString file = folder.filePath("conversations.db");
    ConversationLibrary library([&](const auto& tell) { return storedConversations(file, tell); }, {20, 10, 3000});
    QSignalSpy changed(&library, &ConversationLibrary::changed);
    library.watch(true);
    QVERIFY(idle(library));
    auto other = storedConversations(file, {});
    QVERIFY(other->save(ConversationChanges::whole(conversation("a", "A", "x"))).ok());
    QTRY_VERIFY(changed.size() >= 1);
    library.watch(false);
    QVERIFY(idle(library));
    const auto before = changed.size();
    QVERIFY(other->save(ConversationChanges::whole(conversation("b", "B", "x"))).ok());
    // Timers fire in their order: another look would have come before this one.
    bool later = false;
    QTimer::singleShot(2 * 10, Qt::PreciseTimer, this, [&] { later = true; });
    QTRY_VERIFY(later);
    QVERIFY(idle(library));
    QCOMPARE(changed.size(), before);
    library.watch(true);  // at once, when one comes back
    QTRY_VERIFY(changed.size() > before);
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
