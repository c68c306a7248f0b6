// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <limits>
#include <memory>
#include <vector>

namespace roundhouse::widgets {

enum class TokenRole : quint8 { Prompt, Answer, Special };

struct TokenPiece {
  QString text;     // as decoded; bytes that are no text on their own are shown by whoever makes the piece ("<0xE4>")
  float heat = std::numeric_limits<float>::quiet_NaN();  // 0..1 for the underline; NaN for none
  TokenRole role = TokenRole::Answer;
  bool marked = false;  // stands out by its ground and a line below: what a training sample learns
};

// Tokens in order. Immutable once shared; a longer one that begins with the same tokens is laid out from its new end.
struct TokenSequence {
  std::vector<TokenPiece> tokens;
  QString heatName;  // "entropy", for tool tips and legend
  QString heatUnit;
  double heatLow = 0;   // what 0 and 1 of the heat mean
  double heatHigh = 1;
  QString markName;     // what a marked token is, for tool tips

  int size() const { return int(tokens.size()); }
};
using TokenSequencePtr = std::shared_ptr<const TokenSequence>;

// The piece as it is drawn: spaces, tabs and line ends as marks ("·", "→", "↵"), other control characters as "�".
QString visibleToken(const QString& text);

}  // namespace roundhouse::widgets
