// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractScrollArea>

#include <vector>

#include "widgets/tokens/token_sequence.h"

namespace roundhouse::widgets {

// A text as its tokens, flowing over lines like the text itself: choose one or a range. Draws only what is visible;
// ten thousand tokens are laid out in a few milliseconds and appended ones at once.
//
// Mouse: click chooses, drag or Shift+click a range.
// Keys: Left, Right by token; Up, Down by line; Home, End within the line (Ctrl: the whole); Page Up, Page Down;
// Shift extends; Ctrl+A all; Escape none; Ctrl+C copies.
// Accessible as text (QAccessibleTextInterface): the tokens' texts joined, the chosen range as selection.
class TokenStrip : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit TokenStrip(QWidget* parent = nullptr);
  ~TokenStrip() override;

  // Null clears. The selection stays where it still fits. A view that showed the end goes on showing it.
  void setTokens(TokenSequencePtr tokens);
  const TokenSequencePtr& tokens() const { return tokens_; }
  void setEmptyText(const QString& text);

  // [first, last], both chosen; -1, -1 for none.
  int firstSelected() const { return first_; }
  int lastSelected() const { return last_; }
  int currentToken() const { return current_; }
  void select(int first, int last);
  void clearSelection() { select(-1, -1); }
  void ensureVisible(int token);

  // In the viewport's coordinates; empty when there is no such token.
  QRect tokenRect(int token) const;
  int tokenAt(const QPoint& viewportPoint) const;
  int lineCount() const { return int(lines_.size()); }
  QString selectedText() const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void selectionChanged(int first, int last);
  // Right click or the menu key; token is -1 beside the text. One outside of the chosen range is chosen alone.
  void contextMenuRequested(int token, const QPoint& globalPosition);

 protected:
  bool event(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void scrollContentsBy(int dx, int dy) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void changeEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  struct Line {
    int first;  // token
    int count;
  };
  void measure(int from);
  void breakLines(int from);
  void updateScrollBar();
  int lineOf(int token) const;
  int lineHeight() const;
  void moveTo(int token, bool extend);
  int nearestInLine(int line, int x) const;
  void setHover(int token);
  void announce();

  TokenSequencePtr tokens_;  // never null
  QString empty_text_;
  std::vector<QString> shown_;    // per token
  std::vector<int> widths_;       // per token, with padding
  std::vector<int> lefts_;        // per token, within its line
  std::vector<Line> lines_;
  int first_ = -1;
  int last_ = -1;
  int anchor_ = -1;
  int current_ = -1;
  int hover_ = -1;
};

}  // namespace roundhouse::widgets
