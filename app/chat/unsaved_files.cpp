// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/unsaved_files.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QStandardPaths>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <tuple>
#include <utility>

#include "app/chat/message_json.h"
#include "app/chat/sampling_presets.h"
#include "roundhouse/atomic_file.h"

namespace roundhouse::app {
namespace {

constexpr const char* kReading = UnsavedFiles::kReading;
constexpr const char* kMark = "roundhouse_unsaved";

Error bad(const QString& file, const std::string& expected, const QString& received) {
  return Error{ErrorCode::malformed, kReading, file.toStdString(), expected, received.toStdString()};
}

std::string as(const char* kind, const char* name) { return std::string(kind) + " as \"" + name + '"'; }

QString kindOf(const QJsonValue& value) {
  switch (value.type()) {
    case QJsonValue::Bool: return QStringLiteral("true or false");
    case QJsonValue::Double: return QStringLiteral("a number");
    case QJsonValue::String: return QStringLiteral("a text");
    case QJsonValue::Array: return QStringLiteral("an array");
    case QJsonValue::Object: return QStringLiteral("an object");
    case QJsonValue::Null: return QStringLiteral("nothing");
    case QJsonValue::Undefined: break;
  }
  return QStringLiteral("none");
}

QJsonObject toJson(const ConversationChanges& changes) {
  QJsonObject json{{"id", changes.id}};
  if (changes.created) json["created"] = true;
  if (changes.bringBack) json["bring_back"] = true;
  if (changes.anew) json["anew"] = true;
  if (changes.ifNewer) json["if_newer"] = true;
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
  constexpr std::array<std::pair<const char*, QJsonValue::Type>, 13> kMembers{
      {{"created", QJsonValue::Bool}, {"bring_back", QJsonValue::Bool}, {"anew", QJsonValue::Bool}, {"if_newer", QJsonValue::Bool},
       {"created_ms", QJsonValue::Double}, {"updated_ms", QJsonValue::Double}, {"removed_ms", QJsonValue::Double}, {"title", QJsonValue::String},
       {"system_prompt", QJsonValue::String}, {"current", QJsonValue::String}, {"edits", QJsonValue::String}, {"sampling", QJsonValue::Object},
       {"messages", QJsonValue::Array}}};
  for (const auto& [name, type] : kMembers) {
    const QJsonValue value = json[QLatin1String(name)];
    const bool required = type == QJsonValue::Array;
    if (value.type() == type || (value.isUndefined() && !required)) continue;
    const char* kind = type == QJsonValue::Bool ? "true or false" : type == QJsonValue::Double ? "a number" : type == QJsonValue::String ? "a text" : type == QJsonValue::Object ? "an object" : "an array";
    return bad(file, as(kind, name), kindOf(value));
  }
  changes.created = json["created"].toBool();
  changes.bringBack = json["bring_back"].toBool();
  changes.anew = json["anew"].toBool();
  changes.ifNewer = json["if_newer"].toBool();
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
    const QJsonObject said = each.toObject();
    if (!each.isObject()) return bad(file, "an object for each message", kindOf(each));
    if (said["id"].toString().isEmpty()) return bad(file, "messages with ids", QStringLiteral("one without"));
    RH_ASSIGN(ChatMessage message, messageFromJson(said, file));
    message.kept = said["kept"].toString();
    changes.messages.append(std::move(message));
  }
  return changes;
}

Result<QJsonObject> contentOf(const QString& path) {
  QFile file(path);
  if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly)) {
    return Error{ErrorCode::io, kReading, path.toStdString(), "a file that can be read", file.errorString().toStdString()};
  }
  const QByteArray bytes = file.read(UnsavedFiles::kMostBytes + 1);
  if (bytes.size() > UnsavedFiles::kMostBytes) return Error{ErrorCode::limit, kReading, path.toStdString(), "at most 256 MB", "more"};
  QJsonParseError wrong;
  const QJsonDocument document = QJsonDocument::fromJson(bytes, &wrong);
  if (document.isNull()) return bad(path, "JSON", QStringLiteral("%1 at byte %2").arg(wrong.errorString()).arg(wrong.offset));
  const QJsonObject json = document.object();
  const QJsonValue version = json[QLatin1String(kMark)];
  if (!version.isDouble()) return bad(path, std::string("a member \"") + kMark + '"', QStringLiteral("none"));
  if (version.toDouble() != 1) return Error{ErrorCode::unsupported, kReading, path.toStdString(), "version 1", std::to_string(version.toDouble())};
  return json;
}

