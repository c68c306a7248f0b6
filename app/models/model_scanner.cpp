// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/model_scanner.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QHash>
#include <QPointer>
#include <QRegularExpression>
#include <QThreadPool>

namespace roundhouse::app {
namespace {

constexpr int kMostDepth = 24;

bool isLaterPart(const QString& name) {  // "x-00002-of-00005.gguf": belongs to the first
  static const QRegularExpression part(QStringLiteral("-(\\d{5})-of-\\d{5}\\.gguf$"), QRegularExpression::CaseInsensitiveOption);
  const QRegularExpressionMatch match = part.match(name);
  return match.hasMatch() && match.captured(1).toInt() > 1;
}

class Walk {
 public:
  Walk(const std::atomic<bool>& stop, const QStringList& used, std::function<void(const QString&)> model) : stop_(stop), model_(std::move(model)) {
    for (const QString& path : used) used_.insert(QFileInfo(path).canonicalFilePath(), path);
  }

  void folder(const QString& path, int depth = 0) {
    if (stop_ || depth > kMostDepth) return;
    const QString real = QFileInfo(path).canonicalFilePath();
    if (real.isEmpty() || seen_.contains(real)) return;
    seen_.insert(real);
    const QDir directory(path);
    if (!directory.isReadable()) {
      unreadable_.append(path);
      return;
    }
    const QFileInfoList entries = directory.entryInfoList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::System | QDir::Hidden, QDir::Name);
    bool config = false, tensors = false;
    for (const QFileInfo& entry : entries) {
      config = config || entry.fileName() == QLatin1String("config.json");
      tensors = tensors || entry.fileName().endsWith(QLatin1String(".safetensors"));
    }
    if (config && tensors) file(path);
    for (const QFileInfo& entry : entries) {
      if (stop_) return;
      if (entry.isDir()) folder(entry.filePath(), depth + 1);
      else if (entry.isFile() && entry.suffix().compare(QLatin1String("gguf"), Qt::CaseInsensitive) == 0 && !isLaterPart(entry.fileName())) file(entry.filePath());
    }
  }
  void file(const QString& path) {
    const QString real = QFileInfo(path).canonicalFilePath();
    const QString key = real + QStringLiteral("\nmodel");  // a folder of safetensors is walked, too
    if (real.isEmpty() || seen_.contains(key) || stop_) return;
    seen_.insert(key);
    model_(used_.value(real, path));
  }
  // Also one whose file is gone: it can still be unloaded.
  void used(const QString& path) {
    if (QFileInfo::exists(path)) file(path);
    else if (!stop_) model_(path);
  }
  const QStringList& unreadable() const { return unreadable_; }

 private:
  const std::atomic<bool>& stop_;
  std::function<void(const QString&)> model_;
  QSet<QString> seen_;
  QHash<QString, QString> used_;  // by canonical path
  QStringList unreadable_;
};

}  // namespace

QString hubCacheFolder() {
  if (const QString cache = qEnvironmentVariable("HF_HUB_CACHE"); !cache.isEmpty()) return cache;
  if (const QString home = qEnvironmentVariable("HF_HOME"); !home.isEmpty()) return QDir(home).filePath(QStringLiteral("hub"));
  const QString cache = qEnvironmentVariable("XDG_CACHE_HOME");
  return QDir(cache.isEmpty() ? QDir::home().filePath(QStringLiteral(".cache")) : cache).filePath(QStringLiteral("huggingface/hub"));
}

ModelScanner::ModelScanner(std::function<Result<ModelInfo>(const std::string&)> inspect, QThreadPool& pool, QObject* parent)
    : QObject(parent), inspect_(std::move(inspect)), pool_(pool) {}

ModelScanner::~ModelScanner() { cancel(); }

void ModelScanner::cancel() {
  if (stop_) stop_->store(true);
  stop_.reset();
  running_ = false;
}

void ModelScanner::scan(const ScanRequest& request) {
  cancel();
  running_ = true;
  stop_ = std::make_shared<std::atomic<bool>>(false);
  pool_.start([self = QPointer<ModelScanner>(this), stop = stop_, inspect = inspect_, request] {
    int models = 0;
    QString origin;
    auto post = [&](auto&& work) {
      QMetaObject::invokeMethod(QCoreApplication::instance(), [self, stop, work = std::forward<decltype(work)>(work)] {
        if (self && !*stop && self->stop_ == stop) work(*self);
      }, Qt::QueuedConnection);
    };
    Walk walk(*stop, request.used, [&](const QString& path) {
      FoundModel model{path, origin, std::uint64_t(std::max<qint64>(0, QFileInfo(path).size())), std::nullopt, std::nullopt};
      Result<ModelInfo> info = inspect(path.toStdString());
      if (info.ok()) {
        model.info = std::move(info).value();
        if (model.info->file_bytes) model.bytes = model.info->file_bytes;
      }
      if (!info.ok()) model.error = std::move(info).error();
      ++models;
      post([model = std::move(model)](ModelScanner& scanner) { Q_EMIT scanner.found(model); });
    });
    origin = QStringLiteral("embedded");
    if (!request.embedded.isEmpty()) walk.file(request.embedded);
    origin = QStringLiteral("folder");
    for (const QString& folder : request.folders) {
      if (QFileInfo(folder).isFile()) walk.file(folder);
      else walk.folder(folder);
    }
    QStringList unreadable = walk.unreadable();
    for (const QString& folder : request.folders) {
      if (!QFileInfo::exists(folder)) unreadable.append(folder);
    }
    origin = QStringLiteral("hub");
    if (request.hubCache) walk.folder(hubCacheFolder());
    origin = QStringLiteral("used");
    for (const QString& path : request.used) walk.used(path);
    post([models, unreadable](ModelScanner& scanner) {
      scanner.running_ = false;
      Q_EMIT scanner.finished(models, unreadable);
    });
  });
}

}  // namespace roundhouse::app
