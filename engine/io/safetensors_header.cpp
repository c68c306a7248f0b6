// SPDX-License-Identifier: Apache-2.0
#include "engine/io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/base/checked.h"
#include "engine/base/printable.h"
#include "engine/io/byte_reader.h"
#include "engine/io/file_kind.h"
#include "engine/io/json.h"

namespace roundhouse {
namespace {

constexpr std::pair<std::string_view, DType> type_names[] = {
    {"BOOL", DType::bool_},       {"U8", DType::u8},   {"I8", DType::i8},   {"F8_E4M3", DType::f8_e4m3}, {"F8_E5M2", DType::f8_e5m2},
    {"I16", DType::i16},          {"U16", DType::u16}, {"F16", DType::f16}, {"BF16", DType::bf16},       {"I32", DType::i32},
    {"U32", DType::u32},          {"F32", DType::f32}, {"F64", DType::f64}, {"I64", DType::i64},         {"U64", DType::u64},
};

class Parser {
 public:
  Parser(std::span<const std::byte> file, const std::string& name, const SafetensorsLimits& limits) : file_(file), name_(name), limits_(limits) {}

  Result<SafetensorsHeader> parse() {
    ByteReader reader(file_);
    std::uint64_t length = 0;
    if (!reader.read(length)) {
      return error(ErrorCode::malformed, "", "a safetensors file (8 bytes of header length, then JSON)", fmt::format("{} bytes in all", file_.size()));
    }
    const bool json_follows = reader.remaining() > 0 && file_[8] == std::byte{'{'};
    if (!json_follows) return error(ErrorCode::malformed, "", "a safetensors file (JSON after 8 bytes of header length)", describe_file_start(file_));
    if (length > limits_.header_bytes) {
      return error(ErrorCode::limit, "header", fmt::format("at most {} bytes", limits_.header_bytes), std::to_string(length));
    }
    std::string_view text;
    if (!reader.read_text(length, text)) {
      return error(ErrorCode::malformed, "header", fmt::format("{} bytes", length), fmt::format("only {} bytes until the end of the file", reader.remaining()));
    }
    header_.data_offset = reader.offset();
    JsonLimits json_limits;
    json_limits.bytes = static_cast<std::size_t>(limits_.header_bytes);
    json_limits.depth = 4;
    json_limits.values = static_cast<std::size_t>(limits_.tensors) * 16;
    RH_ASSIGN(const Json json, parse_json(text, "header of " + name_, json_limits));
    RH_ASSIGN(const JsonView view, JsonView::of(json, "header of " + name_));
    header_.tensors.reserve(json.size());
    for (const auto& [key, value] : json.items()) {
      if (key == "__metadata__") RH_TRY(read_metadata(value));
      else RH_TRY(read_tensor(key, view));
    }
    if (header_.tensors.size() > limits_.tensors) {
      return error(ErrorCode::limit, "header", fmt::format("at most {} tensors", limits_.tensors), std::to_string(header_.tensors.size()));
    }
    RH_TRY(check_layout(reader.remaining()));
    return std::move(header_);
  }

 private:
  Error error(ErrorCode code, const std::string& what, std::string expected, std::string received) const {
    return Error{code, "read safetensors file", what.empty() ? name_ : fmt::format("{} in {}", what, name_), std::move(expected), std::move(received)};
  }

  Status read_metadata(const Json& value) {
    if (!value.is_object()) return error(ErrorCode::malformed, "__metadata__", "an object", "another kind of value");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) {
        return error(ErrorCode::malformed, fmt::format("__metadata__ '{}'", printable(key)), "a string", "another kind of value");
      }
      header_.metadata.emplace_back(key, text.get_ref<const std::string&>());
    }
    return Ok{};
  }

