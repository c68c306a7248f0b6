// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "roundhouse/model.h"

namespace roundhouse::app {

class EngineController;

// The tokens of the current model by their text. GUI thread.
class TokenFinder {
 public:
  explicit TokenFinder(const EngineController& engine) : engine_(engine) {}

  // Bytes of the token; empty when no model is loaded, or it has no such token.
  std::string text(std::int32_t token) const;
  // -1: no token has just this text. Goes through the vocabulary once for each model: it is asked with every key typed.
  std::int32_t find(const std::string& text);

 private:
  const EngineController& engine_;
  std::weak_ptr<Model> of_;  // whose tokens `found_` has
  std::unordered_map<std::string, std::int32_t> found_;
};

// What is added to the logits of tokens as a person writes it, a token a line: " sure: 2", "\n: never", "#123: -1.5".
// A token is its text (\n, \t and \\ stand for a line end, a tab and a backslash) or # and its number.
struct LogitBiasText {
  std::map<std::int32_t, float> bias;  // as SamplingSettings::logit_bias
  QString problem;                     // the first line that cannot be read, and why; empty: none
};
LogitBiasText readLogitBias(const QString& text, TokenFinder& tokens);
QString writeLogitBias(const std::map<std::int32_t, float>& bias, TokenFinder& tokens);

}  // namespace roundhouse::app
