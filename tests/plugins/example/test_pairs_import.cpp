// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/pairs_import.h"

#include <QTest>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse;

namespace {

struct Sink final : plugin::ImportSink {
  Status conversation(const plugin::ImportedConversation& conversation) override {
    if (full) return Error{ErrorCode::io, "write", "sink", {}, "full"};
    conversations.push_back(conversation);
    return Ok{};
  }
  Status problem(const plugin::ImportProblem& problem) override {
    problems.push_back(problem.source);
    return Ok{};
  }
  std::vector<plugin::ImportedConversation> conversations;
  std::vector<std::string> problems;
  bool full = false;
};

const std::string& text(const Message& message) { return std::get<TextPart>(message.parts.at(0).content).text; }

}  // namespace

class TestPairsImport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsPairsAndTellsOtherLines() {
    const scratch::Folder folder;
    Sink sink;
    const auto file = folder.write("pairs.tsv", "1 + 1\t2\r\n\nno tab\n\tno question\nno answer\t\na\tb\tc\n圆\t圈");
    QVERIFY(example::PairsImport().run(file.string(), sink, {}).ok());
    QCOMPARE(sink.conversations.size(), std::size_t{2});
    QCOMPARE(sink.conversations[0].source, std::string("line 1"));
    QCOMPARE(text(sink.conversations[0].messages[0]), std::string("1 + 1"));
    QCOMPARE(text(sink.conversations[0].messages[1]), std::string("2"));
    QCOMPARE(sink.conversations[0].messages[1].role, Role::assistant);
    QCOMPARE(text(sink.conversations[1].messages[1]), std::string("圈"));
    QCOMPARE(sink.problems, (std::vector<std::string>{"line 3", "line 4", "line 5", "line 6"}));
  }
  void stops() {
    const scratch::Folder folder;
    const auto file = folder.write("pairs.tsv", "a\tb\nc\td\n");
    Sink sink;
    sink.full = true;
    QCOMPARE(example::PairsImport().run(file.string(), sink, {}).error().code, ErrorCode::io);
    CancelToken cancel;
    cancel.cancel();
    QCOMPARE(example::PairsImport().run(file.string(), sink, cancel).error().code, ErrorCode::cancelled);
    QCOMPARE(example::PairsImport().run("/nowhere", sink, {}).error().code, ErrorCode::io);
  }
};

QTEST_APPLESS_MAIN(TestPairsImport)
#include "test_pairs_import.moc"
