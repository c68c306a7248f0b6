// SPDX-License-Identifier: Apache-2.0
#include <unicode/uchar.h>

#include <algorithm>
#include <functional>

#include "engine/text/jinja/builtins.h"
#include "engine/text/jinja/interpreter.h"
#include "engine/text/jinja/text_functions.h"
#include "engine/text/normalize.h"
#include "engine/text/utf8.h"

namespace roundhouse::jinja {
namespace {

using roundhouse::text::Utf8State;
using roundhouse::text::Utf8Step;
using roundhouse::text::utf8_step;

using Function = Value (*)(Interpreter&, const Value& self, CallArguments);

struct Method {
  std::string_view name;
  Function function;  // null: Python has it, templates here do not
};

class BoundMethod : public Object {
 public:
  BoundMethod(const Method& method, Value self) : method_(method), self_(std::move(self)) {}
  const char* type_name() const override { return "builtin_function_or_method"; }
  std::string printed() const override {
    return "<built-in method " + std::string(method_.name) + " of " + self_.type_name() + " object>";
  }
  bool callable() const override { return true; }
  std::uint16_t depth() const override { return checked_depth(self_.depth()); }
  Value call(Interpreter& interpreter, CallArguments arguments) override {
    if (method_.function == nullptr) fail_unsupported("the method '" + std::string(method_.name) + "' of " + self_.type_name());
    return method_.function(interpreter, self_, std::move(arguments));
  }

