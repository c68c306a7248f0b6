// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/compare_runs.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "app/panels/finetune/check_report.h"
#include "app/panels/finetune/job_text.h"
#include "app/panels/finetune/run_pictures.h"
#include "app/panels/finetune/text_table.h"
#include "app/shell/format.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/table.h"
#include "widgets/plots/curve_stack.h"
#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

double finalOf(const JobRun& run, double EvaluationPoint::* value) {
  for (qsizetype i = run.evaluations().size() - 1; i >= 0; --i) {
    if (std::isfinite(run.evaluations()[i].*value)) return run.evaluations()[i].*value;
  }
  return StepPoint::kNone;
}

}  // namespace

QList<std::pair<QString, QString>> jobSettings(const TrainingJob& job) {
  QList<std::pair<QString, QString>> found;
  QString group;
  for (const QString& line : QString::fromStdString(training_job_yaml(job)).split(QLatin1Char('\n'))) {
    const qsizetype colon = line.indexOf(QLatin1Char(':'));
    if (colon < 0) continue;
    const QString key = line.left(colon).trimmed(), value = line.mid(colon + 1).trimmed();
    const bool inner = line.startsWith(QLatin1Char(' '));
    if (!inner) group = key;
    if (inner) found.append({group + QLatin1Char('.') + key, value});
    else if (!value.isEmpty()) found.append({key, value});
  }
  return found;
}

QList<QStringList> differentSettings(const QList<TrainingJob>& jobs) {
  QList<QStringList> rows;
  QList<QList<std::pair<QString, QString>>> all;
  for (const TrainingJob& job : jobs) all.append(jobSettings(job));
  if (all.isEmpty()) return rows;
  for (qsizetype at = 0; at < all.first().size(); ++at) {
    const QString key = all.first()[at].first;
    if (key == QLatin1String("name") || key == QLatin1String("output")) continue;
    QStringList row{key};
    for (const auto& settings : all) {
      const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& each) { return each.first == key; });
      row.append(found == settings.end() ? QString() : found->second);
    }
    if (std::any_of(row.begin() + 1, row.end(), [&](const QString& value) { return value != row[1]; })) rows.append(row);
  }
  return rows;
}

