// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/cli/program.h"

class TestCommandInspect : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theEmbeddedModel() {
    const program::Program cli;
    const auto text = cli.run({"inspect"});
    VERIFY_ENDED(text, 0);
    QVERIFY(text.out.contains("layers 1 to 29: 16 experts, top-4") && text.out.contains("apache-2.0"));
    const auto json = cli.run({"inspect", "--json", "--metadata"}).json();
    QCOMPARE(json["architecture"].get<std::string>(), std::string("glm4moe"));
    QCOMPARE(json["layers"].get<int>(), 30);
    QCOMPARE(json["routing"].size(), std::size_t{29});
    QCOMPARE(json["routing"][0]["experts"].get<int>(), 16);
    QCOMPARE(json["loadable"].get<bool>(), true);
    QVERIFY(json["metadata"].size() > 10);
    std::uint64_t bytes = 0;
    for (const auto& type : json["types"]) bytes += type["bytes"].get<std::uint64_t>();
    QCOMPARE(bytes, json["dense_bytes"].get<std::uint64_t>() + json["expert_bytes"].get<std::uint64_t>());
  }
  void memoryGrowsWithTheContext() {
    const program::Program cli;
    const auto cache = [&](const char* context) { return cli.run({"inspect", "--json", "--context", context}).json()["predicted_memory"]["kv_cache_bytes"].get<std::uint64_t>(); };
    QVERIFY(cache("1024") == 2 * cache("512") && cache("512") > 0);
  }
  void readsNothingButHeaders() {
    const program::Program cli;
    QVERIFY(!QFile::exists(cli.file("audit.db")));
    VERIFY_ENDED(cli.run({"inspect"}), 0);
    QVERIFY(!QFile::exists(cli.file("audit.db")));
  }
};

QTEST_GUILESS_MAIN(TestCommandInspect)
#include "test_command_inspect.moc"
