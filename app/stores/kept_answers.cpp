// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/kept_answers.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>

namespace roundhouse::app {
namespace {

// Calls `take` for each file of an answer. Links are not followed.
template <class Take>
void eachFile(const QString& dataFolder, Take take) {
  QDirIterator folders(QDir(dataFolder).filePath(QLatin1String(kAnswersFolder)), QDir::Dirs | QDir::NoDotAndDotDot | QDir::NoSymLinks);
  while (folders.hasNext()) {
    QDirIterator files(folders.next(), {QStringLiteral("*.json"), QStringLiteral("*.rhtrace")}, QDir::Files | QDir::NoSymLinks);
    while (files.hasNext()) {
      files.next();
      take(files.fileInfo());
    }
  }
}

}  // namespace

KeptAnswers keptAnswers(const QString& dataFolder) {
  KeptAnswers kept;
  eachFile(dataFolder, [&kept](const QFileInfo& file) {
    kept.bytes += file.size();
    if (file.suffix() == QLatin1String("json")) ++kept.answers;
  });
  return kept;
}

Status deleteKeptAnswers(const QString& dataFolder) {
  QStringList files, folders;
  eachFile(dataFolder, [&](const QFileInfo& file) {
    files.append(file.filePath());
    if (!folders.contains(file.path())) folders.append(file.path());
  });
  for (const QString& path : files) {
    QFile file(path);
    if (!file.remove() && file.exists()) return Error{ErrorCode::io, "delete kept answers", path.toStdString(), {}, file.errorString().toStdString()};
  }
  for (const QString& folder : folders) QDir().rmdir(folder);  // unless something else is in it
  return Ok{};
}

}  // namespace roundhouse::app
