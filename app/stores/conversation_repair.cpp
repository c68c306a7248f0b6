// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/conversation_repair.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QUuid>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "roundhouse/data_folder.h"

namespace roundhouse::app {
namespace {

constexpr const char* kOperation = "set damaged conversations aside";

bool rename(const QString& from, const QString& to) { return std::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) == 0; }

bool link(const QString& from, const QString& to) { return ::link(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) == 0; }

Error refused(const QString& file, const char* expected) {
  return Error{ErrorCode::io, kOperation, file.toStdString(), expected, std::strerror(errno)};
}

// Files that are gone again when it is. Its name is nobody else's, also where there are no locks.
struct Draft {
  QString file;
  Draft(const QString& database, const char* what) : file(QStringLiteral("%1.%2-%3").arg(database, QLatin1String(what), QUuid::createUuid().toString(QUuid::WithoutBraces))) {}
  ~Draft() {
    for (const QString& suffix : {QString(), QString(kWal), QString(kShm)}) QFile::remove(file + suffix);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
};

// Renamings that are undone, last first, unless all have been done.
class Moves {
 public:
  ~Moves() {
    for (auto each = done_.rbegin(); each != done_.rend(); ++each) (void)rename(each->second, each->first);
  }
  bool move(const QString& from, const QString& to) {
    if (!rename(from, to)) return false;
    done_.emplace_back(from, to);
    return true;
  }
  void stand() { done_.clear(); }

 private:
  std::vector<std::pair<QString, QString>> done_;
};

// As a whole, or where that meets damage, row by row.
Status copyOut(Database& open, const QString& copy, Repaired& out) {
  const Status whole = open.copyTo(kOperation, copy);
  if (whole.ok() || !isDamage(whole.error())) return whole;
  out.damaged = true;
  RH_ASSIGN(const std::unique_ptr<Database> fresh, Database::open(copy, kOperation));
  RH_TRY(migrate(*fresh, conversationMigrations()));
  RH_ASSIGN(out.salvaged, salvageConversations(open, *fresh));
  return fresh->emptyLog(kOperation);
}

}  // namespace

void removeLeftovers(const QString& file) {
  const QFileInfo own(file);
  static const QRegularExpression draft(QStringLiteral("^\\.(?:(?:salvage|repaired|repaired-old)-[0-9a-f-]{36}(?:-wal|-shm)?|before-v\\d+\\.[0-9a-f-]{36}\\.part)$"));
  for (const QString& each : own.dir().entryList({own.fileName() + QStringLiteral(".*")}, QDir::Files | QDir::Hidden)) {
    if (draft.match(each.mid(own.fileName().size())).hasMatch()) QFile::remove(own.dir().filePath(each));
  }
}

QString asideName(const QString& file, const QString& what) {
  const QString name = QStringLiteral("%1.%2-%3").arg(file, what, QDateTime::currentDateTimeUtc().toString(QStringLiteral("yyyyMMdd'T'HHmmss'Z'")));
  QString free = name;
  for (int n = 2; QFile::exists(free); ++n) free = QStringLiteral("%1-%2").arg(name).arg(n);
  return free;
}

Result<Repaired> replaceDamaged(const QString& file, const FileState& found, Database* open, const std::atomic<bool>* hurry) {
  Repaired out;
  out.damaged = true;
  const Draft copy(file, "salvage"), made(file, "repaired"), old(file, "repaired-old");
  // Copies are what is read from, so that the damaged files stay as they were found.
  const bool emptied = found.bytes == 0 && open;  // SQLite would delete the copy of the log
  for (const QString& suffix : {QString(), QString(kWal)}) {
    if (!emptied && QFile::exists(file + suffix) && !QFile::copy(file + suffix, copy.file + suffix)) return refused(file + suffix, "room for a copy");
  }
  {
    RH_ASSIGN(const std::unique_ptr<Database> fresh, Database::open(made.file, kOperation));
    RH_TRY(migrate(*fresh, conversationMigrations()));
    std::unique_ptr<Database> damaged;
    if (!emptied) {
      auto opened = Database::openDamaged(copy.file, kOperation);
      if (opened.ok()) damaged = std::move(*opened);
      else if (!isDamage(opened.error())) return opened.error();  // it may be readable another time
    }
    if (Database* const source = emptied ? open : damaged.get()) {
      RH_ASSIGN(out.salvaged, salvageConversations(*source, *fresh, hurry));
    }
    RH_TRY(fresh->emptyLog(kOperation));
  }
  out.aside = asideName(file, QStringLiteral("damaged"));
  // There is always one at the path, where the file system knows links.
  const bool linked = link(file, out.aside);
  Moves moves;
  Status moved = linked || moves.move(file, out.aside) ? Status(Ok{}) : Status(refused(file, "permission to rename it"));
  if (moved.ok() && FileState::of(out.aside) != found) moved = Error{ErrorCode::conflict, kOperation, file.toStdString(), "a file that no other program writes", "it has changed"};
  // The log before the file: a new one never stands beside the log of another.
  for (const auto& [from, to] : {std::pair{file + kWal, out.aside + kWal}, std::pair{file + kShm, old.file}, std::pair{made.file, file}}) {
    if (moved.ok() && QFile::exists(from) && !moves.move(from, to)) moved = refused(from, "permission to rename it");
  }
  if (!moved.ok()) {
    if (linked) QFile::remove(out.aside);
    return moved.error();
  }
  moves.stand();
  return out;
}

Result<Repaired> replaceMissing(Database& open) {
  Repaired out;
  const QString file = open.file();
  RH_TRY(create_private_folder(QFileInfo(file).absolutePath().toStdString()));  // it may be gone with all that was in it
  (void)open.emptyLog(kOperation);  // so that it is whole by whatever name it has now
  const Draft copy(file, "rescued");
  if (QFile::exists(file) && open.standsBeside()) {
    open.removeLogs();
    return out;
  }
  RH_TRY(copyOut(open, copy.file, out));
  open.removeLogs();  // the new file shall not be taken for theirs
  if (!QFile::exists(file) && link(copy.file, file)) return out;
  const bool replaced = QFile::exists(file);
  if (replaced) out.aside = asideName(file, QStringLiteral("replaced"));
  if (!rename(copy.file, replaced ? out.aside : file)) return refused(copy.file, "permission to rename it");
  return out;
}

}  // namespace roundhouse::app
