// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/migration.h"

#include "tests/app/stores/store_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {
const Migration kFirst{{QStringLiteral("CREATE TABLE t(a)"), QStringLiteral("INSERT INTO t VALUES('one')")}, {}};
const Migration kSecond{{QStringLiteral("ALTER TABLE t ADD COLUMN b")}, [](Database& database) -> Status {
                          RH_ASSIGN(const QSqlQuery query, database.run("fill", QStringLiteral("UPDATE t SET b = upper(a)")));
                          return Ok{};
                        }};
const Migration kBroken{{QStringLiteral("DROP TABLE t"), QStringLiteral("CREATE TABLE nonsense(")}, {}};

QVariant value(const QString& file, const char* sql) {
  return must(must(Database::open(file, "read"))->value("read", QString::fromLatin1(sql)));
}
}  // namespace

class TestMigration : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void goesStepByStepWithACopyBeforeEach() {
    const Folder folder;
    const QString file = folder.path("a.db");
    {
      const auto database = must(Database::open(file, "open"));
      QVERIFY(migrate(*database, {kFirst}).ok());
      QVERIFY(migrate(*database, {kFirst}).ok());  // nothing to do
      QCOMPARE(folder.files().filter(QStringLiteral("before")).size(), 0);  // it was empty
      (void)must(database->run("fill", QStringLiteral("INSERT INTO t VALUES('two')")));
      QVERIFY(migrate(*database, {kFirst, kSecond, kSecond}).ok() == false);  // the third step repeats a column
      QCOMPARE(must(database->value("read", QStringLiteral("PRAGMA user_version"))).toInt(), 2);
      QCOMPARE(must(database->value("read", QStringLiteral("SELECT group_concat(b) FROM t"))).toString(), QStringLiteral("ONE,TWO"));
    }
    const QString copy = file + QStringLiteral(".before-v2");
    QCOMPARE(value(copy, "SELECT group_concat(a) FROM t").toString(), QStringLiteral("one,two"));
    QCOMPARE(value(copy, "PRAGMA user_version").toInt(), 1);
    QCOMPARE(value(copy, "SELECT count(*) FROM pragma_table_info('t')").toInt(), 1);
    QVERIFY(QFile::exists(file + QStringLiteral(".before-v3")));
    QVERIFY(!(QFile::permissions(copy) & (QFile::ReadGroup | QFile::ReadOther)));
  }

  void aFailedStepChangesNothing() {
    const Folder folder;
    const auto database = must(Database::open(folder.path("a.db"), "open"));
    QVERIFY(migrate(*database, {kFirst}).ok());
    const Status failed = migrate(*database, {kFirst, kBroken});
    QVERIFY(!failed.ok());
    QCOMPARE(failed.error().operation, std::string("update the database's schema"));
    QCOMPARE(must(database->value("read", QStringLiteral("SELECT a FROM t"))).toString(), QStringLiteral("one"));
    QCOMPARE(must(database->value("read", QStringLiteral("PRAGMA user_version"))).toInt(), 1);
    QVERIFY(migrate(*database, {kFirst, kSecond}).ok());
  }

  void doesNothingWithoutItsCopy() {
    const Folder folder;
    const auto database = must(Database::open(folder.path("a.db"), "open"));
    QVERIFY(migrate(*database, {kFirst}).ok());
    QDir().mkpath(folder.path("a.db.before-v2/in the way"));
    QVERIFY(!migrate(*database, {kFirst, kSecond}).ok());
    QCOMPARE(must(database->value("read", QStringLiteral("PRAGMA user_version"))).toInt(), 1);
  }

  // A copy that another program is making at the same time, or left behind, is not in the way.
  void itsCopyIsItsOwn() {
    const Folder folder;
    const auto database = must(Database::open(folder.path("a.db"), "open"));
    QVERIFY(migrate(*database, {kFirst}).ok());
    QDir().mkpath(folder.path("a.db.before-v2.part/in the way"));
    QVERIFY(migrate(*database, {kFirst, kSecond}).ok());
    QCOMPARE(folder.files().filter(QStringLiteral(".part")).size(), 0);
  }

  void leavesNewerDatabasesAlone() {
    const Folder folder;
    const QString file = folder.path("a.db");
    const auto database = must(Database::open(file, "open"));
    QVERIFY(migrate(*database, {kFirst, kSecond}).ok());
    QVERIFY(checkVersion(*database, {kFirst, kSecond}).ok());
    QVERIFY(checkVersion(*database, {kFirst}).error().code == ErrorCode::unsupported);
    const Status newer = migrate(*database, {kFirst});
    QVERIFY(!newer.ok() && newer.error().code == ErrorCode::unsupported);
    QVERIFY(QString::fromStdString(newer.error().message()).contains(QStringLiteral("version 2")));
    QCOMPARE(must(database->value("read", QStringLiteral("SELECT b FROM t"))).toString(), QStringLiteral("ONE"));
  }
};

QTEST_GUILESS_MAIN(TestMigration)
#include "test_migration.moc"
