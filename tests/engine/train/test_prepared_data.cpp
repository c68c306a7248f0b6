// SPDX-License-Identifier: Apache-2.0
#include "engine/train/prepared_data.h"

#include <QtTest>

#include <random>

#include "engine/train/chat_sample.h"
#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;

namespace {

constexpr const char* chatml =
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}</s>\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

std::shared_ptr<const ChatTemplate> plain_template() {
  auto made = ChatTemplate::create(chatml, "<s>", "</s>");
  if (!made.ok()) qFatal("%s", made.error().message().c_str());
  return *made;
}

QByteArray row(const std::string& question, const std::string& answer) {
  return QByteArray::fromStdString("{\"instruction\":\"" + question + "\",\"output\":\"" + answer + "\"}\n");
}

}  // namespace

class TestPreparedData : public QObject {
  Q_OBJECT
  const QTemporaryDir folder_;
  const std::shared_ptr<const Tokenizer> tokenizer_ = tinyTokenizer();
  const std::shared_ptr<const ChatTemplate> template_ = plain_template();

  std::string write(const char* name, const QByteArray& content) const {
    QFile file(folder_.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) qFatal("not written");
    return file.fileName().toStdString();
  }
  PreparedData prepared(const DataRequest& request) const {
    auto data = prepare_data(request, *tokenizer_, *template_);
    if (!data.ok()) qFatal("%s", data.error().message().c_str());
    return std::move(data).value();
  }

