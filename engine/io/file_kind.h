// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace roundhouse {

// What a file seems to be by its first bytes, in words for an error message: "a ZIP archive (a PyTorch
// checkpoint?)", "a Git LFS pointer (the file itself was not downloaded)", else the bytes themselves.
std::string describe_file_start(std::span<const std::byte> file);

}  // namespace roundhouse
