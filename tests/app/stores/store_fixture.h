// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSqlQuery>
#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>
#include <sys/stat.h>

#include <ctime>
#include <stdexcept>

#include "app/stores/conversation_store.h"
#include "app/stores/database.h"

template <class T>
T must(roundhouse::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

inline QByteArray fileBytes(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) throw std::runtime_error("cannot read " + path.toStdString());
  return file.readAll();
}

inline void writeFile(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) throw std::runtime_error("cannot write " + path.toStdString());
}

// As if nothing had written to it for a minute: what is still being written is not repaired.
inline void rest(const QString& path) {
  const timespec then{::time(nullptr) - 60, 0}, times[2] = {then, then};
  if (::utimensat(AT_FDCWD, QFile::encodeName(path).constData(), times, 0) != 0) throw std::runtime_error("cannot set the time of " + path.toStdString());
}

// A folder in memory where the system offers that.
class Folder {
 public:
  Folder() : dir_((QFileInfo(QStringLiteral("/dev/shm")).isWritable() ? QStringLiteral("/dev/shm") : QDir::tempPath()) + QStringLiteral("/roundhouse-test-XXXXXX")) {
    if (!dir_.isValid()) throw std::runtime_error("no temporary folder");
  }
  QString path(const QString& name) const { return dir_.filePath(name); }
  QString path(const char* name) const { return dir_.filePath(QString::fromUtf8(name)); }
  QStringList files() const { return QDir(dir_.path()).entryList(QDir::Files | QDir::Hidden); }
  QString root() const { return dir_.path(); }

 private:
  QTemporaryDir dir_;
};

inline roundhouse::app::StoredConversation conversation(const QString& id, const QString& title, qint64 updatedMs = 1000) {
  return {id, title, 500, updatedMs, QStringLiteral("Be brief."), R"({"temperature":0.5})", "[]", {}};
}

inline roundhouse::app::StoredMessage message(const QString& id, const QString& parent, const QString& text) {
  roundhouse::app::StoredMessage made;
  made.id = id;
  made.parent = parent;
  made.role = parent.isEmpty() ? QStringLiteral("user") : QStringLiteral("assistant");
  made.createdMs = 7;
  made.parts = "[{\"text\":\"" + text.toUtf8() + "\"}]";
  made.text = text;
  return made;
}

// The whole conversation, or one message more.
inline roundhouse::Status save(roundhouse::app::ConversationStore& store, const roundhouse::app::StoredConversation& c,
                               const QList<roundhouse::app::StoredMessage>& messages = {}) {
  roundhouse::app::StoredChanges changes;
  changes.id = c.id;
  changes.create = true;
  changes.createdMs = c.createdMs;
  changes.updatedMs = c.updatedMs;
  changes.title = c.title;
  changes.systemPrompt = c.systemPrompt;
  changes.settings = c.settings;
  changes.edits = c.edits;
  changes.leaf = c.leaf;
  changes.messages = messages;
  const auto saved = store.save(changes);
  if (!saved.ok()) return saved.error();
  return roundhouse::Ok{};
}

inline roundhouse::Status save(roundhouse::app::ConversationStore& store, const QString& id, const roundhouse::app::StoredMessage& message) {
  roundhouse::app::StoredChanges changes;
  changes.id = id;
  changes.messages = {message};
  const auto saved = store.save(changes);
  if (!saved.ok()) return saved.error();
  return roundhouse::Ok{};
}

// `atMs` 0: brought back.
inline roundhouse::Status remove(roundhouse::app::ConversationStore& store, const QString& id, qint64 atMs) {
  roundhouse::app::StoredChanges changes;
  changes.id = id;
  changes.removedMs = atMs;
  const auto saved = store.save(changes);
  if (!saved.ok()) return saved.error();
  return roundhouse::Ok{};
}
