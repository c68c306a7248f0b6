// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/file_export.h"

#include <QCoreApplication>
#include <QDir>
#include <QSaveFile>

namespace roundhouse::widgets {

bool writeWholeFile(const QString& path, const QByteArray& bytes, QString* error) {
  QSaveFile file(path);
  if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit()) return true;
  if (error)
    *error = QCoreApplication::translate("FileExport", "%1 could not be written: %2")
                 .arg(QDir::toNativeSeparators(path), file.errorString());
  return false;
}

QByteArray csvField(const QString& text) {
  QByteArray field = text.toUtf8();
  bool is_number = false;
  text.toDouble(&is_number);
  if (!field.isEmpty() && !is_number && QByteArrayView("=+-@\t\r").contains(field[0])) field.prepend('\'');
  if (!field.contains('"') && !field.contains(',') && !field.contains('\n') && !field.contains('\r')) return field;
  return '"' + field.replace('"', "\"\"") + '"';
}

}  // namespace roundhouse::widgets
