// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace roundhouse::cli {

// Each adds its subcommand; when it is chosen, `run` is set to what it does (the result is the exit code).
using Run = std::function<int()>;
void add_generate(CLI::App& app, Run& run);
void add_chat(CLI::App& app, Run& run);
void add_inspect(CLI::App& app, Run& run);
void add_tokenize(CLI::App& app, Run& run);
void add_trace(CLI::App& app, Run& run);
void add_bench(CLI::App& app, Run& run);
void add_audit(CLI::App& app, Run& run);

}  // namespace roundhouse::cli
