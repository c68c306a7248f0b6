// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/folder_lock.h"

#include <QElapsedTimer>
#include <QThread>

#include <memory>

#include "tests/app/stores/store_fixture.h"

using namespace roundhouse::app;

class TestFolderLock : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void onlyOneHasIt() {
    const Folder folder;
    auto first = std::make_unique<FolderLock>(folder.root());
    QVERIFY(first->held() && !first->busy());
    {
      const FolderLock second(folder.root(), 0);
      QVERIFY(!second.held() && second.busy());
    }
    first.reset();
    QVERIFY(FolderLock(folder.root(), 0).held());
  }

  void waitsUntilItIsLetGo() {
    const Folder folder;
    auto first = std::make_unique<FolderLock>(folder.root());
    bool held = false;
    const std::unique_ptr<QThread> thread(QThread::create([&] { held = FolderLock(folder.root(), 60'000).held(); }));
    thread->start();
    first.reset();
    QVERIFY(thread->wait(10'000));
    QVERIFY(held);
  }

  void waitsButAMomentInAHurry() {
    const Folder folder;
    const FolderLock first(folder.root());
    const std::atomic<bool> hurry = true;
    QElapsedTimer clock;
    clock.start();
    QVERIFY(FolderLock(folder.root(), 600'000, &hurry).busy());
    QVERIFY(clock.elapsed() < 60'000);
  }

  void nothingIsHeldWhereThereIsNoFolder() {
    const Folder folder;
    const FolderLock lock(folder.path("nowhere"));
    QVERIFY(!lock.held() && !lock.busy());
  }
};

QTEST_GUILESS_MAIN(TestFolderLock)
#include "test_folder_lock.moc"
