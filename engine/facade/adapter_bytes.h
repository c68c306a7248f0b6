// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/adapter_stack.h"
#include "roundhouse/model.h"

namespace roundhouse {

// What adapters take beside a model's weights, in float32: dense and expert weights of a MemoryUse, the rest 0.
// By their files' headers, before they are loaded; a file that cannot be read counts as nothing (loading it says why). Of
// several adapters each matrix counts with the largest of them, as often as there are adapters: ranks are padded.
MemoryUse adapter_bytes(const std::vector<std::string>& paths);
// As loaded.
MemoryUse adapter_bytes(const AdapterStack& stack);

}  // namespace roundhouse
