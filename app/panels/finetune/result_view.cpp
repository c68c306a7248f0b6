// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/result_view.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "app/panels/finetune/check_report.h"
#include "app/panels/finetune/job_text.h"
#include "app/panels/finetune/text_table.h"
#include "app/shell/format.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/table.h"
#include "widgets/controls/wrapped_label.h"
#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

constexpr int kWidest = 1100;  // figures and their names stay together on a wide screen

QString dash() { return QString(QChar(0x2013)); }

QString against(double actual, double predicted) {
  if (!(actual > 0) || !(predicted > 0)) return dash();
  return widgets::formatQuantity(actual / predicted, QStringLiteral("%"), 100);
}

}  // namespace

ResultView::ResultView(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("finetuneResult"));
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, grid::kSmall, 0, 0);
  auto* scroll = new QScrollArea;
  scroll->setObjectName(QStringLiteral("finetuneResultScroll"));
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, grid::kSmall, grid::kSmall);
  column->setSpacing(grid::kSmall);
  const auto heading = [&](const QString& text) {
    auto* label = new QLabel(text);
    widgets::setTextRole(label, widgets::TextRole::Title);
    column->addWidget(label);
  };
  const auto table = [&](const char* id, const QString& name, TextTable* model) {
    QTableView* made = widgets::makeTable(nullptr, QString::fromLatin1(id), name);
    made->setModel(model);
    made->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    made->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    widgets::showAllRows(made);
    column->addWidget(made);
    return made;
  };
  said_ = new QLabel;
  said_->setObjectName(QStringLiteral("finetuneResultText"));
  said_->setWordWrap(true);
  column->addWidget(said_);
  adapter_ = new widgets::WrappedLabel;
  adapter_->setObjectName(QStringLiteral("finetuneAdapterPath"));
  widgets::setTextRole(adapter_, widgets::TextRole::Small, widgets::Tone::Muted);
  column->addWidget(adapter_);
  chat_ = widgets::makeActionButton(this, QStringLiteral("finetuneChat"), tr("Compare base and adapter"),
                                    tr("Asks both the same question, side by side, and shows how their routing differs."));
  widgets::setTone(chat_, widgets::Tone::Primary);
  auto* row = new QHBoxLayout;
  row->addWidget(chat_);
  row->addStretch(1);
  column->addLayout(row);
  column->addSpacing(grid::kSmall);
  heading(tr("Predicted and actual"));
  predicted_ = new TextTable({tr("What"), tr("Predicted"), tr("Actual"), tr("Actual / predicted")}, this);
  predicted_->setFigures({1, 2, 3});
  table("finetunePredicted", tr("Predicted and actual"), predicted_);
  column->addSpacing(grid::kSmall);
  heading(tr("Exports and parity"));
  no_exports_ = new QLabel(tr("When a run is over, its adapter is written, read back and compared with what was trained, on the same prompts: it stands here with pass or fail."));
  no_exports_->setWordWrap(true);
  widgets::setTextRole(no_exports_, widgets::TextRole::Body, widgets::Tone::Muted);
  column->addWidget(no_exports_);
  parity_ = new TextTable({tr("Export"), tr("KL mean"), tr("KL max"), tr("Same tokens"), tr("Parity")}, this);
  parity_->setFigures({1, 2, 3});
  parity_table_ = table("finetuneParity", tr("Parity of the exports"), parity_);
  exports_ = new TextTable({tr("File"), tr("Kind"), tr("SHA-256")}, this);
  exports_table_ = table("finetuneExports", tr("Exported files"), exports_);
  exports_table_->setTextElideMode(Qt::ElideMiddle);
  column->addStretch(1);
  page->setMaximumWidth(kWidest);
  scroll->setWidget(page);
  outer->addWidget(scroll);
  connect(chat_, &QPushButton::clicked, this, &ResultView::chatRequested);
}

void ResultView::setRun(const JobInfo& job, const JobRun& run) {
  const bool finished = job.state == JobState::finished;
  // With whole weights (routers, experts) the adapter alone is not what was trained.
  const bool whole = std::any_of(run.exports().begin(), run.exports().end(), [](const RunExport& each) { return each.kind == QLatin1String("weights"); });
  const bool done = finished && !whole && !run.adapter().isEmpty();
  said_->setText(finished && whole ? tr("Finished: whole weights were trained. The merged model below is the result; the base model has not changed.")
                 : done ? tr("Finished: the adapter is ready. The base model has not changed.")
                      : tr("The adapter appears here when the run has finished. Checkpoints before that are for going on, not for use."));
  adapter_->setWholeText(run.adapter());
  adapter_->setVisible(!run.adapter().isEmpty());
  chat_->setEnabled(done);
  const CheckReport report = checkReport(run.report());
  double peak = 0;
  for (const StepPoint& point : run.points()) {
    for (const double bytes : {point.memoryBytes, point.peakMemoryBytes}) peak = std::isfinite(bytes) ? std::max(peak, bytes) : peak;
  }
  predicted_->setRows({
      {tr("Memory, at its peak"), report.memoryBytes > 0 ? bytesText(std::uint64_t(report.memoryBytes)) : dash(), peak > 0 ? bytesText(std::uint64_t(peak)) : dash(),
       against(peak, double(report.memoryBytes))},
      {finished ? tr("Time") : tr("Time so far"), report.seconds > 0 ? widgets::ProgressLine::formatDuration(report.seconds) : dash(),
       run.seconds() > 0 ? widgets::ProgressLine::formatDuration(run.seconds()) : dash(), finished ? against(run.seconds(), report.seconds) : dash()},
  });
  QList<QStringList> exports, parity;
  for (const RunExport& each : run.exports()) exports.append({each.path, kindText(each.kind), each.sha256});
  for (const ExportParity& each : run.parity()) {
    parity.append({kindText(each.exported), widgets::formatQuantity(each.klMean), widgets::formatQuantity(each.klMax),
                   widgets::formatQuantity(each.agreement, QStringLiteral("%"), 100),
                   each.passed ? QStringLiteral("✓ ") + tr("passed") : QStringLiteral("✗ ") + tr("failed")});
  }
  exports_->setRows(exports);
  parity_->setRows(parity);
  exports_table_->setVisible(!exports.isEmpty());
  parity_table_->setVisible(!parity.isEmpty());
  no_exports_->setVisible(exports.isEmpty() && parity.isEmpty());
  for (QTableView* each : {exports_table_, parity_table_}) each->updateGeometry();
}

}  // namespace roundhouse::app
