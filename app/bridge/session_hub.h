// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QList>
#include <QObject>
#include <QStringList>
#include <QThread>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "app/bridge/engine_controller.h"
#include "app/bridge/session_controller.h"

namespace roundhouse::app {

// All conversations' sessions, their answers' snapshots and routing edits, for every panel that shows or asks.
// GUI thread only.
class SessionHub : public QObject {
  Q_OBJECT
 public:
  // Idle sessions beyond these are dropped, the longest unused first (their caches are rebuilt when needed) ...
  static constexpr int kLiveSessions = 4;
  // ... and so are finished snapshots, oldest first, then the newest of each conversation, the shown answer last. What
  // several share counts once.
  static constexpr qint64 kKeptBytes = 512ll << 20;

  explicit SessionHub(EngineController& engine, QObject* parent = nullptr, qint64 keptBytes = kKeptBytes);
  ~SessionHub() override;

  // The conversation that the window shows; empty: none.
  const QString& currentConversation() const { return current_; }
  void setCurrentConversation(const QString& conversation);

  // The answer at the end of the branch that the window shows of it; empty: none.
  const QString& shownAnswer() const { return shown_; }
  void setShownAnswer(const QString& answer);

  // Asks the current model. False when no model is loaded: nothing was started. Snapshots follow.
  bool submit(const QString& conversation, AnswerRequest request);
  void cancel(const QString& conversation);
  bool busy(const QString& conversation) const;
  bool anyBusy() const;

  // The newest snapshot of an answer of this run of the program, or of an earlier one that was brought back; or null.
  AnswerSnapshotPtr snapshot(const QString& answer) const { return snapshots_.value(answer); }
  // Those of a conversation, oldest first.
  QList<AnswerSnapshotPtr> snapshots(const QString& conversation) const;
  // The answer of the conversation that was asked for last, or null.
  AnswerSnapshotPtr latest(const QString& conversation) const;
  // Brings back a finished answer of an earlier run: behind those of its conversation that come before it in `messages`
  // (the conversation's, oldest first), and before all others. One that is there stays.
  void bringBack(const AnswerSnapshotPtr& snapshot, const QStringList& messages = {});
  // Drops what is kept of a conversation, its session included.
  void forget(const QString& conversation);

  // Routing edits in force for the conversation's coming answers; an empty value is the model's routing.
  RoutingEdits edits(const QString& conversation) const { return edits_.value(conversation); }
  // An Error (checked against the current model) changes nothing.
  Status setEdits(const QString& conversation, const RoutingEdits& edits);
  // Asks whoever owns the conversation to answer the same question again, as a branch, with these edits.
  void requestAnswerAgain(const QString& conversation, const QString& answer, const RoutingEdits& edits);
  // Asks whoever trains to begin a fine-tune of these experts of the current model: model layer -> experts.
  void requestFineTune(const std::map<std::int32_t, std::vector<std::int32_t>>& experts) { Q_EMIT fineTuneRequested(experts); }

 Q_SIGNALS:
  void currentConversationChanged(const QString& conversation);
  void shownAnswerChanged(const QString& answer);
  void snapshotChanged(const roundhouse::app::AnswerSnapshotPtr& snapshot);
  void broughtBack(const roundhouse::app::AnswerSnapshotPtr& snapshot);
  void busyChanged(const QString& conversation, bool busy);
  void editsChanged(const QString& conversation);
  void answerAgainRequested(const QString& conversation, const QString& answer, const roundhouse::RoutingEdits& edits);
  void fineTuneRequested(const std::map<std::int32_t, std::vector<std::int32_t>>& experts);

 private:
  SessionController* session(const QString& conversation);
  void remember(const AnswerSnapshotPtr& snapshot);
  void dropIdle();
  void makeRoom();
  void end(qsizetype index);

  EngineController& engine_;
  const qint64 kept_bytes_;
  QThread thread_;
  QObject anchor_;                                   // lives on the thread: what is posted to it runs there
  QString current_, shown_;
  QList<SessionController*> sessions_;               // least recently used first
  QHash<QString, AnswerSnapshotPtr> snapshots_;      // by answer
  QList<QString> order_;                             // of answers, oldest first
  QHash<QString, RoutingEdits> edits_;
};

}  // namespace roundhouse::app