 private:
  const Method& method_;
  Value self_;
};

void no_arguments(const char* name, const CallArguments& arguments) {
  const std::size_t count = arguments.positional.size() + arguments.named.size();
  if (count > 0) fail(std::string(name) + "() takes no arguments (" + std::to_string(count) + " given)");
}

const Text& needle(const Value& value) {
  if (value.is_undefined()) fail(value.undefined().message);
  if (!value.is_text()) fail(std::string("must be str, not ") + value.type_name());
  return value.text();
}

// ---- str: searching ----

// The bytes that characters [begin, end) of Python's optional bounds cover; begin > end: nothing can be found.
TextSpan searched(const Text& text, const Parameters& parameters, std::size_t first) {
  const auto size = static_cast<std::int64_t>(character_count(text));
  const auto place = [&](std::size_t index, std::int64_t absent) {
    const Value bound = parameters.get(index, Value());
    if (bound.is_none()) return absent;
    const std::int64_t at = index_of(bound, "slice indices");
    return at < 0 ? std::max<std::int64_t>(at + size, 0) : at;
  };
  const std::int64_t begin = place(first, 0), end = std::min(place(first + 1, size), size);
  if (begin > end) return {1, 0};
  return {character_offset(text, static_cast<std::size_t>(begin)), character_offset(text, static_cast<std::size_t>(end))};
}

std::int64_t characters_before(const Text& text, std::size_t at) {
  return text.ascii ? static_cast<std::int64_t>(at) : static_cast<std::int64_t>(character_count(text_part(text, 0, at).text()));
}

std::int64_t search(Interpreter& interpreter, const char* name, const Value& self, CallArguments arguments, bool from_right) {
  const Parameters parameters(name, std::move(arguments), {"sub", "start", "end"});
  const Text& text = self.text();
  const std::string_view wanted = needle(parameters[0]).bytes;
  interpreter.meter().step(text.bytes.size() / 64);
  const TextSpan span = searched(text, parameters, 1);
  if (span.begin > span.end) return -1;
  const std::string_view bytes = std::string_view(text.bytes).substr(span.begin, span.end - span.begin);
  const std::size_t found = from_right ? rfind_bytes(interpreter.meter(), bytes, wanted) : find_bytes(bytes, wanted);
  return found == std::string_view::npos ? -1 : characters_before(text, span.begin + found);
}

Value str_find(Interpreter& i, const Value& self, CallArguments a) { return Value(search(i, "find", self, std::move(a), false)); }
Value str_rfind(Interpreter& i, const Value& self, CallArguments a) { return Value(search(i, "rfind", self, std::move(a), true)); }
Value str_index(Interpreter& i, const Value& self, CallArguments a) {
  const std::int64_t at = search(i, "index", self, std::move(a), false);
  return at < 0 ? fail("substring not found"), Value() : Value(at);
}
Value str_rindex(Interpreter& i, const Value& self, CallArguments a) {
  const std::int64_t at = search(i, "rindex", self, std::move(a), true);
  return at < 0 ? fail("substring not found"), Value() : Value(at);
}

Value str_count(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  const Parameters parameters("count", std::move(arguments), {"sub", "start", "end"});
  const Text& text = self.text();
  const std::string_view wanted = needle(parameters[0]).bytes;
  interpreter.meter().step(text.bytes.size() / 16);
  const TextSpan span = searched(text, parameters, 1);
  if (span.begin > span.end) return Value(std::int64_t{0});
  const std::string_view bytes = std::string_view(text.bytes).substr(span.begin, span.end - span.begin);
  if (wanted.empty()) return Value(characters_before(text, span.end) - characters_before(text, span.begin) + 1);
  std::int64_t count = 0;
  for (std::size_t at = 0; (at = find_bytes(bytes, wanted, at)) != std::string_view::npos; at += wanted.size()) ++count;
  return Value(count);
}

Value affix(const char* name, const Value& self, CallArguments arguments, bool at_end) {
  const Parameters parameters(name, std::move(arguments), {"prefix", "start", "end"});
  const Text& text = self.text();
  const TextSpan span = searched(text, parameters, 1);
  if (span.begin > span.end) return Value(false);
  const std::string_view bytes = std::string_view(text.bytes).substr(span.begin, span.end - span.begin);
  const auto matches = [&](const Value& wanted) {
    const std::string_view part = needle(wanted).bytes;
    return part.size() <= bytes.size() && (at_end ? bytes.substr(bytes.size() - part.size()) : bytes.substr(0, part.size())) == part;
  };
  const Value& wanted = parameters[0];
  if (wanted.is_list() && wanted.list()->kind == ListKind::tuple) {
    return Value(std::any_of(wanted.list()->items.begin(), wanted.list()->items.end(), matches));
  }
  if (!wanted.is_text() && !wanted.is_undefined()) {
    fail(std::string(name) + " first arg must be str or a tuple of str, not " + wanted.type_name());
  }
  return Value(matches(wanted));
}
Value str_startswith(Interpreter&, const Value& self, CallArguments a) { return affix("startswith", self, std::move(a), false); }
Value str_endswith(Interpreter&, const Value& self, CallArguments a) { return affix("endswith", self, std::move(a), true); }

// ---- str: cutting and joining ----

Value stripped(Interpreter& interpreter, const char* name, const Value& self, CallArguments arguments, bool left, bool right) {
  const Parameters parameters(name, std::move(arguments), {"chars"});
  return strip(interpreter.meter(), self.text(), parameters.get(0, Value()), left, right);
}
Value str_strip(Interpreter& i, const Value& self, CallArguments a) { return stripped(i, "strip", self, std::move(a), true, true); }
Value str_lstrip(Interpreter& i, const Value& self, CallArguments a) { return stripped(i, "lstrip", self, std::move(a), true, false); }
Value str_rstrip(Interpreter& i, const Value& self, CallArguments a) { return stripped(i, "rstrip", self, std::move(a), false, true); }

Value splitted(Interpreter& interpreter, const char* name, const Value& self, CallArguments arguments, bool from_right) {
  const Parameters parameters(name, std::move(arguments), {"sep", "maxsplit"});
  const Value separator = parameters.get(0, Value());
  const std::int64_t limit = parameters.has(1) ? index_of(parameters[1], name) : -1;
  return Value::list(interpreter.meter(), split(interpreter.meter(), self.text(), separator, limit, from_right));
}
Value str_split(Interpreter& i, const Value& self, CallArguments a) { return splitted(i, "split", self, std::move(a), false); }
Value str_rsplit(Interpreter& i, const Value& self, CallArguments a) { return splitted(i, "rsplit", self, std::move(a), true); }

Value str_splitlines(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  const Parameters parameters("splitlines", std::move(arguments), {"keepends"});
  return Value::list(interpreter.meter(), split_lines(interpreter.meter(), self.text(), parameters.flag(0)));
}

Value partitioned(Interpreter& interpreter, const char* name, const Value& self, CallArguments arguments, bool from_right) {
  const Parameters parameters(name, std::move(arguments), {"sep"});
  const Text& text = self.text();
  const Text& separator = needle(parameters[0]);
  if (separator.bytes.empty()) fail("empty separator");
  interpreter.meter().charge(text.bytes.size());
  const std::size_t found = from_right ? rfind_bytes(interpreter.meter(), text.bytes, separator.bytes) : find_bytes(text.bytes, separator.bytes);
  const Value empty = Value::text("");
  if (found == std::string::npos) {
    return Value::list(interpreter.meter(), from_right ? std::vector<Value>{empty, empty, self} : std::vector<Value>{self, empty, empty}, ListKind::tuple);
  }
  return Value::list(interpreter.meter(), {text_part(text, 0, found), parameters[0], text_part(text, found + separator.bytes.size(), text.bytes.size())},
                     ListKind::tuple);
}
Value str_partition(Interpreter& i, const Value& self, CallArguments a) { return partitioned(i, "partition", self, std::move(a), false); }
Value str_rpartition(Interpreter& i, const Value& self, CallArguments a) { return partitioned(i, "rpartition", self, std::move(a), true); }

Value str_join(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  const Parameters parameters("join", std::move(arguments), {"iterable"});
  if (!is_iterable(parameters[0])) fail("can only join an iterable");
  return join(interpreter.meter(), self.text(), iterate(interpreter.meter(), parameters[0]));
}

Value str_replace(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  const Parameters parameters("replace", std::move(arguments), {"old", "new", "count"});
  const std::int64_t limit = parameters.has(2) ? index_of(parameters[2], "replace") : -1;
  return replace(interpreter.meter(), self.text(), parameters[0], parameters[1], limit);
}

Value without_affix(const char* name, const Value& self, CallArguments arguments, bool at_end) {
  const Parameters parameters(name, std::move(arguments), {"affix"});
  const std::string_view part = needle(parameters[0]).bytes, bytes = self.bytes();
  if (part.size() > bytes.size() || part.empty()) return self;
  if (at_end) return bytes.substr(bytes.size() - part.size()) == part ? text_part(self.text(), 0, bytes.size() - part.size()) : self;
  return bytes.substr(0, part.size()) == part ? text_part(self.text(), part.size(), bytes.size()) : self;
}
Value str_removeprefix(Interpreter&, const Value& self, CallArguments a) { return without_affix("removeprefix", self, std::move(a), false); }
Value str_removesuffix(Interpreter&, const Value& self, CallArguments a) { return without_affix("removesuffix", self, std::move(a), true); }

// ---- str: laying out ----

Value padded(Interpreter& interpreter, const char* name, const Value& self, CallArguments arguments, int left_of_two) {
  const Parameters parameters(name, std::move(arguments), {"width", "fillchar"});
  const Value fill = parameters.get(1, Value::text(" "));
  if (character_count(needle(fill)) != 1) fail("The fill character must be exactly one character long");
  const auto size = static_cast<std::int64_t>(character_count(self.text()));
  const std::int64_t width = index_of(parameters[0], name);
  const std::int64_t missing = width > size ? width - size : 0;
  // Python's centre leans left or right by the parity of both.
  const std::int64_t left = left_of_two == 1 ? missing / 2 + (missing & width & 1) : left_of_two == 0 ? 0 : missing;
  return pad(interpreter.meter(), self.text(), left, missing - left, fill.bytes());
}
Value str_ljust(Interpreter& i, const Value& self, CallArguments a) { return padded(i, "ljust", self, std::move(a), 0); }
Value str_center(Interpreter& i, const Value& self, CallArguments a) { return padded(i, "center", self, std::move(a), 1); }
Value str_rjust(Interpreter& i, const Value& self, CallArguments a) { return padded(i, "rjust", self, std::move(a), 2); }

Value str_zfill(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  const Parameters parameters("zfill", std::move(arguments), {"width"});
  const Text& text = self.text();
  const std::int64_t missing = std::max<std::int64_t>(index_of(parameters[0], "zfill") - static_cast<std::int64_t>(character_count(text)), 0);
  const std::size_t sign = !text.bytes.empty() && (text.bytes[0] == '-' || text.bytes[0] == '+') ? 1 : 0;
  const Value digits = pad(interpreter.meter(), text_part(text, sign, text.bytes.size()).text(), missing, 0, "0");
  return arithmetic(interpreter.meter(), Operator::add, text_part(text, 0, sign), digits);
}

Value str_expandtabs(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  const Parameters parameters("expandtabs", std::move(arguments), {"tabsize"});
  const std::int64_t size = parameters.has(0) ? index_of(parameters[0], "expandtabs") : 8;
  const Text& text = self.text();
  TextBuilder out;
  std::int64_t column = 0;
  for (std::size_t at = 0; at < text.bytes.size();) {
    const std::size_t end = at + utf8_step(text.bytes, at).length;
    interpreter.meter().charge(1);
    if (text.bytes[at] == '\t') {
      const std::int64_t spaces = size > 0 ? size - column % size : 0;
      if (spaces > 1'000'000) fail_limit("a tabulator of that width");
      interpreter.meter().charge(static_cast<std::size_t>(spaces));
      out.own(std::string(static_cast<std::size_t>(spaces), ' '));
      column += spaces;
    } else {
      column = text.bytes[at] == '\n' || text.bytes[at] == '\r' ? 0 : column + 1;
      out.part(text, at, end);
    }
    at = end;
  }
  return Value(out.share());
}

Value str_format(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  return format_braces(interpreter.meter(), self.text(), arguments, interpreter);
}

// ---- str: letters ----

Value mapped(Interpreter& interpreter, const char* name, const Value& self, const CallArguments& arguments, std::string (*map)(std::string_view)) {
  no_arguments(name, arguments);
  return map_text(interpreter.meter(), self.text(), map);
}

bool is_cased(char32_t c) {
  const auto u = static_cast<UChar32>(c);
  return u_isUUppercase(u) || u_isULowercase(u) || u_istitle(u);
}

std::string in_title_case(std::string_view bytes) {
  std::string out;
  bool inside = false;
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes, at);
    const std::string_view character = bytes.substr(at, step.length);
    out += inside ? roundhouse::text::to_lower(character) : roundhouse::text::to_capitalized(character);
    inside = step.state == Utf8State::ok && is_cased(step.code_point);
    at += step.length;
  }
  return out;
}

