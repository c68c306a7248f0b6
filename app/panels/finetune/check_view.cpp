// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/check_view.h"

#include <QComboBox>
#include <QFileInfo>
#include <QFrame>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QScrollArea>
#include <QTableView>
#include <QVBoxLayout>

#include "app/panels/finetune/text_table.h"
#include "app/shell/format.h"
#include "widgets/controls/fold_section.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/table.h"
#include "widgets/plots/bars_view.h"
#include "widgets/style/metrics.h"
#include "widgets/style/quantity.h"
#include "widgets/style/text_role.h"
#include "widgets/tokens/token_strip.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
constexpr qsizetype kMostExamples = 5;
constexpr qsizetype kMostModules = 2000;

QString count(std::int64_t value) { return QLocale().toString(qlonglong(value)); }
// As the job form calls it; "OpenAI messages" and the like stay as the engine says them.
QString formatText(const QString& format) {
  if (format == QLatin1String("messages")) return CheckView::tr("messages");
  if (format == QLatin1String("text")) return CheckView::tr("raw text");
  if (format == QLatin1String("preference")) return CheckView::tr("preference pairs");
  return format;
}
QString percent(double share) { return widgets::formatQuantity(share, QStringLiteral("%"), 100); }

}  // namespace

QString methodText(const QString& method) {
  if (method == QLatin1String("lora")) return CheckView::tr("LoRA");
  if (method == QLatin1String("dora")) return CheckView::tr("DoRA");
  if (method == QLatin1String("bottleneck")) return CheckView::tr("Bottleneck");
  if (method == QLatin1String("experts")) return CheckView::tr("Whole experts (ESFT)");
  return method;
}

QString groupText(const QString& group) {
  if (group == QLatin1String("attention")) return CheckView::tr("Attention");
  if (group == QLatin1String("experts")) return CheckView::tr("Routed experts");
  if (group == QLatin1String("shared")) return CheckView::tr("Shared experts");
  if (group == QLatin1String("dense")) return CheckView::tr("Dense layers");
  if (group == QLatin1String("router")) return CheckView::tr("Router");
  return group;
}

QString routerText(const CheckReport& report) {
  QStringList parts{report.routerTrained ? CheckView::tr("trained") : CheckView::tr("frozen")};
  const QLocale locale;
  if (report.balance == QLatin1String("batch")) parts << CheckView::tr("balance loss over each batch, weight %1").arg(locale.toString(report.balanceWeight));
  else if (report.balance == QLatin1String("sequence")) parts << CheckView::tr("balance loss over each sequence, weight %1").arg(locale.toString(report.balanceWeight));
  else parts << CheckView::tr("no balance loss");
  parts << (report.zWeight > 0 ? CheckView::tr("z-loss, weight %1").arg(locale.toString(report.zWeight)) : CheckView::tr("no z-loss"));
  parts << (report.biasRate > 0 ? CheckView::tr("selection bias moves by %1 a step").arg(locale.toString(report.biasRate)) : CheckView::tr("selection bias stays"));
  return parts.join(QStringLiteral(" · "));
}

