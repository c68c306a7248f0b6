// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/search_text.h"

#include <cstdint>
#include <vector>

namespace roundhouse {
namespace {

// The next code point and its bytes; invalid bytes come one at a time as U+0000.
struct Character {
  char32_t code = 0;
  std::string_view bytes;
};

Character next_character(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return {first, text.substr(at, 1)};
  const int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return {0, text.substr(at, 1)};
  char32_t code = first & (0x7f >> length);
  for (int i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return {0, text.substr(at, 1)};
    code = (code << 6) | (byte(at + i) & 0x3f);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {0, text.substr(at, 1)};
  return {code, text.substr(at, length)};
}

// Scripts written without spaces between words (Unicode blocks of Han, kana, bopomofo and hangul).
bool is_cjk(char32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x323af) ||
         (c >= 0xf900 && c <= 0xfaff) || (c >= 0x3041 && c <= 0x30ff && c != 0x30fb) || (c >= 0x31f0 && c <= 0x31ff) ||
         (c >= 0x3105 && c <= 0x312f) || (c >= 0xac00 && c <= 0xd7af) || (c >= 0x1100 && c <= 0x11ff) || c == 0x3005 ||
         c == 0x3007;
}

// What cannot be part of a word; unsure characters are left to the index's tokenizer.
bool is_separator(char32_t c) {
  if (c < 0x80) return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  return (c < 0xc0 && c != 0xaa && c != 0xb5 && c != 0xba && c != 0xb2 && c != 0xb3 && c != 0xb9) || c == 0xd7 ||
         c == 0xf7 || (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x303f) || c == 0x30fb ||
         (c >= 0xff00 && c <= 0xff0f) || (c >= 0xff1a && c <= 0xff20) || (c >= 0xff3b && c <= 0xff40) ||
         (c >= 0xff5b && c <= 0xff65) || (c >= 0x2190 && c <= 0x2bff) || (c >= 0xfe00 && c <= 0xfe6f) || (c >= 0x1f000 && c <= 0x1faff);
}

// A run of one kind. For cjk: its characters.
struct Run {
  enum Kind { space, word, cjk } kind = space;
  std::string_view bytes;
  std::vector<std::string_view> characters;
};

Run::Kind kind_of(char32_t c) {
  if (c < 0x80) return is_separator(c) ? Run::space : Run::word;
  return is_cjk(c) ? Run::cjk : is_separator(c) ? Run::space : Run::word;
}

std::vector<Run> runs_of(std::string_view text) {
  std::vector<Run> runs;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = next_character(text, at);
    const Run::Kind kind = kind_of(c.code);
    if (runs.empty() || runs.back().kind != kind) runs.push_back(Run{kind, text.substr(at, 0), {}});
    Run& run = runs.back();
    run.bytes = std::string_view(run.bytes.data(), run.bytes.size() + c.bytes.size());
    if (kind == Run::cjk) run.characters.push_back(c.bytes);
    at += c.bytes.size();
  }
  return runs;
}

void append_pairs(std::string& out, const Run& run, bool with_last) {
  const auto& characters = run.characters;
  for (std::size_t i = 0; i + 1 < characters.size(); ++i) {
    if (i > 0) out += ' ';
    out.append(characters[i]).append(characters[i + 1]);
  }
  if (characters.size() == 1) {
    out += characters[0];
  } else if (with_last) {
    out.append(" ").append(characters.back());
  }
}

// `"a b"`: the words of `text` in this order. Empty without words.
std::string phrase(std::string_view text) {
  std::string words;
  auto runs = runs_of(text);
  while (!runs.empty() && runs.back().kind == Run::space) runs.pop_back();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].kind == Run::space) continue;
    if (!words.empty()) words += ' ';
    if (runs[i].kind == Run::cjk) {
      append_pairs(words, runs[i], i + 1 < runs.size());
    } else {
      words += runs[i].bytes;
    }
  }
  if (words.empty()) return {};
  const bool last_may_go_on = runs.back().kind == Run::cjk && runs.back().characters.size() == 1;
  return '"' + words + (last_may_go_on ? "\" *" : "\"");
}

}  // namespace

std::string search_terms(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  Run::Kind before = Run::space;
  std::string_view last;   // the character before, within a run of cjk
  bool in_pairs = false;   // that run has more than one
  const auto end_run = [&] {
    if (in_pairs) out.append(" ").append(last);
    in_pairs = false;
  };
  for (std::size_t at = 0; at < text.size();) {
    const Character c = next_character(text, at);
    const Run::Kind kind = kind_of(c.code);
    if (kind != before) {
      end_run();
      if (kind != Run::space && !out.empty()) out += ' ';
      if (kind != Run::space) out += c.bytes;
    } else if (kind == Run::word) {
      out += c.bytes;
    } else if (kind == Run::cjk) {
      if (in_pairs) out.append(" ").append(last);
      out += c.bytes;
      in_pairs = true;
    }
    last = c.bytes;
    before = kind;
    at += c.bytes.size();
  }
  end_run();
  return out;
}

std::string search_expression(std::string_view typed) {
  std::string out;
  const auto add = [&](const std::string& term) {
    if (term.empty()) return;
    if (!out.empty()) out += " AND ";
    out += term;
  };
  while (!typed.empty()) {
    if (typed.front() == '"') {
      const auto end = typed.find('"', 1);
      add(phrase(typed.substr(1, end == typed.npos ? typed.npos : end - 1)));
      typed.remove_prefix(end == typed.npos ? typed.size() : end + 1);
      continue;
    }
    const auto unquoted = typed.substr(0, typed.find('"'));
    typed.remove_prefix(unquoted.size());
    for (const Run& run : runs_of(unquoted)) {
      if (run.kind == Run::word) add('"' + std::string(run.bytes) + "\" *");
      if (run.kind != Run::cjk) continue;
      std::string words;
      append_pairs(words, run, false);
      add('"' + words + (run.characters.size() == 1 ? "\" *" : "\""));
    }
  }
  return out;
}

}  // namespace roundhouse
