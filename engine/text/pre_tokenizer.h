// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse::text {

// Cuts a text into the pieces within which byte pairs are merged. A chain of expressions: each cuts the pieces left by
// the one before into matches and the stretches between them. Immutable; any thread.
class PreTokenizer {
 public:
  // Expressions in the notation of tokenizer.json (Perl-like; \s is Unicode's White_Space).
  static Result<PreTokenizer> create(const std::vector<std::string>& expressions);
  // By the name in `tokenizer.ggml.pre`.
  static Result<PreTokenizer> named(std::string_view name);
  static std::vector<std::string> names();

  PreTokenizer(PreTokenizer&&) noexcept;
  PreTokenizer& operator=(PreTokenizer&&) noexcept;
  ~PreTokenizer();

  // Appends the ends of the pieces of `text`, ascending; the last is text.size(), none for an empty text. Stretches
  // that are no UTF-8 are pieces of their own. Fails (limit) when an expression takes unreasonably long.
  Status split(std::string_view text, std::vector<std::size_t>& ends) const;

 private:
  struct Expression;
  PreTokenizer();
  std::vector<std::unique_ptr<const Expression>> chain_;
};

}  // namespace roundhouse::text
