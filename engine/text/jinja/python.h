// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/jinja/value.h"

namespace roundhouse::jinja {

// The parts of Python's data model that templates see. All fail with TemplateError, worded as Python words it.

bool truthy(const Value& value);
bool equal(Meter& meter, const Value& a, const Value& b);
// <0, 0, >0; `symbol` names the operator in the error.
int compare(Meter& meter, const Value& a, const Value& b, const char* symbol);
std::size_t hash(Meter& meter, const Value& value);
std::size_t hash_bytes(std::string_view bytes);
bool contains(Meter& meter, const Value& container, const Value& item);

// str() and repr().
TextPtr to_text(Meter& meter, const Value& value);
void append_text(Meter& meter, TextBuilder& out, const Value& value);
void append_repr(Meter& meter, TextBuilder& out, const Value& value);
std::string quoted(std::string_view bytes);  // repr of a string
std::string float_repr(double value);

enum class Operator { add, subtract, multiply, divide, floor_divide, modulo, power };
Value arithmetic(Meter& meter, Operator op, const Value& a, const Value& b);
Value negate(const Value& value);
Value plus(const Value& value);

// The elements a `for` would visit. Undefined: none.
std::vector<Value> iterate(Meter& meter, const Value& value);
bool is_iterable(const Value& value);
std::int64_t length(const Value& value);  // len(); fails where Python has none
std::optional<std::int64_t> length_if_any(const Value& value);

// value[begin:end:step]; absent bounds are None.
Value slice(Meter& meter, const Value& value, const Value& begin, const Value& end, const Value& step);
// Plain subscription; nothing when there is no such element (Python's LookupError and TypeError).
std::optional<Value> subscript(Meter& meter, const Value& value, const Value& key);

// As jinja2 says what has no such attribute or element.
Value undefined_member(Meter& meter, const Value& object, const Value& name);

// Characters. Offsets are bytes, counts are characters.
std::size_t character_count(const Text& text);
std::size_t character_offset(const Text& text, std::size_t index);  // of character `index` <= count
Value text_part(const Text& text, std::size_t begin, std::size_t end);
bool is_space(char32_t c);  // str.isspace
std::size_t strip_left(std::string_view bytes, std::size_t begin, std::size_t end);   // first byte that is no space
std::size_t strip_right(std::string_view bytes, std::size_t begin, std::size_t end);  // one past the last
// Position of `needle` at or after `from`, npos if none. Linear time.
std::size_t find_bytes(std::string_view haystack, std::string_view needle, std::size_t from = 0);
// Last position of `needle`. Not linear: the product of the lengths is charged.
std::size_t rfind_bytes(Meter& meter, std::string_view haystack, std::string_view needle);

// & < > ' " as HTML entities, keeping marks; markup stays as it is. The result is markup.
Value escape_markup(Meter& meter, const Value& value);

std::int64_t index_of(const Value& value, const char* what);  // an int argument; fails otherwise

}  // namespace roundhouse::jinja
