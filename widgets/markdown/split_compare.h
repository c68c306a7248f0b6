// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QWidget>

#include <array>

class QLabel;
class QSplitter;

namespace roundhouse::widgets {

class ElidedLabel;
class MarkdownView;

struct CompareSide {
  QString title;          // "Before"
  QString note;           // "no edits"
  QByteArray text;        // UTF-8
  QList<int> tokenEnds;   // byte offsets after each token, ascending; empty: words are compared
};

// Where two texts part: the first differing token (or word) of each side.
struct TextDifference {
  bool equal = true;
  int token = -1;                            // how many tokens are the same; -1 when equal
  std::array<std::pair<int, int>, 2> range;  // [begin, end) bytes on each side; empty where a side ended
};
TextDifference firstDifference(const CompareSide& left, const CompareSide& right);

// Two answers side by side with the first differing token marked in both and named above.
class SplitCompare : public QWidget {
  Q_OBJECT
 public:
  explicit SplitCompare(QWidget* parent = nullptr);

  void setSides(const CompareSide& left, const CompareSide& right);
  const TextDifference& difference() const { return difference_; }
  MarkdownView* view(int side) const { return panes_[size_t(side)].view; }
  QString summary() const;
  // Brings the marked places into view on both sides.
  void showDifference();

 Q_SIGNALS:
  void sourceOffsetClicked(int side, int utf8Offset);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Pane {
    QLabel* title = nullptr;
    ElidedLabel* note = nullptr;
    MarkdownView* view = nullptr;
  };
  void refresh();

  QLabel* summary_;
  QSplitter* splitter_;
  std::array<Pane, 2> panes_;
  std::array<CompareSide, 2> sides_;
  TextDifference difference_;
};

}  // namespace roundhouse::widgets
