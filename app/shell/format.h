// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <cstdint>

#include "roundhouse/model.h"
#include "roundhouse/result.h"
#include "roundhouse/routing.h"
#include "roundhouse/session.h"

namespace roundhouse::app {

// Quantities and engine values in the user's language, each with its unit.
QString bytesText(std::uint64_t bytes);          // "82.0 MB", powers of 1000
QString countText(std::uint64_t count);          // "125.4 M", "960"
QString durationText(std::int64_t milliseconds); // "0.4 s", "12 s", "3 min 5 s"
QString speedText(double tokensPerSecond);       // "41.3 tokens/s"
QString modelTitle(const ModelInfo& info);       // its name, or the file's
QString stageText(const QString& stage);         // what a load does, in words
QString editText(const ExpertEdit& edit);        // "Expert 5 in layer 3: disabled"
QString editText(const TopKEdit& edit);          // "2 active experts in every layer"
QString editsText(const RoutingEdits& edits);    // their name, or all of them in one line

// A failure for people: what happened in the user's language, what to do about it, and the exact message to copy.
struct ErrorText {
  QString title;
  QString advice;
  QString details;

  QString line() const;  // title and advice
};
ErrorText errorText(const Error& error);
// Error::message() in the user's language as far as engineText() goes.
QString errorDetails(const Error& error);
// What happened, with those details: for a label without room for more.
QString errorLine(const Error& error);

// Why an answer ended, told only where it is not the normal end: empty for an end token or stop string.
QString finishText(const GenerationResult& result);

}  // namespace roundhouse::app
