// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/dialog_folders.h"

#include <QFileDialog>
#include <QLineEdit>
#include <QTemporaryDir>
#include <QtTest>

#include "app/shell/model_folders.h"
#include "app/shell/open_dialog.h"
#include "app/shell/save_dialog.h"
#include "app/shell/settings.h"

using namespace roundhouse::app;

class TestDialogFolders : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aDialogBeginsWhereTheLastOfItsKindEnded() {
    const QTemporaryDir first, second;
    QFile(second.filePath("there.csv")).open(QIODevice::WriteOnly);
    QHash<QString, QJsonValue> disk;
    const auto write = [&disk](const QString& key, const QJsonValue& value) { disk.insert(key, value); };
    const auto run = [&](const QString& saveTo) {
      Settings settings(disk, write);
      const DialogFolders folders(*qApp, settings);
      QWidget window;
      window.show();
      QString saved;
      askSavePath(&window, "Export", "name", {"CSV (*.csv)"}, [&](const QString& path) { saved = path; });
      auto* dialog = window.findChild<QFileDialog*>();
      const QString began = dialog->directory().absolutePath();
      auto* name = dialog->findChild<QLineEdit*>("fileNameEdit");
      if (name->text() != "name.csv") return QString("another name");
      if (!saveTo.isEmpty()) name->setText(saveTo);
      QTest::keyClick(name, Qt::Key_Return);
      if (!QTest::qWaitFor([&] { return !saved.isEmpty(); })) return QString("not saved");
      return began;
    };
    run(first.filePath("a.csv"));
    QCOMPARE(run({}), first.path());  // the next run; the name alone saves into the same folder
    QVERIFY(QFileInfo(first.path()).isDir());
    Settings settings(disk, write);
    const DialogFolders folders(*qApp, settings);
    QWidget window;
    window.show();
    askOpenPath(&window, "Open", "CSV (*.csv)", [](const QString&) {});
    auto* dialog = window.findChild<QFileDialog*>();
    dialog->setDirectory(second.path());
    auto* name = dialog->findChild<QLineEdit*>("fileNameEdit");
    name->setText("there.csv");
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_COMPARE(disk.value("window/folder_to_open").toString(), second.path());
    QCOMPARE(disk.value("window/folder_to_save").toString(), first.path());
    disk.insert("window/folder_to_choose", "/no/such/folder");
    Settings later(disk, write);
    const DialogFolders again(*qApp, later);
    QWidget other;
    other.show();
    askForModelFolder(&other, [](const ModelPaths&) {});
    QVERIFY(other.findChild<QFileDialog*>()->isVisible());
  }
};

QTEST_MAIN(TestDialogFolders)
#include "test_dialog_folders.moc"
