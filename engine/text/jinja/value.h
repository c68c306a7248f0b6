// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "engine/text/jinja/meter.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::jinja {

class Value;
class Interpreter;

// A string that knows which of its bytes came from outside the template (message contents, tools), so that the
// rendered prompt can say where control tokens must not be read. Bytes are UTF-8; invalid ones pass through and count
// as one character each.
struct Text {
  std::string bytes;
  std::vector<TextSpan> foreign;  // sorted, disjoint, not adjacent, not empty
  bool ascii = true;
  bool markup = false;            // the `safe` filter's mark: operators escape what they join to it
};
using TextPtr = std::shared_ptr<const Text>;

// Builds a Text piece by piece.
class TextBuilder {
 public:
  void own(std::string_view bytes) { text_.bytes += bytes; }
  void foreign(std::string_view bytes);
  // Bytes [begin, end) of `text` with their marks.
  void part(const Text& text, std::size_t begin, std::size_t end);
  void append(const Text& text) { part(text, 0, text.bytes.size()); }
  // `bytes` in place of some of `text` that were wholly, partly or not foreign: foreign if any were.
  void instead_of(const Text& text, std::size_t begin, std::size_t end, std::string_view bytes);
  std::size_t size() const { return text_.bytes.size(); }
  Text take();
  TextPtr share();

 private:
  Text text_;
};

enum class ListKind : std::uint8_t { list, tuple, range, dict_items, dict_keys, dict_values, generator };

// Elements never change once a Value holds the list.
struct List {
  std::vector<Value> items;
  ListKind kind = ListKind::list;
  std::uint16_t depth = 1;
  mutable bool consumed = false;  // generators yield their elements once
};
using ListPtr = std::shared_ptr<const List>;

// Ordered as filled. Keys are anything hashable in Python.
class Dict {
 public:
  using Entry = std::pair<Value, Value>;
  const Value* find(Meter& meter, const Value& key) const;
  const Value* find(std::string_view key) const;
  void set(Meter& meter, Value key, Value value);
  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t size() const;
  std::uint16_t depth() const { return depth_; }

 private:
  std::vector<Entry> entries_;
  std::unordered_multimap<std::size_t, std::uint32_t> index_;  // by hash, from a few entries on
  std::uint16_t depth_ = 1;
};
using DictPtr = std::shared_ptr<const Dict>;

// Why a value is undefined: using it where a value is needed fails with `message`.
struct Undefined { std::string message; };
using UndefinedPtr = std::shared_ptr<const Undefined>;

struct CallArguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

// Namespaces, macros, loops, functions and bound methods.
class Object {
 public:
  virtual ~Object() = default;
  virtual const char* type_name() const = 0;            // Python's, e.g. "Macro"
  virtual std::string qualified_name() const { return type_name(); }  // as in "'jinja2.utils.Namespace object'"
  virtual std::string printed() const;
  virtual bool callable() const { return false; }
  virtual Value call(Interpreter& interpreter, CallArguments arguments);
  virtual bool attribute(Interpreter& interpreter, std::string_view name, Value& out);
  virtual std::uint16_t depth() const { return 0; }
};
using ObjectPtr = std::shared_ptr<Object>;

struct None {};

class Value {
 public:
  Value() : data_(None{}) {}
  Value(None) : data_(None{}) {}
  Value(bool value) : data_(value) {}
  Value(std::int64_t value) : data_(value) {}
  Value(double value) : data_(value) {}
  Value(TextPtr value) : data_(std::move(value)) {}
  Value(ListPtr value) : data_(std::move(value)) {}
  Value(DictPtr value) : data_(std::move(value)) {}
  Value(UndefinedPtr value) : data_(std::move(value)) {}
  Value(ObjectPtr value) : data_(std::move(value)) {}
  template <class T> Value(T*) = delete;

  // A string of the template's own, or from outside.
  static Value text(std::string_view bytes);
  static Value foreign_text(std::string_view bytes);
  static Value text(Text text);
  static Value list(Meter& meter, std::vector<Value> items, ListKind kind = ListKind::list);
  static Value undefined(std::string message);

  bool is_none() const { return std::holds_alternative<None>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(data_); }
  bool is_float() const { return std::holds_alternative<double>(data_); }
  bool is_text() const { return std::holds_alternative<TextPtr>(data_); }
  bool is_list() const { return std::holds_alternative<ListPtr>(data_); }
  bool is_dict() const { return std::holds_alternative<DictPtr>(data_); }
  bool is_undefined() const { return std::holds_alternative<UndefinedPtr>(data_); }
  bool is_object() const { return std::holds_alternative<ObjectPtr>(data_); }
  bool is_integral() const { return is_integer() || is_bool(); }
  bool is_number() const { return is_integral() || is_float(); }

  bool boolean() const { return std::get<bool>(data_); }
  std::int64_t integer() const { return is_bool() ? static_cast<std::int64_t>(boolean()) : std::get<std::int64_t>(data_); }
  double number() const { return is_float() ? std::get<double>(data_) : static_cast<double>(integer()); }
  const Text& text() const { return *std::get<TextPtr>(data_); }
  const std::string& bytes() const { return text().bytes; }
  const TextPtr& text_ptr() const { return std::get<TextPtr>(data_); }
  const ListPtr& list() const { return std::get<ListPtr>(data_); }
  const DictPtr& dict() const { return std::get<DictPtr>(data_); }
  const Undefined& undefined() const { return *std::get<UndefinedPtr>(data_); }
  const ObjectPtr& object() const { return std::get<ObjectPtr>(data_); }

  std::uint16_t depth() const;
  const char* type_name() const;  // Python's: "str", "NoneType", "dict_items"

 private:
  std::variant<None, bool, std::int64_t, double, TextPtr, ListPtr, DictPtr, UndefinedPtr, ObjectPtr> data_;
};

// Fails (limit) when a container with such elements would nest too deep.
std::uint16_t checked_depth(std::uint16_t depth_of_elements);

}  // namespace roundhouse::jinja
