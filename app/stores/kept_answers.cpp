// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/stores/kept_answers.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

#include "app/stores/folder_lock.h"

namespace roundhouse::app {
namespace {

QString answersIn(const QString& dataFolder) { return QDir(dataFolder).filePath(QLatin1String(kAnswersFolder)); }

}  // namespace

QList<KeptFile> keptFiles(const QString& answersFolder) {
  // Unfinished: AtomicFile's temporary files, and those of QSaveFile, which earlier versions wrote with (six letters, large
  // and small by chance: "backup" is none).
  static const QRegularExpression name(QStringLiteral("^([A-Za-z0-9_-]+)\\.(?:json|rhtrace)(\\.[0-9a-f]{16}\\.part|\\.(?![a-z]*$)[A-Za-z]{6})?$"));
  QList<KeptFile> found;
  QDirIterator folders(answersFolder, QDir::Dirs | QDir::NoDotAndDotDot | QDir::NoSymLinks);
  while (folders.hasNext()) {
    QDirIterator files(folders.next(), QDir::Files | QDir::NoSymLinks);
    while (files.hasNext()) {
      files.next();
      const QRegularExpressionMatch match = name.match(files.fileName());
      if (match.hasMatch()) found.append({files.fileInfo(), files.fileInfo().path() + QLatin1Char('/') + match.captured(1), match.captured(2).isEmpty()});
    }
  }
  return found;
}

KeptAnswers keptAnswers(const QString& dataFolder) {
  KeptAnswers kept;
  const QList<KeptFile> files = keptFiles(answersIn(dataFolder));
  for (const KeptFile& each : files) {
    kept.bytes += each.info.size();
    if (each.finished && each.info.suffix() == QLatin1String("json")) ++kept.answers;
  }
  return kept;
}

Status deleteKeptAnswers(const QString& dataFolder) {
  const QString folder = answersIn(dataFolder);
  const FolderLock lock(folder);
  const QList<KeptFile> files = keptFiles(folder);
  QStringList folders;
  for (const KeptFile& each : files) {
    if (!each.finished && !lock.held()) continue;
    if (!folders.contains(each.info.path())) folders.append(each.info.path());
    QFile file(each.info.filePath());
    if (!file.remove() && file.exists()) return Error{ErrorCode::io, "delete kept answers", file.fileName().toStdString(), {}, file.errorString().toStdString()};
  }
  for (const QString& path : folders) QDir().rmdir(path);  // unless something else is in it
  return Ok{};
}

}  // namespace roundhouse::app
