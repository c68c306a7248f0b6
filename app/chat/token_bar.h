// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include <functional>

#include "app/bridge/answer_snapshot.h"

class QToolButton;

namespace roundhouse::widgets {
class ElidedLabel;
class WrappedLabel;
}

namespace roundhouse::app {

// Below an answer, about the token (or tokens) that the reader chose in it: text, probability, what else was
// likely. Walks to its neighbours.
class TokenBar : public QFrame {
  Q_OBJECT
 public:
  explicit TokenBar(QWidget* parent = nullptr);

  // The text of a token of the snapshot's model; empty when not known.
  using TokenText = std::function<QString(const AnswerSnapshot& snapshot, std::int32_t token)>;
  // Positions [first, last) of the snapshot's context.
  void showTokens(const AnswerSnapshot& snapshot, int first, int last, const TokenText& tokenText);
  // There is no trace of the answer: says why instead.
  void showUnknown();

 Q_SIGNALS:
  void stepRequested(int by);
  void closeRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  widgets::ElidedLabel* text_;
  widgets::WrappedLabel* detail_;
  QToolButton *back_, *forward_;
};

// A token as people can read it: quoted, line ends and the spaces at its ends made visible by the signs that the strip
// of tokens has.
QString readableToken(const QString& text);

}  // namespace roundhouse::app
