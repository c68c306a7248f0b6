// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/result.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

// A conversation as it goes into a template.
struct ChatRequest {
  std::vector<Message> messages;
  std::vector<ToolSpec> tools;
  bool add_generation_prompt = true;     // end with the opening of the assistant's turn
  std::string arguments_json = "{}";     // further variables of the template, e.g. {"enable_thinking": false}
  std::optional<std::tm> now = {};       // local time for templates that name the date; absent: the system's
};

// The text a model is given, and which bytes of it came from messages and tools: control tokens must not be read
// there (EncodeOptions::literal).
struct RenderedChat {
  std::string text;
  std::vector<TextSpan> literal;  // sorted, disjoint
};

// What a model writes around its reasoning, e.g. "<think>" and "</think>".
struct ReasoningMarks {
  std::string open, close;
};

// A model's own chat template (Jinja). Immutable; all methods from any thread. Rendering is bounded in time, memory,
// output and depth: a hostile template ends in an Error of code limit.
class ChatTemplate {
 public:
  // `bos`, `eos`: texts of these tokens, or empty. Errors name the template's line.
  static Result<std::shared_ptr<const ChatTemplate>> create(std::string source, std::string bos, std::string eos);
  ~ChatTemplate();
  ChatTemplate(const ChatTemplate&) = delete;
  ChatTemplate& operator=(const ChatTemplate&) = delete;

  // invalid_argument when the template refuses the conversation; `received` is its reason.
  //
  // Texts of a message become its content (a list of typed parts when it has images or audio), files follow as
  // "NAME:\nTEXT"; reasoning becomes reasoning_content, tool calls and results take the form of the OpenAI API with
  // parsed arguments; several results in one message become as many messages.
  Result<RenderedChat> render(const ChatRequest& request) const;

  const std::string& source() const;
  // As found by rendering a probe, or by names known from other models.
  const std::optional<ReasoningMarks>& reasoning() const;
  // Whether `prompt` ends inside an opened reasoning section: the answer then begins with reasoning.
  bool opens_reasoning(std::string_view prompt) const;

 private:
  struct Impl;
  explicit ChatTemplate(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace roundhouse
