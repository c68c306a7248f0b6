// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace roundhouse::cli {

// TrainingRun::report_json() for a person: what will train, on what, how long.
std::string training_report_text(const std::string& report);

// An event (training_run.h) as a line for a person, with its end; empty for those that say nothing new.
std::string training_event_text(const std::string& event);

}  // namespace roundhouse::cli
