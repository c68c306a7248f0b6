// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/model_folders.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>

#include "app/shell/settings.h"

namespace roundhouse::app {

ModelPaths modelPaths(const QStringList& given) {
  ModelPaths paths;
  for (const QString& path : given) {
    const QFileInfo info(path);
    const QString clean = QDir::cleanPath(info.absoluteFilePath());
    const bool usable = info.isDir() || (info.isFile() && info.suffix().compare(QLatin1String("gguf"), Qt::CaseInsensitive) == 0);
    QStringList& list = usable ? paths.usable : paths.refused;
    if (!list.contains(clean)) list.append(clean);
  }
  return paths;
}

void addModelFolders(Settings& settings, const ModelPaths& paths) {
  QStringList folders = settings.texts(keys::modelFolders);
  for (const QString& path : paths.usable) {
    if (!folders.contains(path)) folders.append(path);
  }
  settings.setTexts(keys::modelFolders, folders);
}

void askForModelFolder(QWidget* parent, std::function<void(const ModelPaths& paths)> chosen) {
  auto* dialog = new QFileDialog(parent, QCoreApplication::translate("ModelFolders", "A folder with models"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("folderDialog"));
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly, true);
  QObject::connect(dialog, &QFileDialog::filesSelected, parent, [chosen = std::move(chosen)](const QStringList& given) { chosen(modelPaths(given)); });
  dialog->open();
}

}  // namespace roundhouse::app
