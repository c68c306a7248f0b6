// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "roundhouse/result.h"

namespace roundhouse::app {

// What to do about an error, by what was done and what came in between. Empty where no advice is certain to help: a wrong
// one costs more than none.
QString errorAdvice(const Error& error);

}  // namespace roundhouse::app
