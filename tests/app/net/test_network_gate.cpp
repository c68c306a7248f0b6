// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/net/network_gate.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

using namespace roundhouse;
using namespace roundhouse::app;

class TestNetworkGate : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void offlineForbidsAllAndNotesIt() {
    QTemporaryDir folder;
    NetworkGate gate(folder.filePath("connections.jsonl"));
    QUrl opened;
    gate.setBrowser([&](const QUrl& url) {
      opened = url;
      return true;
    });
    QVERIFY(gate.allow("example.org", 443, "look").ok());
    QSignalSpy changed(&gate, &NetworkGate::offlineChanged);
    gate.setOffline(true);
    gate.setOffline(true);
    QCOMPARE(changed.size(), 1);
    const Status refused = gate.allow("example.org", 8080, "look again", "weather");
    QVERIFY(!refused.ok());
    QVERIFY(refused.error().code == ErrorCode::conflict);
    QVERIFY(!gate.openExternal(QUrl("https://example.org/x"), "manual").ok());
    QVERIFY(opened.isEmpty());
    gate.setOffline(false);
    QVERIFY(gate.openExternal(QUrl("https://example.org/x"), "manual").ok());
    QCOMPARE(opened, QUrl("https://example.org/x"));
    const auto records = gate.records();
    QCOMPARE(records.size(), 4);
    QCOMPARE(records[1].host, QString("example.org:8080"));
    QCOMPARE(records[1].by, QString("weather"));
    QVERIFY(!records[1].allowed);
    QVERIFY(records[3].allowed);
    QCOMPARE(records[3].host, QString("example.org:443"));
  }
  void onlyWebPagesAreOpened() {
    NetworkGate gate({});
    bool asked = false;
    gate.setBrowser([&](const QUrl&) { return asked = true; });
    QVERIFY(!gate.openExternal(QUrl("file:///etc/passwd"), "x").ok());
    QVERIFY(!gate.openExternal(QUrl("javascript:alert(1)"), "x").ok());
    QVERIFY(!gate.openExternal(QUrl("https:///nohost"), "x").ok());
    QVERIFY(!asked);
    gate.setBrowser([](const QUrl&) { return false; });
    const Status failed = gate.openExternal(QUrl("http://example.org"), "x");
    QVERIFY(!failed.ok());
    QVERIFY(failed.error().code == ErrorCode::io);
  }
  void recordsSurviveARestartAndADamagedLine() {
    QTemporaryDir folder;
    const QString path = folder.filePath("connections.jsonl");
    QList<ConnectionRecord> before;
    {
      NetworkGate gate(path);
      QVERIFY(gate.allow("a.example", 0, "first \"quoted\"").ok());
      QVERIFY(gate.allow("b.example", 443, QString::fromUtf8("第二")).ok());
      before = gate.records();
    }
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append));
    file.write("{\"time\":\"2026-");
    file.close();
    NetworkGate again(path);
    QCOMPARE(again.records().size(), 2);
    QCOMPARE(again.records()[1].purpose, before[1].purpose);
    QCOMPARE(again.records()[0].host, QString("a.example"));
    again.clear();
    QVERIFY(!QFile::exists(path));
    QVERIFY(NetworkGate(path).records().isEmpty());
  }
  void theLogStaysBounded() {
    QTemporaryDir folder;
    const QString path = folder.filePath("connections.jsonl");
    NetworkGate gate(path);
    for (int i = 0; i < NetworkGate::kKept * 2; ++i) QVERIFY(gate.allow(QString("h%1.example").arg(i), 1, "x").ok());
    QVERIFY(gate.records().size() <= NetworkGate::kKept * 11 / 10 + 1);
    QCOMPARE(gate.records().last().host, QString("h%1.example:1").arg(NetworkGate::kKept * 2 - 1));
    NetworkGate again(path);
    QCOMPARE(again.records().size(), NetworkGate::kKept);
    QCOMPARE(again.records().last().host, gate.records().last().host);
  }
};

QTEST_GUILESS_MAIN(TestNetworkGate)
#include "test_network_gate.moc"
