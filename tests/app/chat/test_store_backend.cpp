// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/store_backend.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

#include <random>

#include "app/chat/sampling_presets.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

QString word(std::mt19937& random) {
  static const QStringList words{"steam", "蒸汽机", "naïve", "\"quoted\"", "<think>", "\n", "💡", "x"};
  return words[qsizetype(random() % std::size_t(words.size()))];
}

// Any conversation that the program could have made.
Conversation randomConversation(unsigned seed) {
  std::mt19937 random(seed);
  Conversation made;
  made.id = QString("c%1").arg(seed);
  made.title = word(random) + word(random);
  made.createdMs = qint64(random());
  made.updatedMs = qint64(random());
  made.systemPrompt = random() % 2 ? word(random) : QString();
  made.sampling.temperature = float(random() % 100) / 64.0f;
  made.sampling.seed = random();
  if (random() % 2) made.edits.experts = {{2, int(random() % 8), ExpertAction::boost, 1.5f}};
  for (int i = 0; i < 12; ++i) {
    ChatMessage message;
    message.id = QString("m%1").arg(i);
    if (i) message.parent = QString("m%1").arg(random() % unsigned(i));
    message.createdMs = i;
    message.content.role = i % 2 ? Role::assistant : Role::user;
    if (random() % 3 == 0) message.content.parts.push_back({ReasoningPart{word(random).toStdString()}, {}});
    message.content.parts.push_back({TextPart{(word(random) + word(random)).toStdString()}, {}});
    if (random() % 4 == 0) message.content.parts.push_back({FilePart{"a.txt", "text/plain", word(random).toStdString()}, {}});
    if (i % 2) {
      AnswerFacts& facts = message.facts.emplace();
      facts.modelName = word(random);
      facts.seed = random();
      facts.auditEntry = qint64(random() % 1000);
      facts.stats.generated_tokens = int(random() % 100);
      if (random() % 2) facts.finish = FinishReason::end_token;
    }
    made.tree.add(message);
  }
  made.tree.select(QString("m%1").arg(random() % 12));
  return made;
}

}  // namespace

