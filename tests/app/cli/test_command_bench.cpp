// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/cli/program.h"

class TestCommandBench : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void jsonHasTheKeys() {
    const program::Program cli;
    const auto ended = cli.run({"bench", "-p", "16", "-n", "4", "-t", "1", "-r", "2", "--json"});
    VERIFY_ENDED(ended, 0);
    const auto json = ended.json();
    QVERIFY(json["prompt"]["tokens_per_s"].get<double>() > 0);
    QVERIFY(json["generation"]["tokens_per_s"].get<double>() > 0);
    QCOMPARE(json["prompt"]["tokens"].get<int>(), 16);
    QCOMPARE(json["generation"]["tokens"].get<int>(), 4);
    QCOMPARE(json["generation"]["all_tokens_per_s"].size(), std::size_t{2});
    QCOMPARE(json["threads"].get<int>(), 1);
    QCOMPARE(json["generation"]["gb_per_s"].get<double>(),
             json["generation"]["tokens_per_s"].get<double>() * json["active_weight_bytes"].get<double>() * 1e-9);
    QVERIFY(!QFile::exists(cli.file("audit.db")));
  }
  void tableAndParts() {
    const program::Program cli;
    const auto table = cli.run({"bench", "-p", "8", "-n", "0", "-r", "1"});
    VERIFY_ENDED(table, 0);
    QVERIFY(table.out.contains("tokens/s") && table.out.contains("GB/s") && table.out.contains("\nprompt ") && !table.out.contains("\ngeneration "));
    const auto json = cli.run({"bench", "-p", "0", "-n", "2", "-r", "1", "--json", "--isa", "reference"}).json();
    QVERIFY(!json.contains("prompt") && json.contains("generation"));
    QCOMPARE(json["isa"].get<std::string>(), std::string("reference"));
  }
  void moreThanTheContextIsRefused() {
    const auto ended = program::Program().run({"bench", "-p", "100000", "-n", "1", "-r", "1"});
    VERIFY_ENDED(ended, 2);
    QVERIFY(ended.err.contains("2048"));
  }
};

QTEST_GUILESS_MAIN(TestCommandBench)
#include "test_command_bench.moc"
