// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/stores: conversation_repair
#include <sys/resource.h>
#include <unistd.h>

#include <QProcess>
#include <QRandomGenerator>
#include <QThread>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <vector>

#include "app/stores/conversation_repair.h"
#include "app/stores/conversation_schema.h"
#include "app/stores/folder_lock.h"
#include "tests/app/stores/store_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestConversationStore : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keepsConversationsBetweenRuns();
  void keepsTreesWithTheirBranches();
  void replacesAMessageThatGrows();
  void refusesWhatDoesNotFit();
  void importsWholeOrNot();
  void findsWordsAlsoChineseOnes();
  void cutsSnippets();
  void removesAndBringsBack();
  void purgesForGood();
  void purgesForGoodOutOfALargeIndex();
  void purgesButForSome();
  void givesUpPurgingInAHurry();
  void listsBigHistoriesFast();
  void keepsWhatWasStreamedWhenKilled();
  void twoWindowsShareIt();
  void whatIsNotAmongTheChangesStays();
  void aNewMessageBringsBackWhatWasRemoved();
  void noticesWhatOthersWrite();
  void waitsForALockButNotInAHurry();
  void setsADamagedDatabaseAside_data();
  void setsADamagedDatabaseAside();
  void repairsAtOnceWhatIsFoundWhileReading();
  void repairsAtOnceWhatIsDoneToItWhileOpen_data();
  void repairsAtOnceWhatIsDoneToItWhileOpen();
  void fillsAnEmptiedFileFromItsLog();
  void bringsBackAFileThatIsDeletedWhileOpen();
  void keepsAsideAFileThatIsReplacedWhileOpen();
  void goesOnInTheFileThatAnotherWindowRepaired();
  void repairsTablesThatDoNotFitAtTheStart();
  void leavesADamagedFileAloneWhereThereIsNoRoom();
  void keepsWhatIsOpenWhereItCannotBePutBack();
  void keepsElsewhereAtTheEndWhatCannotBePutBack();
  void bringsBackWhatCanBeReadOfAFileThatIsDamagedAndDeleted();
  void windowsThatPutItRightAtTheSameTimeDoItOnce_data();
  void windowsThatPutItRightAtTheSameTimeDoItOnce();
  void goesOnInTheFileThatStandsThereByNow();
  void waitsForAFileThatIsStillBeingWritten();
  void whatASecondLookFindsWholeIsNotRepaired();
  void leavesRepairsToTheNextStartInAHurry();
  void afterAFailureAllIsAsItWasFound();
  void removesWhatAKilledRepairLeftBehind();
  void doesNotCountRepairsThatFail();
  void keepsFewCopiesOfAFileThatIsReplacedAgainAndAgain();
  void putsMessagesAnewAsTheyAre();
  void saysWhenItCannotWrite();
  void leavesANewerDatabaseAlone();
  void doesNotRepairWhatANewerVersionHasJustBroughtUp_data();
  void doesNotRepairWhatANewerVersionHasJustBroughtUp();
  void looksAtWhatOthersDidBeforeItWrote();
  void worksOnAnotherThread();
};

void TestConversationStore::keepsConversationsBetweenRuns() {
  const Folder folder;
  const QString file = folder.path("a folder/conversations.db");
  auto first = conversation(QStringLiteral("1"), QStringLiteral("First \"quoted\" 专家"));
  first.settings = QByteArray("\x00\xff", 2);  // not looked into
  first.leaf = QStringLiteral("m");
  StoredMessage m = message(QStringLiteral("m"), {}, QStringLiteral("hello"));
  m.facts = R"({"seed":18446744073709551615})";
  m.trace = QStringLiteral("traces/m.rhtrace");
  {
    ConversationStore store(file);
    QCOMPARE(must(store.list()), {});
    QVERIFY(save(store, first).ok());
    QVERIFY(save(store, conversation(QStringLiteral("2"), QStringLiteral("Second"), 2000)).ok());
    QVERIFY(save(store, QStringLiteral("1"), m).ok());
  }
  ConversationStore store(file);
  const auto list = must(store.list());
  QCOMPARE(list.size(), 2);
  QCOMPARE(list[0], (StoredSummary{QStringLiteral("2"), QStringLiteral("Second"), 2000, 0, {}}));
  QCOMPARE(list[1], (StoredSummary{QStringLiteral("1"), first.title, 1000, 1, {}}));
  QCOMPARE(must(store.conversation(QStringLiteral("1"))), first);
  QCOMPARE(must(store.messages(QStringLiteral("1"))), QList{m});
  first.title = QStringLiteral("Renamed");
  first.updatedMs = 3000;
  QVERIFY(save(store, first).ok());
  QCOMPARE(must(store.list())[0].title, QStringLiteral("Renamed"));
  QCOMPARE(must(store.messages(QStringLiteral("1"))), QList{m});
  const auto none = store.conversation(QStringLiteral("3"));
  QVERIFY(!none.ok() && none.error().code == ErrorCode::not_found);
  QVERIFY(must(store.messages(QStringLiteral("3"))).isEmpty());
}

void TestConversationStore::keepsTreesWithTheirBranches() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  QVERIFY(save(store, conversation(QStringLiteral("c"), QStringLiteral("Tree"))).ok());
  // A random tree, written in order; it comes back in that order, parents before children.
  QRandomGenerator random(4);
  QList<StoredMessage> tree;
  for (int i = 0; i < 300; ++i) {
    const int parent = static_cast<int>(random.bounded(i + 1)) - 1;
    tree.append(message(QString::number(i * 7919 % 300), parent < 0 ? QString() : tree[parent].id, QStringLiteral("text %1").arg(i)));
    QVERIFY(save(store, QStringLiteral("c"), tree.last()).ok());
  }
  QCOMPARE(must(store.messages(QStringLiteral("c"))), tree);
}

void TestConversationStore::replacesAMessageThatGrows() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  QVERIFY(save(store, conversation(QStringLiteral("c"), {})).ok());
  StoredMessage answer = message(QStringLiteral("a"), {}, {});
  for (const char* word : {"slowly", "growing", "answer"}) {
    answer.text += QLatin1Char(' ') + QLatin1String(word);
    answer.parts = answer.text.toUtf8();
    QVERIFY(save(store, QStringLiteral("c"), answer).ok());
    QCOMPARE(must(store.messages(QStringLiteral("c"))), QList{answer});
    QCOMPARE(must(store.list(QLatin1String(word))).size(), 1);
  }
  answer.text = QStringLiteral("replaced");
  answer.facts = "{}";
  QVERIFY(save(store, QStringLiteral("c"), answer).ok());
  QVERIFY(must(store.list(QStringLiteral("growing"))).isEmpty());
  QCOMPARE(must(store.list(QStringLiteral("replaced"))).size(), 1);
  // Where it stands in the tree and since when do not change.
  StoredMessage moved = answer;
  moved.createdMs = 99;
  moved.parent = QStringLiteral("elsewhere");
  QVERIFY(save(store, QStringLiteral("c"), moved).ok());
  QCOMPARE(must(store.messages(QStringLiteral("c"))), QList{answer});
}

void TestConversationStore::refusesWhatDoesNotFit() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  QVERIFY(save(store, conversation(QStringLiteral("c"), {})).ok());
  QVERIFY(save(store, conversation(QStringLiteral("d"), {})).ok());
  QVERIFY(save(store, QStringLiteral("d"), message(QStringLiteral("other"), {}, {})).ok());
  const auto code = [](const Status& status) { return status.ok() ? -1 : static_cast<int>(status.error().code); };
  const int invalid = static_cast<int>(ErrorCode::invalid_argument), missing = static_cast<int>(ErrorCode::not_found);
  QCOMPARE(code(save(store, QStringLiteral("c"), message({}, {}, {}))), invalid);
  QCOMPARE(code(save(store, QStringLiteral("c"), message(QStringLiteral("m"), QStringLiteral("other"), {}))), invalid);
  QCOMPARE(code(save(store, QStringLiteral("x"), message(QStringLiteral("m"), {}, {}))), missing);
  QCOMPARE(code(save(store, conversation({}, {}))), invalid);
  QCOMPARE(code(remove(store, QStringLiteral("x"), 1000)), missing);
  QCOMPARE(code(remove(store, QStringLiteral("x"), 0)), missing);
  QVERIFY(must(store.messages(QStringLiteral("c"))).isEmpty());
}

