// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/failure.h"

#include <array>
#include <utility>

namespace roundhouse::plugins {
namespace {

struct PhaseText {
  Phase phase;
  const char* name;
  const char* where;  // completes "crashed ..."
};
constexpr std::array phases = {
    PhaseText{Phase::manifest, "manifest", "in its manifest"},
    PhaseText{Phase::open, "open", "while its library was loaded (static initialiser)"},
    PhaseText{Phase::check, "check", "while its entry was read"},
    PhaseText{Phase::create, "create", "in its constructor"},
    PhaseText{Phase::initialise, "initialise", "in initialise"},
    PhaseText{Phase::extensions_ready, "extensions_ready", "in extensions_ready"},
    PhaseText{Phase::start, "start", "in start"},
    PhaseText{Phase::call, "call", "in one of its extensions"},
    PhaseText{Phase::stop, "stop", "in stop"},
    PhaseText{Phase::release, "release", "in release"},
    PhaseText{Phase::destroy, "destroy", "in its destructor"},
    PhaseText{Phase::unload, "unload", "when the process ended (static destructor)"},
    PhaseText{Phase::panel_open, "panel_open", "while its panel library was loaded (static initialiser)"},
    PhaseText{Phase::panel_check, "panel_check", "while its panel library's entry was read"},
    PhaseText{Phase::panel_create, "panel_create", "in its panel library's constructor"},
    PhaseText{Phase::panel_show, "panel_show", "while a panel was made and shown"},
    PhaseText{Phase::panel_destroy, "panel_destroy", "while a panel was destroyed"},
};

constexpr std::array kinds = {
    std::pair{FailureKind::manifest, "manifest"},
    std::pair{FailureKind::duplicate, "duplicate"},
    std::pair{FailureKind::version, "version"},
    std::pair{FailureKind::missing_file, "missing_file"},
    std::pair{FailureKind::not_a_library, "not_a_library"},
    std::pair{FailureKind::missing_library, "missing_library"},
    std::pair{FailureKind::unresolved_symbol, "unresolved_symbol"},
    std::pair{FailureKind::no_entry, "no_entry"},
    std::pair{FailureKind::abi, "abi"},
    std::pair{FailureKind::wrong_id, "wrong_id"},
    std::pair{FailureKind::contributions, "contributions"},
    std::pair{FailureKind::threw, "threw"},
    std::pair{FailureKind::refused, "refused"},
    std::pair{FailureKind::crashed, "crashed"},
    std::pair{FailureKind::exited, "exited"},
    std::pair{FailureKind::hung, "hung"},
    std::pair{FailureKind::changed, "changed"},
    std::pair{FailureKind::ended_program, "ended_program"},
    std::pair{FailureKind::probe, "probe"},
};

const PhaseText& phase_text(Phase phase) {
  for (const PhaseText& text : phases) {
    if (text.phase == phase) return text;
  }
  return phases.front();
}

std::string sentence(const std::string& what, const std::string& detail) { return detail.empty() ? what : what + ": " + detail; }

}  // namespace

const char* phase_name(Phase phase) { return phase_text(phase).name; }

std::optional<Phase> parse_phase(std::string_view name) {
  for (const PhaseText& text : phases) {
    if (name == text.name) return text.phase;
  }
  return {};
}

const char* failure_kind_name(FailureKind kind) {
  for (const auto& [value, name] : kinds) {
    if (value == kind) return name;
  }
  return "probe";
}

std::optional<FailureKind> parse_failure_kind(std::string_view name) {
  for (const auto& [value, text] : kinds) {
    if (name == text) return value;
  }
  return {};
}

std::string Failure::reason() const {
  const std::string where = phase_text(phase).where;
  switch (kind) {
    case FailureKind::manifest: return sentence("its manifest cannot be used", detail);
    case FailureKind::duplicate: return sentence("another plugin was found first", detail);
    case FailureKind::version: return sentence("made for another plugin interface", detail);
    case FailureKind::missing_file: return sentence("its library is missing", detail);
    case FailureKind::not_a_library: return sentence("not a library that this program can load", detail);
    case FailureKind::missing_library: return sentence("needs a library that is not installed", detail);
    case FailureKind::unresolved_symbol: return sentence("needs a symbol that nothing provides", detail);
    case FailureKind::no_entry: return sentence("not a Roundhouse plugin", detail);
    case FailureKind::abi: return sentence("compiled with an incompatible compiler or library", detail);
    case FailureKind::wrong_id: return sentence("library and manifest disagree", detail);
    case FailureKind::contributions: return sentence("registers other extensions than its manifest lists", detail);
    case FailureKind::threw: return sentence("threw an exception " + where, detail);
    case FailureKind::refused: return sentence("gave up " + where, detail);
    case FailureKind::crashed: return sentence("crashed " + where, detail);
    case FailureKind::exited: return sentence("ended the process " + where, detail);
    case FailureKind::hung: return sentence("hung " + where, detail);
    case FailureKind::changed: return sentence("changed since it was checked", detail);
    case FailureKind::ended_program: return sentence("the program ended while loading it", detail);
    case FailureKind::probe: return sentence("could not be checked", detail);
  }
  return detail;
}

}  // namespace roundhouse::plugins
