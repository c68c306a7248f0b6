// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_cache.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "plugins/api/core/abi.h"
#include "plugins/api/core/entry.h"

namespace roundhouse::plugins {
namespace {

using Json = nlohmann::json;
constexpr std::size_t file_limit_bytes = 4 * 1024 * 1024;
constexpr std::size_t entry_limit = 500;  // beyond it the file starts anew

std::string stamp_text(const FileStamp& stamp) {
  return fmt::format("{}:{}:{}:{}:{}", stamp.device, stamp.inode, stamp.size_bytes, stamp.modified_ns, stamp.changed_ns);
}

Json read_cache(const std::filesystem::path& file) {
  const auto bytes = read_file(file, file_limit_bytes, "read probe results");
  Json json = bytes.ok() ? Json::parse(*bytes, nullptr, false) : Json::object();
  if (!json.is_object() || json.size() > entry_limit) json = Json::object();
  return json;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <class Change>
Status change_cache(const std::filesystem::path& file, Change change) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  RH_ASSIGN(const FileLock lock, FileLock::acquire(file.string() + ".lock"));
  Json json = read_cache(file);
  change(json);
  return write_file(file, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n", "write probe results");
}

bool depends_on_more_than_the_file(FailureKind kind) {
  return kind == FailureKind::missing_file || kind == FailureKind::missing_library || kind == FailureKind::unresolved_symbol ||
         kind == FailureKind::probe;
}

// A path may hold any bytes; a JSON key may not.
std::string key_of(const std::string& library) {
  return Json::parse(Json(library).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

}  // namespace

Result<ProbeSubject> ProbeCache::subject(const std::filesystem::path& manifest, const std::filesystem::path& library,
                                         const ProbeProgram& program) const {
  ProbeSubject subject;
  subject.library = key_of(library.string());
  RH_ASSIGN(subject.library_stamp, file_stamp(library, "check plugin"));
  RH_ASSIGN(subject.manifest_sha256, file_sha256(manifest, "check plugin"));
  RH_ASSIGN(const FileStamp probe, file_stamp(program.file, "check plugin"));
  subject.probe = fmt::format("{}.{} {:016x} {} {:g}", ROUNDHOUSE_PLUGIN_API_MAJOR, ROUNDHOUSE_PLUGIN_API_MINOR, plugin::cxx_abi(),
                              stamp_text(probe), program.seconds);
  const Json json = read_cache(file_);
  const auto known = json.find(subject.library);
  if (known != json.end() && text_of(*known, "stamp") == stamp_text(subject.library_stamp)) {
    subject.sha256 = text_of(*known, "sha256");
  }
  if (subject.sha256.empty()) {
    RH_ASSIGN(subject.sha256, file_sha256(library, "check plugin"));
  }
  return subject;
}

std::optional<ProbeCache::Verdict> ProbeCache::find(const ProbeSubject& subject) const {
  const Json json = read_cache(file_);
  const auto known = json.find(subject.library);
  if (known == json.end() || text_of(*known, "sha256") != subject.sha256 || text_of(*known, "manifest") != subject.manifest_sha256 ||
      text_of(*known, "probe") != subject.probe) {
    return {};
  }
  const auto failure = known->find("failure");
  if (failure == known->end()) return Verdict{};
  const auto kind = parse_failure_kind(text_of(*failure, "kind"));
  const auto phase = parse_phase(text_of(*failure, "phase"));
  if (!kind || !phase) return {};
  return Verdict{Failure{*kind, *phase, text_of(*failure, "detail")}};
}

Status ProbeCache::keep(const ProbeSubject& subject, const std::optional<Failure>& failure) const {
  if (failure && depends_on_more_than_the_file(failure->kind)) return Ok{};
  return change_cache(file_, [&](Json& json) {
    Json entry = {{"stamp", stamp_text(subject.library_stamp)},
                  {"sha256", subject.sha256},
                  {"manifest", subject.manifest_sha256},
                  {"probe", subject.probe}};
    if (failure) entry["failure"] = {{"kind", failure_kind_name(failure->kind)}, {"phase", phase_name(failure->phase)}, {"detail", failure->detail}};
    json[subject.library] = std::move(entry);
  });
}

Status ProbeCache::forget(const std::filesystem::path& library) const {
  return change_cache(file_, [&](Json& json) { json.erase(key_of(library.string())); });
}

}  // namespace roundhouse::plugins
