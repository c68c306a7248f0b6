// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data_set.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/io/json.h"
#include "engine/io/mapped_file.h"

namespace roundhouse {

namespace {

constexpr const char* operation = "read data set";

// A row as the file has it, or why it is none.
using Read = Result<DataRow>;

Error no_row(std::string expected, std::string received) { return {ErrorCode::malformed, operation, "row", std::move(expected), std::move(received)}; }

std::optional<Role> role_named(const std::string& name) {
  if (name == "user" || name == "human") return Role::user;
  if (name == "assistant" || name == "gpt" || name == "chatgpt" || name == "bot" || name == "model") return Role::assistant;
  if (name == "system" || name == "developer") return Role::system;
  if (name == "tool" || name == "observation" || name == "function_response") return Role::tool;
  return std::nullopt;
}

// A text, or a list of parts of which all are texts.
Result<std::string> content_of(const JsonView& object, std::string_view key) {
  const Json* const value = object.find(key);
  if (value && value->is_array()) {
    std::string text;
    for (const Json& part : *value) {
      if (!part.is_object() || part.value("type", "") != "text" || !part.contains("text") || !part["text"].is_string()) {
        return no_row("parts of type text in " + std::string(key), "another part");
      }
      text += part["text"].get_ref<const std::string&>();
    }
    return text;
  }
  return object.string(key);
}

Result<std::vector<Message>> turns(const Json& list, const char* role_key, const char* text_key) {
  if (!list.is_array() || list.empty()) return no_row("a list of turns", list.is_array() ? "an empty one" : "none");
  std::vector<Message> messages;
  for (const Json& turn : list) {
    RH_ASSIGN(const JsonView view, JsonView::of(turn, "turn " + std::to_string(messages.size() + 1)));
    RH_ASSIGN(const std::string name, view.string(role_key));
    const auto role = role_named(name);
    if (!role) return no_row("a role among system, user, assistant, tool", name);
    RH_ASSIGN(std::string text, content_of(view, text_key));
    messages.push_back(Message::text(*role, std::move(text)));
  }
  if (std::none_of(messages.begin(), messages.end(), [](const Message& m) { return m.role == Role::assistant; })) {
    return no_row("a turn of the assistant to learn from", "none");
  }
  return messages;
}

Read read_messages(const JsonView& row) {
  const Json* const list = row.find("messages");
  RH_ASSIGN(std::vector<Message> messages, turns(list ? *list : Json(), "role", "content"));
  return DataRow{0, std::move(messages), {}, {}, {}};
}

Read read_sharegpt(const JsonView& row) {
  const Json* const list = row.find("conversations");
  RH_ASSIGN(std::vector<Message> messages, turns(list ? *list : Json(), "from", "value"));
  RH_ASSIGN(std::string system, row.string_or("system", ""));
  if (!system.empty()) messages.insert(messages.begin(), Message::text(Role::system, std::move(system)));
  return DataRow{0, std::move(messages), {}, {}, {}};
}

Read read_alpaca(const JsonView& row) {
  RH_ASSIGN(std::string instruction, row.string("instruction"));
  RH_ASSIGN(const std::string input, row.string_or("input", ""));
  RH_ASSIGN(std::string output, row.string("output"));
  RH_ASSIGN(std::string system, row.string_or("system", ""));
  std::vector<Message> messages;
  if (!system.empty()) messages.push_back(Message::text(Role::system, std::move(system)));
  if (const Json* const history = row.find("history")) {
    if (!history->is_array()) return no_row("history: pairs of question and answer", "no list");
    for (const Json& pair : *history) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) return no_row("history: pairs of question and answer", dump_json(pair).substr(0, 60));
      messages.push_back(Message::text(Role::user, pair[0].get<std::string>()));
      messages.push_back(Message::text(Role::assistant, pair[1].get<std::string>()));
    }
  }
  if (!input.empty()) instruction += "\n" + input;
  messages.push_back(Message::text(Role::user, std::move(instruction)));
  messages.push_back(Message::text(Role::assistant, std::move(output)));
  return DataRow{0, std::move(messages), {}, {}, {}};
}

// The answer itself, or the last turn of a conversation that ends with it.
Result<std::string> answer_of(const JsonView& row, std::string_view key) {
  const Json* const value = row.find(key);
  if (!value || !value->is_array()) return row.string(key);
  if (value->empty()) return no_row(std::string(key) + ": an answer", "none");
  RH_ASSIGN(const JsonView last, JsonView::of(value->back(), std::string(key)));
  return content_of(last, "content");
}

