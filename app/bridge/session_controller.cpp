// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/session_controller.h"

#include <QThread>

#include <chrono>

#include "app/bridge/session_worker.h"

namespace roundhouse::app {

SessionController::SessionController(std::shared_ptr<Model> model, QString conversation, const EngineApi& api,
                                     QThread* thread, QObject* parent)
    : QObject(parent), model_(std::move(model)), conversation_(std::move(conversation)),
      link_(std::make_shared<SessionLink>()) {
  link_->controller = this;
  link_->deliver = [this] { deliver(); };
  worker_ = new SessionWorker(model_, conversation_, api, link_);
  worker_->moveToThread(thread);
}

SessionController::~SessionController() {
  cancel();
  {
    std::lock_guard lock(link_->mutex);
    link_->controller = nullptr;
    link_->deliver = nullptr;
  }
  // The model may be large: its last reference goes on the worker's thread.
  QMetaObject::invokeMethod(worker_, [worker = worker_, model = std::move(model_)]() mutable {
    delete worker;
    model.reset();
  }, Qt::QueuedConnection);
}

void SessionController::submit(AnswerRequest request) {
  const std::uint64_t number = submitted_++;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t nowNs = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  pending_.append(request.answer);
  if (pending_.size() == 1) Q_EMIT busyChanged(true);
  QMetaObject::invokeMethod(worker_, [worker = worker_, request = std::move(request), number, nowNs]() mutable {
    worker->enqueue(std::move(request), number, nowNs);
  }, Qt::QueuedConnection);
}

void SessionController::cancel() {
  link_->cancelBelow.store(submitted_);
  std::shared_ptr<Session> session;
  {
    std::lock_guard lock(link_->mutex);
    session = link_->session;
  }
  if (session) session->cancel();
}

void SessionController::deliver() {
  std::vector<AnswerSnapshotPtr> snapshots;
  {
    std::lock_guard lock(link_->mutex);
    link_->posted = false;
    snapshots.swap(link_->outbox);
  }
  for (const AnswerSnapshotPtr& snapshot : snapshots) tell(snapshot);
}

void SessionController::tell(const AnswerSnapshotPtr& snapshot) {
  latest_ = snapshot;
  const bool idle = snapshot->finished() && pending_.removeOne(snapshot->answer) && pending_.isEmpty();
  Q_EMIT snapshotChanged(snapshot);
  if (idle) Q_EMIT busyChanged(false);
}

void SessionController::close() {
  cancel();
  {
    std::lock_guard lock(link_->mutex);
    link_->controller = nullptr;
    link_->deliver = nullptr;
  }
  deliver();
  const QStringList pending = pending_;
  for (const QString& answer : pending) {
    auto last = std::make_shared<AnswerSnapshot>();
    if (latest_ && latest_->answer == answer) *last = *latest_;
    last->conversation = conversation_;
    last->answer = answer;
    last->state = AnswerState::Finished;
    last->result.emplace();
    last->result->finish = FinishReason::cancelled;
    last->result->text = last->text;
    last->result->edits = last->edits;
    tell(last);
  }
}

}  // namespace roundhouse::app
