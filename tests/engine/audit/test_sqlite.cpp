// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/sqlite.h"

#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;
using namespace roundhouse::audit;

class TestSqlite : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void bindsAndReadsEveryKind() {
    auto connection = must(Connection::open({}, Connection::Mode::create, 0));
    QVERIFY(connection.execute("CREATE TABLE t(a, b, c, d, e)").ok());
    auto insert = must(connection.prepare("INSERT INTO t VALUES(?, ?, ?, ?, 0.5)"));
    const std::string bytes("a\0b\xff", 4);
    insert.bind(1, INT64_MIN);
    insert.bind_text(2, bytes);
    insert.bind_blob(3, std::string_view());
    insert.bind_null(4);
    QVERIFY(insert.run().ok());
    QCOMPARE(connection.changes(), 1);
    auto row = must(connection.prepare("SELECT * FROM t"));
    QVERIFY(must(row.step()));
    QCOMPARE(row.integer(0), INT64_MIN);
    QCOMPARE(std::string(row.bytes(1)), bytes);
    QCOMPARE(row.type(2), SQLITE_BLOB);
    QCOMPARE(row.type(3), SQLITE_NULL);
    QCOMPARE(row.real(4), 0.5);
    QVERIFY(row.bytes(0).empty() && row.bytes(2).empty());
    QVERIFY(!must(row.step()));
  }

  void failuresNameWhatWhereAndWhy() {
    const LogFolder folder;
    const auto path = folder.path() / "what?.db#1%20";
    const auto missing = Connection::open(path, Connection::Mode::read_write, 0);
    QVERIFY(!missing.ok() && missing.error().code == ErrorCode::io);
    QVERIFY(missing.error().message().find(path.string()) != std::string::npos);
    auto connection = must(Connection::open(path, Connection::Mode::create, 0));
    QVERIFY(connection.execute("CREATE TABLE t(a UNIQUE)").ok());
    QVERIFY(std::filesystem::exists(path));  // odd characters are part of the name
    const auto syntax = connection.prepare("SELEKT");
    QVERIFY(!syntax.ok() && syntax.error().received.find("SELEKT") != std::string::npos);
    auto insert = must(connection.prepare("INSERT INTO t VALUES(1)"));
    QVERIFY(insert.run().ok());
    const auto twice = insert.run();
    QVERIFY(!twice.ok() && twice.error().received.find("UNIQUE") != std::string::npos);
    insert.bind(99, 1);  // told by the next step
    QVERIFY(!insert.run().ok());
    insert.reset();
    const auto none = connection.integer("SELECT a FROM t WHERE a = 7");
    QVERIFY(!none.ok() && none.error().code == ErrorCode::not_found);
    // Another connection holds the lock.
    RawDatabase other(path);
    other.run("BEGIN IMMEDIATE");
    const auto locked = Transaction::begin(connection, true);
    QVERIFY(!locked.ok() && locked.error().code == ErrorCode::conflict);
    QVERIFY(!must(Connection::open(path, Connection::Mode::read_only, 0)).execute("DELETE FROM t").ok());
  }

  void whatIsNoFileIsNamed() {
    const LogFolder folder;
    for (const Connection::Mode mode : {Connection::Mode::read_only, Connection::Mode::immutable, Connection::Mode::create}) {
      const auto opened = Connection::open(folder.path(), mode, 0);
      QVERIFY(!opened.ok() && opened.error().code == ErrorCode::io);
      QCOMPARE(opened.error().message(), "open the database: " + folder.path().string() + ": expected a regular file, found a folder");
    }
  }

  void saysWhatTheSystemSaid() {
    const LogFolder folder;
    const auto missing = Connection::open(folder.path() / "none", Connection::Mode::read_only, 0);
    QVERIFY2(!missing.ok() && missing.error().received.find("no such file") != std::string::npos, missing.error().received.c_str());
  }

  void rollsBackUnlessCommitted() {
    auto connection = must(Connection::open({}, Connection::Mode::create, 0));
    QVERIFY(connection.execute("CREATE TABLE t(a)").ok());
    {
      auto transaction = must(Transaction::begin(connection, true));
      QVERIFY(connection.in_transaction());
      QVERIFY(connection.execute("INSERT INTO t VALUES(1)").ok());
    }
    QVERIFY(!connection.in_transaction());
    QCOMPARE(must(connection.integer("SELECT count(*) FROM t")), 0);
    {
      auto transaction = must(Transaction::begin(connection, false));
      QVERIFY(connection.execute("INSERT INTO t VALUES(1)").ok());
      QVERIFY(transaction.commit().ok());
    }
    QCOMPARE(must(connection.integer("SELECT count(*) FROM t")), 1);
  }

  void stopsALongStatement() {
    auto connection = must(Connection::open({}, Connection::Mode::create, 0));
    int calls = 0;
    connection.set_interrupt([&] { return ++calls > 3; });
    auto moved = std::move(connection);  // the callback moves along
    const auto endless = moved.integer("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
    QVERIFY(!endless.ok() && endless.error().code == ErrorCode::cancelled);
    QCOMPARE(calls, 4);
  }

  void quotesText() {
    QCOMPARE(sql_text("it's"), std::string("'it''s'"));
    QCOMPARE(file_uri("/a b/c?d#e%f", "mode=ro"), std::string("file:/a b/c%3fd%23e%25f?mode=ro"));
  }
};

QTEST_APPLESS_MAIN(TestSqlite)
#include "test_sqlite.moc"
