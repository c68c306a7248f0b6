// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/probe_report.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "plugins/host/text.h"

namespace roundhouse::plugins {
namespace {

using Json = nlohmann::json;

std::string line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string signal_text(int number) {
  const char* abbreviation = ::sigabbrev_np(number);
  const char* description = ::sigdescr_np(number);
  std::string text = abbreviation ? fmt::format("SIG{}", abbreviation) : fmt::format("signal {}", number);
  if (description) text += fmt::format(" ({})", description);
  return text;
}

}  // namespace

std::string phase_line(Phase phase) { return line({{"phase", phase_name(phase)}}); }

std::string failure_line(const Failure& failure) {
  return line({{"failure", failure_kind_name(failure.kind)}, {"phase", phase_name(failure.phase)}, {"detail", failure.detail}});
}

std::string done_line() { return line({{"done", true}}); }

ProbeEvents read_probe_lines(std::string_view lines) {
  ProbeEvents events;
  while (!lines.empty() && !events.failure && !events.done) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) break;  // cut off while it was written
    const Json json = Json::parse(lines.substr(0, end), nullptr, false);
    lines.remove_prefix(end + 1);
    if (!json.is_object()) continue;
    const auto phase = parse_phase(text_of(json, "phase"));
    if (const auto kind = parse_failure_kind(text_of(json, "failure"))) {
      events.failure = Failure{*kind, phase.value_or(events.phase), one_line(text_of(json, "detail"), 600, Backslash::keep)};
    } else if (phase) {
      events.phase = *phase;
    } else if (const auto done = json.find("done"); done != json.end() && *done == true) {
      events.done = true;
      events.phase = Phase::unload;
    }
  }
  return events;
}

std::optional<Failure> judge_probe(const ProbeEvents& events, const ProbeEnd& end) {
  const auto with_words = [&](std::string detail) {
    return end.last_words.empty() ? detail : detail + "; last line on its error stream: " + end.last_words;
  };
  if (events.failure) return events.failure;
  if (end.timed_out) return Failure{FailureKind::hung, events.phase, with_words(fmt::format("no answer within {:g} s", end.seconds))};
  if (WIFSIGNALED(end.wait_status)) {
    const int number = WTERMSIG(end.wait_status);
    if (number == SIGXCPU || number == SIGXFSZ) {
      return Failure{FailureKind::crashed, events.phase,
                     with_words(signal_text(number) + (number == SIGXCPU ? ", it used more processor time than allowed"
                                                                         : ", it wrote a larger file than allowed"))};
    }
    if (number == SIGSYS) {
      return Failure{FailureKind::crashed, events.phase,
                     with_words(signal_text(number) + ", it sent a signal to another process or looked into one")};
    }
    return Failure{FailureKind::crashed, events.phase, with_words(signal_text(number))};
  }
  const int status = WIFEXITED(end.wait_status) ? WEXITSTATUS(end.wait_status) : -1;
  if (!events.done) return Failure{FailureKind::exited, events.phase, with_words(fmt::format("exit status {}", status))};
  if (status != 0) return Failure{FailureKind::exited, Phase::unload, with_words(fmt::format("exit status {}", status))};
  return {};
}

}  // namespace roundhouse::plugins
