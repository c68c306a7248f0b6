// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/model_folders.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "app/shell/settings.h"

using namespace roundhouse::app;

class TestModelFolders : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void pathsAreCleanAndEachOnce() {
    const QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath("models/deep"));
    for (const char* name : {"one.GGUF", "text.txt"}) QVERIFY(QFile(folder.filePath(name)).open(QIODevice::WriteOnly));
    Settings settings;
    const QString models = folder.filePath("models"), file = folder.filePath("one.GGUF");
    const ModelPaths paths = modelPaths({models, models + "/", models + "/deep/..", file, folder.filePath("text.txt"), folder.filePath("gone")});
    QCOMPARE(paths.usable, (QStringList{models, file}));
    QCOMPARE(paths.refused, (QStringList{folder.filePath("text.txt"), folder.filePath("gone")}));
    addModelFolders(settings, paths);
    QCOMPARE(settings.texts(keys::modelFolders), (QStringList{models, file}));
    addModelFolders(settings, modelPaths({models + "/deep", models}));
    QCOMPARE(settings.texts(keys::modelFolders), (QStringList{models, file, models + "/deep"}));
  }
};

QTEST_APPLESS_MAIN(TestModelFolders)
#include "test_model_folders.moc"