void TestConversationStore::importsWholeOrNot() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  const auto properties = conversation(QStringLiteral("c"), QStringLiteral("Imported"));
  const QList<StoredMessage> broken = {message(QStringLiteral("a"), {}, QStringLiteral("one")), message(QStringLiteral("b"), QStringLiteral("z"), {})};
  QVERIFY(!save(store, properties, broken).ok());
  QVERIFY(must(store.list()).isEmpty());
  QVERIFY(must(store.list(QStringLiteral("one"))).isEmpty());
  const QList<StoredMessage> whole = {broken[0], message(QStringLiteral("b"), QStringLiteral("a"), {})};
  QVERIFY(save(store, properties, whole).ok());
  QCOMPARE(must(store.messages(QStringLiteral("c"))), whole);
  QVERIFY(save(store, properties, whole).ok());  // as when it is not known whether it was written
  QCOMPARE(must(store.messages(QStringLiteral("c"))), whole);
}

void TestConversationStore::findsWordsAlsoChineseOnes() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  const auto put = [&](const char* id, const char* title, std::initializer_list<const char*> texts) {
    QVERIFY(save(store, conversation(QString::fromUtf8(id), QString::fromUtf8(title), id[0])).ok());
    int n = 0;
    for (const char* text : texts) QVERIFY(save(store, QString::fromUtf8(id), message(QString::number(n++), {}, QString::fromUtf8(text))).ok());
  };
  put("a", "About routers", {"Which experts answer?", "混合专家模型的路由器选择专家。"});
  put("b", "路由", {"Nothing of note", "It's \"quoted\" 100% AND more"});
  put("c", "Naïve", {"plain"});
  const auto found = [&](const char* typed) {
    QString ids;
    for (const auto& summary : must(store.list(QString::fromUtf8(typed)))) ids += summary.id;
    return ids;
  };
  QCOMPARE(found(""), QStringLiteral("cba"));
  QCOMPARE(found("   "), QStringLiteral("cba"));
  QCOMPARE(found("experts"), QStringLiteral("a"));
  QCOMPARE(found("EXPERT"), QStringLiteral("a"));
  QCOMPARE(found("专家模型"), QStringLiteral("a"));
  QCOMPARE(found("路由"), QStringLiteral("ba"));  // title of one, text of the other
  QCOMPARE(found("由路"), QString());
  QCOMPARE(found("naive"), QStringLiteral("c"));
  QCOMPARE(found("router"), QStringLiteral("a"));
  QCOMPARE(found("AND"), QStringLiteral("b"));
  QCOMPARE(found("\"; DROP TABLE messages; --"), QString());
  QCOMPARE(found("!?"), QString());
  QCOMPARE(must(store.list(QStringLiteral("选择")))[0].snippet, QStringLiteral("混合专家模型的路由器选择专家。"));
  QCOMPARE(must(store.list(QStringLiteral("naive")))[0].snippet, QString());
  put("b", "Renamed", {});
  QCOMPARE(found("路由"), QStringLiteral("a"));
  QCOMPARE(found("renamed"), QStringLiteral("b"));
}

void TestConversationStore::cutsSnippets() {
  const auto snippet = [](const QString& text, const char* typed) { return ConversationStore::snippet(text, QString::fromUtf8(typed)); };
  QCOMPARE(snippet(QStringLiteral("short\n text"), "TEXT"), QStringLiteral("short text"));
  const QString filler(200, QLatin1Char('a'));
  const QString cut = snippet(filler + QStringLiteral(" needle ") + filler, "needle");
  QVERIFY(cut.contains(QStringLiteral(" needle ")) && cut.startsWith(QStringLiteral("…a")) && cut.endsWith(QStringLiteral("a…")));
  QVERIFY(cut.size() <= 122);
  QVERIFY(snippet(filler, "no such word").startsWith(QLatin1Char('a')));
  QCOMPARE(snippet({}, "x"), QString());
  // Never half a character.
  const QString emoji = QStringLiteral("😀");
  for (int shift = 0; shift < 4; ++shift) {
    const QString text = emoji.repeated(40) + QString(shift, QLatin1Char('b')) + QStringLiteral("needle") + emoji.repeated(100);
    const QString piece = snippet(text, "needle");
    QVERIFY(piece.contains(QStringLiteral("needle")));
    QCOMPARE(QString::fromUtf8(piece.toUtf8()), piece);
  }
}

void TestConversationStore::removesAndBringsBack() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  const QList<StoredMessage> list = {message(QStringLiteral("m"), {}, QStringLiteral("word"))};
  QVERIFY(save(store, conversation(QStringLiteral("c"), QStringLiteral("title")), list).ok());
  QVERIFY(remove(store, QStringLiteral("c"), 1000).ok());
  QVERIFY(must(store.list()).isEmpty());
  QVERIFY(must(store.list(QStringLiteral("word"))).isEmpty());
  QVERIFY(must(store.list(QStringLiteral("title"))).isEmpty());
  QVERIFY(store.purge(0).ok());  // nothing is that old
  QVERIFY(remove(store, QStringLiteral("c"), 0).ok());
  QCOMPARE(must(store.list(QStringLiteral("word"))).size(), 1);
  QCOMPARE(must(store.messages(QStringLiteral("c"))), list);
}

void TestConversationStore::purgesForGood() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  QVERIFY(save(store, conversation(QStringLiteral("keep"), QStringLiteral("kept")), {message(QStringLiteral("m"), {}, QStringLiteral("harmless"))}).ok());
  const QString secret = QStringLiteral("zyxwvutsecret 极密文件 ");
  QVERIFY(save(store, conversation(QStringLiteral("c"), QStringLiteral("qqsecrettitle")), {message(QStringLiteral("m"), {}, secret.repeated(500))}).ok());
  const auto holds = [&](const QByteArray& bytes) {
    for (const QString& name : folder.files())
      if (fileBytes(folder.path(name)).contains(bytes)) return true;
    return false;
  };
  QVERIFY(remove(store, QStringLiteral("c"), 1000).ok());
  QVERIFY(holds("zyxwvutsecret") && holds("qqsecrettitle"));
  QVERIFY(store.purge().ok());
  QVERIFY(!remove(store, QStringLiteral("c"), 0).ok());
  QVERIFY(!holds("zyxwvut") && !holds("qqsecret") && !holds("极密"));
  QCOMPARE(must(store.list()).size(), 1);
  QCOMPARE(must(store.list(QStringLiteral("harmless"))).size(), 1);
  QVERIFY(store.purge().ok());
}

void TestConversationStore::purgesForGoodOutOfALargeIndex() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  QRandomGenerator random(7);
  const auto words = [&](int count) {
    QString text;
    for (int i = 0; i < count; ++i) text += QString::number(random.generate64(), 36) + QLatin1Char(' ');
    return text;
  };
  for (int c = 0; c < 30; ++c) {
    const QString text = words(2000) + (c % 3 ? QStringLiteral("harmless") : QStringLiteral("zyxwvutsecret%1").arg(c));
    QVERIFY(save(store, conversation(QString::number(c), {}), {message(QStringLiteral("m"), {}, text)}).ok());
  }
  for (int c = 0; c < 30; c += 3) QVERIFY(remove(store, QString::number(c), 1000).ok());
  QVERIFY(store.purge().ok());
  for (const QString& name : folder.files()) QVERIFY2(!fileBytes(folder.path(name)).contains("zyxwvut"), qPrintable(name));
  QCOMPARE(must(store.list(QStringLiteral("harmless"))).size(), 20);
}

void TestConversationStore::purgesButForSome() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  for (const char* id : {"a", "b\"'", "c"}) {
    QVERIFY(save(store, conversation(QString::fromLatin1(id), {})).ok());
    QVERIFY(remove(store, QString::fromLatin1(id), 1000).ok());
  }
  QVERIFY(store.purge(2000, {QStringLiteral("b\"'"), QStringLiteral("nowhere")}).ok());
  QCOMPARE(must(store.removedBefore(2000)), QStringList{QStringLiteral("b\"'")});
}