CheckView::CheckView(QWidget* parent) : QWidget(parent), scroll_(new QScrollArea(this)) {
  setObjectName(QStringLiteral("finetuneCheck"));
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  scroll_->setObjectName(QStringLiteral("finetuneCheckScroll"));
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setFocusPolicy(Qt::NoFocus);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* page = new QWidget;
  column_ = new QVBoxLayout(page);
  column_->setContentsMargins(0, 0, grid::kSmall, grid::kSmall);
  column_->setSpacing(grid::kMedium);
  scroll_->setWidget(page);
  whole->addWidget(scroll_);

  const auto facts = [](QVBoxLayout* column) {
    auto* made = new QGridLayout;
    made->setHorizontalSpacing(grid::kMedium);
    made->setVerticalSpacing(grid::kTight);
    made->setColumnStretch(1, 1);
    column->addLayout(made);
    return made;
  };
  const auto plainLabel = [](QVBoxLayout* column, const char* name, widgets::TextRole role, widgets::Tone tone) {
    auto* label = new QLabel;
    label->setObjectName(QString::fromLatin1(name));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    widgets::setTextRole(label, role, tone);
    column->addWidget(label);
    return label;
  };

  QVBoxLayout* trained = card(QStringLiteral("finetuneTrained"), tr("What will train"));
  headline_ = plainLabel(trained, "finetuneHeadline", widgets::TextRole::Body, widgets::Tone::Normal);
  groups_ = new TextTable({tr("Part"), tr("Modules"), tr("Parameters")}, this);
  groups_->setFigures({1, 2});
  QTableView* groups = table(trained, QStringLiteral("finetuneGroups"), tr("What will train, by part"), groups_);
  widgets::showAllRows(groups);
  QGridLayout* trainedFacts = facts(trained);
  method_ = fact(trainedFacts, tr("Method"));
  adapter_ = fact(trainedFacts, tr("Adapter file"));
  router_ = fact(trainedFacts, tr("Router"));
  router_->setObjectName(QStringLiteral("finetuneRouter"));
  modules_ = new TextTable({tr("Module"), tr("Rank"), tr("Experts"), tr("Parameters")}, this);
  modules_->setFigures({1, 2, 3});
  modules_fold_ = new widgets::FoldSection(tr("All modules"));
  auto* modulesTable = widgets::makeTable(nullptr, QStringLiteral("finetuneModules"), tr("All modules that will train"));
  modulesTable->setModel(modules_);
  modulesTable->setMinimumHeight(180);
  modulesTable->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  modulesTable->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  modules_fold_->setContent(modulesTable);
  trained->addWidget(modules_fold_);

  QVBoxLayout* needs = card(QStringLiteral("finetuneNeeds"), tr("What it will need"));
  QGridLayout* needFacts = facts(needs);
  steps_ = fact(needFacts, tr("Steps"));
  memory_ = fact(needFacts, tr("Memory"));
  memory_->setObjectName(QStringLiteral("finetuneMemory"));
  time_ = fact(needFacts, tr("Time"));

  QVBoxLayout* set = card(QStringLiteral("finetuneData"), tr("The data"));
  QGridLayout* dataFacts = facts(set);
  rows_ = fact(dataFacts, tr("Training"));
  tokens_ = fact(dataFacts, tr("Tokens"));
  left_out_ = fact(dataFacts, tr("Left out"));
  left_out_->setObjectName(QStringLiteral("finetuneLeftOut"));
  duplicates_ = fact(dataFacts, tr("Duplicates"));
  evaluation_ = fact(dataFacts, tr("Evaluation"));
  overlap_ = fact(dataFacts, tr("Overlap"));
  overlap_->setObjectName(QStringLiteral("finetuneOverlap"));
  files_ = new TextTable({tr("File"), tr("Format"), tr("Rows"), tr("Unusable")}, this);
  files_->setFigures({2, 3});
  QTableView* files = table(set, QStringLiteral("finetuneFiles"), tr("Files"), files_);
  widgets::showAllRows(files);
  problems_ = new TextTable({tr("File"), tr("Line"), tr("Reason")}, this);
  problems_->setFigures({1});
  problems_fold_ = new widgets::FoldSection(tr("Rows left out or cut, by line"));
  auto* problems = widgets::makeTable(nullptr, QStringLiteral("finetuneProblems"), tr("Rows left out or cut, by line"));
  problems->setModel(problems_);
  problems->setMinimumHeight(140);
  problems->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  problems->horizontalHeader()->setStretchLastSection(true);
  problems_fold_->setContent(problems);
  set->addWidget(problems_fold_);
  remarks_ = plainLabel(set, "finetuneRemarks", widgets::TextRole::Small, widgets::Tone::Warning);
  lengths_ = plainLabel(set, "finetuneLengths", widgets::TextRole::Small, widgets::Tone::Muted);
  histogram_ = new widgets::BarsView;
  histogram_->setObjectName(QStringLiteral("finetuneHistogram"));
  histogram_->setAccessibleName(tr("Samples by length"));
  histogram_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  set->addWidget(histogram_);

  QVBoxLayout* batch = card(QStringLiteral("finetuneFirstBatch"), tr("The first batch"));
  mask_ = plainLabel(batch, "finetuneMask", widgets::TextRole::Small, widgets::Tone::Muted);
  sample_ = new QComboBox;
  sample_->setObjectName(QStringLiteral("finetuneSample"));
  sample_->setAccessibleName(tr("Sample of the first batch"));
  batch->addWidget(sample_);
  strip_ = new widgets::TokenStrip;
  strip_->setObjectName(QStringLiteral("finetuneStrip"));
  strip_->setAccessibleName(tr("Tokens of the sample; marked ones are learned"));
  strip_->setFixedHeight(200);
  batch->addWidget(strip_);
  column_->addStretch(1);
  connect(sample_, &QComboBox::currentIndexChanged, this, &CheckView::showSample);
}

