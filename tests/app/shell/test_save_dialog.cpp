// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QFileDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QTemporaryDir>
#include <QtTest>

#include "app/shell/save_dialog.h"

using namespace roundhouse::app;

class TestSaveDialog : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  QWidget window_;
  QStringList chosen_;

  QFileDialog* ask(const QString& name) {
    chosen_.clear();
    askSavePath(&window_, "Export", name, {"CSV (*.csv)", "JSON with proof (*.json)"}, [this](const QString& path) { chosen_.append(path); });
    return window_.findChild<QFileDialog*>("saveDialog");
  }
  QString path(const QString& name) const { return folder_.filePath(name); }
  static void type(QFileDialog* dialog, const QString& name) {
    auto* edit = dialog->findChild<QLineEdit*>("fileNameEdit");
    edit->setText(name);
    QTest::keyClick(edit, Qt::Key_Return);
  }

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(folder_.isValid());
    window_.show();
  }
  void cleanup() {
    for (auto* dialog : window_.findChildren<QFileDialog*>()) delete dialog;
  }

  void aNameWithoutASuffixGetsThatOfTheFilter() {
    QFileDialog* dialog = ask("picture");
    QCOMPARE(dialog->findChild<QLineEdit*>("fileNameEdit")->text(), QString("picture.csv"));
    type(dialog, path("one"));
    QCOMPARE(chosen_, QStringList{path("one.csv")});
  }
  void theSuffixFollowsTheFilter() {
    QFileDialog* dialog = ask("picture");
    auto* types = dialog->findChild<QComboBox*>("fileTypeCombo");
    types->setFocus();
    QTest::keyClick(types, Qt::Key_Down);
    QCOMPARE(dialog->findChild<QLineEdit*>("fileNameEdit")->text(), QString("picture.json"));
    type(dialog, path("two"));
    QCOMPARE(chosen_, QStringList{path("two.json")});
  }
  void writingOverAFileIsAskedAlsoWhenTheSuffixWasLeftOut() {
    QFile there(path("three.csv"));
    QVERIFY(there.open(QIODevice::WriteOnly));
    QFileDialog* dialog = ask("picture");
    bool asked = false;
    QTimer answer;
    connect(&answer, &QTimer::timeout, this, [&] {
      auto* question = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
      if (!question) return;
      asked = true;
      answer.stop();
      question->button(QMessageBox::No)->click();
    });
    answer.start(5);
    type(dialog, path("three"));
    QVERIFY(asked);
    QVERIFY(chosen_.isEmpty() && dialog->isVisible());
  }
};

QTEST_MAIN(TestSaveDialog)
#include "test_save_dialog.moc"
