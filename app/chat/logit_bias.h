// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "roundhouse/model.h"

namespace roundhouse::app {

class EngineController;

// The tokens of the current model by their text. GUI thread.
class TokenFinder {
 public:
  explicit TokenFinder(const EngineController& engine) : engine_(engine) {}

  // Bytes of the token; empty when no model is loaded, or it has no such token.
  std::string text(std::int32_t token) const;
  // -1: no token has just this text. Goes through the vocabulary once for each model (150,000 tokens take 55 ms), unless
  // prepare() has done so.
  std::int32_t find(const std::string& text);
  // Goes through it in the background, and calls `done` when find() is fast, unless `context` is gone by then.
  void prepare(QObject* context, std::function<void()> done);

 private:
  struct Vocabulary;
  std::shared_ptr<Vocabulary> vocabulary();

  const EngineController& engine_;
  std::shared_ptr<Vocabulary> vocabulary_;
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
