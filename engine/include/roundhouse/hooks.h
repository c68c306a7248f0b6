// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace roundhouse {

// What stands between a user and the model, and between both and the log. The guard (de-identification, output
// policy) is built on it; plugins may add their own. Registered with Engine::add_hooks, run in order of registration.
// Nothing reaches model or log around them. Called on engine threads; bounded work only; an Error refuses.
class PromptHook {
 public:
  virtual ~PromptHook() = default;
  // Before the prompt is built. May replace parts (recording a Transform with span maps) or refuse.
  virtual Status before_prompt(std::vector<Message>& messages) = 0;
};

// Sees the answer as it streams and decides what is released. One instance per generation, made by OutputHook.
class OutputFilter {
 public:
  virtual ~OutputFilter() = default;
  // New text in; returns what may be shown now, keeping back what is undecided.
  virtual Result<std::string> feed(const std::string& text) = 0;
  virtual Result<std::string> finish() = 0;  // releases or replaces the rest
};
class OutputHook {
 public:
  virtual ~OutputHook() = default;
  virtual std::unique_ptr<OutputFilter> start(const std::vector<Message>& messages) = 0;  // null: not for this one
};

struct AuditTexts {
  std::string prompt;
  std::string answer;
};
class AuditHook {
 public:
  virtual ~AuditHook() = default;
  // Before texts are written to the audit log; may mask parts of them. Refusing keeps only the hashes.
  virtual Status before_audit(AuditTexts& texts) = 0;
};

struct Hooks {
  std::shared_ptr<PromptHook> prompt;
  std::shared_ptr<OutputHook> output;
  std::shared_ptr<AuditHook> audit;
};

}  // namespace roundhouse
