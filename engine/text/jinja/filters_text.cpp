// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/text/jinja/filters.h"
#include "engine/text/jinja/interpreter.h"
#include "engine/text/jinja/json.h"
#include "engine/text/jinja/text_functions.h"
#include "engine/text/normalize.h"
#include "engine/text/utf8.h"

namespace roundhouse::jinja {
namespace {

using roundhouse::text::utf8_step;

Value text_of(Interpreter& interpreter, const Value& value) { return Value(to_text(interpreter.meter(), value)); }

Value upper(Interpreter& i, const Value& v, const Parameters&) { return map_text(i.meter(), text_of(i, v).text(), roundhouse::text::to_upper); }
Value lower(Interpreter& i, const Value& v, const Parameters&) { return map_text(i.meter(), text_of(i, v).text(), roundhouse::text::to_lower); }
Value capitalize(Interpreter& i, const Value& v, const Parameters&) { return i.call(i.attribute(text_of(i, v), "capitalize"), {}); }

Value title(Interpreter& interpreter, const Value& value, const Parameters&) {
  const Value text = text_of(interpreter, value);
  const std::string& bytes = text.bytes();
  interpreter.meter().charge(16 * bytes.size());
  // A word begins after a space, a hyphen or an opening bracket.
  std::string out;
  bool inside = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = utf8_step(bytes, at).length;
    const std::string_view character = std::string_view(bytes).substr(at, length);
    const bool opens = strip_left(bytes, at, at + length) == at + length || std::string_view("-({[<").find(bytes[at]) != std::string_view::npos;
    if (opens) out += character;
    else out += inside ? roundhouse::text::to_lower(character) : roundhouse::text::to_upper(character);
    inside = !opens;
    at += length;
  }
  TextBuilder builder;
  builder.instead_of(text.text(), 0, bytes.size(), out);
  return Value(builder.share());
}

Value trim(Interpreter& i, const Value& v, const Parameters& p) { return strip(i.meter(), text_of(i, v).text(), p.get(0, Value()), true, true); }

Value replace_filter(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  const Value count = parameters.get(2, Value());
  Meter& meter = interpreter.meter();
  return replace(meter, text_of(interpreter, value).text(), text_of(interpreter, parameters[0]), text_of(interpreter, parameters[1]),
                 count.is_none() ? -1 : index_of(count, "replace"));
}

Value center(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  CallArguments arguments;
  arguments.positional.push_back(parameters.get(0, Value(std::int64_t{80})));
  return interpreter.call(interpreter.attribute(text_of(interpreter, value), "center"), std::move(arguments));
}

Value indent(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  Meter& meter = interpreter.meter();
  const Value width = parameters.get(0, Value(std::int64_t{4}));
  const Value indention = width.is_text() ? width : pad(meter, Text{}, index_of(width, "indent"), 0, " ");
  const Value text = text_of(interpreter, value);
  const bool first = parameters.flag(1), blank = parameters.flag(2);
  TextBuilder out;
  if (first) out.append(indention.text());
  // A closing line break opens one more, empty line.
  std::vector<Value> lines = split_lines(meter, text.text(), false);
  const bool open_end = text.bytes().empty() || (!text.bytes().empty() && split_lines(meter, text_part(text.text(), text.bytes().size() - 1, text.bytes().size()).text(), false)[0].bytes().empty());
  if (open_end) lines.push_back(Value::text(""));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    meter.charge(lines[i].bytes().size() + indention.bytes().size() + 1);
    if (i > 0) out.own("\n");
    if (i > 0 && (blank || !lines[i].bytes().empty())) out.append(indention.text());
    out.append(lines[i].text());
  }
  Text result = out.take();
  result.markup = text.text().markup;
  return Value::text(std::move(result));
}

Value truncate(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  const Value text = text_of(interpreter, value);
  const std::int64_t length = index_of(parameters.get(0, Value(std::int64_t{255})), "truncate");
  const Value end = text_of(interpreter, parameters.get(2, Value::text("...")));
  const Value leeway_given = parameters.get(3, Value());
  const std::int64_t leeway = leeway_given.is_none() ? 5 : index_of(leeway_given, "truncate");
  const auto end_length = static_cast<std::int64_t>(character_count(end.text()));
  if (length < end_length) fail("expected length >= " + std::to_string(end_length) + ", got " + std::to_string(length));
  if (leeway < 0) fail("expected leeway >= 0, got " + std::to_string(leeway));
  if (leeway <= 1'000'000'000 && static_cast<std::int64_t>(character_count(text.text())) <= length + leeway) return text;
  std::size_t cut = character_offset(text.text(), static_cast<std::size_t>(length - end_length));
  if (!parameters.flag(1)) {
    const std::size_t space = cut == 0 ? std::string::npos : text.bytes().rfind(' ', cut - 1);
    if (space != std::string::npos) cut = space;
  }
  return arithmetic(interpreter.meter(), Operator::add, text_part(text.text(), 0, cut), end);
}

Value wordcount(Interpreter& interpreter, const Value& value, const Parameters&) {
  const std::string bytes = text_of(interpreter, value).bytes();
  interpreter.meter().charge(bytes.size());
  std::int64_t count = 0;
  bool inside = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto step = utf8_step(bytes, at);
    const unsigned char c = static_cast<unsigned char>(bytes[at]);
    const bool word = c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                      (c >= 0x80 && strip_left(bytes, at, at + step.length) == at);
    if (word && !inside) ++count;
    inside = word;
    at += step.length;
  }
  return Value(count);
}