void TestConversationStore::givesUpPurgingInAHurry() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  QVERIFY(save(store, conversation(QStringLiteral("c"), {}), {message(QStringLiteral("m"), {}, QStringLiteral("word"))}).ok());
  QVERIFY(remove(store, QStringLiteral("c"), 1000).ok());
  store.hurry();
  const Status purged = store.purge();
  QVERIFY(!purged.ok() && purged.error().code == ErrorCode::cancelled);
  QVERIFY(remove(store, QStringLiteral("c"), 0).ok());  // nothing of it is gone
  QCOMPARE(must(store.list(QStringLiteral("word"))).size(), 1);
}

void TestConversationStore::listsBigHistoriesFast() {
  const Folder folder;
  {
    ConversationStore store(folder.path("c.db"));
    int n = 0;
    for (int c = 0; c < 200; ++c) {
      QList<StoredMessage> list;
      for (int m = 0; m < 50; ++m) {
        list.append(message(QString::number(m), m == 0 ? QString() : QString::number(m - 1),
                            QStringLiteral("The %1th message 专家模型 with some ordinary words in it, %2.").arg(++n).arg(m)));
      }
      QVERIFY(save(store, conversation(QString::number(c), QStringLiteral("Conversation %1").arg(c), c), list).ok());
    }
  }
  qint64 opened = std::numeric_limits<qint64>::max(), searched = opened, loaded = opened;
  for (int round = 0; round < 3; ++round) {  // the machine may be busy: the best of three
    QElapsedTimer timer;
    timer.start();
    ConversationStore store(folder.path("c.db"));
    QCOMPARE(must(store.list()).size(), 200);
    opened = std::min(opened, timer.nsecsElapsed());
    timer.restart();
    QCOMPARE(must(store.list(QStringLiteral("专家 9999th"))).size(), 1);
    searched = std::min(searched, timer.nsecsElapsed());
    timer.restart();
    QCOMPARE(must(store.messages(QStringLiteral("199"))).size(), 50);
    loaded = std::min(loaded, timer.nsecsElapsed());
  }
  qInfo("10,000 messages: open and list %.1f ms, search %.1f ms, load one %.1f ms", opened / 1e6, searched / 1e6, loaded / 1e6);
  QVERIFY2(opened < 100'000'000, qPrintable(QString::number(opened)));
  QVERIFY2(searched < 100'000'000, qPrintable(QString::number(searched)));
  QVERIFY2(loaded < 50'000'000, qPrintable(QString::number(loaded)));
}

void TestConversationStore::keepsWhatWasStreamedWhenKilled() {
  const Folder folder;
  const QString file = folder.path("c.db");
  { ConversationStore store(file); QVERIFY(save(store, conversation(QStringLiteral("c"), {})).ok()); }
  QRandomGenerator random(1);
  for (int round = 0; round < 10; ++round) {
    QProcess writer;
    writer.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--stream"), file, QString::number(round)});
    QVERIFY(writer.waitForReadyRead());
    QThread::usleep(random.bounded(20'000));
    writer.kill();  // SIGKILL
    QVERIFY(writer.waitForFinished());
    const QList<QByteArray> lines = writer.readAllStandardOutput().split('\n');
    const int saved = lines.size() > 1 ? lines[lines.size() - 2].toInt() : 0;  // the last one may be cut
    ConversationStore store(file, [](const Error& error) { QFAIL(error.message().c_str()); });
    const auto messages = must(store.messages(QStringLiteral("c")));
    QCOMPARE(messages.size(), round + 1);
    QVERIFY2(messages.last().text.size() >= saved && saved > 0, qPrintable(QString::number(saved)));
    QCOMPARE(messages.last().text, QString(messages.last().text.size(), QLatin1Char('t')));
    QCOMPARE(messages.last().parts, messages.last().text.toUtf8());
  }
}

void TestConversationStore::twoWindowsShareIt() {
  const Folder folder;
  ConversationStore one(folder.path("c.db")), two(folder.path("c.db"));
  QVERIFY(save(one, conversation(QStringLiteral("1"), {})).ok());
  QVERIFY(save(two, conversation(QStringLiteral("2"), {})).ok());
  QVERIFY(save(two, QStringLiteral("1"), message(QStringLiteral("m"), {}, {})).ok());
  QCOMPARE(must(one.list()).size(), 2);
  QCOMPARE(must(one.messages(QStringLiteral("1"))).size(), 1);
}

void TestConversationStore::whatIsNotAmongTheChangesStays() {
  const Folder folder;
  ConversationStore one(folder.path("c.db")), two(folder.path("c.db"));
  auto expected = conversation(QStringLiteral("c"), QStringLiteral("Title"));
  QVERIFY(save(one, expected, {message(QStringLiteral("m"), {}, QStringLiteral("word"))}).ok());
  StoredChanges title, leaf;
  title.id = leaf.id = QStringLiteral("c");
  title.title = expected.title = QStringLiteral("Renamed");
  leaf.leaf = expected.leaf = QStringLiteral("m");
  QVERIFY(one.save(title).ok());
  QVERIFY(two.save(leaf).ok());
  QCOMPARE(must(one.conversation(QStringLiteral("c"))), expected);
  QCOMPARE(must(one.list(QStringLiteral("renamed"))).size(), 1);
  QVERIFY(must(one.list(QStringLiteral("title"))).isEmpty());
}

void TestConversationStore::aNewMessageBringsBackWhatWasRemoved() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  const StoredMessage first = message(QStringLiteral("m"), {}, QStringLiteral("one"));
  QVERIFY(save(store, conversation(QStringLiteral("c"), {}), {first}).ok());
  QVERIFY(remove(store, QStringLiteral("c"), 1000).ok());
  StoredChanges changes;
  changes.id = QStringLiteral("c");
  changes.title = QStringLiteral("Title");
  changes.bringBack = true;
  changes.messages = {first};  // one that grows is no new one
  QCOMPARE(must(store.save(changes)), false);
  QVERIFY(must(store.list()).isEmpty());
  changes.messages.append(message(QStringLiteral("n"), QStringLiteral("m"), QStringLiteral("two")));
  changes.bringBack = false;
  StoredChanges asked = changes;
  asked.messages.last().id = QStringLiteral("o");
  asked.bringBack = true;
  QCOMPARE(must(store.save(changes)), false);
  QVERIFY(must(store.list()).isEmpty());
  QCOMPARE(must(store.save(asked)), true);
  QCOMPARE(must(store.list()).value(0).messages, 3);
  QVERIFY(remove(store, QStringLiteral("c"), 1000).ok());
  QVERIFY(store.purge().ok());
  const auto gone = store.save(asked);
  QVERIFY(!gone.ok() && gone.error().code == ErrorCode::not_found);
  QVERIFY(must(store.list()).isEmpty());
}

void TestConversationStore::noticesWhatOthersWrite() {
  const Folder folder;
  ConversationStore one(folder.path("c.db")), two(folder.path("c.db"));
  QCOMPARE(must(one.changedElsewhere()), false);
  QVERIFY(save(one, conversation(QStringLiteral("1"), {})).ok());
  QCOMPARE(must(one.changedElsewhere()), false);
  QVERIFY(save(two, conversation(QStringLiteral("2"), {})).ok());
  QCOMPARE(must(one.changedElsewhere()), true);
  QCOMPARE(must(one.changedElsewhere()), false);
}

void TestConversationStore::waitsForALockButNotInAHurry() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  QVERIFY(save(store, conversation(QStringLiteral("c"), {})).ok());
  const auto other = must(Database::open(folder.path("c.db"), "open"));
  const auto lock = [&] { (void)must(other->run("lock", QStringLiteral("BEGIN IMMEDIATE"))); };
  const auto unlock = [&] { (void)must(other->run("unlock", QStringLiteral("COMMIT"))); };
  // Saves as another window would, which is asking when `meanwhile` runs.
  const auto saveMeanwhile = [&](const std::function<void()>& meanwhile) {
    Status status = Ok{};
    std::atomic<bool> asking = false, over = false, early = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] {
      ConversationStore own(folder.path("c.db"));
      status = own.open();
      asking = true;
      status = save(own, conversation(QStringLiteral("d"), {}));
      early = !over;
    }));
    thread->start();
    while (!asking && !thread->isFinished()) QThread::msleep(1);
    for (int i = 0; i < 30 && !early; ++i) QThread::msleep(1);
    over = true;
    meanwhile();
    thread->wait();
    return status.ok() && early ? Status(Error{ErrorCode::internal, "save", "c.db", "a lock", "none"}) : status;
  };
  lock();
  QVERIFY(saveMeanwhile(unlock).ok());
  lock();
  const std::unique_ptr<QThread> hurry(QThread::create([&] {
    QThread::msleep(30);
    store.hurry();
  }));
  QElapsedTimer clock;
  clock.start();
  hurry->start();
  const Status locked = save(store, conversation(QStringLiteral("c"), {}));
  hurry->wait();
  QVERIFY(!locked.ok() && locked.error().code == ErrorCode::conflict);
  QVERIFY2(clock.elapsed() < 2000, qPrintable(QString::number(clock.elapsed())));
  unlock();
  QVERIFY(save(store, conversation(QStringLiteral("c"), {})).ok());
}

