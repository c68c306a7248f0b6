// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/chat_template.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "engine/base/printable.h"
#include "engine/text/jinja/json.h"
#include "engine/text/jinja/template.h"
#include "engine/text/reasoning_marks.h"

namespace roundhouse {
namespace {

using jinja::Dict;
using jinja::DictPtr;
using jinja::Meter;
using jinja::Value;

std::tm local_time() {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm time{};
  localtime_r(&seconds, &time);
  return time;
}

const char* role_name(Role role) {
  switch (role) {
    case Role::system: return "system";
    case Role::user: return "user";
    case Role::assistant: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

template <class... Visitors>
struct Visit : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Visit(Visitors...) -> Visit<Visitors...>;

// Turns typed messages into the variables that templates know.
class Conversation {
 public:
  explicit Conversation(Meter& meter) : meter_(meter) {}

  void add(const Message& message) {
    std::string text, reasoning;
    bool has_text = false, has_media = false;
    std::vector<Value> parts, calls, results;
    const auto flush = [&] {
      if (!text.empty()) parts.push_back(object({{"type", Value::text("text")}, {"text", foreign(text)}}));
      text.clear();
    };
    std::string all_text;
    const auto append = [&](std::string_view piece) { text += piece, all_text += piece, has_text = true; };
    const auto medium = [&](const char* type) {
      flush();
      parts.push_back(object({{"type", Value::text(type)}}));
      has_media = true;
    };
    for (const Part& part : message.parts) {
      std::visit(Visit{[&](const TextPart& p) { append(p.text); },
                       [&](const ReasoningPart& p) { reasoning += p.text; },
                       [&](const ImagePart&) { medium("image"); },
                       [&](const AudioPart&) { medium("audio"); },
                       [&](const FilePart& p) {
                         if (!all_text.empty()) append("\n\n");
                         append(p.name);
                         append(":\n");
                         append(p.text);
                       },
                       [&](const ToolCallPart& p) { calls.push_back(tool_call(p)); },
                       [&](const ToolResultPart& p) { results.push_back(tool_result(p)); }},
                 part.content);
    }
    for (Value& result : results) messages_.push_back(std::move(result));
    if (!results.empty() && !has_text && !has_media && calls.empty()) return;

    Value content = foreign(all_text);
    if (has_media) {
      flush();
      content = Value::list(meter_, std::move(parts));
    }
    auto entry = std::make_shared<Dict>();
    set(*entry, "role", Value::text(role_name(message.role)));
    set(*entry, "content", std::move(content));
    if (!reasoning.empty()) set(*entry, "reasoning_content", foreign(reasoning));
    if (!calls.empty()) set(*entry, "tool_calls", Value::list(meter_, std::move(calls)));
    messages_.push_back(Value(DictPtr(std::move(entry))));
  }

  Value messages() { return Value::list(meter_, std::move(messages_)); }

  Value tool(const ToolSpec& tool) {
    return object({{"type", Value::text("function")},
                   {"function", object({{"name", foreign(tool.name)},
                                        {"description", foreign(tool.description)},
                                        {"parameters", parsed(tool.parameters_json_schema, "parameters of tool " + tool.name)}})}});
  }

  void set(Dict& dict, std::string_view key, Value value) { dict.set(meter_, Value::text(key), std::move(value)); }

 private:
  Value foreign(std::string_view text) {
    meter_.charge(text.size());
    return Value::foreign_text(text);
  }
  Value object(std::vector<std::pair<std::string_view, Value>> members) {
    auto dict = std::make_shared<Dict>();
    for (auto& [key, value] : members) set(*dict, key, std::move(value));
    return Value(DictPtr(std::move(dict)));
  }
  Value parsed(const std::string& json, const std::string& what) {
    try {
      return jinja::from_json(meter_, json, true);
    } catch (jinja::TemplateError& error) {
      error.text = what + ": " + error.text;
      throw;
    }
  }
  Value tool_call(const ToolCallPart& call) {
    // A model's call may be broken JSON: then the template gets what the model wrote.
    Value arguments;
    try {
      arguments = jinja::from_json(meter_, call.arguments_json, true);
    } catch (const jinja::TemplateError& error) {
      if (error.code == ErrorCode::limit) throw;
    }
    if (!arguments.is_dict()) arguments = foreign(call.arguments_json);
    return object({{"id", foreign(call.id)},
                   {"type", Value::text("function")},
                   {"function", object({{"name", foreign(call.name)}, {"arguments", std::move(arguments)}})}});
  }
  Value tool_result(const ToolResultPart& result) {
    return object({{"role", Value::text("tool")},
                   {"tool_call_id", foreign(result.call_id)},
                   {"name", foreign(result.name)},
                   {"content", foreign(result.content)}});
  }

  Meter& meter_;
  std::vector<Value> messages_;
};

}  // namespace

struct ChatTemplate::Impl {
  std::string source, bos, eos;
  std::shared_ptr<const jinja::Template> parsed;
  std::optional<ReasoningMarks> reasoning;

  Result<RenderedChat> render(const ChatRequest& request, const jinja::Limits& limits) const {
    const auto fill = [&](Meter& meter, Dict& variables) {
      Conversation conversation(meter);
      for (const Message& message : request.messages) conversation.add(message);
      conversation.set(variables, "messages", conversation.messages());
      if (!request.tools.empty()) {
        std::vector<Value> tools;
        for (const ToolSpec& tool : request.tools) tools.push_back(conversation.tool(tool));
        conversation.set(variables, "tools", Value::list(meter, std::move(tools)));
      }
      conversation.set(variables, "add_generation_prompt", Value(request.add_generation_prompt));
      conversation.set(variables, "bos_token", Value::text(bos));
      conversation.set(variables, "eos_token", Value::text(eos));
      const Value arguments = jinja::from_json(meter, request.arguments_json, false);
      if (!arguments.is_dict()) jinja::fail("template arguments: expected a JSON object");
      for (const auto& [key, value] : arguments.dict()->entries()) variables.set(meter, key, value);
    };
    RH_ASSIGN(jinja::Rendered rendered, parsed->render(fill, request.now ? *request.now : local_time(), limits));
    return RenderedChat{std::move(rendered.text), std::move(rendered.foreign)};
  }
};

ChatTemplate::ChatTemplate(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
ChatTemplate::~ChatTemplate() = default;

Result<std::shared_ptr<const ChatTemplate>> ChatTemplate::create(std::string source, std::string bos, std::string eos) {
  if (!is_utf8(source)) return Error{ErrorCode::malformed, "parse", "chat template", "UTF-8", "bytes that are none"};
  auto impl = std::make_unique<Impl>();
  RH_ASSIGN(impl->parsed, jinja::Template::parse(source));
  impl->source = std::move(source);
  impl->bos = std::move(bos);
  impl->eos = std::move(eos);

  // One assistant's answer with reasoning, under limits that keep a hostile template from delaying a model's loading.
  jinja::Limits limits;
  limits.steps = 500'000;
  limits.bytes = std::size_t{16} << 20;
  limits.time = std::chrono::milliseconds(300);
  ChatRequest probe;
  probe.add_generation_prompt = false;
  Message answer = Message::text(Role::assistant, text::probe_answer);
  answer.parts.insert(answer.parts.begin(), Part{ReasoningPart{text::probe_reasoning}, {}});
  probe.messages = {Message::text(Role::user, "Question"), std::move(answer)};
  const auto rendered = impl->render(probe, limits);
  impl->reasoning = text::find_reasoning_marks(rendered.ok() ? rendered->text : std::string(), impl->source);
  return std::shared_ptr<const ChatTemplate>(new ChatTemplate(std::move(impl)));
}

Result<RenderedChat> ChatTemplate::render(const ChatRequest& request) const { return impl_->render(request, {}); }

const std::string& ChatTemplate::source() const { return impl_->source; }
const std::optional<ReasoningMarks>& ChatTemplate::reasoning() const { return impl_->reasoning; }

bool ChatTemplate::opens_reasoning(std::string_view prompt) const {
  if (!impl_->reasoning) return false;
  const std::size_t opened = prompt.rfind(impl_->reasoning->open);
  if (opened == std::string_view::npos) return false;
  // Only white space may follow: an earlier, unclosed marker belongs to some message's text.
  const std::string_view rest = prompt.substr(opened + impl_->reasoning->open.size());
  return rest.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace roundhouse
