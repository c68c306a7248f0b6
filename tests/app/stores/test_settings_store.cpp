// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/settings_store.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <QJsonArray>
#include <QJsonObject>
#include <QSignalSpy>

#include <csignal>

#include "tests/app/stores/store_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestSettingsStore : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keepsEveryKindOfValue() {
    const Folder folder;
    const QHash<QString, QJsonValue> values = {
        {QStringLiteral("look/theme"), QStringLiteral("dark")},
        {QStringLiteral("look/text_scale"), 1.15},
        {QStringLiteral("network/offline"), true},
        {QStringLiteral("models/folders"), QJsonArray{QStringLiteral("/a, b"), QStringLiteral("/模型\n;\"x\"=%1@")}},
        {QStringLiteral("shortcuts/chat.new"), QStringLiteral("Ctrl+N, @")},
        {QStringLiteral("presets/mine"), QJsonObject{{QStringLiteral("temperature"), 0.2}}},
        {QStringLiteral("empty/text"), QStringLiteral("")},
        {QStringLiteral("odd key/ä=;#\\"), QJsonValue()},
        {QStringLiteral("looks like/json"), QStringLiteral("[1]")},
        {QStringLiteral("top"), QStringLiteral("true")}};
    const QString file = folder.path("config/settings.ini");
    {
      SettingsStore store(file);
      QVERIFY(store.read().isEmpty());
      for (auto each = values.begin(); each != values.end(); ++each) store.write(each.key(), each.value());
    }
    SettingsStore store(file);
    QCOMPARE(store.read(), values);
    store.write(QStringLiteral("look/theme"), QJsonValue(QJsonValue::Undefined));
    QVERIFY(store.flush().ok());
    QCOMPARE(store.read().size(), values.size() - 1);
    QVERIFY(!store.read().contains(QStringLiteral("look/theme")));
    QVERIFY(!(QFile::permissions(folder.path("config")) & (QFile::ReadGroup | QFile::ReadOther)));
  }

  void writesSoonAndNotOnTheCallersThread() {
    const Folder folder;
    SettingsStore store(folder.path("settings.ini"));
    store.write(QStringLiteral("a"), 1);
    store.write(QStringLiteral("a"), 2);
    QVERIFY(!QFile::exists(store.file()));  // nothing happens here and now
    QTRY_VERIFY_WITH_TIMEOUT(store.read().value(QStringLiteral("a")) == QJsonValue(2), 2000);
    // An older value never overtakes a newer one.
    for (int n = 0; n < 50; ++n) {
      store.write(QStringLiteral("a"), n);
      if (n % 7 == 0) QVERIFY(store.flush().ok());
      if (n % 10 == 0) QTest::qWait(1);
    }
    QVERIFY(store.flush().ok());
    QCOMPARE(store.read().value(QStringLiteral("a")), QJsonValue(49));
  }

  void twoWindowsKeepEachOthersKeys() {
    const Folder folder;
    SettingsStore one(folder.path("settings.ini")), two(folder.path("settings.ini"));
    one.write(QStringLiteral("from/one"), 1);
    QVERIFY(one.flush().ok());
    two.write(QStringLiteral("from/two"), 2);
    QVERIFY(two.flush().ok());
    one.write(QStringLiteral("from/one"), 3);
    QVERIFY(one.flush().ok());
    const auto values = SettingsStore(folder.path("settings.ini")).read();
    QCOMPARE(values.value(QStringLiteral("from/one")), QJsonValue(3));
    QCOMPARE(values.value(QStringLiteral("from/two")), QJsonValue(2));
  }

  void takesWhatAPersonWrote() {
    const Folder folder;
    writeFile(folder.path("settings.ini"), "[look]\ntheme=dark\ntext_scale=1.5\n[models]\nfolders=[\"/a\"]\nlast=/a, b\n");
    const auto values = SettingsStore(folder.path("settings.ini")).read();
    QCOMPARE(values.value(QStringLiteral("look/theme")), QJsonValue(QStringLiteral("dark")));
    QCOMPARE(values.value(QStringLiteral("look/text_scale")), QJsonValue(1.5));
    QVERIFY(values.contains(QStringLiteral("models/folders")));
  }

  void whatIsNoFileIsSetAsideAndNotWaitedFor() {
    const Folder folder;
    const QString file = folder.path("settings.ini");
    QCOMPARE(::mkfifo(QFile::encodeName(file).constData(), 0600), 0);
    SettingsStore store(file);
    Error warning;
    QVERIFY(store.read(&warning).isEmpty());
    QVERIFY(warning.code == ErrorCode::malformed && !QFile::exists(file));
    store.write(QStringLiteral("a"), 1);
    QVERIFY(store.flush().ok());
  }
  void setsADamagedFileAside() {
    const Folder folder;
    const QString file = folder.path("settings.ini");
    QByteArray noise;
    for (int i = 0; i < 5000; ++i) noise += static_cast<char>(i * 37 % 251);
    writeFile(file, noise);
    SettingsStore store(file);
    Error warning;
    const auto values = store.read(&warning);
    // Either it says that it is no INI file and keeps it, or nothing in it can be mistaken for settings of ours.
    QVERIFY(warning.code == ErrorCode::malformed);
    QVERIFY(values.isEmpty());
    QVERIFY(!QFile::exists(file));
    QCOMPARE(folder.files().size(), 1);
    QCOMPARE(fileBytes(folder.path(folder.files()[0])), noise);
    store.write(QStringLiteral("a"), 1);
    QVERIFY(store.flush().ok());
    QCOMPARE(store.read().size(), 1);
  }

  void keepsTryingWhenItCannotWrite() {
    const Folder folder;
    writeFile(folder.path("in the way"), {});
    SettingsStore store(folder.path("in the way/settings.ini"));
    QSignalSpy failed(&store, &SettingsStore::failed);
    store.write(QStringLiteral("a"), 1);
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, 3000);
    const auto error = failed[0][0].value<Error>();
    QVERIFY(error.code == ErrorCode::io);
    QVERIFY2(error.message().find("in the way") != std::string::npos, error.message().c_str());
    const Status refused = store.flush();
    QVERIFY(!refused.ok());
    QFile::remove(folder.path("in the way"));
    store.write(QStringLiteral("b"), 2);
    QVERIFY(store.flush().ok());
    QCOMPARE(store.read().size(), 2);  // the first one, too
  }

  void keepsTheOldFileOnAFullDisk() {
    const Folder folder;
    SettingsStore store(folder.path("settings.ini"));
    store.write(QStringLiteral("a"), 1);
    QVERIFY(store.flush().ok());
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto old = ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before;
    limit.rlim_cur = 10;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    store.write(QStringLiteral("b"), QString(5000, QLatin1Char('x')));
    const Status full = store.flush();
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, old);
    QVERIFY(!full.ok());
    QCOMPARE(SettingsStore(store.file()).read().value(QStringLiteral("a")), QJsonValue(1));
    QVERIFY(store.flush().ok());
    QCOMPARE(store.read().size(), 2);
  }

  void standsWhereTheUserSaysOrTheSystem() {
    qputenv("ROUNDHOUSE_DATA", "/own/place");
    QCOMPARE(SettingsStore::defaultFile(), QStringLiteral("/own/place/settings.ini"));
    qunsetenv("ROUNDHOUSE_DATA");
    qputenv("XDG_CONFIG_HOME", "/xdg/config");
    QCOMPARE(SettingsStore::defaultFile(), QStringLiteral("/xdg/config/roundhouse/settings.ini"));
  }
};

QTEST_GUILESS_MAIN(TestSettingsStore)
#include "test_settings_store.moc"
