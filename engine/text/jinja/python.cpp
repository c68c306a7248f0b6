// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/python.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "engine/text/jinja/format.h"
#include "engine/text/utf8.h"

namespace roundhouse::jinja {
namespace {

using roundhouse::text::append_utf8;
using roundhouse::text::Utf8State;
using roundhouse::text::Utf8Step;
using roundhouse::text::utf8_step;

std::string type_of(const Value& value) { return value.type_name(); }

// What needs a value but got an undefined one fails with that one's message.
void require_defined(const Value& value) {
  if (value.is_undefined()) fail(value.undefined().message);
}

[[noreturn]] void fail_operands(const char* symbol, const Value& a, const Value& b) {
  fail(std::string("unsupported operand type(s) for ") + symbol + ": '" + a.type_name() + "' and '" + b.type_name() + "'");
}

Value checked_integer(bool overflow, std::int64_t value) {
  if (overflow) fail_limit("an integer beyond 64 bits");
  return Value(value);
}

Value add_texts(Meter& meter, const Value& a, const Value& b) {
  if (a.text().markup != b.text().markup) {
    const Value left = escape_markup(meter, a), right = escape_markup(meter, b);
    return add_texts(meter, left, right);
  }
  meter.charge(a.bytes().size() + b.bytes().size());
  TextBuilder builder;
  builder.append(a.text());
  builder.append(b.text());
  Text text = builder.take();
  text.markup = a.text().markup;
  return Value::text(std::move(text));
}

bool is_sequence(const Value& value) {
  return value.is_list() && (value.list()->kind == ListKind::list || value.list()->kind == ListKind::tuple);
}

Value repeat(Meter& meter, const Value& value, std::int64_t count) {
  if (count < 0) count = 0;
  const std::size_t size = value.is_text() ? value.bytes().size() : value.list()->items.size() * sizeof(Value);
  if (size > 0 && static_cast<std::uint64_t>(count) > std::numeric_limits<std::size_t>::max() / 2 / size) fail_limit("a repetition of that size");
  meter.charge(size * static_cast<std::size_t>(count));
  if (value.is_text()) {
    TextBuilder builder;
    for (std::int64_t i = 0; size > 0 && i < count; ++i) builder.append(value.text());
    Text text = builder.take();
    text.markup = value.text().markup;
    return Value::text(std::move(text));
  }
  std::vector<Value> items;
  for (std::int64_t i = 0; size > 0 && i < count; ++i) items.insert(items.end(), value.list()->items.begin(), value.list()->items.end());
  return Value::list(meter, std::move(items), value.list()->kind);
}

Value numbers(Operator op, const Value& a, const Value& b) {
  const bool real = a.is_float() || b.is_float();
  if (!real && op != Operator::divide && !(op == Operator::power && b.integer() < 0)) {
    const std::int64_t x = a.integer(), y = b.integer();
    std::int64_t result = 0;
    switch (op) {
      case Operator::add: { const bool over = __builtin_add_overflow(x, y, &result); return checked_integer(over, result); }
      case Operator::subtract: { const bool over = __builtin_sub_overflow(x, y, &result); return checked_integer(over, result); }
      case Operator::multiply: { const bool over = __builtin_mul_overflow(x, y, &result); return checked_integer(over, result); }
      case Operator::floor_divide:
      case Operator::modulo: {
        if (y == 0) fail(op == Operator::modulo ? "integer modulo by zero" : "integer division or modulo by zero");
        if (y == -1) return op == Operator::modulo ? Value(std::int64_t{0}) : checked_integer(__builtin_sub_overflow(std::int64_t{0}, x, &result), result);
        std::int64_t quotient = x / y, remainder = x % y;
        if (remainder != 0 && (remainder < 0) != (y < 0)) --quotient, remainder += y;
        return Value(op == Operator::modulo ? remainder : quotient);
      }
      case Operator::power: {
        std::int64_t base = x, exponent = y;
        result = 1;
        bool over = false;
        if (base == 0 || base == 1 || base == -1) exponent = exponent % 2 + (exponent >= 2 ? 2 : 0);
        for (; exponent > 0 && !over; --exponent) over = __builtin_mul_overflow(result, base, &result);
        return checked_integer(over, result);
      }
      case Operator::divide: break;
    }
  }
  const double x = a.number(), y = b.number();
  switch (op) {
    case Operator::add: return Value(x + y);
    case Operator::subtract: return Value(x - y);
    case Operator::multiply: return Value(x * y);
    case Operator::divide:
      if (y == 0) fail(real ? "float division by zero" : "division by zero");
      return Value(x / y);
    case Operator::floor_divide:
    case Operator::modulo: {
      if (y == 0) fail(op == Operator::modulo ? "float modulo" : "float floor division by zero");
      double remainder = std::fmod(x, y);
      if (remainder != 0 && (remainder < 0) != (y < 0)) remainder += y;
      if (op == Operator::modulo) return Value(remainder != 0 ? remainder : std::copysign(0.0, y));
      const double quotient = (x - remainder) / y;
      double floored = std::floor(quotient);
      if (quotient - floored > 0.5) floored += 1.0;
      return Value(quotient != 0 ? floored : std::copysign(0.0, x / y));
    }
    case Operator::power:
      if (x == 0 && y < 0) fail("0.0 cannot be raised to a negative power");
      return Value(std::pow(x, y));
  }
  return Value();
}

const char* symbol_of(Operator op) {
  switch (op) {
    case Operator::add: return "+";
    case Operator::subtract: return "-";
    case Operator::multiply: return "*";
    case Operator::divide: return "/";
    case Operator::floor_divide: return "//";
    case Operator::modulo: return "%";
    case Operator::power: return "** or pow()";
  }
  return "";
}

// Whether repr() shows the character as itself (str.isprintable).
bool printable(char32_t c) {
  if (c == ' ') return true;
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_UNASSIGNED:
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR: return false;
    default: return true;
  }
}

void append_quoted(TextBuilder& out, const Text& text) {
  const std::string& bytes = text.bytes;
  const char quote = bytes.find('\'') != std::string::npos && bytes.find('"') == std::string::npos ? '"' : '\'';
  out.own(std::string_view(&quote, 1));
  char escape[16];
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes, at);
    const std::size_t end = at + step.length;
    const char32_t c = step.code_point;
    if (step.state == Utf8State::ok && (c == static_cast<char32_t>(quote) || c == '\\')) {
      const char pair[] = {'\\', static_cast<char>(c)};
      out.instead_of(text, at, end, std::string_view(pair, 2));
    } else if (step.state == Utf8State::ok && (c == '\n' || c == '\r' || c == '\t')) {
      out.instead_of(text, at, end, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
    } else if (step.state != Utf8State::ok || printable(c)) {
      out.part(text, at, end);
    } else {
      std::snprintf(escape, sizeof escape, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", static_cast<unsigned>(c));
      out.instead_of(text, at, end, escape);
    }
    at = end;
  }
  out.own(std::string_view(&quote, 1));
}

}  // namespace

