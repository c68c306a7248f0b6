// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <functional>

#include "roundhouse/audit.h"

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

// Reads, checks, redacts, exports and sets aside the audit log. Everything that touches the log runs on pool threads.
class AuditWidget : public QWidget {
  Q_OBJECT
 public:
  explicit AuditWidget(AppContext& context, QWidget* parent = nullptr);
  ~AuditWidget() override;

  void reload();
  void showUsers();  // those of the whole log, to choose from
  void verify();
  bool idle() const { return running_ == 0; }

 private:
  void loadMore();
  void showEntry();
  void redact();
  void exportLog();
  void write(const QString& path);
  void setAside();
  void showState();
  void showFound();
  // Irreversible things are asked about; `done` gets the reason, which stands in the log.
  void askReason(const QString& title, const QString& text, const QString& accept, std::function<void(const std::string& reason)> done);
  void tell(const QString& text);
  // Runs `work` on a pool thread and `done` with its result here, unless this is gone by then.
  template <class T>
  void run(std::function<T()> work, std::function<void(T)> done);
  // The same with progress and Cancel, one at a time: the buttons of such tasks wait meanwhile.
  template <class T>
  void runTask(std::function<T(const AuditProgress&, const CancelToken&)> work, std::function<void(T)> done);

  AppContext& context_;
  AuditModel* model_;
  CancelToken cancel_;  // of the task
  int running_ = 0;
  std::uint64_t query_ = 0, task_ = 0;
  bool complete_ = false, loading_more_ = false;

  AuditFilterBar* filter_;
  QStackedWidget *stack_, *found_;
  widgets::EmptyState *none_, *nothing_;
  QPushButton *verify_, *export_, *redact_, *set_aside_, *stop_;
  QProgressBar* progress_;
  QLabel *verdict_, *count_;
  QTableView* table_;
  QPlainTextEdit* details_;
};

}  // namespace roundhouse::app
