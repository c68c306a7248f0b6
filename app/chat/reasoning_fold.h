// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QToolButton;

namespace roundhouse::widgets {
class MarkdownView;
}

namespace roundhouse::app {

// What a model thought aloud: one line that opens and closes.
class ReasoningFold : public QFrame {
  Q_OBJECT
 public:
  explicit ReasoningFold(QWidget* parent = nullptr);

  void setSource(const QByteArray& utf8, bool open);  // open: the thought goes on
  bool expanded() const;
  void setExpanded(bool expanded);
  widgets::MarkdownView* view() const { return view_; }

 private:
  QToolButton* button_;
  QFrame* body_;
  widgets::MarkdownView* view_;
  QByteArray source_;
};

}  // namespace roundhouse::app
