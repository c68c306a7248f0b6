// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QtTest>

#include "app/panels/routing/edits_editor.h"
#include "tests/app/panels/trace_fixture.h"

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
    spin->setValue(4);
    QTest::mouseClick(editor.findChild<QPushButton*>(QStringLiteral("routingAnswerAgain")), Qt::LeftButton);
    QCOMPARE(again.count(), 1);
    QCOMPARE(editor.edits().top_k, (std::vector<TopKEdit>{{-1, 10}, {2, 4}}));
    // Another conversation's edits: what was not finished is dropped.
    spin->setValue(5);
    editor.setEdits({});
    QTest::qWait(500);
    QVERIFY(editor.edits().empty());
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
};

QTEST_MAIN(TestEditsEditor)
#include "test_edits_editor.moc"
