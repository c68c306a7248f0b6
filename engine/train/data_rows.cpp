// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data_rows.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engine/base/printable.h"

namespace roundhouse {

namespace {

constexpr const char* operation = "read data set";

Error no_row(std::string object, std::string expected, std::string received) {
  return {ErrorCode::malformed, operation, std::move(object), std::move(expected), std::move(received)};
}

struct RoleNames {
  std::string_view role;
  std::vector<std::string_view> usual;  // most usual first
};
const std::vector<RoleNames>& role_names() {
  static const std::vector<RoleNames> names = {
      {"messages", {"messages", "conversations", "conversation"}},
      {"role", {"role", "from"}},
      {"content", {"content", "value"}},
      {"prompt", {"instruction", "prompt", "question", "query"}},
      {"response", {"output", "response", "answer", "completion"}},
      {"input", {"input"}},
      {"system", {"system", "system_prompt"}},
      {"history", {"history"}},
      {"chosen", {"chosen"}},
      {"rejected", {"rejected"}},
      {"text", {"text"}},
  };
  return names;
}
const RoleNames* names_of(std::string_view role) {
  const auto& all = role_names();
  const auto at = std::find_if(all.begin(), all.end(), [&](const RoleNames& each) { return each.role == role; });
  return at == all.end() ? nullptr : &*at;
}

// Roles of each format, in the order of DataFormat; the first ones are necessary.
struct FormatRoles {
  std::size_t necessary;
  std::vector<std::string_view> roles;
};
const FormatRoles& roles_of(DataFormat format) {
  static const std::array<FormatRoles, 5> all = {{
      {1, {"messages", "role", "content", "system"}},
      {1, {"messages", "role", "content", "system"}},
      {2, {"prompt", "response", "input", "system", "history"}},
      {2, {"chosen", "rejected", "prompt", "system"}},
      {1, {"text"}},
  }};
  return all[static_cast<std::size_t>(format)];
}

std::optional<Role> speaker(std::string_view name) {
  if (name == "user" || name == "human") return Role::user;
  if (name == "assistant" || name == "gpt" || name == "chatgpt" || name == "bot" || name == "model") return Role::assistant;
  if (name == "system" || name == "developer") return Role::system;
  if (name == "tool" || name == "observation" || name == "function_response") return Role::tool;
  return std::nullopt;
}

bool is_image_part(const Json& part) {
  if (!part.is_object()) return false;
  const auto type = part.find("type");
  return type != part.end() && type->is_string() && (*type == "image" || *type == "image_url" || *type == "input_image");
}

Error has_images() {
  return {ErrorCode::unsupported, operation, "image-text row", "text alone: images are trained when the vision encoder is there", "images"};
}

// A text, or a list of parts of which all are texts.
Result<std::string> content_text(const std::string& name, const Json* value) {
  if (!value) return no_row(name, "a text", "none");
  if (value->is_string()) return value->get<std::string>();
  if (!value->is_array()) return no_row(name, "a text", value->type_name());
  std::string text;
  for (const Json& part : *value) {
    if (is_image_part(part)) return has_images();
    const auto found = part.is_object() ? part.find("text") : part.end();
    if (!part.is_object() || found == part.end() || !found->is_string()) return no_row(name, "parts of type text", "another part");
    text += found->get_ref<const std::string&>();
  }
  return text;
}

// Images may stand beside the texts of any format.
bool has_image_field(const JsonView& row) {
  for (const char* name : {"images", "image"}) {
    const Json* const value = row.find(name);
    if (value && !((value->is_array() || value->is_string() || value->is_object()) && (value->empty() || *value == ""))) return true;
  }
  return false;
}

std::optional<DataFormat> format_by(const DataMapping& mapping) {
  const auto any = [&](std::initializer_list<const char*> roles) { return std::any_of(roles.begin(), roles.end(), [&](const char* role) { return mapping.contains(role); }); };
  if (any({"chosen", "rejected"})) return DataFormat::preference;
  if (any({"messages", "role", "content"})) return DataFormat::messages;
  if (any({"response", "input", "history", "prompt"})) return DataFormat::alpaca;
  if (any({"text"})) return DataFormat::text;
  return std::nullopt;
}

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string text_of(const Message& message) {
  std::string all;
  for (const Part& part : message.parts) {
    if (const auto* text = std::get_if<TextPart>(&part.content)) all += text->text;
  }
  return all;
}

}  // namespace

Status check_data_mapping(const DataMapping& mapping, std::optional<DataFormat> format) {
  const auto bad = [](const std::string& role, std::string expected, std::string received) {
    return Error{ErrorCode::invalid_argument, "read data mapping", "role '" + printable(role) + "'", std::move(expected), std::move(received)};
  };
  for (const auto& [role, name] : mapping) {
    if (!names_of(role)) {
      std::string all;
      for (const RoleNames& each : role_names()) all += (all.empty() ? "" : ", ") + std::string(each.role);
      return bad(role, "one of " + all, "no such role");
    }
    if (name.empty()) return bad(role, "the name of a field", "an empty one");
  }
  const auto own = format_by(mapping);
  if (!own) return Ok{};
  const DataFormat meant = format.value_or(*own);
  for (const auto& [role, name] : mapping) {
    const auto& fit = roles_of(meant).roles;
    if (std::find(fit.begin(), fit.end(), role) == fit.end()) return bad(role, std::string("a role of format ") + data_format_name(meant), "mapped to '" + printable(name) + "'");
  }
  return Ok{};
}

RowReader::RowReader(DataMapping mapping) : mapping_(std::move(mapping)), mapped_format_(format_by(mapping_)) {}

std::string RowReader::field(std::string_view role, const JsonView& row) const {
  if (const auto mapped = mapping_.find(std::string(role)); mapped != mapping_.end()) return row.contains(mapped->second) ? mapped->second : std::string();
  for (const std::string_view name : names_of(role)->usual) {
    if (row.contains(name)) return std::string(name);
  }
  return {};
}

std::string RowReader::named(std::string_view role) const {
  const auto mapped = mapping_.find(std::string(role));
  return mapped != mapping_.end() ? printable(mapped->second) : std::string(names_of(role)->usual[0]);
}

bool RowReader::has(DataFormat format, const JsonView& row) const {
  const FormatRoles& wanted = roles_of(format);
  for (std::size_t i = 0; i < wanted.necessary; ++i) {
    if (field(wanted.roles[i], row).empty()) return false;
  }
  return true;
}

std::optional<DataFormat> RowReader::format_of(const JsonView& row) const {
  if (mapped_format_) return mapped_format_;
  if (row.contains("messages")) return DataFormat::messages;
  if (!field("messages", row).empty()) return DataFormat::sharegpt;
  for (const DataFormat format : {DataFormat::preference, DataFormat::alpaca, DataFormat::text}) {
    if (has(format, row)) return format;
  }
  return std::nullopt;
}

std::map<std::string, std::string> RowReader::roles(DataFormat format, const JsonView& row) const {
  std::map<std::string, std::string> found;
  for (const std::string_view role : roles_of(format).roles) {
    if (const std::string name = field(role, row); !name.empty()) found.emplace(role, name);
  }
  return found;
}

Result<std::string> RowReader::text(std::string_view role, const JsonView& row) const {
  const std::string name = field(role, row);
  return content_text(name.empty() ? named(role) : printable(name), name.empty() ? nullptr : row.find(name));
}

Result<std::string> RowReader::text_or_empty(std::string_view role, const JsonView& row) const {
  return field(role, row).empty() ? Result<std::string>(std::string()) : text(role, row);
}

Result<std::vector<Message>> RowReader::turns(const std::string& name, const Json* value) const {
  Json parsed;
  if (value && value->is_string()) {  // a column of a table may hold the list as text
    auto list = parse_json(value->get_ref<const std::string&>(), name);
    if (!list.ok()) return no_row(name, "a list of turns", "text that is no JSON");
    parsed = std::move(list).value();
    value = &parsed;
  }
  if (!value || !value->is_array() || value->empty()) return no_row(name, "a list of turns", value && value->is_array() ? "an empty one" : "none");
  std::vector<Message> messages;
  for (const Json& turn : *value) {
    const std::string where = "turn " + std::to_string(messages.size() + 1);
    if (!turn.is_object()) return no_row(where, "an object", turn.type_name());
    RH_ASSIGN(const JsonView view, JsonView::of(turn, where));
    const std::string role_field = field("role", view), content_field = field("content", view);
    const Json* const name_of_role = role_field.empty() ? nullptr : view.find(role_field);
    if (!name_of_role || !name_of_role->is_string()) return no_row(where, named("role") + ": who speaks", "none");
    const auto role = speaker(name_of_role->get_ref<const std::string&>());
    if (!role) return no_row(where, "a role among system, user, assistant, tool", printable(name_of_role->get_ref<const std::string&>(), 40));
    if (view.contains("tool_calls") || view.contains("function_call")) return no_row(where, "text", "a call of a tool: those are not trained");
    RH_ASSIGN(std::string content, content_text(where + ": " + (content_field.empty() ? named("content") : printable(content_field)), content_field.empty() ? nullptr : view.find(content_field)));
    Message message = Message::text(*role, std::move(content));
    RH_ASSIGN(std::string reasoning, view.string_or("reasoning_content", ""));
    if (!reasoning.empty()) message.parts.insert(message.parts.begin(), Part{ReasoningPart{std::move(reasoning)}, {}});
    messages.push_back(std::move(message));
  }
  return messages;
}

Result<DataRow> RowReader::conversation(const JsonView& row) const {
  const std::string name = field("messages", row);
  DataRow out;
  RH_ASSIGN(out.messages, turns(name.empty() ? named("messages") : printable(name), name.empty() ? nullptr : row.find(name)));
  const auto answers = [](const Message& m) { return m.role == Role::assistant; };
  if (std::none_of(out.messages.begin(), out.messages.end(), answers)) return no_row("conversation", "a turn of the assistant to learn from", "none");
  if (std::none_of(out.messages.begin(), out.messages.end(), [&](const Message& m) { return answers(m) && !blank(text_of(m)); })) {
    return no_row("conversation", "an answer of the assistant", "an empty one");
  }
  RH_ASSIGN(std::string system, text_or_empty("system", row));
  if (!system.empty() && out.messages[0].role != Role::system) out.messages.insert(out.messages.begin(), Message::text(Role::system, std::move(system)));
  return out;
}

Result<DataRow> RowReader::alpaca(const JsonView& row) const {
  DataRow out;
  RH_ASSIGN(std::string prompt, text("prompt", row));
  RH_ASSIGN(const std::string input, text_or_empty("input", row));
  RH_ASSIGN(std::string response, text("response", row));
  RH_ASSIGN(std::string system, text_or_empty("system", row));
  if (blank(prompt) && blank(input)) return no_row(named("prompt"), "a text", "an empty one");
  if (blank(response)) return no_row(named("response"), "a text to learn", "an empty one");
  if (!system.empty()) out.messages.push_back(Message::text(Role::system, std::move(system)));
  if (const std::string name = field("history", row); !name.empty()) {
    const Json& history = *row.find(name);
    if (!history.is_array()) return no_row(printable(name), "pairs of question and answer", history.type_name());
    for (const Json& pair : history) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) return no_row(printable(name), "pairs of question and answer", "another value");
      out.messages.push_back(Message::text(Role::user, pair[0].get<std::string>()));
      out.messages.push_back(Message::text(Role::assistant, pair[1].get<std::string>()));
    }
  }
  if (!input.empty()) prompt += (prompt.empty() ? "" : "\n") + input;
  out.messages.push_back(Message::text(Role::user, std::move(prompt)));
  out.messages.push_back(Message::text(Role::assistant, std::move(response)));
  return out;
}

