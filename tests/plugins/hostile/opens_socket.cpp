// SPDX-License-Identifier: GPL-3.0-or-later
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>

#include "tests/plugins/hostile/hostile.h"

// Good if it gets no socket.
struct Connects : hostile::Plugin {
  Connects() {
    for (int family : {AF_INET, AF_INET6}) {
      if (::socket(family, SOCK_STREAM, 0) >= 0 || errno != EPERM) throw std::runtime_error("it got a socket");
    }
  }
};
ROUNDHOUSE_PLUGIN(Connects, HOSTILE_ID);
