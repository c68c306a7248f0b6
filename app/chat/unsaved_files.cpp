// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/unsaved_files.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QStandardPaths>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "app/chat/message_json.h"
#include "app/chat/sampling_presets.h"
#include "roundhouse/atomic_file.h"

namespace roundhouse::app {
namespace {

constexpr const char* kReading = "bring back what was not saved";
constexpr const char* kMark = "roundhouse_unsaved";
constexpr qint64 kMostBytes = 1ll << 30;

Error bad(const QString& file, const std::string& expected, const QString& received) {
  return Error{ErrorCode::malformed, kReading, file.toStdString(), expected, received.toStdString()};
}

QJsonObject toJson(const ConversationChanges& changes) {
  QJsonObject json{{"id", changes.id}};
  if (changes.created) json["created"] = true;
  if (changes.bringBack) json["bring_back"] = true;
  if (changes.createdMs) json["created_ms"] = double(*changes.createdMs);
  if (changes.updatedMs) json["updated_ms"] = double(*changes.updatedMs);
  if (changes.removedMs) json["removed_ms"] = double(*changes.removedMs);
  if (changes.title) json["title"] = *changes.title;
  if (changes.systemPrompt) json["system_prompt"] = *changes.systemPrompt;
  if (changes.leaf) json["current"] = *changes.leaf;
  if (changes.sampling) json["sampling"] = QJsonDocument::fromJson(samplingToJson(*changes.sampling).toUtf8()).object();
  if (changes.edits) json["edits"] = changes.edits->empty() ? QString() : QString::fromStdString(changes.edits->to_json());
  QJsonArray messages;
  for (const ChatMessage& each : changes.messages) {
    QJsonObject message = messageToJson(each);
    if (!each.kept.isEmpty()) message["kept"] = each.kept;
    messages.append(message);
  }
  json["messages"] = messages;
  return json;
}

Result<ConversationChanges> fromJson(const QJsonObject& json, const QString& file) {
  ConversationChanges changes;
  changes.id = json["id"].toString();
  if (changes.id.isEmpty()) return bad(file, "a conversation's id", QStringLiteral("none"));
  changes.created = json["created"].toBool();
  changes.bringBack = json["bring_back"].toBool();
  const auto time = [&](const char* name, std::optional<qint64>& to) {
    if (json.contains(QLatin1String(name))) to = qint64(wholeNumber(json[QLatin1String(name)]));
  };
  const auto text = [&](const char* name, std::optional<QString>& to) {
    if (json[QLatin1String(name)].isString()) to = json[QLatin1String(name)].toString();
  };
  time("created_ms", changes.createdMs);
  time("updated_ms", changes.updatedMs);
  time("removed_ms", changes.removedMs);
  text("title", changes.title);
  text("system_prompt", changes.systemPrompt);
  text("current", changes.leaf);
  if (const QJsonValue sampling = json["sampling"]; sampling.isObject()) {
    const QByteArray written = QJsonDocument(sampling.toObject()).toJson(QJsonDocument::Compact);
    changes.sampling = samplingFromJson(QString::fromUtf8(written));
    if (!changes.sampling) return bad(file, "sampling settings in their ranges", QString::fromUtf8(written).left(200));
  }
  if (const QJsonValue edits = json["edits"]; edits.isString()) {
    changes.edits.emplace();
    if (!edits.toString().isEmpty()) {
      RH_ASSIGN(changes.edits, RoutingEdits::from_json(edits.toString().toStdString()));
    }
  }
  const QJsonArray messages = json["messages"].toArray();
  for (const QJsonValue& each : messages) {
    RH_ASSIGN(ChatMessage message, messageFromJson(each.toObject(), file));
    if (message.id.isEmpty()) return bad(file, "messages with ids", QStringLiteral("one without"));
    message.kept = each.toObject()["kept"].toString();
    changes.messages.append(std::move(message));
  }
  return changes;
}

Result<QJsonObject> contentOf(const QString& path) {
  QFile file(path);
  if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly)) {
    return Error{ErrorCode::io, kReading, path.toStdString(), "a file that can be read", file.errorString().toStdString()};
  }
  const QByteArray bytes = file.read(kMostBytes + 1);
  if (bytes.size() > kMostBytes) return Error{ErrorCode::limit, kReading, path.toStdString(), "at most 1 GB", "more"};
  QJsonParseError wrong;
  const QJsonDocument document = QJsonDocument::fromJson(bytes, &wrong);
  if (document.isNull()) return bad(path, "JSON", QStringLiteral("%1 at byte %2").arg(wrong.errorString()).arg(wrong.offset));
  const QJsonObject json = document.object();
  const QJsonValue version = json[QLatin1String(kMark)];
  if (!version.isDouble()) return bad(path, std::string("a member \"") + kMark + '"', QStringLiteral("none"));
  if (version.toDouble() != 1) return Error{ErrorCode::unsupported, kReading, path.toStdString(), "version 1", std::to_string(version.toDouble())};
  return json;
}

