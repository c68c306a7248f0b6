// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/value.h"

#include <algorithm>

#include "engine/text/jinja/python.h"
#include "engine/text/utf8.h"

namespace roundhouse::jinja {
namespace {

// Up to so many entries a dictionary is searched from front to back.
constexpr std::size_t small_dict = 8;

void mark(std::vector<TextSpan>& spans, std::size_t begin, std::size_t end) {
  if (begin == end) return;
  if (!spans.empty() && spans.back().end == begin) {
    spans.back().end = end;
  } else {
    spans.push_back({begin, end});
  }
}

}  // namespace

void TextBuilder::foreign(std::string_view bytes) {
  mark(text_.foreign, text_.bytes.size(), text_.bytes.size() + bytes.size());
  text_.bytes += bytes;
}

void TextBuilder::part(const Text& text, std::size_t begin, std::size_t end) {
  const std::size_t at = text_.bytes.size();
  auto span = std::partition_point(text.foreign.begin(), text.foreign.end(), [&](const TextSpan& s) { return s.end <= begin; });
  for (; span != text.foreign.end() && span->begin < end; ++span) {
    mark(text_.foreign, at + std::max(span->begin, begin) - begin, at + std::min(span->end, end) - begin);
  }
  text_.bytes.append(text.bytes, begin, end - begin);
}

void TextBuilder::instead_of(const Text& text, std::size_t begin, std::size_t end, std::string_view bytes) {
  const auto span = std::partition_point(text.foreign.begin(), text.foreign.end(), [&](const TextSpan& s) { return s.end <= begin; });
  if (span != text.foreign.end() && span->begin < end) foreign(bytes);
  else own(bytes);
}

Text TextBuilder::take() {
  text_.ascii = roundhouse::text::is_ascii(text_.bytes);
  return std::exchange(text_, Text{});
}

TextPtr TextBuilder::share() { return std::make_shared<const Text>(take()); }

std::uint16_t checked_depth(std::uint16_t depth_of_elements) {
  if (depth_of_elements >= max_value_depth) fail_limit("values nested more than " + std::to_string(max_value_depth) + " levels deep");
  return static_cast<std::uint16_t>(depth_of_elements + 1);
}

std::size_t Dict::size() const { return entries_.size(); }

const Value* Dict::find(Meter& meter, const Value& key) const {
  if (entries_.size() > small_dict) {
    const auto [first, last] = index_.equal_range(hash(meter, key));
    for (auto at = first; at != last; ++at) {
      if (equal(meter, entries_[at->second].first, key)) return &entries_[at->second].second;
    }
    return nullptr;
  }
  hash(meter, key);  // refuses what cannot be a key
  for (const Entry& entry : entries_) {
    if (equal(meter, entry.first, key)) return &entry.second;
  }
  return nullptr;
}

const Value* Dict::find(std::string_view key) const {
  if (entries_.size() > small_dict) {
    const auto [first, last] = index_.equal_range(hash_bytes(key));
    for (auto at = first; at != last; ++at) {
      const Value& candidate = entries_[at->second].first;
      if (candidate.is_text() && candidate.bytes() == key) return &entries_[at->second].second;
    }
    return nullptr;
  }
  for (const Entry& entry : entries_) {
    if (entry.first.is_text() && entry.first.bytes() == key) return &entry.second;
  }
  return nullptr;
}

void Dict::set(Meter& meter, Value key, Value value) {
  depth_ = std::max(depth_, checked_depth(std::max(key.depth(), value.depth())));
  if (const Value* present = find(meter, key)) {
    *const_cast<Value*>(present) = std::move(value);
    return;
  }
  meter.charge(sizeof(Entry) + 32);
  const auto position = static_cast<std::uint32_t>(entries_.size());
  entries_.emplace_back(std::move(key), std::move(value));
  if (entries_.size() == small_dict + 1) {
    for (std::uint32_t i = 0; i < position; ++i) index_.emplace(hash(meter, entries_[i].first), i);
  }
  if (entries_.size() > small_dict) index_.emplace(hash(meter, entries_.back().first), position);
}

std::string Object::printed() const { return std::string("<") + qualified_name() + " object>"; }

Value Object::call(Interpreter&, CallArguments) { fail(std::string("'") + type_name() + "' object is not callable"); }

bool Object::attribute(Interpreter&, std::string_view, Value&) { return false; }

Value Value::text(std::string_view bytes) {
  Text text;
  text.bytes = bytes;
  text.ascii = roundhouse::text::is_ascii(bytes);
  return Value(std::make_shared<const Text>(std::move(text)));
}

Value Value::foreign_text(std::string_view bytes) {
  TextBuilder builder;
  builder.foreign(bytes);
  return Value(builder.share());
}

Value Value::text(Text text) { return Value(std::make_shared<const Text>(std::move(text))); }

Value Value::list(Meter& meter, std::vector<Value> items, ListKind kind) {
  meter.charge(64 + items.size() * sizeof(Value));
  auto list = std::make_shared<List>();
  std::uint16_t deepest = 0;
  for (const Value& item : items) deepest = std::max(deepest, item.depth());
  list->depth = checked_depth(deepest);
  list->items = std::move(items);
  list->kind = kind;
  return Value(ListPtr(std::move(list)));
}

Value Value::undefined(std::string message) {
  return Value(std::make_shared<const Undefined>(Undefined{std::move(message)}));
}

std::uint16_t Value::depth() const {
  if (is_list()) return list()->depth;
  if (is_dict()) return dict()->depth();
  if (is_object()) return object()->depth();
  return 0;
}

const char* Value::type_name() const {
  if (is_none()) return "NoneType";
  if (is_bool()) return "bool";
  if (is_integer()) return "int";
  if (is_float()) return "float";
  if (is_text()) return text().markup ? "Markup" : "str";
  if (is_dict()) return "dict";
  if (is_undefined()) return "Undefined";
  if (is_object()) return object()->type_name();
  switch (list()->kind) {
    case ListKind::list: return "list";
    case ListKind::tuple: return "tuple";
    case ListKind::range: return "range";
    case ListKind::dict_items: return "dict_items";
    case ListKind::dict_keys: return "dict_keys";
    case ListKind::dict_values: return "dict_values";
    case ListKind::generator: return "generator";
  }
  return "list";
}

}  // namespace roundhouse::jinja