QVBoxLayout* CheckView::card(const QString& id, const QString& title) {
  auto* frame = new QFrame;
  frame->setObjectName(id);
  widgets::makeCard(frame);
  auto* column = new QVBoxLayout(frame);
  column->setContentsMargins(grid::kMedium, grid::kMedium, grid::kMedium, grid::kMedium);
  column->setSpacing(grid::kSmall);
  auto* heading = new QLabel(title);
  widgets::setTextRole(heading, widgets::TextRole::Title);
  column->addWidget(heading);
  column_->addWidget(frame);
  return column;
}

QLabel* CheckView::fact(QGridLayout* layout, const QString& name) {
  const int row = layout->rowCount();
  auto* label = new QLabel(name);
  widgets::setTextRole(label, widgets::TextRole::Body, widgets::Tone::Muted);
  auto* value = new QLabel;
  value->setTextFormat(Qt::PlainText);
  value->setWordWrap(true);
  value->setTextInteractionFlags(Qt::TextSelectableByMouse);
  value->setFont(widgets::tabularFont());
  value->setAccessibleName(name);
  layout->addWidget(label, row, 0, Qt::AlignTop);
  layout->addWidget(value, row, 1, Qt::AlignTop);
  return value;
}

QTableView* CheckView::table(QVBoxLayout* column, const QString& id, const QString& name, TextTable* model) {
  QTableView* made = widgets::makeTable(nullptr, id, name);
  made->setModel(model);
  made->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  made->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  made->setTextElideMode(Qt::ElideMiddle);
  column->addWidget(made);
  return made;
}

void CheckView::setReport(const CheckReport& report) {
  report_ = report;
  showTrained();
  showNeeds();
  showData();
  showProblems();
  const QSignalBlocker quiet(sample_);
  sample_->clear();
  for (qsizetype i = 0; i < report_.firstBatch.size(); ++i) {
    std::int64_t learned = 0;
    for (const CheckReport::Token& token : report_.firstBatch[i]) learned += token.learned;
    sample_->addItem(tr("Sample %1: %2 tokens, %3 learned").arg(count(i + 1), count(report_.firstBatch[i].size()), count(learned)));
  }
  sample_->setEnabled(sample_->count() > 1);
  mask_->setText(report_.firstBatch.isEmpty() ? tr("There is no first batch: no sample is left.")
                                              : tr("Exactly what the model will see. Coloured and underlined tokens are learned; the others are only read."));
  showSample();
}

