// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/text/jinja/python.h"
#include "engine/text/utf8.h"

namespace roundhouse::jinja {
namespace {

constexpr std::int64_t max_width = 1'000'000;
constexpr std::int64_t max_precision = 1000;

// How a value is laid out: the union of what both notations can ask for.
struct Layout {
  std::string fill = " ";
  char align = 0;        // '<', '>', '^', '=' (after the sign), 0: the type's own
  char sign = '-';       // '+', ' ', '-'
  bool alternate = false;
  char grouping = 0;     // ',' or '_'
  std::int64_t width = 0;
  std::int64_t precision = -1;
  char type = 0;
};

Text own_text(std::string_view bytes) { return Value::text(bytes).text(); }

// Python spells doubles like C, but independent of the locale.
std::string float_digits(double value, char type, std::int64_t precision) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return "inf";
  const char lower = static_cast<char>(type | 0x20);
  std::string buffer(static_cast<std::size_t>(400 + max_precision), '\0');
  const auto format = lower == 'e' ? std::chars_format::scientific : lower == 'f' ? std::chars_format::fixed : std::chars_format::general;
  int digits = static_cast<int>(std::min(precision, max_precision));
  if (lower == 'g' && digits == 0) digits = 1;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, digits);
  buffer.resize(static_cast<std::size_t>(end.ptr - buffer.data()));
  return buffer;
}

std::string integer_digits(std::uint64_t magnitude, char type) {
  const unsigned base = type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : type == 'b' ? 2 : 10;
  char buffer[72];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, magnitude, static_cast<int>(base));
  std::string digits(buffer, end.ptr);
  if (type == 'X') std::transform(digits.begin(), digits.end(), digits.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return digits;
}

std::string grouped(const std::string& digits, char separator, std::size_t every) {
  if (separator == 0) return digits;
  const std::size_t whole = digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos ? digits.size() : digits.find_first_not_of("0123456789abcdefABCDEF");
  std::string out;
  for (std::size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % every == 0) out += separator;
    out += digits[i];
  }
  return out + digits.substr(whole);
}

// Pads `body` (after `prefix`: sign and base) to the width.
void lay_out(Meter& meter, TextBuilder& out, const Layout& layout, const std::string& prefix, const Text& body, char default_align) {
  const auto used = static_cast<std::int64_t>(prefix.size() + character_count(body));
  const std::size_t missing = layout.width > used ? static_cast<std::size_t>(layout.width - used) : 0;
  meter.charge(missing * layout.fill.size() + body.bytes.size() + prefix.size());
  const char align = layout.align != 0 ? layout.align : default_align;
  const auto pad = [&](std::size_t count) { for (; count > 0; --count) out.own(layout.fill); };
  if (align == '=') {
    out.own(prefix);
    pad(missing);
    out.append(body);
    return;
  }
  const std::size_t left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  pad(left);
  out.own(prefix);
  out.append(body);
  pad(missing - left);
}

std::string sign_of(bool negative, char sign) { return negative ? "-" : sign == '-' ? "" : std::string(1, sign); }

void put_integer(Meter& meter, TextBuilder& out, const Layout& layout, std::int64_t value, bool digits_from_precision) {
  const bool negative = value < 0;
  const std::uint64_t magnitude = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  std::string digits = integer_digits(magnitude, layout.type);
  if (digits_from_precision && layout.precision > static_cast<std::int64_t>(digits.size())) {
    digits.insert(0, static_cast<std::size_t>(std::min(layout.precision, max_precision)) - digits.size(), '0');
  }
  digits = grouped(digits, layout.grouping, layout.type == 'x' || layout.type == 'X' || layout.type == 'b' || layout.type == 'o' ? 4 : 3);
  std::string prefix = sign_of(negative, layout.sign);
  if (layout.alternate && (layout.type == 'x' || layout.type == 'X' || layout.type == 'o' || layout.type == 'b')) prefix += std::string("0") + layout.type;
  lay_out(meter, out, layout, prefix, own_text(digits), '>');
}

