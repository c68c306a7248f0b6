// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/routing_exports.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QThread>
#include <QtTest>

#include <future>

#include "app/bridge/audit_service.h"
#include "widgets/style/file_export.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestRoutingExports : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<AuditService> audit_;
  std::unique_ptr<RoutingExports> exports_;

  static AuditEntry of(const std::string& conversation) {
    AuditEntry entry;
    entry.session = conversation;
    return entry;
  }

 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    audit_ = std::make_unique<AuditService>([folder = folder_->path().toStdString()]() -> Result<std::shared_ptr<AuditLog>> {
      RH_ASSIGN(std::unique_ptr<AuditLog> log, AuditLog::open(AuditOptions::in(folder)));
      return std::shared_ptr<AuditLog>(std::move(log));
    }, folder_->path());
    audit_->open();
    QTRY_VERIFY(audit_->log());
    exports_ = std::make_unique<RoutingExports>(*audit_);
  }
  void cleanup() {
    exports_.reset();
    audit_.reset();
  }

  void whatIsWrittenIsAnEntry() {
    QSignalSpy finished(exports_.get(), &RoutingExports::finished);
    const QString path = folder_->filePath("a.csv");
    QThread* by = nullptr;
    exports_->start(path, [&](const QString& file, QString* error) {
      by = QThread::currentThread();
      widgets::writeWholeFile(file, "cells", error);
    }, of("talk"));
    QVERIFY(exports_->busy());
    QTRY_COMPARE(finished.size(), 1);
    QVERIFY(by && by != QThread::currentThread());
    QVERIFY(!exports_->busy());
    QCOMPARE(finished[0][0].toString(), path);
    QCOMPARE(finished[0][1].toString(), QString());
    QTRY_COMPARE(audit_->log()->count({}).value(), 1);
    const AuditEntry entry = audit_->log()->entry(1)->entry;
    QCOMPARE(entry.kind, std::string(audit_kind::exported));
    QCOMPARE(entry.action, std::string("csv"));
    QCOMPARE(entry.session, std::string("talk"));
    QVERIFY(entry.extra_json.find("a.csv") != std::string::npos);
  }
  void whatCannotBeWrittenIsToldAndNoEntry() {
    QSignalSpy finished(exports_.get(), &RoutingExports::finished);
    exports_->start(folder_->filePath("none/a.csv"), [](const QString& file, QString* error) { widgets::writeWholeFile(file, "cells", error); }, of("talk"));
    exports_->start(folder_->filePath("b.csv"), [](const QString& file, QString* error) { widgets::writeWholeFile(file, "cells", error); }, of("talk"));
    QTRY_COMPARE(finished.size(), 2);
    QVERIFY(finished[0][1].toString().contains("none/a.csv"));
    QTRY_COMPARE(audit_->log()->count({}).value(), 1);
    QVERIFY(audit_->log()->entry(1)->entry.extra_json.find("b.csv") != std::string::npos);
  }
  // The program ends while a long trace is written.
  void theEndOfTheProgramLosesNoEntry() {
    std::promise<void> inside, go;
    const QString path = folder_->filePath("long.json");
    exports_->start(path, [&, wait = go.get_future().share()](const QString& file, QString* error) {
      inside.set_value();
      wait.wait();
      widgets::writeWholeFile(file, "{}", error);
    }, of("talk"));
    inside.get_future().wait();
    go.set_value();
    exports_.reset();  // nothing of the window's thread runs in between
    const std::shared_ptr<AuditLog> log = audit_->log();
    audit_.reset();
    QVERIFY(QFile::exists(path));
    QCOMPARE(log->count({}).value(), 1);
    QVERIFY(log->entry(1)->entry.extra_json.find("long.json") != std::string::npos);
  }
};

QTEST_MAIN(TestRoutingExports)
#include "test_routing_exports.moc"
