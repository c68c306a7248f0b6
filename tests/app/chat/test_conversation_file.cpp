// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_file.h"

#include <QtTest>

#include <random>

#include "app/chat/message_json.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestConversationFile : public QObject {
  Q_OBJECT

 private:
  std::mt19937 random_{11};

  QString words() {
    static const QStringList pieces{"hello", "##", "## User", "\n", "\\## Assistant", " ", "世界", "~~~~", "\n\n", "# t", "Attached file: x", "> Reasoning:", "> Edited routing: x", "> q", "- a", "`c`"};
    QString text;
    for (int i = 0, n = 1 + int(random_() % 9); i < n; ++i) text += pieces[random_() % pieces.size()];
    return text;
  }
  static Part textPart(const QString& text) { return {TextPart{text.toStdString()}, {}}; }

  Conversation randomConversation(bool markdownOnly) {
    Conversation made;
    made.id = newId();
    made.title = "About 路由 and more";
    made.createdMs = 1'700'000'000'000;
    made.updatedMs = 1'700'000'100'000;
    if (random_() % 2) made.systemPrompt = markdownOnly ? "Be brief.\n## User is a heading" : words();
    made.sampling.temperature = 0.4f;
    made.sampling.seed = 18446744073709551615u;
    for (int i = 0; i < 12; ++i) {
      ChatMessage message;
      message.id = newId();
      const QStringList ids = made.tree.ids();
      message.parent = ids.isEmpty() ? QString() : markdownOnly ? made.tree.leaf() : random_() % 6 ? ids[random_() % ids.size()] : QString();
      message.createdMs = 1'700'000'000'000 + i;
      message.content.role = i % 2 ? Role::assistant : Role::user;
      message.content.parts.push_back(textPart("x" + words() + "y"));
      if (random_() % 3 == 0) {
        PartOrigin origin{std::string(64, 'a'), 10, "a.txt", {}};
        if (!markdownOnly) origin.transforms = {{"decode", "{}", {{0, 4, 0, 8}}}};
        message.content.parts.push_back({FilePart{"a.txt", "text/plain", ("~~~~\n" + words()).toStdString()}, origin});
      }
      if (markdownOnly && i % 2) {
        if (random_() % 2) message.content.parts.insert(message.content.parts.begin(), {ReasoningPart{words().toStdString()}, {}});
        message.facts.emplace().finish = FinishReason::end_token;
        if (random_() % 2) message.facts->editsLabel = "layer 3: expert 5 disabled";
      }
      if (!markdownOnly && i % 2) {
        message.content.parts.push_back({ReasoningPart{"hm"}, {}});
        message.content.parts.push_back({ToolCallPart{"1", "weather", "{\"a\":1}"}, {}});
        message.content.parts.push_back({ToolResultPart{"1", "weather", "rain", {{"s", "l", "q"}}}, {}});
        auto bytes = std::make_shared<std::vector<std::byte>>(std::vector<std::byte>{std::byte{0}, std::byte{255}});
        message.content.parts.push_back({ImagePart{"image/png", bytes, 3, 4}, {}});
        message.content.parts.push_back({AudioPart{"audio/wav", bytes, 16000, 9}, {}});
        AnswerFacts facts;
        facts.modelName = "mini";
        facts.modelSha256 = QString(64, 'b');
        facts.finish = FinishReason(random_() % 7);
        facts.seed = 18446744073709551614u;
        facts.stats.generated_tokens = 17;
        facts.stats.generation_ns = 123456789;
        facts.auditEntry = 9;
        facts.editsJson = "{\"x\":1}";
        facts.editsLabel = "no expert 3";
        facts.error = "read x";
        message.facts = facts;
      }
      made.tree.add(message);
    }
    return made;
  }

 private Q_SLOTS:
  void jsonKeepsEveryBranch() {
    for (int round = 0; round < 40; ++round) {
      const Conversation original = randomConversation(false);
      const QByteArray json = conversationToJson(original);
      const auto read = conversationFromJson(json, "a.json");
      QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
      QCOMPARE(conversationToJson(*read), json);
      QCOMPARE(read->tree.path(), original.tree.path());
      QCOMPARE(read->tree.size(), original.tree.size());
      QVERIFY(*read->sampling.seed == *original.sampling.seed);
    }
  }
  void jsonOfPartsAndFactsStandsAlone() {
    const Conversation original = randomConversation(false);
    for (const QString& id : original.tree.ids()) {
      const ChatMessage* message = original.tree.find(id);
      const auto parts = messagePartsFromJson(messagePartsToJson(message->content), "m");
      QVERIFY(parts.ok());
      QCOMPARE(parts->size(), message->content.parts.size());
      QCOMPARE(messagePartsToJson(Message{message->content.role, *parts}), messagePartsToJson(message->content));
      if (!message->facts) continue;
      const auto facts = answerFactsFromJson(answerFactsToJson(*message->facts), "m");
      QVERIFY(facts.ok());
      QVERIFY(facts->finish == message->facts->finish);
      QCOMPARE(facts->seed, message->facts->seed);
      QCOMPARE(facts->stats.generation_ns, message->facts->stats.generation_ns);
    }
  }
  void markdownKeepsTheCurrentPath() {
    for (int round = 0; round < 200; ++round) {
      const Conversation original = randomConversation(true);
      const auto read = conversationFromMarkdown(conversationToMarkdown(original), "a.md");
      QVERIFY(read.ok());
      QCOMPARE(read->title, original.title);
      QCOMPARE(read->systemPrompt, original.systemPrompt);
      const QStringList a = original.tree.path(), b = read->tree.path();
      QCOMPARE(b.size(), a.size());
      for (qsizetype i = 0; i < a.size(); ++i) {
        const ChatMessage *first = original.tree.find(a[i]), *second = read->tree.find(b[i]);
        QVERIFY(second->content.role == first->content.role);
        QCOMPARE(visibleText(second->content), visibleText(first->content));
        QCOMPARE(second->content.parts.size(), first->content.parts.size());
        for (std::size_t p = 0; p < first->content.parts.size(); ++p) {
          const auto* file = std::get_if<FilePart>(&first->content.parts[p].content);
          if (file) QCOMPARE(std::get<FilePart>(second->content.parts[p].content).text, file->text);
          const auto* thought = std::get_if<ReasoningPart>(&first->content.parts[p].content);
          if (thought) QCOMPARE(std::get<ReasoningPart>(second->content.parts[p].content).text, thought->text);
        }
      }
    }
  }
  void markdownTellsOfEditedRoutingAndOfReasoning() {
    RoutingEdits edits;
    edits.name = "without 5";
    edits.experts = {{3, 5, ExpertAction::disable, 0}};
    Conversation made;
    ChatMessage question, answer;
    question.id = "q";
    question.content = Message::text(Role::user, "why?");
    answer.id = "a";
    answer.parent = "q";
    answer.content.role = Role::assistant;
    answer.content.parts = {{ReasoningPart{"First.\n\n## User\n> quoted"}, {}}, textPart("> Edited routing: no, a quotation")};
    answer.facts.emplace().editsLabel = "without 5";
    answer.facts->editsJson = QString::fromStdString(edits.to_json());
    made.tree.add(question);
    made.tree.add(answer);
    const QByteArray markdown = conversationToMarkdown(made);
    const QByteArray line = "> Edited routing: without 5 (" + QByteArray::fromStdString(edits.summary()) + ")";
    QVERIFY2(markdown.contains("## Assistant\n\n" + line + "\n\n> Reasoning:\n>\n> First.\n>\n> ## User\n> > quoted\n\n\\> Edited"), markdown.constData());
    const auto read = conversationFromMarkdown(markdown, "a.md");
    QVERIFY(read.ok());
    const ChatMessage& back = *read->tree.find(read->tree.leaf());
    QVERIFY(back.facts->imported && !back.facts->finish);
    QCOMPARE(editedRoutingLine(*back.facts).toUtf8(), line);
    QCOMPARE(messagePartsToJson(back.content), messagePartsToJson(answer.content));
    QCOMPARE(conversationToMarkdown(*read), markdown);
    // As a store keeps it.
    const auto facts = answerFactsFromJson(answerFactsToJson(*back.facts), "m");
    QVERIFY(facts.ok() && facts->imported);
    QCOMPARE(facts->editsLabel, back.facts->editsLabel);
  }
  void markdownOfOthersIsRead() {
    const auto read = conversationFromMarkdown("\r\n## User\r\nHi there\r\n## Assistant\r\nHello.\r\n\r\n- one\r\n", "other.md");
    QVERIFY(read.ok());
    QCOMPARE(read->tree.size(), 2);
    QCOMPARE(visibleText(read->tree.find(read->tree.leaf())->content), QString("Hello.\n\n- one"));
    QVERIFY(!conversationFromMarkdown("Just a text.\n", "text.md").ok());
    QVERIFY(!conversationFromMarkdown("", "empty.md").ok());
  }
  void damagedJsonSaysWhatIsWrong_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("cut") << QByteArray("{\"roundhouse_conversation\":1,");
    QTest::newRow("other") << QByteArray("{\"messages\":[]}");
    QTest::newRow("newer") << QByteArray("{\"roundhouse_conversation\":2}");
    QTest::newRow("role") << QByteArray(R"({"roundhouse_conversation":1,"messages":[{"id":"a","role":"king","parts":[]}]})");
    QTest::newRow("orphan") << QByteArray(R"({"roundhouse_conversation":1,"messages":[{"id":"a","parent":"z","role":"user","parts":[]}]})");
    QTest::newRow("twice") << QByteArray(R"({"roundhouse_conversation":1,"messages":[{"id":"a","role":"user","parts":[]},{"id":"a","role":"user","parts":[]}]})");
    QTest::newRow("no id") << QByteArray(R"({"roundhouse_conversation":1,"messages":[{"role":"user","parts":[]}]})");
    QTest::newRow("part") << QByteArray(R"({"roundhouse_conversation":1,"messages":[{"id":"a","role":"user","parts":[{"type":"smell"}]}]})");
    QTest::newRow("text") << QByteArray(R"({"roundhouse_conversation":1,"messages":[{"id":"a","role":"user","parts":[{"type":"text","text":5}]}]})");
    QTest::newRow("sampling") << QByteArray(R"({"roundhouse_conversation":1,"sampling":{"top_p":7},"messages":[]})");
    QTest::newRow("finish") << QByteArray(R"({"roundhouse_conversation":1,"messages":[{"id":"a","role":"assistant","parts":[],"answer":{"finish":"boom"}}]})");
    QTest::newRow("edits") << QByteArray(R"({"roundhouse_conversation":1,"edits":"nonsense","messages":[]})");
  }
  void damagedJsonSaysWhatIsWrong() {
    QFETCH(QByteArray, json);
    const auto read = conversationFromJson(json, "a.json");
    QVERIFY(!read.ok());
    QVERIFY(!read.error().message().empty());
  }
  void timesBeyondAllTimeAreNone() {
    for (const char* number : {"1e300", "-1e300", "9.3e18", "\"x\"", "null"}) {
      const QByteArray json = QByteArray(R"({"roundhouse_conversation":1,"created_ms":N,"updated_ms":N,"messages":[{"id":"a","role":"user","created_ms":N,"parts":[]}]})").replace("N", number);
      const auto read = conversationFromJson(json, "a.json");
      QVERIFY2(read.ok(), number);
      QCOMPARE(read->createdMs, 0);
      QCOMPARE(read->updatedMs, 0);
      QCOMPARE(read->tree.find("a")->createdMs, 0);
    }
  }
  void randomDamageNeverCrashes() {
    const QByteArray whole = conversationToJson(randomConversation(false));
    int refused = 0;
    for (int round = 0; round < 300; ++round) {
      QByteArray json = whole;
      for (int i = 0; i < 3; ++i) json[qsizetype(random_() % json.size())] = char(random_());
      if (round % 3 == 0) json.truncate(qsizetype(random_() % json.size()));
      const auto read = conversationFromJson(json, "a.json");
      refused += !read.ok();
    }
    QVERIFY(refused > 100);
  }
  void newIdsKeepTheShape() {
    Conversation copy = randomConversation(false);
    const Conversation original = copy;
    renewIds(copy);
    QVERIFY(copy.id != original.id);
    QCOMPARE(copy.tree.size(), original.tree.size());
    const QStringList a = original.tree.path(), b = copy.tree.path();
    QCOMPARE(b.size(), a.size());
    for (qsizetype i = 0; i < a.size(); ++i) {
      QVERIFY(a[i] != b[i]);
      QCOMPARE(visibleText(copy.tree.find(b[i])->content), visibleText(original.tree.find(a[i])->content));
    }
    for (const QString& id : copy.tree.ids()) QVERIFY(!original.tree.find(id));
  }
  void namesOfRolesAndEndsAreReadBack() {
    for (Role role : {Role::system, Role::user, Role::assistant, Role::tool}) QVERIFY(roleFromName(roleName(role)) == role);
    for (int i = 0; i <= int(FinishReason::failed); ++i) QVERIFY(finishFromName(finishName(FinishReason(i))) == FinishReason(i));
    QVERIFY(!roleFromName("x") && !finishFromName("x"));
  }
};

QTEST_APPLESS_MAIN(TestConversationFile)
#include "test_conversation_file.moc"
