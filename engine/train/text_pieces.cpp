// SPDX-License-Identifier: Apache-2.0
#include "engine/train/text_pieces.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/train/paragraphs.h"

namespace roundhouse {

namespace {

bool inside_character(std::string_view text, std::size_t at) { return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u; }

bool after_blank_line(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  return (before.ends_with("\n\n") || before.ends_with("\n\r\n")) && !(at < text.size() && (text[at] == '\n' || text[at] == '\r'));
}

class Cutter {
 public:
  Cutter(std::string_view text, std::int64_t max_tokens, bool ends, const Tokenizer& tokenizer) : text_(text), ends_(ends), tokenizer_(tokenizer), max_tokens_(max_tokens) {}

  Result<std::vector<TextPiece>> run() {
    EncodeOptions options;
    options.add_special = true;
    RH_ASSIGN(std::vector<TokenId> marks, tokenizer_.encode("", options));
    const bool opens = tokenizer_.adds_bos() && !marks.empty();
    if (opens) opening_.assign(1, marks.front());
    if (ends_) closing_.assign(marks.begin() + (opens ? 1 : 0), marks.end());
    const auto most = max_tokens_ - static_cast<std::int64_t>(opening_.size() + closing_.size());
    if (max_tokens_ < 4 || most < 2) return Error{ErrorCode::invalid_argument, "cut text", "tokens of a piece", "4 or more", std::to_string(max_tokens_)};
    most_ = static_cast<std::size_t>(most);
    for (std::size_t at = 0; at < text_.size();) {
      RH_ASSIGN(const bool kept, cut_one(at));
      if (!kept) {
        RH_TRY(cut_changed_text(at));
        break;
      }
    }
    return std::move(pieces_);
  }

 private:
  // Takes one piece from `at` on, which is advanced. False: the tokens do not keep the text.
  Result<bool> cut_one(std::size_t& at) {
    double bytes = static_cast<double>(most_) * bytes_per_token_ * 1.15 + 64.0;
    for (;;) {
      std::size_t end = bytes < static_cast<double>(text_.size() - at) ? at + static_cast<std::size_t>(bytes) : text_.size();
      while (inside_character(text_, end)) ++end;
      const std::string_view window = text_.substr(at, end - at);
      RH_ASSIGN(const std::vector<TokenId> tokens, tokenizer_.encode(window));
      std::vector<std::size_t> offsets(1, 0);  // where each token begins, and where the last ends
      offsets.reserve(tokens.size() + 1);
      for (const TokenId id : tokens) {
        if (tokenizer_.is_special(id)) return false;
        const std::string_view own = tokenizer_.token_bytes(id);
        if (window.compare(offsets.back(), own.size(), own) != 0) return false;
        offsets.push_back(offsets.back() + own.size());
      }
      if (offsets.back() != window.size()) return false;
      const bool last = end == text_.size();
      if (tokens.size() <= most_ && !last) {
        bytes *= 1.5;
        continue;
      }
      if (!tokens.empty()) bytes_per_token_ = static_cast<double>(window.size()) / static_cast<double>(tokens.size());
      const std::size_t count = last && tokens.size() <= most_ ? tokens.size() : best_cut(window, offsets);
      add(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(count), at, at + offsets[count], last && count == tokens.size());
      at += offsets[count];
      return true;
    }
  }

  // How many tokens to take of more than most_.
  std::size_t best_cut(std::string_view window, const std::vector<std::size_t>& offsets) const {
    const auto last_where = [&](std::size_t least, auto&& fits) {
      for (std::size_t count = most_; count >= std::max<std::size_t>(least, 1); --count) {
        if (fits(offsets[count])) return count;
      }
      return std::size_t{0};
    };
    std::size_t count = last_where(most_ / 2, [&](std::size_t at) { return after_blank_line(window, at); });
    if (count == 0) count = last_where(most_ - most_ / 4, [&](std::size_t at) { return window[at - 1] == '\n'; });
    if (count == 0) count = last_where(most_ - most_ / 8, [&](std::size_t at) { return window[at] == ' ' && window[at - 1] != ' '; });
    if (count == 0) count = last_where(1, [&](std::size_t at) { return !inside_character(window, at); });
    return count == 0 ? most_ : count;
  }

  // Tokens that do not keep the text: paragraph by paragraph, cut anywhere.
  Status cut_changed_text(std::size_t begin) {
    std::vector<TokenId> held;
    std::size_t held_begin = begin, at = begin;
    const auto flush = [&](std::size_t end, bool last) {
      auto from = held.begin();
      while (held.end() - from > static_cast<std::ptrdiff_t>(most_)) {
        add(from, from + static_cast<std::ptrdiff_t>(most_), held_begin, end, false);
        from += static_cast<std::ptrdiff_t>(most_);
      }
      add(from, held.end(), held_begin, end, last);
      held.clear();
      held_begin = end;
    };
    Paragraphs paragraphs(text_.substr(begin));
    auto next = paragraphs.next();
    while (at < text_.size()) {
      if (next) next = paragraphs.next();
      const std::size_t end = next ? begin + next->begin : text_.size();
      RH_ASSIGN(const std::vector<TokenId> tokens, tokenizer_.encode(text_.substr(at, end - at)));
      if (held.size() + tokens.size() > most_ && !held.empty()) flush(at, false);
      held.insert(held.end(), tokens.begin(), tokens.end());
      at = end;
    }
    if (!held.empty()) flush(at, true);
    return Ok{};
  }

  template <class Iterator>
  void add(Iterator first, Iterator behind, std::size_t begin, std::size_t end, bool last) {
    TextPiece piece{{opening_, {}}, begin, end};
    piece.sample.tokens.insert(piece.sample.tokens.end(), first, behind);
    if (last) piece.sample.tokens.insert(piece.sample.tokens.end(), closing_.begin(), closing_.end());
    if (piece.sample.tokens.size() >= 2) pieces_.push_back(std::move(piece));
  }

  std::string_view text_;
  bool ends_;
  const Tokenizer& tokenizer_;
  std::int64_t max_tokens_;
  std::size_t most_ = 0;  // tokens of the text in a piece
  double bytes_per_token_ = 4.0;
  std::vector<TokenId> opening_, closing_;
  std::vector<TextPiece> pieces_;
};

}  // namespace

Result<std::vector<TextPiece>> text_pieces(std::string_view text, std::int64_t max_tokens, bool ends, const Tokenizer& tokenizer) {
  return Cutter(text, max_tokens, ends, tokenizer).run();
}

}  // namespace roundhouse
