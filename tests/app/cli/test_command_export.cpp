// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFileInfo>

#include "engine/model/model_builder.h"
#include "engine/model/peft_adapter.h"
#include "tests/app/cli/program.h"
#include "tests/engine/fixtures/random_adapter.h"

using namespace roundhouse;

class TestCommandExport : public QObject {
  Q_OBJECT
  // A small adapter of the embedded model, strong enough to change its answers.
  static QString adapter_of(const program::Program& cli, const char* name, unsigned seed) {
    const std::string path = cli.run({"inspect", "--json"}).json()["path"].get<std::string>();
    auto built = build_model(open_model_source(path).value(), false);
    if (!built.ok()) qFatal("%s", built.error().message().c_str());
    const TextModel model(std::move(built->spec), std::move(built->weights));
    std::mt19937 random(seed);
    LoraAdapter adapter{name, {}, {}};
    for (const char* weight : {"layers.3.output", "layers.20.experts.down"}) adapter.modules.push_back(testing::random_module(random, model, {weight}, 2, 0.3f));
    const QString folder = cli.file(name);
    if (!write_peft_adapter(folder.toStdString(), adapter, model, "mini").ok()) qFatal("no adapter");
    return folder;
  }
  static QByteArray answer(const program::Program& cli, const QStringList& with) {
    return cli.run(QStringList{"generate", "--temperature", "0", "-n", "12"} + with + QStringList{"Why does ice float on water?"}).out;
  }

 private Q_SLOTS:
  void aMergedModelIsWrittenAndAnswers() {
    const program::Program cli;
    const QString adapter = adapter_of(cli, "tuned", 1), merged = cli.file("merged.gguf");
    const auto ended = cli.run({"export", "--adapter", adapter, "-o", merged, "--json"});
    VERIFY_ENDED(ended, 0);
    const auto json = ended.json();
    QCOMPARE(json["format"].get<std::string>(), std::string("gguf"));
    QCOMPARE(json["tensors"]["updated"].get<int>(), 2);
    QCOMPARE(json["tensors"]["converted"].get<int>(), 2);  // from Q4_0 to Q8_0
    QCOMPARE(json["bytes"].get<qint64>(), QFileInfo(merged).size());
    QCOMPARE(json["audit_entry"].get<int>(), 1);
    QCOMPARE(json["adapters"][0]["name"].get<std::string>(), std::string("tuned"));
    const QByteArray with = answer(cli, {"--model", merged});
    QVERIFY(!with.isEmpty() && with != answer(cli, {}));
    QCOMPARE(with, answer(cli, {"--adapter", adapter}));
    VERIFY_ENDED(cli.run({"audit", "verify"}), 0);
  }
  void adaptersAreWrittenInOtherFormatsAndAddUp() {
    const program::Program cli;
    const QString one = adapter_of(cli, "one", 1), two = adapter_of(cli, "two", 2);
    const auto text = cli.run({"export", "--adapter", one + "=4", "--adapter", two + "=-4", "--format", "gguf-adapter", "-o", cli.file("both.gguf")});
    VERIFY_ENDED(text, 0);
    QVERIFY(text.out.contains("one times 4") && text.out.contains("two times -4") && text.out.contains("gguf-adapter"));
    VERIFY_ENDED(cli.run({"export", "--adapter", cli.file("both.gguf"), "--format", "peft", "-o", cli.file("both")}), 0);
    QCOMPARE(answer(cli, {"--adapter", cli.file("both")}), answer(cli, {"--adapter", cli.file("both.gguf")}));
    QVERIFY(answer(cli, {"--adapter", cli.file("both")}) != answer(cli, {}));
  }
  void wrongArgumentsAreToldAsSuch() {
    const program::Program cli;
    const auto said = [&](const QStringList& arguments, int code) {
      const auto ended = cli.run(QStringList{"export"} + arguments);
      return ended.code == code ? ended.err : "ended with " + QByteArray::number(ended.code) + ": " + ended.err;
    };
    const QString out = cli.file("out");
    QVERIFY2(said({"-o", out}, 2).contains("an --adapter, or a --type"), said({"-o", out}, 2));
    QVERIFY(said({"--type", "q3", "-o", out}, 2).contains("--type"));
    QVERIFY(said({"--type", "f16", "--format", "onnx", "-o", out}, 2).contains("--format"));
    QVERIFY(said({"--type", "f16", "--format", "safetensors", "-o", out}, 2).contains("gguf, which the model is in"));
    QVERIFY(said({"--type", "f16"}, 2).contains("--output"));
    QVERIFY(said({"--adapter", cli.file("nothing"), "-o", out}, 1).contains("nothing"));
    QVERIFY(said({"--type", "f16", "-o", cli.data()}, 1).contains("something that is there"));
    QVERIFY(!QFileInfo::exists(out));
  }
};

QTEST_GUILESS_MAIN(TestCommandExport)
#include "test_command_export.moc"
