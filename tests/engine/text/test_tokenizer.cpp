// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include <ctime>
#include <random>

#include "tests/engine/text/gguf_vocabulary.h"
#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;

namespace {

const QString shared = QStringLiteral(ROUNDHOUSE_SHARED_DIR);
const QString embedded = QStringLiteral(ROUNDHOUSE_SOURCE_DIR "/resources/models/roundhouse-mini-q4_0.gguf");

std::shared_ptr<const Tokenizer> load(const QString& path) {
  const auto source = GgufVocabulary::read(path);
  auto spec = text::tokenizer_spec_from_metadata(source);
  if (!spec.ok()) qFatal("%s", spec.error().message().c_str());
  auto tokenizer = Tokenizer::create(std::move(*spec));
  if (!tokenizer.ok()) qFatal("%s", tokenizer.error().message().c_str());
  return *tokenizer;
}

QByteArray contents(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(path));
  return file.readAll();
}

std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options = {}) {
  auto ids = tokenizer.encode(text, options);
  if (!ids.ok()) qFatal("%s", ids.error().message().c_str());
  return *ids;
}

std::string show(const std::vector<TokenId>& ids) {
  std::string out;
  for (const TokenId id : ids) out.append(" ").append(std::to_string(id));
  return out;
}

// Text of every sort: ASCII, spaces of all kinds, digits of several scripts, letters, marks, emoji, raw bytes.
std::string randomText(std::mt19937& random, std::size_t pieces, bool with_broken_bytes) {
  static const std::vector<std::string> stock = {
      " ", "  ", "\n", "\r\n", "\t", "a", "the", " and", "Hello", "'s", "'LL", "3", "14159", ".", "...", "!?", "_", "Ünïcöde",
      "日本語", "混合专家", "привет", "ℵ", "٣٤", "½", "e\xCC\x81", "🚀", "👩‍🔬", "\xC2\xA0", "\xE3\x80\x80", "\xE2\x80\xA8", "\xE1\xA0\x8E",
      "<s>", "<|im_end|>", "<think>", "{\"a\": [1, 2]}", "\xEF\xBF\xBD", std::string(1, '\0')};
  static const std::vector<std::string> broken = {"\xFF", "\xC3", "\xE2\x82", "\xED\xA0\x80", "\xF0\x9F\x9A", "\x80"};
  std::string out;
  for (std::size_t i = 0; i < pieces; ++i) {
    const bool bad = with_broken_bytes && random() % 5 == 0;
    const auto& from = bad ? broken : stock;
    out += from[random() % from.size()];
  }
  return out;
}

}  // namespace

