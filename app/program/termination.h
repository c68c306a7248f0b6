// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <array>

namespace roundhouse::app {

// While it lives, a signal that asks the program to end (SIGTERM, SIGINT, SIGHUP where it is not ignored) ends the event loop
// with the code 128 + signal, so that all is saved as when the window closes, without a question. Who asks once more after
// `patienceMs` (SIGTERM, SIGINT) ends the program at once; until then signals come in twos, as when a terminal closes.
// One of them in a program.
class Termination : public QObject {
  Q_OBJECT
 public:
  explicit Termination(int patienceMs = 1000);
  ~Termination() override;

 private:
  std::array<int, 2> ends_{-1, -1};  // of a pipe: the handler writes, the event loop reads
};

}  // namespace roundhouse::app
