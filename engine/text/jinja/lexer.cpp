// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/lexer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/text/jinja/meter.h"
#include "engine/text/jinja/python.h"
#include "engine/text/utf8.h"

namespace roundhouse::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_name(char c) { return is_name_start(c) || is_digit(c); }

// Longest first.
constexpr std::string_view symbols[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(",
                                        ")",  "{",  "}",  ">",  "<",  "=",  ".", ":", "|", ",", ";"};

std::string with_plain_newlines(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      out += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      out += source[i];
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) root();
    push(TokenKind::end, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail_here(std::string text) const { throw TemplateError{ErrorCode::malformed, std::move(text), line_}; }

  void push(TokenKind kind, std::string text) {
    Token token;
    token.kind = kind;
    token.line = line_;
    token.text = std::move(text);
    tokens_.push_back(std::move(token));
  }
  // Moves on, counting lines.
  void advance(std::size_t to) {
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_), source_.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
    line_starting_ = to > at_ ? source_[to - 1] == '\n' : line_starting_;
    at_ = to;
  }
  bool here(std::string_view text, std::size_t at) const { return source_.compare(at, text.size(), text) == 0; }
  std::size_t skip_space(std::size_t at) const { return strip_left(source_, at, source_.size()); }

  // End of a closing delimiter at `at` with its trimming, 0 if none is there.
  std::size_t closing(std::size_t at, std::string_view delimiter, bool trims_newline) const {
    if (here("-", at) && here(delimiter, at + 1)) return skip_space(at + 1 + delimiter.size());
    if (trims_newline && here("+", at) && here(delimiter, at + 1)) return at + 1 + delimiter.size();
    if (!here(delimiter, at)) return 0;
    const std::size_t end = at + delimiter.size();
    return trims_newline && here("\n", end) ? end + 1 : end;
  }

  // The text [begin, end) before a tag, without what the tag's sign and lstrip_blocks take away.
  void data(std::size_t begin, std::size_t end, char sign, bool strips_line) {
    std::size_t kept = end;
    if (sign == '-') {
      kept = strip_right(source_, begin, end);
    } else if (sign != '+' && strips_line) {
      const std::size_t newline = std::string_view(source_).substr(begin, end - begin).rfind('\n');
      const bool has_newline = newline != std::string_view::npos;
      const std::size_t line_begin = has_newline ? begin + newline + 1 : begin;
      if ((has_newline || line_starting_) && strip_left(source_, line_begin, end) == end) kept = line_begin;
    }
    if (kept > begin) push(TokenKind::data, source_.substr(begin, kept - begin));
  }

  void root() {
    std::size_t open = at_;
    for (;; ++open) {
      open = source_.find('{', open);
      if (open == std::string::npos || open + 1 >= source_.size()) {
        push(TokenKind::data, source_.substr(at_));
        return advance(source_.size());
      }
      if (source_[open + 1] == '%' || source_[open + 1] == '{' || source_[open + 1] == '#') break;
    }
    const char kind = source_[open + 1];
    std::size_t inside = open + 2;
    char sign = 0;
    if (inside < source_.size() && (source_[inside] == '-' || source_[inside] == '+')) sign = source_[inside++];
    data(at_, open, sign, kind != '{');
    advance(inside);
    if (kind == '#') return comment();
    if (kind == '{') return tag(TokenKind::variable_begin, TokenKind::variable_end, "}}", false);
    if (const std::size_t raw = raw_begin(inside)) {
      advance(raw);
      return raw_block();
    }
    tag(TokenKind::block_begin, TokenKind::block_end, "%}", true);
  }

  void comment() {
    for (std::size_t at = at_; at < source_.size(); ++at) {
      at = source_.find('#', at);
      if (at == std::string::npos) break;
      if (!here("#}", at)) continue;
      // The sign stands before the delimiter and belongs to it.
      const std::size_t start = at > at_ && (source_[at - 1] == '-' || source_[at - 1] == '+') ? at - 1 : at;
      return advance(closing(start, "#}", true));
    }
    fail_here("Missing end of comment tag");
  }

  // After `{%` and its sign: end of a `raw` tag, 0 if it is another.
  std::size_t raw_begin(std::size_t at) const {
    at = skip_space(at);
    if (!here("raw", at)) return 0;
    at = skip_space(at + 3);
    return closing(at, "%}", false);
  }

  void raw_block() {
    for (std::size_t open = at_;; ++open) {
      open = source_.find("{%", open);
      if (open == std::string::npos) fail_here("Missing end of raw directive");
      std::size_t inside = open + 2;
      char sign = 0;
      if (inside < source_.size() && (source_[inside] == '-' || source_[inside] == '+')) sign = source_[inside++];
      inside = skip_space(inside);
      if (!here("endraw", inside)) continue;
      const std::size_t end = closing(skip_space(inside + 6), "%}", true);
      if (end == 0) continue;
      data(at_, open, sign, true);
      return advance(end);
    }
  }

  void tag(TokenKind begin, TokenKind end, std::string_view delimiter, bool trims_newline) {
    push(begin, "");
    std::string open;  // brackets
    for (;;) {
      if (at_ >= source_.size()) return;  // the parser says what is missing
      if (open.empty()) {
        if (const std::size_t after = closing(at_, delimiter, trims_newline)) {
          push(end, "");
          return advance(after);
        }
      }
      const std::size_t next = skip_space(at_);
      if (next > at_) {
        advance(next);
        continue;
      }
      const char c = source_[at_];
      if (is_digit(c)) {
        number();
      } else if (is_name_start(c)) {
        std::size_t stop = at_;
        while (stop < source_.size() && is_name(source_[stop])) ++stop;
        push(TokenKind::name, source_.substr(at_, stop - at_));
        advance(stop);
      } else if (c == '\'' || c == '"') {
        string(c);
      } else {
        symbol(open);
      }
    }
  }

  void symbol(std::string& open) {
    const auto found = std::find_if(std::begin(symbols), std::end(symbols), [&](std::string_view s) { return here(s, at_); });
    if (found == std::end(symbols)) {
      fail_here("unexpected char " + quoted(std::string_view(source_).substr(at_, 1)) + " at " + std::to_string(at_));
    }
    const char c = (*found)[0];
    if (c == '{') open += '}';
    else if (c == '(') open += ')';
    else if (c == '[') open += ']';
    else if (c == '}' || c == ')' || c == ']') {
      if (open.empty()) fail_here(std::string("unexpected '") + c + "'");
      if (open.back() != c) fail_here(std::string("unexpected '") + c + "', expected '" + open.back() + "'");
      open.pop_back();
    }
    push(TokenKind::symbol, std::string(*found));
    advance(at_ + found->size());
  }

  // Digits with single underscores between them; the end, or `at` if there is none.
  std::size_t digits(std::size_t at, std::string_view alphabet) const {
    std::size_t end = at;
    while (at < source_.size()) {
      const std::size_t digit = source_[at] == '_' && end > 0 ? at + 1 : at;
      if (digit >= source_.size() || alphabet.find(source_[digit]) == std::string_view::npos) break;
      at = end = digit + 1;
    }
    return end;
  }

  void number() {
    static constexpr std::string_view decimal = "0123456789";
    const auto without_underscores = [this](std::size_t begin, std::size_t end) {
      std::string out = source_.substr(begin, end - begin);
      out.erase(std::remove(out.begin(), out.end(), '_'), out.end());
      return out;
    };
    const auto exponent_end = [&](std::size_t at) -> std::size_t {
      if (at >= source_.size() || (source_[at] != 'e' && source_[at] != 'E')) return 0;
      ++at;
      if (at < source_.size() && (source_[at] == '+' || source_[at] == '-')) ++at;
      return at < source_.size() && is_digit(source_[at]) ? digits(at, decimal) : 0;
    };
    const std::size_t whole = digits(at_, decimal);
    std::size_t end = 0;
    if (at_ == 0 || source_[at_ - 1] != '.') {
      if (whole < source_.size() && source_[whole] == '.' && whole + 1 < source_.size() && is_digit(source_[whole + 1])) {
        end = digits(whole + 1, decimal);
        if (const std::size_t exponent = exponent_end(end)) end = exponent;
      } else {
        end = exponent_end(whole);
      }
    }
    if (end > 0) {
      const std::string written = without_underscores(at_, end);
      push(TokenKind::real, "");
      const auto read = std::from_chars(written.data(), written.data() + written.size(), tokens_.back().real);
      if (read.ec == std::errc::result_out_of_range) {
        // Too large is infinity, too small zero, as Python reads them.
        const std::size_t e = written.find_first_of("eE");
        tokens_.back().real = e != std::string::npos && written[e + 1] == '-' ? 0.0 : HUGE_VAL;
      }
      return advance(end);
    }
    int base = 10;
    std::size_t begin = at_;
    end = whole;
    if (source_[at_] == '0' && at_ + 1 < source_.size()) {
      const char mark = static_cast<char>(source_[at_ + 1] | 0x20);
      const std::string_view alphabet = mark == 'b' ? "01" : mark == 'o' ? "01234567" : mark == 'x' ? "0123456789abcdefABCDEF" : "";
      const std::size_t prefixed = alphabet.empty() ? 0 : digits(at_ + 2, alphabet);
      if (prefixed > at_ + 2) {
        base = mark == 'b' ? 2 : mark == 'o' ? 8 : 16;
        begin = at_ + 2;
        end = prefixed;
      } else {
        end = digits(at_, "0");
      }
    }
    const std::string written = without_underscores(begin, end);
    push(TokenKind::integer, written);
    const auto read = std::from_chars(written.data(), written.data() + written.size(), tokens_.back().integer, base);
    if (read.ec != std::errc()) throw TemplateError{ErrorCode::limit, "an integer beyond 64 bits", line_};
    advance(end);
  }

  void string(char quote) {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) fail_here("unexpected char " + quoted(std::string_view(&quote, 1)) + " at " + std::to_string(at_));
    push(TokenKind::string, unescape(std::string_view(source_).substr(at_ + 1, end - at_ - 1)));
    advance(end + 1);
  }

  // The escapes of Python's string literals.
  std::string unescape(std::string_view written) const {
    std::string out;
    const auto hex = [&](std::size_t at, std::size_t count) {
      std::uint32_t value = 0;
      const std::size_t available = std::min(count, written.size() - at);
      const auto read = std::from_chars(written.data() + at, written.data() + at + available, value, 16);
      if (available < count || read.ptr != written.data() + at + count) fail_here("truncated \\x, \\u or \\U escape");
      if (value > 0x10FFFF) fail_here("illegal Unicode character");
      const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
      roundhouse::text::append_utf8(out, surrogate ? U'\uFFFD' : static_cast<char32_t>(value));
      return at + count;
    };
    for (std::size_t at = 0; at < written.size();) {
      if (written[at] != '\\' || at + 1 >= written.size()) {
        out += written[at++];
        continue;
      }
      const char c = written[at + 1];
      at += 2;
      switch (c) {
        case '\n': break;
        case '\\': case '\'': case '"': out += c; break;
        case 'a': out += '\a'; break;
        case 'b': out += '\b'; break;
        case 'f': out += '\f'; break;
        case 'n': out += '\n'; break;
        case 'r': out += '\r'; break;
        case 't': out += '\t'; break;
        case 'v': out += '\v'; break;
        case 'x': at = hex(at, 2); break;
        case 'u': at = hex(at, 4); break;
        case 'U': at = hex(at, 8); break;
        case 'N': throw TemplateError{ErrorCode::unsupported, "characters by name (\\N)", line_};
        case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': {
          std::uint32_t value = 0;
          --at;
          for (int i = 0; i < 3 && at < written.size() && written[at] >= '0' && written[at] <= '7'; ++i) value = value * 8 + static_cast<std::uint32_t>(written[at++] - '0');
          roundhouse::text::append_utf8(out, value);
          break;
        }
        default: out += '\\', out += c;
      }
    }
    return out;
  }

  std::string source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(with_plain_newlines(source)).run(); }

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::data: return "template data / text";
    case TokenKind::variable_begin: return "begin of print statement";
    case TokenKind::variable_end: return "end of print statement";
    case TokenKind::block_begin: return "begin of statement block";
    case TokenKind::block_end: return "end of statement block";
    case TokenKind::end: return "end of template";
    case TokenKind::real: return "float";
    case TokenKind::integer:
    case TokenKind::string:
    case TokenKind::name:
    case TokenKind::symbol: return token.text.substr(0, 80);
  }
  return "";
}

}  // namespace roundhouse::jinja
