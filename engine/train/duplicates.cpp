// SPDX-License-Identifier: Apache-2.0
#include "engine/train/duplicates.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace roundhouse {

namespace {

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

struct Multipliers {
  std::array<std::uint32_t, 64> factor{}, offset{};
  constexpr Multipliers() {
    for (std::uint32_t i = 0; i < 64; ++i) {
      const std::uint64_t drawn = mixed((i + 1) * 0x9E3779B97F4A7C15u);
      factor[i] = static_cast<std::uint32_t>(drawn) | 1u;
      offset[i] = static_cast<std::uint32_t>(drawn >> 32);
    }
  }
};
constexpr Multipliers multipliers;

constexpr std::uint32_t nothing = std::numeric_limits<std::uint32_t>::max();

void take(TextSketch& sketch, std::uint64_t run) {
  const std::uint32_t x = static_cast<std::uint32_t>(run ^ (run >> 32));
  for (std::size_t i = 0; i < sketch.size(); ++i) {
    std::uint32_t y = x * multipliers.factor[i] + multipliers.offset[i];
    y ^= y >> 15;
    y *= 0x2C1B3C6Du;
    y ^= y >> 12;
    sketch[i] = std::min(sketch[i], y);
  }
}

bool plain_word_byte(unsigned char c) { return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::string normalized_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (plain_word_byte(static_cast<unsigned char>(c))) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::uint64_t text_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a, then mixed
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return mixed(hash + text.size());
}

TextSketch text_sketch(std::string_view normalized) {
  TextSketch sketch;
  sketch.fill(nothing);
  std::uint64_t run[3] = {0, 0, 0};
  std::size_t words = 0;
  for (std::size_t at = 0; at < normalized.size();) {
    std::size_t end = at;
    if (static_cast<unsigned char>(normalized[at]) >= 0xE3) {
      do ++end;
      while (end < normalized.size() && (static_cast<unsigned char>(normalized[end]) & 0xC0u) == 0x80u);
    } else {
      while (end < normalized.size() && normalized[end] != ' ' && static_cast<unsigned char>(normalized[end]) < 0xE3) ++end;
    }
    if (end > at) {
      run[0] = run[1];
      run[1] = run[2];
      run[2] = text_hash(normalized.substr(at, end - at));
      if (++words >= 3) take(sketch, mixed(run[0] + mixed(run[1] + mixed(run[2]))));
    }
    at = end < normalized.size() && normalized[end] == ' ' ? end + 1 : end;
  }
  if (words == 1) take(sketch, run[2]);
  if (words == 2) take(sketch, mixed(run[1] + mixed(run[2])));
  return sketch;
}

double sketch_similarity(const TextSketch& a, const TextSketch& b) {
  int same = 0;
  for (std::size_t i = 0; i < a.size(); ++i) same += a[i] == b[i];
  return static_cast<double>(same) / static_cast<double>(a.size());
}

std::vector<std::int64_t> near_matches(std::span<const TextSketch> sketches, double similarity) {
  constexpr std::size_t bands = 16, width = 4, compared = 4;
  std::vector<std::int64_t> match(sketches.size(), -1);
  std::vector<std::pair<std::uint64_t, std::int64_t>> keys(sketches.size());
  for (std::size_t band = 0; band < bands; ++band) {
    for (std::size_t i = 0; i < sketches.size(); ++i) {
      std::uint64_t key = 0;
      for (std::size_t j = 0; j < width; ++j) key = mixed(key + sketches[i][band * width + j]);
      keys[i] = {key, static_cast<std::int64_t>(i)};
    }
    std::sort(keys.begin(), keys.end());
    for (std::size_t first = 0; first < keys.size();) {
      std::size_t behind = first;
      while (behind < keys.size() && keys[behind].first == keys[first].first) ++behind;
      for (std::size_t i = first + 1; i < behind; ++i) {
        const std::int64_t one = keys[i].second;
        std::int64_t& found = match[static_cast<std::size_t>(one)];
        for (std::size_t j = first; j < std::min(i, first + compared); ++j) {
          const std::int64_t other = keys[j].second;
          if (found >= 0 && found <= other) break;
          const TextSketch& sketch = sketches[static_cast<std::size_t>(one)];
          if (sketch[0] != nothing && sketch_similarity(sketch, sketches[static_cast<std::size_t>(other)]) >= similarity) {
            found = other;
            break;
          }
        }
      }
      first = behind;
    }
  }
  return match;
}

}  // namespace roundhouse
