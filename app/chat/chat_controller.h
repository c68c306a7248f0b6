// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QSet>
#include <QString>
#include <QTimer>

#include <functional>
#include <optional>

#include "app/bridge/audit_service.h"
#include "app/bridge/session_hub.h"
#include "app/chat/conversation_library.h"
#include "roundhouse/cancel.h"

namespace roundhouse::app {

// What chatting does, without widgets: conversations are opened, asked, answered, branched and written down here. One
// conversation is shown; others go on answering in the background. GUI thread only, never blocks.
class ChatController : public QObject {
  Q_OBJECT
 public:
  struct Times {
    int undoMs = 12'000;  // so long a removed conversation can be brought back
    int saveMs = 400;     // so soon a growing answer is written down
  };

  ChatController(EngineController& engine, SessionHub& sessions, ConversationLibrary& library, const Times& times);
  ChatController(EngineController& engine, SessionHub& sessions, ConversationLibrary& library)
      : ChatController(engine, sessions, library, Times()) {}
  ~ChatController() override;

  const Conversation& current() const { return open_.constFind(current_).value(); }
  const ConversationTree& tree() const { return current().tree; }
  bool busy() const { return busy(current_); }
  // The answer is asked for but waits until a model is loaded.
  bool waitingForModel() const { return waiting_.contains(current_); }
  // Why the routing edits of the shown conversation are not in force although it keeps them: they do not fit the
  // current model.
  std::optional<Error> editsRefused() const;

  // An empty conversation with the settings of the last one; written down with its first message.
  void startNew();
  void open(const QString& id);
  // As open(), for the conversation that was shown last, unless something else is begun or asked for meanwhile. Nothing
  // happens when it is gone.
  void reopen(const QString& id);
  // The question and its answer's place are added and written down before the engine is asked. Text and files may not
  // both be empty. False: nothing happened (busy, or empty).
  bool send(const QString& text, std::vector<Part> files = {});
  // How tools are called; empty: they cannot be.
  using ToolResult = std::function<void(const Result<ToolResultPart>&)>;
  using CallTool = std::function<void(const ToolCallPart&, const QString& conversation, const CancelToken&, QObject* context, ToolResult done)>;
  void setToolCaller(CallTool call) { call_tool_ = std::move(call); }
  // Calls a tool as a person asked for it by `typed`: the conversation on show is busy meanwhile, and stop() cancels. What
  // was asked and what the tool gave become a question and its answer, written down like the others; the model sees both
  // with the next question. Else toolFailed() follows. False: it is busy.
  bool callTool(const QString& typed, const ToolCallPart& call);
  // Another answer to the same question, as a branch; with other edits than the conversation's when given. Under other
  // edits than `answer` had it is drawn with the same seed, so that the two can be compared. A tool's answer comes from
  // the tool again.
  bool regenerate(const QString& answer, std::optional<RoutingEdits> edits = std::nullopt);
  // The question in other words, as a branch; its files stay. The answer follows.
  bool editQuestion(const QString& question, const QString& text);
  void stop();
  // Reads the tokens and the routing of an answer of an earlier run; messageChanged() follows when they are kept.
  void recall(const QString& answer);
  void selectBranch(const QString& message);

  void rename(const QString& id, const QString& title);
  // Out of the list; deleted for good when Times::undoMs have passed without restore().
  void remove(QString id, const QString& title = {});
  void restore(QString id);
  // What restore() can bring back, newest last.
  struct Removed {
    QString id, title;
    qint64 atMs = 0, untilMs = 0;  // UTC
  };
  const QList<Removed>& removed() const { return removed_; }
  // Destroys the texts of a removed conversation in the audit log, and then the conversation; from now on it cannot be
  // brought back. redacted() or redactionFailed() follows: with the latter it can be brought back again.
  void redact(const QString& id, const QString& reason, AuditService& audit);
  // Holds time still for what can be brought back, while a person thinks about it.
  void holdRemoved(bool hold);
  void setSystemPrompt(const QString& prompt);
  void setSampling(const SamplingSettings& sampling);
  // Whether tokens and routing of coming answers are kept for later runs.
  void setKeepsAnswers(bool keeps) { keeps_answers_ = keeps; }
  // Takes in a conversation read from a file, under new ids, and shows it.
  void import(Conversation conversation);

