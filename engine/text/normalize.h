// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace roundhouse::text {

// Unicode normalisation form C. Stretches that are no UTF-8 stay as they are.
std::string normalize_nfc(std::string_view text);

// Full Unicode case mapping, independent of the locale. Input: well-formed UTF-8.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);

}  // namespace roundhouse::text
