// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/save_dialog.h"

#include <QFileDialog>

namespace roundhouse::app {
namespace {

QString suffixOf(const QString& filter) {
  const qsizetype from = filter.indexOf(QLatin1String("(*.")) + 3;
  qsizetype to = from;
  while (to < filter.size() && filter[to] != QLatin1Char(' ') && filter[to] != QLatin1Char(')')) ++to;
  return from < 3 ? QString() : filter.mid(from, to - from);
}

}  // namespace

void askSavePath(QWidget* parent, const QString& title, const QString& name, const QStringList& filters,
                 std::function<void(const QString& path)> chosen) {
  auto* dialog = new QFileDialog(parent, title);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("saveDialog"));
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters(filters);
  const auto follow = [dialog](const QString& filter) { dialog->setDefaultSuffix(suffixOf(filter)); };
  follow(filters.value(0));
  QObject::connect(dialog, &QFileDialog::filterSelected, dialog, follow);
  const QString suffix = QLatin1Char('.') + dialog->defaultSuffix();
  dialog->selectFile(name.endsWith(suffix) ? name : name + suffix);
  QObject::connect(dialog, &QFileDialog::fileSelected, parent, std::move(chosen));
  dialog->open();
}

}  // namespace roundhouse::app
