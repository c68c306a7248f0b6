// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/folder_menu.h"

#include "app/models/model_scanner.h"
#include "app/shell/settings.h"
#include "widgets/style/icon.h"

namespace roundhouse::app {

FolderMenu::FolderMenu(Settings& settings, QWidget* parent) : QMenu(parent), settings_(settings) {
  setObjectName(QStringLiteral("folderMenu"));
  connect(&settings_, &Settings::changed, this, [this](const QString& key) {
    if (key == keys::modelFolders || key == keys::scanHubCache) fill();
  });
  fill();
}

void FolderMenu::fill() {
  clear();
  const QStringList folders = settings_.texts(keys::modelFolders);
  for (const QString& folder : folders) {
    addAction(widgets::icon(QStringLiteral("remove")), tr("Do not search %1").arg(folder), this, [this, folder] {
      QStringList left = settings_.texts(keys::modelFolders);
      left.removeAll(folder);
      settings_.setTexts(keys::modelFolders, left);
    });
  }
  if (!folders.isEmpty()) addSeparator();
  QAction* hub = addAction(tr("Search the Hugging Face cache, %1").arg(hubCacheFolder()));
  hub->setCheckable(true);
  hub->setChecked(settings_.flag(keys::scanHubCache, true));
  connect(hub, &QAction::toggled, this, [this](bool on) { settings_.set(keys::scanHubCache, on); });
}

}  // namespace roundhouse::app
