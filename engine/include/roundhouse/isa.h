// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse {

// An arithmetic path. `reference` is float32 in a fixed order; the fast paths round activations to 16 bits where
// the weights are quantised, and give one token the same result whatever batch it is in.
enum class Isa { automatic, reference, avx2, avx512, amx };

const char* isa_name(Isa isa);
Result<Isa> parse_isa(const std::string& name);
// What this processor and this build can run, slowest first; never contains `automatic`.
std::vector<Isa> available_isas();
// One line about the processor: model name, cores in use, instruction sets that matter here.
std::string processor_description();

}  // namespace roundhouse