Value string(Interpreter& i, const Value& v, const Parameters&) { return text_of(i, v); }

Value safe(Interpreter& interpreter, const Value& value, const Parameters&) {
  Text text = *to_text(interpreter.meter(), value);
  interpreter.meter().charge(text.bytes.size());
  text.markup = true;
  return Value::text(std::move(text));
}
Value escape(Interpreter& i, const Value& v, const Parameters&) { return escape_markup(i.meter(), v); }
Value force_escape(Interpreter& interpreter, const Value& value, const Parameters&) {
  Text text = *to_text(interpreter.meter(), value);
  text.markup = false;
  return escape_markup(interpreter.meter(), Value::text(std::move(text)));
}

Value striptags(Interpreter& interpreter, const Value& value, const Parameters&) {
  Meter& meter = interpreter.meter();
  const Value text = text_of(interpreter, value);
  const std::string_view bytes = text.bytes();
  TextBuilder out;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t open = std::min(bytes.find('<', at), bytes.size());
    meter.charge(open - at + 1);
    out.part(text.text(), at, open);
    if (open == bytes.size()) break;
    const bool comment = bytes.substr(open, 4) == "<!--";
    const std::string_view closing = comment ? "-->" : ">";
    const std::size_t close = bytes.find(closing, open + (comment ? 4 : 1));
    if (close == std::string_view::npos) {
      out.part(text.text(), open, bytes.size());
      break;
    }
    at = close + closing.size();
  }
  return join(meter, Value::text(" ").text(), split(meter, *out.share(), Value(), -1, false));
}

std::string percent_encoded(std::string_view bytes, std::string_view kept) {
  std::string out;
  char buffer[4];
  for (const char c : bytes) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || std::string_view("_.-~").find(c) != std::string_view::npos;
    if (plain || kept.find(c) != std::string_view::npos) {
      out += c;
    } else {
      std::snprintf(buffer, sizeof buffer, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += buffer;
    }
  }
  return out;
}

Value urlencode(Interpreter& interpreter, const Value& value, const Parameters&) {
  Meter& meter = interpreter.meter();
  const auto encode = [&](const Value& part, bool query) {
    const Value text = text_of(interpreter, part);
    meter.charge(3 * text.bytes().size());
    std::string encoded = percent_encoded(text.bytes(), query ? " " : "/");
    if (query) std::replace(encoded.begin(), encoded.end(), ' ', '+');
    TextBuilder builder;
    builder.instead_of(text.text(), 0, text.bytes().size(), encoded);
    return builder.take();
  };
  if (!value.is_dict() && (value.is_text() || !is_iterable(value))) return Value::text(encode(value, false));
  TextBuilder out;
  const char* separator = "";
  const auto add = [&](const Value& key, const Value& element) {
    out.own(separator);
    out.append(encode(key, true));
    out.own("=");
    out.append(encode(element, true));
    separator = "&";
  };
  if (value.is_dict()) {
    for (const auto& [key, element] : value.dict()->entries()) add(key, element);
  } else {
    for (const Value& pair : iterate(meter, value)) {
      const std::vector<Value> parts = iterate(meter, pair);
      if (parts.size() != 2) fail("too many values to unpack (expected 2)");
      add(parts[0], parts[1]);
    }
  }
  return Value(out.share());
}

Value format(Interpreter& interpreter, const Value& value, CallArguments arguments) {
  if (!arguments.positional.empty() && !arguments.named.empty()) fail("can't handle positional and keyword arguments at the same time");
  Meter& meter = interpreter.meter();
  if (arguments.named.empty()) {
    return format_printf(meter, text_of(interpreter, value), Value::list(meter, std::move(arguments.positional), ListKind::tuple));
  }
  auto dict = std::make_shared<Dict>();
  for (auto& [name, argument] : arguments.named) dict->set(meter, Value::text(name), std::move(argument));
  return format_printf(meter, text_of(interpreter, value), Value(DictPtr(std::move(dict))));
}

// ---- numbers ----