bool truthy(const Value& value) {
  if (value.is_none()) return false;
  if (value.is_bool()) return value.boolean();
  if (value.is_integer()) return value.integer() != 0;
  if (value.is_float()) return value.number() != 0;
  if (value.is_text()) return !value.bytes().empty();
  if (value.is_list()) return value.list()->kind == ListKind::generator || !value.list()->items.empty();
  if (value.is_dict()) return value.dict()->size() > 0;
  return !value.is_undefined();
}

std::size_t hash_bytes(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

std::size_t hash(Meter& meter, const Value& value) {
  meter.step();
  if (value.is_text()) {
    meter.step(value.bytes().size() / 64);
    return hash_bytes(value.bytes());
  }
  if (value.is_number()) {
    // Equal numbers of different types are the same key.
    const double number = value.number();
    return std::hash<double>{}(number == 0 ? 0.0 : number);
  }
  if (value.is_none()) return 0x9E3779B9u;
  if (value.is_undefined()) return 0x7F4A7C15u;
  if (value.is_object()) return std::hash<const void*>{}(value.object().get());
  if (value.is_list() && value.list()->kind != ListKind::list) {
    std::size_t result = 0x345678u;
    for (const Value& item : value.list()->items) result = result * 1000003u ^ hash(meter, item);
    return result;
  }
  fail(std::string("unhashable type: '") + value.type_name() + "'");
}

bool equal(Meter& meter, const Value& a, const Value& b) {
  meter.step();
  if (a.is_number() && b.is_number()) {
    if (!a.is_float() && !b.is_float()) return a.integer() == b.integer();
    return a.number() == b.number();
  }
  if (a.is_text() && b.is_text()) {
    meter.step(std::min(a.bytes().size(), b.bytes().size()) / 64);
    return a.bytes() == b.bytes();
  }
  if (a.is_list() && b.is_list()) {
    const List &x = *a.list(), &y = *b.list();
    if (&x == &y) return true;
    const bool by_value = x.kind == ListKind::list || x.kind == ListKind::tuple || x.kind == ListKind::range;
    if (x.kind != y.kind || !by_value || x.items.size() != y.items.size()) return false;
    for (std::size_t i = 0; i < x.items.size(); ++i) {
      if (!equal(meter, x.items[i], y.items[i])) return false;
    }
    return true;
  }
  if (a.is_dict() && b.is_dict()) {
    if (a.dict() == b.dict()) return true;
    if (a.dict()->size() != b.dict()->size()) return false;
    for (const auto& [key, value] : a.dict()->entries()) {
      const Value* other = b.dict()->find(meter, key);
      if (other == nullptr || !equal(meter, value, *other)) return false;
    }
    return true;
  }
  if (a.is_object() && b.is_object()) return a.object() == b.object();
  return (a.is_none() && b.is_none()) || (a.is_undefined() && b.is_undefined());
}

int compare(Meter& meter, const Value& a, const Value& b, const char* symbol) {
  meter.step();
  require_defined(a);
  require_defined(b);
  if (a.is_number() && b.is_number()) {
    if (!a.is_float() && !b.is_float()) return a.integer() < b.integer() ? -1 : a.integer() > b.integer();
    const double x = a.number(), y = b.number();
    return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;  // 2: not a number, neither way
  }
  if (a.is_text() && b.is_text()) {
    meter.step(std::min(a.bytes().size(), b.bytes().size()) / 64);
    const int order = a.bytes().compare(b.bytes());  // UTF-8 sorts as its code points do
    return order < 0 ? -1 : order > 0;
  }
  if (is_sequence(a) && is_sequence(b) && a.list()->kind == b.list()->kind) {
    const auto &x = a.list()->items, &y = b.list()->items;
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (!equal(meter, x[i], y[i])) return compare(meter, x[i], y[i], symbol);
    }
    return x.size() < y.size() ? -1 : x.size() > y.size();
  }
  fail(std::string("'") + symbol + "' not supported between instances of '" + a.type_name() + "' and '" + b.type_name() + "'");
}

