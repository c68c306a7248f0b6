// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/dialog_folders.h"

#include <QCoreApplication>
#include <QEvent>
#include <QFileDialog>
#include <QFileInfo>

#include "app/shell/settings.h"

namespace roundhouse::app {

DialogFolders::DialogFolders(QCoreApplication& app, Settings& settings) : settings_(settings) { app.installEventFilter(this); }

bool DialogFolders::eventFilter(QObject* watched, QEvent* event) {
  auto* dialog = event->type() == QEvent::Show && !event->spontaneous() ? qobject_cast<QFileDialog*>(watched) : nullptr;
  if (!dialog) return false;
  const char* kind = dialog->acceptMode() == QFileDialog::AcceptSave ? "save" : dialog->fileMode() == QFileDialog::Directory ? "choose" : "open";
  const QString key = QStringLiteral("window/folder_to_") + QLatin1String(kind);
  if (const QString kept = settings_.text(key); !kept.isEmpty() && QFileInfo(kept).isDir()) dialog->setDirectory(kept);
  connect(dialog, &QFileDialog::accepted, this, [this, dialog, key] {
    // (What was typed with its folder lies elsewhere than what the dialog shows.)
    const QString chosen = dialog->selectedFiles().value(0);
    settings_.set(key, dialog->fileMode() == QFileDialog::Directory ? chosen : QFileInfo(chosen).absolutePath());
  });
  return false;
}

}  // namespace roundhouse::app