// A free name, taken by an empty file that is the user's alone.
Result<QString> take(const QString& name) {
  for (int n = 1;; ++n) {
    const QString path = (n == 1 ? name : QStringLiteral("%1-%2").arg(name).arg(n)) + QStringLiteral(".json");
    const int fd = ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
      ::close(fd);
      return path;
    }
    if (errno != EEXIST) return Error{ErrorCode::io, "keep what is not saved", path.toStdString(), "a folder that can be written", std::strerror(errno)};
  }
}

}  // namespace

UnsavedFiles::UnsavedFiles(const QString& database, QStringList others)
    : database_(QFileInfo(database).absoluteFilePath()), folders_(QStringList{QFileInfo(database_).path()} + others) {}

QStringList UnsavedFiles::userFolders() {
  return {QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation), QDir::homePath(), QDir::tempPath()};
}

QString UnsavedFiles::folder() const {
  for (const QString& each : folders_) {
    if (::access(QFile::encodeName(each).constData(), W_OK | X_OK) == 0) return each;
  }
  return {};
}

Result<QString> UnsavedFiles::write(const QList<ConversationChanges>& changes) const {
  QJsonArray list;
  for (const ConversationChanges& each : changes) list.append(toJson(each));
  const QByteArray bytes = QJsonDocument(QJsonObject{{kMark, 1}, {"database", database_}, {"conversations", list}}).toJson(QJsonDocument::Compact);
  const QString name = QFileInfo(database_).completeBaseName() + QStringLiteral(".unsaved-") +
                       QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'"));
  std::optional<Error> first;
  for (const QString& folder : folders_) {
    const Result<QString> path = take(QDir(folder).filePath(name));
    Status written = path.ok() ? write_file_atomically(QFile::encodeName(*path).toStdString(), std::string_view(bytes.constData(), std::size_t(bytes.size())))
                               : Status(path.error());
    if (written.ok()) return *path;
    if (path.ok()) QFile::remove(*path);
    if (!first) first = written.error();
  }
  return *first;
}

QStringList UnsavedFiles::find() const {
  QStringList found;
  for (const QString& folder : folders_) {
    const bool own = folder == folders_.first();
    QDir::Filters filters = QDir::Files;
    if (!own) filters |= QDir::NoSymLinks;
    const QFileInfoList files = QDir(folder).entryInfoList({QFileInfo(database_).completeBaseName() + QStringLiteral(".unsaved-*.json")}, filters, QDir::Name);
    for (const QFileInfo& each : files) {
      if (found.contains(each.filePath())) continue;
      // In the folders of all, only what this user's runs over this database have left.
      if (!own) {
        if (each.ownerId() != ::geteuid()) continue;
        const Result<QJsonObject> content = contentOf(each.filePath());
        if (!content.ok() || (*content)["database"].toString() != database_) continue;
      }
      found.append(each.filePath());
    }
  }
  return found;
}

Result<QList<ConversationChanges>> UnsavedFiles::read(const QString& file) {
  RH_ASSIGN(const QJsonObject json, contentOf(file));
  QList<ConversationChanges> all;
  const QJsonArray list = json["conversations"].toArray();
  for (const QJsonValue& each : list) {
    RH_ASSIGN(ConversationChanges changes, fromJson(each.toObject(), file));
    all.append(std::move(changes));
  }
  return all;
}

}  // namespace roundhouse::app
