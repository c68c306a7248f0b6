// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/schema.h"

#include "engine/audit/entry_codec.h"
#include "tests/engine/audit/log_fixture.h"

using namespace roundhouse;
using namespace roundhouse::audit;

class TestSchema : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void makesAnAuditLogOfAnEmptyDatabase() {
    const LogFolder folder;
    auto connection = must(Connection::open(folder.database(), Connection::Mode::create, 1000));
    QVERIFY(!must(check_is_audit_log(connection)));
    QVERIFY(create_schema(connection).ok());
    QVERIFY(must(check_is_audit_log(connection)));
    QVERIFY(must(schema_differences(connection)).empty());
    QCOMPARE(must(connection.integer("SELECT count(*) FROM pragma_table_info('entries')")), std::int64_t{column_count});
    RawDatabase raw(folder.database());
    const auto columns = raw.rows("SELECT name FROM pragma_table_info('entries')");
    for (int i = 0; i < column_count; ++i) QCOMPARE(columns[i][0], std::string(column_names[i]));
    QCOMPARE(raw.rows("PRAGMA journal_mode")[0][0], std::string("wal"));
    const auto again = create_schema(connection);
    QVERIFY(!again.ok());
    QVERIFY(!connection.in_transaction());
    QVERIFY(must(check_is_audit_log(connection)));
  }

  void saysHowADefinitionDiffers() {
    const LogFolder folder;
    auto connection = must(Connection::open(folder.database(), Connection::Mode::create, 1000));
    QVERIFY(create_schema(connection).ok());
    RawDatabase(folder.database()).run("DROP INDEX entries_session; CREATE TABLE \"odd\nname\"(a); "
                                       "DROP TRIGGER entries_keep_rows; CREATE TRIGGER entries_keep_rows BEFORE DELETE "
                                       "ON entries BEGIN SELECT 1; END");
    const auto differences = must(schema_differences(connection));
    QCOMPARE(differences.size(), std::size_t{3});
    std::string all;
    for (const auto& difference : differences) all += difference.what + "\n";
    QVERIFY(all.find("index entries_session is missing") != std::string::npos);
    QVERIFY(all.find("trigger entries_keep_rows was changed") != std::string::npos);
    QVERIFY(all.find("table odd\\x0Aname") != std::string::npos);
  }
};

QTEST_APPLESS_MAIN(TestSchema)
#include "test_schema.moc"
