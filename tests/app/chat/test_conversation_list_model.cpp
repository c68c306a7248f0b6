// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_list_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QtTest>

#include <algorithm>
#include <random>

using namespace roundhouse::app;

class TestConversationListModel : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Whatever follows whatever: the rows are what was listed, and a row that stays keeps its persistent index.
  void anyListFollowsAnyOther() {
    ConversationListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
      QList<ConversationSummary> next;
      for (int i = 0; i < 12; ++i) {
        if (random() % 3) next.append({QString::number(i), QString("title %1").arg(random() % 4), qint64(random() % 1000), 2, {}});
      }
      std::shuffle(next.begin(), next.end(), random);
      QHash<QString, QPersistentModelIndex> kept;
      for (int row = 0; row < model.rowCount(); ++row) kept.insert(model.conversations()[row].id, QPersistentModelIndex(model.index(row)));
      model.setConversations(next);
      QCOMPARE(model.conversations(), next);
      for (auto each = kept.begin(); each != kept.end(); ++each) QCOMPARE(each->isValid() ? each->row() : -1, model.rowOf(each.key()));
      const QString busy = QString::number(random() % 12);
      model.setBusy(busy, random() % 2);
    }
  }
  void whatDidNotChangeIsNotTold() {
    ConversationListModel model;
    const QList<ConversationSummary> rows{{"a", "A", 2, 1, {}}, {"b", "B", 1, 1, {}}};
    model.setConversations(rows);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged), inserted(&model, &QAbstractItemModel::rowsInserted),
        removed(&model, &QAbstractItemModel::rowsRemoved), moved(&model, &QAbstractItemModel::rowsMoved), reset(&model, &QAbstractItemModel::modelReset);
    model.setConversations(rows);
    QCOMPARE(changed.size() + inserted.size() + removed.size() + moved.size() + reset.size(), 0);
    model.setBusy("b", true);
    model.setBusy("b", true);
    QCOMPARE(changed.size(), 1);
    QVERIFY(model.index(1).data(ConversationListModel::BusyRole).toBool());
    QVERIFY(model.index(1).data(Qt::AccessibleTextRole).toString().contains("answering"));
  }
  void editingAsksAndChangesNothing() {
    ConversationListModel model;
    model.setConversations({{"a", "A", 0, 1, {}}});
    QSignalSpy asked(&model, &ConversationListModel::renameRequested);
    QVERIFY(model.setData(model.index(0), "  new\n name "));
    QCOMPARE(asked.value(0), (QList<QVariant>{"a", "new name"}));
    QCOMPARE(model.index(0).data().toString(), QString("A"));
    QVERIFY(!model.setData(model.index(0), "  "));
    QVERIFY(!model.setData(model.index(0), "A"));
    QCOMPARE(asked.size(), 1);
  }
};

QTEST_APPLESS_MAIN(TestConversationListModel)
#include "test_conversation_list_model.moc"
