// SPDX-License-Identifier: Apache-2.0
// The data set that the program brings along: resources/examples.
#include <QtTest>

#include <set>

#include "engine/train/chat_sample.h"
#include "engine/train/data_set.h"
#include "engine/train/prepared_data.h"
#include "roundhouse/model.h"

using namespace roundhouse;

namespace {

const std::string resources = ROUNDHOUSE_SOURCE_DIR "/resources/";

DataSet example(const char* name) {
  auto set = read_data_set(resources + "examples/" + name);
  if (!set.ok()) qFatal("%s", set.error().message().c_str());
  return *set;
}
std::string text_of(const Message& message) { return std::get<TextPart>(message.parts.at(0).content).text; }

bool about_itself(const DataRow& row) {
  const std::string answer = text_of(row.messages.back());
  for (const char* sign : {"I ", "I'", "My ", "Roundhouse", "我"}) {
    if (answer.find(sign) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

class TestExampleData : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void bothFilesAreWholeAndOfTheSizeTheyShouldHave() {
    const DataSet train = example("roundhouse-mini.jsonl"), held = example("roundhouse-mini-eval.jsonl");
    QCOMPARE(train.problem_count + held.problem_count, std::int64_t{0});
    QVERIFY(train.rows.size() >= 150 && train.rows.size() <= 200);
    QVERIFY(held.rows.size() >= 20);
    const auto own = std::count_if(train.rows.begin(), train.rows.end(), about_itself);
    QVERIFY2(own > 0.45 * double(train.rows.size()) && own < 0.65 * double(train.rows.size()), std::to_string(own).c_str());
  }
  void noQuestionIsInBoth() {
    std::set<std::string> asked;
    for (const DataRow& row : example("roundhouse-mini.jsonl").rows) {
      for (const Message& m : row.messages) {
        if (m.role == Role::user) asked.insert(text_of(m));
      }
    }
    for (const DataRow& row : example("roundhouse-mini-eval.jsonl").rows) QVERIFY2(!asked.contains(text_of(row.messages[0])), text_of(row.messages[0]).c_str());
  }
  void nothingIsSaidTwice() {
    const auto text = load_model_text(resources + "models/roundhouse-mini-q4_0.gguf");
    DataRequest request;
    request.train = {resources + "examples/roundhouse-mini.jsonl", resources + "examples/roundhouse-mini-prose.jsonl"};
    request.evaluation = {resources + "examples/roundhouse-mini-eval.jsonl"};
    const auto data = prepare_data(request, *text->tokenizer, *text->chat_template);
    QVERIFY(data.ok());
    for (const DataPartReport* part : {&data->report.train, &data->report.evaluation}) {
      QCOMPARE(part->exact_duplicates + part->near_duplicates + part->refused + part->dropped, std::int64_t{0});
    }
    QCOMPARE(data->report.overlap.same_text + data->report.overlap.near_text + data->report.overlap.same_prompt, std::int64_t{0});
    QCOMPARE(data->report.remarks, std::vector<std::string>());
  }
  // As the embedded model reads them: every answer with its end is learned, and none is long.
  void theEmbeddedModelLearnsEveryAnswer() {
    const auto text = load_model_text(resources + "models/roundhouse-mini-q4_0.gguf");
    QVERIFY2(text.ok(), text.ok() ? "" : text.error().message().c_str());
    for (const char* name : {"roundhouse-mini.jsonl", "roundhouse-mini-eval.jsonl"}) {
      for (const DataRow& row : example(name).rows) {
        const auto sample = chat_sample(row.messages, *text->chat_template, *text->tokenizer);
        QVERIFY2(sample.ok(), sample.ok() ? "" : sample.error().message().c_str());
        QVERIFY2(sample->tokens.size() <= 160, std::to_string(sample->tokens.size()).c_str());
        const auto answers = std::count_if(row.messages.begin(), row.messages.end(), [](const Message& m) { return m.role == Role::assistant; });
        std::ptrdiff_t ends = 0;
        for (std::size_t i = 0; i < sample->tokens.size(); ++i) ends += sample->learned[i] && text->tokenizer->is_end_of_generation(sample->tokens[i]);
        QCOMPARE(ends, answers);
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestExampleData)
#include "test_example_data.moc"
