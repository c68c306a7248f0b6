// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse::plugins {

// A text in the product's languages; `zh` falls back to `en`.
struct LocalText {
  std::string en, zh;
  const std::string& in(std::string_view language) const { return language.substr(0, 2) == "zh" && !zh.empty() ? zh : en; }
};

struct Contribution {
  std::string name;
  LocalText summary;
};

// What a plugin says of itself, read without loading its code. Every string is valid UTF-8 without control characters.
struct Manifest {
  std::string id;         // "org.example.words": lower-case words joined by dots
  LocalText name, description;
  std::string version;    // "1.2.3"
  int api_major = 0, api_minor = 0;
  std::string licence;    // SPDX expression
  std::string author;     // may be empty
  std::string core;       // file name of the core library, beside the manifest
  std::string panel;      // file name of the panel library; empty: none
  std::vector<Contribution> commands, tools, eval_tasks, imports, panels, audit_actions;
};

inline constexpr const char* manifest_file_name = "plugin.json";
inline constexpr std::size_t manifest_limit_bytes = 64 * 1024;

// `where` names the file in errors. The format is described in plugins/README.md.
Result<Manifest> parse_manifest(std::string_view json, const std::string& where);
Result<Manifest> read_manifest(const std::filesystem::path& file);

// Whether this program can load it: same major version, minor version not above ours.
Status check_api_version(int api_major, int api_minor, const std::string& where);

}  // namespace roundhouse::plugins