Read read_preference(const JsonView& row) {
  DataRow out;
  const Json* const prompt = row.find("prompt");
  if (prompt && prompt->is_array()) {
    for (const Json& turn : *prompt) {
      RH_ASSIGN(const JsonView view, JsonView::of(turn, "prompt"));
      RH_ASSIGN(const std::string name, view.string("role"));
      const auto role = role_named(name);
      if (!role) return no_row("a role among system, user, assistant, tool", name);
      RH_ASSIGN(std::string text, content_of(view, "content"));
      out.messages.push_back(Message::text(*role, std::move(text)));
    }
  } else {
    RH_ASSIGN(std::string text, row.string("prompt"));
    out.messages.push_back(Message::text(Role::user, std::move(text)));
  }
  RH_ASSIGN(out.chosen, answer_of(row, "chosen"));
  RH_ASSIGN(out.rejected, answer_of(row, "rejected"));
  return out;
}

Read read_text(const JsonView& row) {
  DataRow out;
  RH_ASSIGN(out.text, row.string("text"));
  if (out.text.empty()) return no_row("a text", "an empty one");
  return out;
}

std::optional<DataFormat> format_of(const JsonView& row) {
  if (row.contains("messages")) return DataFormat::messages;
  if (row.contains("conversations")) return DataFormat::sharegpt;
  if (row.contains("chosen") && row.contains("rejected")) return DataFormat::preference;
  if (row.contains("instruction") && row.contains("output")) return DataFormat::alpaca;
  if (row.contains("text")) return DataFormat::text;
  return std::nullopt;
}

class Reader {
 public:
  explicit Reader(std::optional<DataFormat> format) : format_(format) {}

  void add(std::int64_t line, const Json& value) {
    const auto view = JsonView::of(value, "row");
    if (!view.ok()) return problem(line, "a row must be an object");
    const auto own = format_of(*view);
    if (!format_) format_ = own;
    if (!own) return problem(line, "no known format: expected messages, conversations, instruction and output, chosen and rejected, or text");
    if (*own != *format_) return problem(line, std::string("format ") + data_format_name(*own) + " among rows of format " + data_format_name(*format_));
    constexpr Read (*readers[])(const JsonView&) = {read_messages, read_sharegpt, read_alpaca, read_preference, read_text};
    Read row = readers[static_cast<int>(*format_)](*view);
    if (!row.ok()) return problem(line, row.error().object + ": expected " + row.error().expected + ", found " + row.error().received);
    row->line = line;
    set_.rows.push_back(std::move(row).value());
  }
  void problem(std::int64_t line, std::string reason) {
    ++set_.problem_count;
    if (set_.problems.size() < DataSet::most_problems) set_.problems.push_back({line, std::move(reason)});
  }
  Result<DataSet> finish(const std::string& path) {
    if (set_.rows.empty()) {
      return Error{ErrorCode::malformed, operation, path, "rows to learn from",
                   set_.problems.empty() ? "none" : "none; line " + std::to_string(set_.problems[0].line) + ": " + set_.problems[0].reason};
    }
    set_.format = *format_;
    return std::move(set_);
  }

 private:
  std::optional<DataFormat> format_;
  DataSet set_;
};

}  // namespace

const char* data_format_name(DataFormat format) {
  constexpr const char* names[] = {"messages", "sharegpt", "alpaca", "preference", "text"};
  return names[static_cast<int>(format)];
}

Result<DataSet> read_data_set(const std::string& path, std::optional<DataFormat> format) {
  RH_ASSIGN(const MappedFile file, MappedFile::open(path));
  std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  Reader reader(format);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && text[begin] == '[') {
    JsonLimits limits;
    limits.bytes = std::size_t{1} << 30;
    limits.values = std::size_t{1} << 26;
    RH_ASSIGN(const Json whole, parse_json(text, path, limits));
    std::int64_t row = 0;
    for (const Json& value : whole) reader.add(++row, value);  // rows of one array have no lines of their own: counted
  } else {
    std::int64_t line = 0;
    while (!text.empty()) {
      ++line;
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view one = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      const auto value = parse_json(one, "line");
      if (value.ok()) reader.add(line, *value);
      else reader.problem(line, "no JSON: " + value.error().received);
    }
  }
  RH_TRY(file.verify_unchanged());
  return reader.finish(path);
}

}  // namespace roundhouse
