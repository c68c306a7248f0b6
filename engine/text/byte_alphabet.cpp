// SPDX-License-Identifier: Apache-2.0
#include "engine/text/byte_alphabet.h"

#include "engine/text/utf8.h"

namespace roundhouse::text {

const ByteAlphabet& ByteAlphabet::instance() {
  static const ByteAlphabet alphabet;
  return alphabet;
}

ByteAlphabet::ByteAlphabet() {
  bytes_.fill(-1);
  char32_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    const char32_t code_point = printable ? byte : next++;
    append_utf8(letters_[byte], code_point);
    bytes_[code_point] = static_cast<std::int16_t>(byte);
  }
}

bool ByteAlphabet::append_bytes(std::string& out, std::string_view written) const {
  const std::size_t before = out.size();
  for (std::size_t at = 0; at < written.size();) {
    const Utf8Step step = utf8_step(written, at);
    if (step.state != Utf8State::ok || step.code_point >= bytes_.size() || bytes_[step.code_point] < 0) {
      out.resize(before);
      return false;
    }
    out.push_back(static_cast<char>(bytes_[step.code_point]));
    at += step.length;
  }
  return true;
}

}  // namespace roundhouse::text