void put_float(Meter& meter, TextBuilder& out, const Layout& layout, double value) {
  const bool negative = std::signbit(value) && !std::isnan(value);
  const double magnitude = std::fabs(value);
  std::string digits;
  if (layout.type == 0) {
    digits = layout.precision < 0 ? float_repr(magnitude) : float_digits(magnitude, 'g', layout.precision);
    if (digits.find_first_not_of("0123456789") == std::string::npos) digits += ".0";
  } else if (layout.type == '%') {
    digits = float_digits(magnitude * 100, 'f', layout.precision < 0 ? 6 : layout.precision) + "%";
  } else {
    digits = float_digits(magnitude, layout.type == 'n' ? 'g' : layout.type, layout.precision < 0 ? 6 : layout.precision);
    if (layout.type >= 'A' && layout.type <= 'Z') {
      std::transform(digits.begin(), digits.end(), digits.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    }
  }
  lay_out(meter, out, layout, sign_of(negative, layout.sign), own_text(grouped(digits, layout.grouping, 3)), '>');
}

void put_text(Meter& meter, TextBuilder& out, const Layout& layout, const Text& text) {
  if (layout.precision >= 0 && layout.precision < static_cast<std::int64_t>(character_count(text))) {
    const Value part = text_part(text, 0, character_offset(text, static_cast<std::size_t>(layout.precision)));
    return lay_out(meter, out, layout, "", part.text(), '<');
  }
  lay_out(meter, out, layout, "", text, '<');
}

std::string character(std::int64_t code_point) {
  if (code_point < 0 || code_point > 0x10FFFF) fail("%c arg not in range(0x110000)");
  std::string out;
  if (code_point >= 0xD800 && code_point <= 0xDFFF) code_point = 0xFFFD;
  roundhouse::text::append_utf8(out, static_cast<char32_t>(code_point));
  return out;
}

std::int64_t read_number(std::string_view text, std::size_t& at) {
  std::int64_t value = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    value = value * 10 + (text[at] - '0');
    if (value > max_width) fail_limit("a format wider than " + std::to_string(max_width));
  }
  return value;
}

TextPtr representation(Meter& meter, const Value& value, bool ascii_only) {
  TextBuilder builder;
  append_repr(meter, builder, value);
  if (!ascii_only) return builder.share();
  const Text plain = builder.take();
  TextBuilder escaped;
  char buffer[16];
  for (std::size_t at = 0; at < plain.bytes.size();) {
    const auto step = roundhouse::text::utf8_step(plain.bytes, at);
    const auto c = static_cast<unsigned>(step.code_point);
    if (c < 0x80) {
      escaped.part(plain, at, at + step.length);
    } else {
      std::snprintf(buffer, sizeof buffer, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
      escaped.instead_of(plain, at, at + step.length, buffer);
    }
    at += step.length;
  }
  return escaped.share();
}

// The arguments of a printf-like format in order.
class PrintfArguments {
 public:
  explicit PrintfArguments(const Value& value) : value_(value), tuple_(value.is_list() && value.list()->kind == ListKind::tuple) {}
  Value next() {
    const std::size_t count = tuple_ ? value_.list()->items.size() : 1;
    if (used_ >= count) fail("not enough arguments for format string");
    return tuple_ ? value_.list()->items[used_++] : (++used_, value_);
  }
  // Dictionaries and undefined values may stay unused.
  void check_all_used() const {
    const std::size_t count = tuple_ ? value_.list()->items.size() : 1;
    const bool mapping = value_.is_dict() || value_.is_undefined() || (value_.is_list() && !tuple_);
    if (used_ < count && !mapping) fail("not all arguments converted during string formatting");
  }

 private:
  const Value& value_;
  bool tuple_;
  std::size_t used_ = 0;
};

void put_directive(Meter& meter, TextBuilder& out, Layout layout, bool left, bool zero, const Value& value, bool escape, std::size_t at) {
  if (left) layout.align = '<';
  const char type = layout.type;
  switch (type) {
    case 's': case 'r': case 'a': {
      if (!left) layout.align = '>';
      if (escape) return put_text(meter, out, layout, escape_markup(meter, type == 's' ? value : Value(representation(meter, value, type == 'a'))).text());
      return put_text(meter, out, layout, type == 's' ? *to_text(meter, value) : *representation(meter, value, type == 'a'));
    }
    case 'c': {
      if (!left) layout.align = '>';
      if (value.is_integral()) return put_text(meter, out, layout, own_text(character(value.integer())));
      if (!value.is_text() || character_count(value.text()) != 1) fail("%c requires int or char");
      return put_text(meter, out, layout, value.text());
    }
    default: break;
  }
  if (zero && !left) layout.fill = "0", layout.align = '=';
  switch (type) {
    case 'd': case 'i': case 'u': case 'x': case 'X': case 'o': {
      const bool decimal = type == 'd' || type == 'i' || type == 'u';
      if (value.is_undefined()) fail(value.undefined().message);
      if (!value.is_integral() && !(decimal && value.is_float())) {
        fail(std::string("%") + type + " format: " + (decimal ? "a real number" : "an integer") + " is required, not " + value.type_name());
      }
      if (value.is_float() && !(std::fabs(value.number()) < 9.2e18)) fail_limit("an integer beyond 64 bits");
      return put_integer(meter, out, layout, value.is_float() ? static_cast<std::int64_t>(value.number()) : value.integer(), true);
    }
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
      if (value.is_undefined()) fail(value.undefined().message);
      if (!value.is_number()) fail(std::string("must be real number, not ") + value.type_name());
      return put_float(meter, out, layout, value.number());
    default: {
      char hex[16];
      std::snprintf(hex, sizeof hex, "0x%x", static_cast<unsigned>(static_cast<unsigned char>(type)));
      fail(std::string("unsupported format character '") + type + "' (" + hex + ") at index " + std::to_string(at));
    }
  }
}

}  // namespace

