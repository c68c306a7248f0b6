// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/job_store.h"

#include <memory>

#include "tests/app/stores/store_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

StoredJob job(const QString& id, qint64 place = 1) {
  StoredJob made;
  made.id = id;
  made.name = QStringLiteral("Name of ") + id;
  made.folder = QStringLiteral("/runs/") + id;
  made.job = "version: 1\n";
  made.state = QStringLiteral("queued");
  made.createdMs = 123;
  made.place = place;
  return made;
}

std::unique_ptr<JobStore> opened(const Folder& folder, JobStore::Opened* how = nullptr) {
  auto store = std::make_unique<JobStore>(folder.path("jobs.db"));
  const auto done = must(store->open());
  if (how) *how = done;
  return store;
}

}  // namespace

class TestJobStore : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keepsAllOfARow() {
    const Folder folder;
    StoredJob all = job(QStringLiteral("a"));
    all.state = QStringLiteral("failed");
    all.wanted = QStringLiteral("paused");
    all.startedMs = 5, all.endedMs = 6, all.step = 7, all.steps = 8, all.launches = 9, all.eventsFrom = 10, all.logFrom = 11;
    all.loss = 1.25;
    all.error = "{}";
    {
      JobStore::Opened how;
      const auto store = opened(folder, &how);
      QVERIFY(how.anew && how.setAside.isEmpty());
      QVERIFY(store->add(all).ok());
      QCOMPARE(store->add(all).error().code, ErrorCode::conflict);
    }
    JobStore::Opened how;
    const auto store = opened(folder, &how);
    QVERIFY(!how.anew);
    QVERIFY(must(store->list()) == QList<StoredJob>{all});
  }

  void changesInOneTransaction() {
    const Folder folder;
    const auto store = opened(folder);
    QVERIFY(store->add(job(QStringLiteral("a"))).ok());
    QVERIFY(must(store->change(QStringLiteral("a"), [](StoredJob& row) { return row.evaluationLoss = 2.5, row.state = QStringLiteral("running"), true; })));
    QVERIFY(!must(store->change(QStringLiteral("a"), [](StoredJob& row) { return row.state = QStringLiteral("failed"), false; })));
    QVERIFY(!must(store->change(QStringLiteral("a"), [](StoredJob&) { return true; })));  // nothing is new
    const StoredJob row = must(store->list()).first();
    QCOMPARE(row.state, QStringLiteral("running"));
    QCOMPARE(row.evaluationLoss, std::optional<double>(2.5));
    QVERIFY(!row.loss);
    QCOMPARE(store->change(QStringLiteral("b"), [](StoredJob&) { return true; }).error().code, ErrorCode::not_found);
    QVERIFY(store->remove(QStringLiteral("a")).ok());
    QVERIFY(must(store->list()).isEmpty());
  }

  void arranges() {
    const Folder folder;
    const auto store = opened(folder);
    QCOMPARE(must(store->lastPlace()), 1);
    for (const char* id : {"a", "b", "c"}) QVERIFY(store->add(job(QString::fromLatin1(id), must(store->lastPlace()))).ok());
    QVERIFY(store->arrange({QStringLiteral("c"), QStringLiteral("a"), QStringLiteral("b")}).ok());
    QHash<QString, qint64> places;
    for (const StoredJob& row : must(store->list())) places[row.id] = row.place;
    QVERIFY(places[QStringLiteral("c")] < places[QStringLiteral("a")] && places[QStringLiteral("a")] < places[QStringLiteral("b")]);
    QVERIFY(must(store->lastPlace()) > places[QStringLiteral("b")]);
  }

  void seesWhatAnotherWindowWrote() {
    const Folder folder;
    const auto a = opened(folder), b = opened(folder);
    (void)must(a->list());
    (void)must(b->list());
    QVERIFY(!a->changedByOthers());
    QVERIFY(b->add(job(QStringLiteral("x"))).ok());
    QVERIFY(a->changedByOthers());
    QCOMPARE(must(a->list()).size(), 1);
    QVERIFY(!a->changedByOthers());
    QVERIFY(a->remove(QStringLiteral("x")).ok());
    QVERIFY(!a->changedByOthers());
    QVERIFY(b->changedByOthers());
  }

  void aFileThatIsNoDatabaseIsSetAside() {
    const Folder folder;
    writeFile(folder.path("jobs.db"), QByteArray(5000, 'x'));
    JobStore::Opened how;
    const auto store = opened(folder, &how);
    QVERIFY(how.anew);
    QCOMPARE(fileBytes(how.setAside), QByteArray(5000, 'x'));
    QVERIFY(store->add(job(QStringLiteral("a"))).ok());
  }

  void whatCanBeReadOfADamagedOneIsTakenOver() {
    const Folder folder;
    {
      const auto store = opened(folder);
      for (int i = 0; i < 200; ++i) {
        StoredJob row = job(QString::number(i));
        row.job = QByteArray(700, 'j');
        QVERIFY(store->add(row).ok());
      }
    }
    QByteArray bytes = fileBytes(folder.path("jobs.db"));
    QVERIFY(bytes.size() > 100'000);
    bytes.replace(bytes.size() / 2, 4096, QByteArray(4096, '\x7f'));
    writeFile(folder.path("jobs.db"), bytes);
    JobStore::Opened how;
    const auto store = opened(folder, &how);
    QVERIFY(!how.setAside.isEmpty());
    const auto rows = must(store->list());
    QVERIFY2(rows.size() > 20 && rows.size() <= 200, qPrintable(QString::number(rows.size())));
    QCOMPARE(rows.first().job, QByteArray(700, 'j'));
  }

  void aNewerVersionIsLeftAlone() {
    const Folder folder;
    (void)opened(folder);
    {
      const auto database = must(Database::open(folder.path("jobs.db"), "test"));
      (void)must(database->run("test", QStringLiteral("PRAGMA user_version=99")));
    }
    const QByteArray before = fileBytes(folder.path("jobs.db"));
    JobStore store(folder.path("jobs.db"));
    QCOMPARE(store.open().error().code, ErrorCode::unsupported);
    QVERIFY(!store.isOpen());
    QCOMPARE(fileBytes(folder.path("jobs.db")), before);
  }

  void aFileThatVanishesIsNoticed() {
    const Folder folder;
    const auto store = opened(folder);
    QVERIFY(store->add(job(QStringLiteral("a"))).ok());
    (void)must(store->list());
    QVERIFY(QFile::remove(folder.path("jobs.db")));
    QVERIFY(store->changedByOthers());
    QCOMPARE(store->list().error().code, ErrorCode::malformed);
    QVERIFY(must(store->open()).anew);
    QVERIFY(must(store->list()).isEmpty());
  }
};

QTEST_GUILESS_MAIN(TestJobStore)
#include "test_job_store.moc"
