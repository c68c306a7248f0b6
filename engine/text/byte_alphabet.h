// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace roundhouse::text {

// GPT-2's printable alphabet for the 256 byte values: printable Latin-1 stands for itself, the other bytes for the
// characters from U+0100 on, in order. Vocabularies of byte-level tokenizers are written in it.
class ByteAlphabet {
 public:
  static const ByteAlphabet& instance();

  std::string_view letter(std::uint8_t byte) const { return letters_[byte]; }
  // Appends the bytes that `written` stands for; false (and nothing appended) when a character is not of the alphabet.
  bool append_bytes(std::string& out, std::string_view written) const;

 private:
  ByteAlphabet();
  std::array<std::string, 256> letters_;
  std::array<std::int16_t, 0x144> bytes_;  // by code point, -1: none
};

}  // namespace roundhouse::text