Value format_printf(Meter& meter, const Value& format, const Value& arguments) {
  const Text& text = format.text();
  const std::string_view bytes = text.bytes;
  TextBuilder out;
  PrintfArguments rest(arguments);
  meter.charge(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t percent = std::min(bytes.find('%', at), bytes.size());
    out.part(text, at, percent);
    at = percent;
    if (at == bytes.size()) break;
    ++at;
    meter.step();
    Layout layout;
    Value value;
    bool have_value = false, left = false, zero = false;
    if (at < bytes.size() && bytes[at] == '(') {
      const std::size_t close = bytes.find(')', at);
      if (close == std::string_view::npos) fail("incomplete format key");
      if (!arguments.is_dict()) fail("format requires a mapping");
      const std::string_view key = bytes.substr(at + 1, close - at - 1);
      const Value* found = arguments.dict()->find(key);
      if (found == nullptr) fail(quoted(key));
      value = *found;
      have_value = true;
      at = close + 1;
    }
    for (; at < bytes.size(); ++at) {
      const char c = bytes[at];
      if (c == '-') left = true;
      else if (c == '0') zero = true;
      else if (c == '#') layout.alternate = true;
      else if (c == '+') layout.sign = '+';
      else if (c == ' ') layout.sign = layout.sign == '+' ? '+' : ' ';
      else break;
    }
    if (at < bytes.size() && bytes[at] == '*') {
      const Value width = rest.next();
      if (!width.is_integer()) fail("* wants int");
      if (width.integer() > max_width || width.integer() < -max_width) fail_limit("a format wider than " + std::to_string(max_width));
      left = left || width.integer() < 0;
      layout.width = std::abs(width.integer());
      ++at;
    } else {
      layout.width = read_number(bytes, at);
    }
    if (at < bytes.size() && bytes[at] == '.') {
      ++at;
      if (at < bytes.size() && bytes[at] == '*') {
        const Value precision = rest.next();
        if (!precision.is_integer()) fail("* wants int");
        layout.precision = std::clamp<std::int64_t>(precision.integer(), 0, max_width);
        ++at;
      } else {
        layout.precision = read_number(bytes, at);
      }
    }
    while (at < bytes.size() && (bytes[at] == 'h' || bytes[at] == 'l' || bytes[at] == 'L')) ++at;
    if (at >= bytes.size()) fail("incomplete format");
    layout.type = bytes[at];
    if (layout.type == '%') {
      out.own("%");
    } else {
      if (!have_value) value = rest.next();
      put_directive(meter, out, layout, left, zero, value, text.markup, at);
    }
    ++at;
  }
  rest.check_all_used();
  Text result = out.take();
  result.markup = text.markup;
  return Value::text(std::move(result));
}

