// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QPointer>

#include "widgets/controls/command_model.h"

class QLabel;
class QLineEdit;
class QListView;

namespace roundhouse::widgets {

// Ctrl+K: one line finds any command, conversation or model. Lies over the top of its parent (the window), opens with
// popup(), closes with Escape, a choice or a click elsewhere and gives the focus back. The shell owns the shortcut.
// Keys: Up, Down, Page Up, Page Down move, Enter runs.
class CommandPalette : public QFrame {
  Q_OBJECT
 public:
  explicit CommandPalette(QWidget* window);

  void addProvider(CommandProvider* provider) { model_->addProvider(provider); }
  void removeProvider(CommandProvider* provider) { model_->removeProvider(provider); }
  CommandModel* model() const { return model_; }

  void popup(const QString& query = {});
  void dismiss();

 Q_SIGNALS:
  void closed();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void search();
  void runCurrent();
  void place();

  CommandModel* model_;
  QLineEdit* edit_;
  QListView* list_;
  QLabel* nothing_;
  QPointer<QWidget> focus_before_;
};

}  // namespace roundhouse::widgets
