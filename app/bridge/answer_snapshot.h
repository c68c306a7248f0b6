// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMetaType>
#include <QString>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/bridge/answer_tokens.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/session.h"

namespace roundhouse::app {

// How a model's reasoning stands out in its answers.
struct AnswerReasoning {
  std::optional<ReasoningMarks> marks;           // the model's own; absent: its template tells nothing
  bool opened = false;                           // by the prompt: the answer begins inside
};

enum class AnswerState {
  Queued,      // accepted here, not yet by the engine
  Prompt,      // the prompt is being evaluated
  Generating,
  Finished,    // `result` says how
};

// One answer as far as it has come: an immutable value, shared by everything that shows it. Any thread.
struct AnswerSnapshot {
  QString conversation, answer;                  // ids
  AnswerState state = AnswerState::Queued;
  int promptEvaluated = 0, promptTotal = 0;      // while in Prompt
  std::string text;                              // UTF-8, what has been released
  AnswerTokens tokens;
  RoutingEdits edits;                            // in force during this answer
  std::optional<SamplingSettings> sampling;      // as asked for; absent: not known
  RoutingTrace trace;                            // of the whole context; empty for a dense model
  std::shared_ptr<const std::vector<std::string>> promptTexts;  // text of each prompt token; null before the first token
  std::optional<GenerationResult> result;        // exactly when Finished
  AnswerReasoning reasoning;                     // known with the first token
  std::string modelName, modelSha256;
  std::int64_t firstTokenNs = 0;                 // from submitting to the first token
  std::int64_t generationNs = 0;                 // from the first token to the last

  bool finished() const { return state == AnswerState::Finished; }
  double tokensPerSecond() const {
    return generationNs > 0 && tokens.size() > 1
               ? static_cast<double>(tokens.size() - 1) * 1e9 / static_cast<double>(generationNs) : 0.0;
  }
  // The text of a token of the context, prompt or answer; empty where it is not known or completes no character.
  std::string contextText(int position) const;
  int promptTokens() const { return tokens.empty() ? trace.prompt_tokens() : tokens.front().position; }
  // Index into `tokens` of the token that stands for byte `offset` of the text, or -1.
  int tokenAt(std::uint32_t offset) const;
  // The token at a position of the context, or -1 when it is not the answer's.
  int tokenOfPosition(int position) const;
};

using AnswerSnapshotPtr = std::shared_ptr<const AnswerSnapshot>;

// What two answers that are compared differ in besides their routing, as far as it is known.
bool sameSeed(const AnswerSnapshot& first, const AnswerSnapshot& second);      // true where no chance was left
bool sameSampling(const AnswerSnapshot& first, const AnswerSnapshot& second);  // the seed aside

}  // namespace roundhouse::app

Q_DECLARE_METATYPE(roundhouse::app::AnswerSnapshotPtr)
