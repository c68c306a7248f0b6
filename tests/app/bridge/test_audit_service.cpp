// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/audit_service.h"

#include <QFile>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

AuditEntry note(const std::string& action) {
  AuditEntry entry;
  entry.kind = audit_kind::settings;
  entry.action = action;
  return entry;
}

}  // namespace

class TestAuditService : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  AuditService::Open open() const {
    return [folder = folder_->path().toStdString()]() -> Result<std::shared_ptr<AuditLog>> {
      RH_ASSIGN(std::unique_ptr<AuditLog> log, AuditLog::open(AuditOptions::in(folder)));
      return std::shared_ptr<AuditLog>(std::move(log));
    };
  }

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void opensOnAWorkerAndWritesInOrder() {
    QThread* here = QThread::currentThread();
    std::atomic<bool> elsewhere{false};
    AuditService audit([&, open = open()] {
      elsewhere = QThread::currentThread() != here;
      return open();
    }, folder_->path());
    QSignalSpy opened(&audit, &AuditService::opened), failed(&audit, &AuditService::failed);
    QVERIFY(audit.wanted());
    audit.append(note("too_early"));
    audit.open();
    QVERIFY(!audit.log());
    QVERIFY(opened.wait());
    QVERIFY(elsewhere);
    for (int i = 0; i < 20; ++i) audit.append(note("n" + std::to_string(i)));
    QTRY_COMPARE(audit.log()->count({}).value(), 20);
    for (int i = 0; i < 20; ++i) QCOMPARE(audit.log()->entry(i + 1)->entry.action, "n" + std::to_string(i));
    AuditEntry refused = note("no_json");
    refused.extra_json = "{";
    audit.append(refused);
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(audit.log()->count({}).value(), 20);
  }
  void aLogThatWasCutIsToldOnce() {
    AuditService audit(open(), folder_->path());
    QSignalSpy opened(&audit, &AuditService::opened), warned(&audit, &AuditService::warned), failed(&audit, &AuditService::failed);
    audit.open();
    QVERIFY(opened.wait());
    const QString head = folder_->filePath("audit.head"), kept = folder_->filePath("kept.head");
    audit.append(note("one"));
    QTRY_COMPARE(audit.log()->count({}).value(), 1);
    QVERIFY(QFile::copy(head, kept));
    for (int round = 0; round < 2; ++round) {
      const auto before = audit.log()->count({}).value();
      audit.append(note("more"));
      QTRY_COMPARE(audit.log()->count({}).value(), before + (round == 0 ? 1 : 2));
      QVERIFY(QFile::remove(head) && QFile::copy(kept, head));  // the head of an older log
    }
    audit.append(note("last"));
    QTRY_VERIFY(audit.log()->entry(audit.log()->count({}).value())->entry.action == "last");
    QTRY_COMPARE(warned.size(), 1);
    QVERIFY(warned[0][0].toString().contains("cut"));
    QCOMPARE(failed.size(), 0);
  }
  void aLogThatWasCutIsToldWhenItIsOpened() {
    const QString head = folder_->filePath("audit.head"), kept = folder_->filePath("kept.head");
    const auto warnings = [&] {
      AuditService audit(open(), folder_->path());
      QSignalSpy opened(&audit, &AuditService::opened), warned(&audit, &AuditService::warned);
      audit.open();
      if (!opened.wait()) return -1;
      return int(warned.size());
    };
    {
      auto log = open()();
      QVERIFY(log.ok() && (*log)->append(note("one")).ok());
    }
    QCOMPARE(warnings(), 0);
    {
      const QTemporaryDir other;  // whose head knows of more
      auto log = AuditLog::open(AuditOptions::in(other.path().toStdString()));
      QVERIFY(log.ok() && (*log)->append(note("one")).ok() && (*log)->append(note("two")).ok());
      QVERIFY(QFile::copy(head, kept) && QFile::remove(head) && QFile::copy(other.filePath("audit.head"), head));
    }
    QCOMPARE(warnings(), 1);
    QVERIFY(QFile::remove(head));
    QCOMPARE(warnings(), 1);
    QVERIFY(QFile::copy(kept, head));
    QCOMPARE(warnings(), 0);
  }
  void aFailedAttemptIsMadeAgain() {
    int attempts = 0;
    AuditService audit([&, open = open()]() -> Result<std::shared_ptr<AuditLog>> {
      if (++attempts == 1) return Error{ErrorCode::io, "open the audit log", "/d/audit.db", {}, "Permission denied"};
      return open();
    }, folder_->path());
    QSignalSpy opened(&audit, &AuditService::opened), failed(&audit, &AuditService::failed);
    audit.open();
    QVERIFY(failed.wait());
    audit.open();
    QVERIFY(opened.wait());
    QVERIFY(audit.log() && !audit.error());
  }
  void withoutALogNothingIsWanted() {
    AuditService audit;
    QVERIFY(!audit.wanted());
    audit.open();
    audit.append(note("x"));
    QVERIFY(!audit.log() && !audit.error());
  }
  void aLogThatCannotBeOpenedIsSetAsideAndANewOneOpened() {
    QFile file(folder_->filePath("audit.db"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(8192, '!'));
    file.close();
    AuditService audit(open(), folder_->path());
    QSignalSpy opened(&audit, &AuditService::opened), failed(&audit, &AuditService::failed);
    audit.open();
    QVERIFY(failed.wait());
    QVERIFY(audit.error() && !audit.log());
    QString moved;
    audit.setAside("not a database", this, [&](const Result<QString>& done) {
      QVERIFY(audit.log());  // there before this is told
      if (done.ok()) moved = *done;
    });
    QVERIFY(opened.wait());
    QTRY_VERIFY(QFileInfo::exists(moved));
    QVERIFY(!audit.error());
    QVERIFY(audit.log()->entry(1)->entry.extra_json.find("not a database") != std::string::npos);
  }
  void anOpenLogIsSetAsideAndGoesOn() {
    AuditService audit(open(), folder_->path());
    QSignalSpy opened(&audit, &AuditService::opened);
    audit.open();
    QVERIFY(opened.wait());
    const AuditLog* log = audit.log().get();
    audit.append(note("old"));
    QString moved;
    audit.setAside("tampered with", this, [&](const Result<QString>& done) { moved = done.ok() ? *done : "?"; });
    audit.append(note("new"));
    QTRY_VERIFY(QFileInfo::exists(moved));
    QTRY_COMPARE(audit.log()->count({}).value(), 2);
    QCOMPARE(audit.log().get(), log);
    QCOMPARE(opened.size(), 1);
    QCOMPARE(audit.log()->entry(2)->entry.action, std::string("new"));
  }
  void whatCannotBeMovedIsTold() {
    AuditService audit(open(), folder_->filePath("nowhere"));
    bool told = false;
    audit.setAside("x", this, [&](const Result<QString>& done) { told = !done.ok(); });
    QTRY_VERIFY(told);
    auto* gone = new QObject;
    audit.setAside("x", gone, [](const Result<QString>&) { QFAIL("nobody listens any more"); });
    delete gone;
  }
};

QTEST_GUILESS_MAIN(TestAuditService)
#include "test_audit_service.moc"