  // The messages that the engine would get for an answer below `question`.
  static std::vector<Message> requestMessages(const Conversation& conversation, const QString& question);

 Q_SIGNALS:
  void currentChanged();                          // another conversation is shown
  void pathChanged();                             // other messages on the path
  void messageChanged(const QString& message);    // content or facts of a message on the path
  void propertiesChanged();                       // title, system prompt, sampling
  void busyChanged();
  void removedChanged();                          // removed()
  void redacted(const roundhouse::AuditReceipt& receipt);
  void redactionFailed(const roundhouse::Error& error);
  void problem(const roundhouse::Error& error);   // beside the conversation: storage
  void toolAnswered(const QString& conversation);
  void toolFailed(const QString& typed, const roundhouse::Error& error);
  // Another program has deleted a conversation that is open here. `back`: all of it is written anew, because it goes on
  // here; else nothing is, until it does.
  void deletedElsewhere(const QString& title, bool back);

 private:
  bool busy(const QString& id) const { return sessions_.busy(id) || waiting_.contains(id) || tools_.contains(id); }
  // `question`: the answer is another one to that; empty: to what was typed.
  bool runTool(const QString& typed, const ToolCallPart& call, const QString& question);
  bool addToolAnswer(const QString& id, const QString& typed, const QString& question, const ToolCallPart& call, const ToolResultPart& result);
  Conversation* find(const QString& id);
  void show(const QString& id);
  void showLoaded(const QString& id, Conversation conversation);
  void showAnswer();
  void applyEdits(const Conversation& conversation);
  void keep(const Conversation& conversation, ConversationChanges changes);
  void append(Conversation& conversation, const ChatMessage& message, ConversationChanges changes = {});
  void missing(const QString& id, bool messages);
  void saveWhole();
  void lookForNews();
  void takeEarlier(const ConversationChanges& theirs);
  void takeNews(const Conversation& theirs);
  bool ask(Conversation& conversation, const QString& question, RoutingEdits edits, std::optional<quint64> seed = std::nullopt);
  void submitWaiting();
  void take(const AnswerSnapshotPtr& snapshot);
  void recallNewest(const QString& id, QStringList answers, qint64 bytes);
  void recalled(const QString& id, const QString& answer, AnswerSnapshot kept);
  void dropIdle();
  void saveGrowing();
  void purge();
  void offerBack(Removed removed);
  void purgeNow(const QString& id);

  struct Waiting {
    QString answer;
    RoutingEdits edits;
    std::optional<quint64> seed;  // absent: the conversation's
  };

  const Times times_;
  EngineController& engine_;
  SessionHub& sessions_;
  ConversationLibrary& library_;
  QHash<QString, Conversation> open_;   // the current one, and those that are being answered or saved
  QString current_;
  QSet<QString> stored_;                // conversations the library has or has been given
  bool keeps_answers_ = true;
  QHash<QString, Waiting> waiting_;     // by conversation: until a model is loaded
  QHash<QString, CancelToken> tools_;   // by conversation: a tool is answering
  QHash<QString, AnswerSnapshotPtr> growing_;  // by answer: what is not yet in its message, and not written down
  QTimer save_;
  QList<Removed> removed_;
  QHash<QString, Removed> redacting_;   // taken out of removed_, not yet deleted
  QTimer purge_;
  bool held_ = false;
  bool applying_ = false;               // the hub's edits change because the model does
  bool news_ = false;                   // others may have written to the conversation on show
  CallTool call_tool_;
  quint64 opening_ = 0;                 // only the last open() counts
};

}  // namespace roundhouse::app
