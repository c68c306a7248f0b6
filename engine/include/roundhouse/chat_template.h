// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/result.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

struct ChatRequest {
  std::vector<Message> messages;
  std::vector<ToolSpec> tools;
  bool add_generation_prompt = true;
  std::string arguments_json = "{}";  // an object of further variables: {"enable_thinking": false}
};

struct RenderedChat {
  std::string text;
  // Sorted bytes of `text` that came from messages, tools and arguments: no control token may be read there
  // (EncodeOptions::literal).
  std::vector<TextSpan> literal;
};

// How a model marks what it thinks before it answers.
struct ReasoningMarks {
  std::string open, close;
};

// A model's chat template: Jinja as transformers runs it, sandboxed, with bounds on steps, memory, output, depth and
// time. Immutable; any thread.
class ChatTemplate {
 public:
  // Malformed, unsupported or limit, with the template's line. bos and eos: texts of those tokens, may be empty.
  static Result<std::shared_ptr<const ChatTemplate>> create(std::string source, std::string bos, std::string eos);
  ~ChatTemplate();
  ChatTemplate(const ChatTemplate&) = delete;
  ChatTemplate& operator=(const ChatTemplate&) = delete;

  // The error's `received` is the sentence that the template raised, or what went wrong in it.
  Result<RenderedChat> render(const ChatRequest& request) const;
  const std::string& source() const;
  // The marks that the template names; nothing: none known.
  const std::optional<ReasoningMarks>& reasoning() const;

 private:
  struct Impl;
  explicit ChatTemplate(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace roundhouse
