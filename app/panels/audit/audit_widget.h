// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <functional>

#include "roundhouse/audit.h"
#include "widgets/style/text_role.h"

class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTableView;

namespace roundhouse::widgets {
class EmptyState;
}

namespace roundhouse::app {

struct AppContext;
class AuditFilterBar;
class AuditModel;
class AuditTasks;

// Reads, checks, redacts, exports and sets aside the audit log. Everything that touches the log runs on pool threads.
class AuditWidget : public QWidget {
  Q_OBJECT
 public:
  explicit AuditWidget(AppContext& context, QWidget* parent = nullptr);

  void reload();
  void showUsers();  // those of the whole log, to choose from
  void verify();
  bool idle() const;

 private:
  void loadMore();
  void showEntry();
  void redact();
  void exportLog();
  void write(const QString& path);
  void setAside();
  void showState();
  void showFound();
  void fitColumns();
  void askRedaction(std::int64_t sequence, const std::string& session, int others);
  // Irreversible things are asked about; `done` gets the reason, which stands in the log, and whether `option` (empty:
  // there is none) was ticked.
  void askReason(const QString& title, const QString& text, const QString& accept, const QString& option,
                 std::function<void(const std::string& reason, bool optionTicked)> done);
  // In the place of what was told before.
  void tell(const QString& text);
  // The verdict of a check, or where an export lies.
  void showOutcome();
  void showTask();
  void say(const QString& text, widgets::Tone tone = widgets::Tone::Normal);
  // runInBackground() that idle() knows of.
  template <class Work, class Done>
  void run(Work work, Done done);

  AppContext& context_;
  AuditTasks& tasks_;
  AuditModel* model_;
  int running_ = 0;
  std::uint64_t query_ = 0;
  bool complete_ = false, loading_more_ = false;

  AuditFilterBar* filter_;
  QStackedWidget *stack_, *found_;
  widgets::EmptyState *none_, *nothing_;
  QPushButton *verify_, *export_, *redact_, *set_aside_, *retry_, *stop_;
  QProgressBar* progress_;
  QLabel *verdict_, *count_;
  QTableView* table_;
  QPlainTextEdit* details_;
};

}  // namespace roundhouse::app
