// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QKeySequence>
#include <QList>
#include <QString>
#include <QStringList>

namespace roundhouse::widgets {

struct Command {
  QString id;        // unique within its provider and stable between runs
  QString title;
  QString group;     // "Command", "Conversation", "Model"
  QString detail;    // second, muted text
  QString keywords;  // found too, not shown
  QString iconName;
  QKeySequence shortcut;
  bool enabled = true;
};

// Where the palette's entries come from. Called on the GUI thread for every key; must answer at once.
class CommandProvider {
 public:
  virtual ~CommandProvider() = default;
  // All entries, or those that may fit the query when there are too many to list. The palette ranks them.
  virtual QList<Command> commands(const QString& query) = 0;
  virtual void run(const QString& id) = 0;
};

// The entries that fit a query, best first; with an empty query the recent ones first. Disabled commands are left out.
class CommandModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { IdRole = Qt::UserRole, GroupRole, DetailRole, ShortcutRole, IconNameRole, MatchesRole };
  static constexpr int kMost = 200;

  using QAbstractListModel::QAbstractListModel;

  // Providers are not owned and must outlive the model's use of them.
  void addProvider(CommandProvider* provider);
  void removeProvider(CommandProvider* provider);
  void setQuery(const QString& query);
  void run(int row);
  // Ids of what was run last, newest first; at most ten.
  QStringList recent() const { return recent_; }
  void setRecent(const QStringList& ids);

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  struct Entry {
    Command command;
    CommandProvider* provider;
    int score;
    QList<int> matches;
  };
  QList<CommandProvider*> providers_;
  QList<Entry> entries_;
  QStringList recent_;
};

}  // namespace roundhouse::widgets
