// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/compare_view.h"

#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

#include "app/panels/routing/routing_pictures.h"
#include "app/shell/background.h"
#include "app/shell/format.h"
#include "app/shell/open_dialog.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/markdown/split_compare.h"
#include "widgets/plots/metric_view.h"
#include "widgets/style/text_role.h"
#include "widgets/style/quantity.h"

namespace roundhouse::app {

namespace {

using widgets::CompareSide;

QString label(const AnswerSnapshot& answer, qsizetype index) {
  const QString edits = answer.edits.empty() ? CompareView::tr("model's routing") : editsText(answer.edits);
  QString text = QString::fromStdString(answer.text).simplified().left(32);
  if (text.isEmpty()) text = answer.modelName.empty() ? answer.answer : QString::fromStdString(answer.modelName);
  return CompareView::tr("%1. %2 (%3)").arg(index + 1).arg(text, edits);
}

CompareSide side(const AnswerSnapshotPtr& answer, const QString& title) {
  CompareSide made;
  made.title = title;
  if (!answer) return made;
  made.note = answer->edits.empty() ? CompareView::tr("model's routing") : editsText(answer->edits);
  made.text = QByteArray::fromStdString(answer->text);
  for (const AnswerToken& token : answer->tokens) {
    if (token.textEnd > token.textBegin) made.tokenEnds.append(int(token.textEnd));
  }
  return made;
}

// What else than the routing may have made the difference.
QString otherwiseDrawn(const AnswerSnapshot& first, const AnswerSnapshot& second) {
  const bool seed = sameSeed(first, second), sampling = sameSampling(first, second);
  if (seed && sampling) return {};
  if (sampling) return CompareView::tr("Different seeds: a part of the difference is chance.");
  if (seed) return CompareView::tr("Different sampling settings: not all of the difference comes from the routing.");
  return CompareView::tr("Different seeds and sampling settings: not all of the difference comes from the routing.");
}

Result<AnswerSnapshotPtr> readTrace(const QString& path) {
  RH_ASSIGN(const RoutingTrace::File file, RoutingTrace::load(path.toStdString()));
  auto answer = std::make_shared<AnswerSnapshot>();
  answer->answer = QStringLiteral("file:") + path;
  answer->state = AnswerState::Finished;
  answer->trace = file.trace;
  answer->modelName = QFileInfo(path).fileName().toStdString();
  for (size_t t = static_cast<size_t>(file.trace.prompt_tokens()); t < file.texts.size(); ++t) {
    AnswerToken token;
    token.id = file.trace.token_id(static_cast<int>(t));
    token.position = static_cast<std::int32_t>(t);
    token.textBegin = static_cast<std::uint32_t>(answer->text.size());
    answer->text += file.texts[t];
    token.textEnd = static_cast<std::uint32_t>(answer->text.size());
    answer->tokens.push_back(std::move(token));
  }
  if (auto edits = RoutingEdits::from_json(file.trace.provenance().edits_json); edits.ok()) answer->edits = *edits;
  return AnswerSnapshotPtr(std::move(answer));
}

}  // namespace

CompareView::CompareView(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("routingCompare"));
  const auto box = [this](const QString& name, const char* object) {
    auto* made = new QComboBox(this);
    made->setObjectName(QString::fromLatin1(object));
    made->setAccessibleName(name);
    made->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    made->setMinimumContentsLength(4);
    connect(made, &QComboBox::currentIndexChanged, this, &CompareView::refresh);
    return made;
  };
  first_ = box(tr("First answer"), "routingCompareFirst");
  second_ = box(tr("Second answer"), "routingCompareSecond");
  texts_ = new widgets::SplitCompare(this);
  texts_->setObjectName(QStringLiteral("routingCompareTexts"));
  problem_ = new QLabel(this);
  problem_->setObjectName(QStringLiteral("routingCompareProblem"));
  problem_->setWordWrap(true);
  problem_->setTextFormat(Qt::PlainText);
  drawn_ = new QLabel(this);
  drawn_->setObjectName(QStringLiteral("routingCompareDrawn"));
  drawn_->setWordWrap(true);
  widgets::setTextRole(drawn_, widgets::TextRole::Small, widgets::Tone::Warning);
  map_ = new widgets::HeatmapView(this);
  map_->setObjectName(QStringLiteral("routingCompareMap"));
  map_->setAccessibleName(tr("Difference of expert load"));
  map_->setMode(widgets::HeatmapMode::Difference);
  divergence_ = new widgets::MetricView(this);
  divergence_->setObjectName(QStringLiteral("routingDivergence"));
  divergence_->setAccessibleName(tr("Divergence per layer"));
  open_ = new QPushButton(tr("Open trace…"), this);
  open_->setObjectName(QStringLiteral("routingCompareOpen"));
  setTabOrder(second_, open_);
  connect(open_, &QPushButton::clicked, this, [this] {
    askOpenPath(this, tr("Open a routing trace"), tr("Routing traces (*.rhtrace)"), [this](const QString& path) { openTrace(path); });
  });

