// SPDX-License-Identifier: Apache-2.0
#include "engine/io/gguf_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/base/checked.h"
#include "engine/base/printable.h"

namespace roundhouse {
namespace {

class Encoder {
 public:
  template <class T>
  void put(T number) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &number, sizeof(T));
  }
  void put_string(const std::string& text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  const std::string& bytes() const { return bytes_; }

  // False when the value does not hold what its type says.
  bool put_value(const GgufValue& value) {
    put(static_cast<std::uint32_t>(value.type));
    if (value.type == GgufValueType::array) {
      const auto* array = std::get_if<GgufArray>(&value.value);
      return array != nullptr && put_array(*array);
    }
    return std::visit([&](const auto& content) { return put_element(value.type, content); }, value.value);
  }

 private:
  bool put_array(const GgufArray& array) {
    put(static_cast<std::uint32_t>(array.element_type));
    put(static_cast<std::uint64_t>(array.size()));
    return std::visit(
        [&](const auto& elements) {
          return std::all_of(elements.begin(), elements.end(), [&](const auto& element) { return put_element(array.element_type, element); });
        },
        array.elements);
  }

  template <class T, class Wide>
  bool put_narrow(Wide number) {
    if (!std::in_range<T>(number)) return false;
    put(static_cast<T>(number));
    return true;
  }

  bool put_element(GgufValueType type, std::uint64_t number) {
    switch (type) {
      case GgufValueType::u8: return put_narrow<std::uint8_t>(number);
      case GgufValueType::u16: return put_narrow<std::uint16_t>(number);
      case GgufValueType::u32: return put_narrow<std::uint32_t>(number);
      case GgufValueType::u64: return put_narrow<std::uint64_t>(number);
      case GgufValueType::boolean: return number <= 1 && put_narrow<std::uint8_t>(number);
      default: return false;
    }
  }
  bool put_element(GgufValueType type, std::int64_t number) {
    switch (type) {
      case GgufValueType::i8: return put_narrow<std::int8_t>(number);
      case GgufValueType::i16: return put_narrow<std::int16_t>(number);
      case GgufValueType::i32: return put_narrow<std::int32_t>(number);
      case GgufValueType::i64: return put_narrow<std::int64_t>(number);
      default: return false;
    }
  }
  bool put_element(GgufValueType type, double number) {
    if (type == GgufValueType::f32) put(static_cast<float>(number));
    else if (type == GgufValueType::f64) put(number);
    else return false;
    return true;
  }
  bool put_element(GgufValueType type, const std::string& text) {
    if (type != GgufValueType::string) return false;
    put_string(text);
    return true;
  }
  bool put_element(GgufValueType type, const GgufArray& array) { return type == GgufValueType::array && put_array(array); }

  std::string bytes_;
};

}  // namespace

Result<GgufWriter> GgufWriter::create(const std::string& path) {
  RH_ASSIGN(AtomicFile file, AtomicFile::create(path));
  return GgufWriter(std::move(file), path);
}

Error GgufWriter::error(const std::string& what, std::string expected, std::string received) const {
  return Error{ErrorCode::invalid_argument, "write GGUF file", fmt::format("{} in {}", what, path_), std::move(expected), std::move(received)};
}

Status GgufWriter::add_metadata(std::string key, GgufValue value) {
  const std::string what = fmt::format("metadata '{}'", printable(key));
  if (announced_) return error(what, "metadata before the first data", "it after them");
  if (key.empty() || key.size() > 65535) return error(what, "a key of 1 to 65535 bytes", std::to_string(key.size()));
  if (!Encoder().put_value(value)) return error(what, fmt::format("a value of type {}", gguf_value_type_name(value.type)), value.to_text(60));
  if (!metadata_.add(std::move(key), std::move(value))) return error(what, "each key once", "the key a second time");
  return Ok{};
}

