// SPDX-License-Identifier: GPL-3.0-or-later
#include <sqlite3.h>

#include "tests/app/cli/program.h"

namespace {

// What somebody does who can write the database: past the triggers.
bool tamper(const QString& database, const char* sql) {
  sqlite3* connection = nullptr;
  if (sqlite3_open(database.toUtf8().constData(), &connection) != SQLITE_OK) return false;
  const char* triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
  std::vector<std::string> names;
  sqlite3_exec(connection, triggers, [](void* list, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(list)->emplace_back(values[0]);
    return 0;
  }, &names, nullptr);
  for (const std::string& name : names) sqlite3_exec(connection, ("DROP TRIGGER " + name).c_str(), nullptr, nullptr, nullptr);
  const bool done = sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) == SQLITE_OK && sqlite3_changes(connection) > 0;
  sqlite3_close(connection);
  return done;
}

}  // namespace

class TestCommandAudit : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void path() {
    const program::Program cli;
    QCOMPARE(cli.run({"audit", "path"}).out.trimmed(), (cli.data() + "/audit.db").toUtf8());
    QCOMPARE(cli.run({"audit", "path", "--json"}).json()["head"].get<std::string>(), (cli.data() + "/audit.head").toStdString());
  }
  void withoutALogThereIsNothingToVerify() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"audit", "verify"}), 1);
    VERIFY_ENDED(cli.run({"audit", "export", "-o", cli.file("x.json")}), 1);
    QVERIFY(!QFile::exists(cli.file("audit.db")) && !QFile::exists(cli.file("x.json")));
  }
  void tamperingIsNamed_data() {
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QByteArray>("named");
    QTest::newRow("a column") << QByteArray("UPDATE entries SET user = 'nobody' WHERE sequence = 2") << QByteArray("entry 2: ");
    QTest::newRow("a prompt") << QByteArray("UPDATE contents SET text = 'Goodbye' WHERE sequence = 2") << QByteArray("entry 2: ");
    QTest::newRow("a row") << QByteArray("DELETE FROM entries WHERE sequence = 2") << QByteArray("entry 2: ");
    QTest::newRow("the end") << QByteArray("DELETE FROM entries WHERE sequence = 3") << QByteArray("entry 3: ");
  }
  void tamperingIsNamed() {
    QFETCH(QByteArray, sql);
    QFETCH(QByteArray, named);
    const program::Program cli;
    VERIFY_ENDED(cli.run({"generate", "-n", "2", "Hello"}), 0);  // load, start, answer
    const auto intact = cli.run({"audit", "verify"});
    VERIFY_ENDED(intact, 0);
    QVERIFY(intact.out.startsWith("intact: 3 entries"));
    QVERIFY(tamper(cli.file("audit.db"), sql.constData()));
    const auto found = cli.run({"audit", "verify"});
    VERIFY_ENDED(found, 3);
    QVERIFY2(found.out.contains("TAMPERED"), found.out.constData());
    QVERIFY2(found.out.contains(named), found.out.constData());
    const auto json = cli.run({"audit", "verify", "--json"});
    VERIFY_ENDED(json, 3);
    QVERIFY(!json.json()["ok"].get<bool>() && json.json()["findings"].size() >= 1);
    // (Findings about the log as a whole, here the missing triggers, have no entry.)
    const auto findings = json.json()["findings"];
    const int entry = named.mid(6, 1).toInt();
    QVERIFY2(std::any_of(findings.begin(), findings.end(), [&](const auto& finding) { return finding["entry"].template get<int>() == entry; }), findings.dump().c_str());
  }
  void aVanishedDatabaseIsTampering() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"generate", "-n", "2", "Hello"}), 0);
    for (const char* name : {"audit.db", "audit.db-wal", "audit.db-shm"}) QFile::remove(cli.file(name));
    VERIFY_ENDED(cli.run({"audit", "verify"}), 3);
  }
  void exports() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"generate", "-n", "2", "Hello there"}), 0);
    const auto json = cli.run({"audit", "export", "-o", cli.file("log.json"), "--json"});
    VERIFY_ENDED(json, 0);
    QCOMPARE(json.json()["entries"].get<int>(), 3);
    QFile file(cli.file("log.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    QVERIFY(nlohmann::json::accept(bytes.toStdString()) && bytes.contains("Hello there"));
    const auto csv = cli.run({"audit", "export", "-o", cli.file("log.csv"), "--kind", "model_load", "--from", "2020-01-01", "--until", "2100-01-01", "--json"});
    VERIFY_ENDED(csv, 0);
    QCOMPARE(csv.json()["entries"].get<int>(), 1);
    QCOMPARE(csv.json()["files"].size(), std::size_t{2});
    QCOMPARE(cli.run({"audit", "export", "-o", cli.file("none.json"), "--until", "2020-01-01", "--json"}).json()["entries"].get<int>(), 0);
    QVERIFY(cli.run({"audit", "export", "-o", cli.file("all.json"), "--from", "0001-01-01", "--until", "9999-12-31", "--json"}).json()["entries"].get<int>() > 0);
    VERIFY_ENDED(cli.run({"audit", "export", "-o", cli.file("x.json"), "--from", "yesterday"}), 2);
    VERIFY_ENDED(cli.run({"audit", "export", "-o", "/nowhere/x.json"}), 1);
    VERIFY_ENDED(cli.run({"audit", "verify"}), 0);
  }
  void aForgedLogIsExportedWithAWarning() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"generate", "-n", "2", "Hello"}), 0);
    QVERIFY(tamper(cli.file("audit.db"), "UPDATE entries SET user = 'nobody' WHERE sequence = 2"));
    const auto ended = cli.run({"audit", "export", "-o", cli.file("log.json"), "--json"});
    VERIFY_ENDED(ended, 3);
    QVERIFY2(ended.err.contains("tampered"), ended.err.constData());
    QVERIFY(ended.json()["findings"].get<int>() > 0 && ended.json()["warning"].is_string());
    QFile file(cli.file("log.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto written = nlohmann::json::parse(file.readAll().toStdString());
    QCOMPARE(written["entries"][1]["intact"].get<bool>(), false);
  }
  void whatIsNoFileIsNotWaitedFor() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"generate", "-n", "2", "Hello"}), 0);
    QVERIFY(QFile::remove(cli.file("audit.head")));
    VERIFY_ENDED(cli.shell("mkfifo \"$DATA/audit.head\""), 0);
    const auto ended = cli.run({"audit", "verify", "--json"}, {}, 20000);
    VERIFY_ENDED(ended, 1);
    QVERIFY2(ended.err.contains("a special file"), ended.err.constData());
  }
  void aFullDiskDoesNotKeepFromVerifying() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"generate", "-n", "2", "Hello"}), 0);
    // (The program may end before its log is closed.)
    sqlite3* connection = nullptr;
    QCOMPARE(sqlite3_open(cli.file("audit.db").toUtf8().constData(), &connection), SQLITE_OK);
    QCOMPARE(sqlite3_exec(connection, "PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(connection);
    // No file may grow, as on a full disk.
    const auto verified = cli.shell("trap '' XFSZ; ulimit -f 0; \"$CLI\" audit verify | cat; exit ${PIPESTATUS[0]}");
    VERIFY_ENDED(verified, 0);
    QVERIFY(verified.out.startsWith("intact: 3 entries"));
  }
  void whatCannotBeWrittenIsExportedAllTheSame() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"generate", "-n", "2", "Hello"}), 0);
    // A lock that writers do not follow.
    VERIFY_ENDED(cli.shell("rm \"$DATA/audit.db.lock.turnstile\" && ln -s nowhere \"$DATA/audit.db.lock.turnstile\""), 0);
    const auto ended = cli.run({"audit", "export", "-o", cli.file("log.json")});
    VERIFY_ENDED(ended, 0);
    QVERIFY2(ended.err.contains("the export will not stand in the log: "), ended.err.constData());
    QVERIFY(QFile::exists(cli.file("log.json")));
  }
  void anotherLog() {
    const program::Program cli, other;
    VERIFY_ENDED(other.run({"generate", "-n", "2", "Hello"}), 0);
    VERIFY_ENDED(cli.run({"audit", "verify", "--database", other.file("audit.db")}), 0);
  }
};

QTEST_GUILESS_MAIN(TestCommandAudit)
#include "test_command_audit.moc"