bool contains(Meter& meter, const Value& container, const Value& item) {
  meter.step();
  if (container.is_text()) {
    if (!item.is_text()) fail("'in <string>' requires string as left operand, not " + type_of(item));
    meter.step((container.bytes().size() + item.bytes().size()) / 64);
    return find_bytes(container.bytes(), item.bytes()) != std::string_view::npos;
  }
  if (container.is_dict()) return container.dict()->find(meter, item) != nullptr;
  if (!is_iterable(container)) fail("argument of type '" + type_of(container) + "' is not iterable");
  for (const Value& element : iterate(meter, container)) {
    if (equal(meter, element, item)) return true;
  }
  return false;
}

std::string float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string scientific(buffer, end);  // d.ddde±dd, the fewest digits that read back
  const std::size_t e = scientific.find('e');
  std::string sign, digits;
  for (const char c : scientific.substr(0, e)) {
    if (c == '-') sign = "-";
    else if (c != '.') digits += c;
  }
  const int exponent = std::stoi(scientific.substr(e + 1));
  std::string out = sign;
  if (exponent < -4 || exponent >= 16) {
    out += digits.substr(0, 1);
    if (digits.size() > 1) out.append(".").append(digits, 1);
    std::snprintf(buffer, sizeof buffer, "e%c%02d", exponent < 0 ? '-' : '+', std::abs(exponent));
    return out + buffer;
  }
  if (exponent < 0) return out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return out.append(digits).append(whole - digits.size(), '0').append(".0");
  return out.append(digits, 0, whole).append(".").append(digits, whole);
}

