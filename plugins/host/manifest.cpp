// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "plugins/api/core/entry.h"
#include "plugins/host/files.h"
#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

using Json = nlohmann::json;

constexpr std::size_t text_limit_bytes = 2000;
constexpr std::size_t contribution_limit = 100;

class Reader {
 public:
  Reader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {}

  Error malformed(const std::string& key, std::string expected, std::string received) const {
    return Error{ErrorCode::malformed, "read plugin manifest", where_ + ": " + key, std::move(expected), std::move(received)};
  }

  Result<std::string> text(const Json& object, const std::string& key, const std::string& path, bool required) const {
    const auto found = object.find(key);
    if (found == object.end()) {
      if (required) return malformed(path, "a text", "nothing");
      return std::string();
    }
    if (!found->is_string()) return malformed(path, "a text", found->type_name());
    const std::string& value = found->get_ref<const std::string&>();
    if (value.size() > text_limit_bytes) {
      return malformed(path, fmt::format("at most {} bytes", text_limit_bytes), fmt::format("{} bytes", value.size()));
    }
    if (required && value.empty()) return malformed(path, "a text", "an empty one");
    for (unsigned char c : value) {
      if (c < 0x20 || c == 0x7F) return malformed(path, "no control characters", one_line(value, 60));
    }
    return value;
  }

  // Either a text or {"en": ..., "zh": ...}.
  Result<LocalText> local_text(const Json& object, const std::string& key, const std::string& path, bool required) const {
    const auto found = object.find(key);
    LocalText result;
    if (found != object.end() && found->is_object()) {
      RH_ASSIGN(result.en, text(*found, "en", path + ".en", true));
      RH_ASSIGN(result.zh, text(*found, "zh", path + ".zh", false));
      return result;
    }
    RH_ASSIGN(result.en, text(object, key, path, required));
    return result;
  }

  template <class Valid>
  Result<std::vector<Contribution>> contributions(const std::string& key, const std::string& expected, Valid valid) const {
    std::vector<Contribution> list;
    const auto all = json_.find("contributes");
    if (all == json_.end()) return list;
    if (!all->is_object()) return malformed("contributes", "an object", all->type_name());
    const auto found = all->find(key);
    if (found == all->end()) return list;
    const std::string path = "contributes." + key;
    if (!found->is_array()) return malformed(path, "a list", found->type_name());
    if (found->size() > contribution_limit) {
      return malformed(path, fmt::format("at most {} entries", contribution_limit), std::to_string(found->size()));
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < found->size(); ++i) {
      const Json& item = (*found)[i];
      const std::string here = fmt::format("{}[{}]", path, i);
      if (!item.is_object()) return malformed(here, "an object", item.type_name());
      Contribution contribution;
      RH_ASSIGN(contribution.name, text(item, "name", here + ".name", true));
      RH_ASSIGN(contribution.summary, local_text(item, "summary", here + ".summary", true));
      if (!valid(contribution.name)) return malformed(here + ".name", expected, one_line(contribution.name, 80));
      if (!seen.insert(contribution.name).second) return malformed(here + ".name", "a name once only", contribution.name);
      list.push_back(std::move(contribution));
    }
    return list;
  }

 private:
  const Json& json_;
  const std::string where_;
};

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(const std::string& name, char joint) {
  if (name.empty() || name.size() > 64 || !lower(name.front()) || name.back() == joint) return false;
  for (char c : name) {
    if (!lower(c) && !digit(c) && c != joint) return false;
  }
  return true;
}

bool is_id(const std::string& id) {
  if (id.size() > 100 || id.find('.') == std::string::npos) return false;
  std::size_t begin = 0;
  while (begin <= id.size()) {
    const std::size_t end = std::min(id.find('.', begin), id.size());
    if (!is_name(id.substr(begin, end - begin), '-')) return false;
    begin = end + 1;
  }
  return true;
}

bool is_version(const std::string& version) {
  if (version.empty() || version.size() > 40 || !digit(version.front())) return false;
  for (char c : version) {
    if (!lower(c) && !digit(c) && !(c >= 'A' && c <= 'Z') && c != '.' && c != '-' && c != '+' && c != '~') return false;
  }
  return true;
}

bool is_library_name(const std::string& name) {
  return name.size() <= 200 && name.find('/') == std::string::npos && name.front() != '.' && name.size() > 3 &&
         name.compare(name.size() - 3, 3, ".so") == 0;
}

