// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/calculator_panel.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

namespace example {

using namespace roundhouse;

namespace {
constexpr int kKeptRows = 50;
}

CalculatorPanel::CalculatorPanel(plugin::PanelHost& host, QWidget* parent)
    : QWidget(parent), host_(host), expression_(new QLineEdit(this)), button_(new QPushButton(this)), results_(new QTableWidget(0, 3, this)),
      message_(new QLabel(this)) {
  setObjectName(QStringLiteral("ExampleCalculatorPanel"));
  expression_->setObjectName(QStringLiteral("ExampleExpression"));
  expression_->setMaxLength(1000);
  expression_->setClearButtonEnabled(true);
  button_->setObjectName(QStringLiteral("ExampleCalculate"));
  results_->setObjectName(QStringLiteral("ExampleResults"));
  results_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  results_->setSelectionBehavior(QAbstractItemView::SelectRows);
  results_->verticalHeader()->hide();
  results_->horizontalHeader()->setStretchLastSection(true);
  results_->setTabKeyNavigation(false);
  message_->setObjectName(QStringLiteral("ExampleMessage"));
  message_->setWordWrap(true);
  message_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  message_->setTextFormat(Qt::PlainText);

  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addWidget(expression_, 1);
  row->addWidget(button_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 16, 16, 16);
  column->setSpacing(8);
  column->addLayout(row);
  column->addWidget(message_);
  column->addWidget(results_, 1);
  setFocusProxy(expression_);

  connect(expression_, &QLineEdit::returnPressed, this, &CalculatorPanel::calculate);
  connect(button_, &QPushButton::clicked, this, &CalculatorPanel::calculate);
  retranslate();
  loadHistory();
}

void CalculatorPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::LanguageChange) retranslate();
  QWidget::changeEvent(event);
}

// A plugin may bring a QTranslator; for a dozen words two literals do.
QString CalculatorPanel::text(const char* english, const char* chinese) const {
  return QString::fromUtf8(host_.language().startsWith(QLatin1String("zh")) ? chinese : english);
}

void CalculatorPanel::retranslate() {
  expression_->setPlaceholderText(text("An expression, for example (17 + 4) * 2.5", "输入表达式，例如 (17 + 4) * 2.5"));
  expression_->setAccessibleName(text("Expression", "表达式"));
  button_->setText(text("Calculate", "计算"));
  results_->setAccessibleName(text("Results", "结果"));
  results_->setHorizontalHeaderLabels({text("Expression", "表达式"), text("Result", "结果"), text("Where its numbers stand", "数字的出处")});
  if (results_->rowCount() == 0) {
    message_->setText(text("What you work out is listed here. In chat, write /calculate and an expression.",
                           "计算结果会列在这里。在对话中输入 /calculate 加表达式即可。"));
  }
}

void CalculatorPanel::calculate() {
  const QString expression = expression_->text().trimmed();
  if (expression.isEmpty() || !button_->isEnabled()) return;
  button_->setEnabled(false);
  const QString arguments = QString::fromUtf8(QJsonDocument(QJsonObject{{QStringLiteral("expression"), expression}}).toJson(QJsonDocument::Compact));
  host_.callTool(QStringLiteral("calculate"), arguments, this,
                 [this, expression](const Result<plugin::ToolResult>& result) { finished(expression, result); });
}

void CalculatorPanel::finished(const QString& expression, const Result<plugin::ToolResult>& result) {
  button_->setEnabled(true);
  if (!result.ok()) {
    const Error& error = result.error();
    QString said = QString::fromStdString(error.expected.empty() ? error.received : error.expected);
    if (!error.expected.empty() && !error.received.empty()) {
      said = text("Expected %1, received %2.", "应为 %1，实际为 %2。").arg(said, QString::fromStdString(error.received));
    }
    message_->setText(said);
    return;
  }
  const QString content = QString::fromStdString(result->content);
  QStringList places;
  for (const Citation& citation : result->citations) {
    places << QString::fromStdString(citation.quote) + QStringLiteral(": ") + QString::fromStdString(citation.locator);
  }
  const QString value = content.mid(content.lastIndexOf(QLatin1Char('=')) + 1).trimmed();
  addRow(expression, value, places.join(QStringLiteral("; ")));
  message_->setText(content);
  expression_->selectAll();
  saveHistory();
}

void CalculatorPanel::addRow(const QString& expression, const QString& result, const QString& places) {
  results_->insertRow(0);
  results_->setItem(0, 0, new QTableWidgetItem(expression));
  auto* value = new QTableWidgetItem(result);
  value->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  results_->setItem(0, 1, value);
  results_->setItem(0, 2, new QTableWidgetItem(places));
  while (results_->rowCount() > kKeptRows) results_->removeRow(results_->rowCount() - 1);
  results_->resizeColumnToContents(0);
  results_->resizeColumnToContents(1);
}

void CalculatorPanel::loadHistory() {
  const auto kept = host_.host().settings().get("history");
  if (!kept.ok() || !kept->has_value()) return;
  const QJsonArray rows = QJsonDocument::fromJson(QByteArray::fromStdString(**kept)).array();
  for (qsizetype i = rows.size() - 1; i >= 0; --i) {
    const QJsonArray row = rows[i].toArray();
    addRow(row.at(0).toString(), row.at(1).toString(), row.at(2).toString());
  }
}

void CalculatorPanel::saveHistory() {
  QJsonArray rows;
  for (int row = 0; row < results_->rowCount(); ++row) {
    rows.append(QJsonArray{results_->item(row, 0)->text(), results_->item(row, 1)->text(), results_->item(row, 2)->text()});
  }
  const Status saved = host_.host().settings().set("history", QJsonDocument(rows).toJson(QJsonDocument::Compact).toStdString());
  if (!saved.ok()) host_.host().log(plugin::LogLevel::warning, "the history was not kept: " + saved.error().received);
}

}  // namespace example
