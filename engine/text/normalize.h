// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace roundhouse::text {

// Unicode normalisation form C. Stretches that are no UTF-8 stay as they are.
std::string normalize_nfc(std::string_view text);

// Full Unicode case mapping, independent of the locale. Stretches that are no UTF-8 stay as they are.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_capitalized(std::string_view text);  // the first character as in titles, the others lower
std::string fold_case(std::string_view text);       // for comparing without case

}  // namespace roundhouse::text
