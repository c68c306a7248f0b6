// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/open_folder.h"

#include <QDesktopServices>
#include <QUrl>

namespace roundhouse::app {

Status openFolder(const QString& folder) {
  if (QDesktopServices::openUrl(QUrl::fromLocalFile(folder))) return Ok{};
  return Error{ErrorCode::io, "open folder", folder.toStdString(), {}, "no file manager took it"};
}

}  // namespace roundhouse::app
