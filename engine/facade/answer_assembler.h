// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "roundhouse/hooks.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

// Token ids of an answer -> released text: whole characters, nothing of a stop string, and only what the output filters
// let through. One thread at a time.
class AnswerAssembler {
 public:
  AnswerAssembler(const Tokenizer& tokenizer, std::vector<std::string> stops,
                  std::vector<std::unique_ptr<OutputFilter>> filters);

  struct Piece {
    std::string text;   // released now
    bool stop = false;  // a stop string was completed: draw no more
  };
  Result<Piece> push(std::int32_t id);
  // Releases what was held. After a stop it adds nothing.
  Result<Piece> finish();

  const std::string& text() const { return text_; }  // released so far
  // Bytes of text() that token i stands for, cut to what was released; empty spans once a filter has changed the text.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> spans() const;
  std::pair<std::uint32_t, std::uint32_t> last_span() const;  // of the token pushed last; empty before the first

 private:
  std::pair<std::uint32_t, std::uint32_t> released(const TextSpan& span) const;
  Result<Piece> release(std::string fresh, bool at_end);

  Detokenizer detokenizer_;
  std::vector<std::string> stops_;
  std::vector<std::unique_ptr<OutputFilter>> filters_;
  std::string held_;      // may begin a stop string
  std::string unfiltered_;
  std::string text_;
  bool stopped_ = false, changed_ = false;
};

}  // namespace roundhouse
