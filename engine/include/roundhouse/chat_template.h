// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>
#include "roundhouse/message.h"
#include "roundhouse/result.h"
namespace roundhouse {
struct ChatRequest { std::vector<Message> messages; std::vector<ToolSpec> tools; bool add_generation_prompt = true; std::string arguments_json = "{}"; };
class ChatTemplate {
 public:
  static Result<std::shared_ptr<const ChatTemplate>> create(std::string source, std::string bos, std::string eos);
  Result<std::string> render(const ChatRequest& request) const;
};
}  // namespace roundhouse
