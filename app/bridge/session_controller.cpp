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
  if (++pending_ == 1) Q_EMIT busyChanged(true);
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
  for (const AnswerSnapshotPtr& snapshot : snapshots) {
    latest_ = snapshot;
    const bool idle = snapshot->finished() && --pending_ == 0;
    Q_EMIT snapshotChanged(snapshot);
    if (idle) Q_EMIT busyChanged(false);
  }
}

}  // namespace roundhouse::app