std::string in_swapped_case(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes, at);
    const std::string_view character = bytes.substr(at, step.length);
    const bool upper = step.state == Utf8State::ok && u_isUUppercase(static_cast<UChar32>(step.code_point));
    out += upper ? roundhouse::text::to_lower(character) : roundhouse::text::to_upper(character);
    at += step.length;
  }
  return out;
}

Value str_upper(Interpreter& i, const Value& self, CallArguments a) { return mapped(i, "str.upper", self, a, roundhouse::text::to_upper); }
Value str_lower(Interpreter& i, const Value& self, CallArguments a) { return mapped(i, "str.lower", self, a, roundhouse::text::to_lower); }
Value str_casefold(Interpreter& i, const Value& self, CallArguments a) { return mapped(i, "str.casefold", self, a, roundhouse::text::fold_case); }
Value str_swapcase(Interpreter& i, const Value& self, CallArguments a) { return mapped(i, "str.swapcase", self, a, in_swapped_case); }
// These look at neighbours, so they see the text as a whole.
Value str_title(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  no_arguments("str.title", arguments);
  interpreter.meter().charge(16 * self.bytes().size());
  TextBuilder out;
  out.instead_of(self.text(), 0, self.bytes().size(), in_title_case(self.bytes()));
  return Value(out.share());
}
Value str_capitalize(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  no_arguments("str.capitalize", arguments);
  interpreter.meter().charge(2 * self.bytes().size());
  TextBuilder out;
  out.instead_of(self.text(), 0, self.bytes().size(), roundhouse::text::to_capitalized(self.bytes()));
  return Value(out.share());
}

