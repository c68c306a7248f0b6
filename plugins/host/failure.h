// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace roundhouse::plugins {

// Where in its life a plugin is; the order is that of the phases.
enum class Phase {
  manifest,          // reading plugin.json
  open,              // mapping the library: its static initialisers run
  check,             // reading the entry: version, ABI, id
  create,            // constructor
  initialise,
  extensions_ready,
  start,
  call,              // an extension at work
  stop,
  release,
  destroy,           // destructor
  unload,            // static destructors, when the process ends
  panel_open,        // the same for the panel library
  panel_check,
  panel_create,
  panel_show,        // making and showing each panel
  panel_destroy,
};
const char* phase_name(Phase phase);  // "initialise"
std::optional<Phase> parse_phase(std::string_view name);

enum class FailureKind {
  manifest,           // missing, malformed, too large
  duplicate,          // id or command of another plugin found earlier
  version,            // made for another plugin interface
  missing_file,       // the library is not there
  not_a_library,      // not a shared library of this machine
  missing_library,    // it needs another library that is not installed
  unresolved_symbol,  // it needs a symbol that nothing provides
  no_entry,           // the entry symbol is missing or is not one
  abi,                // compiled with another compiler, library or Qt
  wrong_id,           // library and manifest disagree about the id
  contributions,      // it registers other extensions than the manifest lists
  threw,              // an exception
  refused,            // it gave an Error itself
  crashed,            // ended by a signal
  exited,             // ended the process
  hung,               // no answer within the time limit
  changed,            // the file is not the one that was probed
  ended_program,      // a program ended twice in a row while loading it
  probe,              // the probe itself could not be run
};
const char* failure_kind_name(FailureKind kind);
std::optional<FailureKind> parse_failure_kind(std::string_view name);

// Why a plugin is not running. `detail` is one printable line: a signal, a symbol, what an exception said.
struct Failure {
  FailureKind kind = FailureKind::probe;
  Phase phase = Phase::manifest;
  std::string detail;
  std::string reason() const;  // one English sentence without a full stop
};

}  // namespace roundhouse::plugins
