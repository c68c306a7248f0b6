// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>

#include "app/chat/conversation_library.h"

namespace roundhouse::app {

// The conversations as last listed, newest first. Rows are kept where ids stay, so that a refresh loses no selection.
class ConversationListModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { IdRole = Qt::UserRole, SnippetRole, WhenRole, BusyRole };

  explicit ConversationListModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

  void setConversations(const QList<ConversationSummary>& conversations);
  void setBusy(const QString& id, bool busy);
  const QList<ConversationSummary>& conversations() const { return conversations_; }
  int rowOf(const QString& id) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  // Renaming in place: asks, the model changes when the library has it.
  bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;

 Q_SIGNALS:
  void renameRequested(const QString& id, const QString& title);

 private:
  QList<ConversationSummary> conversations_;
  QStringList busy_;
};

}  // namespace roundhouse::app
