// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_cache.h"

#include <QTest>

#include <thread>

#include "tests/plugins/host/scratch.h"

using namespace roundhouse::plugins;

namespace {

struct Fixture {
  scratch::Folder folder;
  std::filesystem::path manifest = folder.write("plugin.json", "{}"), library = folder.write("libx.so", "code"), probe = folder.write("probe", "p");
  ProbeCache cache{folder.path() / "state" / "probes.json"};
  ProbeSubject subject(double seconds = 5) { return *cache.subject(manifest, library, {probe, seconds}); }
};

void tick() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }  // for the file system's clock

}  // namespace

class TestProbeCache : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keepsBothVerdicts() {
    Fixture fixture;
    QVERIFY(!fixture.cache.find(fixture.subject()));
    QVERIFY(fixture.cache.keep(fixture.subject(), std::nullopt).ok());
    QVERIFY(!fixture.cache.find(fixture.subject())->failure);
    QVERIFY(fixture.cache.keep(fixture.subject(), Failure{FailureKind::crashed, Phase::create, "SIGABRT"}).ok());
    const auto verdict = ProbeCache(fixture.folder.path() / "state" / "probes.json").find(fixture.subject());
    QCOMPARE(verdict->failure->reason(), std::string("crashed in its constructor: SIGABRT"));
    QVERIFY(fixture.cache.forget(fixture.library).ok());
    QVERIFY(!fixture.cache.find(fixture.subject()));
  }
  void anyChangeEndsIt_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::newRow("library") << QByteArray("libx.so");
    QTest::newRow("manifest") << QByteArray("plugin.json");
    QTest::newRow("probe") << QByteArray("probe");
  }
  void anyChangeEndsIt() {
    QFETCH(QByteArray, file);
    Fixture fixture;
    QVERIFY(fixture.cache.keep(fixture.subject(), std::nullopt).ok());
    tick();
    fixture.folder.write(file.toStdString(), "coda");  // of the library's size
    QVERIFY(!fixture.cache.find(fixture.subject()));
  }
  void anotherLimitEndsIt() {
    Fixture fixture;
    QVERIFY(fixture.cache.keep(fixture.subject(5), std::nullopt).ok());
    QVERIFY(fixture.cache.find(fixture.subject(5)) && !fixture.cache.find(fixture.subject(9)));
  }
  void theSameBytesWithAnotherDateStand() {
    Fixture fixture;
    QVERIFY(fixture.cache.keep(fixture.subject(), std::nullopt).ok());
    tick();
    fixture.folder.write("libx.so", "code");
    QVERIFY(fixture.cache.find(fixture.subject()).has_value());
  }
  void whatDependsOnTheSystemIsNotKept() {
    Fixture fixture;
    for (const FailureKind kind : {FailureKind::missing_library, FailureKind::unresolved_symbol, FailureKind::probe, FailureKind::missing_file}) {
      QVERIFY(fixture.cache.keep(fixture.subject(), Failure{kind, Phase::open, "x"}).ok());
      QVERIFY(!fixture.cache.find(fixture.subject()));
    }
  }
  void aDamagedFileCountsAsEmpty() {
    Fixture fixture;
    for (const char* bytes : {"", "[1]", "{\"", "\xff\xfe"}) {
      fixture.folder.write("state/probes.json", bytes);
      QVERIFY(!fixture.cache.find(fixture.subject()));
      QVERIFY(fixture.cache.keep(fixture.subject(), std::nullopt).ok());
      QVERIFY(fixture.cache.find(fixture.subject()).has_value());
    }
    fixture.folder.write("state/probes.json", "{\"" + fixture.library.string() + "\": 7}");
    QVERIFY(!fixture.cache.find(fixture.subject()));
  }
  void pathsMayHoldAnyBytes() {
    Fixture fixture;
    fixture.library = fixture.folder.write("lib\xff.so", "code");
    QVERIFY(fixture.cache.keep(fixture.subject(), std::nullopt).ok());
    QVERIFY(fixture.cache.find(fixture.subject()).has_value());
  }
  void aMissingLibraryIsTold() {
    Fixture fixture;
    QVERIFY(!fixture.cache.subject(fixture.manifest, fixture.folder.path() / "none.so", {fixture.probe, 5}).ok());
  }
};

QTEST_APPLESS_MAIN(TestProbeCache)
#include "test_probe_cache.moc"