 private Q_SLOTS:
  void samplesAreThoseOfTheTemplateInTheOrderOfTheRows() {
    DataRequest request;
    request.train = {write("a.jsonl", row("one", "1") + "broken\n" + row("two", "2")), write("b.jsonl", row("three", "3"))};
    const PreparedData data = prepared(request);
    const char* const said[][2] = {{"one", "1"}, {"two", "2"}, {"three", "3"}};
    const SampleOrigin origins[] = {{0, 1, 0}, {0, 3, 0}, {1, 1, 0}};
    QCOMPARE(data.train.size(), std::size_t{3});
    std::int64_t tokens = 0, learned = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto expected = chat_sample({Message::text(Role::user, said[i][0]), Message::text(Role::assistant, said[i][1])}, *template_, *tokenizer_);
      QCOMPARE(data.train[i].tokens, expected->tokens);
      QVERIFY(data.train[i].learned == expected->learned);
      QVERIFY(data.train_origins[i] == origins[i]);
      tokens += std::int64_t(expected->tokens.size());
      learned += std::count(expected->learned.begin(), expected->learned.end(), true);
    }
    const DataPartReport& report = data.report.train;
    QCOMPARE(report.rows, std::int64_t{3});
    QCOMPARE(report.problems, std::int64_t{1});
    QCOMPARE(report.files[0].problems[0].line, std::int64_t{2});
    QCOMPARE(report.samples, std::int64_t{3});
    QCOMPARE(report.tokens, tokens);
    QCOMPARE(report.learned_tokens, learned);
    QCOMPARE(report.lengths.longest, std::int64_t(data.train[2].tokens.size()));
    QVERIFY(data.report.evaluation.files.empty() && data.evaluation.empty());
    QVERIFY(!data.report.remarks.empty());  // nothing to evaluate on
  }
  void longSamplesAreDroppedOrShortenedByNumber() {
    DataRequest request;
    request.train = {write("a.jsonl", row("short", "x") + row("question", std::string(100, 'y')) + row(std::string(100, 'z'), "answer"))};
    request.max_tokens = 50;
    PreparedData data = prepared(request);
    QCOMPARE(data.train.size(), std::size_t{1});
    QCOMPARE(data.report.train.dropped, std::int64_t{2});
    QCOMPARE(data.report.train.notes[1].origin.line, std::int64_t{3});
    QVERIFY(data.report.train.notes[0].tokens > 100);
    request.too_long = DataRequest::TooLong::truncate;
    data = prepared(request);
    QCOMPARE(data.train.size(), std::size_t{2});
    QCOMPARE(data.train[1].tokens.size(), std::size_t{50});
    QCOMPARE(data.train[1].learned.size(), std::size_t{50});
    QCOMPARE(data.report.train.truncated, std::int64_t{1});
    QCOMPARE(data.report.train.refused, std::int64_t{1});  // of the third nothing learned is left
    QCOMPARE(data.report.train.notes[0].origin.line, std::int64_t{2});
    QVERIFY(data.report.train.notes[1].kind == SampleNote::Kind::refused && data.report.train.notes[1].origin.line == 3);
  }
  void duplicatesAndOverlapAreFound() {
    std::string words, other;
    for (int i = 0; i < 60; ++i) {
      words += "word" + std::to_string(i * i) + " ";
      other += "thing" + std::to_string(i * 7) + " ";
    }
    DataRequest request;
    request.train = {write("a.jsonl", row("Who are you?", "Me.") + row("who ARE you", "me") + row("long", words) + row("long", words + "more") + row("Where?", "Here"))};
    request.evaluation = {write("b.jsonl", row("Who are you?", "me!") + row("where", "There") + row("long", "extra " + words) + row("new", other) + row("new", other))};
    const PreparedData data = prepared(request);
    QCOMPARE(data.report.train.exact_duplicates, std::int64_t{1});
    QCOMPARE(data.report.train.near_duplicates, std::int64_t{1});
    QVERIFY(data.report.train.exact_examples[0].first.line == 1 && data.report.train.exact_examples[0].second.line == 2);
    QVERIFY(data.report.train.near_examples[0].first.line == 3 && data.report.train.near_examples[0].second.line == 4);
    QCOMPARE(data.report.evaluation.exact_duplicates, std::int64_t{1});
    QCOMPARE(data.report.evaluation.near_duplicates, std::int64_t{0});
    const DataOverlap& overlap = data.report.overlap;
    QCOMPARE(overlap.same_text, std::int64_t{1});
    QCOMPARE(overlap.near_text, std::int64_t{1});
    QCOMPARE(overlap.same_prompt, std::int64_t{1});
    QVERIFY(overlap.prompt_examples[0].first.line == 5 && overlap.prompt_examples[0].second.line == 2);
  }
  // A system message that all rows have makes none the duplicate of another.
  void systemMessagesDoNotCount() {
    std::string system;
    for (int i = 0; i < 100; ++i) system += "rule " + std::to_string(i * i) + " ";
    QByteArray content;
    for (const char* question : {"one", "two", "three"}) {
      content += QByteArray::fromStdString(std::string("{\"system\":\"") + system + "\",\"instruction\":\"" + question + "\",\"output\":\"a\"}\n");
    }
    DataRequest request;
    request.train = {write("a.jsonl", content)};
    request.max_tokens = 4096;
    const PreparedData data = prepared(request);
    QCOMPARE(data.train.size(), std::size_t{3});
    QCOMPARE(data.report.train.near_duplicates + data.report.train.exact_duplicates, std::int64_t{0});
  }
  // Which samples are kept out follows from seed and prompts; a prompt is on one side only.
  void aShareIsHeldOut() {
    QByteArray content;
    for (int i = 0; i < 200; ++i) content += row("question " + std::to_string(i / 2), "answer " + std::to_string(i));
    DataRequest request;
    request.train = {write("a.jsonl", content)};
    request.evaluation_share = 0.2;
    const PreparedData data = prepared(request), again = prepared(request);
    QVERIFY(data.report.held_out);
    QCOMPARE(data.evaluation.size(), std::size_t{40});
    QCOMPARE(data.train.size(), std::size_t{160});
    QCOMPARE(data.report.overlap.same_prompt, std::int64_t{0});
    QVERIFY(data.evaluation_origins == again.evaluation_origins && data.train_origins == again.train_origins);
    QCOMPARE(data.report.evaluation.samples, std::int64_t{40});
    request.seed = 2;
    QVERIFY(prepared(request).evaluation_origins != data.evaluation_origins);
    // Where all have one prompt, none can be held out.
    request.train = {write("a.jsonl", row("q", "a") + row("q", "b") + row("q", "c"))};
    request.evaluation_share = 0.5;
    QCOMPARE(prepared(request).evaluation.size(), std::size_t{0});
  }
  void rawTextBecomesPieces() {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "hello paragraph number " + std::to_string(i) + "\n\n";
    DataRequest request;
    request.train = {write("a.txt", QByteArray::fromStdString(text)), write("b.jsonl", "{\"text\":\"hello world\"}\n{\"text\":\"x\"}\n")};
    request.max_tokens = 100;
    const PreparedData data = prepared(request);
    std::string all;
    for (std::size_t i = 0; i < data.train.size(); ++i) {
      QVERIFY(data.train[i].tokens.size() <= 100);
      if (data.train_origins[i].file == 0) {
        QCOMPARE(data.train_origins[i].piece, std::int32_t(i));
        for (const TokenId id : data.train[i].tokens) all += tokenizer_->token_bytes(id);
      }
    }
    QCOMPARE(all + "\n\n", text);
    QVERIFY(data.train_origins.back() == (SampleOrigin{1, 1, 0}));
    QCOMPARE(data.report.train.refused, std::int64_t{1});
    QCOMPARE(data.report.train.learned_tokens, data.report.train.tokens - data.report.train.samples);
  }
  // A text of several tasks is the same text, for any number of threads.
  void threadsChangeNothing() {
    std::mt19937 random(9);
    QByteArray text;
    while (text.size() < (3 << 20)) {
      for (unsigned n = 1 + random() % 200; n > 0; --n) text += "abcdef hello "[random() % 13];
      text += "\n\n";
    }
    DataRequest request;
    request.train = {write("a.txt", text)};
    request.max_tokens = 512;
    request.threads = 1;
    const PreparedData one = prepared(request);
    request.threads = 3;
    const PreparedData three = prepared(request);
    QCOMPARE(one.train.size(), three.train.size());
    QVERIFY(one.train_origins == three.train_origins);
    std::string all;
    for (std::size_t i = 0; i < one.train.size(); ++i) {
      QCOMPARE(one.train[i].tokens, three.train[i].tokens);
      QCOMPARE(one.train_origins[i].piece, std::int32_t(i));
      for (const TokenId id : one.train[i].tokens) all += tokenizer_->token_bytes(id);
    }
    QVERIFY(all == text.trimmed().toStdString() || all == text.left(text.size() - 2).toStdString());
  }
  void preferencePairsTeachTheChosenAnswer() {
    DataRequest request;
    request.train = {write("a.jsonl", "{\"prompt\":\"q\",\"chosen\":\"good\",\"rejected\":\"bad\"}\n")};
    const PreparedData data = prepared(request);
    const auto expected = chat_sample({Message::text(Role::user, "q"), Message::text(Role::assistant, "good")}, *template_, *tokenizer_);
    QCOMPARE(data.train[0].tokens, expected->tokens);
    QVERIFY(data.report.remarks[0].find("rejected") != std::string::npos);
  }
  void rowsThatTheTemplateRefusesAreNamed() {
    const auto strict = ChatTemplate::create("{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system here') }}{% endif %}" + std::string(chatml), "<s>", "</s>");
    DataRequest request;
    request.train = {write("a.jsonl", row("q", "a") + "{\"instruction\":\"q\",\"output\":\"a\",\"system\":\"s\"}\n")};
    auto data = prepare_data(request, *tokenizer_, **strict);
    QCOMPARE(data->train.size(), std::size_t{1});
    QCOMPARE(data->report.train.refused, std::int64_t{1});
    QCOMPARE(data->report.train.notes[0].origin.line, std::int64_t{2});
    QVERIFY2(data->report.train.notes[0].reason.find("no system here") != std::string::npos, data->report.train.notes[0].reason.c_str());
    request.train = {write("a.jsonl", "{\"instruction\":\"q\",\"output\":\"a\",\"system\":\"s\"}\n")};
    data = prepare_data(request, *tokenizer_, **strict);
    QVERIFY(!data.ok() && data.error().message().find("no system here") != std::string::npos);
  }
  void whatCannotBePreparedIsAnError() {
    const std::string good = write("a.jsonl", row("q", "a"));
    DataRequest request;
    QVERIFY(!prepare_data(request, *tokenizer_, *template_).ok());
    request.train = {good};
    QVERIFY(prepare_data(request, *tokenizer_, *template_).ok());
    request.evaluation = {"/no/such/file"};
    QVERIFY(!prepare_data(request, *tokenizer_, *template_).ok());
    request.evaluation.clear();
    request.evaluation_share = 0.6;
    QVERIFY(!prepare_data(request, *tokenizer_, *template_).ok());
    request.evaluation_share = std::nan("");
    QVERIFY(!prepare_data(request, *tokenizer_, *template_).ok());
    request.evaluation_share = 0.0;
    request.max_tokens = 3;
    QVERIFY(!prepare_data(request, *tokenizer_, *template_).ok());
  }
  void progressIsToldAndACancelStops() {
    QByteArray content;
    for (int i = 0; i < 2000; ++i) content += row("question " + std::to_string(i), "answer");
    DataRequest request;
    request.train = {write("a.jsonl", content)};
    std::vector<std::string> stages;
    const auto caller = std::this_thread::get_id();
    bool here = true;
    double last = 0.0;
    const auto done = prepare_data(request, *tokenizer_, *template_, [&](const std::string& stage, double fraction) {
      here = here && std::this_thread::get_id() == caller && fraction >= 0.0 && fraction <= 1.0;
      if (stages.empty() || stages.back() != stage) stages.push_back(stage);
      last = fraction;
    });
    QVERIFY(done.ok() && here && stages.size() >= 3 && last == 1.0);
    for (const std::string& at : stages) {
      const CancelToken cancel;
      const auto stopped = prepare_data(request, *tokenizer_, *template_, [&](const std::string& stage, double) { if (stage == at) cancel.cancel(); }, cancel);
      if (at == stages.back()) continue;  // the last one may be through
      QVERIFY(!stopped.ok() && stopped.error().code == ErrorCode::cancelled);
    }
  }
};

QTEST_GUILESS_MAIN(TestPreparedData)
#include "test_prepared_data.moc"
