// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>

#include <functional>

class QDateTime;
class QMessageBox;
class QWidget;

namespace roundhouse::app {

class ConversationLibrary;

// Since when something waits: the time, and of another day the date.
QString sinceText(const QDateTime& since);

// While something of the conversations is not saved, the window does not close before that was tried once more and, if it
// still fails, a person has said what is to be done.
class ClosingQuestion : public QObject {
  Q_OBJECT
 public:
  ClosingQuestion(ConversationLibrary& library, QWidget* parent);

  // True: nothing is against it. False: `close` is called once it may be, if ever.
  bool mayClose(std::function<void()> close);

 private:
  bool mustAsk() const;
  void tryNow();
  void ask();

  ConversationLibrary& library_;
  QWidget* parent_;
  QPointer<QMessageBox> question_;
  std::function<void()> close_;
  bool trying_ = false, again_ = false, agreed_ = false;
};

}  // namespace roundhouse::app
