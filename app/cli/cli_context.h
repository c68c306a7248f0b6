// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "roundhouse/audit.h"
#include "roundhouse/engine.h"

namespace roundhouse::cli {

// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 tampered log, 130 interrupted.
enum ExitCode : int { exit_ok = 0, exit_failed = 1, exit_usage = 2, exit_tampered = 3, exit_interrupted = 130 };

// What every command takes.
struct CommonOptions {
  std::string model;  // empty: the embedded one
  std::string isa = "automatic";
  int threads = 0;
  bool json = false;
  int context_tokens = 0;
  bool no_audit = false;
};

// Writes the error to standard error (or as a JSON object to standard output) and gives the exit code.
int report(const Error& error, bool json);

// Writes to standard output; false once nobody reads it.
bool print(const std::string& text);

struct LoadedModel {
  std::shared_ptr<AuditLog> audit;  // null with no_audit
  std::shared_ptr<Engine> engine;
  std::shared_ptr<Model> model;
};
Result<std::shared_ptr<AuditLog>> open_audit(bool read_only);
Result<LoadedModel> load(const CommonOptions& options);
Result<std::string> model_path(const CommonOptions& options);

}  // namespace roundhouse::cli