  // Offsets in the file come relative to the data; they stay so until check_layout().
  Status read_tensor(const std::string& name, const JsonView& header) {
    SafetensorsTensor tensor;
    tensor.name = name;
    const std::string what = fmt::format("tensor '{}'", printable(name));
    RH_ASSIGN(const JsonView entry, header.object(name));
    RH_ASSIGN(tensor.type_name, entry.string("dtype"));
    RH_ASSIGN(tensor.shape, entry.integers("shape"));
    RH_ASSIGN(const std::vector<std::int64_t> offsets, entry.integers("data_offsets"));
    if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
      return error(ErrorCode::malformed, what, "data_offsets [begin, end] with 0 <= begin <= end", fmt::format("[{}]", fmt::join(offsets, ", ")));
    }
    tensor.file_offset = static_cast<std::uint64_t>(offsets[0]);
    tensor.byte_size = static_cast<std::uint64_t>(offsets[1] - offsets[0]);
    if (std::any_of(tensor.shape.begin(), tensor.shape.end(), [](std::int64_t size) { return size < 0; })) {
      return error(ErrorCode::malformed, what, "dimensions of 0 or more", fmt::format("[{}]", fmt::join(tensor.shape, ", ")));
    }
    const auto elements = checked_product(std::span<const std::int64_t>(tensor.shape));
    if (!elements) return error(ErrorCode::malformed, what, "fewer than 2^63 elements", fmt::format("[{}]", fmt::join(tensor.shape, ", ")));
    tensor.dtype = dtype_from_safetensors(tensor.type_name);
    if (tensor.dtype) {
      const auto bytes = dtype_row_bytes(*tensor.dtype, *elements);
      if (!bytes || static_cast<std::uint64_t>(*bytes) != tensor.byte_size) {
        return error(ErrorCode::malformed, what, fmt::format("{} bytes for [{}] of {}", bytes ? std::to_string(*bytes) : "more than 2^63", fmt::join(tensor.shape, ", "), tensor.type_name),
                     std::to_string(tensor.byte_size));
      }
    }
    header_.tensors.push_back(std::move(tensor));
    return Ok{};
  }

  Status check_layout(std::uint64_t data_bytes) {
    auto& tensors = header_.tensors;
    std::sort(tensors.begin(), tensors.end(), [](const SafetensorsTensor& a, const SafetensorsTensor& b) {
      return std::tie(a.file_offset, a.byte_size, a.name) < std::tie(b.file_offset, b.byte_size, b.name);
    });
    std::uint64_t end = 0;
    for (SafetensorsTensor& tensor : tensors) {
      const std::string what = fmt::format("tensor '{}'", printable(tensor.name));
      if (!range_within(tensor.file_offset, tensor.byte_size, data_bytes)) {
        return error(ErrorCode::out_of_range, what, fmt::format("data up to byte {} behind the header", tensor.file_offset + tensor.byte_size),
                     fmt::format("the end of the file {} bytes behind it", data_bytes));
      }
      if (tensor.file_offset != end) {
        return error(ErrorCode::malformed, what, fmt::format("data from byte {} on, where the one before ends", end), fmt::format("byte {}", tensor.file_offset));
      }
      end += tensor.byte_size;
      tensor.file_offset += header_.data_offset;
    }
    if (end != data_bytes) {
      return error(ErrorCode::malformed, "data", fmt::format("{} bytes, where the last tensor ends", end), fmt::format("{} bytes", data_bytes));
    }
    return Ok{};
  }

  std::span<const std::byte> file_;
  const std::string& name_;
  const SafetensorsLimits& limits_;
  SafetensorsHeader header_;
};

}  // namespace

std::int64_t SafetensorsTensor::elements() const { return checked_product(std::span<const std::int64_t>(shape)).value_or(0); }

std::optional<DType> dtype_from_safetensors(std::string_view name) {
  for (const auto& [candidate, type] : type_names) {
    if (candidate == name) return type;
  }
  return std::nullopt;
}

std::optional<std::string_view> safetensors_from_dtype(DType type) {
  for (const auto& [name, candidate] : type_names) {
    if (candidate == type) return name;
  }
  return std::nullopt;
}

Result<SafetensorsHeader> parse_safetensors_header(std::span<const std::byte> file, const std::string& name, const SafetensorsLimits& limits) {
  return Parser(file, name, limits).parse();
}

}  // namespace roundhouse
