// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "roundhouse/result.h"

namespace roundhouse {

// An Error from an errno value: not_found for a missing path, out_of_memory for ENOMEM, conflict for a
// busy or locked object, otherwise io. `received` is the system's text, with a plain hint where the text
// is obscure (full disk, too many open files). Any thread.
Error system_error(std::string operation, std::string object, int errno_value, std::string expected = {});

}  // namespace roundhouse