Status GgufWriter::add_tensor(std::string name, DType type, std::vector<std::int64_t> shape) {
  const std::string what = fmt::format("tensor '{}'", printable(name));
  if (announced_) return error(what, "tensors announced before the first data", "it after them");
  const auto number = gguf_from_dtype(type);
  if (!number) return error(what, "a type that GGUF has", std::string(dtype_name(type)));
  if (shape.size() > 4) return error(what, "at most 4 dimensions", std::to_string(shape.size()));
  const bool positive = std::all_of(shape.begin(), shape.end(), [](std::int64_t size) { return size > 0; });
  const auto elements = checked_product(std::span<const std::int64_t>(shape));
  const std::int64_t row = shape.empty() ? 1 : shape.back();
  if (!positive || !elements || row % dtype_block_elements(type) != 0 || !dtype_row_bytes(type, *elements)) {
    return error(what, fmt::format("positive dimensions, rows of a multiple of {} elements", dtype_block_elements(type)),
                 fmt::format("[{}]", fmt::join(shape, ", ")));
  }
  if (!names_.insert(name).second) return error(what, "each tensor once", "its name a second time");
  GgufTensor tensor;
  tensor.name = std::move(name);
  tensor.shape = std::move(shape);
  tensor.gguf_type = *number;
  tensor.dtype = type;
  tensor.byte_size = static_cast<std::uint64_t>(*dtype_row_bytes(type, *elements));
  tensors_.push_back(std::move(tensor));
  return Ok{};
}

Status GgufWriter::begin_data() {
  announced_ = true;
  RH_ASSIGN(const std::int64_t alignment, metadata_.integer_or("general.alignment", 32));
  if (alignment < 1 || alignment > (1 << 20) || (alignment & (alignment - 1)) != 0) {
    return error("metadata 'general.alignment'", "a power of two up to 1048576", std::to_string(alignment));
  }
  alignment_ = static_cast<std::uint64_t>(alignment);
  Encoder header;
  header.put('G');
  header.put('G');
  header.put('U');
  header.put('F');
  header.put(std::uint32_t{3});
  header.put(static_cast<std::uint64_t>(tensors_.size()));
  header.put(static_cast<std::uint64_t>(metadata_.entries().size()));
  for (const GgufMetadata::Entry& entry : metadata_.entries()) {
    header.put_string(entry.key);
    header.put_value(entry.value);  // checked when it was added
  }
  std::uint64_t offset = 0;
  for (const GgufTensor& tensor : tensors_) {
    header.put_string(tensor.name);
    header.put(static_cast<std::uint32_t>(tensor.shape.size()));
    for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size) header.put(static_cast<std::uint64_t>(*size));
    header.put(tensor.gguf_type);
    header.put(offset);
    const auto end = checked_add<std::uint64_t>(offset, tensor.byte_size);
    const auto next = end ? checked_align_up<std::uint64_t>(*end, alignment_) : std::nullopt;
    if (!next) return error(fmt::format("tensor '{}'", printable(tensor.name)), "less than 2^64 bytes of data", "more");
    offset = *next;
  }
  RH_TRY(file_.write(header.bytes()));
  return pad();
}

Status GgufWriter::pad() {
  const std::uint64_t missing = (alignment_ - file_.written_bytes() % alignment_) % alignment_;
  return file_.write(std::string(static_cast<std::size_t>(missing), '\0'));
}

Status GgufWriter::write_data(std::span<const std::byte> bytes) {
  if (!announced_) RH_TRY(begin_data());
  while (!bytes.empty()) {
    if (current_ == tensors_.size()) return error("tensor data", "no more than was announced", fmt::format("{} bytes more", bytes.size()));
    const GgufTensor& tensor = tensors_[current_];
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), tensor.byte_size - current_written_));
    RH_TRY(file_.write(bytes.first(count)));
    bytes = bytes.subspan(count);
    current_written_ += count;
    if (current_written_ == tensor.byte_size) {
      RH_TRY(pad());
      ++current_;
      current_written_ = 0;
    }
  }
  return Ok{};
}

Status GgufWriter::finish() {
  if (!announced_) RH_TRY(begin_data());
  if (current_ < tensors_.size()) {
    return error(fmt::format("tensor '{}'", printable(tensors_[current_].name)), fmt::format("{} bytes", tensors_[current_].byte_size),
                 std::to_string(current_written_));
  }
  return file_.commit();
}

}  // namespace roundhouse
