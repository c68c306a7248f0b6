// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>

#include "roundhouse/trace.h"
#include "tests/app/cli/program.h"

using namespace roundhouse;

class TestCommandTrace : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void threeFormatsOfOneRun() {
    const program::Program cli;
    for (const char* name : {"t.rhtrace", "t.csv", "t.json"}) {
      const auto ended = cli.run({"trace", "--raw", "The engine turns", "-o", cli.file(name), "--json"});
      VERIFY_ENDED(ended, 0);
      QVERIFY(ended.json()["tokens"].get<int>() > 2);
    }
    const auto file = RoutingTrace::load(cli.file("t.rhtrace").toStdString());
    QVERIFY2(file.ok(), file.ok() ? "" : file.error().message().c_str());
    const RoutingTrace& trace = file->trace;
    QCOMPARE(trace.layer_count(), 29);
    QCOMPARE(trace.prompt_tokens(), trace.token_count());
    QVERIFY(trace.has_scores());
    std::string text;
    for (const std::string& piece : file->texts) text += piece;
    QCOMPARE(text, std::string("The engine turns"));

    QFile csv(cli.file("t.csv")), json(cli.file("t.json"));
    QVERIFY(csv.open(QIODevice::ReadOnly) && json.open(QIODevice::ReadOnly));
    const QList<QByteArray> rows = csv.readAll().trimmed().split('\n');
    QCOMPARE(rows.size(), 1 + trace.token_count() * trace.layer_count() * trace.top_k());
    const QList<QByteArray> first = rows[1].split(',');
    QCOMPARE(first[1].toInt(), trace.token_id(0));
    QCOMPARE(first[5].toInt(), int(trace.ids(0, 0)[0]));
    QVERIFY(nlohmann::json::accept(json.readAll().toStdString()));
  }
  void standardOutputTakesCsvAndJson() {
    const program::Program cli;
    const auto csv = cli.run({"trace", "--raw", "Hello"});
    VERIFY_ENDED(csv, 0);
    QVERIFY(csv.out.startsWith("token,token_id,text,layer,rank,expert,weight,score\n"));
    QVERIFY(cli.run({"trace", "--raw", "Hello", "--json"}).json().is_object());
  }
  void answersAreTracedToo() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"trace", "-n", "5", "--temperature", "0", "Hello", "-o", cli.file("t.rhtrace")}), 0);
    const auto file = RoutingTrace::load(cli.file("t.rhtrace").toStdString());
    QVERIFY(file->trace.prompt_tokens() < file->trace.token_count());
  }
  void editsShowInTheTrace() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"trace", "--raw", "The engine turns on its table", "--disable", "all:4", "--force", "5:9", "--top-k", "7:2", "-o", cli.file("t.rhtrace")}), 0);
    const auto file = RoutingTrace::load(cli.file("t.rhtrace").toStdString());
    const RoutingTrace& trace = file->trace;
    QVERIFY(!trace.provenance().edits_json.empty());
    for (int token = 0; token < trace.token_count(); ++token) {
      for (int layer = 0; layer < trace.layer_count(); ++layer) {
        const auto ids = trace.ids(token, layer);
        QVERIFY(std::find(ids.begin(), ids.end(), 4) == ids.end());
        const int model_layer = trace.layout().layers[std::size_t(layer)].layer;
        if (model_layer == 5) QVERIFY(std::find(ids.begin(), ids.end(), 9) != ids.end());
        const auto used = std::count_if(ids.begin(), ids.end(), [](std::uint16_t id) { return id != no_expert; });
        QCOMPARE(int(used), model_layer == 7 ? 2 : 4);
      }
    }
  }
  void anOldFileStaysUntilTheNewOneIsWhole() {
    const program::Program cli;
    QFile old(cli.file("t.csv"));
    QVERIFY(old.open(QIODevice::WriteOnly));
    old.write("old");
    old.close();
    // Files of the program end after 512 KiB, as on a full disk.
    const auto ended = cli.shell("trap '' XFSZ; ulimit -f 512; \"$CLI\" trace --raw \"$(seq 1 200)\" -o \"$DATA/t.csv\"");
    VERIFY_ENDED(ended, 1);
    QVERIFY2(ended.err.contains("t.csv"), ended.err.constData());
    QVERIFY(old.open(QIODevice::ReadOnly));
    QCOMPARE(old.readAll(), QByteArray("old"));
    QCOMPARE(QDir(cli.data()).entryList({"*.part"}, QDir::Files).size(), 0);
  }
  void unwritableFilesAreTold() {
    const program::Program cli;
    for (const char* path : {"/nowhere/t.csv", "/nowhere/t.rhtrace", "/dev/full/t.json"}) {
      const auto ended = cli.run({"trace", "--raw", "Hello", "-o", path});
      VERIFY_ENDED(ended, 1);
      QVERIFY2(ended.err.contains(path), ended.err.constData());
    }
  }
};

QTEST_GUILESS_MAIN(TestCommandTrace)
#include "test_command_trace.moc"