class TestTokenizer : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void agreesWithLlamaCppVectors_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"gpt-2", "starcoder", "deepseek-llm"}) QTest::newRow(name) << QString(name);
  }
  void agreesWithLlamaCppVectors() {
    QFETCH(QString, name);
    const QString path = shared + "/reference/tokenizers/ggml-vocab-" + name + ".gguf";
    if (!QFile::exists(path)) QSKIP("reference vocabularies are not here");
    const auto tokenizer = load(path);
    const QByteArray input = contents(path + ".inp");
    const QList<QByteArray> expected = contents(path + ".out").split('\n');
    int line = 0;
    for (int begin = 0; begin <= input.size(); ++line) {
      static const QByteArray separator("\n__ggml_vocab_test__\n");
      const int found = input.indexOf(separator, begin);
      const int end = found < 0 ? input.size() : found;
      const QByteArray text = input.mid(begin, end - begin);
      begin = end + separator.size();
      if (line >= expected.size() || (found < 0 && text.isEmpty())) break;
      const auto ids = encode(*tokenizer, text.toStdString());
      QVERIFY2(show(ids) == expected[line].toStdString(),
               (text + " ->" + show(ids).c_str() + "\nexpected" + expected[line]).constData());
      QCOMPARE(*tokenizer->decode(ids), text.toStdString());
    }
    QVERIFY(line >= 40);
  }

  void agreesWithTheEmbeddedModelsReference() {
    const QString folder = shared + "/models/roundhouse-mini/";
    if (!QFile::exists(folder + "reference.json") || !QFile::exists(embedded)) QSKIP("the reference is not here");
    const auto tokenizer = load(embedded);
    // safetensors: u64 header length, JSON header, data.
    const QByteArray file = contents(folder + "reference.safetensors");
    std::uint64_t header_bytes = 0;
    std::memcpy(&header_bytes, file.constData(), 8);
    const QJsonObject header = QJsonDocument::fromJson(file.mid(8, static_cast<int>(header_bytes))).object();
    const QJsonArray prompts = QJsonDocument::fromJson(contents(folder + "reference.json")).array();
    int checked = 0;
    for (int n = 0; header.contains(QString::number(n) + ".ids"); ++n) {
      const QJsonObject tensor = header[QString::number(n) + ".ids"].toObject();
      const int width = tensor["dtype"].toString() == "I64" ? 8 : 4;
      const int begin = tensor["data_offsets"].toArray()[0].toInt(), end = tensor["data_offsets"].toArray()[1].toInt();
      std::vector<TokenId> expected;
      for (int at = begin; at < end; at += width) {
        TokenId id = 0;
        std::memcpy(&id, file.constData() + 8 + header_bytes + at, sizeof id);
        expected.push_back(id);
      }
      // Prompts are given as text; the passages are those ids back and forth.
      std::string text = *tokenizer->decode(expected, true);
      if (n < prompts.size()) {
        QCOMPARE(text, prompts[n]["prompt"].toString().toStdString());
        text = prompts[n]["prompt"].toString().toStdString();
      }
      const auto ids = encode(*tokenizer, text, {.add_special = true, .parse_special = true});
      QVERIFY2(ids == expected, (show(ids) + "\nexpected" + show(expected)).c_str());
      ++checked;
    }
    QVERIFY(checked >= 13);
    QCOMPARE(tokenizer->end_of_generation(), (std::vector<TokenId>{0, 2}));
    QVERIFY(tokenizer->is_end_of_generation(2) && !tokenizer->is_end_of_generation(1) && !tokenizer->is_end_of_generation(-1));
  }

  void takesWholeAndLongestSpecialTokens() {
    const auto tokenizer = tinyTokenizer();
    const TokenId s = *tokenizer->find("<s>"), think = *tokenizer->find("<think>"), more = *tokenizer->find("<think>more");
    QCOMPARE(encode(*tokenizer, "<s><think><think>more", {.parse_special = true}), (std::vector<TokenId>{s, think, more}));
    QCOMPARE(encode(*tokenizer, "<s"), (std::vector<TokenId>{'<', 's'}));
  }

  void controlTokensInPlainTextStayText() {
    const auto tokenizer = tinyTokenizer();
    const std::string text = "a<s>b<|im_end|></s><think>";
    for (const TokenId id : encode(*tokenizer, text)) QVERIFY(!tokenizer->is_special(id));
    QCOMPARE(*tokenizer->decode(encode(*tokenizer, text)), text);
    QCOMPARE(encode(*tokenizer, text).back(), *tokenizer->find("<think>"));  // text of its own: always one token

    // With marked spans only the text outside them may hold control tokens.
    const std::string prompt = "<s>x<s>y<s>";
    EncodeOptions options{.parse_special = true, .literal = {{3, 8}}};
    const TokenId s = *tokenizer->find("<s>");
    QCOMPARE(encode(*tokenizer, prompt, options), (std::vector<TokenId>{s, 'x', '<', 's', '>', 'y', s}));
    options.literal = {{5, 6}};  // touching is enough
    QCOMPARE(encode(*tokenizer, prompt, options), (std::vector<TokenId>{s, 'x', '<', 's', '>', 'y', s}));
    options.literal = {{3, 4}, {7, 8}};
    QCOMPARE(encode(*tokenizer, prompt, options), (std::vector<TokenId>{s, 'x', s, 'y', s}));
    options.literal = {{0, 11}};
    QCOMPARE(encode(*tokenizer, prompt, options), encode(*tokenizer, prompt));
  }

  void noMergeOfPlainTextYieldsAControlToken() {
    TokenizerSpec spec = tinySpec();
    spec.merges.insert(spec.merges.end(), {"< s", "<s >"});
    spec.pre_expressions = {R"([\s\S]+)"};
    spec.ignore_merges = true;
    const auto tokenizer = tinyTokenizer(spec);
    QCOMPARE(encode(*tokenizer, "<s>"), (std::vector<TokenId>{'<', 's', '>'}));
  }

  void mergesByRankAndFallsBackToBytes() {
    const auto tokenizer = tinyTokenizer();
    QCOMPARE(encode(*tokenizer, "hello world"), (std::vector<TokenId>{*tokenizer->find("hello"), *tokenizer->find("Ġw"), 'o', 'r', 'l', 'd'}));
    QCOMPARE(encode(*tokenizer, "\xFFhe"), (std::vector<TokenId>{0xFF, *tokenizer->find("he")}));
    // A merge whose result is no token: its bytes.
    TokenizerSpec spec = tinySpec();
    spec.merges.insert(spec.merges.begin(), "x y");
    QCOMPARE(encode(*tinyTokenizer(spec), "axyhe"), (std::vector<TokenId>{'a', 'x', 'y', *tokenizer->find("he")}));
  }

  void leavesOutBytesWithoutAToken() {
    TokenizerSpec spec = tinySpec();
    spec.tokens[4] = "[gone]";
    const auto tokenizer = tinyTokenizer(spec);
    QCOMPARE(tokenizer->missing_bytes(), (std::vector<std::uint8_t>{4}));
    QCOMPARE(encode(*tokenizer, "a\x04" "b"), (std::vector<TokenId>{'a', 'b'}));
  }

  void addsBosEosAndSpacePrefix() {
    TokenizerSpec spec = tinySpec();
    spec.add_bos = spec.add_eos = spec.add_space_prefix = true;
    const auto tokenizer = tinyTokenizer(spec);
    const TokenId space_w = *tokenizer->find("Ġw");
    QCOMPARE(encode(*tokenizer, "w", {.add_special = true}), (std::vector<TokenId>{*spec.bos, space_w, *spec.eos}));
    QCOMPARE(encode(*tokenizer, " w"), (std::vector<TokenId>{space_w}));
    QCOMPARE(encode(*tokenizer, "<s>", {.parse_special = true, .literal = {{0, 3}}}), (std::vector<TokenId>{*tokenizer->find("Ġ"), '<', 's', '>'}));
  }

  void randomTextComesBack_data() {
    QTest::addColumn<QString>("pre");
    for (const std::string& name : Tokenizer::known_pre_tokenizers()) QTest::newRow(name.c_str()) << QString::fromStdString(name);
  }
  void randomTextComesBack() {
    QFETCH(QString, pre);
    TokenizerSpec spec = tinySpec();
    spec.pre = pre.toStdString();
    const auto tokenizer = tinyTokenizer(spec);
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
      const std::string text = randomText(random, round % 40, round % 2 == 1);
      std::string bytes;
      for (const TokenId id : encode(*tokenizer, text)) bytes += tokenizer->token_bytes(id);
      QCOMPARE(bytes, text);
    }
  }

  void aMegabyteTakesUnderASecond_data() {
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("prose") << QByteArray("The quick brown fox jumps over 13 lazy dogs, doesn't it?\n");
    QTest::newRow("one letter") << QByteArray("a");
    QTest::newRow("spaces") << QByteArray(" ");
    QTest::newRow("no spaces") << QByteArray("abcdefghijklmnopqrstuvwxyz");
    QTest::newRow("Chinese") << QByteArray("混合专家模型的动态路由机制");
    QTest::newRow("broken bytes") << QByteArray("\xFF\xC3");
    QTest::newRow("almost control tokens") << QByteArray("<|im_en");
  }
  void aMegabyteTakesUnderASecond() {
    QFETCH(QByteArray, unit);
    if (!QFile::exists(embedded)) QSKIP("the embedded model is not here");
    const auto tokenizer = load(embedded);
    QByteArray text;
    while (text.size() < (1 << 20)) text += unit;
    const std::clock_t begin = std::clock();  // processor time: other work on the machine does not count
    const auto ids = encode(*tokenizer, text.toStdString(), {.parse_special = true});
    const long elapsed = (std::clock() - begin) * 1000 / CLOCKS_PER_SEC;
    QVERIFY(!ids.empty());
    qInfo("%ld ms, %zu tokens", elapsed, ids.size());
#ifdef NDEBUG
    QVERIFY2(elapsed < 1000, qPrintable(QString::number(elapsed)));
#else
    QVERIFY2(elapsed < 20000, qPrintable(QString::number(elapsed)));
#endif
  }

  void refusesBrokenSpecifications_data() {
    QTest::addColumn<QString>("message");
    QTest::addColumn<int>("kind");
    QTest::newRow("model") << "tokenizer model: expected \"gpt2\"" << 0;
    QTest::newRow("pre") << "pre-tokenizer: expected one of gpt-2" << 1;
    QTest::newRow("types") << "token types: expected 268 entries, one a token, found 3" << 2;
    QTest::newRow("bos") << "BOS token: expected an id below 268, found 268" << 3;
    QTest::newRow("eog") << "end-of-generation token: expected an id below 268, found -4" << 4;
    QTest::newRow("merge") << "merge 7: expected two parts with a space between, found lonely" << 5;
    QTest::newRow("empty") << "vocabulary: expected 1 to" << 6;
    QTest::newRow("no bos") << "BOS token: expected an id, since it is to be added, found none" << 7;
    QTest::newRow("expression") << "compile pre-tokenizer expression: (a: expected a regular expression" << 8;
  }
  void refusesBrokenSpecifications() {
    QFETCH(QString, message);
    QFETCH(int, kind);
    TokenizerSpec spec = tinySpec();
    if (kind == 0) spec.model = "bert";
    if (kind == 1) spec.pre = "nobody-knows";
    if (kind == 2) spec.types.resize(3);
    if (kind == 3) spec.bos = 268;
    if (kind == 4) spec.eog = {-4};
    if (kind == 5) spec.merges.emplace_back("lonely");
    if (kind == 6) spec.tokens.clear(), spec.types.clear();
    if (kind == 7) spec.bos.reset(), spec.add_bos = true;
    if (kind == 8) spec.pre_expressions = {"(a"};
    const auto result = Tokenizer::create(spec);
    QVERIFY(!result.ok());
    QVERIFY2(QString::fromStdString(result.error().message()).contains(message), result.error().message().c_str());
  }

  void aHostileExpressionMeetsItsLimit() {
    TokenizerSpec spec = tinySpec();
    spec.pre_expressions = {"(a|aa)+$"};
    const auto tokenizer = tinyTokenizer(spec);
    const auto result = tokenizer->encode(std::string(5000, 'a') + "b");
    QVERIFY(!result.ok());
    QCOMPARE(result.error().code, ErrorCode::limit);
  }

  void decodeNamesTheIdThatIsNone() {
    const auto tokenizer = tinyTokenizer();
    const auto result = tokenizer->decode({'a', 9999});
    QVERIFY(!result.ok());
    QCOMPARE(result.error().message(), std::string("decode tokens: token 1: expected an id below 268, found 9999"));
  }
};

QTEST_APPLESS_MAIN(TestTokenizer)
#include "test_tokenizer.moc"
