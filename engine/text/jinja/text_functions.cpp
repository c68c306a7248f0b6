// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/text_functions.h"

#include <algorithm>

#include "engine/text/utf8.h"

namespace roundhouse::jinja {

using roundhouse::text::Utf8State;
using roundhouse::text::Utf8Step;
using roundhouse::text::utf8_step;

namespace {

constexpr auto npos = std::string_view::npos;

const Text& text_argument(const Value& value, const char* what) {
  if (value.is_undefined()) fail(value.undefined().message);
  if (!value.is_text()) fail(std::string(what) + " argument must be str, not " + value.type_name());
  return value.text();
}

// Start of the character that ends at `end`.
std::size_t previous(std::string_view bytes, std::size_t end) {
  for (std::size_t length = 4; length > 1; --length) {
    if (length > end) continue;
    const Utf8Step step = utf8_step(bytes.substr(0, end), end - length);
    if (step.state == Utf8State::ok && step.length == length) return end - length;
  }
  return end - 1;
}

}  // namespace

Value map_text(Meter& meter, const Text& text, const std::function<std::string(std::string_view)>& map) {
  meter.charge(2 * text.bytes.size());
  const std::string_view bytes = text.bytes;
  TextBuilder out;
  std::size_t at = 0;
  for (const TextSpan& span : text.foreign) {
    out.own(map(bytes.substr(at, span.begin - at)));
    out.foreign(map(bytes.substr(span.begin, span.end - span.begin)));
    at = span.end;
  }
  out.own(map(bytes.substr(at)));
  Text result = out.take();
  result.markup = text.markup;
  return Value::text(std::move(result));
}

Value strip(Meter& meter, const Text& text, const Value& characters, bool left, bool right) {
  const std::string_view bytes = text.bytes;
  std::size_t begin = 0, end = bytes.size();
  if (characters.is_none()) {
    if (left) begin = strip_left(bytes, 0, end);
    if (right) end = strip_right(bytes, begin, end);
    return text_part(text, begin, end);
  }
  const std::string_view set = text_argument(characters, "strip").bytes;
  meter.step(bytes.size() / 64 * (set.size() + 1));
  const auto in_set = [set](std::string_view character) {
    for (std::size_t at = 0; at < set.size();) {
      const std::size_t length = utf8_step(set, at).length;
      if (set.substr(at, length) == character) return true;
      at += length;
    }
    return false;
  };
  while (left && begin < end) {
    const std::size_t length = utf8_step(bytes, begin).length;
    if (!in_set(bytes.substr(begin, length))) break;
    begin += length;
  }
  while (right && end > begin) {
    const std::size_t start = std::max(previous(bytes, end), begin);
    if (!in_set(bytes.substr(start, end - start))) break;
    end = start;
  }
  return text_part(text, begin, end);
}

std::vector<Value> split(Meter& meter, const Text& text, const Value& separator, std::int64_t limit, bool from_right) {
  const std::string_view bytes = text.bytes;
  meter.charge(bytes.size());
  std::vector<Value> parts;
  const auto add = [&](std::size_t begin, std::size_t end) {
    meter.charge(sizeof(Value) + sizeof(Text));
    parts.push_back(text_part(text, begin, end));
  };
  const auto more = [&] { return limit < 0 || static_cast<std::int64_t>(parts.size()) < limit; };
  if (separator.is_none()) {
    if (!from_right) {
      std::size_t at = strip_left(bytes, 0, bytes.size());
      while (at < bytes.size() && more()) {
        std::size_t end = at;
        while (end < bytes.size() && strip_left(bytes, end, bytes.size()) == end) end += utf8_step(bytes, end).length;
        add(at, end);
        at = strip_left(bytes, end, bytes.size());
      }
      if (at < bytes.size()) add(at, bytes.size());
      return parts;
    }
    std::size_t end = strip_right(bytes, 0, bytes.size());
    while (end > 0 && more()) {
      std::size_t at = end;
      while (at > 0 && strip_right(bytes, 0, at) == at) at = previous(bytes, at);
      add(at, end);
      end = strip_right(bytes, 0, at);
    }
    if (end > 0) add(0, end);
    std::reverse(parts.begin(), parts.end());
    return parts;
  }
  const std::string_view needle = text_argument(separator, "split").bytes;
  if (needle.empty()) fail("empty separator");
  if (!from_right) {
    std::size_t at = 0;
    for (std::size_t found = 0; more() && (found = find_bytes(bytes, needle, at)) != npos; at = found + needle.size()) add(at, found);
    add(at, bytes.size());
    return parts;
  }
  meter.step(bytes.size() / 256 * (needle.size() + 1));  // the search backwards is not linear
  std::size_t end = bytes.size();
  for (std::size_t found = 0; more() && end >= needle.size() && (found = bytes.rfind(needle, end - needle.size())) != npos; end = found) {
    add(found + needle.size(), end);
  }
  add(0, end);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<Value> split_lines(Meter& meter, const Text& text, bool keep_ends) {
  const std::string_view bytes = text.bytes;
  meter.charge(bytes.size());
  std::vector<Value> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = utf8_step(bytes, at);
    const char32_t c = step.state == Utf8State::ok ? step.code_point : U'a';
    std::size_t end = at + step.length;
    const bool breaks = (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
    if (breaks) {
      if (c == '\r' && end < bytes.size() && bytes[end] == '\n') ++end;
      meter.charge(sizeof(Value) + sizeof(Text));
      lines.push_back(text_part(text, begin, keep_ends ? end : at));
      begin = end;
    }
    at = end;
  }
  if (begin < bytes.size()) lines.push_back(text_part(text, begin, bytes.size()));
  return lines;
}

Value replace(Meter& meter, const Text& text, const Value& from, const Value& to, std::int64_t limit) {
  const Text& needle = text_argument(from, "replace()");
  const Value escaped = text.markup ? escape_markup(meter, to) : to;
  const Text& replacement = text_argument(escaped, "replace()");
  meter.charge(text.bytes.size());
  TextBuilder out;
  std::size_t done = 0;
  std::int64_t count = 0;
  const auto put = [&](std::size_t begin, std::size_t end) {
    meter.charge(replacement.bytes.size() + 8);
    out.part(text, done, begin);
    out.append(replacement);
    done = end;
    ++count;
  };
  if (needle.bytes.empty()) {
    for (std::size_t at = 0; limit < 0 || count < limit; at += utf8_step(text.bytes, at).length) {
      put(at, at);
      if (at >= text.bytes.size()) break;
    }
  } else {
    for (std::size_t at = 0; (limit < 0 || count < limit) && (at = find_bytes(text.bytes, needle.bytes, at)) != npos; at += needle.bytes.size()) {
      put(at, at + needle.bytes.size());
    }
  }
  out.part(text, done, text.bytes.size());
  Text result = out.take();
  result.markup = text.markup;
  return Value::text(std::move(result));
}

Value join(Meter& meter, const Text& separator, const std::vector<Value>& items) {
  TextBuilder out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_text()) {
      fail("sequence item " + std::to_string(i) + ": expected str instance, " + items[i].type_name() + " found");
    }
    const Value item = separator.markup ? escape_markup(meter, items[i]) : items[i];
    meter.charge(separator.bytes.size() + item.bytes().size());
    if (i > 0) out.append(separator);
    out.append(item.text());
  }
  Text result = out.take();
  result.markup = separator.markup;
  return Value::text(std::move(result));
}

Value pad(Meter& meter, const Text& text, std::int64_t left, std::int64_t right, std::string_view fill) {
  left = std::max<std::int64_t>(left, 0);
  right = std::max<std::int64_t>(right, 0);
  if (left > 1'000'000'000 || right > 1'000'000'000) fail_limit("padding of that width");
  meter.charge(text.bytes.size() + static_cast<std::size_t>(left + right) * fill.size());
  TextBuilder out;
  for (; left > 0; --left) out.own(fill);
  out.append(text);
  for (; right > 0; --right) out.own(fill);
  Text result = out.take();
  result.markup = text.markup;
  return Value::text(std::move(result));
}

}  // namespace roundhouse::jinja
