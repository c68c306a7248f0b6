// SPDX-License-Identifier: Apache-2.0
// What tokenizer_json reads, and what it refuses.
#include <QtTest>

#include "engine/text/metadata_source.h"
#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;
using text::tokenizer_spec_from_json;

namespace {

const QString shared = QStringLiteral(ROUNDHOUSE_SHARED_DIR);

QByteArray contents(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(path));
  return file.readAll();
}

QJsonObject small() {
  return QJsonDocument::fromJson(R"({
    "added_tokens": [{"id": 4, "content": "<s>", "special": true}, {"id": 6, "content": "<think>", "special": false}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}]},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true},
                                                            {"type": "ByteLevel", "add_prefix_space": true}]},
    "post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel"},
        {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]}]},
    "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "ignore_merges": true, "vocab": {"a": 0, "b": 1, "ab": 2, "é": 3}, "merges": ["a b"]}})")
      .object();
}

std::string bytes(const QJsonObject& json) { return QJsonDocument(json).toJson().toStdString(); }

}  // namespace

class TestTokenizerJson : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void agreesWithTokenizersVectors_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"qwen", "deepseek3"}) QTest::newRow(name) << QString(name);
  }
  void agreesWithTokenizersVectors() {
    QFETCH(QString, name);
    const QString folder = shared + "/reference/tokenizer-" + name + "-style";
    if (!QFile::exists(folder)) QSKIP("reference vocabularies are not here");
    auto spec = tokenizer_spec_from_json({.tokenizer = contents(folder + "/tokenizer.json").toStdString()});
    QVERIFY2(spec.ok(), spec.ok() ? "" : spec.error().message().c_str());
    // The same vocabulary once with the file's expressions and once by the name that GGUF files use for them.
    TokenizerSpec by_name = *spec;
    by_name.pre_expressions.clear();
    by_name.pre = name == "qwen" ? "qwen2" : "deepseek-v3";
    for (const auto& tokenizer : {tinyTokenizer(*spec), tinyTokenizer(by_name)}) {
      const QJsonArray vectors = QJsonDocument::fromJson(contents(folder + "/vectors.json")).array();
      QVERIFY(vectors.size() >= 15);
      for (const QJsonValue entry : vectors) {
        const std::string text = entry["text"].toString().toStdString();
        std::vector<TokenId> expected;
        for (const QJsonValue id : entry["ids"].toArray()) expected.push_back(id.toInt());
        const auto ids = tokenizer->encode(text, {.parse_special = true});
        QVERIFY(ids.ok());
        QVERIFY2(*ids == expected, text.c_str());
        QCOMPARE(*tokenizer->decode(*ids, true), entry["decoded"].toString().toStdString());
      }
    }
  }

  void readsEveryPart() {
    const auto spec = tokenizer_spec_from_json({.tokenizer = bytes(small()), .tokenizer_config = R"({"eos_token": {"content": "<think>"}, "pad_token": "b",
        "chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]})"});
    QVERIFY2(spec.ok(), spec.ok() ? "" : spec.error().message().c_str());
    QCOMPARE(spec->tokens, (std::vector<std::string>{"a", "b", "ab", "é", "<s>", "[unused 5]", "<think>"}));
    QCOMPARE(spec->types[4], TokenType::control);
    QCOMPARE(spec->types[5], TokenType::unused);
    QCOMPARE(spec->types[6], TokenType::user_defined);
    QCOMPARE(spec->merges, (std::vector<std::string>{"a b"}));
    QVERIFY(spec->normalize_nfc && spec->ignore_merges && spec->add_space_prefix && spec->add_bos && !spec->add_eos);
    QCOMPARE(*spec->bos, 4);
    QCOMPARE(*spec->eos, 6);
    QCOMPARE(*spec->pad, 1);
    QCOMPARE(spec->chat_template, std::string("D"));
    QCOMPARE(spec->pre_expressions.size(), std::size_t{2});
    QVERIFY(Tokenizer::create(*spec).ok());
  }

  void refusesWhatItDoesNotKnow_data() {
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("message");
    QTest::newRow("model") << QByteArray("model") << QByteArray(R"({"type": "Unigram"})") << QByteArray("model: expected BPE");
    QTest::newRow("decoder") << QByteArray("decoder") << QByteArray(R"({"type": "Metaspace"})") << QByteArray("expected BPE with a ByteLevel decoder");
    QTest::newRow("normalizer") << QByteArray("normalizer") << QByteArray(R"({"type": "Lowercase"})") << QByteArray("normalizer: expected NFC or none");
    QTest::newRow("pre") << QByteArray("pre_tokenizer") << QByteArray(R"({"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Removed"})") << QByteArray("pre_tokenizer: expected");
    QTest::newRow("vocabulary") << QByteArray("model") << QByteArray(R"({"type": "BPE", "vocab": [1], "merges": []})") << QByteArray("model.vocab: expected an object");
    QTest::newRow("id") << QByteArray("model") << QByteArray(R"({"type": "BPE", "vocab": {"a": 4000000000}, "merges": []})") << QByteArray("id of token a: expected below");
    QTest::newRow("flag of the model") << QByteArray("model") << QByteArray(R"({"type": "BPE", "ignore_merges": "yes", "vocab": {"a": 0}, "merges": []})") << QByteArray("ignore_merges: expected true or false, found \"yes\"");
    QTest::newRow("flag of a part") << QByteArray("pre_tokenizer") << QByteArray(R"({"type": "ByteLevel", "add_prefix_space": 1})") << QByteArray("add_prefix_space: expected true or false, found 1");
    QTest::newRow("merge") << QByteArray("model") << QByteArray(R"({"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]})") << QByteArray("merge 0: expected a text or a pair");
  }
  void refusesWhatItDoesNotKnow() {
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, message);
    QJsonObject json = small();
    json[QString(path)] = QJsonDocument::fromJson(value).object();
    const auto spec = tokenizer_spec_from_json({.tokenizer = bytes(json)});
    QVERIFY(!spec.ok());
    QVERIFY2(spec.error().message().find(message.toStdString()) != std::string::npos, spec.error().message().c_str());
  }

  void filesBesideItSayHowAnAnswerEndsAndIsAsked() {
    const auto read = [](const char* generation, const char* model, const char* chat_template = "") {
      return tokenizer_spec_from_json({.tokenizer = bytes(small()), .tokenizer_config = R"({"eos_token": "<s>", "chat_template": "C"})",
                                       .chat_template = chat_template, .generation_config = generation, .model_config = model});
    };
    const auto both = read(R"({"eos_token_id": [4, 6]})", R"({"eos_token_id": 1})", "J");
    QCOMPARE(both->eog, (std::vector<TokenId>{4, 6, 1}));
    QCOMPARE(both->chat_template, std::string("J"));
    QCOMPARE((*Tokenizer::create(*both))->end_of_generation(), (std::vector<TokenId>{1, 4, 6}));
    const auto neither = read(R"({"eos_token_id": null})", R"({"eos_token_id": -1})");
    QVERIFY(neither->eog.empty());
    QCOMPARE(neither->chat_template, std::string("C"));
    for (const char* bad : {R"({"eos_token_id": [4, 7]})", R"({"eos_token_id": "4"})", R"({"eos_token_id": [-2]})", "[]", "{"}) {
      const auto spec = read(bad, "");
      QVERIFY(!spec.ok());
      QVERIFY2(spec.error().message().find("generation_config.json") != std::string::npos, spec.error().message().c_str());
    }
  }

  void truncatedAndDeepFilesAreErrors() {
    const std::string whole = bytes(small());
    for (std::size_t size = 0; size + 2 < whole.size(); size += 7) QVERIFY(!tokenizer_spec_from_json({.tokenizer = whole.substr(0, size)}).ok());
    const auto deep = tokenizer_spec_from_json({.tokenizer = std::string(1 << 20, '[')});
    QVERIFY(!deep.ok());
    QCOMPARE(deep.error().code, ErrorCode::limit);
  }
};

QTEST_APPLESS_MAIN(TestTokenizerJson)
#include "test_tokenizer_json.moc"
