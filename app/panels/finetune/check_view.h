// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/panels/finetune/check_report.h"

class QComboBox;
class QGridLayout;
class QLabel;
class QScrollArea;
class QTableView;
class QVBoxLayout;

namespace roundhouse::widgets {
class BarsView;
class FoldSection;
class TokenStrip;
class WrappedLabel;
}

namespace roundhouse::app {

class TextTable;

// What a check found before anything is trained: what will train, what it will need, what the data is like, and the first batch with
// what of it is learned.
class CheckView : public QWidget {
  Q_OBJECT
 public:
  explicit CheckView(QWidget* parent = nullptr);

  void setReport(const CheckReport& report);
  const CheckReport& report() const { return report_; }

 private:
  // A heading, and what comes below it in a column of its own.
  QVBoxLayout* card(const QString& id, const QString& title);
  QLabel* fact(QGridLayout* grid, const QString& name);
  QTableView* table(QVBoxLayout* column, const QString& id, const QString& name, TextTable* model);
  void showTrained();
  void showNeeds();
  void showData();
  void showProblems();
  void showSample();

  CheckReport report_;
  QScrollArea* scroll_;
  QVBoxLayout* column_;
  QLabel *headline_, *router_, *adapter_, *method_, *steps_, *memory_, *time_, *rows_, *tokens_, *left_out_, *evaluation_, *duplicates_, *overlap_,
      *lengths_, *remarks_, *mask_;
  TextTable *groups_, *modules_, *files_, *problems_;
  widgets::FoldSection *modules_fold_, *problems_fold_;
  widgets::BarsView* histogram_;
  QComboBox* sample_;
  widgets::TokenStrip* strip_;
};

// "lora" in the window's language, and so on; other words as they are.
QString methodText(const QString& method);
QString groupText(const QString& group);
QString routerText(const CheckReport& report);

}  // namespace roundhouse::app
