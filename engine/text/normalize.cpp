// SPDX-License-Identifier: Apache-2.0
#include "engine/text/normalize.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include <climits>

#include "engine/text/utf8.h"

namespace roundhouse::text {
namespace {

icu::StringPiece piece(std::string_view text) { return {text.data(), static_cast<int32_t>(text.size())}; }

// ICU counts in 32 bits.
bool fits(std::string_view text) { return text.size() < static_cast<std::size_t>(INT_MAX) / 4; }

}  // namespace

std::string normalize_nfc(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = utf8_valid_end(text, at);
    const std::string_view valid = text.substr(at, end - at);
    icu::StringByteSink<std::string> sink(&out);
    status = U_ZERO_ERROR;
    const std::size_t before = out.size();
    if (fits(valid)) nfc->normalizeUTF8(0, piece(valid), sink, nullptr, status);
    if (!fits(valid) || U_FAILURE(status)) {
      out.resize(before);
      out += valid;
    }
    at = end;
    if (at < text.size()) {
      const Utf8Step step = utf8_step(text, at);
      out += text.substr(at, step.length);
      at += step.length;
    }
  }
  return out;
}

std::string to_upper(std::string_view text) {
  std::string out;
  UErrorCode status = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out);
  if (fits(text)) icu::CaseMap::utf8ToUpper("", 0, piece(text), sink, nullptr, status);
  return !fits(text) || U_FAILURE(status) ? std::string(text) : out;
}

std::string to_lower(std::string_view text) {
  std::string out;
  UErrorCode status = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out);
  if (fits(text)) icu::CaseMap::utf8ToLower("", 0, piece(text), sink, nullptr, status);
  return !fits(text) || U_FAILURE(status) ? std::string(text) : out;
}

}  // namespace roundhouse::text
