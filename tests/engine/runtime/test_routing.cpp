// SPDX-License-Identifier: Apache-2.0
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include <sys/stat.h>

#include "engine/runtime/compiled_edits.h"
#include "roundhouse/routing.h"

using namespace roundhouse;

namespace {
RoutingLayout layout() {
  RoutingLayout l;
  l.model_layers = 4;
  for (int i = 1; i < 4; ++i) l.layers.push_back({i, 8, 2, 1, "softmax"});
  return l;
}
RoutingEdits sample() {
  RoutingEdits e;
  e.name = "试验";
  e.experts = {{-1, 3, ExpertAction::disable, 0}, {2, 3, ExpertAction::boost, 1.5f}, {1, 4, ExpertAction::force, 0}};
  e.top_k = {{-1, 3}, {3, 1}};
  return e;
}
}  // namespace

class TestRouting : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void jsonRoundTrip() {
    const auto again = RoutingEdits::from_json(sample().to_json());
    QVERIFY(again.ok());
    QVERIFY(*again == sample());
  }
  void fileRoundTrip() {
    QTemporaryDir dir;
    const std::string path = dir.filePath("edits.json").toStdString();
    QVERIFY(sample().save(path).ok());
    QVERIFY(*RoutingEdits::load(path) == sample());
    QCOMPARE(RoutingEdits::load(path + "x").error().code, ErrorCode::not_found);
  }
  void hostileFilesAreRefused() {
    QTemporaryDir dir;
    const std::string path = dir.filePath("edits.json").toStdString();
    const auto refused = [&](const std::string& text) {
      std::ofstream(path) << text;
      const auto loaded = RoutingEdits::load(path);
      return loaded.ok() ? std::string() : loaded.error().message();
    };
    std::string deep = R"({"roundhouse_routing_edits":1,"experts":)" + std::string(5'000'000, '[') + std::string(5'000'000, ']') + "}";
    QVERIFY2(refused(deep).find("deep") != std::string::npos, refused(deep).c_str());
    deep = R"({"roundhouse_routing_edits":1,"experts":[{"action":)" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + "}]}";
    QVERIFY(refused(deep).find("deep") != std::string::npos);
    QVERIFY(refused(std::string(17 << 20, ' ')).find("16777216 bytes") != std::string::npos);
    const std::string shape = refused(R"({"roundhouse_routing_edits":1,"experts":7})");
    QVERIFY2(shape.find(path) != std::string::npos && shape.find("experts") != std::string::npos, shape.c_str());
    const std::string folder = RoutingEdits::load(dir.path().toStdString()).error().message();
    QVERIFY2(folder.find("a folder") != std::string::npos, folder.c_str());
    const std::string pipe = dir.filePath("pipe").toStdString();
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    QVERIFY(RoutingEdits::load(pipe).error().message().find("a special file") != std::string::npos);  // and does not wait
  }
  void badTextIsRefused_data() {
    QTest::addColumn<QByteArray>("text");
    for (const char* text : {"", "[]", "{}", R"({"roundhouse_routing_edits":2})", R"({"roundhouse_routing_edits":1,"experts":5})",
                             R"({"roundhouse_routing_edits":1,"experts":[{"layer":"x"}]})",
                             R"({"roundhouse_routing_edits":1,"experts":[{"layer":1,"expert":1,"action":"eat"}]})",
                             R"({"roundhouse_routing_edits":1,"top_k":[3]})", R"({"roundhouse_routing_edits":1,"name":5})",
                             R"({"roundhouse_routing_edits":1,"top_k":[{"layer":-7}]})", R"({"roundhouse_routing_edits":1,"from_position":5000000000})",
                             R"({"roundhouse_routing_edits":1,"experts":[{"layer":1,"expert":1}]})",
                             R"({"roundhouse_routing_edits":1,"experts":[{"layer":1,"expert":1,"action":"boost","amount":"2"}]})", "{\"roundhouse_routing_edits\":1"}) {
      QTest::newRow(text) << QByteArray(text);
    }
  }
  void badTextIsRefused() {
    QFETCH(QByteArray, text);
    QVERIFY(!RoutingEdits::from_json(text.toStdString()).ok());
  }
  void ownLayerWinsOverEveryLayer() {
    const CompiledEdits compiled(sample(), layout());
    const EditTable table = compiled.table();
    QCOMPARE(int(table.flags[0 * 8 + 3]), int(EditTable::disable));
    QCOMPARE(int(table.flags[0 * 8 + 4]), int(EditTable::force));
    QCOMPARE(int(table.flags[1 * 8 + 3]), int(EditTable::none));
    QCOMPARE(table.boost[1 * 8 + 3], 1.5f);
    QCOMPARE(table.top_k[0], 3);
    QCOMPARE(table.top_k[2], 1);
    QCOMPARE(compiled.max_top_k(layout()), 3);
  }
  void validationNamesTheFault() {
    QVERIFY(sample().validate(layout()).ok());
    RoutingEdits e;
    e.experts = {{0, 0, ExpertAction::disable, 0}};
    QVERIFY(!e.validate(layout()).ok());  // layer 0 does not route
    e.experts = {{1, 8, ExpertAction::disable, 0}};
    QVERIFY(!e.validate(layout()).ok());
    e.experts.clear();
    for (int i = 0; i < 7; ++i) e.experts.push_back({-1, i, ExpertAction::disable, 0});
    QCOMPARE(e.validate(layout()).error().expected, std::string("at least 2 enabled experts"));
    e.top_k = {{-1, 1}};
    QVERIFY(e.validate(layout()).ok());
    e = {};
    for (int i = 0; i < 3; ++i) e.experts.push_back({2, i, ExpertAction::force, 0});
    QVERIFY(!e.validate(layout()).ok());
    QVERIFY(!sample().validate(RoutingLayout{}).ok());
    QVERIFY(RoutingEdits{}.validate(RoutingLayout{}).ok());
  }
  void summaryTellsEveryEdit() {
    const std::string s = sample().summary();
    for (const char* part : {"every layer: expert 3 disabled", "layer 2: expert 3 boosted by 1.5", "layer 1: expert 4 forced", "layer 3: top-k 1"}) {
      QVERIFY2(s.find(part) != std::string::npos, part);
    }
  }
};

QTEST_APPLESS_MAIN(TestRouting)
#include "test_routing.moc"