// The conversations of each file; what is too long for one goes on in the next.
QList<QJsonArray> inParts(const QList<ConversationChanges>& changes, qint64 most) {
  constexpr qint64 kAround = 4096;  // the database's path and all that
  const auto size = [](const QJsonObject& json) { return qint64(QJsonDocument(json).toJson(QJsonDocument::Compact).size()) + 1; };
  QList<QJsonArray> parts{QJsonArray()};
  qint64 room = most - kAround;
  for (const ConversationChanges& each : changes) {
    QJsonObject json = toJson(each);
    const QJsonArray messages = json.take(QStringLiteral("messages")).toArray();
    QJsonArray held;
    room -= size(json);
    for (const QJsonValue& message : messages) {
      const qint64 bytes = size(message.toObject());
      if (bytes > room && !(held.isEmpty() && parts.last().isEmpty())) {
        json["messages"] = held;
        parts.last().append(json);
        parts.append(QJsonArray());
        held = {};
        json = {{"id", each.id}};
        if (each.bringBack) json["bring_back"] = true;
        room = most - kAround - size(json);
      }
      held.append(message);
      room -= bytes;
    }
    json["messages"] = held;
    parts.last().append(json);
  }
  return parts;
}

const QRegularExpression kStamp(QStringLiteral("\\.unsaved-(\\d{8}T\\d{6})(\\.\\d{3})?Z(-\\d+)?\\.json$"));
constexpr const char* kKeeping = "keep what is not saved";

Error refused(const QString& path, int failure) {
  return Error{ErrorCode::io, kKeeping, path.toStdString(), "a folder that can be written", std::strerror(failure)};
}

// Gives a whole file the first name that is free; nobody sees half of it.
Result<QString> nameIt(const QString& whole, const QString& name) {
  const QByteArray from = QFile::encodeName(whole);
  for (int n = 1;; ++n) {
    const QString path = (n == 1 ? name : QStringLiteral("%1-%2").arg(name).arg(n)) + QStringLiteral(".json");
    const QByteArray to = QFile::encodeName(path);
    const bool linked = ::link(from.constData(), to.constData()) == 0;
    const int failure = errno;
    if (!linked && failure == EEXIST) continue;
    // Not all file systems know links.
    if (!linked && (::access(to.constData(), F_OK) == 0 || ::rename(from.constData(), to.constData()) != 0)) return refused(path, failure);
    if (linked) ::unlink(from.constData());
    const int folder = ::open(QFile::encodeName(QFileInfo(path).path()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
      (void)::fsync(folder);
      ::close(folder);
    }
    return path;
  }
}

Result<QString> writeWhole(const QString& name, std::string_view bytes) {
  const QString part = QStringLiteral("%1.%2.part").arg(name).arg(::getpid());
  Result<AtomicFile> made = AtomicFile::create(QFile::encodeName(part).toStdString(), FileAccess::owner_only);
  if (!made.ok()) return Error{ErrorCode::io, kKeeping, name.toStdString() + ".json", "a folder that can be written", made.error().received};
  AtomicFile file = std::move(made).value();
  RH_TRY(file.write(bytes));
  RH_TRY(file.commit());
  Result<QString> path = nameIt(part, name);
  if (!path.ok()) QFile::remove(part);
  return path;
}

}  // namespace

UnsavedFiles::UnsavedFiles(const QString& database, const QStringList& others, qint64 mostBytes)
    : most_bytes_(mostBytes), database_(QFileInfo(database).absoluteFilePath()), folders_(QStringList{QFileInfo(database_).path()} + others) {
  folders_.removeAll(QString());  // would be the current one
}

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
  std::optional<QString> first;
  for (const QJsonArray& part : inParts(changes, most_bytes_)) {
    RH_ASSIGN(const QString path, writePart(part));
    if (!first) first = path;
  }
  return *first;
}