void CheckView::showTrained() {
  headline_->setText(tr("%1 of %2 parameters (%3) in %4 modules")
                         .arg(countText(std::uint64_t(report_.trainedParameters)), countText(std::uint64_t(report_.modelParameters)), percent(report_.share),
                              count(std::int64_t(report_.modules.size()))));
  QList<QStringList> groups, modules;
  for (const auto& group : report_.groups) groups.append({groupText(group.name), count(group.modules), countText(std::uint64_t(group.parameters))});
  groups_->setRows(groups);
  for (const auto& module : report_.modules.first(std::min(report_.modules.size(), kMostModules))) {
    const QString experts = module.experts > 0 ? QStringLiteral("%1 / %2").arg(count(module.trainedExperts), count(module.experts)) : QString(QChar(0x2013));
    modules.append({module.name, module.rank > 0 ? count(module.rank) : QString(QChar(0x2013)), experts, countText(std::uint64_t(module.parameters))});
  }
  modules_->setRows(modules);
  modules_fold_->setSummary(count(std::int64_t(report_.modules.size())));
  method_->setText(methodText(report_.method));
  adapter_->setText(bytesText(std::uint64_t(report_.adapterBytes)));
  router_->setText(routerText(report_));
  for (QTableView* each : findChildren<QTableView*>()) each->updateGeometry();
}

void CheckView::showNeeds() {
  QStringList steps{tr("%1, each of %2 samples").arg(count(report_.steps), count(report_.stepSamples))};
  if (report_.epochs > 0) steps << tr("%1 epochs").arg(QLocale().toString(report_.epochs, 'g', 3));
  if (report_.stepTokens > 0) steps << tr("%1 tokens").arg(countText(std::uint64_t(report_.stepTokens)));
  steps_->setText(steps.join(QStringLiteral(" · ")));
  const bool fits = report_.availableBytes <= 0 || report_.memoryBytes <= report_.availableBytes;
  QString memory = report_.availableBytes > 0 ? tr("about %1, of %2 free").arg(bytesText(std::uint64_t(report_.memoryBytes)), bytesText(std::uint64_t(report_.availableBytes)))
                                              : tr("about %1").arg(bytesText(std::uint64_t(report_.memoryBytes)));
  if (!fits) memory += QLatin1Char('\n') + tr("More than is free: take fewer tokens at once, a smaller rank or 8-bit moments.");
  memory_->setText(memory);
  widgets::setTextRole(memory_, widgets::TextRole::Body, fits ? widgets::Tone::Normal : widgets::Tone::Danger);
  time_->setText(report_.seconds > 0 ? tr("about %1").arg(widgets::ProgressLine::formatDuration(report_.seconds)) : tr("not known yet"));
}

void CheckView::showData() {
  const CheckReport::Data& set = report_.train;
  rows_->setText(tr("%1 samples of %2 rows").arg(count(set.samples), count(set.rows)));
  const double learned = set.tokens > 0 ? double(set.learnedTokens) / double(set.tokens) : 0;
  tokens_->setText(tr("%1, of which %2 (%3) are learned").arg(count(set.tokens), count(set.learnedTokens), percent(learned)));
  QStringList out;
  if (set.unusable() > 0) out << tr("%1 unusable").arg(count(set.unusable()));
  if (set.dropped > 0) out << tr("%1 too long").arg(count(set.dropped));
  if (set.truncated > 0) out << tr("%1 cut").arg(count(set.truncated));
  left_out_->setText(out.isEmpty() ? tr("nothing") : out.join(QStringLiteral(" · ")));
  widgets::setTextRole(left_out_, widgets::TextRole::Body, out.isEmpty() ? widgets::Tone::Normal : widgets::Tone::Warning);
  const auto examples = [](const QStringList& list) {
    return list.isEmpty() ? QString() : QStringLiteral(" · ") + CheckView::tr("lines %1").arg(list.first(std::min(kMostExamples, list.size())).join(QStringLiteral("; ")));
  };
  if (set.exactDuplicates + set.nearDuplicates > 0) duplicates_->setText(tr("%1 exact, %2 nearly").arg(count(set.exactDuplicates), count(set.nearDuplicates)) + examples(set.duplicateExamples));
  else duplicates_->setText(tr("none"));
  const CheckReport::Data& judged = report_.evaluation;
  if (judged.samples > 0) evaluation_->setText((report_.heldOut ? tr("%1 samples kept out of training, %2 tokens") : tr("%1 samples, %2 tokens")).arg(count(judged.samples), count(judged.tokens)));
  else evaluation_->setText(tr("none: nobody will see whether it learns or memorises"));
  widgets::setTextRole(evaluation_, widgets::TextRole::Body, judged.samples > 0 ? widgets::Tone::Normal : widgets::Tone::Warning);
  QStringList both;
  if (report_.sameText > 0) both << tr("%1 the same").arg(count(report_.sameText));
  if (report_.nearText > 0) both << tr("%1 nearly").arg(count(report_.nearText));
  if (report_.samePrompt > 0) both << tr("%1 with the same question").arg(count(report_.samePrompt));
  overlap_->setText(both.isEmpty() ? tr("none") : tr("evaluation samples that are trained on: %1").arg(both.join(QStringLiteral(", "))) + examples(report_.overlapExamples));
  widgets::setTextRole(overlap_, widgets::TextRole::Body, report_.sameText + report_.nearText > 0 ? widgets::Tone::Warning : widgets::Tone::Normal);
  remarks_->setText(report_.remarks.join(QLatin1Char('\n')));
  remarks_->setVisible(!report_.remarks.isEmpty());
  lengths_->setText(tr("Lengths in tokens: %1 at least, %2 in the middle, 90 % up to %3, %4 at most")
                        .arg(count(set.shortest), count(set.median), count(set.p90), count(set.longest)));
  widgets::BarSet bars;
  bars.unit = tr("samples");
  for (const auto& bucket : set.lengths) {
    const QString range = bucket.from == bucket.to ? count(bucket.to) : QStringLiteral("%1–%2").arg(count(bucket.from), count(bucket.to));
    bars.bars.push_back({range, double(bucket.samples), widgets::BarKind::Chosen, {}, int(bars.bars.size())});
  }
  histogram_->setVisible(!bars.bars.empty());
  histogram_->setBars(std::move(bars));
  histogram_->setFixedHeight(histogram_->sizeHint().height() + grid::kTight);
}

