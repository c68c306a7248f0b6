// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "roundhouse/audit.h"
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
  // An answer that is to be continued is the last message, the assistant's.
  virtual Status before_prompt(std::vector<Message>& messages) = 0;
  // Before tools are described to the model.
  virtual Status before_tools(std::vector<ToolSpec>&) { return Ok{}; }
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

class AuditHook {
 public:
  virtual ~AuditHook() = default;
  // Before the texts of any entry are written to the engine's audit log ("prompt", "answer", a plugin's "arguments", …); may
  // mask parts of them. Refusing keeps only the hashes. On the thread that appends the entry.
  virtual Status before_audit(std::vector<AuditText>& texts) = 0;
};

struct Hooks {
  std::shared_ptr<PromptHook> prompt;
  std::shared_ptr<OutputHook> output;
  std::shared_ptr<AuditHook> audit;
};

}  // namespace roundhouse
