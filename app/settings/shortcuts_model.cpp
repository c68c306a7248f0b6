// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/settings/shortcuts_model.h"

#include <QFont>

namespace roundhouse::app {

ShortcutsModel::ShortcutsModel(CommandRegistry& commands, QObject* parent) : QAbstractTableModel(parent), commands_(commands) {
  refresh();
  connect(&commands_, &CommandRegistry::added, this, &ShortcutsModel::refresh);  // rooms add theirs when first entered
  connect(&commands_, &CommandRegistry::shortcutsChanged, this, [this] {
    if (!ids_.isEmpty()) Q_EMIT dataChanged(index(0, 0), index(int(ids_.size()) - 1, ColumnCount - 1));
  });
}

void ShortcutsModel::refresh() {
  beginResetModel();
  ids_.clear();
  for (const CommandSpec& spec : commands_.specs()) ids_.append(spec.id);
  endResetModel();
}

int ShortcutsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(ids_.size()); }

int ShortcutsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ShortcutsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const QString& id = ids_[index.row()];
  const QAction* action = commands_.action(id);
  const bool changed = commands_.shortcut(id) != commands_.defaultShortcut(id);
  switch (role) {
    case Qt::DisplayRole:
      if (index.column() == Command) return action->text();
      if (index.column() == Keys) return action->shortcut().toString(QKeySequence::NativeText);
      for (const CommandSpec& spec : commands_.specs()) {
        if (spec.id == id) return spec.group;
      }
      return {};
    case Qt::FontRole:
      if (changed && index.column() == Keys) {
        QFont font;
        font.setBold(true);
        return font;
      }
      return {};
    case Qt::ToolTipRole:
      return changed ? tr("Default: %1").arg(commands_.defaultShortcut(id).toString(QKeySequence::NativeText)) : QString();
    case IdRole: return id;
    case ChangedRole: return changed;
    default: return {};
  }
}

QVariant ShortcutsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  return section == Command ? tr("Command") : section == Room ? tr("Room") : tr("Keys");
}

}  // namespace roundhouse::app
