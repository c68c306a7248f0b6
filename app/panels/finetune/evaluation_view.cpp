// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/evaluation_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListView>
#include <QLocale>
#include <QSplitter>
#include <QStackedWidget>
#include <QStringListModel>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/panels/finetune/text_table.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/table.h"
#include "widgets/markdown/split_compare.h"
#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

bool sameDetails(const EvaluationPoint& a, const EvaluationPoint& b) {
  return a.step == b.step && a.best.size() == b.best.size() && a.worst.size() == b.worst.size() && a.answers.size() == b.answers.size();
}

const EvaluationAnswer* answerTo(const EvaluationPoint& point, const QString& prompt) {
  for (const EvaluationAnswer& each : point.answers) {
    if (each.prompt == prompt) return &each;
  }
  return nullptr;
}

}  // namespace

EvaluationView::EvaluationView(QWidget* parent) : QWidget(parent), pages_(new QStackedWidget(this)) {
  setObjectName(QStringLiteral("finetuneEvaluation"));
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, grid::kSmall, 0, 0);
  whole->addWidget(pages_);
  auto* empty = new widgets::EmptyState;
  empty->setIcon(QStringLiteral("chart"));
  empty->setText(tr("No evaluation yet"), tr("The first one comes before the first step: loss and perplexity of the evaluation set, its best and worst samples, and the answers to your questions."));
  pages_->addWidget(empty);
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(grid::kSmall);
  auto* row = new QHBoxLayout;
  row->setSpacing(grid::kSmall);
  which_ = new QComboBox;
  which_->setObjectName(QStringLiteral("finetuneWhichEvaluation"));
  which_->setAccessibleName(tr("Evaluation"));
  figures_ = new QLabel;
  figures_->setObjectName(QStringLiteral("finetuneEvaluationFigures"));
  figures_->setFont(widgets::tabularFont());
  figures_->setWordWrap(true);
  row->addWidget(which_);
  row->addWidget(figures_, 1);
  column->addLayout(row);
  auto* split = new QSplitter(Qt::Vertical);
  split->setObjectName(QStringLiteral("finetuneEvaluationSplit"));
  split->setChildrenCollapsible(false);
  samples_ = new TextTable({tr("Which"), tr("Sample"), tr("Loss"), tr("Text")}, this);
  samples_->setFigures({1, 2});
  QTableView* table = widgets::makeTable(split, QStringLiteral("finetuneSamples"), tr("Best and worst samples"));
  table->setModel(samples_);
  table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table->horizontalHeader()->setSectionResizeMode(3, QHeaderView::Stretch);
  split->addWidget(table);
  auto* below = new QWidget;
  auto* answers = new QVBoxLayout(below);
  answers->setContentsMargins(0, 0, 0, 0);
  answers->setSpacing(grid::kTight);
  no_answers_ = new QLabel(tr("This job asks no questions. Add some under Evaluation in the form, and their answers stand here at each evaluation."));
  no_answers_->setWordWrap(true);
  widgets::setTextRole(no_answers_, widgets::TextRole::Body, widgets::Tone::Muted);
  answers->addWidget(no_answers_);
  prompts_ = new QStringListModel(this);
  prompt_list_ = new QListView;
  prompt_list_->setObjectName(QStringLiteral("finetuneQuestions"));
  prompt_list_->setAccessibleName(tr("Questions"));
  prompt_list_->setModel(prompts_);
  prompt_list_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  prompt_list_->setMaximumHeight(prompt_list_->fontMetrics().height() * 4 + grid::kLarge);
  prompt_list_->setTextElideMode(Qt::ElideRight);
  prompt_list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  answers->addWidget(prompt_list_);
  answers_ = new widgets::SplitCompare;
  answers_->setObjectName(QStringLiteral("finetuneAnswers"));
  answers->addWidget(answers_, 1);
  split->addWidget(below);
  split->setStretchFactor(0, 2);
  split->setStretchFactor(1, 3);
  split->setSizes({160, 320});
  column->addWidget(split, 1);
  pages_->addWidget(page);
  connect(which_, &QComboBox::currentIndexChanged, this, [this](int at) {
    if (filling_) return;
    follows_ = at == which_->count() - 1;
    refresh();
  });
  connect(prompt_list_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
    if (!filling_) showAnswer();
  });
}

