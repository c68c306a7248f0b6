// SPDX-License-Identifier: Apache-2.0
#include "engine/io/gguf_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "engine/base/checked.h"
#include "engine/base/printable.h"
#include "engine/io/byte_reader.h"
#include "engine/io/file_kind.h"

namespace roundhouse {
namespace {

constexpr std::uint64_t max_alignment = 1 << 20;

// Bytes a value takes in the file at the least: what a count can be held against before anything is allocated.
std::uint64_t least_bytes(GgufValueType type) {
  switch (type) {
    case GgufValueType::u8:
    case GgufValueType::i8:
    case GgufValueType::boolean: return 1;
    case GgufValueType::u16:
    case GgufValueType::i16: return 2;
    case GgufValueType::u32:
    case GgufValueType::i32:
    case GgufValueType::f32: return 4;
    case GgufValueType::u64:
    case GgufValueType::i64:
    case GgufValueType::f64:
    case GgufValueType::string: return 8;
    case GgufValueType::array: return 12;
  }
  return 1;
}

class Parser {
 public:
  Parser(std::span<const std::byte> file, const std::string& name, const GgufLimits& limits)
      : file_(file), name_(name), limits_(limits),
        reader_(file.first(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), limits.header_bytes)))) {}

  Result<GgufHeader> parse() {
    header_.metadata = GgufMetadata(name_);
    std::uint64_t tensor_count = 0;
    std::uint64_t entry_count = 0;
    RH_TRY(read_start(tensor_count, entry_count));
    for (std::uint64_t i = 0; i < entry_count; ++i) RH_TRY(read_entry(i, entry_count));
    RH_TRY(read_alignment());
    header_.tensors.reserve(static_cast<std::size_t>(tensor_count));
    std::unordered_set<std::string> names;
    for (std::uint64_t i = 0; i < tensor_count; ++i) {
      RH_TRY(read_tensor(i, tensor_count));
      const std::string& tensor = header_.tensors.back().name;
      if (!names.insert(tensor).second) {
        return error(ErrorCode::malformed, fmt::format("tensor '{}'", printable(tensor)), "each tensor once", "its name a second time");
      }
    }
    RH_TRY(place_tensors());
    return std::move(header_);
  }

 private:
  Error error(ErrorCode code, const std::string& what, std::string expected, std::string received) const {
    return Error{code, "read GGUF file", (what.empty() ? "" : what + " in ") + name_, std::move(expected), std::move(received)};
  }

  // The header goes on beyond what there is, or beyond what is allowed.
  Error ended(const std::string& what) const {
    if (file_.size() > limits_.header_bytes) {
      return error(ErrorCode::limit, what, fmt::format("a header of at most {} bytes", limits_.header_bytes), "a longer one");
    }
    return error(ErrorCode::malformed, what, "more data", fmt::format("the end of the file at {} bytes", file_.size()));
  }

  Status read_start(std::uint64_t& tensor_count, std::uint64_t& entry_count) {
    std::string_view magic;
    if (!reader_.read_text(4, magic) || magic != "GGUF") {
      return error(ErrorCode::malformed, "", "a GGUF file (it starts with 'GGUF')", describe_file_start(file_));
    }
    if (!reader_.read(header_.version)) return ended("version");
    if (header_.version != 2 && header_.version != 3) {
      const bool swapped = (header_.version & 0xFFFFu) == 0 && header_.version != 0;
      return error(ErrorCode::unsupported, "", "GGUF version 2 or 3",
                   swapped ? "a big-endian file" : fmt::format("version {}", header_.version));
    }
    if (!reader_.read(tensor_count) || !reader_.read(entry_count)) return ended("counts");
    RH_TRY(check_count("number of tensors", tensor_count, limits_.tensors, 24));
    return check_count("number of metadata entries", entry_count, limits_.metadata_entries, 13);
  }

  Status check_count(const std::string& what, std::uint64_t count, std::uint64_t limit, std::uint64_t bytes_each) const {
    if (count > limit) {
      return error(ErrorCode::limit, what, fmt::format("at most {}", limit), std::to_string(count));
    }
    if (count > reader_.remaining() / bytes_each) {
      if (file_.size() > limits_.header_bytes) return ended(what);
      return error(ErrorCode::malformed, what, fmt::format("at most {}, for which the file has room", reader_.remaining() / bytes_each),
                   std::to_string(count));
    }
    return Ok{};
  }

  Result<std::string> read_string(const std::string& what, std::uint64_t limit) {
    std::uint64_t length = 0;
    if (!reader_.read(length)) return ended(what);
    if (length > limit) {
      return error(ErrorCode::limit, what, fmt::format("a string of at most {} bytes", limit), fmt::format("one of {} bytes", length));
    }
    std::string_view text;
    if (!reader_.read_text(length, text)) {
      if (file_.size() > limits_.header_bytes) return ended(what);
      return error(ErrorCode::malformed, what, fmt::format("a string of {} bytes", length),
                   fmt::format("only {} bytes until the end", reader_.remaining()));
    }
    return std::string(text);
  }

  Result<GgufValueType> read_type(const std::string& what) {
    std::uint32_t number = 0;
    if (!reader_.read(number)) return ended(what);
    if (number >= gguf_value_type_count) {
      return error(ErrorCode::malformed, what, fmt::format("a value type below {}", gguf_value_type_count), std::to_string(number));
    }
    return static_cast<GgufValueType>(number);
  }

  Status read_entry(std::uint64_t index, std::uint64_t count) {
    RH_ASSIGN(std::string key, read_string(fmt::format("metadata key {} of {}", index + 1, count), 65535));
    const std::string what = fmt::format("metadata '{}'", printable(key));
    if (key.empty()) return error(ErrorCode::malformed, fmt::format("metadata key {} of {}", index + 1, count), "a name", "an empty one");
    RH_ASSIGN(const GgufValueType type, read_type(what));
    GgufValue value{type, {}};
    if (type == GgufValueType::string) {
      RH_ASSIGN(value.value, read_string(what, limits_.string_bytes));
    } else if (type == GgufValueType::array) {
      RH_ASSIGN(value.value, read_array(what, 1));
    } else {
      RH_TRY(read_scalar(what, type, value.value));
    }
    if (!header_.metadata.add(std::move(key), std::move(value))) {
      return error(ErrorCode::malformed, what, "each key once", "the key a second time");
    }
    return Ok{};
  }

  template <class Stored, class Wide, class Out>
  bool read_as(Out& out) {
    Stored value;
    if (!reader_.read(value)) return false;
    out = static_cast<Wide>(value);
    return true;
  }

  // Out: the variant of a value, or an element's own wide type.
  template <class Out>
  Status read_scalar(const std::string& what, GgufValueType type, Out& out) {
    bool read = false;
    const auto unsigned_number = [&]<class T>(T) { if constexpr (std::is_assignable_v<Out&, std::uint64_t>) read = read_as<T, std::uint64_t>(out); };
    const auto signed_number = [&]<class T>(T) { if constexpr (std::is_assignable_v<Out&, std::int64_t>) read = read_as<T, std::int64_t>(out); };
    const auto real = [&]<class T>(T) { if constexpr (std::is_assignable_v<Out&, double>) read = read_as<T, double>(out); };
    switch (type) {
      case GgufValueType::u8: unsigned_number(std::uint8_t{}); break;
      case GgufValueType::u16: unsigned_number(std::uint16_t{}); break;
      case GgufValueType::u32: unsigned_number(std::uint32_t{}); break;
      case GgufValueType::u64: unsigned_number(std::uint64_t{}); break;
      case GgufValueType::i8: signed_number(std::int8_t{}); break;
      case GgufValueType::i16: signed_number(std::int16_t{}); break;
      case GgufValueType::i32: signed_number(std::int32_t{}); break;
      case GgufValueType::i64: signed_number(std::int64_t{}); break;
      case GgufValueType::f32: real(float{}); break;
      case GgufValueType::f64: real(double{}); break;
      case GgufValueType::boolean: {
        std::uint8_t byte = 0;
        read = reader_.read(byte);
        if (read && byte > 1) return error(ErrorCode::malformed, what, "a bool of 0 or 1", std::to_string(byte));
        if constexpr (std::is_assignable_v<Out&, std::uint64_t>) out = static_cast<std::uint64_t>(byte);
        break;
      }
      case GgufValueType::string:
      case GgufValueType::array: break;  // handled by the callers
    }
    if (!read) return ended(what);
    return Ok{};
  }

  Result<GgufArray> read_array(const std::string& what, int depth) {
    if (depth > limits_.array_depth) {
      return error(ErrorCode::limit, what, fmt::format("arrays nested at most {} deep", limits_.array_depth), "deeper ones");
    }
    GgufArray array;
    RH_ASSIGN(array.element_type, read_type(what));
    std::uint64_t count = 0;
    if (!reader_.read(count)) return ended(what);
    if (count > limits_.array_elements - elements_read_) {
      return error(ErrorCode::limit, what, fmt::format("at most {} array elements in the file", limits_.array_elements), fmt::format("{} more", count));
    }
    elements_read_ += count;
    RH_TRY(check_count(what + ": array length", count, limits_.array_elements, least_bytes(array.element_type)));
    const auto size = static_cast<std::size_t>(count);
    switch (array.element_type) {
      case GgufValueType::string: {
        std::vector<std::string> texts;
        texts.reserve(size);
        for (std::size_t i = 0; i < size; ++i) {
          RH_ASSIGN(std::string text, read_string(what, limits_.string_bytes));
          texts.push_back(std::move(text));
        }
        array.elements = std::move(texts);
        return array;
      }
      case GgufValueType::array: {
        std::vector<GgufArray> arrays;
        arrays.reserve(size);
        for (std::size_t i = 0; i < size; ++i) {
          RH_ASSIGN(GgufArray inner, read_array(what, depth + 1));
          arrays.push_back(std::move(inner));
        }
        array.elements = std::move(arrays);
        return array;
      }
      case GgufValueType::u8:
      case GgufValueType::u16:
      case GgufValueType::u32:
      case GgufValueType::u64:
      case GgufValueType::boolean: return read_elements<std::uint64_t>(what, std::move(array), size);
      case GgufValueType::i8:
      case GgufValueType::i16:
      case GgufValueType::i32:
      case GgufValueType::i64: return read_elements<std::int64_t>(what, std::move(array), size);
      case GgufValueType::f32:
      case GgufValueType::f64: return read_elements<double>(what, std::move(array), size);
    }
    return error(ErrorCode::internal, what, "a known element type", "another");
  }

  template <class Wide>
  Result<GgufArray> read_elements(const std::string& what, GgufArray array, std::size_t size) {
    std::vector<Wide> elements(size);
    for (Wide& element : elements) RH_TRY(read_scalar(what, array.element_type, element));
    array.elements = std::move(elements);
    return array;
  }

  Status read_alignment() {
    RH_ASSIGN(const std::int64_t alignment, header_.metadata.integer_or("general.alignment", 32));
    if (alignment < 1 || alignment > static_cast<std::int64_t>(max_alignment) || (alignment & (alignment - 1)) != 0) {
      return error(ErrorCode::malformed, "metadata 'general.alignment'", fmt::format("a power of two up to {}", max_alignment), std::to_string(alignment));
    }
    header_.alignment = static_cast<std::uint64_t>(alignment);
    return Ok{};
  }

  Status read_tensor(std::uint64_t index, std::uint64_t count) {
    GgufTensor tensor;
    RH_ASSIGN(tensor.name, read_string(fmt::format("name of tensor {} of {}", index + 1, count), limits_.name_bytes));
    const std::string what = fmt::format("tensor '{}'", printable(tensor.name));
    std::uint32_t dimensions = 0;
    if (!reader_.read(dimensions)) return ended(what);
    if (dimensions > 4) return error(ErrorCode::malformed, what, "at most 4 dimensions", std::to_string(dimensions));
    tensor.shape.resize(dimensions);
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      std::uint64_t size = 0;
      if (!reader_.read(size)) return ended(what);
      const auto fits = checked_cast<std::int64_t>(size);
      if (!fits || *fits == 0) return error(ErrorCode::malformed, what, "positive dimensions", fmt::format("{} as dimension {}", size, i + 1));
      tensor.shape[dimensions - 1 - i] = *fits;
    }
    if (!reader_.read(tensor.gguf_type) || !reader_.read(tensor.file_offset)) return ended(what);
    const auto elements = checked_product(std::span<const std::int64_t>(tensor.shape));
    if (!elements) return error(ErrorCode::malformed, what, "fewer than 2^63 elements", "dimensions " + dimensions_text(tensor));
    tensor.dtype = dtype_from_gguf(tensor.gguf_type);
    if (tensor.dtype) RH_TRY(measure(tensor, what, *elements));
    header_.tensors.push_back(std::move(tensor));
    return Ok{};
  }

  static std::string dimensions_text(const GgufTensor& tensor) { return fmt::format("{}", fmt::join(tensor.shape.rbegin(), tensor.shape.rend(), " × ")); }

  Status measure(GgufTensor& tensor, const std::string& what, std::int64_t elements) const {
    const DTypeInfo& type = dtype_info(*tensor.dtype);
    if (tensor.row_elements() % type.block_elements != 0) {
      return error(ErrorCode::malformed, what, fmt::format("rows of a multiple of {} elements for {}", type.block_elements, gguf_tensor_type_name(tensor.gguf_type)),
                   fmt::format("rows of {}", tensor.row_elements()));
    }
    const auto bytes = dtype_row_bytes(*tensor.dtype, elements);
    if (!bytes) return error(ErrorCode::malformed, what, "a size below 2^63 bytes", "dimensions " + dimensions_text(tensor));
    tensor.byte_size = static_cast<std::uint64_t>(*bytes);
    return Ok{};
  }

  // From offsets in the data section to offsets in the file, checked against the file and each other.
  Status place_tensors() {
    header_.data_offset = (reader_.offset() + header_.alignment - 1) / header_.alignment * header_.alignment;
    for (GgufTensor& tensor : header_.tensors) {
      const std::string what = fmt::format("tensor '{}'", printable(tensor.name));
      if (tensor.file_offset % header_.alignment != 0) {
        return error(ErrorCode::malformed, what, fmt::format("an offset that is a multiple of {}", header_.alignment), std::to_string(tensor.file_offset));
      }
      const auto start = checked_add<std::uint64_t>(header_.data_offset, tensor.file_offset);
      if (!start || !range_within(*start, tensor.byte_size, file_.size())) {
        return error(ErrorCode::out_of_range, what,
                     fmt::format("{} bytes from {} bytes after byte {} on", tensor.byte_size, tensor.file_offset, header_.data_offset),
                     fmt::format("the end of the file at {} bytes", file_.size()));
      }
      tensor.file_offset = *start;
    }
    std::vector<const GgufTensor*> order;
    for (const GgufTensor& tensor : header_.tensors) order.push_back(&tensor);
    std::sort(order.begin(), order.end(), [](const GgufTensor* a, const GgufTensor* b) { return a->file_offset < b->file_offset; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const GgufTensor& before = *order[i - 1];
      const GgufTensor& after = *order[i];
      if (before.file_offset + before.byte_size > after.file_offset) {
        return error(ErrorCode::malformed, fmt::format("tensor '{}'", printable(after.name)),
                     fmt::format("a place behind tensor '{}', which ends at byte {}", printable(before.name), before.file_offset + before.byte_size),
                     fmt::format("byte {}", after.file_offset));
      }
    }
    return Ok{};
  }

  std::span<const std::byte> file_;
  const std::string& name_;
  const GgufLimits& limits_;
  ByteReader reader_;
  GgufHeader header_;
  std::uint64_t elements_read_ = 0;
};

}  // namespace

std::int64_t GgufTensor::elements() const { return checked_product(std::span<const std::int64_t>(shape)).value_or(0); }

Result<GgufHeader> parse_gguf_header(std::span<const std::byte> file, const std::string& name, const GgufLimits& limits) {
  return Parser(file, name, limits).parse();
}

}  // namespace roundhouse