CompareRuns::CompareRuns(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("finetuneCompare"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(grid::kLarge, grid::kMedium, grid::kLarge, grid::kMedium);
  column->setSpacing(grid::kSmall);
  auto* head = new QHBoxLayout;
  auto* title = new QLabel(tr("Runs compared"));
  widgets::setTextRole(title, widgets::TextRole::Title);
  head->addWidget(title, 1);
  auto* close = widgets::makeActionButton(this, QStringLiteral("finetuneCloseCompare"), tr("Close"), tr("Back to one run."));
  head->addWidget(close);
  column->addLayout(head);
  auto* split = new QSplitter(Qt::Vertical);
  split->setObjectName(QStringLiteral("finetuneCompareSplit"));
  split->setChildrenCollapsible(false);
  curves_ = new widgets::CurveStack({tr("Step"), {}}, {{tr("Training loss"), tr("nats")}, {tr("Evaluation loss"), tr("nats")}, {tr("Gradient norm"), {}},
                                                     {tr("Learning rate"), {}}, {tr("Speed"), tr("tokens/s")}});
  curves_->setObjectName(QStringLiteral("finetuneCompareCurves"));
  split->addWidget(curves_);
  auto* below = new QSplitter(Qt::Horizontal);
  below->setObjectName(QStringLiteral("finetuneCompareTables"));
  below->setChildrenCollapsible(false);
  const auto table = [&](const char* id, const QString& name, TextTable* model, QWidget* under) {
    auto* page = new QWidget;
    auto* rows = new QVBoxLayout(page);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(grid::kTight);
    auto* heading = new QLabel(name);
    widgets::setTextRole(heading, widgets::TextRole::Body, widgets::Tone::Muted);
    rows->addWidget(heading);
    QTableView* made = widgets::makeTable(page, QString::fromLatin1(id), name);
    made->setModel(model);
    made->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    rows->addWidget(made, 1);
    if (under) rows->addWidget(under);
    below->addWidget(page);
    return made;
  };
  settings_ = new TextTable({tr("Setting")}, this);
  same_ = new QLabel(tr("All settings are the same."));
  same_->setObjectName(QStringLiteral("finetuneSameSettings"));
  figures_ = new TextTable({tr("Figure")}, this);
  settings_table_ = table("finetuneDifferentSettings", tr("Settings that differ"), settings_, same_);
  figures_table_ = table("finetuneFinalFigures", tr("How they ended"), figures_, nullptr);
  split->addWidget(below);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  column->addWidget(split, 1);
  connect(close, &QPushButton::clicked, this, &CompareRuns::closeRequested);
}

void CompareRuns::setRuns(const QList<ComparedRun>& runs) {
  enum { kTraining, kEvaluation, kGradient, kRate, kSpeed, kPlots };
  std::array<std::vector<widgets::PlotSeries>, kPlots> plots;
  QStringList names;
  QList<TrainingJob> jobs;
  for (const ComparedRun& each : runs) {
    // Runs of one name are told apart by when they began.
    QString name = each.job.name;
    if (names.contains(name)) name = QStringLiteral("%1 (%2)").arg(name, each.job.id);
    names.append(name);
    jobs.append(each.job.job);
    auto curves = runCurves(each.run, name);
    const auto take = [&](int plot, widgets::PlotSeries series) {
      series.name = name;
      plots[size_t(plot)].push_back(std::move(series));
    };
    take(kTraining, std::move(curves[kLossCurve][0]));
    take(kEvaluation, std::move(curves[kLossCurve][1]));
    take(kGradient, std::move(curves[kGradientCurve][0]));
    take(kRate, std::move(curves[kRateCurve][0]));
    take(kSpeed, std::move(curves[kSpeedCurve][0]));
  }
  for (int i = 0; i < kPlots; ++i) curves_->setSeries(i, std::move(plots[size_t(i)]));
  curves_->fit();
  settings_->setTitles(QStringList{tr("Setting")} + names);
  settings_->setRows(differentSettings(jobs));
  same_->setVisible(settings_->rowCount() == 0);
  settings_table_->setVisible(settings_->rowCount() > 0);

  QList<int> figureColumns;
  for (int i = 1; i <= names.size(); ++i) figureColumns.append(i);
  figures_->setTitles(QStringList{tr("Figure")} + names);
  figures_->setFigures(figureColumns);
  QList<QStringList> rows;
  const auto row = [&](const QString& name, auto value) {
    QStringList cells{name};
    for (const ComparedRun& each : runs) cells.append(value(each));
    rows.append(cells);
  };
  const auto quantity = [](double value, const QString& unit = {}) { return widgets::formatQuantity(value, unit); };
  row(tr("State"), [](const ComparedRun& each) { return stateText(each.job.state); });
  row(tr("Steps"), [](const ComparedRun& each) { return QLocale().toString(each.job.step); });
  row(tr("Training loss"), [&](const ComparedRun& each) { return quantity(each.job.loss); });
  row(tr("Evaluation loss"), [&](const ComparedRun& each) { return quantity(finalOf(each.run, &EvaluationPoint::loss)); });
  row(tr("Best evaluation loss"), [&](const ComparedRun& each) {
    double best = StepPoint::kNone;
    for (const EvaluationPoint& point : each.run.evaluations()) {
      if (std::isfinite(point.loss) && !(best <= point.loss)) best = point.loss;
    }
    return quantity(best);
  });
  row(tr("Perplexity"), [&](const ComparedRun& each) { return quantity(finalOf(each.run, &EvaluationPoint::perplexity)); });
  row(tr("Trained parameters"), [](const ComparedRun& each) { return countText(std::uint64_t(checkReport(each.run.report()).trainedParameters)); });
  row(tr("Time"), [](const ComparedRun& each) { return each.run.seconds() > 0 ? widgets::ProgressLine::formatDuration(each.run.seconds()) : QString(QChar(0x2013)); });
  row(tr("Memory, at its peak"), [](const ComparedRun& each) {
    double peak = 0;
    for (const StepPoint& point : each.run.points()) {
      for (const double bytes : {point.memoryBytes, point.peakMemoryBytes}) peak = std::isfinite(bytes) ? std::max(peak, bytes) : peak;
    }
    return peak > 0 ? bytesText(std::uint64_t(peak)) : QString(QChar(0x2013));
  });
  row(tr("Parity"), [](const ComparedRun& each) {
    const std::optional<bool> all = each.run.parityPassed();
    if (!all) return QString(QChar(0x2013));
    return *all ? QStringLiteral("✓ ") + CompareRuns::tr("passed") : QStringLiteral("✗ ") + CompareRuns::tr("failed");
  });
  figures_->setRows(rows);
}

}  // namespace roundhouse::app
