// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/split_compare.h"

#include <QEvent>
#include <QLabel>
#include <QScrollBar>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>
#include <cctype>

#include "widgets/controls/elided_label.h"
#include "widgets/markdown/markdown_view.h"
#include "widgets/style/text_role.h"

namespace roundhouse::widgets {
namespace {

// Ends of words: each word with the white space before it, as tokens have it.
QList<int> wordEnds(const QByteArray& text) {
  QList<int> ends;
  const auto space = [&](int at) { return std::isspace(uchar(text[at])) != 0; };
  for (int i = 1; i <= text.size(); ++i)
    if (i == text.size() || (space(i) && !space(i - 1))) ends.append(i);
  return ends;
}

QList<int> endsOf(const CompareSide& side) {
  QList<int> ends = side.tokenEnds.isEmpty() ? wordEnds(side.text) : side.tokenEnds;
  // Whatever comes from outside must lie inside the text and ascend.
  ends.removeIf([&](int end) { return end < 0 || end > side.text.size(); });
  if (!std::is_sorted(ends.begin(), ends.end())) ends.clear();
  if (!side.text.isEmpty() && (ends.isEmpty() || ends.last() != side.text.size())) ends.append(int(side.text.size()));
  return ends;
}

QString quoted(const QByteArray& text, std::pair<int, int> range) {
  QString piece = QString::fromUtf8(text.mid(range.first, range.second - range.first));
  piece.replace(QLatin1Char('\n'), QChar(0x21B5));
  // The space before a word is part of its token, but reads badly in quotes; alone it is the difference.
  if (!piece.trimmed().isEmpty()) piece = piece.trimmed();
  return piece.size() > 40 ? piece.left(40) + QChar(0x2026) : piece;
}

}  // namespace

TextDifference firstDifference(const CompareSide& left, const CompareSide& right) {
  const QList<int> left_ends = endsOf(left), right_ends = endsOf(right);
  TextDifference difference;
  int token = 0, left_at = 0, right_at = 0;
  while (token < left_ends.size() && token < right_ends.size()) {
    if (left.text.mid(left_at, left_ends[token] - left_at) != right.text.mid(right_at, right_ends[token] - right_at)) break;
    left_at = left_ends[token];
    right_at = right_ends[token];
    ++token;
  }
  if (token == left_ends.size() && token == right_ends.size()) return difference;
  difference.equal = false;
  difference.token = token;
  difference.range[0] = {left_at, token < left_ends.size() ? left_ends[token] : left_at};
  difference.range[1] = {right_at, token < right_ends.size() ? right_ends[token] : right_at};
  return difference;
}

SplitCompare::SplitCompare(QWidget* parent)
    : QWidget(parent), summary_(new QLabel(this)), splitter_(new QSplitter(Qt::Horizontal, this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(grid::kSmall);
  setTextRole(summary_, TextRole::Body, Tone::Muted);
  summary_->setWordWrap(true);
  summary_->setTextFormat(Qt::PlainText);
  column->addWidget(summary_);
  column->addWidget(splitter_, 1);
  splitter_->setObjectName(QStringLiteral("compareTexts"));
  splitter_->setChildrenCollapsible(false);
  splitter_->setHandleWidth(grid::kSmall);
  for (int side = 0; side < 2; ++side) {
    Pane& pane = panes_[size_t(side)];
    auto* card = new QFrame;
    makeCard(card);
    auto* inside = new QVBoxLayout(card);
    inside->setContentsMargins(grid::kMedium, grid::kSmall, grid::kTight, grid::kSmall);
    auto* head = new QHBoxLayout;
    pane.title = new QLabel;
    setTextRole(pane.title, TextRole::Title);
    pane.note = new ElidedLabel;
    pane.note->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    setTextRole(pane.note, TextRole::Small, Tone::Muted);
    head->addWidget(pane.title);
    head->addWidget(pane.note, 1);
    head->setContentsMargins(0, 0, grid::kSmall, 0);
    inside->addLayout(head);
    pane.view = new MarkdownView;
    pane.view->setScrolling(true);
    inside->addWidget(pane.view, 1);
    splitter_->addWidget(card);
    connect(pane.view, &MarkdownView::sourceOffsetClicked, this,
            [this, side](int offset) { Q_EMIT sourceOffsetClicked(side, offset); });
    connect(pane.view, &MarkdownView::rendered, this, &SplitCompare::showDifference);
  }
}

void SplitCompare::setSides(const CompareSide& left, const CompareSide& right) {
  sides_ = {left, right};
  difference_ = firstDifference(left, right);
  for (size_t side = 0; side < 2; ++side) {
    Pane& pane = panes_[side];
    pane.title->setText(sides_[side].title);
    pane.note->setWholeText(sides_[side].note);
    pane.view->setAccessibleName(sides_[side].title);
    pane.view->setMarkedRange(difference_.range[side].first, difference_.range[side].second);
    pane.view->setMarkdownSource(sides_[side].text);
  }
  refresh();
}

QString SplitCompare::summary() const {
  if (difference_.equal) return tr("Both answers are the same.");
  const QString left = quoted(sides_[0].text, difference_.range[0]), right = quoted(sides_[1].text, difference_.range[1]);
  const bool tokens = !sides_[0].tokenEnds.isEmpty() && !sides_[1].tokenEnds.isEmpty();
  const QString same = tokens ? tr("The first %Ln token(s) are the same", nullptr, difference_.token)
                              : tr("The first %Ln word(s) are the same", nullptr, difference_.token);
  if (left.isEmpty()) return tr("%1; then the left answer ends and the right goes on with “%2”.").arg(same, right);
  if (right.isEmpty()) return tr("%1; then the right answer ends and the left goes on with “%2”.").arg(same, left);
  return tr("%1; then “%2” at the left stands against “%3” at the right.").arg(same, left, right);
}

void SplitCompare::refresh() { summary_->setText(summary()); }

void SplitCompare::showDifference() {
  if (difference_.equal) return;
  for (size_t side = 0; side < 2; ++side) {
    MarkdownView* view = panes_[side].view;
    const QRect rect = view->rectOfSourceRange(difference_.range[side].first, difference_.range[side].second);
    if (!rect.isEmpty() && !view->viewport()->rect().contains(rect))
      view->verticalScrollBar()->setValue(view->verticalScrollBar()->value() + rect.top() - view->height() / 3);
  }
}

void SplitCompare::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange) refresh();
}

}  // namespace roundhouse::widgets