namespace {

Layout read_layout(std::string_view spec) {
  Layout layout;
  std::size_t at = 0;
  const auto is_align = [](char c) { return c == '<' || c == '>' || c == '^' || c == '='; };
  if (!spec.empty()) {
    const std::size_t first = roundhouse::text::utf8_step(spec, 0).length;
    if (first < spec.size() && is_align(spec[first])) {
      layout.fill = std::string(spec.substr(0, first));
      layout.align = spec[first];
      at = first + 1;
    } else if (is_align(spec[0])) {
      layout.align = spec[0];
      at = 1;
    }
  }
  if (at < spec.size() && (spec[at] == '+' || spec[at] == '-' || spec[at] == ' ')) layout.sign = spec[at++];
  if (at < spec.size() && spec[at] == '#') layout.alternate = true, ++at;
  if (at < spec.size() && spec[at] == '0') {
    if (layout.align == 0) layout.fill = "0", layout.align = '=';
    ++at;
  }
  layout.width = read_number(spec, at);
  if (at < spec.size() && (spec[at] == ',' || spec[at] == '_')) layout.grouping = spec[at++];
  if (at < spec.size() && spec[at] == '.') {
    ++at;
    const std::size_t digits = at;
    layout.precision = read_number(spec, at);
    if (at == digits) fail("Format specifier missing precision");
  }
  if (at < spec.size()) layout.type = spec[at++];
  if (at < spec.size()) fail("Invalid format specifier");
  return layout;
}

void put_field(Meter& meter, TextBuilder& out, const Value& value, std::string_view spec) {
  if (spec.empty()) return append_text(meter, out, value);
  Layout layout = read_layout(spec);
  const auto unknown = [&] {
    fail(std::string("Unknown format code '") + layout.type + "' for object of type '" + value.type_name() + "'");
  };
  if (value.is_text()) {
    if (layout.type != 0 && layout.type != 's') unknown();
    if (layout.align == '=') fail("'=' alignment not allowed in string format specifier");
    return put_text(meter, out, layout, value.text());
  }
  if (!value.is_number()) fail(std::string("unsupported format string passed to ") + value.type_name() + ".__format__");
  switch (layout.type) {
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case '%': return put_float(meter, out, layout, value.number());
    case 0:
    case 'n':
      if (value.is_float()) return put_float(meter, out, layout, value.number());
      return put_integer(meter, out, layout, value.integer(), false);
    case 'd': case 'x': case 'X': case 'o': case 'b':
      if (value.is_float()) unknown();
      if (layout.precision >= 0) fail("Precision not allowed in integer format specifier");
      return put_integer(meter, out, layout, value.integer(), false);
    case 'c':
      if (value.is_float()) unknown();
      return lay_out(meter, out, layout, "", own_text(character(value.integer())), '<');
    default: unknown();
  }
}

class BracesFormatter {
 public:
  BracesFormatter(Meter& meter, const CallArguments& arguments, FieldLookup& lookup) : meter_(meter), arguments_(arguments), lookup_(lookup) {}

  void format(TextBuilder& out, const Text& text, std::size_t begin, std::size_t end, int depth) {
    if (depth > 2) fail("Max string recursion exceeded");
    const std::string_view bytes = text.bytes;
    for (std::size_t at = begin; at < end;) {
      const std::size_t brace = std::min(bytes.find_first_of("{}", at), end);
      meter_.charge(brace - at);
      out.part(text, at, brace);
      at = brace;
      if (at >= end) break;
      const bool doubled = at + 1 < end && bytes[at + 1] == bytes[at];
      if (doubled) {
        out.part(text, at, at + 1);
        at += 2;
        continue;
      }
      if (bytes[at] == '}') fail("Single '}' encountered in format string");
      // The field ends at its own closing brace; braces inside its format are nested fields.
      std::size_t close = at + 1;
      int open = 1;
      for (; close < end && open > 0; ++close) open += bytes[close] == '{' ? 1 : bytes[close] == '}' ? -1 : 0;
      if (open > 0) fail(at + 1 == end ? "Single '{' encountered in format string" : "expected '}' before end of string");
      field(out, text, at + 1, close - 1, depth);
      at = close;
    }
  }