class TestStoreBackend : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  static bool add(ConversationBackend& store, const QString& id, const ChatMessage& message) {
    ConversationChanges changes;
    changes.id = id;
    changes.messages = {message};
    return store.save(changes).ok();
  }
  static bool remove(ConversationBackend& store, const QString& id, qint64 atMs) {
    ConversationChanges changes;
    changes.id = id;
    changes.removedMs = atMs;
    return store.save(changes).ok();
  }
  std::unique_ptr<ConversationBackend> open() {
    return storedConversations(folder_.filePath("conversations.db"), [](const Error& error) { QFAIL(error.message().c_str()); });
  }

 private Q_SLOTS:
  void whatWasSavedIsRead() {
    for (unsigned seed = 1; seed <= 30; ++seed) {
      const Conversation made = randomConversation(seed);
      QVERIFY(open()->save(ConversationChanges::whole(made)).ok());
      const auto read = open()->load(made.id);  // as another run
      QVERIFY(read.ok());
      QCOMPARE(conversationToJson(*read), conversationToJson(made));
      QCOMPARE(read->tree.path(), made.tree.path());
      QVERIFY(read->edits == made.edits);
    }
  }
  void savedPieceByPieceItIsTheSame() {
    const Conversation made = randomConversation(99);
    auto store = open();
    Conversation empty = made;
    empty.tree = {};
    QVERIFY(store->save(ConversationChanges::whole(empty)).ok());
    for (const QString& id : made.tree.ids()) {
      ChatMessage growing = *made.tree.find(id);
      growing.content.parts = {{TextPart{"so far"}, {}}};
      QVERIFY(add(*store, made.id, growing));
      QVERIFY(add(*store, made.id, *made.tree.find(id)));
    }
    QVERIFY(store->save(ConversationChanges::whole(made)).ok());
    QCOMPARE(conversationToJson(*store->load(made.id)), conversationToJson(made));
  }
  void removedBroughtBackAndPurged() {
    auto store = open();
    const Conversation made = randomConversation(200);
    QVERIFY(store->save(ConversationChanges::whole(made)).ok());
    auto listed = [&] {
      const auto found = store->list({});
      return std::any_of(found->begin(), found->end(), [&](const ConversationSummary& each) { return each.id == made.id; });
    };
    QVERIFY(remove(*store, made.id, 1000));
    QVERIFY(!listed());
    QVERIFY(store->purge(1000).ok());
    QVERIFY(remove(*store, made.id, 0));
    QVERIFY(listed());
    QVERIFY(store->purge(2000).ok());  // not removed any more
    QVERIFY(listed());
    QVERIFY(remove(*store, made.id, 1000));
    QVERIFY(store->purge(1001).ok());
    QVERIFY(!remove(*store, made.id, 0));
    QVERIFY(!store->load(made.id).ok());
  }
  void keptAnswersGoWithTheirConversation() {
    auto store = open();
    Conversation made = randomConversation(400);
    ChatMessage& answer = *made.tree.find("m1");
    answer.kept = "c400/m1";
    QVERIFY(store->save(ConversationChanges::whole(made)).ok());
    AnswerSnapshot snapshot;
    snapshot.conversation = made.id;
    snapshot.answer = "m1";
    snapshot.text = "zyxwvutsecret";
    QVERIFY(store->keepAnswer(snapshot).ok());
    store = open();  // another run
    QCOMPARE(store->load(made.id)->tree.find("m1")->kept, QString("c400/m1"));
    QCOMPARE(store->load(made.id)->tree.find("m3")->kept, QString());
    QCOMPARE(store->loadAnswer(made.id, "m1")->text, std::string("zyxwvutsecret"));
    const QString file = folder_.filePath(QString(kAnswersFolder) + "/c400/m1.json");
    QVERIFY(QFile::exists(file));
    QVERIFY(remove(*store, made.id, 1000));
    QVERIFY(store->purge(1000).ok());
    QVERIFY(QFile::exists(file));
    QVERIFY(store->purge(1001).ok());
    QVERIFY(!QFile::exists(file));
    QVERIFY(store->loadAnswer(made.id, "m1").error().code == ErrorCode::not_found);
    QVERIFY(store->keepAnswer(snapshot).error().code == ErrorCode::not_found);  // it ended too late
    QVERIFY(!QFile::exists(file));
  }
  // As an open window does after a repair.
  void whatIsPutAnewBringsNothingBackAndOverwritesNothingNewer() {
    auto store = storedConversations(folder_.filePath("anew.db"), {});
    Conversation made = randomConversation(601);
    made.updatedMs = 5000;
    ConversationChanges anew = ConversationChanges::whole(made);
    anew.anew = anew.ifNewer = anew.bringBack = true;
    const auto stored = [&] {
      const auto found = store->load(made.id);
      return found.ok() ? *found : Conversation();
    };
    QVERIFY(store->save(anew).ok());  // it was not there: all of it is
    QCOMPARE(conversationToJson(stored()), conversationToJson(made));
    ConversationChanges renamed;
    renamed.id = made.id;
    renamed.title = "Renamed by the other window";
    QVERIFY(store->save(renamed).ok());
    QVERIFY(store->save(anew).ok());
    QCOMPARE(stored().title, *renamed.title);
    renamed.title = "Renamed here";  // together with what somebody has just changed
    ConversationChanges both = anew;
    both.add(renamed);
    both.anew = true;
    QVERIFY(store->save(both).ok());
    QCOMPARE(stored().title, *renamed.title);
    anew.updatedMs = 5001;
    QVERIFY(store->save(anew).ok());
    QCOMPARE(stored().title, made.title);
    QCOMPARE(stored().updatedMs, 5001);

    QVERIFY(remove(*store, made.id, 1000));
    const auto again = store->save(anew);
    QVERIFY(again.ok() && *again == ConversationBackend::Saved::Plainly);
    QVERIFY(store->list({})->isEmpty());
    ChatMessage more;
    more.id = "more";
    more.parent = made.tree.leaf();
    more.content = Message::text(Role::user, "and");
    anew.messages.append(more);
    const auto back = store->save(anew);
    QVERIFY(back.ok() && *back == ConversationBackend::Saved::BroughtBack);
    QCOMPARE(store->list({})->size(), 1);
  }
  void whatIsSavedIsSecuredAgainstALossOfPower() {
    auto store = storedConversations(folder_.filePath("secure.db"), {});
    QVERIFY(store->save(ConversationChanges::whole(randomConversation(701))).ok());
    QVERIFY(QFileInfo(folder_.filePath("secure.db-wal")).size() > 0);
    QVERIFY(store->secure().ok());
    QVERIFY(storedConversations(folder_.filePath("not made yet.db"), {})->secure().ok());
    const Status nowhere = storedConversations(folder_.filePath("secure.db/below.db"), {})->secure();
    QVERIFY(!nowhere.ok() && nowhere.error().code == ErrorCode::io);
  }
  void answersThatCannotBeDeletedKeepTheirConversationOnly() {
    QStringList told;
    auto store = storedConversations(folder_.filePath("stuck.db"), [&](const Error& error) { told.append(QString::fromStdString(error.message())); });
    for (const unsigned seed : {501u, 502u, 503u}) {
      const Conversation made = randomConversation(seed);
      QVERIFY(store->save(ConversationChanges::whole(made)).ok());
      QVERIFY(remove(*store, made.id, 1000));
    }
    // Not even the superuser deletes what a link leads to.
    QVERIFY(QDir(folder_.path()).mkpath(QString(kAnswersFolder)) && QDir(folder_.path()).mkpath("elsewhere"));
    const QString stuck = folder_.filePath(QString(kAnswersFolder) + "/c502");
    QVERIFY(QFile::link(folder_.filePath("elsewhere"), stuck));
    for (int i = 0; i < 2; ++i) {
      QVERIFY(store->purge(2000).ok());
      QCOMPARE(told.size(), 1);
      QVERIFY2(told[0].contains("c502"), qPrintable(told[0]));
      for (const char* id : {"c501", "c503"}) QVERIFY(store->load(id).error().code == ErrorCode::not_found);
      QVERIFY(store->load("c502").ok());
    }
    QVERIFY(QFile::remove(stuck));
    QVERIFY(store->purge(2000).ok());
    QVERIFY(!store->load("c502").ok());
  }
  void aLeafThatWasNeverWrittenLeavesABranchToShow() {
    Conversation made = randomConversation(300);
    auto store = open();
    QVERIFY(store->save(ConversationChanges::whole(made)).ok());
    ConversationChanges leaf;
    leaf.id = made.id;
    leaf.leaf = "lost";
    QVERIFY(store->save(leaf).ok());  // and the program is killed
    const auto read = store->load(made.id);
    QVERIFY(read.ok());
    QCOMPARE(read->tree.size(), made.tree.size());
    QVERIFY(!read->tree.path().isEmpty());
  }
};

QTEST_GUILESS_MAIN(TestStoreBackend)
#include "test_store_backend.moc"
