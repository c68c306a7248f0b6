// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_end.h"

#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace roundhouse::app {
namespace {

constexpr int kInterruptedCode = 128 + SIGINT, kTerminatedCode = 128 + SIGTERM;  // paused, see the command line's exit codes

std::string howKilled(int signal) {
  const std::string number = "it was killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  return signal == SIGKILL ? number + ": by hand, or because the machine ran out of memory" : number;
}

}  // namespace

JobEnd endOf(const EndFacts& facts) {
  const bool cancelled = facts.wanted == jobStateName(JobState::cancelled);
  if (facts.event == QLatin1String("finished")) return {JobState::finished, {}};
  if (facts.event == QLatin1String("failed")) return {cancelled ? JobState::cancelled : JobState::failed, facts.error};
  if (facts.event == QLatin1String("paused")) return {cancelled ? JobState::cancelled : JobState::paused, {}};

  Error error{ErrorCode::cancelled, "train", facts.job.toStdString(), "the worker's own end", "it ended without a word: killed, or the machine went down"};
  JobState state = JobState::interrupted;
  if (facts.end && facts.end->known && WIFEXITED(facts.end->status)) {
    const int code = WEXITSTATUS(facts.end->status);
    // A worker that is still reading model and data when it is asked has done nothing yet: that it gives up is no failure.
    const bool gaveUp = !facts.begun && !facts.wanted.isEmpty();
    if (code == kInterruptedCode || code == kTerminatedCode || gaveUp) return {cancelled ? JobState::cancelled : JobState::paused, {}};
    state = code == 0 ? JobState::interrupted : JobState::failed;
    error.code = ErrorCode::io;
    error.received = "it ended with code " + std::to_string(code);
  } else if (facts.end && facts.end->known && WIFSIGNALED(facts.end->status)) {
    const int signal = WTERMSIG(facts.end->status);
    // Asked for before it could answer: it had done nothing yet that a checkpoint would keep.
    if (signal == SIGTERM && !facts.wanted.isEmpty()) return {cancelled ? JobState::cancelled : JobState::paused, {}};
    error.received = howKilled(signal);
  }
  if (cancelled) return {JobState::cancelled, {}};
  if (!facts.words.isEmpty()) error.received += "; its last words: " + facts.words.toStdString();
  return {state, error};
}

}  // namespace roundhouse::app
