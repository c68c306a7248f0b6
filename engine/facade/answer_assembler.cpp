// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/answer_assembler.h"

#include <algorithm>

namespace roundhouse {

AnswerAssembler::AnswerAssembler(const Tokenizer& tokenizer, std::vector<std::string> stops,
                                 std::vector<std::unique_ptr<OutputFilter>> filters)
    : detokenizer_(tokenizer), stops_(std::move(stops)), filters_(std::move(filters)) {
  std::erase_if(stops_, [](const std::string& s) { return s.empty(); });
}

Result<AnswerAssembler::Piece> AnswerAssembler::release(std::string fresh, bool at_end) {
  Piece piece;
  if (stopped_) {
    piece.stop = true;
    return piece;
  }
  held_ += fresh;
  std::size_t first = std::string::npos;
  for (const std::string& stop : stops_) first = std::min(first, held_.find(stop));
  std::string out;
  if (first != std::string::npos) {
    out = held_.substr(0, first);
    held_.clear();
    stopped_ = piece.stop = true;
  } else {
    std::size_t keep = 0;  // the longest end that begins a stop string
    for (const std::string& stop : stops_) {
      for (std::size_t n = std::min(stop.size() - 1, held_.size()); n > keep; --n) {
        if (held_.compare(held_.size() - n, n, stop, 0, n) == 0) keep = n;
      }
    }
    if (at_end) keep = 0;
    out = held_.substr(0, held_.size() - keep);
    held_.erase(0, held_.size() - keep);
  }
  unfiltered_ += out;
  for (const auto& filter : filters_) {
    RH_ASSIGN(out, filter->feed(out));
    if (at_end || stopped_) {
      RH_ASSIGN(const std::string rest, filter->finish());
      out += rest;
    }
  }
  if (!changed_) changed_ = unfiltered_.compare(text_.size(), out.size(), out) != 0;
  text_ += out;
  piece.text = std::move(out);
  return piece;
}

Result<AnswerAssembler::Piece> AnswerAssembler::push(std::int32_t id) { return release(detokenizer_.push(id), false); }

Result<AnswerAssembler::Piece> AnswerAssembler::finish() { return release(detokenizer_.flush(), true); }

std::pair<std::uint32_t, std::uint32_t> AnswerAssembler::released(const TextSpan& span) const {
  if (changed_) return {0, 0};
  return {static_cast<std::uint32_t>(std::min(span.begin, text_.size())), static_cast<std::uint32_t>(std::min(span.end, text_.size()))};
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> AnswerAssembler::spans() const {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> result;
  for (const TextSpan& span : detokenizer_.spans()) result.push_back(released(span));
  return result;
}

std::pair<std::uint32_t, std::uint32_t> AnswerAssembler::last_span() const {
  return detokenizer_.spans().empty() ? std::pair<std::uint32_t, std::uint32_t>() : released(detokenizer_.spans().back());
}

}  // namespace roundhouse
