// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace roundhouse::jinja {

enum class TokenKind : std::uint8_t { data, variable_begin, variable_end, block_begin, block_end, name, string, integer, real, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  int line = 0;
  std::string text;  // of data, names, symbols ("//"), strings (unescaped)
  std::int64_t integer = 0;
  double real = 0;

  bool is(TokenKind wanted, std::string_view value) const { return kind == wanted && text == value; }
};

// Cuts a template with the settings chat templates are written for: trim_blocks, lstrip_blocks, one trailing newline
// removed. Comments are gone, data is what will be printed. The last token is `end`. Throws TemplateError.
std::vector<Token> tokenize(std::string_view source);

// As an error message calls it.
std::string describe(const Token& token);

}  // namespace roundhouse::jinja