void TestConversationStore::setsADamagedDatabaseAside_data() {
  QTest::addColumn<int>("kind");
  QTest::newRow("not a database") << 0;
  QTest::newRow("first page overwritten") << 1;
  QTest::newRow("cut in the middle, killed before") << 2;
  QTest::newRow("pages overwritten, killed before") << 3;
}

void TestConversationStore::setsADamagedDatabaseAside() {
  QFETCH(const int, kind);
  const Folder folder;
  const QString file = folder.path("c.db");
  {
    ConversationStore store(file);
    for (int c = 0; c < 20; ++c) {
      QList<StoredMessage> list;
      for (int m = 0; m < 20; ++m) list.append(message(QString::number(m), {}, QString(400, QLatin1Char('x'))));
      QVERIFY(save(store, conversation(QString::number(c), QStringLiteral("title")), list).ok());
    }
  }
  QByteArray bytes = fileBytes(file);
  if (kind == 0) bytes = QByteArray(10000, 'x');
  if (kind == 1) bytes.replace(0, 100, QByteArray(100, 'y'));
  if (kind == 2) bytes.resize(bytes.size() / 2 / 4096 * 4096);
  if (kind == 3) bytes.replace(bytes.size() / 4 / 4096 * 4096, 8192, QByteArray(8192, 'z'));
  writeFile(file, bytes);
  rest(file);
  if (kind >= 2) writeFile(file + QStringLiteral(".suspect"), {});
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  const auto list = store.list();
  QVERIFY2(list.ok(), list.ok() ? "" : list.error().message().c_str());
  QCOMPARE(told.size(), 1);
  QVERIFY(told[0].code == ErrorCode::malformed);
  const QStringList aside = folder.files().filter(QRegularExpression(QStringLiteral("^c\\.db\\.damaged-[^-]*$")));
  QCOMPARE(aside.size(), 1);
  QCOMPARE(fileBytes(folder.path(aside[0])), bytes);
  QVERIFY(told[0].received.find(aside[0].toStdString()) != std::string::npos);
  if (kind >= 2) QVERIFY2(!list->isEmpty(), told[0].message().c_str());  // what could be read is there
  QCOMPARE(folder.files().filter(QStringLiteral("salvage")).size(), 0);
  QVERIFY(save(store, conversation(QStringLiteral("new"), {})).ok());
  ConversationStore again(file, [&](const Error& error) { told.append(error); });
  QCOMPARE(must(again.list()).size(), list->size() + 1);
  QCOMPARE(told.size(), 1);
}

void TestConversationStore::repairsAtOnceWhatIsFoundWhileReading() {
  const Folder folder;
  const QString file = folder.path("c.db");
  {
    ConversationStore store(file);
    QList<StoredMessage> list;
    for (int m = 0; m < 200; ++m) list.append(message(QString::number(m), {}, QString(400, QLatin1Char('x'))));
    QVERIFY(save(store, conversation(QStringLiteral("c"), QStringLiteral("title")), list).ok());
  }
  QByteArray bytes = fileBytes(file);
  // Pages of message rows: overwritten where their texts stand.
  const qsizetype at = bytes.indexOf(QByteArray(400, 'x'), bytes.size() / 3) / 4096 * 4096;
  bytes.replace(at, 4096, QByteArray(4096, char(0xfe)));
  writeFile(file, bytes);
  rest(file);
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  QVERIFY(must(store.list()).size() == 1);  // nothing is noticed yet
  QVERIFY(told.isEmpty());
  const auto messages = must(store.messages(QStringLiteral("c")));
  QCOMPARE(told.size(), 1);
  QVERIFY2(messages.size() >= 180 && messages.size() < 200, told[0].message().c_str());
  QVERIFY(store.remade());
  QVERIFY(!store.remade());
}

namespace {
// One conversation "c" of that many messages, and others.
void fill(ConversationStore& store, int messages) {
  QList<StoredMessage> list;
  for (int m = 0; m < messages; ++m) list.append(message(QString::number(m), m ? QString::number(m - 1) : QString(), QString(400, QLatin1Char('x'))));
  QVERIFY(save(store, conversation(QStringLiteral("c"), QStringLiteral("title")), list).ok());
  for (int c = 0; c < 20; ++c) QVERIFY(save(store, conversation(QString::number(c), QStringLiteral("other"))).ok());
}
QStringList asideCopies(const Folder& folder) {
  return folder.files().filter(QRegularExpression(QStringLiteral("^c\\.db\\.(damaged|replaced)-[^-]*$")));
}
// Another program, with SQLite or without.
void elsewhere(const QString& file, const char* statement) { (void)must(must(Database::open(file, "open"))->run("change", QLatin1String(statement))); }
}  // namespace

void TestConversationStore::repairsAtOnceWhatIsDoneToItWhileOpen_data() {
  QTest::addColumn<int>("kind");
  QTest::addColumn<QString>("missing");
  QTest::newRow("overwritten") << 0 << QString();
  QTest::newRow("its first page overwritten") << 1 << QString();
  QTest::newRow("pages overwritten") << 2 << QString();
  QTest::newRow("cut in the middle") << 3 << QString();
  QTest::newRow("emptied") << 4 << QString();
  QTest::newRow("a table dropped") << 5 << QStringLiteral("table messages");
  QTest::newRow("a column dropped") << 6 << QStringLiteral("column facts of table messages");
  QTest::newRow("the texts dropped") << 7 << QStringLiteral("column parts of table messages");
  QTest::newRow("a table of the search dropped") << 8 << QStringLiteral("search_messages");
}

