// SPDX-License-Identifier: Apache-2.0
#include "engine/io/safetensors_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/checked.h"
#include "engine/base/printable.h"
#include "engine/io/json.h"

namespace roundhouse {

Result<SafetensorsWriter> SafetensorsWriter::create(const std::string& path) {
  RH_ASSIGN(AtomicFile file, AtomicFile::create(path));
  return SafetensorsWriter(std::move(file), path);
}

Error SafetensorsWriter::error(const std::string& what, std::string expected, std::string received) const {
  return Error{ErrorCode::invalid_argument, "write safetensors file", fmt::format("{} in {}", what, path_), std::move(expected), std::move(received)};
}

Status SafetensorsWriter::add_metadata(std::string key, std::string value) {
  const std::string what = fmt::format("metadata '{}'", printable(key));
  if (announced_) return error(what, "metadata before the first data", "it after them");
  if (!is_utf8(key) || !is_utf8(value)) return error(what, "UTF-8", "other bytes");
  if (!metadata_.emplace(std::move(key), std::move(value)).second) return error(what, "each key once", "the key a second time");
  return Ok{};
}

Status SafetensorsWriter::add_tensor(std::string name, DType type, std::vector<std::int64_t> shape) {
  const std::string what = fmt::format("tensor '{}'", printable(name));
  if (announced_) return error(what, "tensors announced before the first data", "it after them");
  if (!is_utf8(name)) return error(what, "a name in UTF-8", "other bytes");
  const auto type_name = safetensors_from_dtype(type);
  if (!type_name) return error(what, "a type that safetensors has", std::string(dtype_name(type)));
  const auto elements = checked_product(std::span<const std::int64_t>(shape));
  const auto bytes = elements ? dtype_row_bytes(type, *elements) : std::nullopt;
  const auto end = bytes ? checked_add<std::uint64_t>(announced_bytes_, static_cast<std::uint64_t>(*bytes)) : std::nullopt;
  if (!end || *end > static_cast<std::uint64_t>(INT64_MAX)) return error(what, "dimensions of 0 or more, less than 2^63 bytes", fmt::format("[{}]", fmt::join(shape, ", ")));
  SafetensorsTensor tensor;
  tensor.name = name;
  tensor.type_name = *type_name;
  tensor.dtype = type;
  tensor.shape = std::move(shape);
  tensor.file_offset = announced_bytes_;
  tensor.byte_size = static_cast<std::uint64_t>(*bytes);
  if (name == "__metadata__" || !tensors_.emplace(std::move(name), std::move(tensor)).second) {
    return error(what, "each tensor once, none called __metadata__", "that name");
  }
  announced_bytes_ = *end;
  return Ok{};
}

Status SafetensorsWriter::begin_data() {
  announced_ = true;
  Json header = Json::object();
  if (!metadata_.empty()) header["__metadata__"] = metadata_;
  for (const auto& [name, tensor] : tensors_) {
    header[name] = {{"dtype", tensor.type_name}, {"shape", tensor.shape}, {"data_offsets", {tensor.file_offset, tensor.file_offset + tensor.byte_size}}};
  }
  std::string text = dump_json(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const auto length = static_cast<std::uint64_t>(text.size());
  RH_TRY(file_.write(std::as_bytes(std::span(&length, 1))));
  return file_.write(text);
}

Status SafetensorsWriter::write_data(std::span<const std::byte> bytes) {
  if (!announced_) RH_TRY(begin_data());
  if (bytes.size() > announced_bytes_ - written_bytes_) {
    return error("tensor data", fmt::format("{} bytes in all", announced_bytes_), fmt::format("{} more", bytes.size() - (announced_bytes_ - written_bytes_)));
  }
  written_bytes_ += bytes.size();
  return file_.write(bytes);
}

Status SafetensorsWriter::finish() {
  if (!announced_) RH_TRY(begin_data());
  if (written_bytes_ != announced_bytes_) return error("tensor data", fmt::format("{} bytes in all", announced_bytes_), std::to_string(written_bytes_));
  return file_.commit();
}

}  // namespace roundhouse
