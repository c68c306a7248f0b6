// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/unsaved_files.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

void put(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write");
}

ConversationChanges everything() {
  Conversation made;
  made.id = "c";
  made.title = "专家 \"quoted\"";
  made.createdMs = 1'700'000'000'123;
  made.updatedMs = 1'700'000'000'456;
  made.systemPrompt = "Be brief.";
  made.sampling.temperature = 0.25f;
  made.edits.experts = {{2, 3, ExpertAction::boost, 1.5f}};
  for (const char* id : {"1", "2"}) {
    ChatMessage message;
    message.id = id;
    message.parent = made.tree.leaf();
    message.createdMs = 7;
    message.content = Message::text(message.parent.isEmpty() ? Role::user : Role::assistant, "text");
    if (!message.parent.isEmpty()) {
      message.facts.emplace().seed = 18446744073709551615ull;
      message.kept = "c/2";
    }
    made.tree.add(message);
  }
  ConversationChanges changes = ConversationChanges::whole(made);
  changes.bringBack = changes.anew = changes.ifNewer = true;
  changes.removedMs = 0;
  return changes;
}

}  // namespace

class TestUnsavedFiles : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whatIsWrittenIsRead() {
    const QTemporaryDir folder;
    const UnsavedFiles files(folder.filePath("conversations.db"), {});
    ConversationChanges little;
    little.id = "d";
    little.edits.emplace();  // none any more
    const ConversationChanges all = everything();
    const auto path = files.write({all, little});
    QVERIFY(path.ok());
    QCOMPARE(QFileInfo(*path).path(), folder.path());
    QCOMPARE(int(QFile::permissions(*path) & 0x0fff), int(QFile::ReadUser | QFile::WriteUser));
    const auto second = files.write({little});  // in the same second
    QVERIFY(second.ok() && *second != *path);
    QCOMPARE(files.find().size(), 2);
    const auto read = UnsavedFiles::read(*path);
    QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
    QCOMPARE(read->size(), 2);
    const ConversationChanges& first = (*read)[0];
    Conversation was, is;
    all.applyTo(was);
    first.applyTo(is);
    QCOMPARE(conversationToJson(is), conversationToJson(was));
    QCOMPARE(first.messages[1].kept, QString("c/2"));
    QVERIFY(first.anew && first.ifNewer);
    QVERIFY(first.created && first.bringBack && first.removedMs == 0 && first.leaf == "2");
    const ConversationChanges& last = (*read)[1];
    QVERIFY(!last.anew && !last.ifNewer);
    QVERIFY(!last.created && !last.title && !last.leaf && !last.sampling && !last.removedMs && !last.updatedMs && last.messages.isEmpty());
    QVERIFY(last.edits && last.edits->empty());
  }
  void anotherFolderServesWhereItsOwnCannotBeWritten() {
    const QTemporaryDir folder, other;
    put(folder.filePath("file"), {});
    const QString database = folder.filePath("file/conversations.db");  // no folder: nobody can write there
    const UnsavedFiles files(database, {folder.filePath("nowhere"), other.path()});
    QCOMPARE(files.folder(), other.path());
    const auto path = files.write({everything()});
    QVERIFY(path.ok());
    QCOMPARE(QFileInfo(*path).path(), other.path());
    QCOMPARE(files.find(), QStringList{*path});
    // There only what is of this database is taken: not another one's, nor what cannot be read.
    QVERIFY(UnsavedFiles(folder.filePath("conversations.db"), {other.path()}).find().isEmpty());
    put(other.filePath("conversations.unsaved-x.json"), "nonsense");
    QVERIFY(QFile::link(*path, other.filePath("conversations.unsaved-y.json")));
    QCOMPARE(files.find(), QStringList{*path});
    const UnsavedFiles none(database, {});
    QVERIFY(none.folder().isEmpty());
    const auto refused = none.write({everything()});
    QVERIFY(!refused.ok() && refused.error().code == ErrorCode::io);
    QVERIFY2(refused.error().message().find("file/conversations.unsaved-") != std::string::npos, refused.error().message().c_str());
  }
  void theOldestComesFirst() {
    const QTemporaryDir folder, other;
    const QString database = folder.filePath("conversations.db");
    const QByteArray content = QStringLiteral(R"({"roundhouse_unsaved": 1, "database": "%1"})").arg(database).toUtf8();
    const QStringList order{folder.filePath("conversations.unsaved-20261129T235959Z.json"),
                            other.filePath("conversations.unsaved-20261130T095959.900Z.json"),
                            folder.filePath("conversations.unsaved-20261130T100000Z.json"),
                            folder.filePath("conversations.unsaved-20261130T100000Z-2.json"),
                            folder.filePath("conversations.unsaved-20261130T100000Z-10.json"),
                            other.filePath("conversations.unsaved-20261130T100000.500Z.json"),
                            folder.filePath("conversations.unsaved-20261130T100000.501Z.json")};
    for (const QString& each : order) put(each, content);
    QCOMPARE(UnsavedFiles(database, {other.path()}).find(), order);
    const auto now = UnsavedFiles(database, {}).write({});
    QVERIFY(now.ok());
    QVERIFY(std::abs(UnsavedFiles::writtenMs(*now) - QDateTime::currentMSecsSinceEpoch()) < 60'000);
  }
  // A window that starts meanwhile takes what has the name of one.
  void noNameStandsForAFileThatIsNotWholeYet() {
    const QTemporaryDir folder;
    const int watch = ::inotify_init1(IN_NONBLOCK);
    QVERIFY(watch >= 0 && ::inotify_add_watch(watch, QFile::encodeName(folder.path()).constData(), IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_CLOSE_WRITE) >= 0);
    const auto path = UnsavedFiles(folder.filePath("conversations.db"), {}).write({everything()});
    QVERIFY(path.ok());
    QCOMPARE(UnsavedFiles::read(*path)->size(), 1);
    alignas(inotify_event) char buffer[8192];
    const ssize_t bytes = ::read(watch, buffer, sizeof buffer);
    ::close(watch);
    int events = 0;
    for (ssize_t at = 0; at < bytes;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      if (QString::fromUtf8(event->name).endsWith(".json")) ++events;
      at += ssize_t(sizeof *event + event->len);
    }
    QCOMPARE(events, 1);
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
  }
  void whatIsTooLongForAFileGoesOnInTheNext() {
    constexpr qint64 kMost = 16'000;
    const QTemporaryDir folder;
    const UnsavedFiles files(folder.filePath("conversations.db"), {}, kMost);
    QList<ConversationChanges> all;
    for (const char* id : {"a", "b", "c"}) {
      Conversation made;
      made.id = id;
      made.title = QString("Title of ") + id;
      for (int i = 0; i < 10; ++i) {
        ChatMessage message;
        message.id = QString::number(i);
        message.parent = made.tree.leaf();
        message.content = Message::text(i % 2 ? Role::assistant : Role::user, std::string(id[0] == 'b' ? 4000 : 400, 'x'));
        made.tree.add(message);
      }
      all.append(ConversationChanges::whole(made));
    }
    QVERIFY(files.write(all).ok());
    const QStringList found = files.find();
    QVERIFY2(found.size() >= 4, qPrintable(QString::number(found.size())));
    QList<ConversationChanges> together;
    for (const QString& each : found) {
      QVERIFY2(QFileInfo(each).size() <= kMost, qPrintable(QString::number(QFileInfo(each).size())));
      const auto read = UnsavedFiles::read(each);
      QVERIFY(read.ok());
      for (const ConversationChanges& part : *read) {
        const auto there = std::find_if(together.begin(), together.end(), [&](const auto& one) { return one.id == part.id; });
        if (there == together.end()) together.append(part);
        else there->add(part);
      }
    }
    QCOMPARE(together.size(), all.size());
    for (qsizetype i = 0; i < all.size(); ++i) {
      Conversation was, is;
      all[i].applyTo(was);
      together[i].applyTo(is);
      QCOMPARE(conversationToJson(is), conversationToJson(was));
    }
  }
  void aFolderThatIsNotKnownIsNotTheCurrentOne() {
    const QTemporaryDir folder;
    const QString before = QDir::currentPath();
    QVERIFY(QDir::setCurrent(folder.path()));
    const UnsavedFiles files(folder.filePath("nowhere/conversations.db"), {QString()});
    const bool written = files.write({everything()}).ok();
    QVERIFY(QDir::setCurrent(before));
    QVERIFY(!written && files.folder().isEmpty());
  }
  void onlyOneTakesAFileIn() {
    const QTemporaryDir folder;
    const QString path = folder.filePath("conversations.unsaved-1.json");
    put(path, "{}");
    using State = UnsavedClaim::State;
    {
      const UnsavedClaim one(path), two(path);
      QVERIFY(one.state() == State::Mine && two.state() == State::Others);
    }
    QVERIFY(UnsavedClaim(path).state() == State::Mine);
    QVERIFY(QFile::remove(path));
    QVERIFY(UnsavedClaim(path).state() == State::Gone);
  }
  void onAFullDiskNothingHalfIsLeft() {
    const QTemporaryDir folder, other;
    const UnsavedFiles files(folder.filePath("conversations.db"), {other.path()});
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto old = ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before;
    limit.rlim_cur = 100;  // stands for the disk's end
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto path = files.write({everything()});
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old);
    QVERIFY(!path.ok() && path.error().code == ErrorCode::io);
    for (const QTemporaryDir* each : {&folder, &other}) QVERIFY(QDir(each->path()).isEmpty(QDir::Files | QDir::Hidden));
    QVERIFY(files.write({everything()}).ok());
  }
  void brokenOnesSayWhatIsWrong_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("said");
    QTest::newRow("empty") << QByteArray() << "JSON";
    QTest::newRow("half") << QByteArray("{\"roundhouse_unsaved\": 1, \"conv") << "JSON";
    QTest::newRow("another kind") << QByteArray("{\"roundhouse_conversation\": 1}") << "roundhouse_unsaved";
    QTest::newRow("newer") << QByteArray("{\"roundhouse_unsaved\": 2}") << "version 1";
    QTest::newRow("no id") << QByteArray(R"({"roundhouse_unsaved": 1, "conversations": [{"title": "x"}]})") << "a conversation's id";
    QTest::newRow("a message without id") << QByteArray(R"({"roundhouse_unsaved": 1, "conversations": [{"id": "c", "messages": [{"role": "user"}]}]})")
                                          << "messages with ids";
    QTest::newRow("no role") << QByteArray(R"({"roundhouse_unsaved": 1, "conversations": [{"id": "c", "messages": [{"id": "m", "role": "king"}]}]})") << "king";
    const auto shape = [](const char* name, const QByteArray& conversations, const char* said) {
      QTest::newRow(name) << QByteArray("{\"roundhouse_unsaved\": 1, \"conversations\": " + conversations + "}") << QString(said);
    };
    QTest::newRow("no conversations") << QByteArray(R"({"roundhouse_unsaved": 1})") << R"(expected an array as "conversations", found none)";
    shape("conversations a text", R"("oops")", R"(expected an array as "conversations", found a text)");
    shape("conversations an object", R"({"id": "c"})", R"(expected an array as "conversations", found an object)");
    shape("a conversation that is a number", R"([5])", "expected an object for each conversation, found a number");
    shape("no messages", R"([{"id": "c"}])", R"(expected an array as "messages", found none)");
    shape("messages an object", R"([{"id": "c", "messages": {"id": "m"}}])", R"(expected an array as "messages", found an object)");
    shape("a message that is a text", R"([{"id": "c", "messages": ["m"]}])", "expected an object for each message, found a text");
    shape("title a number", R"([{"id": "c", "title": 5, "messages": []}])", R"(expected a text as "title", found a number)");
    shape("edits an object", R"([{"id": "c", "edits": {}, "messages": []}])", R"(expected a text as "edits", found an object)");
    shape("sampling a text", R"([{"id": "c", "sampling": "x", "messages": []}])", R"(expected an object as "sampling", found a text)");
    shape("a time that is a text", R"([{"id": "c", "updated_ms": "1", "messages": []}])", R"(expected a number as "updated_ms", found a text)");
    shape("created a number", R"([{"id": "c", "created": 1, "messages": []}])", R"(expected true or false as "created", found a number)");
    shape("current nothing", R"([{"id": "c", "current": null, "messages": []}])", R"(expected a text as "current", found nothing)");
    shape("parts an object", R"([{"id": "c", "messages": [{"id": "m", "role": "user", "parts": {}}]}])", R"(expected an array as "parts")");
    shape("an answer that is a text", R"([{"id": "c", "messages": [{"id": "m", "role": "assistant", "parts": [], "answer": "x"}]}])", R"(expected an object as "answer")");
    QTest::newRow("settings") << QByteArray(R"({"roundhouse_unsaved": 1, "conversations": [{"id": "c", "sampling": {"temperature": -5}, "messages": []}]})") << "sampling settings";
  }
  void brokenOnesSayWhatIsWrong() {
    QFETCH(const QByteArray, content);
    QFETCH(const QString, said);
    const QTemporaryDir folder;
    const QString path = folder.filePath("conversations.unsaved-1.json");
    put(path, content);
    const auto read = UnsavedFiles::read(path);
    QVERIFY(!read.ok());
    QVERIFY2(QString::fromStdString(read.error().message()).contains(said), read.error().message().c_str());
    QCOMPARE(read.error().operation, std::string(UnsavedFiles::kReading));
    QCOMPARE(read.error().object, path.toStdString());
  }
};

QTEST_GUILESS_MAIN(TestUnsavedFiles)
#include "test_unsaved_files.moc"