 private:
  void field(TextBuilder& out, const Text& text, std::size_t begin, std::size_t end, int depth) {
    meter_.step();
    const std::string_view bytes = std::string_view(text.bytes).substr(0, end);
    std::size_t name_end = begin;
    bool in_index = false;
    for (; name_end < end; ++name_end) {
      if (bytes[name_end] == '[') in_index = true;
      else if (bytes[name_end] == ']') in_index = false;
      else if (!in_index && (bytes[name_end] == '!' || bytes[name_end] == ':')) break;
    }
    Value value = resolve(bytes.substr(begin, name_end - begin));
    std::size_t at = name_end;
    if (at < end && bytes[at] == '!') {
      const char conversion = at + 1 < end ? bytes[at + 1] : '\0';
      if (conversion == 's') value = Value(to_text(meter_, value));
      else if (conversion == 'r' || conversion == 'a') value = Value(representation(meter_, value, conversion == 'a'));
      else fail("Unknown conversion specifier");
      at += 2;
      if (at < end && bytes[at] != ':') fail("expected ':' after conversion specifier");
    }
    if (at >= end) return put_field(meter_, out, value, "");
    TextBuilder spec;
    format(spec, text, at + 1, end, depth + 1);
    put_field(meter_, out, value, spec.take().bytes);
  }

  Value resolve(std::string_view name) {
    const std::size_t first_end = std::min(name.find_first_of(".["), name.size());
    const std::string_view first = name.substr(0, first_end);
    const bool numeric = !first.empty() && first.find_first_not_of("0123456789") == std::string_view::npos;
    Value value;
    if (first.empty() || numeric) {
      if (first.empty() && manual_) fail("cannot switch from manual field specification to automatic field numbering");
      if (numeric && automatic_ > 0) fail("cannot switch from manual field specification to automatic field numbering");
      std::size_t at = 0;
      const std::size_t index = numeric ? static_cast<std::size_t>(read_number(first, at)) : automatic_++;
      manual_ = manual_ || numeric;
      if (index >= arguments_.positional.size()) fail("tuple index out of range");
      value = arguments_.positional[index];
    } else {
      const auto found = std::find_if(arguments_.named.begin(), arguments_.named.end(), [&](const auto& entry) { return entry.first == first; });
      if (found == arguments_.named.end()) fail(quoted(first));
      value = found->second;
    }
    for (std::size_t at = first_end; at < name.size();) {
      if (name[at] == '.') {
        const std::size_t end = std::min(name.find_first_of(".[", at + 1), name.size());
        value = lookup_.attribute(value, name.substr(at + 1, end - at - 1));
        at = end;
      } else if (name[at] == '[') {
        const std::size_t end = name.find(']', at);
        if (end == std::string_view::npos) fail("Missing ']' in format string");
        const std::string_view key = name.substr(at + 1, end - at - 1);
        std::size_t digit = 0;
        const bool index = !key.empty() && key.find_first_not_of("0123456789") == std::string_view::npos;
        value = lookup_.element(value, index ? Value(read_number(key, digit)) : Value::text(key));
        at = end + 1;
      } else {
        fail("Only '.' or '[' may follow ']' in format field specifier");
      }
    }
    return value;
  }

  Meter& meter_;
  const CallArguments& arguments_;
  FieldLookup& lookup_;
  std::size_t automatic_ = 0;
  bool manual_ = false;
};

}  // namespace

Value format_braces(Meter& meter, const Text& format, const CallArguments& arguments, FieldLookup& lookup) {
  TextBuilder out;
  BracesFormatter(meter, arguments, lookup).format(out, format, 0, format.bytes.size(), 0);
  Text result = out.take();
  result.markup = format.markup;
  return Value::text(std::move(result));
}

}  // namespace roundhouse::jinja