void TestConversationStore::repairsAtOnceWhatIsDoneToItWhileOpen() {
  QFETCH(const int, kind);
  QFETCH(const QString, missing);
  const Folder folder;
  const QString file = folder.path("c.db");
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  fill(store, 200);
  elsewhere(file, "PRAGMA wal_checkpoint(TRUNCATE)");
  QByteArray bytes = fileBytes(file);
  if (kind == 0) bytes = QByteArray(bytes.size(), 'x');
  if (kind == 1) bytes.replace(0, 4096, QByteArray(4096, 'y'));
  if (kind == 2) bytes.replace(bytes.size() / 4 / 4096 * 4096, 8192, QByteArray(8192, 'z'));
  if (kind == 3) bytes.resize(bytes.size() / 2 / 4096 * 4096);
  if (kind == 4) bytes.clear();
  if (kind <= 4) {
    QFile over(file);  // in place, as other programs write
    QVERIFY(over.open(QIODevice::ReadWrite) && over.resize(bytes.size()) && over.write(bytes) == bytes.size());
  }
  if (kind == 5) elsewhere(file, "DROP TABLE messages");
  if (kind == 6) elsewhere(file, "ALTER TABLE messages DROP COLUMN facts");
  if (kind == 7) elsewhere(file, "ALTER TABLE messages DROP COLUMN parts");
  if (kind == 8) elsewhere(file, "DROP TABLE search_messages");

  rest(file);

  StoredMessage late = message(QStringLiteral("late"), {}, QStringLiteral("zeppelin"));
  const Status saved = save(store, conversation(QStringLiteral("c"), QStringLiteral("title")), {late});
  QVERIFY2(saved.ok(), saved.ok() ? "" : saved.error().message().c_str());
  QVERIFY(store.remade());
  QCOMPARE(told.size(), 1);
  QVERIFY(told[0].code == ErrorCode::malformed);
  if (!missing.isEmpty()) QVERIFY2(told[0].message().find(missing.toStdString()) != std::string::npos, told[0].message().c_str());
  QCOMPARE(asideCopies(folder).size(), 1);
  QVERIFY(told[0].received.find(asideCopies(folder)[0].toStdString()) != std::string::npos);
  QVERIFY2(folder.files().filter(QRegularExpression(QStringLiteral("salvage|repaired|rescued"))).isEmpty(), qPrintable(folder.files().join(QLatin1Char(' '))));

  ConversationStore again(file, [&](const Error& error) { told.append(error); });
  const auto kept = must(again.messages(QStringLiteral("c")));
  QVERIFY(kept.contains(late));
  QCOMPARE(must(again.list(QStringLiteral("zeppelin"))).size(), 1);
  QVERIFY(save(again, QStringLiteral("c"), message(QStringLiteral("later"), QStringLiteral("late"), QStringLiteral("x"))).ok());
  QCOMPARE(told.size(), 1);
  if (kind >= 2 && kind != 4 && kind != 5) QVERIFY2(kept.size() > 50, told[0].message().c_str());
  if (kind >= 5) QCOMPARE(must(again.list()).size(), 21);
  if (kind >= 6) QCOMPARE(kept.size(), 201);
  if (kind == 7) QCOMPARE(kept[3].parts, "[{\"type\":\"text\",\"text\":\"" + QByteArray(400, 'x') + "\"}]");
}

void TestConversationStore::fillsAnEmptiedFileFromItsLog() {
  const Folder folder;
  const QString file = folder.path("c.db");
  ConversationStore store(file, [&](const Error& error) { QFAIL(error.message().c_str()); });
  fill(store, 20);
  QVERIFY(QFile::resize(file, 0));
  QVERIFY(save(store, conversation(QStringLiteral("late"), {})).ok());
  for (const char* suffix : {"", "-wal"}) QVERIFY(QFile::copy(file + QLatin1String(suffix), folder.path("killed.db") + QLatin1String(suffix)));
  QCOMPARE(must(ConversationStore(folder.path("killed.db")).list()).size(), 22);
}

void TestConversationStore::bringsBackAFileThatIsDeletedWhileOpen() {
  enum Deleted { Itself, WithItsLog, WithItsFolder };
  for (const Deleted what : {Itself, WithItsLog, WithItsFolder}) {
    const Folder folder;
    const QString file = folder.path("data/c.db");
    QList<Error> told;
    ConversationStore store(file, [&](const Error& error) { told.append(error); });
    fill(store, 20);
    QVERIFY(QFile::remove(file));
    if (what != Itself) {
      QVERIFY(QFile::remove(file + QStringLiteral("-wal")));
      QVERIFY(QFile::remove(file + QStringLiteral("-shm")));
    }
    if (what == WithItsFolder) QVERIFY(QDir(folder.root()).rmdir(QStringLiteral("data")));
    QVERIFY(save(store, QStringLiteral("c"), message(QStringLiteral("late"), QStringLiteral("19"), QStringLiteral("zeppelin"))).ok());
    QCOMPARE(told.size(), 1);
    QVERIFY2(told[0].received.find("deleted") != std::string::npos, told[0].message().c_str());
    QVERIFY(store.remade());
    ConversationStore again(file, [&](const Error& error) { told.append(error); });
    QCOMPARE(must(again.list()).size(), 21);
    QCOMPARE(must(again.messages(QStringLiteral("c"))).size(), 21);
    QVERIFY(save(again, QStringLiteral("c"), message(QStringLiteral("later"), QStringLiteral("late"), QStringLiteral("x"))).ok());
    QCOMPARE(must(store.messages(QStringLiteral("c"))).size(), 22);  // it is the same file
    QCOMPARE(told.size(), 1);
    QVERIFY(QFile::permissions(file) == (QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser));
  }
}

void TestConversationStore::keepsAsideAFileThatIsReplacedWhileOpen() {
  const Folder folder;
  const QString file = folder.path("c.db");
  {
    ConversationStore other(folder.path("other.db"));
    QVERIFY(save(other, conversation(QStringLiteral("theirs"), {}), {message(QStringLiteral("t"), {}, QStringLiteral("x"))}).ok());
  }
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  fill(store, 20);
  QCOMPARE(::rename(QFile::encodeName(folder.path("other.db")).constData(), QFile::encodeName(file).constData()), 0);
  QVERIFY(save(store, conversation(QStringLiteral("mine"), {}), {message(QStringLiteral("m"), {}, QStringLiteral("x"))}).ok());
  QVERIFY(store.remade());
  QCOMPARE(told.size(), 1);
  const QStringList aside = asideCopies(folder);
  QCOMPARE(aside.size(), 1);
  QVERIFY2(told[0].received.find(aside[0].toStdString()) != std::string::npos, told[0].message().c_str());
  for (ConversationStore* each : {&store, std::make_unique<ConversationStore>(file).release()}) {
    QCOMPARE(must(each->list()).size(), 2);
    QCOMPARE(must(each->messages(QStringLiteral("theirs"))).size(), 1);
    QCOMPARE(must(each->messages(QStringLiteral("mine"))).size(), 1);
    if (each != &store) delete each;
  }
  ConversationStore kept(folder.path(aside[0]));
  QCOMPARE(must(kept.list()).size(), 21);
  QCOMPARE(must(kept.messages(QStringLiteral("c"))).size(), 20);
}

void TestConversationStore::goesOnInTheFileThatAnotherWindowRepaired() {
  const Folder folder;
  const QString file = folder.path("c.db");
  ConversationStore one(file), two(file);
  fill(one, 20);
  QCOMPARE(must(two.list()).size(), 21);
  elsewhere(file, "DROP TABLE search_messages");
  rest(file);
  QVERIFY(save(one, QStringLiteral("c"), message(QStringLiteral("first"), QStringLiteral("19"), QStringLiteral("x"))).ok());
  QVERIFY(save(two, QStringLiteral("c"), message(QStringLiteral("second"), QStringLiteral("first"), QStringLiteral("x"))).ok());
  QVERIFY(one.remade() && two.remade());
  QCOMPARE(must(one.messages(QStringLiteral("c"))).size(), 22);
  QCOMPARE(asideCopies(folder).size(), 1);  // it is kept once
}

void TestConversationStore::repairsTablesThatDoNotFitAtTheStart() {
  for (const char* change : {"ALTER TABLE conversations DROP COLUMN edits", "DROP INDEX conversations_updated", "PRAGMA user_version=0"}) {
    const Folder folder;
    const QString file = folder.path("c.db");
    {
      ConversationStore store(file);
      fill(store, 20);
    }
    elsewhere(file, change);
    rest(file);
    QList<Error> told;
    ConversationStore store(file, [&](const Error& error) { told.append(error); });
    QCOMPARE(must(store.list()).size(), 21);
    QCOMPARE(must(store.messages(QStringLiteral("c"))).size(), 20);
    QVERIFY(save(store, conversation(QStringLiteral("c"), QStringLiteral("title"))).ok());
    QCOMPARE(told.size(), 1);
    QCOMPARE(asideCopies(folder).size(), 1);
  }
  // What others put beside them is theirs.
  const Folder folder;
  ConversationStore store(folder.path("c.db"), [](const Error& error) { QFAIL(error.message().c_str()); });
  fill(store, 1);
  elsewhere(folder.path("c.db"), "CREATE TABLE notes(a)");
  elsewhere(folder.path("c.db"), "ANALYZE");
  QVERIFY(save(store, conversation(QStringLiteral("c"), {})).ok());
  QCOMPARE(must(ConversationStore(folder.path("c.db"), [](const Error& error) { QFAIL(error.message().c_str()); }).list()).size(), 21);
}

