// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/fuzzy_match.h"

#include <algorithm>
#include <vector>

namespace roundhouse::widgets {
namespace {

constexpr qsizetype kLongestText = 256;
constexpr qsizetype kLongestWord = 32;
constexpr int kNone = -1'000'000;
constexpr int kHit = 8;
constexpr int kWordStart = 12;
constexpr int kNeighbour = 16;
constexpr int kGap = 1;

bool startsWord(const QString& text, qsizetype at) {
  if (at == 0) return true;
  const QChar before = text[at - 1], here = text[at];
  if (!before.isLetterOrNumber()) return here.isLetterOrNumber();
  // Every ideograph counts as a word.
  if (here.script() == QChar::Script_Han) return true;
  return before.isLower() && here.isUpper();
}

// The best subsequence by dynamic programming over (letters of the word, places in the text).
std::optional<FuzzyMatch> matchWord(const QString& word, const QString& text) {
  const qsizetype n = std::min(word.size(), kLongestWord), m = std::min(text.size(), kLongestText);
  if (n > m) return std::nullopt;
  // best[i][j]: word[0..i] matched with its last letter at j.
  std::vector<std::vector<int>> best(size_t(n), std::vector<int>(size_t(m), kNone));
  std::vector<std::vector<int>> from(size_t(n), std::vector<int>(size_t(m), -1));
  for (qsizetype i = 0; i < n; ++i) {
    int carried = kNone, carried_from = -1;  // best of the row before, less the gap so far
    for (qsizetype j = 0; j < m; ++j) {
      if (i > 0 && j > 0) {
        if (carried > kNone) carried -= kGap;
        if (j >= 2 && best[size_t(i) - 1][size_t(j) - 2] != kNone &&
            best[size_t(i) - 1][size_t(j) - 2] - kGap > carried) {
          carried = best[size_t(i) - 1][size_t(j) - 2] - kGap;
          carried_from = int(j) - 2;
        }
      }
      if (word[i].toCaseFolded() != text[j].toCaseFolded()) continue;
      const int own = kHit + (startsWord(text, j) ? kWordStart : 0);
      if (i == 0) {
        best[0][size_t(j)] = own - std::min(int(j), 10) * kGap;
        continue;
      }
      const int next_to = j > 0 && best[size_t(i) - 1][size_t(j) - 1] != kNone
                              ? best[size_t(i) - 1][size_t(j) - 1] + kNeighbour
                              : kNone;
      if (next_to == kNone && carried <= kNone) continue;
      best[size_t(i)][size_t(j)] = own + std::max(next_to, carried);
      from[size_t(i)][size_t(j)] = next_to >= carried ? int(j) - 1 : carried_from;
    }
  }
  const auto& last = best[size_t(n) - 1];
  const auto top = std::max_element(last.begin(), last.end());
  if (*top <= kNone) return std::nullopt;
  FuzzyMatch match{*top, {}};
  int at = int(top - last.begin());
  for (qsizetype i = n - 1; i >= 0; --i) {
    match.positions.prepend(at);
    at = from[size_t(i)][size_t(at)];
  }
  return match;
}

}  // namespace

std::optional<FuzzyMatch> fuzzyMatch(const QString& query, const QString& text) {
  FuzzyMatch whole;
  for (const QString& word : query.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
    const auto match = matchWord(word, text);
    if (!match) return std::nullopt;
    whole.score += match->score;
    whole.positions += match->positions;
  }
  std::sort(whole.positions.begin(), whole.positions.end());
  whole.positions.erase(std::unique(whole.positions.begin(), whole.positions.end()), whole.positions.end());
  if (!whole.positions.isEmpty()) whole.score -= int(std::min<qsizetype>(text.size(), 60) / 10);
  return whole;
}

}  // namespace roundhouse::widgets
