// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roundhouse {

// A text without what hardly matters: ASCII letters in lower case, each run of white space and ASCII punctuation one space, none
// at the ends. Other characters stay.
std::string normalized_text(std::string_view text);

// Of bytes; the same on every machine. Not for keeping anyone from making collisions.
std::uint64_t text_hash(std::string_view text);

// MinHash of a normalised text's runs of three words, the text's own words where it has fewer; a character from U+3000 on is a
// word of its own. The share of equal numbers in two sketches estimates in how many of all their runs both agree (Jaccard;
// Broder, "On the resemblance and containment of documents", 1997), with a standard deviation of at most 0.063.
using TextSketch = std::array<std::uint32_t, 64>;
TextSketch text_sketch(std::string_view normalized);
double sketch_similarity(const TextSketch& a, const TextSketch& b);

// [sketches] the first earlier one that is found to be at least so similar, or -1. Candidates share one of 16 bands of four
// numbers; of a band that many share, only the first few are compared, so time stays near linear for any input. Pairs of
// similarity 0.8 are missed about once in 5,000 times. Empty sketches (of empty texts) match nothing.
std::vector<std::int64_t> near_matches(std::span<const TextSketch> sketches, double similarity = 0.8);

}  // namespace roundhouse