void CheckView::showProblems() {
  QList<QStringList> files, problems;
  const auto list = [&](const CheckReport::Data& set) {
    for (const CheckReport::File& file : set.files) {
      const QString name = QFileInfo(file.path).fileName();
      files.append({name, formatText(file.format), count(file.rows), count(file.problemCount)});
      for (const auto& each : file.problems) problems.append({name, count(each.line), each.reason});
      if (file.problemCount > file.problems.size()) problems.append({name, {}, tr("and %1 more").arg(count(file.problemCount - file.problems.size()))});
    }
    for (const CheckReport::Note& each : set.notes) {
      const QString name = each.file >= 0 && each.file < set.files.size() ? QFileInfo(set.files[each.file].path).fileName() : QString();
      const QString what = each.kind == CheckReport::Note::Truncated ? tr("cut, of %1 tokens").arg(count(each.tokens))
                           : each.kind == CheckReport::Note::Dropped ? tr("too long: %1 tokens").arg(count(each.tokens))
                                                                     : each.reason;
      problems.append({name, count(each.line), what});
    }
  };
  list(report_.train);
  list(report_.evaluation);
  files_->setRows(files);
  problems_->setRows(problems);
  problems_fold_->setVisible(!problems.isEmpty());
  problems_fold_->setSummary(count(std::int64_t(problems.size())));
  if (report_.train.unusable() > 0) problems_fold_->setExpanded(true);
}

void CheckView::showSample() {
  auto sequence = std::make_shared<widgets::TokenSequence>();
  sequence->markName = tr("learned");
  if (const int at = sample_->currentIndex(); at >= 0 && at < report_.firstBatch.size()) {
    for (const CheckReport::Token& token : report_.firstBatch[at]) {
      widgets::TokenPiece piece;
      piece.text = token.text;
      piece.role = token.special ? widgets::TokenRole::Special : token.learned ? widgets::TokenRole::Answer : widgets::TokenRole::Prompt;
      piece.marked = token.learned;
      sequence->tokens.push_back(std::move(piece));
    }
  }
  strip_->setVisible(!sequence->tokens.empty());
  sample_->setVisible(!sequence->tokens.empty());
  strip_->setTokens(sequence);
}

}  // namespace roundhouse::app
