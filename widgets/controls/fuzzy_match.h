// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <optional>

namespace roundhouse::widgets {

struct FuzzyMatch {
  int score = 0;         // higher is better; 0 for an empty query
  QList<int> positions;  // matched UTF-16 units of the text, ascending
};

// Whether every word of the query is found in the text as a subsequence, ignoring case. Beginnings of words, runs of
// neighbours and short texts score higher. Bounded: the first 256 units of the text count.
std::optional<FuzzyMatch> fuzzyMatch(const QString& query, const QString& text);

}  // namespace roundhouse::widgets
