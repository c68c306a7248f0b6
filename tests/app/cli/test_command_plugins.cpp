// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/cli: cli command_eval plugin_command
#include <QDir>

#include "tests/app/cli/program.h"

namespace {

void write(const QString& path, const QByteArray& bytes) {
  QDir().mkpath(QFileInfo(path).path());
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(bytes);
}

const QByteArray broken = "{\"roundhouse_plugin\":1,\"id\":\"test.broken\",\"name\":\"Broken\",\"description\":\"x\",\"version\":\"1\",\"api\":\"1.0\",\"licence\":\"MIT\","
                          "\"core\":\"libbroken.so\",\"contributes\":{\"commands\":[{\"name\":\"broken-run\",\"summary\":\"x\"}]}}";

}  // namespace

// Plugins, their commands (plugin_command.cpp), and `eval` and `import` (command_eval.cpp).
class TestCommandPlugins : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void listsWithoutLoading() {
    const program::Program cli;
    const auto list = cli.run({"plugins", "--json"});
    VERIFY_ENDED(list, 0);
    const auto json = list.json();
    QCOMPARE(json.size(), std::size_t{1});
    QCOMPARE(json[0]["id"].get<std::string>(), std::string("roundhouse.example"));
    QCOMPARE(json[0]["state"].get<std::string>(), std::string("found"));
    QVERIFY(!QFile::exists(cli.file("plugin-state")) && !QFile::exists(cli.file("audit.db")));
    QVERIFY(cli.run({"plugins"}).out.contains("command example-calculate"));
  }
  void checksAndNamesTheReason() {
    const program::Program cli;
    write(cli.file("plugins/broken/plugin.json"), broken);
    write(cli.file("plugins/broken/libbroken.so"), "not a library");
    const auto checked = cli.run({"plugins", "--check", "--json"});
    VERIFY_ENDED(checked, 1);
    for (const auto& plugin : checked.json()) {
      if (plugin["id"] == "roundhouse.example") QCOMPARE(plugin["state"].get<std::string>(), std::string("running"));
      if (plugin["id"] == "test.broken") QVERIFY(plugin["reason"].get<std::string>().find("not a library") == 0);
    }
    const auto command = cli.run({"broken-run"});
    VERIFY_ENDED(command, 1);
    QVERIFY2(command.err.contains("not a library"), command.err.constData());
    // The other one's command works beside it.
    QCOMPARE(cli.run({"example-calculate", "2^10"}).out, QByteArray("1024\n"));
  }
  void commandsOfPlugins() {
    const program::Program cli;
    QCOMPARE(cli.run({"example-calculate", "17 * 23"}).out, QByteArray("391\n"));
    QCOMPARE(cli.run({"example-calculate", "--json", "17", "*", "23"}).json()["result"].get<double>(), 391.0);
    const auto help = cli.run({"example-calculate", "--help"});
    VERIFY_ENDED(help, 0);
    QVERIFY(help.out.startsWith("usage:"));
    VERIFY_ENDED(cli.run({"example-calculate"}), 2);
    const auto wrong = cli.run({"example-calculate", "17 *"});
    VERIFY_ENDED(wrong, 1);
    QVERIFY(wrong.err.contains("expected a number at character 5"));
    // What stands behind -- belongs to the command.
    QCOMPARE(cli.run({"example-calculate", "--", "-5", "+", "2"}).out, QByteArray("-3\n"));
    const auto log = cli.run({"audit", "verify", "--json"});
    VERIFY_ENDED(log, 0);
    QVERIFY(log.json()["entries_checked"].get<int>() >= 8);
  }
  void switchedOffHereIsSwitchedOff() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"plugins", "--disable", "roundhouse.example"}), 0);
    const auto refused = cli.run({"example-calculate", "1+1"});
    VERIFY_ENDED(refused, 1);
    QVERIFY(refused.err.contains("switched off"));
    QVERIFY(!cli.run({"--help"}).out.contains("example-calculate"));
    VERIFY_ENDED(cli.run({"plugins", "--enable", "roundhouse.example"}), 0);
    QCOMPARE(cli.run({"example-calculate", "1+1"}).out, QByteArray("2\n"));
    VERIFY_ENDED(cli.run({"plugins", "--disable", "no.such"}), 1);
  }
  void evalScoresTheModel() {
    const program::Program cli;
    const auto ended = cli.run({"eval", "example-sums", "--limit", "3", "--json"});
    VERIFY_ENDED(ended, 0);
    const auto json = ended.json();
    QCOMPARE(json["items"].get<int>(), 3);
    QCOMPARE(json["details"].size(), std::size_t{3});
    const double accuracy = json["metrics"]["accuracy"]["value"].get<double>();
    QVERIFY(accuracy >= 0 && accuracy <= 1);
    QVERIFY(json["metrics"]["margin"]["value"].get<double>() != 0);
    VERIFY_ENDED(cli.run({"eval", "example-sums", "--adapter", "x"}), 1);
    VERIFY_ENDED(cli.run({"eval", "nothing"}), 1);
  }
  void importWritesConversations() {
    const program::Program cli;
    write(cli.file("pairs.tsv"), "1 + 1\t2\nbad\n");
    const auto out = cli.run({"import", "example-pairs", cli.file("pairs.tsv")});
    VERIFY_ENDED(out, 0);
    QCOMPARE(out.json()["messages"][1]["content"].get<std::string>(), std::string("2"));
    QVERIFY(out.err.contains("line 2"));
    write(cli.file("out.jsonl.part"), "somebody's");
    const auto file = cli.run({"import", "example-pairs", cli.file("pairs.tsv"), "-o", cli.file("out.jsonl"), "--json"});
    VERIFY_ENDED(file, 0);
    QCOMPARE(file.json()["conversations"].get<int>(), 1);
    QCOMPARE(file.json()["version"].get<int>(), 1);
    QVERIFY(QFile::exists(cli.file("out.jsonl")));
    QCOMPARE(QFileInfo(cli.file("out.jsonl.part")).size(), qint64{10});
    VERIFY_ENDED(cli.run({"import", "example-pairs", "/nowhere", "-o", cli.file("none.jsonl")}), 1);
    QVERIFY(!QFile::exists(cli.file("none.jsonl")));
    QCOMPARE(QDir(cli.data()).entryList({"*.part"}, QDir::Files), QStringList{"out.jsonl.part"});
  }
};

QTEST_GUILESS_MAIN(TestCommandPlugins)
#include "test_command_plugins.moc"
