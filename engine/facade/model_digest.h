// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/model/model_source.h"
#include "roundhouse/cancel.h"
#include "roundhouse/result.h"

namespace roundhouse {

// What names a model in the audit log, in hexadecimal digits. Of one file: its SHA-256. Of several (a split GGUF, a folder's
// config.json and weights): the SHA-256 of what `sha256sum` prints of them in that order from within their folder, a line
// "DIGEST  NAME" each. Of the bytes that the model is made of, not of what lies at the paths by now. Blocks while they are
// read; about a second a gigabyte. `progress` gets bytes done and in all, about once a MiB and at the end.
Result<std::string> model_digest(const std::vector<SourceFile>& files, const CancelToken& cancel = {},
                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace roundhouse