std::string without_underscores(std::string_view bytes) {
  const std::size_t begin = strip_left(bytes, 0, bytes.size()), end = strip_right(bytes, begin, bytes.size());
  std::string out(bytes.substr(begin, end - begin));
  for (std::size_t i = 1; i + 1 < out.size();) {
    const bool between = out[i] == '_' && std::isalnum(static_cast<unsigned char>(out[i - 1])) != 0 && std::isalnum(static_cast<unsigned char>(out[i + 1])) != 0;
    if (between) out.erase(i, 1);
    else ++i;
  }
  return out;
}

bool read_float(std::string_view bytes, double& out) {
  if (bytes.size() > 4096) return false;
  std::string text = without_underscores(bytes);
  if (!text.empty() && text[0] == '+') text.erase(0, 1);
  if (text.empty() || text.find_first_of("xX(") != std::string::npos) return false;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ptr != text.data() + text.size()) return false;
  if (read.ec == std::errc::result_out_of_range) {
    const std::size_t e = text.find_first_of("eE");
    out = e != std::string::npos && text[e + 1] == '-' ? 0.0 : text[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    return true;
  }
  return read.ec == std::errc();
}

bool read_integer(std::string_view bytes, int base, std::int64_t& out) {
  if (bytes.size() > 4096) return false;
  std::string text = without_underscores(bytes);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.erase(0, 1);
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    const int marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
    if (marked != 0 && (marked == base || base == 0)) text.erase(0, 2), base = marked;
  }
  if (base == 0) base = 10;
  if (text.empty() || text[0] == '-' || text[0] == '+') return false;
  std::uint64_t magnitude = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  if (read.ptr != text.data() + text.size()) return false;
  if (read.ec != std::errc() || magnitude > static_cast<std::uint64_t>(INT64_MAX)) fail_limit("an integer beyond 64 bits");
  out = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  return true;
}

Value truncated(double value, const Value& otherwise) {
  if (std::isnan(value) || std::isinf(value)) return otherwise;
  if (std::fabs(value) >= 9.2e18) fail_limit("an integer beyond 64 bits");
  return Value(static_cast<std::int64_t>(value));
}

Value to_integer(Interpreter&, const Value& value, const Parameters& parameters) {
  const Value otherwise = parameters.get(0, Value(std::int64_t{0}));
  const std::int64_t base = parameters.has(1) ? index_of(parameters[1], "int") : 10;
  if (base != 0 && (base < 2 || base > 36)) fail("int() base must be >= 2 and <= 36, or 0");
  if (value.is_float()) return truncated(value.number(), otherwise);
  if (value.is_integral()) return Value(value.integer());
  if (value.is_undefined()) fail(value.undefined().message);
  if (!value.is_text()) return otherwise;
  std::int64_t integer = 0;
  if (read_integer(value.bytes(), static_cast<int>(base), integer)) return Value(integer);
  double real = 0;
  return read_float(value.bytes(), real) ? truncated(real, otherwise) : otherwise;
}

Value to_float(Interpreter&, const Value& value, const Parameters& parameters) {
  if (value.is_number()) return Value(value.number());
  if (value.is_undefined()) fail(value.undefined().message);
  double real = 0;
  if (value.is_text() && read_float(value.bytes(), real)) return Value(real);
  return parameters.get(0, Value(0.0));
}

Value absolute(Interpreter&, const Value& value, const Parameters&) {
  if (value.is_undefined()) fail(value.undefined().message);
  if (!value.is_number()) fail(std::string("bad operand type for abs(): '") + value.type_name() + "'");
  if (value.is_float()) return Value(std::fabs(value.number()));
  return value.integer() < 0 ? negate(value) : Value(value.integer());
}