std::string quoted(std::string_view bytes) {
  TextBuilder builder;
  append_quoted(builder, Value::text(bytes).text());
  return builder.take().bytes;
}

void append_text(Meter& meter, TextBuilder& out, const Value& value) {
  if (value.is_text()) {
    meter.charge(value.bytes().size());
    out.append(value.text());
  } else if (!value.is_undefined()) {
    append_repr(meter, out, value);
  }
}

TextPtr to_text(Meter& meter, const Value& value) {
  if (value.is_text()) return value.text_ptr();
  TextBuilder builder;
  append_text(meter, builder, value);
  return builder.share();
}

void append_repr(Meter& meter, TextBuilder& out, const Value& value) {
  const Meter::Depth depth(meter);
  meter.charge(8);
  if (value.is_none()) return out.own("None");
  if (value.is_bool()) return out.own(value.boolean() ? "True" : "False");
  if (value.is_integer()) return out.own(std::to_string(value.integer()));
  if (value.is_float()) return out.own(float_repr(value.number()));
  if (value.is_undefined()) return out.own("Undefined");
  if (value.is_object()) return out.own(value.object()->printed());
  if (value.is_text()) {
    meter.charge(2 * value.bytes().size());
    if (value.text().markup) out.own("Markup(");
    append_quoted(out, value.text());
    if (value.text().markup) out.own(")");
    return;
  }
  if (value.is_dict()) {
    out.own("{");
    const char* separator = "";
    for (const auto& [key, element] : value.dict()->entries()) {
      out.own(separator);
      append_repr(meter, out, key);
      out.own(": ");
      append_repr(meter, out, element);
      separator = ", ";
    }
    return out.own("}");
  }
  const List& list = *value.list();
  const char *open = "[", *close = "]";
  switch (list.kind) {
    case ListKind::list: break;
    case ListKind::tuple: open = "(", close = list.items.size() == 1 ? ",)" : ")"; break;
    case ListKind::dict_items: open = "dict_items([", close = "])"; break;
    case ListKind::dict_keys: open = "dict_keys([", close = "])"; break;
    case ListKind::dict_values: open = "dict_values([", close = "])"; break;
    case ListKind::generator: return out.own("<generator object>");
    case ListKind::range: {
      const std::int64_t first = list.items.empty() ? 0 : list.items.front().integer();
      const std::int64_t step = list.items.size() < 2 ? 1 : list.items[1].integer() - first;
      const std::int64_t end = list.items.empty() ? 0 : list.items.back().integer() + step;
      out.own("range(" + std::to_string(first) + ", " + std::to_string(end));
      if (step != 1) out.own(", " + std::to_string(step));
      return out.own(")");
    }
  }
  out.own(open);
  const char* separator = "";
  for (const Value& item : list.items) {
    out.own(separator);
    append_repr(meter, out, item);
    separator = ", ";
  }
  out.own(close);
}

