// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/chat_template.h"

#include <ctime>
#include <nlohmann/json.hpp>

#include "engine/text/jinja/json.h"
#include "engine/text/jinja/template.h"

namespace roundhouse {

namespace {

using Json = nlohmann::ordered_json;

const char* const known_marks[][2] = {
    {"<think>", "</think>"}, {"[THINK]", "[/THINK]"}, {"<seed:think>", "</seed:think>"}, {"<|START_THINKING|>", "<|END_THINKING|>"},
    {"<|inner_prefix|>", "<|inner_suffix|>"},
};

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

const char* role_name(Role role) {
  switch (role) {
    case Role::system: return "system";
    case Role::user: return "user";
    case Role::assistant: return "assistant";
    case Role::tool: return "tool";
  }
  return "user";
}

Json parsed_or_text(const std::string& json) {
  Json value = Json::parse(json, nullptr, false);
  return value.is_discarded() ? Json(json) : value;
}

// One message in the shape templates expect. Texts and files are one string; with an image or a sound the content is a
// list of typed parts, as transformers passes it.
Json message_json(const Message& message) {
  Json out = {{"role", role_name(message.role)}};
  std::string text, reasoning;
  Json parts = Json::array(), calls = Json::array();
  bool mixed = false;
  const auto add_text = [&](const std::string& piece) {
    text += piece;
    parts.push_back({{"type", "text"}, {"text", piece}});
  };
  for (const Part& part : message.parts) {
    if (const auto* p = std::get_if<TextPart>(&part.content)) {
      add_text(p->text);
    } else if (const auto* r = std::get_if<ReasoningPart>(&part.content)) {
      reasoning += r->text;
    } else if (const auto* f = std::get_if<FilePart>(&part.content)) {
      add_text("\n" + f->name + ":\n" + f->text + "\n");
    } else if (std::holds_alternative<ImagePart>(part.content)) {
      mixed = true;
      parts.push_back({{"type", "image"}});
    } else if (std::holds_alternative<AudioPart>(part.content)) {
      mixed = true;
      parts.push_back({{"type", "audio"}});
    } else if (const auto* c = std::get_if<ToolCallPart>(&part.content)) {
      Json call = {{"type", "function"}};
      if (!c->id.empty()) call["id"] = c->id;
      call["function"] = {{"name", c->name}, {"arguments", parsed_or_text(c->arguments_json)}};
      calls.push_back(std::move(call));
    } else if (const auto* t = std::get_if<ToolResultPart>(&part.content)) {
      add_text(t->content);
      out["name"] = t->name;
      out["tool_call_id"] = t->call_id;
    }
  }
  out["content"] = mixed ? parts : Json(text);
  if (!reasoning.empty()) out["reasoning_content"] = reasoning;
  if (!calls.empty()) out["tool_calls"] = std::move(calls);
  return out;
}

Json tools_json(const std::vector<ToolSpec>& tools) {
  Json out = Json::array();
  for (const ToolSpec& tool : tools) {
    out.push_back({{"type", "function"},
                   {"function", {{"name", tool.name}, {"description", tool.description}, {"parameters", parsed_or_text(tool.parameters_json_schema)}}}});
  }
  return out;
}

}  // namespace

struct ChatTemplate::Impl {
  std::string source, bos, eos;
  std::shared_ptr<const jinja::Template> program;
  std::optional<ReasoningMarks> reasoning;
};

ChatTemplate::ChatTemplate(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
ChatTemplate::~ChatTemplate() = default;
const std::string& ChatTemplate::source() const { return impl_->source; }
const std::optional<ReasoningMarks>& ChatTemplate::reasoning() const { return impl_->reasoning; }

Result<std::shared_ptr<const ChatTemplate>> ChatTemplate::create(std::string source, std::string bos, std::string eos) {
  auto impl = std::make_unique<Impl>();
  RH_ASSIGN(impl->program, jinja::Template::parse(source));
  for (const auto& marks : known_marks) {
    if (source.find(marks[1]) == std::string::npos) continue;
    impl->reasoning = ReasoningMarks{marks[0], marks[1]};
    break;
  }
  impl->source = std::move(source);
  impl->bos = std::move(bos);
  impl->eos = std::move(eos);
  return std::shared_ptr<const ChatTemplate>(new ChatTemplate(std::move(impl)));
}

Result<RenderedChat> ChatTemplate::render(const ChatRequest& request) const {
  Json variables = Json::parse(request.arguments_json, nullptr, false);
  if (!variables.is_object()) {
    return Error{ErrorCode::invalid_argument, "render chat template", "template arguments", "a JSON object", request.arguments_json.substr(0, 60)};
  }
  variables["messages"] = Json::array();
  for (const Message& message : request.messages) variables["messages"].push_back(message_json(message));
  variables["tools"] = request.tools.empty() ? Json() : tools_json(request.tools);
  variables["add_generation_prompt"] = request.add_generation_prompt;
  const std::string text = dump(variables);
  const std::time_t time = std::time(nullptr);
  std::tm now{};
  localtime_r(&time, &now);
  jinja::Limits limits;
  limits.time = std::chrono::milliseconds(5000);
  RH_ASSIGN(auto rendered, impl_->program->render(
                               [&](jinja::Meter& meter, jinja::Dict& out) {
                                 const jinja::Value object = jinja::from_json(meter, text, true);
                                 for (const auto& [key, value] : object.dict()->entries()) out.set(meter, key, value);
                                 out.set(meter, jinja::Value::text("bos_token"), jinja::Value::text(impl_->bos));
                                 out.set(meter, jinja::Value::text("eos_token"), jinja::Value::text(impl_->eos));
                               },
                               now, limits));
  return RenderedChat{std::move(rendered.text), std::move(rendered.foreign)};
}

}  // namespace roundhouse
