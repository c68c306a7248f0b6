// SPDX-License-Identifier: Apache-2.0
#include "engine/text/normalize.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/normalizer2.h>
#include <unicode/stringoptions.h>
#include <unicode/stringpiece.h>

#include <climits>
#include <utility>

#include "engine/text/utf8.h"

namespace roundhouse::text {
namespace {

icu::StringPiece piece(std::string_view text) { return {text.data(), static_cast<int32_t>(text.size())}; }

// ICU counts in 32 bits.
constexpr std::size_t max_stretch = static_cast<std::size_t>(INT_MAX) / 4;

// `map(piece, sink, status)` over the well-formed stretches; what fails stays as it is.
template <class Map>
std::string over_valid(std::string_view text, Map map) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = utf8_valid_end(text, at);
    const std::string_view valid = text.substr(at, end - at);
    const std::size_t before = out.size();
    icu::StringByteSink<std::string> sink(&out);
    UErrorCode status = valid.size() > max_stretch ? U_BUFFER_OVERFLOW_ERROR : U_ZERO_ERROR;
    if (!valid.empty() && U_SUCCESS(status)) map(piece(valid), sink, status);
    if (U_FAILURE(status)) {
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

}  // namespace

std::string normalize_nfc(std::string_view text) {
  UErrorCode loaded = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(loaded);
  if (U_FAILURE(loaded)) return std::string(text);
  return over_valid(text, [nfc](icu::StringPiece valid, icu::ByteSink& sink, UErrorCode& status) {
    nfc->normalizeUTF8(0, valid, sink, nullptr, status);
  });
}

std::string to_upper(std::string_view text) {
  return over_valid(text, [](icu::StringPiece valid, icu::ByteSink& sink, UErrorCode& status) {
    icu::CaseMap::utf8ToUpper("", 0, valid, sink, nullptr, status);
  });
}

std::string to_lower(std::string_view text) {
  return over_valid(text, [](icu::StringPiece valid, icu::ByteSink& sink, UErrorCode& status) {
    icu::CaseMap::utf8ToLower("", 0, valid, sink, nullptr, status);
  });
}

std::string to_capitalized(std::string_view text) {
  bool first = true;
  return over_valid(text, [&first](icu::StringPiece valid, icu::ByteSink& sink, UErrorCode& status) {
    if (std::exchange(first, false)) {
      icu::CaseMap::utf8ToTitle("", U_TITLECASE_WHOLE_STRING | U_TITLECASE_NO_BREAK_ADJUSTMENT, nullptr, valid, sink, nullptr, status);
    } else {
      icu::CaseMap::utf8ToLower("", 0, valid, sink, nullptr, status);
    }
  });
}

std::string fold_case(std::string_view text) {
  return over_valid(text, [](icu::StringPiece valid, icu::ByteSink& sink, UErrorCode& status) {
    icu::CaseMap::utf8Fold(U_FOLD_CASE_DEFAULT, valid, sink, nullptr, status);
  });
}

}  // namespace roundhouse::text