Value arithmetic(Meter& meter, Operator op, const Value& a, const Value& b) {
  meter.step();
  require_defined(a);
  if (op == Operator::modulo && a.is_text()) return format_printf(meter, a, b);
  require_defined(b);
  if (a.is_number() && b.is_number()) return numbers(op, a, b);
  if (op == Operator::add) {
    if (a.is_text() && b.is_text()) return add_texts(meter, a, b);
    if (is_sequence(a) && is_sequence(b) && a.list()->kind == b.list()->kind) {
      meter.charge((a.list()->items.size() + b.list()->items.size()) * sizeof(Value));
      std::vector<Value> items = a.list()->items;
      items.insert(items.end(), b.list()->items.begin(), b.list()->items.end());
      return Value::list(meter, std::move(items), a.list()->kind);
    }
    if (a.is_text()) fail("can only concatenate str (not \"" + type_of(b) + "\") to str");
    if (is_sequence(a)) fail("can only concatenate " + type_of(a) + " (not \"" + type_of(b) + "\") to " + type_of(a));
  }
  if (op == Operator::multiply) {
    const bool first = (a.is_text() || is_sequence(a)) && b.is_integral(), second = (b.is_text() || is_sequence(b)) && a.is_integral();
    if (first) return repeat(meter, a, b.integer());
    if (second) return repeat(meter, b, a.integer());
    if (a.is_text() || is_sequence(a)) fail("can't multiply sequence by non-int of type '" + type_of(b) + "'");
    if (b.is_text() || is_sequence(b)) fail("can't multiply sequence by non-int of type '" + type_of(a) + "'");
  }
  fail_operands(symbol_of(op), a, b);
}

Value negate(const Value& value) {
  require_defined(value);
  if (value.is_float()) return Value(-value.number());
  if (value.is_integral()) return numbers(Operator::subtract, Value(std::int64_t{0}), value);
  fail("bad operand type for unary -: '" + type_of(value) + "'");
}

Value plus(const Value& value) {
  require_defined(value);
  if (value.is_float()) return value;
  if (value.is_integral()) return Value(value.integer());
  fail("bad operand type for unary +: '" + type_of(value) + "'");
}

bool is_iterable(const Value& value) {
  return value.is_text() || value.is_list() || value.is_dict() || value.is_undefined();
}

std::vector<Value> iterate(Meter& meter, const Value& value) {
  std::vector<Value> items;
  if (value.is_list()) {
    const List& list = *value.list();
    if (list.kind == ListKind::generator && std::exchange(list.consumed, true)) return items;
    meter.charge(list.items.size() * sizeof(Value));
    return list.items;
  }
  if (value.is_dict()) {
    meter.charge(value.dict()->size() * sizeof(Value));
    for (const auto& entry : value.dict()->entries()) items.push_back(entry.first);
    return items;
  }
  if (value.is_text()) {
    const Text& text = value.text();
    for (std::size_t at = 0; at < text.bytes.size();) {
      meter.charge(sizeof(Value) + sizeof(Text));
      const std::size_t end = at + utf8_step(text.bytes, at).length;
      TextBuilder character;  // plain, also of markup
      character.part(text, at, end);
      items.emplace_back(character.share());
      at = end;
    }
    return items;
  }
  if (value.is_undefined()) return items;
  fail("'" + type_of(value) + "' object is not iterable");
}

std::optional<std::int64_t> length_if_any(const Value& value) {
  if (value.is_text()) return static_cast<std::int64_t>(character_count(value.text()));
  if (value.is_list() && value.list()->kind != ListKind::generator) return static_cast<std::int64_t>(value.list()->items.size());
  if (value.is_dict()) return static_cast<std::int64_t>(value.dict()->size());
  if (value.is_undefined()) return 0;
  return std::nullopt;
}

std::int64_t length(const Value& value) {
  if (const auto known = length_if_any(value)) return *known;
  fail("object of type '" + type_of(value) + "' has no len()");
}

