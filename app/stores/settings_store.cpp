// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/settings_store.h"

#include <QDateTime>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSettings>
#include <QStandardPaths>
#include <QStringDecoder>

#include <algorithm>

#include "roundhouse/data_folder.h"

namespace roundhouse::app {
namespace {

constexpr int kDelayMs = 300;
constexpr qint64 kMostBytes = 16 * 1024 * 1024;

// QJsonDocument holds only arrays and objects.
QString toText(const QJsonValue& value) {
  const QByteArray list = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
  return QString::fromUtf8(list.mid(1, list.size() - 2));
}

QJsonValue fromText(const QString& text) {
  const QJsonDocument list = QJsonDocument::fromJson('[' + text.toUtf8() + ']');
  if (list.isArray() && list.array().size() == 1) return list.array().first();
  return text;
}

// QSettings takes almost anything for an INI file.
bool looksLikeText(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return true;  // QSettings will say so
  const QByteArray bytes = file.read(kMostBytes);
  QStringDecoder decoder(QStringDecoder::Utf8);
  const QString text = decoder(bytes);
  if (decoder.hasError() || !file.atEnd()) return false;
  return std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() >= 0x20 || c == u'\t' || c == u'\r' || c == u'\n'; });
}

Error failure(const char* operation, const QString& file, QSettings::Status status) {
  if (status == QSettings::FormatError) return Error{ErrorCode::malformed, operation, file.toStdString(), "an INI file", "something else"};
  return Error{ErrorCode::io, operation, file.toStdString(), "a file that can be read and written", "it is refused (permissions or full disk)"};
}

}  // namespace

QString SettingsStore::defaultFile() {
  if (!qEnvironmentVariableIsEmpty("ROUNDHOUSE_DATA")) return QString::fromStdString((data_folder() / "settings.ini").string());
  return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + QStringLiteral("/roundhouse/settings.ini");
}

SettingsStore::SettingsStore(QString file, QObject* parent) : QObject(parent), file_(std::move(file)) {
  qRegisterMetaType<Error>();
  timer_.setSingleShot(true);
  timer_.setInterval(kDelayMs);
  connect(&timer_, &QTimer::timeout, this, &SettingsStore::start);
  thread_.setObjectName(QStringLiteral("settings"));
  worker_.moveToThread(&thread_);
  thread_.start();
}

SettingsStore::~SettingsStore() {
  if (const Status status = flush(); !status.ok()) qWarning("%s", status.error().message().c_str());
  thread_.quit();
  thread_.wait();
}

QHash<QString, QJsonValue> SettingsStore::read(Error* warning) {
  QHash<QString, QJsonValue> found;
  if (!QFile::exists(file_)) return found;
  // Opening a pipe would wait for somebody who writes.
  const bool regular = QFileInfo(file_).isFile();
  QSettings settings(regular ? file_ : QString(), QSettings::IniFormat);
  const QSettings::Status status = regular && looksLikeText(file_) ? settings.status() : QSettings::FormatError;
  if (status != QSettings::NoError) {
    Error error = failure("read settings", file_, status);
    if (status == QSettings::FormatError) {
      const QString aside = file_ + QStringLiteral(".damaged-") + QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'"));
      error.received += QFile::rename(file_, aside) ? "; it is kept as " + aside.toStdString() : "; it stays where it is";
    }
    if (warning) *warning = error;
    return found;
  }
  for (const QString& key : settings.allKeys()) {
    // An INI list (unquoted commas) comes back as several strings: written by hand.
    const QVariant value = settings.value(key);
    found.insert(key, fromText(value.typeId() == QMetaType::QStringList ? value.toStringList().join(QLatin1Char(',')) : value.toString()));
  }
  return found;
}

void SettingsStore::write(const QString& key, const QJsonValue& value) {
  waiting_.insert(key, value);
  if (!timer_.isActive()) timer_.start();
}

void SettingsStore::start() {
  if (waiting_.isEmpty()) return;
  const Changes changes = std::exchange(waiting_, {});
  QMetaObject::invokeMethod(&worker_, [this, changes, file = file_] {
    Status status = save(file, changes);
    if (status.ok()) return;
    QMetaObject::invokeMethod(this, [this, changes, error = status.error()] {
      for (auto each = changes.begin(); each != changes.end(); ++each) {
        if (!waiting_.contains(each.key())) waiting_.insert(each.key(), each.value());
      }
      Q_EMIT failed(error);
    }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

Status SettingsStore::flush() {
  timer_.stop();
  Status status = Ok{};
  const Changes changes = std::exchange(waiting_, {});
  // Behind what the thread has still to do, so that an older value never comes last.
  QMetaObject::invokeMethod(&worker_, [&] {
    if (!changes.isEmpty()) status = save(file_, changes);
  }, Qt::BlockingQueuedConnection);
  if (!status.ok()) waiting_ = changes;
  return status;
}

Status SettingsStore::save(const QString& file, const Changes& changes) {
  constexpr const char* operation = "save settings";
  if (const Status made = create_private_folder(QFileInfo(file).absolutePath().toStdString()); !made.ok()) {
    Error error = made.error();
    error.operation = operation;
    return error;
  }
  QSettings settings(file, QSettings::IniFormat);
  for (auto each = changes.begin(); each != changes.end(); ++each) {
    if (each->isUndefined()) settings.remove(each.key());
    else settings.setValue(each.key(), toText(each.value()));
  }
  settings.sync();  // takes the file's lock, merges with what others wrote, replaces the file
  if (settings.status() != QSettings::NoError) return failure(operation, file, settings.status());
  return Ok{};
}

}  // namespace roundhouse::app
