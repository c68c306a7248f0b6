// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>
#include <QString>
#include <QThreadPool>

#include <memory>
#include <optional>

#include "app/bridge/engine_api.h"

namespace roundhouse::app {

// How a load ended: exactly one of both is set.
struct LoadOutcome {
  QString path;
  std::shared_ptr<Model> model;
  std::optional<Error> error;  // code `cancelled` when the user ended it
};

// A load on its way.
struct LoadState {
  QString path;
  QString stage;          // the engine's word for what it does; empty while it waits its turn
  double fraction = 0.0;  // 0..1
  std::int64_t elapsedMs = 0;
};

// Owns the engine and the loaded models. Everything that may block (starting, loading, unloading) happens on a worker
// thread, one after another; what comes of it arrives as queued signals. GUI thread only.
class EngineController : public QObject {
  Q_OBJECT
 public:
  explicit EngineController(EngineApi api, QObject* parent = nullptr);
  // Cancels what is loading and waits for the worker.
  ~EngineController() override;

  const EngineApi& api() const { return api_; }

  // Once. started() or startFailed() follows.
  void start(EngineOptions options);
  bool running() const { return engine_ != nullptr; }
  const std::optional<Error>& startError() const { return start_error_; }
  // Null before started().
  std::shared_ptr<Engine> engine() const { return engine_; }
  void setAuditTexts(bool on);
  // A log that came after start().
  void setAudit(std::shared_ptr<AuditLog> log);

  // Each call is answered by exactly one loadFinished(). May come before started(): it waits. A path that is loaded
  // or loading already is answered with what there is. The model becomes the current one.
  void load(const QString& path, const LoadOptions& options = {});
  void cancelLoad(const QString& path);
  QList<LoadState> loading() const;

  QStringList loaded() const;
  std::shared_ptr<Model> model(const QString& path) const;
  // Forgets the model; its memory is free once no session holds it. aboutToUnload() comes first.
  void unload(const QString& path);

  // Answers come from this one. Null: none is loaded.
  std::shared_ptr<Model> current() const;
  QString currentPath() const { return current_; }
  void setCurrent(const QString& path);

 Q_SIGNALS:
  void started();
  void startFailed(const QString& message);
  void loadProgress(const roundhouse::app::LoadState& state);
  void loadFinished(const roundhouse::app::LoadOutcome& outcome);
  void aboutToUnload(const QString& path);
  void loadedChanged();
  void currentChanged();

 private:
  struct Job {
    LoadState state;
    LoadOptions options;
    CancelToken cancel;
    int waiting = 1;  // load() calls to answer
    std::int64_t startedMs = 0;
  };
  struct Loaded {
    QString path;
    std::shared_ptr<Model> model;
  };

  void runNext();
  void finish(Result<std::shared_ptr<Model>> result);

  EngineApi api_;
  QThreadPool worker_;  // one thread
  std::shared_ptr<Engine> engine_;
  std::optional<Error> start_error_;
  std::optional<bool> audit_texts_;
  std::optional<std::shared_ptr<AuditLog>> audit_;
  QList<Job> jobs_;     // the first one runs when `running_job_`
  bool running_job_ = false;
  QList<Loaded> loaded_;
  QString current_;
};

}  // namespace roundhouse::app
