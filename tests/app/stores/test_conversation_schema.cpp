// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/conversation_schema.h"

#include <QtEndian>

#include <algorithm>
#include <atomic>

#include "tests/app/stores/store_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {
void fill(const QString& file, int conversations, int messages) {
  ConversationStore store(file);
  for (int c = 0; c < conversations; ++c) {
    const QString id = QStringLiteral("c%1").arg(c);
    auto properties = conversation(id, QStringLiteral("Conversation %1").arg(c), 1000 + c);
    properties.leaf = QStringLiteral("m%1").arg(messages - 1);
    QList<StoredMessage> list;
    for (int m = 0; m < messages; ++m) {
      list.append(message(QStringLiteral("m%1").arg(m), m == 0 ? QString() : QStringLiteral("m%1").arg(m - 1),
                          QStringLiteral("message %1 of %2 ").arg(m).arg(c) + QString(300, QLatin1Char('x'))));
    }
    QVERIFY(save(store, properties, list).ok());
  }
}
}  // namespace

class TestConversationSchema : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Databases that users have must be brought up from this; the text of a released step is never changed.
  void theFirstVersionStands() {
    const Folder folder;
    const auto database = must(Database::open(folder.path("a.db"), "open"));
    QVERIFY(migrate(*database, conversationMigrations()).ok());
    QSqlQuery columns = must(database->run("read", QStringLiteral("SELECT group_concat(name) FROM pragma_table_info('messages')")));
    QVERIFY(must(database->next("read", columns)));
    QCOMPARE(columns.value(0).toString(), QStringLiteral("number,conversation,id,parent,role,created_ms,parts,facts,text,trace"));
  }

  void takesOverAllOfAWholeDatabase() {
    const Folder folder;
    fill(folder.path("old.db"), 3, 20);
    const auto old = must(Database::open(folder.path("old.db"), "open")), fresh = must(Database::open(folder.path("new.db"), "open"));
    QVERIFY(migrate(*fresh, conversationMigrations()).ok());
    const auto salvaged = must(salvageConversations(*old, *fresh));
    QCOMPARE(salvaged.conversations, 3);
    QCOMPARE(salvaged.messages, 60);
    QCOMPARE(salvaged.refused, 0);
    ConversationStore before(folder.path("old.db")), after(folder.path("new.db"));
    QCOMPARE(must(after.list()), must(before.list()));
    QCOMPARE(must(after.list(QStringLiteral("message 17"))).size(), 3);
    for (const auto& summary : must(before.list())) {
      QCOMPARE(must(after.conversation(summary.id)), must(before.conversation(summary.id)));
      QCOMPARE(must(after.messages(summary.id)), must(before.messages(summary.id)));
    }
  }

  void takesOverWhatADamagedOneStillHolds() {
    const Folder folder;
    fill(folder.path("old.db"), 3, 100);
    const QByteArray whole = fileBytes(folder.path("old.db"));
    const int pages = static_cast<int>(whole.size() / 4096);
    QVERIFY(pages > 40);
    qint64 least = 300, total = 0, tried = 0;
    for (int page = 1; page < pages; page += 3) {
      QByteArray bytes = whole;
      bytes.replace(page * 4096, 4096, QByteArray(4096, char(0xfe)));
      writeFile(folder.path("damaged.db"), bytes);
      const QString made = folder.path(QStringLiteral("new-%1.db").arg(page));
      const auto damaged = Database::openDamaged(folder.path("damaged.db"), "open");
      if (!damaged.ok()) continue;  // the first page: then nothing can be read
      const auto fresh = must(Database::open(made, "open"));
      QVERIFY(migrate(*fresh, conversationMigrations()).ok());
      const auto result = salvageConversations(**damaged, *fresh);
      if (!result.ok()) continue;
      const Salvaged salvaged = *result;
      QCOMPARE(must(fresh->value("check", QStringLiteral("PRAGMA integrity_check"))).toString(), QStringLiteral("ok"));
      QCOMPARE(must(fresh->value("check", QStringLiteral("SELECT count(*) FROM messages"))).toLongLong(), salvaged.messages);
      least = std::min(least, salvaged.messages);
      total += salvaged.messages;
      ++tried;
      for (const char* suffix : {"", "-wal", "-shm"}) QFile::remove(folder.path("damaged.db") + QLatin1String(suffix));
    }
    QVERIFY(tried > 10);
    QVERIFY2(total > tried * 250, qPrintable(QString::number(total)));  // one page costs some messages, not the rest
  }

  // From its middle on all pages of the tree are the first one: looking for what comes next leads back.
  void comesToAnEndWhereTheTreeGoesInCircles() {
    const Folder folder;
    fill(folder.path("old.db"), 3, 200);
    int root = 0, kept = 0;
    {
      const auto old = must(Database::open(folder.path("old.db"), "open"));
      root = must(old->value("read", QStringLiteral("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'"))).toInt();
    }
    QByteArray bytes = fileBytes(folder.path("old.db"));
    auto* const page = reinterpret_cast<uchar*>(bytes.data()) + (root - 1) * 4096;
    QCOMPARE(int(page[0]), 5);  // an interior page of a table (sqlite.org/fileformat2.html)
    const int cells = qFromBigEndian<quint16>(page + 3);
    QVERIFY(cells > 10);
    const auto child = [&](int cell) { return page + qFromBigEndian<quint16>(page + 12 + 2 * cell); };
    for (int cell = cells / 2; cell < cells; ++cell) std::copy_n(child(0), 4, child(cell));
    std::copy_n(child(0), 4, page + 8);
    writeFile(folder.path("old.db"), bytes);
    const auto damaged = must(Database::openDamaged(folder.path("old.db"), "open")), fresh = must(Database::open(folder.path("new.db"), "open"));
    QVERIFY(migrate(*fresh, conversationMigrations()).ok());
    const auto salvaged = must(salvageConversations(*damaged, *fresh));
    QCOMPARE(salvaged.conversations, 3);
    kept = static_cast<int>(salvaged.messages);
    QVERIFY2(kept > 200 && kept < 400, qPrintable(QString::number(kept)));
    QCOMPARE(must(fresh->value("check", QStringLiteral("SELECT count(*) FROM messages"))).toInt(), kept);
  }

  void whatCannotBeReadJustNowIsNotTakenForLost() {
    const Folder folder;
    fill(folder.path("old.db"), 3, 20);
    (void)must(must(Database::open(folder.path("old.db"), "open"))->run("change", QStringLiteral("PRAGMA journal_mode=DELETE")));
    const auto old = must(Database::openDamaged(folder.path("old.db"), "open")), fresh = must(Database::open(folder.path("new.db"), "open"));
    QVERIFY(migrate(*fresh, conversationMigrations()).ok());
    const auto other = must(Database::openDamaged(folder.path("old.db"), "open"));
    (void)must(other->run("lock", QStringLiteral("BEGIN EXCLUSIVE")));
    const auto locked = salvageConversations(*old, *fresh);
    QVERIFY(!locked.ok() && locked.error().code == ErrorCode::conflict);
    (void)must(other->run("lock", QStringLiteral("COMMIT")));
    const std::atomic<bool> hurry = true;
    const auto hurried = salvageConversations(*old, *fresh, &hurry);
    QVERIFY(!hurried.ok() && hurried.error().code == ErrorCode::cancelled);
    QCOMPARE(must(fresh->value("check", QStringLiteral("SELECT count(*) FROM conversations"))).toInt(), 0);
    QCOMPARE(must(salvageConversations(*old, *fresh)).messages, 60);
  }
};

QTEST_GUILESS_MAIN(TestConversationSchema)
#include "test_conversation_schema.moc"
