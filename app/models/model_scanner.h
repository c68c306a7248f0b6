// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSet>
#include <QString>
#include <QStringList>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "app/bridge/engine_api.h"

class QThreadPool;

namespace roundhouse::app {

// A model file (or folder of safetensors) that was found, and what its header says.
struct FoundModel {
  QString path;
  QString origin;                 // "embedded", "folder", "hub": the Hugging Face cache, or "used": none of them
  std::uint64_t bytes = 0;        // of the file; of all weights for a folder
  std::optional<ModelInfo> info;
  std::optional<Error> error;     // exactly when `info` is absent
};

struct ScanRequest {
  QString embedded;               // path; empty: none
  QStringList folders;
  bool hubCache = true;
  // Models that are loaded or being loaded, wherever they are. Found in a folder, too, they have this path.
  QStringList used = {};
};

// Where the Hugging Face hub keeps its downloads: $HF_HUB_CACHE, $HF_HOME/hub, else ~/.cache/huggingface/hub.
QString hubCacheFolder();

// Looks through folders on a thread of `pool`, recursively; copies and changes nothing. Links are followed once each, so
// that loops end; a file reached by several ways is one model, and a later part of a split GGUF is none. GUI thread.
// The pool is the scans' own: one keeps its thread for as long as the disk takes, and one that was cancelled until it has
// read the header that it was at.
class ModelScanner : public QObject {
  Q_OBJECT
 public:
  ModelScanner(std::function<Result<ModelInfo>(const std::string&)> inspect, QThreadPool& pool, QObject* parent = nullptr);
  ~ModelScanner() override;

  // Begins anew; what an earlier scan still finds is not told any more. found() comes for each model, then finished().
  void scan(const ScanRequest& request);
  void cancel();
  bool running() const { return running_; }

 Q_SIGNALS:
  void found(const roundhouse::app::FoundModel& model);
  // `unreadable`: folders that could not be read.
  void finished(int models, const QStringList& unreadable);

 private:
  std::function<Result<ModelInfo>(const std::string&)> inspect_;
  QThreadPool& pool_;
  std::shared_ptr<std::atomic<bool>> stop_;  // of the present scan
  bool running_ = false;
};

}  // namespace roundhouse::app