void TestConversationStore::leavesADamagedFileAloneWhereThereIsNoRoom() {
  const Folder folder;
  const QString file = folder.path("c.db");
  {
    ConversationStore store(file);
    fill(store, 20);
  }
  QByteArray bytes = fileBytes(file);
  bytes.replace(bytes.size() / 4096 / 2 * 4096, 4096, QByteArray(4096, 'z'));
  writeFile(file, bytes);
  rest(file);
  writeFile(file + QStringLiteral(".suspect"), {});
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  for (const qint64 room : {qint64(40'000), bytes.size() - 4096}) {  // not even for the copy
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto old = ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before;
    limit.rlim_cur = rlim_t(room);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto list = store.list();
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old);
    QVERIFY(!list.ok());
    QCOMPARE(fileBytes(file), bytes);
    QVERIFY(told.isEmpty() && asideCopies(folder).isEmpty());
  }
  QVERIFY(!must(store.list()).isEmpty());
  QCOMPARE(told.size(), 1);
}

namespace {
// Stands for the disk's end while it is there.
class Room {
 public:
  explicit Room(qint64 bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    old_ = ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before_;
    limit.rlim_cur = rlim_t(bytes);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~Room() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, old_);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

 private:
  rlimit before_{};
  void (*old_)(int) = nullptr;
};

// Two pages of messages in the middle.
void damage(const QString& file) {
  elsewhere(file, "PRAGMA wal_checkpoint(TRUNCATE)");
  QFile over(file);  // in place, as other programs write
  QVERIFY(over.open(QIODevice::ReadWrite) && over.seek(over.size() / 4 / 4096 * 4096) && over.write(QByteArray(8192, 'z')) == 8192);
  over.close();
  rest(file);
}
}  // namespace

void TestConversationStore::keepsWhatIsOpenWhereItCannotBePutBack() {
  const Folder folder;
  const QString file = folder.path("c.db");
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  fill(store, 200);
  QVERIFY(QFile::remove(file));
  for (int i = 0; i < 2; ++i) {
    const Room room(40'000);
    const Status saved = save(store, conversation(QStringLiteral("late"), {}));
    QVERIFY(!saved.ok());
    QVERIFY2(saved.error().code == ErrorCode::io, saved.error().message().c_str());
    QVERIFY(!QFile::exists(file));
    QVERIFY2(folder.files().filter(QStringLiteral("rescued")).isEmpty(), qPrintable(folder.files().join(QLatin1Char(' '))));
  }
  QVERIFY(told.isEmpty());
  QVERIFY(save(store, conversation(QStringLiteral("late"), {})).ok());
  QCOMPARE(told.size(), 1);
  QCOMPARE(must(store.list()).size(), 22);
  QCOMPARE(must(ConversationStore(file).messages(QStringLiteral("c"))).size(), 200);
}

void TestConversationStore::keepsElsewhereAtTheEndWhatCannotBePutBack() {
  const Folder folder;
  for (const bool refuge : {false, true}) {
    const QString data = folder.path(refuge ? "one" : "two"), file = data + QStringLiteral("/c.db");
    {
      ConversationStore store(file, {}, {QString(), folder.path("nowhere"), folder.root()});
      fill(store, 20);
      QVERIFY(QDir(data).removeRecursively());
      if (refuge) writeFile(data, {});  // no folder can be there
      if (refuge) QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("The conversations are kept as .*/c\\.db\\.kept-")));
    }
    const QStringList kept = folder.files().filter(QStringLiteral("c.db.kept-"));
    QCOMPARE(kept.size(), refuge ? 1 : 0);
    QCOMPARE(must(ConversationStore(refuge ? folder.path(kept[0]) : file).list()).size(), 21);
  }
}

void TestConversationStore::bringsBackWhatCanBeReadOfAFileThatIsDamagedAndDeleted() {
  const Folder folder;
  const QString file = folder.path("c.db");
  {
    ConversationStore store(file);
    fill(store, 200);
  }
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  QCOMPARE(must(store.list()).size(), 21);  // that is not all that it holds: the rest is not in memory
  damage(file);
  QVERIFY(QFile::remove(file));
  QVERIFY(save(store, conversation(QStringLiteral("late"), {})).ok());
  QCOMPARE(told.size(), 1);
  QVERIFY2(told[0].received.find("stands there again; it was damaged, and 21 conversations") != std::string::npos, told[0].message().c_str());
  QCOMPARE(must(store.list()).size(), 22);
  const auto left = must(store.messages(QStringLiteral("c"))).size();
  QVERIFY2(left > 100 && left < 200, qPrintable(QString::number(left)));
}

void TestConversationStore::windowsThatPutItRightAtTheSameTimeDoItOnce_data() {
  QTest::addColumn<bool>("deleted");
  QTest::newRow("damaged") << false;
  QTest::newRow("deleted") << true;
}

// Programs of their own: two stores of one would share SQLite's locks.
void TestConversationStore::windowsThatPutItRightAtTheSameTimeDoItOnce() {
  QFETCH(const bool, deleted);
  const Folder folder;
  const QString file = folder.path("c.db");
  {
    ConversationStore store(file);
    fill(store, 2000);
  }
  std::vector<std::unique_ptr<QProcess>> windows;
  for (int i = 0; i < 3; ++i) {
    windows.push_back(std::make_unique<QProcess>());
    windows.back()->start(QCoreApplication::applicationFilePath(), {QStringLiteral("--window"), file, QString::number(i)});
    QVERIFY(windows.back()->waitForReadyRead());  // it has it open
    QCOMPARE(windows.back()->readAllStandardOutput(), "open\n");
  }
  if (deleted) QVERIFY(QFile::remove(file));
  else damage(file);
  for (const auto& each : windows) each->write("go\n");
  for (const auto& each : windows) {
    QVERIFY(each->waitForFinished());
    const QByteArray said = each->readAllStandardOutput();
    QVERIFY2(each->exitCode() == 0, said.constData());
  }
  QVERIFY2(folder.files().filter(QRegularExpression(QStringLiteral("salvage|repaired|rescued"))).isEmpty(), qPrintable(folder.files().join(QLatin1Char(' '))));
  QCOMPARE(folder.files().filter(QStringLiteral("c.db.damaged-")).filter(QRegularExpression(QStringLiteral("Z(-\\d+)?$"))).size(), deleted ? 0 : 1);
  ConversationStore store(file, [](const Error& error) { QFAIL(error.message().c_str()); });
  writeFile(file + QStringLiteral(".suspect"), {});
  QCOMPARE(must(store.list()).size(), 24);
  const auto left = must(store.messages(QStringLiteral("c"))).size();
  QVERIFY2(deleted ? left == 2000 : left > 1900, qPrintable(QString::number(left)));
}

void TestConversationStore::goesOnInTheFileThatStandsThereByNow() {
  const Folder folder;
  const QString file = folder.path("c.db");
  {
    ConversationStore store(file);
    fill(store, 200);
  }
  QVERIFY(QFile::copy(file, folder.path("good.db")));
  const QByteArray good = fileBytes(folder.path("good.db"));
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  QCOMPARE(must(store.list()).size(), 21);
  damage(file);
  // Another window is repairing it; ours finds the damage, and waits.
  auto lock = std::make_unique<FolderLock>(folder.root());
  QVERIFY(lock->held());
  Status saved = Ok{};
  const std::unique_ptr<QThread> thread(QThread::create([&] { saved = save(store, conversation(QStringLiteral("late"), {})); }));
  thread->start();
  QVERIFY(!thread->wait(50));
  QCOMPARE(::rename(QFile::encodeName(folder.path("good.db")).constData(), QFile::encodeName(file).constData()), 0);
  lock.reset();
  thread->wait();
  QVERIFY2(saved.ok(), saved.ok() ? "" : saved.error().message().c_str());
  QCOMPARE(folder.files().filter(QStringLiteral("damaged-")).size(), 0);
  QCOMPARE(folder.files().filter(QStringLiteral("replaced-")).size(), 1);  // what only its own connection still led to
  QCOMPARE(must(store.list()).size(), 22);
  QCOMPARE(must(store.messages(QStringLiteral("c"))).size(), 200);
}