Result<DataRow> RowReader::preference(const JsonView& row) const {
  DataRow out;
  const std::string prompt_field = field("prompt", row);
  const Json* const prompt = prompt_field.empty() ? nullptr : row.find(prompt_field);
  // The answer itself, or the last turn of a conversation that ends with it.
  const auto answer = [&](const char* role, std::vector<Message>* before) -> Result<std::string> {
    const std::string name = field(role, row);
    const Json* const value = name.empty() ? nullptr : row.find(name);
    if (!value || !value->is_array()) return content_text(name.empty() ? named(role) : printable(name), value);
    RH_ASSIGN(std::vector<Message> all, turns(printable(name), value));
    if (all.back().role != Role::assistant) return no_row(printable(name), "a turn of the assistant at the end", "another");
    std::string last = text_of(all.back());
    all.pop_back();
    if (before) *before = std::move(all);
    return last;
  };
  std::vector<Message> before;
  RH_ASSIGN(out.chosen, answer("chosen", &before));
  RH_ASSIGN(out.rejected, answer("rejected", nullptr));
  if (blank(out.chosen)) return no_row(named("chosen"), "an answer", "an empty one");
  if (prompt && prompt->is_array()) {
    RH_ASSIGN(out.messages, turns(printable(prompt_field), prompt));
  } else if (prompt) {
    RH_ASSIGN(std::string text, content_text(printable(prompt_field), prompt));
    out.messages.push_back(Message::text(Role::user, std::move(text)));
  } else if (!before.empty()) {
    out.messages = std::move(before);
  } else {
    return no_row(named("prompt"), "a text", "none");
  }
  RH_ASSIGN(std::string system, text_or_empty("system", row));
  if (!system.empty() && out.messages[0].role != Role::system) out.messages.insert(out.messages.begin(), Message::text(Role::system, std::move(system)));
  return out;
}

Result<DataRow> RowReader::read(DataFormat format, const JsonView& row) const {
  if (has_image_field(row)) return has_images();
  switch (format) {
    case DataFormat::messages:
    case DataFormat::sharegpt: return conversation(row);
    case DataFormat::alpaca: return alpaca(row);
    case DataFormat::preference: return preference(row);
    case DataFormat::text: break;
  }
  DataRow out;
  RH_ASSIGN(out.text, text("text", row));
  if (blank(out.text)) return no_row(named("text"), "a text", "an empty one");
  return out;
}

}  // namespace roundhouse
