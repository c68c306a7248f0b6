// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/state_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "plugins/host/files.h"
#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
constexpr std::size_t file_limit_bytes = 8 * 1024 * 1024;
constexpr std::size_t value_limit_bytes = 64 * 1024;

Status make_folder(const fs::path& folder) {
  std::error_code error;
  // Only the last part is likely to be missing; parents come with the data folder, which is private.
  fs::create_directories(folder, error);
  if (error) return Error{ErrorCode::io, "create folder", folder.string(), {}, error.message()};
  return Ok{};
}

// An absent file is an empty object; a damaged one is an Error, so that it is never overwritten unseen.
Result<Json> read_object(const fs::path& file) {
  auto bytes = read_file(file, file_limit_bytes, "read plugin settings");
  if (!bytes.ok()) {
    if (bytes.error().code == ErrorCode::not_found) return Json::object();
    return std::move(bytes).error();
  }
  try {
    Json json = Json::parse(*bytes);
    if (json.is_object()) return json;
    return Error{ErrorCode::malformed, "read plugin settings", file.string(), "a JSON object", json.type_name()};
  } catch (const Json::exception& error) {
    return Error{ErrorCode::malformed, "read plugin settings", file.string(), "a JSON object", one_line(error.what())};
  }
}

template <class Change>
Status change_object(const fs::path& file, Change change) {
  RH_TRY(make_folder(file.parent_path()));
  RH_ASSIGN(const FileLock lock, FileLock::acquire(file.string() + ".lock"));
  RH_ASSIGN(Json json, read_object(file));
  change(json);
  return write_file(file, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n", "write plugin settings");
}

Status check_key(const std::string& key) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  };
  if (!key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), allowed)) return Ok{};
  return Error{ErrorCode::invalid_argument, "plugin setting", one_line(key, 80), "a key of [A-Za-z0-9_.-], 1 to 64 characters", "another"};
}

}  // namespace

Result<std::set<std::string>> StateStore::disabled() const {
  const fs::path file = folder_ / "disabled.json";
  RH_ASSIGN(const Json json, read_object(file));
  std::set<std::string> ids;
  const auto list = json.find("disabled");
  if (list == json.end()) return ids;
  if (!list->is_array()) return Error{ErrorCode::malformed, "read plugin settings", file.string() + ": disabled", "a list", list->type_name()};
  for (const Json& id : *list) {
    if (id.is_string()) ids.insert(id.get<std::string>());
  }
  return ids;
}

Status StateStore::set_disabled(const std::string& id, bool disabled) const {
  return change_object(folder_ / "disabled.json", [&](Json& json) {
    std::set<std::string> ids;
    if (const auto list = json.find("disabled"); list != json.end() && list->is_array()) {
      for (const Json& entry : *list) {
        if (entry.is_string()) ids.insert(entry.get<std::string>());
      }
    }
    disabled ? void(ids.insert(id)) : void(ids.erase(id));
    json["disabled"] = ids;
  });
}

Result<std::optional<std::string>> StateStore::setting(const std::string& id, const std::string& key) const {
  RH_TRY(check_key(key));
  RH_ASSIGN(const Json json, read_object(folder_ / "settings" / (id + ".json")));
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return std::optional<std::string>();
  return std::optional(found->get<std::string>());
}

Status StateStore::set_setting(const std::string& id, const std::string& key, const std::optional<std::string>& value) const {
  RH_TRY(check_key(key));
  if (value && (value->size() > value_limit_bytes || invalid_utf8(*value) != std::string::npos)) {
    return Error{ErrorCode::invalid_argument, "set plugin setting", key, fmt::format("UTF-8 text of at most {} bytes", value_limit_bytes),
                 fmt::format("{} bytes{}", value->size(), value->size() > value_limit_bytes ? "" : ", not UTF-8")};
  }
  return change_object(folder_ / "settings" / (id + ".json"), [&](Json& json) {
    if (value) {
      json[key] = *value;
    } else {
      json.erase(key);
    }
  });
}

Result<fs::path> StateStore::data_folder(const std::string& id) const {
  const fs::path folder = folder_ / "data" / id;
  RH_TRY(make_folder(folder));
  ::chmod(folder.c_str(), 0700);
  return folder;
}

int StateStore::unfinished_loads(const std::string& id) const {
  const auto text = read_file(folder_ / "loading" / id, 16, "read plugin state");
  return text.ok() ? std::atoi(text->c_str()) : 0;
}

Status StateStore::begin_loading(const std::string& id) const {
  RH_TRY(make_folder(folder_ / "loading"));
  return write_file(folder_ / "loading" / id, std::to_string(unfinished_loads(id) + 1), "write plugin state");
}

void StateStore::loaded(const std::string& id) const {
  std::error_code ignored;  // what stays counts one load that went well; the limit is two in a row
  fs::remove(folder_ / "loading" / id, ignored);
}

}  // namespace roundhouse::plugins
