// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/model_folders.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>

#include "app/shell/settings.h"

namespace roundhouse::app {

QStringList addModelFolders(Settings& settings, const QStringList& paths) {
  QStringList folders = settings.texts(keys::modelFolders), files;
  for (const QString& path : paths) {
    const QFileInfo info(path);
    const QString clean = QDir::cleanPath(info.absoluteFilePath());
    if (info.isFile() && info.suffix().toLower() == QLatin1String("gguf")) files.append(clean);
    else if (!info.isDir()) continue;
    if (!folders.contains(clean)) folders.append(clean);
  }
  settings.setTexts(keys::modelFolders, folders);
  return files;
}

void askForModelFolder(Settings& settings, QWidget* parent) {
  auto* dialog = new QFileDialog(parent, QCoreApplication::translate("ModelFolders", "A folder with models"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("folderDialog"));
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly, true);
  QObject::connect(dialog, &QFileDialog::filesSelected, parent, [&settings](const QStringList& chosen) { addModelFolders(settings, chosen); });
  dialog->open();
}

}  // namespace roundhouse::app