std::size_t character_count(const Text& text) {
  if (text.ascii) return text.bytes.size();
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.bytes.size(); ++count) at += utf8_step(text.bytes, at).length;
  return count;
}

std::size_t character_offset(const Text& text, std::size_t index) {
  if (text.ascii) return index;
  std::size_t at = 0;
  for (; index > 0 && at < text.bytes.size(); --index) at += utf8_step(text.bytes, at).length;
  return at;
}

Value text_part(const Text& text, std::size_t begin, std::size_t end) {
  TextBuilder builder;
  builder.part(text, begin, end);
  Text part = builder.take();
  part.markup = text.markup;
  return Value::text(std::move(part));
}

Value slice(Meter& meter, const Value& value, const Value& begin, const Value& end, const Value& step) {
  const bool sliceable = value.is_text() || (value.is_list() && (is_sequence(value) || value.list()->kind == ListKind::range));
  if (!sliceable) {
    require_defined(value);
    fail(value.is_dict() ? "unhashable type: 'slice'" : "'" + type_of(value) + "' object is not subscriptable");
  }
  for (const Value* bound : {&begin, &end, &step}) {
    if (!bound->is_none() && !bound->is_integral()) fail("slice indices must be integers or None or have an __index__ method");
  }
  const std::int64_t stride = step.is_none() ? 1 : step.integer();
  if (stride == 0) fail("slice step cannot be zero");
  const std::int64_t size = length(value);
  // Python's rules: negative counts from the end, then clamped to where a walk in that direction may stand.
  const std::int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? size : size - 1;
  const auto place = [&](const Value& bound, std::int64_t absent) {
    if (bound.is_none()) return absent;
    std::int64_t at = bound.integer();
    if (at < 0) at = at < -size ? low : at + size;
    return std::clamp(at, low, high);
  };
  std::int64_t from = place(begin, stride > 0 ? low : high);
  const std::int64_t to = place(end, stride > 0 ? high : low);
  if (value.is_text()) {
    const Text& text = value.text();
    meter.charge(text.bytes.size());
    if (stride == 1) {
      if (from >= to) return text_part(text, 0, 0);
      const std::size_t first = character_offset(text, static_cast<std::size_t>(from));
      std::size_t last = first;
      if (text.ascii) last = static_cast<std::size_t>(to);
      else for (std::int64_t i = from; i < to; ++i) last += utf8_step(text.bytes, last).length;
      return text_part(text, first, last);
    }
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at < text.bytes.size(); at += utf8_step(text.bytes, at).length) starts.push_back(at);
    starts.push_back(text.bytes.size());
    meter.charge(starts.size() * sizeof(std::size_t));
    TextBuilder builder;
    for (; stride > 0 ? from < to : from > to; ) {
      builder.part(text, starts[static_cast<std::size_t>(from)], starts[static_cast<std::size_t>(from) + 1]);
      if (__builtin_add_overflow(from, stride, &from)) break;
    }
    Text part = builder.take();
    part.markup = text.markup;
    return Value::text(std::move(part));
  }
  std::vector<Value> items;
  const List& list = *value.list();
  for (; stride > 0 ? from < to : from > to; ) {
    items.push_back(list.items[static_cast<std::size_t>(from)]);
    if (__builtin_add_overflow(from, stride, &from)) break;
  }
  return Value::list(meter, std::move(items), list.kind);
}

