// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/core_instance.h"

#include <QTest>

#include "plugins/host/plugin_host.h"
#include "plugins/host/probe_child.h"
#include "tests/plugins/host/scratch.h"

using namespace roundhouse::plugins;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  explicit Fixture(const fs::path& plugin_folder)
      : manifest(*read_manifest(plugin_folder / "plugin.json")),
        host(manifest, std::make_shared<HostServices>(mock_services()), StateStore(state.path()), {}),
        core(manifest, plugin_folder, [this](Phase phase) { phases.push_back(phase); }) {}
  scratch::Folder state;
  Manifest manifest;
  std::vector<Phase> phases;
  PluginHost host;
  CoreInstance core;
};

}  // namespace

class TestCoreInstance : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void phasesInOrder() {
    Fixture fixture(FULL_FOLDER);
    QVERIFY(!fixture.core.load() && !fixture.core.initialise(fixture.host) && !fixture.core.extensions_ready() && !fixture.core.start());
    QCOMPARE(fixture.core.extensions().tools.size(), std::size_t{6});
    QCOMPARE(fixture.core.extensions().commands.at(0).name, std::string("full-echo"));
    QVERIFY(!fixture.core.shut_down());
    const std::vector<Phase> expected = {Phase::open,  Phase::check, Phase::create,  Phase::initialise, Phase::extensions_ready,
                                         Phase::start, Phase::stop,  Phase::release, Phase::destroy};
    QVERIFY(fixture.phases == expected);
    // And the plugin saw them.
    QCOMPARE(**StateStore(fixture.state.path()).setting("test.full", "phases"), std::string("initialise extensions_ready start stop release"));
    QVERIFY(!fixture.core.shut_down());
    QVERIFY(fixture.phases == expected);
  }
  void shutsDownAsFarAsItGot() {
    Fixture fixture(FULL_FOLDER);
    QVERIFY(!fixture.core.load());
    QVERIFY(!fixture.core.shut_down());
    QVERIFY(fixture.phases == std::vector({Phase::open, Phase::check, Phase::create, Phase::destroy}));
  }
  void comesAgain() {
    for (int i = 0; i < 3; ++i) {
      Fixture fixture(FULL_FOLDER);
      QVERIFY(!fixture.core.load() && !fixture.core.initialise(fixture.host) && !fixture.core.start());
    }
  }
  void exceptionsStopHere() {
    Fixture fixture(fs::path(HOSTILE_FOLDER) / "throws_in_constructor");
    const auto failure = fixture.core.load();
    QCOMPARE(failure->kind, FailureKind::threw);
    QCOMPARE(failure->phase, Phase::create);
    QVERIFY(!fixture.core.shut_down());
  }
  void aThrowInStopIsToldAndTheRestStillComes() {
    Fixture fixture(fs::path(HOSTILE_FOLDER) / "throws_in_stop");
    QVERIFY(!fixture.core.load() && !fixture.core.initialise(fixture.host) && !fixture.core.start());
    const auto failure = fixture.core.shut_down();
    QCOMPARE(failure->phase, Phase::stop);
    QCOMPARE(fixture.phases.back(), Phase::destroy);
  }
  void afterAFailedInitialiseThereIsNoRelease() {
    Fixture fixture(fs::path(HOSTILE_FOLDER) / "throws_in_initialise");
    QVERIFY(!fixture.core.load());
    QCOMPARE(fixture.core.initialise(fixture.host)->kind, FailureKind::threw);
    QVERIFY(!fixture.core.shut_down());
    QVERIFY(fixture.phases == std::vector({Phase::open, Phase::check, Phase::create, Phase::initialise, Phase::destroy}));
  }
};

QTEST_APPLESS_MAIN(TestCoreInstance)
#include "test_core_instance.moc"