  auto* top = new QHBoxLayout;
  top->setSpacing(8);
  top->addWidget(first_, 1);
  top->addWidget(second_, 1);
  top->addWidget(open_);
  auto* below = new QSplitter(Qt::Horizontal, this);
  below->setObjectName(QStringLiteral("routingComparePictures"));
  below->setChildrenCollapsible(false);
  below->addWidget(map_);
  below->addWidget(divergence_);
  below->setStretchFactor(0, 3);
  below->setStretchFactor(1, 1);
  below->setSizes({320, 200});
  auto* split = new QSplitter(Qt::Vertical, this);
  split->setObjectName(QStringLiteral("routingCompareSplit"));
  split->setChildrenCollapsible(false);
  split->addWidget(texts_);
  split->addWidget(below);
  split->setStretchFactor(0, 1);
  split->setStretchFactor(1, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 8, 0, 0);
  column->setSpacing(8);
  column->addLayout(top);
  column->addWidget(problem_);
  column->addWidget(drawn_);
  column->addWidget(split, 1);
  refresh();
}

void CompareView::tell(const QString& text) {
  problem_->setText(text);
  problem_->setVisible(!text.isEmpty());
}

void CompareView::setAnswers(const QList<AnswerSnapshotPtr>& answers) {
  if (answers == answers_) return;
  answers_ = answers;
  fillBoxes();
}

void CompareView::fillBoxes() {
  QVariant a = first_->currentData(), b = second_->currentData();
  if (a == b) a = b = {};  // there was but one
  for (QComboBox* box : {first_, second_}) {
    const QSignalBlocker quiet(box);
    box->clear();
    qsizetype index = 0;
    for (const auto& list : {answers_, files_}) {
      for (const auto& answer : list) box->addItem(label(*answer, index++), answer->answer);
    }
  }
  const auto find = [](QComboBox* box, const QVariant& wanted, int fallback) {
    const int at = wanted.isValid() ? box->findData(wanted) : -1;
    const QSignalBlocker quiet(box);
    box->setCurrentIndex(at >= 0 ? at : fallback);
  };
  find(first_, a, std::max(0, first_->count() - 2));
  find(second_, b, second_->count() - 1);
  refresh();
}

void CompareView::choose(const QString& first, const QString& second) {
  {
    const QSignalBlocker quiet(first_);
    first_->setCurrentIndex(first_->findData(first));
  }
  const QSignalBlocker quiet(second_);
  second_->setCurrentIndex(second_->findData(second));
  refresh();
}

void CompareView::openTrace(const QString& path) {
  open_->setEnabled(false);
  runInBackground(this, [path] { return readTrace(path); }, [this](const Result<AnswerSnapshotPtr>& read) {
    open_->setEnabled(true);
    if (!read.ok()) return tell(errorLine(read.error()));
    const QString id = (*read)->answer;
    files_.removeIf([&](const AnswerSnapshotPtr& f) { return f->answer == id; });
    files_.append(*read);
    fillBoxes();
    second_->setCurrentIndex(second_->findData(id));
  });
}

AnswerSnapshotPtr CompareView::chosen(const QComboBox* box) const {
  for (const auto& list : {answers_, files_}) {
    for (const auto& answer : list) {
      if (answer->answer == box->currentData().toString()) return answer;
    }
  }
  return {};
}

// Of two traces: immutable, made on another thread.
struct CompareView::Difference {
  Result<std::vector<double>> divergence;  // of each layer
  widgets::HeatmapSnapshotPtr picture;
};

void CompareView::refresh() {
  const AnswerSnapshotPtr a = chosen(first_), b = chosen(second_);
  if (shown_ == std::pair(a, b)) return;  // answers that are over do not change
  shown_ = {a, b};
  const bool pair = a && b && a != b;
  texts_->setVisible(pair);
  texts_->setSides(side(pair ? a : nullptr, tr("First")), side(pair ? b : nullptr, tr("Second")));
  drawn_->setText(pair ? otherwiseDrawn(*a, *b) : QString());
  drawn_->setVisible(!drawn_->text().isEmpty());
  tell({});
  map_->setSnapshot({});
  map_->setEmptyText(pair ? tr("The two routings are being compared.")
                          : tr("Answer again with an edit, or open a trace, to compare two routings."));
  divergence_->hide();
  divergence_->setTable({});
  if (!pair) return;
  ++comparing_;
  runInBackground(this, [a, b] {
    auto divergence = layer_divergence(a->trace, b->trace);
    auto picture = divergence.ok() ? differencePicture(a->trace, b->trace) : widgets::HeatmapSnapshotPtr();
    return Difference{std::move(divergence), std::move(picture)};
  }, [this, a, b](const Difference& difference) {
    --comparing_;
    if (shown_ == std::pair(a, b)) show(a, difference);
  });
}

void CompareView::show(const AnswerSnapshotPtr& first, const Difference& difference) {
  if (!difference.divergence.ok()) {
    map_->setEmptyText({});
    return tell(tr("Their routings cannot be compared: %1").arg(errorDetails(difference.divergence.error())));
  }
  map_->setSnapshot(difference.picture);
  widgets::MetricTable table;
  table.rowTitle = tr("Layer");
  // Most layers differ by a few hundredths: bars up to 1 would all be empty.
  double greatest = 0;
  for (const double each : *difference.divergence) greatest = std::max(greatest, each);
  const double reach = greatest > 0 ? std::min(1.0, widgets::roundOutward(greatest)) : 1.0;
  const QString end = QLocale().toString(reach, 'g', 3);
  table.columns = {{tr("JS, bar to %1").arg(end), {}, 1, 0, reach,
                    tr("Jensen–Shannon divergence of the shares: 0 the same, 1 no expert in common. The bars reach from 0 to %1.").arg(end)}};
  for (const RoutedLayer& layer : first->trace.layout().layers) table.rowLabels.append(QString::number(layer.layer));
  table.values = *difference.divergence;
  divergence_->setVisible(!table.values.empty());
  divergence_->setTable(std::move(table));
}

}  // namespace roundhouse::app
