// SPDX-License-Identifier: Apache-2.0
#include "engine/io/gguf_file.h"

#include <fmt/format.h>

#include <utility>

#include "engine/base/printable.h"

namespace roundhouse {
namespace {

constexpr std::int64_t max_shards = 4096;

struct SplitPosition {
  std::int64_t number = 0;  // from 0
  std::int64_t count = 1;
};

Result<SplitPosition> split_position(const GgufHeader& header, const std::string& path) {
  SplitPosition position;
  RH_ASSIGN(position.count, header.metadata.integer_or("split.count", 1));
  if (position.count <= 1) return SplitPosition{};
  RH_ASSIGN(position.number, header.metadata.integer("split.no"));
  if (position.count > max_shards || position.number < 0 || position.number >= position.count) {
    return Error{ErrorCode::malformed, "read split GGUF model", path, fmt::format("split.no below split.count, at most {}", max_shards),
                 fmt::format("split.no {}, split.count {}", position.number, position.count)};
  }
  return position;
}

std::string shard_suffix(const SplitPosition& position) {
  return fmt::format("-{:05}-of-{:05}.gguf", position.number + 1, position.count);
}

}  // namespace

Result<GgufFile> GgufFile::open(const std::string& path, const GgufLimits& limits) {
  GgufFile model;
  RH_ASSIGN(MappedFile file, MappedFile::open(path));
  auto parsed = parse_gguf_header(file.bytes(), path, limits);
  RH_TRY(file.verify_unchanged());  // before a parse error: zeros of a shrinking file are not the file's fault
  RH_ASSIGN(GgufHeader header, std::move(parsed));
  RH_ASSIGN(const SplitPosition named, split_position(header, path));
  if (named.count == 1) {
    RH_TRY(model.add(std::move(file), std::move(header)));
    return model;
  }

  const std::string suffix = shard_suffix(named);
  if (!path.ends_with(suffix)) {
    return Error{ErrorCode::malformed, "open split GGUF model", path, fmt::format("a file name that ends with '{}', as its metadata say", suffix), "another name"};
  }
  const std::string prefix = path.substr(0, path.size() - suffix.size());
  for (std::int64_t number = 0; number < named.count; ++number) {
    if (number == named.number) {
      RH_TRY(model.add(std::move(file), std::move(header)));
      continue;
    }
    const std::string sibling_path = prefix + shard_suffix({number, named.count});
    RH_ASSIGN(MappedFile sibling, MappedFile::open(sibling_path));
    auto sibling_parsed = parse_gguf_header(sibling.bytes(), sibling_path, limits);
    RH_TRY(sibling.verify_unchanged());
    RH_ASSIGN(GgufHeader sibling_header, std::move(sibling_parsed));
    RH_ASSIGN(const SplitPosition position, split_position(sibling_header, sibling_path));
    if (position.number != number || position.count != named.count) {
      return Error{ErrorCode::malformed, "open split GGUF model", sibling_path, fmt::format("part {} of {}", number + 1, named.count),
                   fmt::format("part {} of {}", position.number + 1, position.count)};
    }
    RH_TRY(model.add(std::move(sibling), std::move(sibling_header)));
  }
  const auto declared = static_cast<std::int64_t>(model.tensors_.size());
  RH_ASSIGN(const std::int64_t total, model.metadata_.integer_or("split.tensors.count", declared));
  if (total != declared) {
    return Error{ErrorCode::malformed, "open split GGUF model", path, fmt::format("{} tensors in {} files", total, named.count), std::to_string(declared)};
  }
  return model;
}

Status GgufFile::add(MappedFile file, GgufHeader header) {
  const auto shard = static_cast<std::uint32_t>(files_.size());
  if (shard == 0) {
    version_ = header.version;
    metadata_ = std::move(header.metadata);
  }
  for (GgufTensor& tensor : header.tensors) {
    tensor.shard = shard;
    if (!index_.emplace(tensor.name, tensors_.size()).second) {
      return Error{ErrorCode::malformed, "open split GGUF model", fmt::format("tensor '{}' in {}", printable(tensor.name), file.path()),
                   "each tensor in one file", "it in an earlier file too"};
    }
    tensors_.push_back(std::move(tensor));
  }
  files_.push_back(std::move(file));
  return Ok{};
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

Result<const GgufTensor*> GgufFile::tensor(std::string_view name) const {
  if (const GgufTensor* tensor = find_tensor(name)) return tensor;
  return Error{ErrorCode::not_found, "find tensor", fmt::format("'{}' in {}", name, files_.front().path()), "", "no such tensor"};
}

Result<std::span<const std::byte>> GgufFile::data(const GgufTensor& tensor) const {
  if (!tensor.dtype) {
    return Error{ErrorCode::unsupported, "read tensor", fmt::format("'{}' in {}", printable(tensor.name), files_[tensor.shard].path()), "a known tensor type",
                 gguf_tensor_type_name(tensor.gguf_type)};
  }
  return files_[tensor.shard].bytes().subspan(static_cast<std::size_t>(tensor.file_offset), static_cast<std::size_t>(tensor.byte_size));
}

std::uint64_t GgufFile::file_bytes() const {
  std::uint64_t sum = 0;
  for (const MappedFile& file : files_) sum += file.bytes().size();
  return sum;
}

Status GgufFile::verify_unchanged() const {
  for (const MappedFile& file : files_) RH_TRY(file.verify_unchanged());
  return Ok{};
}

}  // namespace roundhouse
