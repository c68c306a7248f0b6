// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/open_dialog.h"

#include <QFileDialog>

namespace roundhouse::app {

void askOpenPath(QWidget* parent, const QString& title, const QString& filter, std::function<void(const QString& path)> chosen) {
  auto* dialog = new QFileDialog(parent, title);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("openDialog"));
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setNameFilter(filter);
  QObject::connect(dialog, &QFileDialog::fileSelected, parent, std::move(chosen));
  dialog->open();
}

}  // namespace roundhouse::app
