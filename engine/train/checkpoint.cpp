// SPDX-License-Identifier: Apache-2.0
#include "engine/train/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/base/sha256.h"
#include "engine/base/system_error.h"
#include "engine/base/unique_fd.h"
#include "engine/io/json.h"
#include "engine/io/safetensors_file.h"
#include "engine/io/safetensors_writer.h"

namespace roundhouse {

namespace {

namespace fs = std::filesystem;

constexpr const char* prefix = "checkpoint-";
constexpr const char* partial = "partial-checkpoint";
constexpr const char* state_name = "state.json";
constexpr const char* numbers_name = "state.safetensors";
constexpr std::int64_t format_version = 1;

Error refuse(ErrorCode code, std::string object, std::string expected, std::string received) {
  return {code, "resume training", std::move(object), std::move(expected), std::move(received)};
}

// Names in a folder are durable once the folder is.
Status sync_folder(const std::string& path) {
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return system_error("write checkpoint", path, errno);
  return Ok{};
}

// Calls visit(name, array) for values and moments of each parameter, in the order of the file.
template <class State, class Visit>
Status visit_numbers(std::span<const Parameter> parameters, State& moments, Visit&& visit) {
  for (std::size_t p = 0; p < parameters.size(); ++p) RH_TRY(visit(fmt::format("value.{}", p), parameters[p].value));
  const auto each = [&](const char* name, auto& arrays) -> Status {
    for (std::size_t p = 0; p < arrays.size(); ++p) RH_TRY(visit(fmt::format("{}.{}", name, p), arrays[p]));
    return Ok{};
  };
  RH_TRY(each("first", moments.first));
  RH_TRY(each("second", moments.second));
  RH_TRY(each("first_codes", moments.first_codes));
  return each("second_codes", moments.second_codes);
}

template <class Array>
constexpr DType dtype_of() { return sizeof(typename Array::value_type) == 1 ? DType::u8 : DType::f32; }

Status write_numbers(const std::string& path, std::span<const Parameter> parameters, const AdamW::State& moments) {
  RH_ASSIGN(SafetensorsWriter writer, SafetensorsWriter::create(path));
  RH_TRY(visit_numbers(parameters, moments, [&]<class Array>(const std::string& name, const Array& values) {
    return writer.add_tensor(name, dtype_of<Array>(), {static_cast<std::int64_t>(values.size())});
  }));
  RH_TRY(visit_numbers(parameters, moments, [&](const std::string&, const auto& values) { return writer.write_data(std::as_bytes(std::span(values))); }));
  return writer.finish();
}

Json names_of(std::span<const Parameter> parameters) {
  Json names = Json::array();
  for (const Parameter& parameter : parameters) names.push_back({{"name", parameter.name}, {"size", parameter.value.size()}});
  return names;
}

template <class Array>
Status copy_numbers(const SafetensorsFile& file, const std::string& name, Array& into) {
  RH_ASSIGN(const SafetensorsTensor* const tensor, file.tensor(name));
  RH_ASSIGN(const std::span<const std::byte> bytes, file.data(*tensor));
  const std::span numbers(into);
  if (tensor->dtype != dtype_of<Array>() || bytes.size() != numbers.size_bytes()) {
    return refuse(ErrorCode::malformed, name, fmt::format("{} bytes", numbers.size_bytes()), fmt::format("{} bytes of {}", bytes.size(), tensor->type_name));
  }
  std::memcpy(into.data(), bytes.data(), bytes.size());
  return Ok{};
}

// Arrays of the sizes that the file has under a name, empty where it has none for the first.
template <class Array>
void size_like(const SafetensorsFile& file, const char* name, std::size_t count, std::vector<Array>& arrays) {
  for (std::size_t p = 0; p < count; ++p) {
    const SafetensorsTensor* const tensor = file.find_tensor(fmt::format("{}.{}", name, p));
    if (tensor) arrays.emplace_back(static_cast<std::size_t>(tensor->elements()));
  }
}

}  // namespace

std::string CheckpointFolder::path_of(std::int64_t step) const { return (fs::path(run_) / fmt::format("{}{:06}", prefix, step)).string(); }

std::vector<std::int64_t> CheckpointFolder::steps() const {
  std::vector<std::int64_t> found;
  std::error_code error;
  for (fs::directory_iterator entry(run_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const std::string digits = name.substr(std::strlen(prefix));
    if (digits.empty() || digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos) continue;
    found.push_back(std::stoll(digits));
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::string> CheckpointFolder::write(std::int64_t step, std::span<const Parameter> parameters, const AdamW::State& moments,
                                            const TrainingIdentity& identity, std::int64_t keep) const {
  const fs::path unfinished = fs::path(run_) / partial;
  std::error_code error;
  const auto failed = [&] { return Error{ErrorCode::io, "write checkpoint", unfinished.string(), {}, error.message()}; };
  fs::remove_all(unfinished, error);
  if (error) return failed();
  fs::create_directory(unfinished, error);
  if (error) return failed();
  const std::string numbers = (unfinished / numbers_name).string();
  if (const Status written = write_numbers(numbers, parameters, moments); !written.ok()) {
    fs::remove_all(unfinished, error);  // a full disk needs the room, for the event that says so
    return written.error();
  }
  RH_ASSIGN(const MappedFile mapped, MappedFile::open(numbers));
  RH_ASSIGN(const Sha256Digest digest, sha256(mapped.bytes()));
  const Json state = {{"version", format_version},
                      {"step", step},
                      {"moments_steps", moments.steps},
                      {"model_sha256", identity.model_sha256},
                      {"data_sha256", identity.data_sha256},
                      {"plan", identity.plan},
                      {"parameters", names_of(parameters)},
                      {"sha256", to_hex(digest)}};
  RH_TRY(write_file_atomically((unfinished / state_name).string(), dump_json(state, 1)));
  RH_TRY(sync_folder(unfinished.string()));
  const std::string path = path_of(step);
  fs::remove_all(path, error);  // of the same step, from before a resume
  if (!error) fs::rename(unfinished, path, error);
  if (error) return failed();
  RH_TRY(sync_folder(run_));
  const std::vector<std::int64_t> all = steps();
  const auto newest = std::upper_bound(all.begin(), all.end(), step);
  // Those of later steps are void: the run went on from before them.
  for (auto other = newest; other != all.end(); ++other) fs::remove_all(path_of(*other), error);
  for (auto other = all.begin(); newest - other > keep; ++other) fs::remove_all(path_of(*other), error);
  return path;
}

Result<CheckpointFolder::Restored> CheckpointFolder::read(std::int64_t step, std::span<const Parameter> parameters, const TrainingIdentity& identity) const {
  const fs::path folder = path_of(step);
  RH_ASSIGN(const Json state, read_json_file((folder / state_name).string()));
  RH_ASSIGN(const JsonView view, JsonView::of(state, (folder / state_name).string()));
  RH_ASSIGN(const std::int64_t version, view.integer("version"));
  if (version != format_version) return refuse(ErrorCode::unsupported, folder.string(), std::to_string(format_version), std::to_string(version));
  TrainingIdentity stored;
  RH_ASSIGN(stored.model_sha256, view.string("model_sha256"));
  RH_ASSIGN(stored.data_sha256, view.string("data_sha256"));
  RH_ASSIGN(stored.plan, view.string("plan"));
  const auto differs = [&](const char* what) { return refuse(ErrorCode::conflict, folder.string(), fmt::format("the {} it was made with", what), "another"); };
  if (stored.model_sha256 != identity.model_sha256) return differs("model");
  if (stored.data_sha256 != identity.data_sha256) return differs("training data");
  if (stored.plan != identity.plan || !view.find("parameters") || *view.find("parameters") != names_of(parameters)) return differs("job");
  Restored restored;
  RH_ASSIGN(restored.step, view.integer("step"));
  RH_ASSIGN(restored.moments.steps, view.integer("moments_steps"));
  RH_ASSIGN(const std::string digest, view.string("sha256"));
  if (restored.step != step) return refuse(ErrorCode::malformed, folder.string(), std::to_string(step), std::to_string(restored.step));
  RH_ASSIGN(const SafetensorsFile numbers, SafetensorsFile::open((folder / numbers_name).string()));
  RH_ASSIGN(const Sha256Digest actual, sha256(numbers.files().front().bytes()));
  if (to_hex(actual) != digest) return refuse(ErrorCode::malformed, (folder / numbers_name).string(), "the digest in " + std::string(state_name), "another: the file is damaged");
  size_like(numbers, "first", parameters.size(), restored.moments.first);
  size_like(numbers, "second", parameters.size(), restored.moments.second);
  size_like(numbers, "first_codes", parameters.size(), restored.moments.first_codes);
  size_like(numbers, "second_codes", parameters.size(), restored.moments.second_codes);
  RH_TRY(visit_numbers(parameters, restored.moments, [&](const std::string& name, auto& into) { return copy_numbers(numbers, name, into); }));
  return restored;
}

Result<std::optional<CheckpointFolder::Restored>> CheckpointFolder::restore(std::span<const Parameter> parameters, const TrainingIdentity& identity) const {
  const std::vector<std::int64_t> all = steps();
  std::vector<std::string> skipped;
  std::optional<Error> last;
  for (auto step = all.rbegin(); step != all.rend(); ++step) {
    auto restored = read(*step, parameters, identity);
    if (restored.ok()) {
      restored->skipped = std::move(skipped);
      return std::optional<Restored>(std::move(restored).value());
    }
    last = restored.error();
    // Damaged or cut short: the one before it. Anything else may pass, and the newer one is not to be given up.
    if (last->code != ErrorCode::malformed && last->code != ErrorCode::not_found) return *last;
    skipped.push_back(last->message());
  }
  if (last) return *last;
  return std::optional<Restored>();
}

}  // namespace roundhouse
