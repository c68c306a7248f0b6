// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>

#include <functional>

namespace roundhouse::plugins {

// An application in which an exception that a plugin's panel throws in one of its events ends there: Qt itself does not
// carry exceptions through its event loop. What nobody takes goes on and ends the program, as before.
class GuardedApplication : public QApplication {
 public:
  using QApplication::QApplication;

  // Asked with the object whose event threw, and what was thrown as a printable line. True: taken.
  using Handler = std::function<bool(QObject* receiver, const QString& what)>;
  void setHandler(Handler handler) { handler_ = std::move(handler); }

  bool notify(QObject* receiver, QEvent* event) override;

 private:
  Handler handler_;
};

}  // namespace roundhouse::plugins
