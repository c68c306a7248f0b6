// SPDX-License-Identifier: Apache-2.0
#include "engine/train/json_elements.h"

#include <QtTest>

#include <random>

#include "engine/io/json.h"

using namespace roundhouse;

namespace {

Json any_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 6 : 4)) {
    case 0: return static_cast<int>(random() % 100);
    case 1: return nullptr;
    case 2: return std::string("a\"]},[\\\n{\xC3\xA9").substr(0, random() % 9);
    case 3: return random() % 2 == 0;
    case 4: {
      Json list = Json::array();
      for (unsigned n = random() % 4; n > 0; --n) list.push_back(any_value(random, depth - 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (unsigned n = random() % 4; n > 0; --n) object[std::string(1, char('a' + n)) + "}]\""] = any_value(random, depth - 1);
      return object;
    }
  }
}

}  // namespace

class TestJsonElements : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void anyArrayComesBackElementByElement() {
    std::mt19937 random(3);
    for (int round = 0; round < 500; ++round) {
      Json list = Json::array();
      for (unsigned n = random() % 5; n > 0; --n) list.push_back(any_value(random, 3));
      const std::string text = " \n" + dump_json(list, random() % 2 ? 2 : -1) + "\n";
      JsonElements elements(text);
      for (const Json& value : list) {
        const auto element = elements.next();
        QVERIFY(element);
        const auto read = parse_json(element->text, "element");
        QVERIFY2(read.ok() && *read == value, text.c_str());
        const std::ptrdiff_t at = element->text.data() - text.data();
        QCOMPARE(element->line, 1 + std::count(text.begin(), text.begin() + at, '\n'));
      }
      QVERIFY(!elements.next());
      QVERIFY2(elements.failure().empty(), elements.failure().c_str());
    }
  }
  void aBrokenElementHidesNoOther() {
    JsonElements elements("[{\"a\":}, {\"b\" 1},,\n7]");
    QCOMPARE(elements.next()->text, std::string_view("{\"a\":}"));
    QCOMPARE(elements.next()->text, std::string_view("{\"b\" 1}"));
    QCOMPARE(elements.next()->text, std::string_view());
    QCOMPARE(elements.next()->text, std::string_view("7"));
    QVERIFY(!elements.next() && elements.failure().empty());
  }
  void whatIsWrongWithTheArrayIsSaid() {
    const std::pair<const char*, const char*> cases[] = {{"[1,2", "not closed"}, {"[", "not closed"}, {"[1] 2", "after"}, {"{}", "expected"}, {"", "expected"}, {"[\"x]", "not closed"}, {"[\"\\", "not closed"}};
    for (const auto& [text, reason] : cases) {
      JsonElements elements(text);
      for (int i = 0; elements.next(); ++i) QVERIFY(i < 3);
      QVERIFY2(elements.failure().find(reason) != std::string::npos, text);
    }
  }
};

QTEST_GUILESS_MAIN(TestJsonElements)
#include "test_json_elements.moc"