std::optional<std::pair<int, int>> parse_api(const std::string& text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string::npos || dot == 0 || dot > 4 || text.size() - dot - 1 > 4 || dot + 1 == text.size()) return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != dot && !digit(text[i])) return {};
  }
  return std::pair(std::stoi(text.substr(0, dot)), std::stoi(text.substr(dot + 1)));
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view bytes, const std::string& where) {
  const auto malformed = [&](std::string expected, std::string received) {
    return Error{ErrorCode::malformed, "read plugin manifest", where, std::move(expected), std::move(received)};
  };
  if (bytes.size() > manifest_limit_bytes) {
    return Error{ErrorCode::limit, "read plugin manifest", where, fmt::format("at most {} bytes", manifest_limit_bytes),
                 fmt::format("{} bytes", bytes.size())};
  }
  if (const std::size_t bad = invalid_utf8(bytes); bad != std::string_view::npos) {
    return malformed("UTF-8", fmt::format("byte 0x{:02x} at offset {}", static_cast<unsigned char>(bytes[bad]), bad));
  }
  Json json;
  try {
    json = Json::parse(bytes);
  } catch (const Json::exception& error) {
    return malformed("JSON", one_line(error.what()));
  }
  if (!json.is_object()) return malformed("a JSON object", json.type_name());

  const Reader reader(json, where);
  Manifest manifest;
  const auto format = json.find("roundhouse_plugin");
  if (format == json.end() || !format->is_number_integer()) {
    return reader.malformed("roundhouse_plugin", "the manifest format's number, 1", format == json.end() ? "nothing" : format->type_name());
  }
  if (*format != 1) {
    return Error{ErrorCode::unsupported, "read plugin manifest", where + ": roundhouse_plugin", "1", one_line(format->dump(), 40)};
  }
  RH_ASSIGN(manifest.id, reader.text(json, "id", "id", true));
  if (!is_id(manifest.id)) return reader.malformed("id", "lower-case words joined by dots, such as org.example.words", one_line(manifest.id, 80));
  RH_ASSIGN(manifest.name, reader.local_text(json, "name", "name", true));
  RH_ASSIGN(manifest.description, reader.local_text(json, "description", "description", true));
  RH_ASSIGN(manifest.version, reader.text(json, "version", "version", true));
  if (!is_version(manifest.version)) return reader.malformed("version", "a version such as 1.2.3", one_line(manifest.version, 80));
  RH_ASSIGN(const std::string api, reader.text(json, "api", "api", true));
  const auto version = parse_api(api);
  if (!version) return reader.malformed("api", "MAJOR.MINOR, such as 1.0", one_line(api, 40));
  std::tie(manifest.api_major, manifest.api_minor) = *version;
  RH_ASSIGN(manifest.licence, reader.text(json, "licence", "licence", true));
  RH_ASSIGN(manifest.author, reader.text(json, "author", "author", false));
  RH_ASSIGN(manifest.core, reader.text(json, "core", "core", true));
  if (!is_library_name(manifest.core)) return reader.malformed("core", "the name of a .so file beside the manifest", one_line(manifest.core, 80));
  RH_ASSIGN(manifest.panel, reader.text(json, "panel", "panel", false));
  if (!manifest.panel.empty() && !is_library_name(manifest.panel)) {
    return reader.malformed("panel", "the name of a .so file beside the manifest", one_line(manifest.panel, 80));
  }

  const auto dashed = [](const std::string& name) { return is_name(name, '-'); };
  // A dash keeps a plugin's commands apart from the program's own, present and future.
  const auto command = [](const std::string& name) { return is_name(name, '-') && name.find('-') != std::string::npos; };
  const auto underscored = [](const std::string& name) { return is_name(name, '_'); };
  const std::string dashed_rule = "lower-case letters, digits and dashes";
  RH_ASSIGN(manifest.commands, reader.contributions("commands", "lower-case words joined by at least one dash", command));
  RH_ASSIGN(manifest.tools, reader.contributions("tools", "lower-case letters, digits and underscores", underscored));
  RH_ASSIGN(manifest.eval_tasks, reader.contributions("eval_tasks", dashed_rule, dashed));
  RH_ASSIGN(manifest.imports, reader.contributions("imports", dashed_rule, dashed));
  RH_ASSIGN(manifest.panels, reader.contributions("panels", dashed_rule, dashed));
  RH_ASSIGN(manifest.audit_actions, reader.contributions("audit", "lower-case letters, digits and underscores", underscored));
  if (!manifest.panels.empty() && manifest.panel.empty()) {
    return reader.malformed("panel", "a panel library, because contributes.panels lists panels", "nothing");
  }
  return manifest;
}

Result<Manifest> read_manifest(const std::filesystem::path& file) {
  // One byte more than allowed tells "too large" from "just fits".
  RH_ASSIGN(const std::string bytes, read_file(file, manifest_limit_bytes + 1, "read plugin manifest"));
  return parse_manifest(bytes, file.string());
}

Status check_api_version(int api_major, int api_minor, const std::string& where) {
  if (api_major == ROUNDHOUSE_PLUGIN_API_MAJOR && api_minor <= ROUNDHOUSE_PLUGIN_API_MINOR) return Ok{};
  return Error{ErrorCode::unsupported, "load plugin", where,
               fmt::format("plugin interface {}.0 to {}.{}", ROUNDHOUSE_PLUGIN_API_MAJOR, ROUNDHOUSE_PLUGIN_API_MAJOR,
                           ROUNDHOUSE_PLUGIN_API_MINOR),
               fmt::format("{}.{}", api_major, api_minor)};
}

}  // namespace roundhouse::plugins