std::optional<Value> subscript(Meter& meter, const Value& value, const Value& key) {
  meter.step();
  require_defined(value);
  if (value.is_dict()) {
    if ((key.is_list() && key.list()->kind == ListKind::list) || key.is_dict()) return std::nullopt;  // unhashable
    const Value* found = value.dict()->find(meter, key);
    return found == nullptr ? std::nullopt : std::optional<Value>(*found);
  }
  const bool indexed = value.is_text() || is_sequence(value) || (value.is_list() && value.list()->kind == ListKind::range);
  if (!indexed || !key.is_integral()) return std::nullopt;
  const std::int64_t size = length(value);
  std::int64_t index = key.integer();
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  if (value.is_list()) return value.list()->items[static_cast<std::size_t>(index)];
  const std::size_t at = character_offset(value.text(), static_cast<std::size_t>(index));
  meter.step(value.text().ascii ? 0 : at / 64);
  return text_part(value.text(), at, at + utf8_step(value.bytes(), at).length);
}

Value undefined_member(Meter& meter, const Value& object, const Value& name) {
  std::string owner;
  if (object.is_none()) owner = "None";
  else if (object.is_object()) owner = object.object()->qualified_name() + " object";
  else owner = std::string(object.is_text() && object.text().markup ? "markupsafe.Markup" : object.type_name()) + " object";
  if (name.is_text()) return Value::undefined("'" + owner + "' has no attribute " + quoted(std::string_view(name.bytes()).substr(0, 200)));
  TextBuilder element;
  append_repr(meter, element, name);
  return Value::undefined(owner + " has no element " + element.take().bytes.substr(0, 200));
}

bool is_space(char32_t c) {
  return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

std::size_t strip_left(std::string_view bytes, std::size_t begin, std::size_t end) {
  while (begin < end) {
    const Utf8Step step = utf8_step(bytes, begin);
    if (step.state != Utf8State::ok || !is_space(step.code_point)) break;
    begin += step.length;
  }
  return std::min(begin, end);
}

std::size_t strip_right(std::string_view bytes, std::size_t begin, std::size_t end) {
  while (end > begin) {
    std::size_t start = end - 1;
    while (start > begin && end - start < 4 && (static_cast<unsigned char>(bytes[start]) & 0xC0) == 0x80) --start;
    const Utf8Step step = utf8_step(bytes, start);
    if (step.state != Utf8State::ok || start + step.length != end || !is_space(step.code_point)) break;
    end = start;
  }
  return end;
}

std::size_t find_bytes(std::string_view haystack, std::string_view needle, std::size_t from) {
  if (from > haystack.size()) return std::string_view::npos;
  if (needle.empty()) return from;
  const void* found = memmem(haystack.data() + from, haystack.size() - from, needle.data(), needle.size());
  return found == nullptr ? std::string_view::npos : static_cast<std::size_t>(static_cast<const char*>(found) - haystack.data());
}

std::size_t rfind_bytes(Meter& meter, std::string_view haystack, std::string_view needle) {
  meter.step(haystack.size() / 256 * (needle.size() + 1) + haystack.size() / 16);
  return haystack.rfind(needle);
}

Value escape_markup(Meter& meter, const Value& value) {
  if (value.is_text() && value.text().markup) return value;
  const TextPtr text = to_text(meter, value);
  meter.charge(text->bytes.size());
  TextBuilder builder;
  std::size_t done = 0;
  for (std::size_t at = 0; at < text->bytes.size(); ++at) {
    std::string_view entity;
    switch (text->bytes[at]) {
      case '&': entity = "&amp;"; break;
      case '<': entity = "&lt;"; break;
      case '>': entity = "&gt;"; break;
      case '\'': entity = "&#39;"; break;
      case '"': entity = "&#34;"; break;
      default: continue;
    }
    meter.charge(entity.size());
    builder.part(*text, done, at);
    builder.instead_of(*text, at, at + 1, entity);
    done = at + 1;
  }
  builder.part(*text, done, text->bytes.size());
  Text escaped = builder.take();
  escaped.markup = true;
  return Value::text(std::move(escaped));
}

std::int64_t index_of(const Value& value, const char* what) {
  require_defined(value);
  if (!value.is_integral()) fail(std::string(what) + ": '" + value.type_name() + "' object cannot be interpreted as an integer");
  return value.integer();
}

}  // namespace roundhouse::jinja
