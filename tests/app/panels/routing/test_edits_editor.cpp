// SPDX-License-Identifier: GPL-3.0-or-later
// Tests of app/shell: open_dialog
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QThreadPool>
#include <QtTest>

#include "app/panels/routing/edits_editor.h"
#include "app/shell/settings.h"
#include "tests/app/panels/routing/trace_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestEditsEditor : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void clicksMakeAndTakeBackEdits() {
    EditsEditor editor;
    editor.setLayout(randomTrace(1, 3, 8, 1).layout());
    editor.show();
    QSignalSpy edited(&editor, &EditsEditor::edited);
    auto* disable = editor.findChild<QPushButton*>(QStringLiteral("routingDisable"));
    QVERIFY(!disable->isEnabled());
    editor.setTargets({{1, 5}, {2, 0}});
    QTest::mouseClick(disable, Qt::LeftButton);
    QCOMPARE(edited.count(), 1);
    QCOMPARE(editor.edits().experts.size(), size_t{2});
    QCOMPARE(editor.edits().experts[0], (ExpertEdit{2, 5, ExpertAction::disable, 0}));
    // The same cells forced: the earlier edits are replaced, not doubled.
    QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("routingForce")), Qt::LeftButton);
    QCOMPARE(editor.edits().experts.size(), size_t{2});
    QVERIFY(editor.edits().experts[0].action == ExpertAction::force);
    auto* list = editor.findChild<QListWidget*>(QStringLiteral("routingEditList"));
    QCOMPARE(list->count(), 2);
    list->setCurrentRow(0);
    QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("routingEditRemove")), Qt::LeftButton);
    QCOMPARE(editor.edits().experts.size(), size_t{1});
    QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("routingEditClear")), Qt::LeftButton);
    QVERIFY(editor.edits().empty());
  }
  void aNegativeBoostIsCalledDamping() {
    EditsEditor editor;
    editor.setLayout(randomTrace(1, 3, 8, 1).layout());
    editor.setTargets({{1, 4}});
    editor.findChild<QDoubleSpinBox*>(QStringLiteral("routingBoostAmount"))->setValue(-9);
    auto* boost = editor.findChild<QPushButton*>(QStringLiteral("routingBoost"));
    QCOMPARE(boost->text(), QStringLiteral("Damp"));
    QTest::mouseClick(boost, Qt::LeftButton);
    QCOMPARE(editor.edits().experts.front().amount, -9.0f);
    QVERIFY(editor.findChild<QListWidget*>(QStringLiteral("routingEditList"))->item(0)->text().endsWith(QStringLiteral("damped by 9")));
    QMenu menu;
    editor.fillMenu(&menu);
    QVERIFY(std::ranges::any_of(menu.actions(), [](const QAction* each) { return each->text() == QLatin1String("Damp by 9"); }));
    editor.findChild<QDoubleSpinBox*>(QStringLiteral("routingBoostAmount"))->setValue(1);
    QCOMPARE(boost->text(), QStringLiteral("Boost"));
  }
  void theNumberOfExpertsIsAnEditToo() {
    EditsEditor editor;
    editor.setLayout(randomTrace(1, 3, 8, 1).layout());
    auto* spin = editor.findChild<QSpinBox*>(QStringLiteral("routingTopK"));
    spin->setValue(5);
    QTRY_COMPARE(editor.edits().top_k, (std::vector<TopKEdit>{{-1, 5}}));
    spin->setValue(0);
    QTRY_VERIFY(editor.edits().empty());
  }
  void theNumberOfExpertsIsOneEditHoweverItIsEntered() {
    EditsEditor editor;
    editor.setLayout(randomTrace(1, 3, 16, 1).layout());
    editor.show();
    QVERIFY(QTest::qWaitForWindowActive(&editor));
    QSignalSpy edited(&editor, &EditsEditor::edited), again(&editor, &EditsEditor::answerAgainRequested);
    auto* spin = editor.findChild<QSpinBox*>(QStringLiteral("routingTopK"));
    spin->setFocus();
    spin->selectAll();
    QTest::keyClicks(spin, QStringLiteral("12"));
    QCOMPARE(edited.count(), 0);
    QTest::keyClick(spin, Qt::Key_Return);
    QCOMPARE(edited.count(), 1);
    QCOMPARE(editor.edits().top_k, (std::vector<TopKEdit>{{-1, 12}}));
    for (int i = 0; i < 3; ++i) QTest::keyClick(spin, Qt::Key_Down);
    QCOMPARE(edited.count(), 1);
    QTRY_COMPARE(edited.count(), 2);
    QCOMPARE(editor.edits().top_k, (std::vector<TopKEdit>{{-1, 9}}));
    // It belongs to the layer that was chosen then, and an answer is asked for with it.
    QTest::keyClick(spin, Qt::Key_Up);
    editor.findChild<QComboBox*>(QStringLiteral("routingTopKLayer"))->setCurrentIndex(2);
    QCOMPARE(editor.edits().top_k, (std::vector<TopKEdit>{{-1, 10}}));
    editor.setAnswered(editor.edits());
    spin->setValue(4);
    QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("routingAnswerAgain")), Qt::LeftButton);
    QCOMPARE(again.count(), 1);
    QCOMPARE(editor.edits().top_k, (std::vector<TopKEdit>{{-1, 10}, {2, 4}}));
    // Another conversation's edits: what was not finished is dropped.
    spin->setValue(5);
    editor.setEdits({});
    edited.clear();
    spin->setFocus();
    QTest::keyClick(spin, Qt::Key_Return);
    QCOMPARE(edited.count(), 0);
    QVERIFY(editor.edits().empty());
  }
  void anAnswerIsAskedForAgainOnlyWithOtherEdits() {
    EditsEditor editor;
    editor.setLayout(randomTrace(1, 3, 8, 1).layout());
    editor.show();
    auto* again = editor.findChild<QPushButton*>(QStringLiteral("routingAnswerAgain"));
    editor.setTargets({{1, 5}});
    editor.apply(ExpertAction::disable);
    QVERIFY(!again->isEnabled());  // nothing was answered yet
    editor.setAnswered(RoutingEdits());
    QVERIFY(again->isEnabled());
    editor.setAnswered(editor.edits());
    QVERIFY(!again->isEnabled());
    editor.apply(ExpertAction::force);
    QVERIFY(again->isEnabled());
    editor.setAnswered({});
    QVERIFY(!again->isEnabled());
    editor.setAnswered(editor.edits());
    editor.findChild<QSpinBox*>(QStringLiteral("routingTopK"))->setValue(5);
    QVERIFY(again->isEnabled());  // at once, though the number is an edit a moment later
  }
  void whatIsSetAndIsNoEditIsRemembered() {
    QHash<QString, QJsonValue> disk;
    Settings settings({}, [&disk](const QString& key, const QJsonValue& value) { disk.insert(key, value); });
    {
      EditsEditor editor;
      editor.rememberIn(settings);
      editor.setLayout({});
      editor.setLayout(randomTrace(1, 3, 8, 1).layout());
      editor.findChild<QDoubleSpinBox*>(QStringLiteral("routingBoostAmount"))->setValue(-2.5);
      editor.findChild<QComboBox*>(QStringLiteral("routingTopKLayer"))->setCurrentIndex(2);
    }
    Settings again(disk);
    EditsEditor editor;
    editor.rememberIn(again);
    editor.setLayout({});  // no answer yet
    editor.setLayout(randomTrace(1, 3, 8, 1).layout());
    QCOMPARE(editor.findChild<QDoubleSpinBox*>(QStringLiteral("routingBoostAmount"))->value(), -2.5);
    QCOMPARE(editor.findChild<QComboBox*>(QStringLiteral("routingTopKLayer"))->currentIndex(), 2);
  }
  void whatIsImpossibleIsRefusedAndSaid() {
    EditsEditor editor;
    editor.setLayout(randomTrace(1, 3, 8, 1).layout());
    QList<widgets::HeatmapCell> row;
    for (int e = 0; e < 7; ++e) row.append({0, e});
    editor.setTargets(row);
    QSignalSpy edited(&editor, &EditsEditor::edited);
    editor.apply(ExpertAction::disable);  // leaves one expert for a top-k of two
    QCOMPARE(edited.count(), 0);
    QVERIFY(editor.edits().empty());
    const auto told = [&] { return editor.findChild<QLabel*>(QStringLiteral("routingEditError")); };
    QVERIFY(!told()->isHidden());
    editor.setEdits({});  // another conversation's
    QVERIFY(told()->isHidden());
  }
  void editsAreReadFromAFile() {
    QTemporaryDir folder;
    RoutingEdits written;
    written.experts.push_back({2, 5, ExpertAction::disable, 0});
    QVERIFY(written.save(folder.filePath("edits.json").toStdString()).ok());
    QFile(folder.filePath("none.json")).open(QIODevice::WriteOnly);
    EditsEditor editor;
    editor.setLayout(randomTrace(1, 3, 8, 1).layout());
    editor.show();
    const auto open = [&](const QString& name) {
      QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("routingEditLoad")), Qt::LeftButton);  // returns at once
      auto* dialog = editor.findChild<QFileDialog*>(QStringLiteral("openDialog"));
      QVERIFY(dialog);
      auto* file = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
      file->setText(folder.filePath(name));
      QTest::keyClick(file, Qt::Key_Return);
      QTRY_VERIFY(!editor.findChild<QFileDialog*>());
    };
    QSignalSpy edited(&editor, &EditsEditor::edited);
    open("edits.json");
    QTRY_COMPARE(edited.count(), 1);
    QVERIFY(editor.edits() == written);
    open("none.json");
    auto* told = editor.findChild<QLabel*>(QStringLiteral("routingEditError"));
    QTRY_VERIFY(told->text().contains("none.json"));
    QVERIFY(editor.edits() == written);
    // Another conversation came meanwhile: the file was not for it.
    QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("routingEditLoad")), Qt::LeftButton);
    auto* dialog = editor.findChild<QFileDialog*>(QStringLiteral("openDialog"));
    Q_EMIT dialog->fileSelected(folder.filePath("edits.json"));
    editor.setEdits({});
    QVERIFY(QThreadPool::globalInstance()->waitForDone(5000));
    QCoreApplication::processEvents();
    QVERIFY(editor.edits().empty());
  }
  void theFileToSaveToIsAskedFor() {
    QTemporaryDir folder;
    EditsEditor editor;
    editor.setLayout(randomTrace(1, 3, 8, 1).layout());
    editor.setTargets({{1, 5}});
    editor.apply(ExpertAction::force);
    editor.show();
    QString path;
    RoutingEdits asked;
    connect(&editor, &EditsEditor::saveRequested, this, [&](const QString& to, const RoutingEdits& edits) {
      path = to;
      asked = edits;
    });
    QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("routingEditSave")), Qt::LeftButton);
    auto* file = editor.findChild<QFileDialog*>(QStringLiteral("saveDialog"))->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
    file->setText(folder.filePath("mine"));
    QTest::keyClick(file, Qt::Key_Return);
    QTRY_COMPARE(path, folder.filePath("mine.json"));
    QVERIFY(asked == editor.edits());
  }
};

QTEST_MAIN(TestEditsEditor)
#include "test_edits_editor.moc"
