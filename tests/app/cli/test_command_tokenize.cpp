// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/cli/program.h"

class TestCommandTokenize : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void splitsAndPutsTogether() {
    const program::Program cli;
    const QString text = QString::fromUtf8("Hello, wörld: 123 圆\n  x");
    const auto json = cli.run({"tokenize", "--json", text}).json();
    QStringList ids;
    std::string joined;
    for (const auto& token : json["tokens"]) {
      ids << QString::number(token["id"].get<int>());
      joined += token["text"].get<std::string>();
    }
    QVERIFY(ids.size() > 8);
    const auto back = cli.run({"tokenize", "--decode", ids.join(',')});
    VERIFY_ENDED(back, 0);
    QCOMPARE(QString::fromUtf8(back.out), text + "\n");
    QCOMPARE(cli.run({"tokenize", text}).out.count('\n'), ids.size());
  }
  void specialTokensOnlyWhenAskedFor() {
    const program::Program cli;
    const auto count = [&](const QStringList& options) { return cli.run(QStringList{"tokenize", "--json", "<|im_start|>"} + options).json()["tokens"].size(); };
    QVERIFY(count({}) > 1);
    QCOMPARE(count({"--special"}), std::size_t{1});
    const auto chat = cli.run({"tokenize", "--json", "--chat", "<|im_end|>"}).json();
    QVERIFY(chat["tokens"][0]["special"].get<bool>());
    // What a user writes never becomes a control token: one closes the user's message, none stands in it.
    int ends = 0;
    for (const auto& token : chat["tokens"]) ends += token["special"].get<bool>() && token["text"] == "<|im_end|>";
    QCOMPARE(ends, 1);
  }
  void blanksAreATextToo() {
    const program::Program cli;
    const auto blanks = cli.run({"tokenize", "--json", "\n\n"}).json();
    QVERIFY(blanks["tokens"].size() > 0);
    VERIFY_ENDED(cli.run({"generate", "\n\n"}), 2);
    VERIFY_ENDED(cli.run({"tokenize", ""}), 2);
  }
  void refusesWhatIsNoToken() {
    const program::Program cli;
    VERIFY_ENDED(cli.run({"tokenize", "--decode", "1,99999999"}), 1);
    VERIFY_ENDED(cli.run({"tokenize", "--decode", "1,x"}), 2);
    VERIFY_ENDED(cli.run({"tokenize", "--decode", "1", "text"}), 2);
  }
};

QTEST_GUILESS_MAIN(TestCommandTokenize)
#include "test_command_tokenize.moc"
