// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/resource_locator.h"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

using namespace roundhouse::app;

class TestResourceLocator : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void firstFolderThatHasTheFileWins() {
    QTemporaryDir installed, source;
    write(source.filePath("models/a.gguf"));
    const std::vector<std::filesystem::path> folders{installed.path().toStdString(), source.path().toStdString()};
    auto found = find_resource("models/a.gguf", folders);
    QVERIFY(found.ok());
    QCOMPARE(QString::fromStdString(found->string()), source.filePath("models/a.gguf"));
    write(installed.filePath("models/a.gguf"));
    QCOMPARE(QString::fromStdString(find_resource("models/a.gguf", folders)->string()),
             installed.filePath("models/a.gguf"));
  }
  void aFolderOfThatNameIsNoFile() {
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath("models/a.gguf"));
    QVERIFY(!find_resource("models/a.gguf", {folder.path().toStdString()}).ok());
  }
  void aMissingFileNamesEveryPlaceTried() {
    auto missing = find_resource("models/none", {"/nowhere/one", "/nowhere/two"});
    QVERIFY(!missing.ok());
    QVERIFY(missing.error().code == roundhouse::ErrorCode::not_found);
    const std::string text = missing.error().message();
    QVERIFY(text.find("/nowhere/one/models/none") != std::string::npos);
    QVERIFY(text.find("/nowhere/two/models/none") != std::string::npos);
    QVERIFY(!find_resource("x", {}).ok());
  }
  void installedPlaceComesBeforeTheSources() {
    const auto folders = resource_folders();
    QCOMPARE(folders.size(), std::size_t{2});
    QVERIFY(folders.front().string().ends_with("share/roundhouse"));
    QCOMPARE(QString::fromStdString(folders.back().string()), QStringLiteral(ROUNDHOUSE_SOURCE_DIR "/resources"));
  }

 private:
  static void write(const QString& path) {
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("x");
  }
};

QTEST_APPLESS_MAIN(TestResourceLocator)
#include "test_resource_locator.moc"
