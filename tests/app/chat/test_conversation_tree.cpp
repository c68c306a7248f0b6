// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_tree.h"

#include <QtTest>

#include <random>

using namespace roundhouse;
using namespace roundhouse::app;

class TestConversationTree : public QObject {
  Q_OBJECT

 private:
  static ChatMessage message(const QString& id, const QString& parent, Role role = Role::user) {
    ChatMessage made;
    made.id = id;
    made.parent = parent;
    made.content = Message::text(role, id.toStdString());
    return made;
  }
  // u1 - a1 - u2 - a2
  //        \- u2b
  //    \- a1b
  static ConversationTree example() {
    ConversationTree tree;
    tree.add(message("u1", ""));
    tree.add(message("a1", "u1"));
    tree.add(message("u2", "a1"));
    tree.add(message("a2", "u2"));
    tree.add(message("u2b", "a1"));
    tree.add(message("a1b", "u1"));
    return tree;
  }

 private Q_SLOTS:
  void theLastAddedIsTheEndOfThePath() {
    ConversationTree tree = example();
    QCOMPARE(tree.path(), (QStringList{"u1", "a1b"}));
    QCOMPARE(tree.siblings("a1"), (QStringList{"a1", "a1b"}));
    QCOMPARE(tree.siblings("u2b"), (QStringList{"u2", "u2b"}));
  }
  void aBranchIsFoundAgainWhereItWasLeft() {
    ConversationTree tree = example();
    tree.select("a1");
    QCOMPARE(tree.path(), (QStringList{"u1", "a1", "u2b"}));  // where it was left last
    tree.select("u2");
    QCOMPARE(tree.path(), (QStringList{"u1", "a1", "u2", "a2"}));
    tree.select("a1b");
    tree.select("a1");
    QCOMPARE(tree.path(), (QStringList{"u1", "a1", "u2", "a2"}));
  }
  void refusesWhatHasNoPlace() {
    ConversationTree tree = example();
    const QStringList before = tree.path();
    QVERIFY(!tree.add(message("u1", "")));
    QVERIFY(!tree.add(message("x", "nowhere")));
    QVERIFY(!tree.add(message("", "u1")));
    QCOMPARE(tree.path(), before);
    QCOMPARE(tree.size(), 6);
    tree.setLeaf("nowhere");
    tree.select("nowhere");
    QCOMPARE(tree.path(), before);
  }
  void continuingFromTheMiddleBranches() {
    ConversationTree tree = example();
    tree.setLeaf("");
    QVERIFY(tree.path().isEmpty());
    tree.add(message("other", ""));
    QCOMPARE(tree.siblings("u1"), (QStringList{"u1", "other"}));
    tree.select("u1");
    QCOMPARE(tree.path().first(), QString("u1"));
  }
  void staysATreeUnderRandomUse() {
    std::mt19937 random(7);
    for (int round = 0; round < 30; ++round) {
      ConversationTree tree;
      for (int step = 0; step < 120; ++step) {
        const QStringList ids = tree.ids();
        const QString any = ids.isEmpty() ? QString() : ids[random() % ids.size()];
        switch (random() % 4) {
          case 0:
          case 1:
          case 2: QVERIFY(tree.add(message(QString("%1.%2").arg(round).arg(step), random() % 8 ? any : QString()))); break;
          case 3: tree.select(any); break;
        }
        QSet<QString> seen;
        for (const QString& id : tree.ids()) {
          const ChatMessage* at = tree.find(id);
          QVERIFY(at);
          QVERIFY(at->parent.isEmpty() || seen.contains(at->parent));  // parents first
          seen.insert(id);
          QVERIFY(tree.siblings(id).contains(id));
        }
        QCOMPARE(seen.size(), tree.size());
        const QStringList path = tree.path();
        for (qsizetype i = 1; i < path.size(); ++i) QCOMPARE(tree.find(path[i])->parent, path[i - 1]);
        if (!path.isEmpty()) QVERIFY(tree.find(path.first())->parent.isEmpty());
      }
    }
  }
};

QTEST_APPLESS_MAIN(TestConversationTree)
#include "test_conversation_tree.moc"
