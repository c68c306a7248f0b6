// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>

#include "tests/app/cli/program.h"

class TestCommandGenerate : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theAnswerAloneOnStandardOutput() {
    const program::Program cli;
    const auto answer = cli.run({"generate", "-n", "12", "--temperature", "0", "What is the capital of France?"});
    VERIFY_ENDED(answer, 0);
    QVERIFY(answer.err.isEmpty());
    QVERIFY(answer.out.endsWith('\n') && answer.out.trimmed().size() > 3 && !answer.out.contains("<|"));
    // The same from standard input, and as JSON.
    QCOMPARE(cli.run({"generate", "-n", "12", "--temperature", "0"}, "What is the capital of France?").out, answer.out);
    QCOMPARE(cli.run({"generate", "-n", "12", "--temperature", "0", "-"}, "What is the capital of France?").out, answer.out);
    const auto json = cli.run({"generate", "-n", "12", "--temperature", "0", "--json", "--top-logprobs", "2", "What is the capital of France?"}).json();
    QCOMPARE(QByteArray::fromStdString(json["text"].get<std::string>()).trimmed(), answer.out.trimmed());
    QVERIFY(json["stats"]["prompt_tokens"].get<int>() > 10);
    QCOMPARE(json["tokens"].size(), json["stats"]["generated_tokens"].get<std::size_t>());
    QCOMPARE(json["tokens"][0]["alternatives"].size(), std::size_t{2});
    QVERIFY(json["audit_entry"].get<int>() > 0);
    QCOMPARE(json["model"]["sha256"].get<std::string>().size(), std::size_t{64});
  }
  void anAdapterThatCannotBeReadIsNamed() {
    const program::Program cli;
    const auto refused = cli.run({"generate", "-n", "1", "--adapter", "/no/such/adapter.gguf", "Hi"});
    VERIFY_ENDED(refused, 1);
    QVERIFY2(refused.err.contains("/no/such/adapter.gguf"), refused.err.constData());
  }
  void theSameSeedGivesTheSameText() {
    const program::Program cli;
    const auto text = [&](const char* seed) { return cli.run({"generate", "-n", "20", "--temperature", "1.5", "--seed", seed, "Tell me a story"}).out; };
    const QByteArray one = text("1");
    QCOMPARE(text("1"), one);
    QVERIFY(text("2") != one || text("3") != one);
  }
  void rawTakesThePromptAsItIs() {
    const program::Program cli;
    const auto raw = cli.run({"generate", "--raw", "--json", "-n", "1", "Hello"}).json();
    const auto chat = cli.run({"generate", "--json", "-n", "1", "Hello"}).json();
    QVERIFY(raw["stats"]["prompt_tokens"].get<int>() < 4);
    QVERIFY(chat["stats"]["prompt_tokens"].get<int>() > 6);
    QVERIFY(cli.run({"generate", "--json", "-n", "1", "--system", "Be brief.", "Hello"}).json()["stats"]["prompt_tokens"] > chat["stats"]["prompt_tokens"]);
    VERIFY_ENDED(cli.run({"generate", "--raw", "--system", "Be brief.", "Hello"}), 2);
  }
  void editsChangeTheAnswerAndAreTold() {
    const program::Program cli;
    const QStringList common = {"generate", "-n", "16", "--temperature", "0"};
    const auto plain = cli.run(common + QStringList{"Why is the sky blue?"});
    const auto edited = cli.run(common + QStringList{"--disable", "all:3", "--disable", "all:7", "--top-k", "1", "Why is the sky blue?"});
    VERIFY_ENDED(edited, 0);
    QVERIFY(edited.out != plain.out);
    QVERIFY2(edited.err.contains("expert 3 disabled"), edited.err.constData());
    // From a file, with a name.
    QFile file(cli.file("edits.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromStdString(cli.run(common + QStringList{"--json", "--disable", "all:3", "--disable", "all:7", "--top-k", "1", "Why?"}).json()["edits"].dump()));
    file.close();
    const auto from_file = cli.run(common + QStringList{"--edits", file.fileName(), "Why is the sky blue?"});
    VERIFY_ENDED(from_file, 0);
    QCOMPARE(from_file.out, edited.out);
    // What the model does not have.
    for (const QStringList& wrong : {QStringList{"--disable", "0:1"}, QStringList{"--force", "1:99"}, QStringList{"--top-k", "40"}}) {
      const auto refused = cli.run(common + wrong + QStringList{"Hi"});
      VERIFY_ENDED(refused, 2);
      QVERIFY(refused.out.isEmpty());
      if (wrong[0] == "--top-k") QVERIFY2(refused.err.contains("--sampling-top-k"), refused.err.constData());
    }
  }
  void stopStringsEndBeforeThem() {
    const program::Program cli;
    const QByteArray whole = cli.run({"generate", "-n", "30", "--temperature", "0", "Count: one, two, three"}).out;
    const QByteArray word = whole.simplified().split(' ').value(2);
    QVERIFY(word.size() > 1);
    const auto json = cli.run({"generate", "-n", "30", "--temperature", "0", "--json", "--stop", QString::fromUtf8(word), "Count: one, two, three"}).json();
    QCOMPARE(json["finish"].get<std::string>(), std::string("stop_string"));
    QVERIFY(!QByteArray::fromStdString(json["text"].get<std::string>()).contains(word));
  }
  void aPromptBeyondTheContextIsRefused() {
    const program::Program cli;
    const auto ended = cli.run({"generate", "--context", "64", "-n", "4"}, QByteArray("word ").repeated(500));
    VERIFY_ENDED(ended, 1);
    QVERIFY2(ended.err.contains("64"), ended.err.constData());
  }
  // The user's choice in the window holds here too.
  void theWindowsSettingKeepsTextsOut() {
    const program::Program cli;
    QFile settings(cli.file("settings.ini"));
    QVERIFY(settings.open(QIODevice::WriteOnly));
    settings.write("[audit]\ntexts=false\n");
    settings.close();
    VERIFY_ENDED(cli.run({"generate", "-n", "3", "A very private question"}), 0);
    QFile database(cli.file("audit.db"));
    QVERIFY(database.open(QIODevice::ReadOnly));
    QByteArray bytes = database.readAll();
    QFile wal(cli.file("audit.db-wal"));
    if (wal.open(QIODevice::ReadOnly)) bytes += wal.readAll();
    QVERIFY(!bytes.contains("very private"));
    VERIFY_ENDED(cli.run({"audit", "verify"}), 0);
  }
};

QTEST_GUILESS_MAIN(TestCommandGenerate)
#include "test_command_generate.moc"
