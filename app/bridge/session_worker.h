// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "app/bridge/answer_snapshot.h"
#include "app/bridge/engine_api.h"
#include "app/bridge/session_controller.h"

namespace roundhouse::app {

// What window thread and worker share of one session.
struct SessionLink {
  std::mutex mutex;
  std::shared_ptr<Session> session;             // guarded; null before the first answer
  QObject* controller = nullptr;                // guarded; null once the controller is gone
  std::function<void()> deliver;                // guarded; runs on the controller's thread
  std::vector<AnswerSnapshotPtr> outbox;        // guarded; newest of each answer, in order
  bool posted = false;                          // guarded: a deliver() is on its way
  std::atomic<std::uint64_t> cancelBelow{0};    // commands numbered below are to end
};

// What engine callbacks leave for the worker.
struct EngineMailbox {
  std::mutex mutex;
  QObject* receiver = nullptr;                  // guarded; null once the worker is gone
  bool posted = false;                          // guarded
  std::vector<TokenEvent> events;               // guarded
  std::vector<std::int64_t> eventNs;            // guarded; steady clock, beside events
  int promptEvaluated = 0, promptTotal = 0;     // guarded
  std::optional<GenerationResult> result;       // guarded
};

// Runs on the bridge thread: starts generations one after another, gathers what the engine's callbacks post and turns
// it into snapshots.
class SessionWorker : public QObject {
  Q_OBJECT
 public:
  SessionWorker(std::shared_ptr<Model> model, QString conversation, EngineApi api, std::shared_ptr<SessionLink> link);
  ~SessionWorker() override;

  void enqueue(AnswerRequest request, std::uint64_t number, std::int64_t submittedNs);

 private:
  struct Command {
    AnswerRequest request;
    std::uint64_t number;
    std::int64_t submittedNs;
  };

  void startNext();
  Status begin(Command& command);
  void collect();
  void publish();
  void finishWithout(FinishReason reason, std::optional<Error> error);
  bool cancelled(const Command& command) const { return command.number < link_->cancelBelow.load(); }
  void readPrompt();

  std::shared_ptr<Model> model_;
  QString conversation_;
  EngineApi api_;
  std::shared_ptr<SessionLink> link_;
  std::shared_ptr<EngineMailbox> mailbox_;
  std::deque<Command> queue_;
  bool running_ = false;
  std::optional<Command> current_;
  AnswerSnapshot state_;                         // of the current answer
  std::int64_t firstTokenAtNs_ = 0;
  QElapsedTimer sincePublish_;
  QTimer publishTimer_;
};

}  // namespace roundhouse::app