// True when there is a character and each satisfies the predicate.
template <class Predicate>
Value every(Interpreter& interpreter, const char* name, const Value& self, const CallArguments& arguments, Predicate predicate) {
  no_arguments(name, arguments);
  const std::string_view bytes = self.bytes();
  interpreter.meter().step(bytes.size() / 16);
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes, at);
    if (step.state != Utf8State::ok || !predicate(step.code_point)) return Value(false);
    at += step.length;
  }
  return Value(!bytes.empty());
}

bool is_letter(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_L_MASK) != 0; }
int numeric_type(char32_t c) { return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE); }
bool is_decimal(char32_t c) { return numeric_type(c) == U_NT_DECIMAL; }
bool is_digit(char32_t c) { return numeric_type(c) == U_NT_DECIMAL || numeric_type(c) == U_NT_DIGIT; }
bool is_numeric(char32_t c) { return numeric_type(c) != U_NT_NONE; }

Value str_isalpha(Interpreter& i, const Value& self, CallArguments a) { return every(i, "str.isalpha", self, a, is_letter); }
Value str_isalnum(Interpreter& i, const Value& self, CallArguments a) {
  return every(i, "str.isalnum", self, a, [](char32_t c) { return is_letter(c) || is_numeric(c); });
}
Value str_isdecimal(Interpreter& i, const Value& self, CallArguments a) { return every(i, "str.isdecimal", self, a, is_decimal); }
Value str_isdigit(Interpreter& i, const Value& self, CallArguments a) { return every(i, "str.isdigit", self, a, is_digit); }
Value str_isnumeric(Interpreter& i, const Value& self, CallArguments a) { return every(i, "str.isnumeric", self, a, is_numeric); }
Value str_isspace(Interpreter& i, const Value& self, CallArguments a) { return every(i, "str.isspace", self, a, is_space); }
Value str_isascii(Interpreter&, const Value& self, CallArguments a) { return no_arguments("str.isascii", a), Value(self.text().ascii); }

