// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/routing_options.h"

#include <QTemporaryDir>
#include <QTest>

using namespace roundhouse;
using namespace roundhouse::cli;

class TestRoutingOptions : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsEachKind() {
    RoutingOptions options;
    options.disable = {"3:5", "all:0"};
    options.boost = {"2:7:-1.5", "all:1:0.25"};
    options.force = {"4:9"};
    options.top_k = {"2", "7:3", "all:4"};
    const auto edits = read_routing_options(options);
    QVERIFY(edits.ok());
    const std::vector<ExpertEdit> experts = {{3, 5, ExpertAction::disable, 0.0f}, {-1, 0, ExpertAction::disable, 0.0f}, {2, 7, ExpertAction::boost, -1.5f},
                                             {-1, 1, ExpertAction::boost, 0.25f}, {4, 9, ExpertAction::force, 0.0f}};
    QVERIFY(edits->experts == experts);
    const std::vector<TopKEdit> top_k = {{-1, 2}, {7, 3}, {-1, 4}};
    QVERIFY(edits->top_k == top_k);
    QVERIFY(read_routing_options({})->empty());
  }
  void addsToAFile() {
    QTemporaryDir folder;
    RoutingEdits saved;
    saved.name = "half";
    saved.top_k = {{-1, 2}};
    const std::string file = folder.filePath("edits.json").toStdString();
    QVERIFY(saved.save(file).ok());
    RoutingOptions options;
    options.file = file;
    options.force = {"1:1"};
    const auto edits = read_routing_options(options);
    QCOMPARE(edits->name, std::string("half"));
    QCOMPARE(edits->top_k.size(), std::size_t{1});
    QCOMPARE(edits->experts.size(), std::size_t{1});
    options.file = "/nowhere";
    QVERIFY(!read_routing_options(options).ok());
  }
  void refuses_data() {
    QTest::addColumn<QByteArray>("option");
    QTest::addColumn<QByteArray>("value");
    const auto row = [](const char* option, const char* value) { QTest::newRow(qPrintable(QString("%1 %2").arg(option, value))) << QByteArray(option) << QByteArray(value); };
    for (const char* value : {"", "3", "3:", ":3", "3:5:1", "-1:2", "3:-2", "a:1", "1:a", "1:2x", "99999999999:1", "All:1"}) {
      row("--disable", value);
      row("--force", value);
    }
    for (const char* value : {"1:2", "1:2:", "1:2:x", "1:2:nan", "1:2:inf", "1:2:1e99", "1:2:3:4"}) row("--boost", value);
    for (const char* value : {"", "0", "-1", "x", "1:0", "1:2:3", "x:2"}) row("--top-k", value);
  }
  void refuses() {
    QFETCH(QByteArray, option);
    QFETCH(QByteArray, value);
    RoutingOptions options;
    (option == "--disable" ? options.disable : option == "--force" ? options.force : option == "--boost" ? options.boost : options.top_k) = {value.toStdString()};
    const auto edits = read_routing_options(options);
    QVERIFY(!edits.ok());
    QCOMPARE(edits.error().code, ErrorCode::invalid_argument);
    QCOMPARE(QByteArray::fromStdString(edits.error().object), option);
    QVERIFY(edits.error().received.find(value.toStdString()) != std::string::npos);
  }
};

QTEST_APPLESS_MAIN(TestRoutingOptions)
#include "test_routing_options.moc"
