#include "roundhouse/chat_template.h"
namespace roundhouse {
Result<std::shared_ptr<const ChatTemplate>> ChatTemplate::create(std::string, std::string, std::string) { return std::shared_ptr<const ChatTemplate>(std::make_shared<ChatTemplate>()); }
Result<std::string> ChatTemplate::render(const ChatRequest& r) const {
  std::string out;
  for (auto& m : r.messages) { out += m.role == Role::user ? "<|im_start|>user\n" : m.role == Role::system ? "<|im_start|>system\n" : "<|im_start|>assistant\n"; for (auto& p : m.parts) if (auto* t = std::get_if<TextPart>(&p.content)) out += t->text; out += "<|im_end|>\n"; }
  return out + "<|im_start|>assistant\n";
}
}
