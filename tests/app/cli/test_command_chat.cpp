// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/cli/program.h"

namespace {

std::vector<nlohmann::json> json_lines(const QByteArray& text) {
  std::vector<nlohmann::json> lines;
  for (const QByteArray& line : text.split('\n')) {
    if (!line.isEmpty()) lines.push_back(nlohmann::json::parse(line.toStdString(), nullptr, false));
  }
  return lines;
}

}  // namespace

class TestCommandChat : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void aConversationThroughAPipe() {
    const program::Program cli;
    const auto ended = cli.run({"chat", "--json", "-n", "8", "--temperature", "0"}, "Hello\n\nAnd \\\nagain\n/again\n");
    VERIFY_ENDED(ended, 0);
    const auto answers = json_lines(ended.out);
    QCOMPARE(answers.size(), std::size_t{3});  // the empty line is none
    // The second question follows the first answer, which is in the cache.
    QVERIFY(answers[1]["stats"]["prompt_tokens"] > answers[0]["stats"]["prompt_tokens"]);
    QVERIFY(answers[1]["stats"]["reused_tokens"].get<int>() > 5);
    QVERIFY(answers[2]["stats"]["prompt_tokens"] == answers[1]["stats"]["prompt_tokens"]);
    QVERIFY(answers[2]["text"] == answers[1]["text"]);  // greedy
    // As plain text the answers alone.
    const auto plain = cli.run({"chat", "-n", "8", "--temperature", "0"}, "Hello\n");
    VERIFY_ENDED(plain, 0);
    QCOMPARE(plain.out.trimmed(), QByteArray::fromStdString(answers[0]["text"].get<std::string>()).trimmed());
    QVERIFY(plain.err.isEmpty());
  }
  void clearAndSystemBeginAnew() {
    const program::Program cli;
    const auto answers = json_lines(cli.run({"chat", "--json", "-n", "2", "--temperature", "0"}, "Hello\nHello\n/clear\nHello\n/system Be brief.\nHello\n/system\nHello\n").out);
    QCOMPARE(answers.size(), std::size_t{5});
    const auto tokens = [&](std::size_t i) { return answers[i]["stats"]["prompt_tokens"].get<int>(); };
    QVERIFY(tokens(1) > tokens(0));
    QCOMPARE(tokens(2), tokens(0));
    QVERIFY(tokens(3) > tokens(0));
    QCOMPARE(tokens(4), tokens(0));
  }
  void toolsOfPluginsAreCalled() {
    const program::Program cli;
    const auto ended = cli.run({"chat", "--json", "-n", "4", "--temperature", "0"}, "/calculate 6 * 7\nWhat was it?\n//calculate is a word\n");
    VERIFY_ENDED(ended, 0);
    const auto lines = json_lines(ended.out);
    QCOMPARE(lines.size(), std::size_t{3});
    QCOMPARE(lines[0]["content"].get<std::string>(), std::string("6 * 7 = 42"));
    QCOMPARE(lines[0]["citations"].size(), std::size_t{2});
    // The result goes to the model with the next message.
    const auto without = json_lines(cli.run({"chat", "--json", "-n", "4", "--temperature", "0"}, "What was it?\n").out);
    QVERIFY(lines[1]["stats"]["prompt_tokens"] > without[0]["stats"]["prompt_tokens"]);
    // Both are in the log, under one conversation.
    VERIFY_ENDED(cli.run({"audit", "export", "-o", cli.file("log.json"), "--kind", "plugin"}), 0);
    QFile file(cli.file("log.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray log = file.readAll();
    QVERIFY(log.contains("tool_call") && log.contains("calculated") && log.contains("tool_result"));
    VERIFY_ENDED(cli.run({"audit", "verify"}), 0);
  }
  void mistakesAreToldAndTheChatGoesOn() {
    const program::Program cli;
    const auto ended = cli.run({"chat", "--json", "-n", "2", "--temperature", "0"}, QByteArray("/nope\n\xff\xfe\n/calculate 1 +\n/again\nHello\n"));
    VERIFY_ENDED(ended, 1);
    const auto lines = json_lines(ended.out);
    QCOMPARE(lines.size(), std::size_t{5});
    QCOMPARE(lines[0]["error"]["code"].get<std::string>(), std::string("not_found"));
    QVERIFY(lines[0]["error"]["message"].get<std::string>().find("/calculate") != std::string::npos);
    QVERIFY(lines[1]["error"]["message"].get<std::string>().find("UTF-8") != std::string::npos);
    QCOMPARE(lines[2]["error"]["code"].get<std::string>(), std::string("malformed"));
    QCOMPARE(lines[3]["error"]["object"].get<std::string>(), std::string("conversation"));
    QVERIFY(lines[4].contains("text"));
  }
  void aRefusedMessageIsNoPartOfTheConversation() {
    const program::Program cli;
    const QStringList arguments{"chat", "--json", "-n", "4", "--temperature", "0", "-c", "128"};
    const auto ended = cli.run(arguments, QByteArray("word ").repeated(400) + "\nHello\n");
    VERIFY_ENDED(ended, 1);
    const auto lines = json_lines(ended.out);
    QCOMPARE(lines.size(), std::size_t{2});
    QVERIFY(lines[0].contains("error"));
    QCOMPARE(lines[1]["stats"]["dropped_messages"].get<int>(), 0);
    QVERIFY2(!ended.err.contains("left out"), ended.err.constData());
    const auto alone = json_lines(cli.run(arguments, "Hello\n").out);
    QCOMPARE(lines[1]["stats"]["prompt_tokens"].get<int>(), alone[0]["stats"]["prompt_tokens"].get<int>());
  }
  void exitEnds() {
    const auto ended = program::Program().run({"chat", "-n", "2"}, "/exit\nHello\n");
    VERIFY_ENDED(ended, 0);
    QVERIFY(ended.out.isEmpty());
  }
  void interruptStopsTheAnswerAndThenTheChat() {
    const program::Program cli;
    // The first signal stops the long answer, and the next line is read; the second one, at the prompt, ends.
    const auto ended = cli.shell(
        "coproc \"$CLI\" chat -n 1500 --temperature 0; pid=$COPROC_PID; echo 'Tell me a very long story' >&\"${COPROC[1]}\"; read -r -N 5 text <&\"${COPROC[0]}\"; "
        "kill -INT $pid; read -r rest <&\"${COPROC[0]}\"; echo '/calculate 1 + 1' >&\"${COPROC[1]}\"; "
        "while read -r line <&\"${COPROC[0]}\"; do case $line in '1 + 1 = 2') echo found; break;; esac; done; "
        "sleep 1; kill -INT $pid; wait $pid");
    VERIFY_ENDED(ended, 130);
    QCOMPARE(ended.out.trimmed(), QByteArray("found"));
  }
};

QTEST_GUILESS_MAIN(TestCommandChat)
#include "test_command_chat.moc"
