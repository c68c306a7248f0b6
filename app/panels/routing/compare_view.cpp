// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/compare_view.h"

#include <QComboBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QFileDialog>
#include <QSignalBlocker>
#include <QTableWidget>

#include "app/shell/format.h"
#include "app/panels/routing/routing_pictures.h"
#include "widgets/heatmap/heatmap_view.h"

namespace roundhouse::app {

namespace {

QString label(const AnswerSnapshot& answer, qsizetype index) {
  const QString edits = answer.edits.empty() ? CompareView::tr("model's routing") : editsText(answer.edits);
  QString text = QString::fromStdString(answer.text).simplified().left(32);
  if (text.isEmpty()) text = answer.modelName.empty() ? answer.answer : QString::fromStdString(answer.modelName);
  return CompareView::tr("%1. %2 (%3)").arg(index + 1).arg(text, edits);
}

// Marks everything from the first differing token to that token's end.
void markToken(QPlainTextEdit* view, const AnswerSnapshot& answer, size_t token) {
  QList<QTextEdit::ExtraSelection> marks;
  if (token < answer.tokens.size()) {
    const AnswerToken& t = answer.tokens[token];
    const std::string& text = answer.text;
    const auto begin = QString::fromStdString(text.substr(0, t.textBegin)).size();
    const auto end = QString::fromStdString(text.substr(0, t.textEnd)).size();
    QTextEdit::ExtraSelection mark;
    mark.cursor = QTextCursor(view->document());
    mark.cursor.setPosition(static_cast<int>(begin));
    mark.cursor.setPosition(static_cast<int>(end), QTextCursor::KeepAnchor);
    mark.format.setBackground(view->palette().brush(QPalette::Highlight));
    mark.format.setForeground(view->palette().brush(QPalette::HighlightedText));
    mark.format.setFontUnderline(true);
    marks.append(mark);
  }
  view->setExtraSelections(marks);
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
  const auto text = [this](const QString& name, const char* object) {
    auto* made = new QPlainTextEdit(this);
    made->setReadOnly(true);
    made->setObjectName(QString::fromLatin1(object));
    made->setAccessibleName(name);
    return made;
  };
  first_text_ = text(tr("Text of the first answer"), "routingCompareFirstText");
  second_text_ = text(tr("Text of the second answer"), "routingCompareSecondText");
  verdict_ = new QLabel(this);
  verdict_->setWordWrap(true);
  map_ = new widgets::HeatmapView(this);
  map_->setObjectName(QStringLiteral("routingCompareMap"));
  map_->setAccessibleName(tr("Difference of expert load"));
  map_->setMode(widgets::HeatmapMode::Difference);
  map_->setEmptyText(tr("Answer again with an edit, or open a trace, to compare two routings."));
  divergence_ = new QTableWidget(0, 2, this);
  divergence_->setObjectName(QStringLiteral("routingDivergence"));
  divergence_->setAccessibleName(tr("Divergence per layer"));
  divergence_->setHorizontalHeaderLabels({tr("Layer"), tr("JS divergence")});
  divergence_->verticalHeader()->hide();
  divergence_->horizontalHeader()->setStretchLastSection(true);
  divergence_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  auto* open = new QPushButton(tr("Open trace…"), this);
  open->setObjectName(QStringLiteral("routingCompareOpen"));
  connect(open, &QPushButton::clicked, this, [this] {
    const QString path = QFileDialog::getOpenFileName(this, tr("Open a routing trace"), {}, tr("Routing traces (*.rhtrace)"));
    QString error;
    if (!path.isEmpty() && !openTrace(path, &error)) verdict_->setText(error);
  });

  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(8, 8, 8, 8);
  grid->setSpacing(8);
  grid->addWidget(first_, 0, 0);
  grid->addWidget(second_, 0, 1);
  grid->addWidget(open, 0, 2);
  grid->addWidget(first_text_, 1, 0);
  grid->addWidget(second_text_, 1, 1, 1, 2);
  grid->addWidget(verdict_, 2, 0, 1, 3);
  grid->addWidget(map_, 3, 0, 1, 2);
  grid->addWidget(divergence_, 3, 2);
  grid->setColumnStretch(0, 3);
  grid->setColumnStretch(1, 2);
  grid->setColumnStretch(2, 1);
  grid->setRowStretch(1, 1);
  grid->setRowStretch(3, 2);
  refresh();
}

void CompareView::setAnswers(const QList<AnswerSnapshotPtr>& answers) {
  const QVariant a = first_->currentData(), b = second_->currentData();
  answers_ = answers;
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
  first_->setCurrentIndex(first_->findData(first));
  second_->setCurrentIndex(second_->findData(second));
}

bool CompareView::openTrace(const QString& path, QString* error) {
  auto file = RoutingTrace::load(path.toStdString());
  if (!file.ok()) {
    *error = errorLine(file.error());
    return false;
  }
  auto answer = std::make_shared<AnswerSnapshot>();
  answer->answer = QStringLiteral("file:") + path;
  answer->state = AnswerState::Finished;
  answer->trace = file->trace;
  answer->modelName = QFileInfo(path).fileName().toStdString();
  for (size_t t = static_cast<size_t>(file->trace.prompt_tokens()); t < file->texts.size(); ++t) {
    AnswerToken token;
    token.id = file->trace.token_id(static_cast<int>(t));
    token.position = static_cast<std::int32_t>(t);
    token.textBegin = static_cast<std::uint32_t>(answer->text.size());
    answer->text += file->texts[t];
    token.textEnd = static_cast<std::uint32_t>(answer->text.size());
    answer->tokens.push_back(std::move(token));
  }
  if (auto edits = RoutingEdits::from_json(file->trace.provenance().edits_json); edits.ok()) answer->edits = *edits;
  const QString id = answer->answer;
  files_.removeIf([&](const AnswerSnapshotPtr& f) { return f->answer == id; });
  files_.append(std::move(answer));
  setAnswers(answers_);
  second_->setCurrentIndex(second_->findData(id));
  return true;
}

AnswerSnapshotPtr CompareView::chosen(const QComboBox* box) const {
  for (const auto& list : {answers_, files_}) {
    for (const auto& answer : list) {
      if (answer->answer == box->currentData().toString()) return answer;
    }
  }
  return {};
}

void CompareView::refresh() {
  const AnswerSnapshotPtr a = chosen(first_), b = chosen(second_);
  first_text_->setPlainText(a ? QString::fromStdString(a->text) : QString());
  second_text_->setPlainText(b ? QString::fromStdString(b->text) : QString());
  divergence_->setRowCount(0);
  if (!a || !b || a == b) {
    verdict_->clear();
    map_->setSnapshot({});
    return;
  }
  size_t same = 0;
  while (same < a->tokens.size() && same < b->tokens.size() && a->tokens[same].id == b->tokens[same].id) ++same;
  const bool differ = same < a->tokens.size() || same < b->tokens.size();
  markToken(first_text_, *a, differ ? same : a->tokens.size());
  markToken(second_text_, *b, differ ? same : b->tokens.size());
  QString verdict = differ ? tr("The answers differ from token %1 of the answer on.").arg(same + 1)
                           : tr("The answers are the same, token by token.");
  const auto divergence = layer_divergence(a->trace, b->trace);
  if (divergence.ok()) {
    map_->setSnapshot(differencePicture(a->trace, b->trace));
    divergence_->setRowCount(static_cast<int>(divergence->size()));
    for (size_t l = 0; l < divergence->size(); ++l) {
      const auto put = [&](int column, const QString& text) {
        auto* item = new QTableWidgetItem(text);
        item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        divergence_->setItem(static_cast<int>(l), column, item);
      };
      put(0, QString::number(a->trace.layout().layers[l].layer));
      put(1, QLocale().toString((*divergence)[l], 'f', 4));
    }
  } else {
    map_->setSnapshot({});
    verdict += QLatin1Char(' ') + tr("Their routings cannot be compared: %1").arg(errorDetails(divergence.error()));
  }
  verdict_->setText(verdict);
}

}  // namespace roundhouse::app
