// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/window_settings.h"

#include <QFile>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

std::filesystem::path write(const QTemporaryDir& folder, const QByteArray& bytes) {
  QFile file(folder.filePath("settings.ini"));
  if (!file.open(QIODevice::WriteOnly)) return {};
  file.write(bytes);
  return file.fileName().toStdString();
}

}  // namespace

class TestWindowSettings : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void readsWhatQtWrites() {
    QTemporaryDir folder;
    const QString name = folder.filePath("settings.ini");
    {
      // As the window's store does: each value as JSON text.
      QSettings settings(name, QSettings::IniFormat);
      settings.setValue("audit/texts", "false");
      settings.setValue("network/offline", "true");
      settings.setValue("look/language", "\"zh_CN\"");
      settings.setValue("models/folders", "[\"/a b\",\"c;d\"]");
      settings.setValue("window/layout", QByteArray("\x01\x02\xff").toBase64());
    }
    const auto settings = read_window_settings(name.toStdString());
    QVERIFY2(settings.ok(), settings.ok() ? "" : settings.error().message().c_str());
    QVERIFY(!settings->audit_texts && settings->offline);
    QCOMPARE(settings->language, std::string("zh"));
  }
  void defaults() {
    QTemporaryDir folder;
    const auto none = read_window_settings(folder.filePath("none.ini").toStdString());
    QVERIFY(none->audit_texts && !none->offline);
    const auto others = read_window_settings(write(folder, "[network]\nother=1\n[look]\nlanguage=\"\\\"en\\\"\"\n; remark\n\n"));
    QVERIFY(others->audit_texts && !others->offline);
    QCOMPARE(others->language, std::string("en"));
  }
  void whatCannotBeReadIsAnError() {
    QTemporaryDir folder;
    QCOMPARE(read_window_settings(write(folder, "[audit]\ntexts=perhaps\n")).error().code, ErrorCode::malformed);
    QCOMPARE(read_window_settings(write(folder, "\x7f" "ELF\x02\x01")).error().code, ErrorCode::malformed);
  }
  // Each returns at once.
  void whatIsNoFileIsAnErrorAndNotWaitedFor() {
    QTemporaryDir folder;
    const auto pipe = folder.filePath("pipe").toStdString();
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    for (const std::string& path : {pipe, std::string("/dev/zero"), folder.path().toStdString()}) {
      const auto settings = read_window_settings(path);
      QVERIFY2(!settings.ok(), path.c_str());
      QVERIFY2(settings.error().message().find("read settings: " + path + ": expected a regular file") == 0, settings.error().message().c_str());
    }
    QCOMPARE(read_window_settings(write(folder, QByteArray(17 << 20, ' '))).error().code, ErrorCode::limit);
  }
  void itsPlaceFollowsTheEnvironment() {
    qputenv("ROUNDHOUSE_DATA", "/data");
    QCOMPARE(window_settings_file(), std::filesystem::path("/data/settings.ini"));
    qunsetenv("ROUNDHOUSE_DATA");
    qputenv("XDG_CONFIG_HOME", "/config");
    QCOMPARE(window_settings_file(), std::filesystem::path("/config/roundhouse/settings.ini"));
    qunsetenv("XDG_CONFIG_HOME");
    qputenv("HOME", "/home/someone");
    QCOMPARE(window_settings_file(), std::filesystem::path("/home/someone/.config/roundhouse/settings.ini"));
  }
};

QTEST_APPLESS_MAIN(TestWindowSettings)
#include "test_window_settings.moc"
