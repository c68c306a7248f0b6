// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/cli.h"

int main(int count, char** arguments) {
  roundhouse::cli::prepare_standard_streams();
  roundhouse::cli::Interrupt interrupt;
  return roundhouse::cli::run({arguments + (count > 0 ? 1 : 0), arguments + count}, roundhouse::cli::Environment::system(), interrupt);
}
