// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "roundhouse/cancel.h"
#include "roundhouse/hooks.h"
#include "roundhouse/isa.h"
#include "roundhouse/model.h"
#include "roundhouse/result.h"
#include "roundhouse/session.h"

namespace roundhouse {

class AuditLog;

struct EngineOptions {
  int threads = 0;  // compute threads; 0: one per processor
  Isa isa = Isa::automatic;
  std::shared_ptr<AuditLog> audit;  // null: nothing is logged (tests, benchmarks)
  bool audit_texts = true;          // false: only hashes of prompt and answer
  std::uint64_t memory_bytes = 0;   // a model of which loading copies more is refused; 0: what is free when it is loaded
  std::string program = "roundhouse";
  std::string user;                 // empty: the system's login name
  std::function<void(const std::string& line)> log;  // every diagnostic line, "info model: ..."; any thread. Empty: those
                                                     // of the level in ROUNDHOUSE_LOG (debug, info, warning, error;
                                                     // unset: warning) and above go to standard error
};

// The root of everything: owns the compute threads and the backend. Any thread. Models keep it alive.
class Engine {
 public:
  static Result<std::shared_ptr<Engine>> create(EngineOptions options);
  virtual ~Engine() = default;

  // Blocking: maps, checks, prepares weights. Call it off the window's thread. Progress comes on the calling thread.
  virtual Result<std::shared_ptr<Model>> load_model(const std::string& path, const LoadOptions& options = {},
                                                    std::function<void(const LoadProgress&)> progress = {},
                                                    CancelToken cancel = {}) = 0;
  virtual void add_hooks(Hooks hooks) = 0;
  virtual Isa isa() const = 0;
  virtual int threads() const = 0;
  // Whether texts of prompts and answers go to the audit log, or only their hashes; from the next generation on.
  virtual void set_audit_texts(bool on) = 0;
  // Another log, or none, from the next load or generation on.
  virtual void set_audit(std::shared_ptr<AuditLog> log) = 0;
};

// "0.1.0"
const char* version();

}  // namespace roundhouse
