// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace roundhouse::test {

// GGUF bytes put together by hand, right or wrong: independent of GgufWriter.
class GgufBytes {
 public:
  explicit GgufBytes(std::uint64_t tensors = 0, std::uint64_t entries = 0, std::uint32_t version = 3) {
    text_ = "GGUF";
    put(version);
    put(tensors);
    put(entries);
  }
  template <class T>
  GgufBytes& put(T number) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &number, sizeof(T));
    text_.append(bytes, sizeof(T));
    return *this;
  }
  GgufBytes& string(const std::string& text) {
    put(static_cast<std::uint64_t>(text.size()));
    text_ += text;
    return *this;
  }
  // A metadata entry up to its value.
  GgufBytes& key(const std::string& name, std::uint32_t type) { return string(name).put(type); }
  // dims: in the file's order, contiguous first.
  GgufBytes& tensor(const std::string& name, std::initializer_list<std::uint64_t> dims, std::uint32_t type, std::uint64_t offset) {
    string(name).put(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t size : dims) put(size);
    return put(type).put(offset);
  }
  GgufBytes& pad(std::size_t alignment = 32) {
    text_.resize((text_.size() + alignment - 1) / alignment * alignment);
    return *this;
  }
  GgufBytes& fill(std::size_t bytes, char value = 0) {
    text_.append(bytes, value);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace roundhouse::test
