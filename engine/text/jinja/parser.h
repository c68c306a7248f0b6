// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "engine/text/jinja/ast.h"

namespace roundhouse::jinja {

// Bounds on what is parsed; real templates reach a depth of some 40 and 20 KB.
inline constexpr std::size_t max_source_bytes = std::size_t{4} << 20;
inline constexpr std::uint16_t max_syntax_depth = 200;

// Throws TemplateError (malformed, unsupported or limit) with the line.
Program parse(std::string_view source);

}  // namespace roundhouse::jinja
