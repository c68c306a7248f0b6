// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/window_settings.h"

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

#include "roundhouse/data_folder.h"
#include "roundhouse/text_file.h"

namespace roundhouse::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_settings_bytes = std::size_t{16} << 20;  // they hold a layout and lists, some kilobytes

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string system_language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value && *value) return std::strncmp(value, "zh", 2) == 0 ? "zh" : "en";
  }
  return "en";
}

}  // namespace

fs::path window_settings_file() {
  const char* data = std::getenv("ROUNDHOUSE_DATA");
  if (data && *data) return data_folder() / "settings.ini";
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config && *config == '/') return fs::path(config) / "roundhouse" / "settings.ini";
  const char* home = std::getenv("HOME");
  return fs::path(home ? home : "/") / ".config" / "roundhouse" / "settings.ini";
}

Result<SharedSettings> read_window_settings(const fs::path& file) {
  SharedSettings settings;
  settings.language = system_language();
  auto text = read_text_file(file.string(), largest_settings_bytes);
  if (!text.ok()) {
    if (text.error().code == ErrorCode::not_found) return settings;
    Error error = std::move(text).error();
    error.operation = "read settings";
    return error;
  }
  std::istringstream stream(std::move(*text));
  std::string line, section;
  // INI as QSettings writes it: "[section]", "name=value"; the values that concern us are plain JSON words.
  while (std::getline(stream, line)) {
    line = trimmed(line);
    if (line.empty() || line[0] == ';' || line[0] == '#') continue;
    if (line.front() == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2);
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      return Error{ErrorCode::malformed, "read settings", file.string(), "[section] or name=value", "'" + line.substr(0, 40) + "'"};
    }
    const std::string key = section + "/" + trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
    const auto flag = [&](bool& target) -> Status {
      if (value != "true" && value != "false") {
        return Error{ErrorCode::malformed, "read settings", file.string() + ": " + key, "true or false", "'" + value.substr(0, 40) + "'"};
      }
      target = value == "true";
      return Ok{};
    };
    if (key == "audit/texts") RH_TRY(flag(settings.audit_texts));
    if (key == "network/offline") RH_TRY(flag(settings.offline));
    if (key == "look/language") {
      if (value.find("zh") != std::string::npos) settings.language = "zh";
      if (value.find("en") != std::string::npos) settings.language = "en";
    }
  }
  return settings;
}

}  // namespace roundhouse::app
