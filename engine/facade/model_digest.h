// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "roundhouse/cancel.h"
#include "roundhouse/result.h"

namespace roundhouse {

// What names a model in the audit log, in hexadecimal digits. Of one file: its SHA-256. Of several (a split GGUF, a folder's
// config.json and weights): the SHA-256 of what `sha256sum` prints of them in that order from within their folder, a line
// "DIGEST  NAME" each. Blocks while they are read. `progress` gets bytes done and in all.
Result<std::string> model_digest(const std::vector<std::string>& files, const CancelToken& cancel = {},
                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace roundhouse
