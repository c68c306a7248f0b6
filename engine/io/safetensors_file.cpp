// SPDX-License-Identifier: Apache-2.0
#include "engine/io/safetensors_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>
#include <map>

#include "engine/base/half.h"
#include "engine/base/printable.h"
#include "engine/io/json.h"

namespace roundhouse {
namespace {

constexpr std::size_t max_shards = 4096;

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

template <class Stored, class Out, class Convert>
std::vector<Out> converted(std::span<const std::byte> bytes, Convert convert) {
  std::vector<Out> result(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < result.size(); ++i) {
    Stored value;
    std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    result[i] = convert(value);
  }
  return result;
}

template <class Stored, class Out>
std::vector<Out> cast_all(std::span<const std::byte> bytes) {
  return converted<Stored, Out>(bytes, [](Stored value) { return static_cast<Out>(value); });
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::open(const std::string& path, const SafetensorsLimits& limits) {
  if (is_folder(path)) {
    const std::string single = path + "/model.safetensors";
    const std::string index = single + ".index.json";
    if (exists(index)) return open_index(index, limits);
    if (exists(single)) return open(single, limits);
    return Error{ErrorCode::not_found, "open safetensors model", path, "model.safetensors or model.safetensors.index.json in the folder", "neither"};
  }
  if (path.ends_with(".index.json")) return open_index(path, limits);
  SafetensorsFile model;
  RH_ASSIGN(SafetensorsHeader header, model.map(path, limits));
  model.metadata_ = std::move(header.metadata);
  for (SafetensorsTensor& tensor : header.tensors) RH_TRY(model.add(std::move(tensor), 0));
  return model;
}

Result<SafetensorsFile> SafetensorsFile::open_index(const std::string& path, const SafetensorsLimits& limits) {
  const char* const operation = "open safetensors model";
  RH_ASSIGN(const Json json, read_json_file(path));
  RH_ASSIGN(const JsonView index, JsonView::of(json, path));
  RH_ASSIGN(const JsonView weight_map, index.object("weight_map"));
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);

  std::map<std::string, std::vector<std::string>> tensors_of;  // by file, sorted
  for (const auto& [tensor, file] : weight_map.json().items()) {
    const std::string* const name = file.is_string() ? &file.get_ref<const std::string&>() : nullptr;
    // A name with a slash would reach outside the model's folder.
    if (name == nullptr || name->empty() || name->find('/') != std::string::npos || name->find('\0') != std::string::npos) {
      return Error{ErrorCode::malformed, operation, fmt::format("weight_map '{}' in {}", printable(tensor), path), "the name of a file beside the index",
                   name == nullptr ? "another kind of value" : fmt::format("'{}'", printable(*name))};
    }
    tensors_of[*name].push_back(tensor);
  }
  if (tensors_of.size() > max_shards) {
    return Error{ErrorCode::limit, operation, path, fmt::format("at most {} files", max_shards), std::to_string(tensors_of.size())};
  }
  SafetensorsFile model;
  for (const auto& [file, wanted] : tensors_of) {
    const auto shard = static_cast<std::uint32_t>(model.files_.size());
    RH_ASSIGN(SafetensorsHeader header, model.map(folder + file, limits));
    if (shard == 0) model.metadata_ = std::move(header.metadata);
    std::unordered_map<std::string, SafetensorsTensor*> present;
    for (SafetensorsTensor& tensor : header.tensors) present.emplace(tensor.name, &tensor);
    for (const std::string& name : wanted) {
      const auto found = present.find(name);
      if (found == present.end()) {
        return Error{ErrorCode::not_found, operation, fmt::format("tensor '{}' in {}", printable(name), folder + file), "it there, as the index says", "no such tensor"};
      }
      RH_TRY(model.add(std::move(*found->second), shard));
    }
  }
  return model;
}

Result<SafetensorsHeader> SafetensorsFile::map(const std::string& path, const SafetensorsLimits& limits) {
  RH_ASSIGN(MappedFile file, MappedFile::open(path));
  auto header = parse_safetensors_header(file.bytes(), path, limits);
  RH_TRY(file.verify_unchanged());  // before a parse error: zeros of a shrinking file are not the file's fault
  files_.push_back(std::move(file));
  return header;
}

Status SafetensorsFile::add(SafetensorsTensor tensor, std::uint32_t shard) {
  tensor.shard = shard;
  index_.emplace(tensor.name, tensors_.size());  // names are unique: keys of one JSON object
  tensors_.push_back(std::move(tensor));
  return Ok{};
}

std::string SafetensorsFile::name_in_file(const SafetensorsTensor& tensor) const {
  return fmt::format("'{}' in {}", printable(tensor.name), files_[tensor.shard].path());
}

const SafetensorsTensor* SafetensorsFile::find_tensor(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

Result<const SafetensorsTensor*> SafetensorsFile::tensor(std::string_view name) const {
  if (const SafetensorsTensor* tensor = find_tensor(name)) return tensor;
  return Error{ErrorCode::not_found, "find tensor", fmt::format("'{}' in {}", printable(name), files_.empty() ? "an empty model" : files_.front().path()), "", "no such tensor"};
}

Result<std::span<const std::byte>> SafetensorsFile::data(const SafetensorsTensor& tensor) const {
  if (!tensor.dtype) return Error{ErrorCode::unsupported, "read tensor", name_in_file(tensor), "a known type", printable(tensor.type_name)};
  return files_[tensor.shard].bytes().subspan(static_cast<std::size_t>(tensor.file_offset), static_cast<std::size_t>(tensor.byte_size));
}

Result<std::vector<float>> SafetensorsFile::read_f32(std::string_view name) const {
  RH_ASSIGN(const SafetensorsTensor* entry, tensor(name));
  RH_ASSIGN(const std::span<const std::byte> bytes, data(*entry));
  switch (*entry->dtype) {
    case DType::f32: return cast_all<float, float>(bytes);
    case DType::f16: return converted<std::uint16_t, float>(bytes, half_to_float);
    case DType::bf16: return converted<std::uint16_t, float>(bytes, bfloat16_to_float);
    case DType::f64: return cast_all<double, float>(bytes);
    case DType::i32: return cast_all<std::int32_t, float>(bytes);
    case DType::i64: return cast_all<std::int64_t, float>(bytes);
    default: break;
  }
  return Error{ErrorCode::unsupported, "read tensor as f32", name_in_file(*entry), "F32, F16, BF16, F64, I32 or I64", entry->type_name};
}

Result<std::vector<std::int64_t>> SafetensorsFile::read_integers(std::string_view name) const {
  RH_ASSIGN(const SafetensorsTensor* entry, tensor(name));
  RH_ASSIGN(const std::span<const std::byte> bytes, data(*entry));
  switch (*entry->dtype) {
    case DType::i8: return cast_all<std::int8_t, std::int64_t>(bytes);
    case DType::i16: return cast_all<std::int16_t, std::int64_t>(bytes);
    case DType::i32: return cast_all<std::int32_t, std::int64_t>(bytes);
    case DType::i64: return cast_all<std::int64_t, std::int64_t>(bytes);
    case DType::u8:
    case DType::bool_: return cast_all<std::uint8_t, std::int64_t>(bytes);
    case DType::u16: return cast_all<std::uint16_t, std::int64_t>(bytes);
    case DType::u32: return cast_all<std::uint32_t, std::int64_t>(bytes);
    default: break;
  }
  return Error{ErrorCode::unsupported, "read tensor as integers", name_in_file(*entry), "I8, I16, I32, I64, U8, U16, U32 or BOOL", entry->type_name};
}

std::uint64_t SafetensorsFile::file_bytes() const {
  std::uint64_t sum = 0;
  for (const MappedFile& file : files_) sum += file.bytes().size();
  return sum;
}

Status SafetensorsFile::verify_unchanged() const {
  for (const MappedFile& file : files_) RH_TRY(file.verify_unchanged());
  return Ok{};
}

}  // namespace roundhouse