// Some cased character, and none of the wrong case.
Value cased(Interpreter& interpreter, const char* name, const Value& self, const CallArguments& arguments, bool upper) {
  no_arguments(name, arguments);
  interpreter.meter().step(self.bytes().size() / 16);
  bool found = false;
  for (std::size_t at = 0; at < self.bytes().size();) {
    const Utf8Step step = utf8_step(self.bytes(), at);
    const auto c = static_cast<UChar32>(step.state == Utf8State::ok ? step.code_point : 0);
    if (u_istitle(c) || (upper ? u_isULowercase(c) : u_isUUppercase(c))) return Value(false);
    found = found || (upper ? u_isUUppercase(c) : u_isULowercase(c));
    at += step.length;
  }
  return Value(found);
}
Value str_isupper(Interpreter& i, const Value& self, CallArguments a) { return cased(i, "str.isupper", self, a, true); }
Value str_islower(Interpreter& i, const Value& self, CallArguments a) { return cased(i, "str.islower", self, a, false); }

Value str_istitle(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  no_arguments("str.istitle", arguments);
  interpreter.meter().step(self.bytes().size() / 16);
  bool inside = false, found = false;
  for (std::size_t at = 0; at < self.bytes().size();) {
    const Utf8Step step = utf8_step(self.bytes(), at);
    const auto c = static_cast<UChar32>(step.state == Utf8State::ok ? step.code_point : 0);
    if (u_isUUppercase(c) || u_istitle(c)) {
      if (inside) return Value(false);
      inside = found = true;
    } else if (u_isULowercase(c)) {
      if (!inside) return Value(false);
    } else {
      inside = false;
    }
    at += step.length;
  }
  return Value(found);
}

constexpr Method str_methods[] = {
    {"capitalize", str_capitalize}, {"casefold", str_casefold}, {"center", str_center}, {"count", str_count}, {"encode", nullptr},
    {"endswith", str_endswith}, {"expandtabs", str_expandtabs}, {"find", str_find}, {"format", str_format}, {"format_map", nullptr},
    {"index", str_index}, {"isalnum", str_isalnum}, {"isalpha", str_isalpha}, {"isascii", str_isascii}, {"isdecimal", str_isdecimal},
    {"isdigit", str_isdigit}, {"isidentifier", nullptr}, {"islower", str_islower}, {"isnumeric", str_isnumeric},
    {"isprintable", nullptr}, {"isspace", str_isspace}, {"istitle", str_istitle}, {"isupper", str_isupper}, {"join", str_join},
    {"ljust", str_ljust}, {"lower", str_lower}, {"lstrip", str_lstrip}, {"maketrans", nullptr}, {"partition", str_partition},
    {"removeprefix", str_removeprefix}, {"removesuffix", str_removesuffix}, {"replace", str_replace}, {"rfind", str_rfind},
    {"rindex", str_rindex}, {"rjust", str_rjust}, {"rpartition", str_rpartition}, {"rsplit", str_rsplit}, {"rstrip", str_rstrip},
    {"split", str_split}, {"splitlines", str_splitlines}, {"startswith", str_startswith}, {"strip", str_strip},
    {"swapcase", str_swapcase}, {"title", str_title}, {"translate", nullptr}, {"upper", str_upper}, {"zfill", str_zfill},
};

