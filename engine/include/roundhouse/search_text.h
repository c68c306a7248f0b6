// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace roundhouse {

// What a full-text index (SQLite FTS5, tokenizer unicode61) is given so that it also finds Chinese, Japanese and
// Korean words, which stand without spaces: each run of such characters becomes its overlapping pairs and its last
// character ("大模型" -> "大模 模型 型"); all else is kept, set off by spaces. Invalid UTF-8 and U+0000 become spaces.
std::string search_terms(std::string_view text);

// The FTS5 expression that finds what a person typed in an index over search_terms(): all words must occur, in any
// order; the end of a word may be left out (not within "double quotes", which ask for the words in that order).
// FTS5's own operators have no meaning here, so that any input is a valid search. Empty when nothing can be searched.
std::string search_expression(std::string_view typed);

}  // namespace roundhouse
