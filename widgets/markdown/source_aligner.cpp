// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/source_aligner.h"

#include <cmark-gfm.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace roundhouse::widgets {
namespace {

// How many bytes a search may compare before a literal counts as not found: keeps the sum linear.
constexpr int kSearchSteps = 200000;
constexpr int kLongestEntity = 40;
constexpr size_t kMostEntities = 500;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool isAsciiPunctuation(char c) { return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~'); }
bool isAsciiWord(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '#'; }

// cmark knows the entities; a text of one entity gives a paragraph of one text.
std::string decodeEntity(const std::string& entity) {
  std::string decoded;
  cmark_node* root = cmark_parse_document(entity.data(), entity.size(), CMARK_OPT_DEFAULT);
  if (cmark_node* paragraph = cmark_node_first_child(root))
    if (cmark_node* text = cmark_node_first_child(paragraph))
      if (const char* literal = cmark_node_get_literal(text)) decoded = literal;
  cmark_node_free(root);
  return decoded == entity ? std::string() : decoded;
}

}  // namespace

void SourceAligner::enterBlock(int begin, int end) {
  cursor_ = std::max(cursor_, begin);
  end_ = std::clamp(end, cursor_, std::max(cursor_, int(source_.size())));
}

const std::string& SourceAligner::entityAt(int at, int* length) {
  static const std::string none;
  int close = at + 1;
  while (close < end_ && close - at < kLongestEntity && isAsciiWord(source_[size_t(close)])) ++close;
  if (close >= end_ || source_[size_t(close)] != ';' || close == at + 1) return none;
  *length = close + 1 - at;
  const std::string_view entity = source_.substr(size_t(at), size_t(*length));
  if (const auto it = entities_.find(entity); it != entities_.end()) return it->second;
  if (entities_.size() >= kMostEntities) return none;
  std::string key(entity);
  std::string decoded = decodeEntity(key);
  return entities_.emplace(std::move(key), std::move(decoded)).first->second;
}

int SourceAligner::match(std::string_view literal, int at, QList<Piece>* pieces) {
  size_t i = 0;
  int p = at;
  size_t run_text = 0;  // start of the verbatim run in the literal
  int run_source = at;
  const auto flush = [&](size_t text_end, int source_end) {
    if (!pieces || text_end <= run_text) return;
    QString text = QString::fromUtf8(literal.data() + run_text, qsizetype(text_end - run_text));
    // Broken UTF-8 is shown as U+FFFD, whose bytes are not those of the source.
    const bool verbatim = text.toUtf8() == QByteArrayView(source_.data() + run_source, source_end - run_source);
    pieces->append({std::move(text), run_source, source_end, verbatim});
  };
  const auto unit = [&](size_t text_length, int source_length) {
    flush(i, p);
    if (pieces)
      pieces->append({QString::fromUtf8(literal.data() + i, qsizetype(text_length)), p, p + source_length, false});
    i += text_length;
    p += source_length;
    run_text = i;
    run_source = p;
  };
  while (i < literal.size()) {
    if (p >= end_) return -1;
    const char have = source_[size_t(p)];
    const bool escape = have == '\\' && p + 1 < end_ && isAsciiPunctuation(source_[size_t(p) + 1]) &&
                        source_[size_t(p) + 1] == literal[i];
    // Two backslashes for one, unless the literal (a code span) has both.
    if (escape && (literal[i] != '\\' || i + 1 == literal.size() || literal[i + 1] != '\\')) {
      unit(1, 2);
      continue;
    }
    if (have == '&') {
      int length = 0;
      const std::string& decoded = entityAt(p, &length);
      if (!decoded.empty() && literal.substr(i, decoded.size()) == decoded &&
          source_.substr(size_t(p), size_t(length)) != literal.substr(i, size_t(length))) {
        unit(decoded.size(), length);
        continue;
      }
    }
    if (have == literal[i]) {
      ++i;
      ++p;
      continue;
    }
    if ((literal[i] == ' ' || literal[i] == '\n') && (have == '\n' || have == '\r')) {
      // A line end inside a code span; the next line's indentation and quote marks are not part of it.
      int length = have == '\r' && p + 1 < end_ && source_[size_t(p) + 1] == '\n' ? 2 : 1;
      const char next = i + 1 < literal.size() ? literal[i + 1] : '\0';
      while (p + length < end_ && source_[size_t(p + length)] != next &&
             std::strchr(" \t>", source_[size_t(p + length)]))
        ++length;
      unit(1, length);
      continue;
    }
    if (have == '\0' && literal.substr(i, 3) == kReplacement) {
      unit(3, 1);
      continue;
    }
    return -1;
  }
  flush(i, p);
  return p;
}

QList<SourceAligner::Piece> SourceAligner::place(std::string_view literal) {
  if (literal.empty()) return {};
  int steps = 0;
  for (int at = cursor_; at < end_ && steps < kSearchSteps; ++at) {
    ++steps;
    const char have = source_[size_t(at)];
    if (have != literal[0] && have != '\\' && have != '&' && have != '\n' && have != '\r' && have != '\0') continue;
    QList<Piece> pieces;
    if (match(literal, at, nullptr) < 0) {
      steps += 8;
      continue;
    }
    cursor_ = match(literal, at, &pieces);
    return pieces;
  }
  return {{QString::fromUtf8(literal.data(), qsizetype(literal.size())), -1, -1, false}};
}

void SourceAligner::skipLinkTarget() {
  int p = cursor_;
  // Closing marks of emphasis may stand between the text and the bracket.
  while (p < end_ && std::strchr("*_~`", source_[size_t(p)]) && source_[size_t(p)] != '\0') ++p;
  if (p >= end_ || source_[size_t(p)] != ']') return;
  ++p;
  if (p >= end_ || (source_[size_t(p)] != '(' && source_[size_t(p)] != '[')) {
    cursor_ = p;
    return;
  }
  const char open = source_[size_t(p)], close = open == '(' ? ')' : ']';
  int depth = 0;
  char quote = '\0';
  for (int q = p; q < end_; ++q) {
    const char c = source_[size_t(q)];
    if (c == '\\') {
      ++q;
    } else if (quote) {
      if (c == quote) quote = '\0';
    } else if (open == '(' && q > p + 1 && (c == '"' || c == '\'') && (source_[size_t(q) - 1] == ' ' || source_[size_t(q) - 1] == '\n')) {
      quote = c;
    } else if (c == open) {
      ++depth;
    } else if (c == close && --depth == 0) {
      cursor_ = q + 1;
      return;
    }
  }
}

}  // namespace roundhouse::widgets
