// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/conversation_repair.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "roundhouse/data_folder.h"

namespace roundhouse::app {
namespace {

constexpr const char* kOperation = "set damaged conversations aside";
const QString kWal = QStringLiteral("-wal"), kShm = QStringLiteral("-shm");

QString asideName(const QString& file, const QString& what) {
  const QString name = QStringLiteral("%1.%2-%3").arg(file, what, QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'")));
  QString free = name;
  for (int n = 2; QFile::exists(free); ++n) free = QStringLiteral("%1-%2").arg(name).arg(n);
  return free;
}

bool rename(const QString& from, const QString& to) { return std::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) == 0; }

bool link(const QString& from, const QString& to) { return ::link(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) == 0; }

Error refused(const QString& file, const char* expected) {
  return Error{ErrorCode::io, kOperation, file.toStdString(), expected, std::strerror(errno)};
}

void removeAll(const QString& file) {
  for (const QString& suffix : {QString(), kWal, kShm}) QFile::remove(file + suffix);
}

// Files that are gone again when it is.
struct Draft {
  QString file;
  explicit Draft(QString name) : file(std::move(name)) { removeAll(file); }
  ~Draft() { removeAll(file); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
};

}  // namespace

Result<Repaired> replaceDamaged(const QString& file) {
  Repaired out;
  const Draft copy(file + QStringLiteral(".salvage")), made(file + QStringLiteral(".repaired"));
  // Copies are what is read from, so that the damaged files stay as they were found.
  for (const QString& suffix : {QString(), kWal}) {
    if (QFile::exists(file + suffix) && !QFile::copy(file + suffix, copy.file + suffix)) return refused(file + suffix, "room for a copy");
  }
  {
    RH_ASSIGN(const std::unique_ptr<Database> fresh, Database::open(made.file, kOperation));
    RH_TRY(migrate(*fresh, conversationMigrations()));
    if (auto damaged = Database::openDamaged(copy.file, kOperation); damaged.ok()) {
      RH_ASSIGN(out.salvaged, salvageConversations(**damaged, *fresh));
    }
    RH_TRY(fresh->emptyLog(kOperation));
  }
  out.aside = asideName(file, QStringLiteral("damaged"));
  if (QFile::exists(file + kWal) && !rename(file + kWal, out.aside + kWal)) return refused(file + kWal, "permission to rename it");
  QFile::remove(file + kShm);
  // There is always one at the path, where the file system knows links.
  const bool there = QFile::exists(file), set = !there || link(file, out.aside) || rename(file, out.aside);
  if (set && rename(made.file, file)) return out;
  const Error error = refused(file, "permission to rename it");
  if (set && there) (void)rename(out.aside, file);
  (void)rename(out.aside + kWal, file + kWal);
  return error;
}

Result<Repaired> replaceMissing(std::unique_ptr<Database> open) {
  Repaired out;
  const QString file = open->file();
  RH_TRY(create_private_folder(QFileInfo(file).absolutePath().toStdString()));  // it may be gone with all that was in it
  bool replaced = QFile::exists(file);
  (void)open->emptyLog(kOperation);  // so that it is whole by whatever name it has now
  const Draft copy(file + QStringLiteral(".salvage"));
  const bool wanted = !replaced || !open->standsBeside();
  const Status copied = wanted ? open->copyTo(kOperation, copy.file) : Status(Ok{});
  if (copied.ok() || isDamage(copied.error())) open->removeLogs();
  else return copied.error();
  open.reset();
  if (!wanted || !copied.ok()) return out;
  if (!replaced && link(copy.file, file)) return out;
  replaced = QFile::exists(file);  // by another window, meanwhile
  if (replaced) out.aside = asideName(file, QStringLiteral("replaced"));
  if (!rename(copy.file, replaced ? out.aside : file)) return refused(copy.file, "permission to rename it");
  return out;
}

}  // namespace roundhouse::app
