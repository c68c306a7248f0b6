// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/engine_controller.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QStringList>

#include <algorithm>

namespace roundhouse::app {
namespace {

constexpr int kProgressIntervalMs = 33;

std::int64_t nowMs() { return QDateTime::currentMSecsSinceEpoch(); }

}  // namespace

EngineController::EngineController(EngineApi api, QObject* parent) : QObject(parent), api_(std::move(api)) {
  worker_.setMaxThreadCount(1);
  worker_.setExpiryTimeout(-1);
}

EngineController::~EngineController() {
  for (const Job& job : std::as_const(jobs_)) job.cancel.cancel();
  worker_.waitForDone();
}

void EngineController::start(EngineOptions options) {
  if (audit_texts_) options.audit_texts = *audit_texts_;
  worker_.start([this, options = std::move(options)]() mutable {
    Result<std::shared_ptr<Engine>> created = api_.create(std::move(options));
    QMetaObject::invokeMethod(this, [this, created = std::move(created)]() mutable {
      if (created.ok()) {
        engine_ = std::move(created).value();
        if (audit_texts_) engine_->set_audit_texts(*audit_texts_);
        if (audit_) engine_->set_audit(*audit_);
        Q_EMIT started();
        runNext();
        return;
      }
      start_error_ = std::move(created).error();
      Q_EMIT startFailed(QString::fromStdString(start_error_->message()));
      const QList<Job> waiting = std::exchange(jobs_, {});
      for (const Job& job : waiting) {
        for (int i = 0; i < job.waiting; ++i) Q_EMIT loadFinished({job.state.path, nullptr, start_error_});
      }
    }, Qt::QueuedConnection);
  });
}

void EngineController::setAuditTexts(bool on) {
  audit_texts_ = on;
  if (engine_) engine_->set_audit_texts(on);
}

void EngineController::setAudit(std::shared_ptr<AuditLog> log) {
  audit_ = std::move(log);
  if (engine_) engine_->set_audit(*audit_);
}

void EngineController::load(const QString& path, const LoadOptions& options) {
  if (start_error_) {
    QMetaObject::invokeMethod(this, [this, path] { Q_EMIT loadFinished({path, nullptr, start_error_}); },
                              Qt::QueuedConnection);
    return;
  }
  if (std::shared_ptr<Model> there = model(path)) {
    QMetaObject::invokeMethod(this, [this, path, there] {
      setCurrent(path);
      Q_EMIT loadFinished({path, there, std::nullopt});
    }, Qt::QueuedConnection);
    return;
  }
  for (Job& job : jobs_) {
    if (job.state.path == path && !job.cancel.cancelled()) {
      ++job.waiting;
      return;
    }
  }
  Job job;
  job.state.path = path;
  job.options = options;
  jobs_.append(job);
  Q_EMIT loadProgress(job.state);
  runNext();
}

void EngineController::cancelLoad(const QString& path) {
  for (qsizetype i = 0; i < jobs_.size(); ++i) {
    if (jobs_[i].state.path != path) continue;
    jobs_[i].cancel.cancel();
    if (i == 0 && running_job_) continue;  // ends by itself, and is answered then
    const Job job = jobs_.takeAt(i--);
    const Error error{ErrorCode::cancelled, "load model", path.toStdString(), {}, {}};
    for (int n = 0; n < job.waiting; ++n) {
      QMetaObject::invokeMethod(this, [this, path, error] { Q_EMIT loadFinished({path, nullptr, error}); },
                                Qt::QueuedConnection);
    }
  }
}

QList<LoadState> EngineController::loading() const {
  QList<LoadState> states;
  for (const Job& job : jobs_) states.append(job.state);
  return states;
}

void EngineController::runNext() {
  if (!engine_ || running_job_ || jobs_.isEmpty()) return;
  running_job_ = true;
  Job& job = jobs_.first();
  job.startedMs = nowMs();
  worker_.start([this, engine = engine_, path = job.state.path, options = job.options, cancel = job.cancel]() mutable {
    QElapsedTimer sinceReport;
    auto progress = [&](const LoadProgress& at) {
      if (sinceReport.isValid() && sinceReport.elapsed() < kProgressIntervalMs && at.fraction < 1.0) return;
      sinceReport.start();
      QMetaObject::invokeMethod(this, [this, stage = QString::fromStdString(at.stage), fraction = at.fraction] {
        if (!running_job_ || jobs_.isEmpty()) return;
        LoadState& state = jobs_.first().state;
        state.stage = stage;
        state.fraction = std::clamp(fraction, 0.0, 1.0);
        state.elapsedMs = nowMs() - jobs_.first().startedMs;
        Q_EMIT loadProgress(state);
      }, Qt::QueuedConnection);
    };
    Result<std::shared_ptr<Model>> result = engine->load_model(path.toStdString(), options, progress, cancel);
    engine.reset();
    QMetaObject::invokeMethod(this, [this, result = std::move(result)]() mutable { finish(std::move(result)); },
                              Qt::QueuedConnection);
  });
}

void EngineController::finish(Result<std::shared_ptr<Model>> result) {
  const Job job = jobs_.takeFirst();
  running_job_ = false;
  LoadOutcome outcome{job.state.path, nullptr, std::nullopt};
  if (result.ok() && job.cancel.cancelled()) {  // the engine was done before it saw the flag: the user's word stands
    worker_.start([model = std::move(result).value()]() mutable { model.reset(); });
    outcome.error = Error{ErrorCode::cancelled, "load model", job.state.path.toStdString(), {}, {}};
  } else if (result.ok()) {
    outcome.model = std::move(result).value();
    loaded_.append({job.state.path, outcome.model});
    Q_EMIT loadedChanged();
    setCurrent(job.state.path);
  } else {
    outcome.error = std::move(result).error();
  }
  for (int i = 0; i < job.waiting; ++i) Q_EMIT loadFinished(outcome);
  runNext();
}

QStringList EngineController::loaded() const {
  QStringList paths;
  for (const Loaded& entry : loaded_) paths.append(entry.path);
  return paths;
}

std::shared_ptr<Model> EngineController::model(const QString& path) const {
  for (const Loaded& entry : loaded_) {
    if (entry.path == path) return entry.model;
  }
  return nullptr;
}

void EngineController::unload(const QString& path) {
  auto found = std::find_if(loaded_.begin(), loaded_.end(), [&](const Loaded& entry) { return entry.path == path; });
  if (found == loaded_.end()) return;
  Q_EMIT aboutToUnload(path);
  std::shared_ptr<Model> model = std::move(found->model);
  loaded_.erase(found);
  worker_.start([model = std::move(model)]() mutable { model.reset(); });
  if (current_ == path) {
    current_ = loaded_.isEmpty() ? QString() : loaded_.last().path;
    Q_EMIT currentChanged();
  }
  Q_EMIT loadedChanged();
}

std::shared_ptr<Model> EngineController::current() const { return model(current_); }

void EngineController::setCurrent(const QString& path) {
  if (path == current_ || !model(path)) return;
  current_ = path;
  Q_EMIT currentChanged();
}

}  // namespace roundhouse::app
