// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "engine/base/checked.h"

namespace roundhouse {

static_assert(std::endian::native == std::endian::little, "file formats here are little-endian and are read in place");

// A cursor over bytes that never leaves them: a read that does not fit returns false and moves nothing.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes, std::size_t offset = 0) : bytes_(bytes), offset_(offset) {}

  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }

  // A little-endian number.
  template <class T>
  bool read(T& value) {
    if (remaining() < sizeof(T)) return false;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return true;
  }

  // `length` bytes, as a view into the file.
  bool read_text(std::uint64_t length, std::string_view& text) {
    if (length > remaining()) return false;
    text = {reinterpret_cast<const char*>(bytes_.data() + offset_), static_cast<std::size_t>(length)};
    offset_ += static_cast<std::size_t>(length);
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t offset_;
};

}  // namespace roundhouse
