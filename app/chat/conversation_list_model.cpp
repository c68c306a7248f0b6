// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_list_model.h"

#include <QDateTime>
#include <QLocale>

namespace roundhouse::app {
namespace {

QString whenText(qint64 ms) {
  const QDateTime time = QDateTime::fromMSecsSinceEpoch(ms), now = QDateTime::currentDateTime();
  const QLocale locale;
  const qint64 days = time.date().daysTo(now.date());
  if (days <= 0) return locale.toString(time.time(), QStringLiteral("HH:mm"));
  if (days < 7) return locale.toString(time.date(), QStringLiteral("ddd"));
  return locale.toString(time.date(), QLocale::ShortFormat);
}

}  // namespace

void ConversationListModel::setConversations(const QList<ConversationSummary>& next) {
  // Out with what is gone, from the end; then bring each row to its place.
  for (int row = int(conversations_.size()) - 1; row >= 0; --row) {
    const QString& id = conversations_[row].id;
    if (std::none_of(next.begin(), next.end(), [&](const auto& each) { return each.id == id; })) {
      beginRemoveRows({}, row, row);
      conversations_.removeAt(row);
      endRemoveRows();
    }
  }
  for (int row = 0; row < int(next.size()); ++row) {
    const int at = rowOf(next[row].id);
    if (at < 0) {
      beginInsertRows({}, row, row);
      conversations_.insert(row, next[row]);
      endInsertRows();
      continue;
    }
    if (at != row) {
      beginMoveRows({}, at, at, {}, row);  // rows before are right already: it comes from below
      conversations_.move(at, row);
      endMoveRows();
    }
    if (conversations_[row] != next[row]) {
      conversations_[row] = next[row];
      Q_EMIT dataChanged(index(row), index(row));
    }
  }
}

void ConversationListModel::setBusy(const QString& id, bool busy) {
  if (busy == busy_.contains(id)) return;
  if (busy) busy_.append(id);
  else busy_.removeAll(id);
  if (const int row = rowOf(id); row >= 0) Q_EMIT dataChanged(index(row), index(row), {BusyRole, Qt::AccessibleTextRole});
}

int ConversationListModel::rowOf(const QString& id) const {
  for (int row = 0; row < int(conversations_.size()); ++row) {
    if (conversations_[row].id == id) return row;
  }
  return -1;
}

int ConversationListModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(conversations_.size()); }

QVariant ConversationListModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const ConversationSummary& summary = conversations_[index.row()];
  switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole: return summary.title;
    case Qt::ToolTipRole: return summary.title;
    case Qt::AccessibleTextRole:
      return busy_.contains(summary.id) ? tr("%1, answering").arg(summary.title) : QStringLiteral("%1, %2").arg(summary.title, whenText(summary.updatedMs));
    case IdRole: return summary.id;
    case SnippetRole: return summary.snippet;
    case WhenRole: return whenText(summary.updatedMs);
    case BusyRole: return busy_.contains(summary.id);
    default: return {};
  }
}

Qt::ItemFlags ConversationListModel::flags(const QModelIndex& index) const {
  Qt::ItemFlags flags = QAbstractListModel::flags(index);
  if (index.isValid()) flags |= Qt::ItemIsEditable | Qt::ItemNeverHasChildren;
  return flags;
}

bool ConversationListModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  if (role != Qt::EditRole || !index.isValid()) return false;
  const QString title = value.toString().simplified();
  if (title.isEmpty() || title == conversations_[index.row()].title) return false;
  Q_EMIT renameRequested(conversations_[index.row()].id, title);
  return true;
}

}  // namespace roundhouse::app
