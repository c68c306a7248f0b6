// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/unsaved_files.h"

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/resource.h>

#include <csignal>

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
  changes.bringBack = true;
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
    QVERIFY(first.created && first.bringBack && first.removedMs == 0 && first.leaf == "2");
    const ConversationChanges& last = (*read)[1];
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
    QTest::newRow("settings") << QByteArray(R"({"roundhouse_unsaved": 1, "conversations": [{"id": "c", "sampling": {"temperature": -5}}]})") << "sampling settings";
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
    QVERIFY(QString::fromStdString(read.error().message()).contains(path));
  }
};

QTEST_GUILESS_MAIN(TestUnsavedFiles)
#include "test_unsaved_files.moc"
