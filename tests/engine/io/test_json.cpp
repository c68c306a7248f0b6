// SPDX-License-Identifier: Apache-2.0
#include <QJsonDocument>
#include <QtTest>

#include "engine/io/json.h"
#include "file_fixture.h"

using namespace roundhouse;
using roundhouse::test::Folder;

namespace {

Json random_json(std::mt19937& random, int depth) {
  switch (random() % (depth > 4 ? 6 : 8)) {
    case 0: return nullptr;
    case 1: return random() % 2 == 0;
    case 2: return static_cast<std::int64_t>(random()) - (std::int64_t{1} << 31);
    case 3: return static_cast<std::uint64_t>(random()) << 32;
    case 4: return static_cast<double>(random()) / 1024;
    case 5: return std::string(random() % 10, static_cast<char>(' ' + random() % 90)) + "é\n";
    case 6: {
      Json array = Json::array();
      for (unsigned i = random() % 5; i > 0; --i) array.push_back(random_json(random, depth + 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (unsigned i = random() % 5; i > 0; --i) object["k" + std::to_string(random() % 100)] = random_json(random, depth + 1);
      return object;
    }
  }
}

}  // namespace

class TestJson : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsWhatWasWritten() {
    std::mt19937 random(1);
    for (int round = 0; round < 500; ++round) {
      const Json value = random_json(random, 0);
      for (const int indent : {-1, 2}) {
        const auto read = parse_json(dump_json(value, indent), "test");
        RH_VERIFY_OK(read);
        QVERIFY(*read == value);
        const auto ordered = parse_ordered_json(dump_json(value, indent), "test");
        QVERIFY(parse_json(dump_json(*ordered), "test").value() == value);
      }
    }
  }
  void keepsOrderWhereAsked() {
    const auto value = parse_ordered_json(R"({"z":1,"a":{"y":[],"b":2},"m":null})", "test");
    RH_VERIFY_OK(value);
    QCOMPARE(dump_json(*value), std::string(R"({"z":1,"a":{"y":[],"b":2},"m":null})"));
    QCOMPARE(value->at("a").at("b").get<int>(), 2);
  }
  void saysWhereAndWhy() {
    RH_VERIFY_ERROR(parse_json("{\"a\": [1, 2,]}", "config.json"), ErrorCode::malformed, "read JSON: config.json", "line 1, column 13");
    RH_VERIFY_ERROR(parse_json("", "config.json"), ErrorCode::malformed, "unexpected end of input");
    RH_VERIFY_ERROR(parse_json("{} x", "config.json"), ErrorCode::malformed, "expected end of input");
    RH_VERIFY_ERROR(parse_json("\"\xC3\x28\"", "config.json"), ErrorCode::malformed, "UTF-8");
    RH_VERIFY_ERROR(parse_json("{\"a\":1,\"b\":{\"c\":1,\"c\":2}}", "config.json"), ErrorCode::malformed, "'c' a second time");
    RH_VERIFY_ERROR(parse_ordered_json("{\"a\":1,\"a\":2}", "config.json"), ErrorCode::malformed, "'a' a second time");
    RH_VERIFY_ERROR(parse_json("1e999", "config.json"), ErrorCode::malformed, "1e999");
    RH_VERIFY_OK(parse_json("[{\"a\":1},{\"a\":1}]", "config.json"));
  }
  void holdsItsLimits() {
    JsonLimits limits;
    limits.depth = 3;
    RH_VERIFY_OK(parse_json("[[[1]]]", "x", limits));
    RH_VERIFY_ERROR(parse_json("[[[[1]]]]", "x", limits), ErrorCode::limit, "at most 3 deep");
    RH_VERIFY_ERROR(parse_json("{\"a\":{\"a\":{\"a\":{}}}}", "x", limits), ErrorCode::limit, "at most 3 deep");
    limits = {};
    limits.values = 4;
    RH_VERIFY_OK(parse_json("[1,2,3]", "x", limits));
    RH_VERIFY_ERROR(parse_json("[1,2,3,4]", "x", limits), ErrorCode::limit, "at most 4 values");
    limits = {};
    limits.bytes = 5;
    RH_VERIFY_ERROR(parse_json("[1,23]", "x", limits), ErrorCode::limit, "at most 5 bytes", "6");
    const std::string deep(10'000'000, '[');
    RH_VERIFY_ERROR(parse_json(deep, "x"), ErrorCode::limit, "at most 64 deep");
  }
  void manyKeysStayFast() {
    std::string text = "{";
    for (int i = 0; i < 200000; ++i) text += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    text.back() = '}';
    QElapsedTimer timer;
    timer.start();
    const auto value = parse_ordered_json(text, "x");
    RH_VERIFY_OK(value);
    QCOMPARE(value->size(), std::size_t{200000});
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
  }
  void textBrokenAtRandomAgreesWithQtOnValidity() {
    const std::string text = R"({"name":"专家 \u4e13 \ud83d\ude42","list":[1,-2.5e3,true,null,{"x":""}],"n":{}})";
    std::mt19937 random(2);
    for (int round = 0; round < 20000; ++round) {
      std::string broken = text;
      for (int i = 0; i < 1 + round % 3; ++i) broken[random() % broken.size()] = static_cast<char>(random() % 2 ? random() : "{}[],:\"\\0"[random() % 9]);
      const auto value = parse_json(broken, "x");
      if (value.ok()) RH_VERIFY_OK(parse_json(dump_json(*value), "x"));
      else QVERIFY(value.error().message().size() > 10);
      // Qt accepts duplicates and lone surrogates; what we accept it accepts.
      if (value.ok()) {
        QJsonParseError error;
        QJsonDocument::fromJson(QByteArray::fromStdString(broken), &error);
        QVERIFY2(error.error == QJsonParseError::NoError, broken.c_str());
      }
    }
  }
  void dumpsAnyBytes() {
    QCOMPARE(dump_json(Json("a\xFF" "b")), std::string("\"a\xEF\xBF\xBD" "b\""));
  }
  void readsFiles() {
    const Folder folder;
    RH_VERIFY_ERROR(read_json_file(folder.path("none.json")), ErrorCode::not_found, "none.json");
    QCOMPARE(read_json_file(folder.write("a.json", "{\"a\":1}"))->at("a").get<int>(), 1);
  }
  void viewsGiveTypedValues() {
    const Json json = *parse_json(R"({"i":7,"f":2.0,"h":2.5,"s":"x","b":true,"n":null,"is":[1,2],"ns":[1,2.5],"ss":["a"],"o":{"p":{"q":1}},"big":18446744073709551615})", "x");
    const JsonView view = JsonView::of(json, "config.json").value();
    QCOMPARE(*view.integer("i"), 7);
    QCOMPARE(*view.integer("f"), 2);
    QCOMPARE(*view.number("i"), 7.0);
    QCOMPARE(*view.number("h"), 2.5);
    QCOMPARE(*view.string("s"), std::string("x"));
    QCOMPARE(*view.boolean("b"), true);
    QVERIFY(*view.integers("is") == (std::vector<std::int64_t>{1, 2}));
    QVERIFY(*view.numbers("ns") == (std::vector<double>{1, 2.5}));
    QVERIFY(*view.strings("ss") == std::vector<std::string>{"a"});
    QCOMPARE(*view.integer_or("n", 5), 5);
    QCOMPARE(*view.integer_or("none", 6), 6);
    QCOMPARE(*view.string_or("n", "d"), std::string("d"));
    QCOMPARE(*view.number_or("none", 1.5), 1.5);
    QCOMPARE(*view.boolean_or("b", false), true);
    QVERIFY(!view.contains("n") && view.contains("o"));
    RH_VERIFY_ERROR(view.integer("h"), ErrorCode::malformed, "'h' in config.json", "an integer", "a number (2.5)");
    RH_VERIFY_ERROR(view.integer("big"), ErrorCode::malformed, "18446744073709551615");
    RH_VERIFY_ERROR(view.integer_or("s", 1), ErrorCode::malformed, "a string (\"x\")");
    RH_VERIFY_ERROR(view.integer("none"), ErrorCode::not_found, "'none' in config.json", "no such key");
    RH_VERIFY_ERROR(view.boolean("n"), ErrorCode::not_found, "true or false");
    RH_VERIFY_ERROR(view.integers("ns"), ErrorCode::malformed, "integers in the array", "2.5");
    RH_VERIFY_ERROR(view.strings("is"), ErrorCode::malformed, "strings in the array");
    RH_VERIFY_ERROR(view.numbers("o"), ErrorCode::malformed, "an array of numbers", "an object");
    RH_VERIFY_ERROR(view.object("o").value().object("p").value().string("q"), ErrorCode::malformed, "'o.p.q' in config.json", "a string");
    RH_VERIFY_ERROR(view.object("s"), ErrorCode::malformed, "an object");
    RH_VERIFY_ERROR(JsonView::of(json.at("is"), "x.json"), ErrorCode::malformed, "an object", "an array");
  }
};

QTEST_APPLESS_MAIN(TestJson)
#include "test_json.moc"