Result<QString> UnsavedFiles::writePart(const QJsonArray& part) const {
  const QByteArray bytes = QJsonDocument(QJsonObject{{kMark, 1}, {"database", database_}, {"conversations", part}}).toJson(QJsonDocument::Compact);
  const QString name = QFileInfo(database_).completeBaseName() + QStringLiteral(".unsaved-") +
                       QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss.zzz'Z'"));
  std::optional<Error> first;
  for (const QString& folder : folders_) {
    Result<QString> path = writeWhole(QDir(folder).filePath(name), std::string_view(bytes.constData(), std::size_t(bytes.size())));
    if (path.ok()) return path;
    if (!first) first = path.error();
  }
  return *first;
}

qint64 UnsavedFiles::writtenMs(const QString& file) {
  const QRegularExpressionMatch found = kStamp.match(file);
  QDateTime when = QDateTime::fromString(found.captured(1), QStringLiteral("yyyyMMdd'T'HHmmss"));
  if (!when.isValid()) return QFileInfo(file).lastModified().toMSecsSinceEpoch();
  when.setTimeSpec(Qt::UTC);
  return when.toMSecsSinceEpoch() + found.captured(2).mid(1).toInt();
}

QStringList UnsavedFiles::find() const {
  struct Found {
    qint64 ms = 0;
    int number = 0;  // of those of one time
    QString path;
  };
  QList<Found> all;
  QStringList known;
  for (const QString& folder : folders_) {
    const bool own = folder == folders_.first();
    QDir::Filters filters = QDir::Files;
    if (!own) filters |= QDir::NoSymLinks;
    const QFileInfoList files = QDir(folder).entryInfoList({QFileInfo(database_).completeBaseName() + QStringLiteral(".unsaved-*.json")}, filters);
    for (const QFileInfo& each : files) {
      if (known.contains(each.filePath())) continue;
      // In the folders of all, only what this user's runs over this database have left.
      if (!own) {
        if (each.ownerId() != ::geteuid()) continue;
        const Result<QJsonObject> content = contentOf(each.filePath());
        if (!content.ok() || (*content)["database"].toString() != database_) continue;
      }
      known.append(each.filePath());
      all.append({writtenMs(each.filePath()), kStamp.match(each.filePath()).captured(3).mid(1).toInt(), each.filePath()});
    }
  }
  std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) { return std::tie(a.ms, a.number, a.path) < std::tie(b.ms, b.number, b.path); });
  QStringList paths;
  for (const Found& each : std::as_const(all)) paths.append(each.path);
  return paths;
}

Result<QList<ConversationChanges>> UnsavedFiles::read(const QString& file) {
  RH_ASSIGN(const QJsonObject json, contentOf(file));
  QList<ConversationChanges> all;
  if (!json["conversations"].isArray()) return bad(file, as("an array", "conversations"), kindOf(json["conversations"]));
  const QJsonArray list = json["conversations"].toArray();
  for (const QJsonValue& each : list) {
    if (!each.isObject()) return bad(file, "an object for each conversation", kindOf(each));
    Result<ConversationChanges> changes = fromJson(each.toObject(), file);
    if (!changes.ok()) return Error{changes.error().code, kReading, file.toStdString(), changes.error().expected, changes.error().received};
    all.append(std::move(changes).value());
  }
  return all;
}

UnsavedClaim::UnsavedClaim(const QString& file) : fd_(::open(QFile::encodeName(file).constData(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) {
    if (errno == ENOENT) state_ = State::Gone;
    return;  // reading it tells why
  }
  // Where there are no locks it is as well.
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) state_ = State::Others;
  struct stat here {};
  if (state_ == State::Mine && ::fstat(fd_, &here) == 0 && here.st_nlink == 0) state_ = State::Gone;
}

UnsavedClaim::~UnsavedClaim() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace roundhouse::app
