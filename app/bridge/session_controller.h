// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>

#include <functional>
#include <memory>
#include <string>

#include "app/bridge/answer_snapshot.h"
#include "app/bridge/engine_api.h"

class QThread;

namespace roundhouse::app {

class SessionWorker;
struct SessionLink;

// A command to a session: answer this. A value; whatever the engine needs of it is copied.
struct AnswerRequest {
  QString answer;             // id of the message that the answer will become
  GenerationRequest request;
  RoutingEdits edits;         // in force for this answer
  std::string adapter;        // likewise: one of those loaded with the model, by name; empty: none
};

// One conversation's engine session, seen from the window's thread. Commands are queued to a worker thread; what
// happens comes back as coalesced immutable snapshots, at most 60 a second. Never blocks. The session is created with
// the first answer and released on the worker's thread.
class SessionController : public QObject {
  Q_OBJECT
 public:
  // `thread` runs an event loop and outlives the controller's last queued command.
  SessionController(std::shared_ptr<Model> model, QString conversation, const EngineApi& api, QThread* thread,
                    QObject* parent = nullptr);
  ~SessionController() override;

  const QString& conversation() const { return conversation_; }
  const std::shared_ptr<Model>& model() const { return model_; }

  // Each submitted answer gets exactly one snapshot that is finished(), whatever happens. Answers run in order.
  void submit(AnswerRequest request);
  // Ends the running answer and all that wait; their finished snapshots follow.
  void cancel();
  // Ends everything now, without waiting for the engine: what is pending gets its finished snapshot (cancelled, with
  // what had come so far). To be called before deleting a controller whose answers someone waits for.
  void close();
  bool busy() const { return !pending_.isEmpty(); }
  // The newest snapshot of this session, or null.
  AnswerSnapshotPtr latest() const { return latest_; }

 Q_SIGNALS:
  void snapshotChanged(const roundhouse::app::AnswerSnapshotPtr& snapshot);
  void busyChanged(bool busy);

 private:
  void deliver();
  void tell(const AnswerSnapshotPtr& snapshot);

  std::shared_ptr<Model> model_;
  QString conversation_;
  std::shared_ptr<SessionLink> link_;
  SessionWorker* worker_ = nullptr;  // lives in the thread; deleted there
  AnswerSnapshotPtr latest_;
  std::uint64_t submitted_ = 0;
  QStringList pending_;              // answers without a finished snapshot, in order
};

}  // namespace roundhouse::app