void TestConversationStore::waitsForAFileThatIsStillBeingWritten() {
  const Folder folder;
  const QString file = folder.path("c.db");
  ConversationStore store(file);
  fill(store, 200);
  elsewhere(file, "PRAGMA wal_checkpoint(TRUNCATE)");
  const QByteArray whole = fileBytes(file);
  // As copying writes: the first half is new, the rest not yet there.
  QFile over(file);
  QVERIFY(over.open(QIODevice::ReadWrite) && over.resize(0) && over.write(whole.left(whole.size() / 2)) > 0 && over.flush());
  const Status early = save(store, conversation(QStringLiteral("late"), {}));
  QVERIFY(!early.ok());
  QVERIFY2(early.error().code == ErrorCode::conflict, early.error().message().c_str());
  QVERIFY(asideCopies(folder).isEmpty());
  QCOMPARE(fileBytes(file), whole.left(whole.size() / 2));  // nor written to
  QVERIFY(over.write(whole.mid(whole.size() / 2)) > 0);
  over.close();
  QVERIFY(save(store, conversation(QStringLiteral("late"), {})).ok());
  QVERIFY(asideCopies(folder).isEmpty());
  QCOMPARE(must(store.messages(QStringLiteral("c"))).size(), 200);
}

void TestConversationStore::whatASecondLookFindsWholeIsNotRepaired() {
  const Folder folder;
  const QString file = folder.path("c.db");
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  fill(store, 200);
  elsewhere(file, "PRAGMA wal_checkpoint(TRUNCATE)");
  const QByteArray whole = fileBytes(file);
  damage(file);
  auto lock = std::make_unique<FolderLock>(folder.root());
  Status saved = Ok{};
  const std::unique_ptr<QThread> thread(QThread::create([&] { saved = save(store, conversation(QStringLiteral("late"), {})); }));
  thread->start();
  QVERIFY(!thread->wait(50));
  {
    QFile over(file);
    QVERIFY(over.open(QIODevice::ReadWrite) && over.write(whole) == whole.size());
  }
  lock.reset();
  thread->wait();
  QVERIFY2(saved.ok(), saved.ok() ? "" : saved.error().message().c_str());
  QVERIFY(told.isEmpty() && asideCopies(folder).isEmpty());
  QCOMPARE(must(store.messages(QStringLiteral("c"))).size(), 200);
}

void TestConversationStore::leavesRepairsToTheNextStartInAHurry() {
  const Folder folder;
  const QString file = folder.path("c.db");
  {
    ConversationStore store(file);
    fill(store, 200);
  }
  {
    ConversationStore store(file);
    QCOMPARE(must(store.list()).size(), 21);
    damage(file);
    store.hurry();
    QVERIFY(must(store.changedElsewhere()) == false);  // the pages are not looked at
    QVERIFY(QFile::exists(file + QStringLiteral(".suspect")));
    const auto read = store.messages(QStringLiteral("c"));
    QVERIFY(!read.ok() && read.error().code == ErrorCode::malformed);
    QVERIFY(QFile::exists(file + QStringLiteral(".suspect")));
    QVERIFY(asideCopies(folder).isEmpty());
  }
  rest(file);
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  QCOMPARE(must(store.list()).size(), 21);
  QCOMPARE(told.size(), 1);
  QVERIFY(!QFile::exists(file + QStringLiteral(".suspect")));
}

void TestConversationStore::afterAFailureAllIsAsItWasFound() {
  const Folder folder;
  const QString file = folder.path("c.db");
  ConversationStore store(file);
  fill(store, 20);  // with a log
  const QStringList files = folder.files();
  const QByteArray bytes = fileBytes(file), log = fileBytes(file + kWal);
  QVERIFY(!log.isEmpty());
  FileState found = FileState::of(file);
  --found.changed_ns;  // it has been written to since
  const auto replaced = replaceDamaged(file, found);
  QVERIFY(!replaced.ok() && replaced.error().code == ErrorCode::conflict);
  QCOMPARE(folder.files(), files);
  QCOMPARE(fileBytes(file), bytes);
  QCOMPARE(fileBytes(file + kWal), log);
}

void TestConversationStore::removesWhatAKilledRepairLeftBehind() {
  const Folder folder;
  const QString file = folder.path("c.db"), id = QStringLiteral("-01234567-89ab-cdef-0123-456789abcdef");
  const QStringList left{QStringLiteral(".salvage") + id, QStringLiteral(".repaired") + id + kWal, QStringLiteral(".before-v2.") + id.mid(1) + QStringLiteral(".part")};
  const QStringList others{QStringLiteral(".rescued") + id, QStringLiteral(".salvage"), QStringLiteral(".before-v2"), QStringLiteral(".damaged-x")};
  for (const QString& each : left + others) writeFile(file + each, {});
  QCOMPARE(must(ConversationStore(file).list()).size(), 0);  // makes it, under the lock
  for (const QString& each : left) QVERIFY2(!QFile::exists(file + each), qPrintable(each));
  for (const QString& each : others) QVERIFY2(QFile::exists(file + each), qPrintable(each));
}

