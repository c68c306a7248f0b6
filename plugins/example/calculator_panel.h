// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "plugins/api/panel/panel.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QTableWidget;

namespace example {

// Takes an expression, calls the plugin's own tool through the program (so that it is logged like every other call),
// and lists what came back with the places of its numbers. The expressions are kept in the plugin's settings.
class CalculatorPanel : public QWidget {
  Q_OBJECT
 public:
  CalculatorPanel(roundhouse::plugin::PanelHost& host, QWidget* parent);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void calculate();
  void finished(const QString& expression, const roundhouse::Result<roundhouse::plugin::ToolResult>& result);
  void addRow(const QString& expression, const QString& result, const QString& places);
  void retranslate();
  void loadHistory();
  void saveHistory();
  QString text(const char* english, const char* chinese) const;

  roundhouse::plugin::PanelHost& host_;
  QLineEdit* expression_;
  QPushButton* button_;
  QTableWidget* results_;
  QLabel* message_;
};

}  // namespace example
