// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <string>
#include <vector>

#include "roundhouse/audit.h"

class QComboBox;
class QDateEdit;
class QPushButton;

namespace roundhouse::widgets {
class SearchField;
}

namespace roundhouse::app {

struct AppContext;

// Which entries of the audit log are shown: by text, kind, time, user and conversation. Remembered, the conversation
// excepted.
class AuditFilterBar : public QWidget {
  Q_OBJECT
 public:
  explicit AuditFilterBar(AppContext& context, QWidget* parent = nullptr);

  AuditFilter filter() const;
  bool active() const;  // leaves something out
  void clear();
  void setUsers(const std::vector<std::string>& users);
  // The entry whose conversation can be chosen; null: none.
  void setEntry(const AuditRecord* record);

 Q_SIGNALS:
  void changed();  // once typing rests

 private:
  void refresh();
  void offerConversations();

  AppContext& context_;
  QString entry_conversation_;
  std::int64_t entry_ = 0;
  widgets::SearchField* search_;
  QComboBox *kind_, *time_, *user_, *conversation_;
  QDateEdit *from_, *to_;
  QPushButton* clear_;
};

}  // namespace roundhouse::app