void TestConversationStore::doesNotCountRepairsThatFail() {
  const Folder folder;
  const QString file = folder.path("c.db");
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  fill(store, 200);
  damage(file);
  for (int i = 0; i < 8; ++i) {
    const Room room(40'000);
    QVERIFY(!store.list().ok());
  }
  for (int i = 0; i < 7; ++i) {
    const auto list = store.list();
    QCOMPARE(list.ok(), i < 5);
    QCOMPARE(told.size(), std::min(i + 1, 5));
    elsewhere(file, "DROP TABLE IF EXISTS search_messages");
    rest(file);
  }
}

void TestConversationStore::keepsFewCopiesOfAFileThatIsReplacedAgainAndAgain() {
  const Folder folder;
  const QString file = folder.path("c.db");
  ConversationStore store(file);
  fill(store, 1);
  for (int i = 0; i < 8; ++i) {
    { ConversationStore other(folder.path("other.db")); QVERIFY(save(other, conversation(QStringLiteral("theirs-%1").arg(i), {})).ok()); }
    QCOMPARE(::rename(QFile::encodeName(folder.path("other.db")).constData(), QFile::encodeName(file).constData()), 0);
    QCOMPARE(must(store.list()).size(), 1);
  }
  const QStringList copies = folder.files().filter(QRegularExpression(QStringLiteral("^c\\.db\\.replaced-.*Z(-\\d+)?$")));
  QCOMPARE(copies.size(), 5);
  int most = 0;
  for (const QString& each : copies) most = std::max<int>(most, static_cast<int>(must(ConversationStore(folder.path(each)).list()).size()));
  QCOMPARE(most, 21);  // what was there first
}

void TestConversationStore::putsMessagesAnewAsTheyAre() {
  const Folder folder;
  ConversationStore store(folder.path("c.db"));
  const QList<StoredMessage> chain{message(QStringLiteral("1"), {}, QStringLiteral("a")), message(QStringLiteral("2"), QStringLiteral("1"), QStringLiteral("b")),
                                   message(QStringLiteral("3"), QStringLiteral("2"), QStringLiteral("c"))};
  // As a repair leaves them: without the first, the second a beginning; and another window's.
  StoredMessage second = chain[1];
  second.parent.clear();
  const StoredMessage theirs = message(QStringLiteral("theirs"), QStringLiteral("3"), QStringLiteral("d"));
  QVERIFY(save(store, conversation(QStringLiteral("c"), {}), {second, chain[2], theirs}).ok());
  StoredChanges whole;
  whole.id = QStringLiteral("c");
  whole.anew = true;
  whole.messages = chain;
  for (int i = 0; i < 2; ++i) {
    QVERIFY(store.save(whole).ok());
    QCOMPARE(must(store.messages(QStringLiteral("c"))), chain + QList{theirs});
    for (const char* word : {"a", "b", "c", "d"}) QCOMPARE(must(store.list(QLatin1String(word))).size(), 1);
  }
}

void TestConversationStore::saysWhenItCannotWrite() {
  const Folder folder;
  const QString file = folder.path("c.db");
  ConversationStore store(file);
  QVERIFY(save(store, conversation(QStringLiteral("c"), {})).ok());
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto old = ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = before;
  limit.rlim_cur = 1;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const Status full = save(store, QStringLiteral("c"), message(QStringLiteral("m"), {}, QString(100'000, QLatin1Char('x'))));
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, old);
  QVERIFY(!full.ok());
  QVERIFY2(full.error().code == ErrorCode::io, full.error().message().c_str());
  QCOMPARE(full.error().operation, std::string("save conversation"));
  QVERIFY(full.error().message().find(file.toStdString()) != std::string::npos);
  QVERIFY(save(store, QStringLiteral("c"), message(QStringLiteral("m"), {}, QStringLiteral("x"))).ok());

  ConversationStore nowhere(file + QStringLiteral("/below/c.db"));
  for (int i = 0; i < 2; ++i) {
    const auto list = nowhere.list();
    QVERIFY(!list.ok() && list.error().code == ErrorCode::io);
  }
  // Once it can be, it works.
  QTemporaryDir later(folder.path("later-XXXXXX"));
  const QString blocked = later.filePath(QStringLiteral("x/c.db"));
  writeFile(later.filePath(QStringLiteral("x")), {});
  ConversationStore patient(blocked);
  QVERIFY(!patient.list().ok());
  QFile::remove(later.filePath(QStringLiteral("x")));
  QVERIFY(patient.list().ok());
}

void TestConversationStore::leavesANewerDatabaseAlone() {
  const Folder folder;
  const QString file = folder.path("c.db");
  { ConversationStore store(file); QVERIFY(save(store, conversation(QStringLiteral("c"), {})).ok()); }
  { (void)must(must(Database::open(file, "open"))->run("newer", QStringLiteral("PRAGMA user_version=%1").arg(conversationMigrations().size() + 1))); }
  const QByteArray bytes = fileBytes(file);
  ConversationStore store(file);
  const auto list = store.list();
  QVERIFY(!list.ok() && list.error().code == ErrorCode::unsupported);
  QCOMPARE(fileBytes(file), bytes);
  // Also when a newer program brings it up while it is open here.
  ConversationStore open(folder.path("d.db"));
  QVERIFY(save(open, conversation(QStringLiteral("c"), {})).ok());
  elsewhere(folder.path("d.db"), "CREATE TABLE new(a)");
  elsewhere(folder.path("d.db"), "PRAGMA user_version=99");
  const Status saved = save(open, conversation(QStringLiteral("d"), {}));
  QVERIFY(!saved.ok() && saved.error().code == ErrorCode::unsupported);
}

void TestConversationStore::doesNotRepairWhatANewerVersionHasJustBroughtUp_data() {
  QTest::addColumn<QString>("change");
  QTest::newRow("a column that old rows lack") << QStringLiteral("ALTER TABLE conversations ADD COLUMN added TEXT");
  QTest::newRow("a column that is gone") << QStringLiteral("ALTER TABLE messages DROP COLUMN trace");
}

void TestConversationStore::doesNotRepairWhatANewerVersionHasJustBroughtUp() {
  QFETCH(const QString, change);
  const Folder folder;
  const QString file = folder.path("c.db");
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  fill(store, 20);
  const auto newer = must(Database::open(file, "open"));
  // It brings it up while ours, which has looked already, waits to write.
  (void)must(newer->run("change", QStringLiteral("BEGIN IMMEDIATE")));
  (void)must(newer->run("change", change));
  (void)must(newer->run("change", QStringLiteral("PRAGMA user_version=99")));
  Status saved = Ok{};
  const std::unique_ptr<QThread> thread(QThread::create([&] {
    saved = save(store, conversation(QStringLiteral("late"), {}), {message(QStringLiteral("m"), {}, QStringLiteral("x"))});
  }));
  thread->start();
  QVERIFY(!thread->wait(30));
  (void)must(newer->run("change", QStringLiteral("COMMIT")));
  thread->wait();
  QVERIFY(!saved.ok());
  QVERIFY2(saved.error().code == ErrorCode::unsupported, saved.error().message().c_str());
  const auto read = store.messages(QStringLiteral("c"));
  QVERIFY(!read.ok() && read.error().code == ErrorCode::unsupported);
  QCOMPARE(must(newer->value("read", QStringLiteral("SELECT count(*) FROM conversations"))).toInt(), 21);
  QVERIFY(told.isEmpty() && asideCopies(folder).isEmpty());
}

// A program that writes into the file between the look and the write is not taken for the store itself.
void TestConversationStore::looksAtWhatOthersDidBeforeItWrote() {
  const Folder folder;
  const QString file = folder.path("c.db");
  QList<Error> told;
  ConversationStore store(file, [&](const Error& error) { told.append(error); });
  fill(store, 200);
  const auto other = must(Database::open(file, "open"));
  (void)must(other->run("wait", QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)")));
  (void)must(other->run("wait", QStringLiteral("BEGIN IMMEDIATE")));
  Status saved = Ok{};
  const std::unique_ptr<QThread> thread(QThread::create([&] { saved = save(store, conversation(QStringLiteral("late"), {})); }));
  thread->start();
  QVERIFY(!thread->wait(30));
  {
    const int fd = ::open(QFile::encodeName(file).constData(), O_RDWR | O_CLOEXEC);
    const QByteArray garbage(8192, 'z');
    QCOMPARE(::pwrite(fd, garbage.constData(), 8192, QFileInfo(file).size() / 4 / 4096 * 4096), ssize_t(8192));
    rest(file);
    (void)must(other->run("wait", QStringLiteral("COMMIT")));
    thread->wait();
    ::close(fd);  // not before: SQLite's locks in this process would go with it
  }
  QVERIFY(saved.ok() || saved.error().code == ErrorCode::malformed);
  QVERIFY(must(store.changedElsewhere()));
  QCOMPARE(told.size(), 1);
}

void TestConversationStore::worksOnAnotherThread() {
  const Folder folder;
  auto store = std::make_unique<ConversationStore>(folder.path("c.db"));
  QThread* thread = QThread::create([&] { QVERIFY(save(*store, conversation(QStringLiteral("c"), {})).ok()); });
  thread->start();
  thread->wait();
  delete thread;
  store.reset();  // here, once its thread is gone
  QCOMPARE(must(ConversationStore(folder.path("c.db")).list()).size(), 1);
}

// Streams an answer as fast as it can, telling after each save how much is safe.
int stream(const QString& file, const QString& name) {
  ConversationStore store(file);
  StoredMessage answer = message(name, {}, {});
  for (int n = 1;; ++n) {
    answer.text = QString(n * 10, QLatin1Char('t'));
    answer.parts = answer.text.toUtf8();
    if (!save(store, QStringLiteral("c"), answer).ok()) return 1;
    const QByteArray line = QByteArray::number(answer.text.size()) + '\n';
    if (::write(1, line.constData(), static_cast<std::size_t>(line.size())) != line.size()) return 1;
  }
}

// Opens it, and once it hears a line, saves: what happened meanwhile is put right.
int window(const QString& file, const QString& name) {
  ConversationStore store(file);
  if (!store.list().ok()) return 1;
  std::puts("open");
  std::fflush(stdout);
  if (std::getchar() == EOF) return 1;
  const Status saved = save(store, conversation(QStringLiteral("late-%1").arg(name), {}));
  if (!saved.ok()) std::puts(saved.error().message().c_str());
  return saved.ok() ? 0 : 1;
}

int main(int argc, char** argv) {
  QCoreApplication app(argc, argv);
  const QStringList arguments = app.arguments();
  if (arguments.size() == 4 && arguments[1] == QLatin1String("--stream")) return stream(arguments[2], arguments[3]);
  if (arguments.size() == 4 && arguments[1] == QLatin1String("--window")) return window(arguments[2], arguments[3]);
  TestConversationStore test;
  return QTest::qExec(&test, argc, argv);
}

#include "test_conversation_store.moc"
