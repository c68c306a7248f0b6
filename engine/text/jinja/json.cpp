// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/text/jinja/python.h"
#include "engine/text/utf8.h"

namespace roundhouse::jinja {
namespace {

using roundhouse::text::Utf8State;
using roundhouse::text::utf8_step;

class Writer {
 public:
  Writer(Meter& meter, const JsonStyle& style) : meter_(meter), style_(style) {}

  void write(const Value& value, std::size_t level) {
    const Meter::Depth depth(meter_);
    meter_.charge(8);
    if (value.is_none()) return out.own("null");
    if (value.is_bool()) return out.own(value.boolean() ? "true" : "false");
    if (value.is_integer()) return out.own(std::to_string(value.integer()));
    if (value.is_float()) return out.own(number(value.number()));
    if (value.is_text()) return string(value.text());
    if (value.is_dict()) return dict(*value.dict(), level);
    const bool array = value.is_list() && (value.list()->kind == ListKind::list || value.list()->kind == ListKind::tuple);
    if (!array) fail(std::string("Object of type ") + value.type_name() + " is not JSON serializable");
    if (value.list()->items.empty()) return out.own("[]");
    out.own("[");
    bool first = true;
    for (const Value& item : value.list()->items) {
      separate(first, level + 1);
      write(item, level + 1);
    }
    if (style_.pretty) line(level);
    out.own("]");
  }

  TextBuilder out;

 private:
  static std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    return float_repr(value);
  }

  void line(std::size_t level) {
    meter_.charge(1 + level * style_.indent.size());
    out.own("\n");
    for (; level > 0; --level) out.own(style_.indent);
  }
  void separate(bool& first, std::size_t level) {
    if (!std::exchange(first, false)) out.own(style_.item_separator);
    if (style_.pretty) line(level);
  }

  void dict(const Dict& dict, std::size_t level) {
    if (dict.size() == 0) return out.own("{}");
    std::vector<const Dict::Entry*> entries;
    for (const auto& entry : dict.entries()) entries.push_back(&entry);
    if (style_.sort_keys) {
      std::stable_sort(entries.begin(), entries.end(),
                       [this](const Dict::Entry* a, const Dict::Entry* b) { return compare(meter_, a->first, b->first, "<") == -1; });
    }
    out.own("{");
    bool first = true;
    for (const Dict::Entry* entry : entries) {
      separate(first, level + 1);
      key(entry->first);
      out.own(style_.key_separator);
      write(entry->second, level + 1);
    }
    if (style_.pretty) line(level);
    out.own("}");
  }

  void key(const Value& value) {
    if (value.is_text()) return string(value.text());
    if (value.is_none()) return out.own("\"null\"");
    if (value.is_bool()) return out.own(value.boolean() ? "\"true\"" : "\"false\"");
    if (value.is_number()) return out.own("\"" + (value.is_float() ? number(value.number()) : std::to_string(value.integer())) + "\"");
    fail(std::string("keys must be str, int, float, bool or None, not ") + value.type_name());
  }

  void string(const Text& text) {
    const std::string& bytes = text.bytes;
    meter_.charge(bytes.size() + 2);
    out.own("\"");
    std::size_t done = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      const auto step = utf8_step(bytes, at);
      const std::string escaped = escape(step.state == Utf8State::ok ? step.code_point : U'?', bytes[at]);
      if (!escaped.empty()) {
        meter_.charge(escaped.size());
        out.part(text, done, at);
        out.instead_of(text, at, at + step.length, escaped);
        done = at + step.length;
      }
      at += step.length;
    }
    out.part(text, done, bytes.size());
    out.own("\"");
  }

  // Empty when the character stands for itself.
  std::string escape(char32_t c, char byte) const {
    switch (byte) {
      case '"': return "\\\"";
      case '\\': return "\\\\";
      case '\n': return "\\n";
      case '\r': return "\\r";
      case '\t': return "\\t";
      case '\f': return "\\f";
      case '\b': return "\\b";
      default: break;
    }
    const auto unit = [](unsigned value) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", value & 0xFFFF);
      return std::string(buffer);
    };
    if (c < 0x20 || (style_.ascii_only && c >= 0x7F && c < 0x10000 && c != 0x7F)) return unit(c);
    if (style_.ascii_only && c >= 0x10000) return unit(0xD7C0u + (c >> 10)) + unit(0xDC00u + (c & 0x3FF));
    return {};
  }

  Meter& meter_;
  const JsonStyle& style_;
};

using Json = nlohmann::json;

// Builds values from nlohmann's events, so that order and repeated keys are Python's (the last value counts, at the
// first one's place), and depth and memory are bounded.
class Reader : public nlohmann::json_sax<Json> {
 public:
  Reader(Meter& meter, bool foreign) : meter_(meter), foreign_(foreign) {}

  bool null() override { return add(Value()); }
  bool boolean(bool value) override { return add(Value(value)); }
  bool number_integer(number_integer_t value) override { return add(Value(static_cast<std::int64_t>(value))); }
  bool number_unsigned(number_unsigned_t value) override {
    return add(value <= static_cast<number_unsigned_t>(INT64_MAX) ? Value(static_cast<std::int64_t>(value)) : Value(static_cast<double>(value)));
  }
  bool number_float(number_float_t value, const string_t&) override { return add(Value(static_cast<double>(value))); }
  bool string(string_t& value) override { return add(text(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool key(string_t& value) override {
    levels_.back().key = text(value);
    return true;
  }
  bool end_object() override {
    Value value{DictPtr(std::move(levels_.back().dict))};
    levels_.pop_back();
    return add(std::move(value));
  }
  bool end_array() override {
    Value value = Value::list(meter_, std::move(levels_.back().items));
    levels_.pop_back();
    return add(std::move(value));
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    fail("not JSON: error at byte " + std::to_string(position));
  }

  Value result;

 private:
  struct Level {
    std::shared_ptr<Dict> dict;  // or null: an array
    std::vector<Value> items;
    Value key;
  };

  Value text(const std::string& bytes) {
    meter_.charge(bytes.size() + sizeof(Text));
    return foreign_ ? Value::foreign_text(bytes) : Value::text(bytes);
  }
  bool open(bool object) {
    if (levels_.size() >= max_value_depth) fail_limit("JSON nested more than " + std::to_string(max_value_depth) + " levels deep");
    levels_.push_back({object ? std::make_shared<Dict>() : nullptr, {}, Value()});
    return true;
  }
  bool add(Value value) {
    meter_.charge(sizeof(Value));
    if (levels_.empty()) {
      result = std::move(value);
    } else if (Level& level = levels_.back(); level.dict) {
      level.dict->set(meter_, std::move(level.key), std::move(value));
    } else {
      level.items.push_back(std::move(value));
    }
    return true;
  }

  Meter& meter_;
  bool foreign_;
  std::vector<Level> levels_;
};

}  // namespace

Value to_json(Meter& meter, const Value& value, const JsonStyle& style) {
  Writer writer(meter, style);
  writer.write(value, 0);
  return Value(writer.out.share());
}

Value from_json(Meter& meter, std::string_view json, bool foreign) {
  meter.charge(json.size());
  Reader reader(meter, foreign);
  if (!Json::sax_parse(json.begin(), json.end(), &reader)) fail("not JSON");
  return reader.result;
}

}  // namespace roundhouse::jinja
