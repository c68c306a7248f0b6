// SPDX-License-Identifier: GPL-3.0-or-later
#include <csignal>

#include "app/cli/cli_context.h"
#include "app/cli/commands.h"

int main(int argc, char** argv) {
  using namespace roundhouse::cli;
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away ends a write with an error
  CLI::App app{"Roundhouse on the command line: chat with mixture-of-experts models, see and change their routing."};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("roundhouse-cli ") + roundhouse::version());
  Run run;
  add_generate(app, run);
  add_chat(app, run);
  add_inspect(app, run);
  add_tokenize(app, run);
  add_trace(app, run);
  add_bench(app, run);
  add_audit(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? exit_ok : exit_usage;
  }
  return run ? run() : exit_usage;
}
