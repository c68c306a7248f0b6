// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "roundhouse/audit.h"
#include "roundhouse/model.h"
#include "roundhouse/result.h"
#include "roundhouse/session.h"

namespace roundhouse::cli {

using Json = nlohmann::ordered_json;

// One line; what is no UTF-8 becomes U+FFFD.
std::string to_text(const Json& json);

Json error_json(const Error& error);
Json model_json(const Model& model);
Json stats_json(const GenerationStats& stats);
// Without the tokens themselves.
Json generation_json(const GenerationResult& result, const Model& model);
Json model_info_json(const ModelInfo& info, const MemoryUse& predicted, bool metadata);
Json verify_json(const AuditVerifyReport& report);

// "81.3 MB": powers of 1000, three digits.
std::string bytes_text(std::uint64_t bytes);

// Columns as wide as their widest cell (in characters), two blanks apart; the first left, the others right.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace roundhouse::cli