// ---- dict and list ----

Value dict_get(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  if (arguments.positional.empty()) fail("get expected at least 1 argument, got 0");
  const Parameters parameters("get", std::move(arguments), {"key", "default"});
  const Value* found = self.dict()->find(interpreter.meter(), parameters[0]);
  return found != nullptr ? *found : parameters.get(1, Value());
}
Value dict_items(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  no_arguments("dict.items", arguments);
  std::vector<Value> items;
  for (const auto& [key, value] : self.dict()->entries()) items.push_back(Value::list(interpreter.meter(), {key, value}, ListKind::tuple));
  return Value::list(interpreter.meter(), std::move(items), ListKind::dict_items);
}
Value dict_keys(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  no_arguments("dict.keys", arguments);
  return Value::list(interpreter.meter(), iterate(interpreter.meter(), self), ListKind::dict_keys);
}
Value dict_values(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  no_arguments("dict.values", arguments);
  std::vector<Value> items;
  for (const auto& entry : self.dict()->entries()) items.push_back(entry.second);
  return Value::list(interpreter.meter(), std::move(items), ListKind::dict_values);
}
Value same(Interpreter&, const Value& self, CallArguments arguments) { return no_arguments("copy", arguments), self; }

constexpr Method dict_methods[] = {{"copy", same}, {"fromkeys", nullptr}, {"get", dict_get}, {"items", dict_items}, {"keys", dict_keys}, {"values", dict_values}};

Value list_index(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  const Parameters parameters("index", std::move(arguments), {"value", "start", "stop"});
  const auto& items = self.list()->items;
  const auto size = static_cast<std::int64_t>(items.size());
  const auto place = [&](std::size_t index, std::int64_t absent) {
    const std::int64_t at = parameters.has(index) ? index_of(parameters[index], "index") : absent;
    return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
  };
  for (std::int64_t i = place(1, 0), end = place(2, size); i < end; ++i) {
    if (equal(interpreter.meter(), items[static_cast<std::size_t>(i)], parameters[0])) return Value(i);
  }
  TextBuilder shown;
  append_repr(interpreter.meter(), shown, parameters[0]);
  fail(shown.take().bytes.substr(0, 200) + " is not in list");
}
Value list_count(Interpreter& interpreter, const Value& self, CallArguments arguments) {
  const Parameters parameters("count", std::move(arguments), {"value"});
  std::int64_t count = 0;
  for (const Value& item : self.list()->items) count += equal(interpreter.meter(), item, parameters[0]) ? 1 : 0;
  return Value(count);
}

constexpr Method list_methods[] = {{"copy", same}, {"count", list_count}, {"index", list_index}};
constexpr Method tuple_methods[] = {{"count", list_count}, {"index", list_index}};

// What would change a value in place.
constexpr std::string_view unsafe_dict[] = {"clear", "pop", "popitem", "setdefault", "update"};
constexpr std::string_view unsafe_list[] = {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"};

template <std::size_t n>
bool bind(const Method (&methods)[n], const Value& object, std::string_view name, Value& out) {
  const auto found = std::find_if(std::begin(methods), std::end(methods), [name](const Method& m) { return m.name == name; });
  if (found == std::end(methods)) return false;
  out = Value(ObjectPtr(std::make_shared<BoundMethod>(*found, object)));
  return true;
}

template <std::size_t n>
bool is_one_of(const std::string_view (&names)[n], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

bool find_method(Meter& meter, const Value& object, std::string_view name, Value& out) {
  const bool internal = name.size() > 4 && name.substr(0, 2) == "__" && name.substr(name.size() - 2) == "__";
  const bool plain_list = object.is_list() && object.list()->kind == ListKind::list;
  if (internal || (object.is_dict() && is_one_of(unsafe_dict, name)) || (plain_list && is_one_of(unsafe_list, name))) {
    out = Value::undefined("access to attribute " + quoted(name.substr(0, 200)) + " of '" + object.type_name() + "' object is unsafe.");
    return true;
  }
  meter.step();
  if (object.is_text()) return bind(str_methods, object, name, out);
  if (object.is_dict()) return bind(dict_methods, object, name, out);
  if (plain_list) return bind(list_methods, object, name, out);
  if (object.is_list() && object.list()->kind == ListKind::tuple) return bind(tuple_methods, object, name, out);
  return false;
}

}  // namespace roundhouse::jinja
