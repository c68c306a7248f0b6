// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_changes.h"

#include <QtTest>

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

ChatMessage message(const QString& id, const QString& parent, const char* text) {
  ChatMessage made;
  made.id = id;
  made.parent = parent;
  made.content = Message::text(parent.isEmpty() ? Role::user : Role::assistant, text);
  return made;
}

Conversation conversation() {
  Conversation made;
  made.id = "c";
  made.title = "Title";
  made.createdMs = 1;
  made.updatedMs = 2;
  made.systemPrompt = "Brief.";
  made.sampling.temperature = 0.5f;
  made.edits.experts = {{1, 2, ExpertAction::disable, 0}};
  made.tree.add(message("q", {}, "question"));
  made.tree.add(message("a", "q", "answer"));
  made.tree.add(message("b", "q", "another"));
  made.tree.setLeaf("a");
  return made;
}

}  // namespace

class TestConversationChanges : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void theWholeMakesTheSameConversation() {
    Conversation copy;
    ConversationChanges::whole(conversation()).applyTo(copy);
    QCOMPARE(conversationToJson(copy), conversationToJson(conversation()));
    QCOMPARE(copy.tree.path(), conversation().tree.path());
    QVERIFY(copy.edits == conversation().edits);
  }
  void whatIsAbsentStays() {
    Conversation changed = conversation(), expected = conversation();
    ConversationChanges title;
    title.id = "c";
    title.title = expected.title = "Other";
    title.applyTo(changed);
    QCOMPARE(conversationToJson(changed), conversationToJson(expected));
  }
  void whatSomebodyChangedIsWrittenInAnyCase() {
    ConversationChanges whole = ConversationChanges::whole(conversation()), title, text;
    whole.anew = whole.ifNewer = true;
    title.title = "Other";
    text.messages = {message("q", {}, "question, and more")};
    const auto together = [](ConversationChanges first, const ConversationChanges& second) {
      first.add(second);
      return first.ifNewer;
    };
    QVERIFY(together(whole, whole) && together(whole, text) && together(text, whole));
    QVERIFY(!together(whole, title) && !together(title, whole) && !together(text, text) && !together(title, text));
  }
  void whatCameLaterCounts() {
    ConversationChanges changes, later;
    changes.created = true;
    changes.title = "one";
    changes.systemPrompt = "Brief.";
    changes.removedMs = 5;
    changes.messages = {message("q", {}, "question"), message("a", "q", "so far")};
    later.title = "two";
    later.removedMs = 0;
    later.bringBack = true;
    later.messages = {message("a", "q", "so far and on"), message("n", "a", "next")};
    changes.add(later);
    QVERIFY(changes.created && changes.bringBack);
    QCOMPARE(*changes.title, QString("two"));
    QCOMPARE(*changes.systemPrompt, QString("Brief."));
    QCOMPARE(*changes.removedMs, 0);
    QCOMPARE(changes.messages.size(), 3);
    QCOMPARE(visibleText(changes.messages[1].content), QString("so far and on"));
    Conversation made;
    changes.applyTo(made);
    QCOMPARE(made.tree.pathTo("n"), (QStringList{"q", "a", "n"}));
  }
  void whatComesWholeHasTheParentsOfWhatWaits() {
    ConversationChanges changes;
    changes.messages = {message("n", "a", "next"), message("other", "n", "not here")};
    Conversation here = conversation();
    here.tree.add(message("n", "a", "next and on"));
    ConversationChanges whole = ConversationChanges::whole(here);
    whole.anew = true;
    changes.add(whole);
    QVERIFY(changes.created && changes.anew);
    QStringList ids;
    for (const ChatMessage& each : changes.messages) ids.append(each.id);
    QCOMPARE(ids, (QStringList{"q", "a", "b", "n", "other"}));
    QCOMPARE(visibleText(changes.messages[3].content), QString("next and on"));
  }
};

QTEST_GUILESS_MAIN(TestConversationChanges)
#include "test_conversation_changes.moc"
