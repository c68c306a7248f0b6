// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include <functional>

#include "roundhouse/audit.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QTableView;

namespace roundhouse::app {

struct AppContext;
class AuditModel;

// Reads, checks, redacts and exports the audit log. Everything that touches the log runs on pool threads.
class AuditWidget : public QWidget {
  Q_OBJECT
 public:
  explicit AuditWidget(AppContext& context, QWidget* parent = nullptr);
  ~AuditWidget() override;

  void reload();
  void verify();
  bool idle() const { return running_ == 0; }

 private:
  AuditFilter filter() const;
  void loadMore();
  void showEntry();
  void redact();
  void exportLog();
  void tell(const QString& text);
  // Runs `work` on a pool thread and `done` with its result here, unless this is gone by then.
  template <class T>
  void run(std::function<T()> work, std::function<void(T)> done);

  AppContext& context_;
  AuditModel* model_;
  QTimer search_delay_;
  CancelToken cancel_;
  int running_ = 0;
  std::uint64_t query_ = 0;
  bool complete_ = false;

  QLineEdit* search_;
  QComboBox* kind_;
  QPushButton *verify_, *export_, *redact_, *stop_;
  QProgressBar* progress_;
  QLabel *verdict_, *count_;
  QTableView* table_;
  QPlainTextEdit* details_;
};

}  // namespace roundhouse::app
