// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/app/stores/store_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestDatabase : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void runsStatements() {
    const Folder folder;
    const auto database = must(Database::open(folder.path("made/for it/a.db"), "open"));
    (void)must(database->run("make", QStringLiteral("CREATE TABLE t(a, b)")));
    (void)must(database->run("fill", QStringLiteral("INSERT INTO t VALUES(?, ?), (3, 4)"), {1, QStringLiteral("专家")}));
    QCOMPARE(must(database->value("types", QStringLiteral("SELECT typeof(?) || typeof(?) || typeof(?)"), {QString(), QByteArray(), QVariant()})).toString(),
             QStringLiteral("textblobnull"));
    QSqlQuery rows = must(database->run("read", QStringLiteral("SELECT * FROM t")));
    QVERIFY(must(database->next("read", rows)));
    QCOMPARE(rows.value(1).toString(), QStringLiteral("专家"));
    QVERIFY(must(database->next("read", rows)));
    QVERIFY(!must(database->next("read", rows)));
    QCOMPARE(must(database->value("count", QStringLiteral("SELECT count(*) FROM t"))).toInt(), 2);
    QVERIFY(must(database->value("count", QStringLiteral("SELECT a FROM t WHERE a > ?"), {3})).isNull());
    struct stat info {};
    QCOMPARE(::stat(QFile::encodeName(database->file()).constData(), &info), 0);
    QCOMPARE(info.st_mode & 0777, mode_t{0600});
    QCOMPARE(::stat(QFile::encodeName(database->file() + QStringLiteral("-wal")).constData(), &info), 0);
    QCOMPARE(info.st_mode & 0777, mode_t{0600});
  }

  void transactionsAreWholeOrNothing() {
    const Folder folder;
    const auto database = must(Database::open(folder.path("a.db"), "open"));
    (void)must(database->run("make", QStringLiteral("CREATE TABLE t(a UNIQUE)")));
    const auto insert = [&](int value) -> Status {
      RH_ASSIGN(const QSqlQuery query, database->run("insert", QStringLiteral("INSERT INTO t VALUES(?)"), {value}));
      return Ok{};
    };
    const Status failed = database->transaction("both", [&]() -> Status {
      RH_TRY(insert(1));
      return insert(1);
    });
    QVERIFY(!failed.ok());
    QVERIFY(QString::fromStdString(failed.error().message()).contains(QStringLiteral("UNIQUE")));
    QCOMPARE(must(database->value("count", QStringLiteral("SELECT count(*) FROM t"))).toInt(), 0);
    QVERIFY(database->transaction("one", [&] { return insert(1); }).ok());
    QCOMPARE(must(database->value("count", QStringLiteral("SELECT count(*) FROM t"))).toInt(), 1);
  }

  void errorsSayWhatWhereAndWhy() {
    const Folder folder;
    const QString path = folder.path("a.db");
    const auto database = must(Database::open(path, "open"));
    (void)must(database->run("make", QStringLiteral("CREATE TABLE t(a)")));
    const auto syntax = database->run("do nonsense", QStringLiteral("SELEKT"));
    QVERIFY(!syntax.ok());
    QCOMPARE(syntax.error().operation, std::string("do nonsense"));
    QCOMPARE(syntax.error().object, path.toStdString());
    QVERIFY(syntax.error().received.find("SELEKT") != std::string::npos);

    const auto other = must(Database::open(path, "open", 50));
    (void)must(database->run("lock", QStringLiteral("BEGIN IMMEDIATE")));
    const Status locked = other->transaction("write", [] { return Status(Ok{}); });
    QVERIFY(!locked.ok() && locked.error().code == ErrorCode::conflict);
    (void)must(database->run("unlock", QStringLiteral("COMMIT")));
    QVERIFY(other->transaction("write", [] { return Status(Ok{}); }).ok());

    writeFile(folder.path("b.db"), QByteArray(5000, 'x'));
    const auto damaged = Database::open(folder.path("b.db"), "open it");
    QVERIFY(!damaged.ok() && isDamage(damaged.error()));
    QCOMPARE(damaged.error().operation, std::string("open it"));
    const auto below = Database::open(folder.path("b.db/c.db"), "open");
    QVERIFY(!below.ok() && below.error().code == ErrorCode::io);
    QDir().mkdir(folder.path("folder.db"));
    const auto notAFile = Database::open(folder.path("folder.db"), "open");
    QVERIFY(!notAFile.ok() && notAFile.error().code == ErrorCode::io);
  }

  // SQLite's own words for pages that it cannot read, as on a network drive that is gone, and for damaged ones.
  void knowsWhatCannotBeReadFromDamage() {
    for (const char* row : {"Page 2: unable to get the page. error code=266", "Tree 2 page 3: unable to get the page. error code=7",
                            "Freelist: failed to get page 7"}) {
      QVERIFY2(tellsOfReading(QLatin1String(row)), row);
    }
    for (const char* row : {"Page 2: unable to get the page. error code=11", "Tree 2 page 3: unable to get the page. error code=26",
                            "Tree 5 page 9: btreeInitPage() returns error code 11", "Page 4: never used", "ok"}) {
      QVERIFY2(!tellsOfReading(QLatin1String(row)), row);
    }
  }

  void onlyStatementsThatDoNotFitAreCalledSo() {
    const Folder folder;
    const auto database = must(Database::open(folder.path("a.db"), "open")), other = must(Database::open(folder.path("a.db"), "open", 0));
    (void)must(database->run("make", QStringLiteral("CREATE TABLE t(a UNIQUE)")));
    (void)must(database->run("fill", QStringLiteral("INSERT INTO t VALUES(1)")));
    QVERIFY(isUnfit(database->run("read", QStringLiteral("SELECT b FROM t")).error()));
    QVERIFY(isUnfit(database->run("read", QStringLiteral("SELECT * FROM u")).error()));
    QVERIFY(!isUnfit(database->run("fill", QStringLiteral("INSERT INTO t VALUES(1)")).error()));
    QVERIFY(!isUnfit(database->run("read", QStringLiteral("SELECT ?"), {1, 2}).error()));  // QtSql's own
    (void)must(database->run("lock", QStringLiteral("BEGIN IMMEDIATE")));
    QVERIFY(!isUnfit(other->run("fill", QStringLiteral("INSERT INTO t VALUES(2)")).error()));
    // "output file already exists"
    writeFile(folder.path("b.db"), "x");
    QVERIFY(QDir().mkpath(folder.path("c.db/below")));
    QVERIFY(!isUnfit(database->copyTo("copy", folder.path("c.db")).error()));
  }

  void goesOnAfterAFullDisk() {
    const Folder folder;
    const auto database = must(Database::open(folder.path("a.db"), "open"));
    (void)must(database->run("make", QStringLiteral("CREATE TABLE t(a)")));
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto old = ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before;
    limit.rlim_cur = 100'000;  // stands for the disk's end
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto full = database->run("write", QStringLiteral("INSERT INTO t VALUES(randomblob(1000000))"));
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old);
    QVERIFY(!full.ok());
    QVERIFY2(full.error().code == ErrorCode::io, full.error().message().c_str());
    (void)must(database->run("write", QStringLiteral("INSERT INTO t VALUES(randomblob(1000000))")));
    QCOMPARE(must(database->value("count", QStringLiteral("SELECT count(*) FROM t"))).toInt(), 1);
  }
};

QTEST_GUILESS_MAIN(TestDatabase)
#include "test_database.moc"