const EvaluationPoint* EvaluationView::shown() const {
  const int at = which_->currentIndex();
  return at >= 0 && at < evaluations_.size() ? &evaluations_[at] : nullptr;
}

qint64 EvaluationView::shownStep() const {
  const EvaluationPoint* point = shown();
  return point ? point->step : -1;
}

void EvaluationView::choose(qint64 step) {
  const int at = which_->findData(step);
  if (at >= 0) which_->setCurrentIndex(at);
}

void EvaluationView::setEvaluations(const QList<EvaluationPoint>& evaluations) {
  if (std::equal(evaluations.begin(), evaluations.end(), evaluations_.begin(), evaluations_.end(), sameDetails) && pages_->currentIndex() == (evaluations.isEmpty() ? 0 : 1)) return;
  const qint64 before = shownStep();
  evaluations_ = evaluations;
  filling_ = true;
  which_->clear();
  for (const EvaluationPoint& each : evaluations_) {
    which_->addItem(each.step == 0 ? tr("Before the first step") : tr("After step %1").arg(QLocale().toString(each.step)), each.step);
  }
  int at = which_->findData(before);
  if (at < 0 || follows_) {
    at = which_->count() - 1;
    follows_ = true;
  }
  which_->setCurrentIndex(at);
  filling_ = false;
  pages_->setCurrentIndex(evaluations_.isEmpty() ? 0 : 1);
  refresh();
}

void EvaluationView::refresh() {
  const EvaluationPoint* point = shown();
  if (!point) return;
  QStringList figures;
  if (std::isfinite(point->loss)) figures << tr("loss %1").arg(widgets::formatQuantity(point->loss));
  if (std::isfinite(point->perplexity)) figures << tr("perplexity %1").arg(widgets::formatQuantity(point->perplexity));
  if (point->tokens > 0) figures << tr("%1 tokens").arg(QLocale().toString(point->tokens));
  if (!point->drift.isEmpty()) {
    const double mean = std::accumulate(point->drift.begin(), point->drift.end(), 0.0) / double(point->drift.size());
    figures << tr("%1 of the experts' choices differ from the base").arg(widgets::formatQuantity(mean, QStringLiteral("%"), 100));
  }
  figures_->setText(figures.join(QStringLiteral(" · ")));
  QList<QStringList> rows;
  const auto list = [&](const QList<EvaluationSample>& samples, const QString& which) {
    for (const EvaluationSample& each : samples) rows.append({which, QLocale().toString(each.sample), widgets::formatQuantity(each.loss), each.text.simplified()});
  };
  list(point->worst, tr("worst"));
  list(point->best, tr("best"));
  samples_->setRows(rows);
  QStringList prompts;
  for (const EvaluationAnswer& each : point->answers) prompts.append(each.prompt);
  if (prompts != prompts_->stringList()) {
    const int row = std::max(0, prompt_list_->currentIndex().row());
    filling_ = true;
    prompts_->setStringList(prompts);
    if (!prompts.isEmpty()) prompt_list_->setCurrentIndex(prompts_->index(std::min(row, int(prompts.size()) - 1)));
    filling_ = false;
  }
  no_answers_->setVisible(prompts.isEmpty());
  prompt_list_->setVisible(prompts.size() > 1);
  answers_->setVisible(!prompts.isEmpty());
  showAnswer();
}

void EvaluationView::showAnswer() {
  const EvaluationPoint* point = shown();
  const int row = prompt_list_->currentIndex().row();
  if (!point || row < 0 || row >= point->answers.size()) return;
  const EvaluationAnswer& now = point->answers[row];
  const EvaluationPoint& first = evaluations_.first();
  const EvaluationAnswer* then = answerTo(first, now.prompt);
  const auto side = [&](const EvaluationAnswer* answer, qint64 step) {
    widgets::CompareSide made;
    made.title = step == 0 ? tr("Before the first step") : tr("After step %1").arg(QLocale().toString(step));
    made.note = answer ? answer->prompt : QString();
    made.text = answer ? answer->answer.toUtf8() : QByteArray();
    return made;
  };
  answers_->setSides(side(then, first.step), side(&now, point->step));
}

}  // namespace roundhouse::app