Value round_filter(Interpreter&, const Value& value, const Parameters& parameters) {
  const std::int64_t precision = parameters.has(0) ? index_of(parameters[0], "round") : 0;
  const Value method = parameters.get(1, Value::text("common"));
  const std::string name = method.is_text() ? method.bytes() : "";
  if (name != "common" && name != "ceil" && name != "floor") fail("method must be common, ceil or floor");
  if (value.is_undefined()) fail(value.undefined().message);
  if (!value.is_number()) fail(std::string("type ") + value.type_name() + " doesn't define __round__ method");
  if (precision > 300 || precision < -300) fail_limit("a precision of that size");
  const double scale = std::pow(10.0, static_cast<double>(precision));
  if (name != "common") {
    const double scaled = value.number() * scale;
    return Value((name == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
  }
  if (value.is_integral()) {
    if (precision >= 0) return Value(value.integer());
    if (precision < -18) return Value(std::int64_t{0});
    const auto unit = static_cast<std::int64_t>(std::llround(std::pow(10.0, static_cast<double>(-precision))));
    const std::int64_t rest = ((value.integer() % unit) + unit) % unit, below = value.integer() - rest;
    const bool up = rest > unit / 2 || (rest * 2 == unit && (below / unit) % 2 != 0);
    return Value(up ? below + unit : below);
  }
  const double real = value.number();
  if (std::isnan(real) || std::isinf(real)) return value;
  if (precision < 0) return Value(std::nearbyint(real * scale) / scale);
  // Correct rounding of the decimal expansion: through decimal digits and back.
  char buffer[700];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, real, std::chars_format::fixed, static_cast<int>(precision)).ptr;
  double rounded = real;
  std::from_chars(buffer, end, rounded);
  return Value(rounded);
}

Value filesizeformat(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  const Value real = to_float(interpreter, value, Parameters("float", {}, {"default"}));
  const double bytes = real.number();
  const bool binary = parameters.flag(0);
  const double base = binary ? 1024 : 1000;
  if (bytes == 1) return Value::text("1 Byte");
  if (bytes < base) return Value::text(std::to_string(static_cast<std::int64_t>(bytes)) + " Bytes");
  double unit = base;
  static constexpr std::string_view prefixes = "kMGTPEZY";
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    unit *= base;
    if (bytes >= unit && i + 1 < prefixes.size()) continue;
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, base * bytes / unit, std::chars_format::fixed, 1).ptr;
    const char prefix = binary && i == 0 ? 'K' : prefixes[i];
    return Value::text(std::string(buffer, end) + " " + prefix + (binary ? "iB" : "B"));
  }
  return Value();
}

Value tojson(Interpreter& interpreter, const Value& value, const Parameters& parameters) {
  JsonStyle style;
  style.ascii_only = parameters.flag(0);
  const Value indentation = parameters.get(1, Value()), separators = parameters.get(2, Value());
  style.sort_keys = parameters.flag(3);
  if (!indentation.is_none()) {
    style.pretty = true;
    style.item_separator = ",";
    if (indentation.is_text()) {
      style.indent = indentation.bytes();
    } else {
      const std::int64_t width = std::max<std::int64_t>(index_of(indentation, "tojson"), 0);
      if (width > 1000) fail_limit("an indentation of that width");
      style.indent.assign(static_cast<std::size_t>(width), ' ');
    }
  }
  if (!separators.is_none()) {
    const std::vector<Value> parts = iterate(interpreter.meter(), separators);
    if (parts.size() != 2 || !parts[0].is_text() || !parts[1].is_text()) fail("separators must be two strings");
    style.item_separator = parts[0].bytes();
    style.key_separator = parts[1].bytes();
  }
  return to_json(interpreter.meter(), value, style);
}

// Not of jinja2 or transformers, but some templates expect their engine to offer it.
Value parse_json(Interpreter& interpreter, const Value& value, const Parameters&) {
  const Value text = text_of(interpreter, value);
  return from_json(interpreter.meter(), text.bytes(), !text.text().foreign.empty());
}

Value default_value(Interpreter&, const Value& value, const Parameters& parameters) {
  const bool missing = value.is_undefined() || (parameters.flag(1) && !truthy(value));
  return missing ? parameters.get(0, Value::text("")) : value;
}

}  // namespace

std::span<const Filter> text_filters() {
  static const std::vector<Filter> filters = {
      {"abs", {}, absolute},
      {"capitalize", {}, capitalize},
      {"center", {"width"}, center},
      {"d", {"default_value", "boolean"}, default_value},
      {"default", {"default_value", "boolean"}, default_value},
      {"e", {}, escape},
      {"escape", {}, escape},
      {"filesizeformat", {"binary"}, filesizeformat},
      {"float", {"default"}, to_float},
      {"forceescape", {}, force_escape},
      {"format", {}, nullptr, format},
      {"from_json", {}, parse_json},
      {"indent", {"width", "first", "blank"}, indent},
      {"int", {"default", "base"}, to_integer},
      {"lower", {}, lower},
      {"replace", {"old", "new", "count"}, replace_filter},
      {"round", {"precision", "method"}, round_filter},
      {"safe", {}, safe},
      {"string", {}, string},
      {"striptags", {}, striptags},
      {"title", {}, title},
      {"tojson", {"ensure_ascii", "indent", "separators", "sort_keys"}, tojson},
      {"trim", {"chars"}, trim},
      {"truncate", {"length", "killwords", "end", "leeway"}, truncate},
      {"upper", {}, upper},
      {"urlencode", {}, urlencode},
      {"wordcount", {}, wordcount},
      // jinja2 has these, for web pages; chat templates have no use for them.
      {"pprint", {}, nullptr},
      {"random", {}, nullptr},
      {"urlize", {}, nullptr},
      {"wordwrap", {}, nullptr},
      {"xmlattr", {}, nullptr},
  };
  return filters;
}

}  // namespace roundhouse::jinja
